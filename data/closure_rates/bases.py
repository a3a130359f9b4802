"""Why the rate of cases opened differs from the rate of cases due: which cases only one counts."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Select, and_, func, or_, select

from data.metrics.base import LIMIT, count_where, filtered
from data.metrics.closure import cohort, due_cases
from data.metrics.figure import WINDOW, Question, Shape
from data.metrics.standing import is_waiting, standing
from data.terms import State


@dataclass(frozen=True, slots=True)
class Bridge:
    """From the cases opened to the cases due: those only opened leave, those only due come.

    `elsewhere`: due before or after the window, or, of one unit, with another when they were due.
    `otherwise`: opened after the window, or, of one unit, with another since they were due.
    """

    opened: int
    not_yet_due: int
    without_due: int
    elsewhere: int
    opened_before: int
    withdrawn: int
    otherwise: int
    due: int

    @property
    def is_exact(self) -> bool:
        """Whether the steps lead from one base to the other."""
        leave = self.not_yet_due + self.without_due + self.elsewhere
        come = self.opened_before + self.withdrawn + self.otherwise
        return self.opened - leave + come == self.due


def bridge(conn: Connection, question: Question, opened: int, due: int) -> Bridge:
    """The steps between the base of R1 and that of R2, both as the question counts them."""
    leaves = conn.execute(_only_opened(question.shape), question.values).one()
    comes = conn.execute(_only_due(question.shape), question.values).one()
    return Bridge(
        opened=opened,
        not_yet_due=leaves.not_yet_due,
        without_due=leaves.without_due,
        elsewhere=leaves.all - leaves.not_yet_due - leaves.without_due,
        opened_before=comes.opened_before,
        withdrawn=comes.withdrawn,
        otherwise=comes.all - comes.opened_before - comes.withdrawn,
        due=due,
    )


@lru_cache(LIMIT)
def _only_opened(shape: Shape) -> Select:
    """Of the cases opened in the window and not due in it: those not yet due, or never."""
    opened, due = filtered(cohort, shape), filtered(due_cases, shape)
    stands = standing(
        WINDOW.known_before,
        lambda c: and_(c.c.opened_at >= WINDOW.start, c.c.opened_at < WINDOW.happened_before),
    )
    is_later = or_(stands.c.due_at >= WINDOW.as_of, is_waiting(stands))
    return (
        select(
            func.count().label("all"),
            count_where(is_later).label("not_yet_due"),
            count_where(stands.c.due_at.is_(None)).label("without_due"),
        )
        .select_from(opened.join(stands, stands.c.case_id == opened.c.case_id))
        .where(opened.c.case_id.not_in(select(due.c.case_id)))
    )


@lru_cache(LIMIT)
def _only_due(shape: Shape) -> Select:
    """Of the cases due in the window and not opened in it: those opened before, or withdrawn."""
    opened, due = filtered(cohort, shape), filtered(due_cases, shape)
    stands = standing(
        WINDOW.known_before,
        lambda c: and_(c.c.due_at >= WINDOW.start, c.c.due_at < WINDOW.due_before),
    )
    is_earlier = stands.c.opened_at < WINDOW.start
    is_withdrawn = and_(~is_earlier, stands.c.state == State.WITHDRAWN)
    return (
        select(
            func.count().label("all"),
            count_where(is_earlier).label("opened_before"),
            count_where(is_withdrawn).label("withdrawn"),
        )
        .select_from(due.join(stands, stands.c.case_id == due.c.case_id))
        .where(due.c.case_id.not_in(select(opened.c.case_id)))
    )
