"""Every number of the product, each defined once; this is the registry and the way to ask."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Connection, Select, select

from data.metrics import aftermath, closure, dispatches, handover, ledger, recurrence
from data.metrics.base import LIMIT
from data.metrics.evaluate import Rows, Source, evaluate, part_rows
from data.metrics.figure import By, Figure, Metric, Question, Shape
from data.metrics.groups import GROUPS
from data.metrics.measure import Measure, Part, metric_of, parts_of
from data.schema import live_cases
from data.scope import named_within
from data.terms import OutOfScope, Refused
from data.words import word

_MODULES = (ledger, closure, dispatches, handover, aftermath, recurrence)
FAMILIES: dict[str, tuple[str, ...]] = {
    family.__name__.rsplit(".", 1)[-1]: tuple(measure.name for measure in family.MEASURES)
    for family in _MODULES
}
MEASURES: dict[str, Measure] = {
    measure.name: measure for family in _MODULES for measure in family.MEASURES
}
METRICS: dict[str, Metric] = {name: metric_of(measure) for name, measure in MEASURES.items()}
# What a number is not read without.
BESIDE: dict[str, tuple[str, ...]] = {
    "closure_rate_cohort": ("cohort_left_out_count",),
    "on_time_rate": ("on_time_raw_rate",),
    "timely_acceptance_rate": ("acceptance_running_count", "acceptance_without_limit_count"),
    "first_response_hours_median": ("unanswered_count",),
    "return_rate": ("units_visited_mean",),
    "extension_rate": ("on_time_raw_rate", "on_time_rate"),
    "repeat_rate": (
        "unplaced_count",
        "repeat_before_closure_count",
        "repeat_after_closure_count",
    ),
    "resolution_rate": ("resolution_valid_rate",),
    "satisfaction_rate": ("satisfaction_valid_rate",),
}


def known(conn: Connection, question: Question) -> Question:
    """The question, if every code it names exists; a number of a wrong code would be a false 0.

    Raises Refused, also for what lies beyond the asker's scope.
    """
    for by, table in GROUPS.items():
        code = getattr(question, by)
        if not code:
            continue
        named = select(table.c.code).where(table.c.code == code)
        about: dict[str, object] = {"what": word(f"number.by.{by}"), "code": code}
        if conn.execute(named).first() is None:
            raise Refused("metrics.unknown_code", **about)
        if conn.execute(named.where(*named_within(table, question.within))).first() is None:
            raise OutOfScope("metrics.unknown_code", **about)
    return question


def measure(
    conn: Connection,
    question: Question,
    names: Iterable[str] | None = None,
    source: Source | None = None,
) -> dict[str, Figure]:
    """The figures of a question by metric name, counted in the database if not said otherwise.

    Raises Refused for a name that is no metric.
    """
    return evaluate(source or Rows(conn), question, _chosen(names), None)[""]


def measure_by(
    conn: Connection,
    question: Question,
    by: By,
    names: Iterable[str] | None = None,
    source: Source | None = None,
) -> dict[str, dict[str, Figure]]:
    """The figures by group code; "" is the group of what carries no code."""
    return evaluate(source or Rows(conn), question, _chosen(names), by)


def ledger_balanced(figures: dict[str, Figure]) -> bool:
    """Whether carried in and what came equal what went and carried out."""
    return ledger.is_balanced(figures)


def listed(conn: Connection, question: Question, name: str, part: Part) -> list[str]:
    """The case numbers behind a part of a number, sorted; once for each time a case counts."""
    query = behind(question.shape, name, part)
    return list(conn.execute(query, question.values).scalars())


@lru_cache(LIMIT)
def behind(shape: Shape, name: str, part: Part) -> Select:
    """A SELECT of the case numbers behind a part of a number.

    To be executed with the `values` of a question of that shape.
    """
    known_part(name, part)
    rows = part_rows(shape, MEASURES[name], part)
    return (
        select(live_cases.c.case_no)
        .join(rows, rows.c.case_id == live_cases.c.case_id)
        .order_by(live_cases.c.case_no)
    )


def known_part(name: str, part: str) -> Part:
    """The part, if the metric has it. Raises Refused for an unknown metric or part."""
    (chosen,) = _chosen([name])
    for known in parts_of(chosen):
        if known == part:
            return known
    raise Refused("metrics.no_such_part", name=name, part=part, parts=", ".join(parts_of(chosen)))


def part_size(figure: Figure, part: Part) -> int:
    """How many things a part of a figure claims to count."""
    if figure.denominator is None:
        return int((figure.value or 0) if figure.count is None else figure.count)
    return int(getattr(figure, part) or 0)


def _chosen(names: Iterable[str] | None) -> list[Measure]:
    chosen = list(MEASURES if names is None else names)
    for name in chosen:
        if name not in MEASURES:
            raise Refused("metrics.unknown", name=name, known=", ".join(MEASURES))
    return [MEASURES[name] for name in chosen]


__all__ = ["METRICS", "By", "Figure", "Metric", "Part", "Question"]
