"""A case before and after an action."""

from dataclasses import dataclass

from sqlalchemy import Row

from data.actions.ground import Ground
from data.deadlines import due_in
from data.states import Standing
from data.terms import Event


@dataclass(frozen=True, slots=True)
class Change:
    """A case before and after an action."""

    ground: Ground
    event: Event
    after: Standing

    @property
    def before(self) -> Row[tuple]:
        """The case as it stands."""
        return self.ground.row

    @property
    def is_overdue(self) -> bool:
        """Whether its due time has passed already."""
        return self.before.due_at is not None and not due_in(self.before).is_running(self.event.at)
