"""工单流转: everything the page shows, asked at one instant so that its numbers agree."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from data import metrics
from data.case_list.asked import CaseFilter, Due
from data.directory import names_of
from data.metrics.evaluate import Source
from data.metrics.figure import Figure, Question
from data.metrics.ledger import LEFT_SIDE, RIGHT_SIDE
from data.schema import units
from data.terms import State
from data.ticket_flow.again import Repeats, repeats_of
from data.ticket_flow.closures import Doubtful, doubtful
from data.ticket_flow.days import Span, Step, in_and_out
from data.ticket_flow.open_cases import open_cases
from data.ticket_flow.stages import Stage, Waiting, bands, stages, waiting_by_unit
from data.ticket_flow.transfers import Moved, Pair, moved_most, pairs

Figures = dict[str, Figure]
HANDLING = ("handling_hours_median", "handling_hours_p90")
HANDED = ("return_rate", "transfer_count", "units_visited_mean")
OF_CHANNELS = ("opened_count", "closed_count", "backlog_count", "transfer_count")
ONLY_OF_UNITS = ("handed_in_count", "handed_out_count")


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """What came by one channel."""

    code: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class TicketFlow:
    """One answer for the whole screen."""

    window: Question
    own_unit: str | None  # code of the unit that whoever asks is bound to
    figures: Figures
    left: tuple[str, ...]  # the terms of the ledger, carried in first
    right: tuple[str, ...]
    left_sum: int
    right_sum: int
    is_balanced: bool
    open_count: int
    stages: tuple[Stage, ...]
    bands: tuple[int, ...]
    waiting: tuple[Waiting, ...]
    spans: tuple[Span, ...]
    by_channel: tuple[ChannelLine, ...]
    moved: tuple[Moved, ...]
    pairs: tuple[Pair, ...]
    repeats: Repeats
    doubtful: Doubtful

    @property
    def gap(self) -> int:
        """By how much the two sides of the ledger differ."""
        return abs(self.left_sum - self.right_sum)

    def of_channel(self, code: str) -> Question:
        """The question of the window for one channel."""
        return replace(self.window, channel=code)

    def of_category(self, code: str) -> Question:
        """The question of the window for one category."""
        return replace(self.window, category=code)

    def listed(self, state: State, unit: str | None = None, is_late: bool = False) -> CaseFilter:
        """The case list that shows the open cases of a stage as they stand now."""
        asked = self.window
        held_by = asked.unit if unit is None else unit
        named = (held_by if held_by is not None else self.own_unit, asked.area)
        holders, areas, kinds, ways = (
            () if code is None else (code,) for code in (*named, asked.category, asked.channel)
        )
        due = Due.OVERDUE if is_late else None
        return CaseFilter(
            states=(state,), units=holders, areas=areas, categories=kinds, channels=ways, due=due
        )


def ticket_flow(
    conn: Connection, question: Question, step: Step = "day", source: Source | None = None
) -> TicketFlow:
    """The flow of a window as of its `as_of`. Raises Refused for a code that is not known."""
    window = metrics.known(conn, question)
    names = (*LEFT_SIDE, *RIGHT_SIDE, *HANDLING, *HANDED)
    figures = metrics.measure(conn, window, names, source)
    left, right = (_terms(window, side) for side in (LEFT_SIDE, RIGHT_SIDE))
    found = open_cases(conn, window)
    return TicketFlow(
        window=window,
        own_unit=_own_unit(conn, window),
        figures=figures,
        left=left,
        right=right,
        left_sum=_sum(figures, left),
        right_sum=_sum(figures, right),
        is_balanced=metrics.ledger_balanced(figures),
        open_count=len(found),
        stages=stages(found),
        bands=bands(found),
        waiting=waiting_by_unit(conn, found),
        spans=in_and_out(conn, window, step, source),
        by_channel=_by_channel(conn, window, source),
        moved=moved_most(conn, window),
        pairs=pairs(conn, window),
        repeats=repeats_of(conn, window, source),
        doubtful=doubtful(conn, window),
    )


def _terms(window: Question, side: tuple[str, ...]) -> tuple[str, ...]:
    """Without a unit nothing is handed in or out."""
    is_of_unit = window.shape.is_of_one_unit
    return tuple(name for name in side if is_of_unit or name not in ONLY_OF_UNITS)


def _sum(figures: Figures, names: tuple[str, ...]) -> int:
    return sum(int(figures[name].value or 0) for name in names)


def _own_unit(conn: Connection, window: Question) -> str | None:
    key = window.within.unit_id
    if key is None:
        return None
    return conn.execute(select(units.c.code).where(units.c.unit_id == key)).scalar() or ""


def _by_channel(
    conn: Connection, window: Question, source: Source | None
) -> tuple[ChannelLine, ...]:
    """The busiest channel first."""
    names = names_of(conn, "channel")
    counted = metrics.measure_by(conn, window, "channel", OF_CHANNELS, source)
    lines = [ChannelLine(code, names.get(code, ""), figures) for code, figures in counted.items()]
    busy = [line for line in lines if any(line.figures[name].value for name in OF_CHANNELS)]
    return tuple(sorted(busy, key=_busiest_first))


def _busiest_first(line: ChannelLine) -> tuple[float, float, str]:
    opened, backlog = (line.figures[name].value or 0 for name in ("opened_count", "backlog_count"))
    return -opened, -backlog, line.code
