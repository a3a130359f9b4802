"""Why the rate of cases opened differs from the rate of cases due: which cases only one counts."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from data.metrics.base import LIMIT, filtered
from data.metrics.closure import cohort, due_cases
from data.metrics.figure import WINDOW, Question, Shape
from data.metrics.standing import is_waiting, standing
from data.terms import State

LEAVE = ("not_yet_due", "without_due", "elsewhere")
COME = ("opened_before", "withdrawn", "otherwise")


@dataclass(frozen=True, slots=True)
class Bridge:
    """From the cases opened to the cases due: those only opened leave, those only due come.

    `elsewhere`: due before or after the window, or, of one unit, with another when they were due.
    `otherwise`: opened after the window, or, of one unit, with another since they were due.
    """

    opened: int
    due: int
    not_yet_due: int = 0
    without_due: int = 0
    elsewhere: int = 0
    opened_before: int = 0
    withdrawn: int = 0
    otherwise: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether the steps lead from one base to the other."""
        leave, come = (sum(getattr(self, step) for step in steps) for steps in (LEAVE, COME))
        return self.opened - leave + come == self.due


def bridge(conn: Connection, question: Question, opened: int, due: int) -> Bridge:
    """The steps between the base of R1 and that of R2, both as the question counts them."""
    steps: dict[str, int] = {}
    for way in (_leaving, _coming):
        rows = way(question.shape).subquery()
        query = select(rows.c.step, func.count()).group_by(rows.c.step)
        steps |= dict(conn.execute(query, question.values).all())
    return Bridge(opened=opened, due=due, **steps)


def step_cases(conn: Connection, question: Question, step: str) -> list[int]:
    """The cases that a step counts, by key."""
    rows = (_leaving if step in LEAVE else _coming)(question.shape).subquery()
    query = select(rows.c.case_id).where(rows.c.step == step).order_by(rows.c.case_id)
    return list(conn.execute(query, question.values).scalars())


@lru_cache(LIMIT)
def _leaving(shape: Shape) -> Select:
    """The cases opened in the window and not due in it, each with the step by which it leaves."""
    opened, due = filtered(cohort, shape), filtered(due_cases, shape)
    stands = standing(
        WINDOW.known_before,
        lambda c: and_(c.c.opened_at >= WINDOW.start, c.c.opened_at < WINDOW.happened_before),
    )
    is_later = or_(stands.c.due_at >= WINDOW.as_of, is_waiting(stands))
    has_none = stands.c.due_at.is_(None)
    step = case((is_later, "not_yet_due"), (has_none, "without_due"), else_="elsewhere")
    return (
        select(opened.c.case_id, step.label("step"))
        .select_from(opened.join(stands, stands.c.case_id == opened.c.case_id))
        .where(opened.c.case_id.not_in(select(due.c.case_id)))
    )


@lru_cache(LIMIT)
def _coming(shape: Shape) -> Select:
    """The cases due in the window and not opened in it, each with the step by which it comes."""
    opened, due = filtered(cohort, shape), filtered(due_cases, shape)
    stands = standing(
        WINDOW.known_before,
        lambda c: and_(c.c.due_at >= WINDOW.start, c.c.due_at < WINDOW.due_before),
    )
    is_earlier = stands.c.opened_at < WINDOW.start
    is_withdrawn = stands.c.state == State.WITHDRAWN
    step = case((is_earlier, "opened_before"), (is_withdrawn, "withdrawn"), else_="otherwise")
    return (
        select(due.c.case_id, step.label("step"))
        .select_from(due.join(stands, stands.c.case_id == due.c.case_id))
        .where(due.c.case_id.not_in(select(opened.c.case_id)))
    )
