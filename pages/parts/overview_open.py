"""Where the numbers of the overview lead that are no metrics: a list of the flow screen."""

from data.metrics.figure import Question
from data.overview.alerts import Alert
from data.questions import as_text
from door import go
from pages.parts.behind import LIST
from pages.parts.common import open_number


def open_alert(alert: Alert, is_past: bool) -> None:
    """Leave for the cases that light a lamp."""
    if alert.flow_list:
        open_flow_list(alert.question, alert.flow_list, is_past)
    open_number(alert.question, alert.metric, alert.part)


def open_flow_list(question: Question, name: str, is_past: bool) -> None:
    """Leave for a list of the flow screen, of now or of the time that is looked back to."""
    as_of = {"as_of": as_text(question)["as_of"]} if is_past else {}
    go("flow", **{LIST: name}, **as_of)
