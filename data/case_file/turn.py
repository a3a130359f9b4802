"""Whose turn a case is, and what set its due time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.case_file.moments import Moment
from data.terms import OPENING_KINDS, Kind, State


@dataclass(frozen=True, slots=True)
class Turn:
    """What an open case waits for: the next action, and until when it is expected."""

    kind: Kind
    is_centres: bool  # else the holder's
    until_at: datetime | None


def turn_of(
    state: State, moments: Sequence[Moment], due_at: datetime | None, needs_check: bool
) -> Turn | None:
    """What a case waits for as it stands; None once it has ended."""
    if state is State.REPORTED:
        return Turn(Kind.DISPATCH, True, None)
    if state is State.DISPATCHED:
        return Turn(Kind.ACCEPT, False, _into(moments, state).accept_by)
    if state is State.IN_PROGRESS:
        return Turn(Kind.RESOLVE, False, due_at)
    if state is State.PAUSED:
        return Turn(Kind.RESUME, False, _into(moments, state).until_at)
    if state is State.RESOLVED:
        return Turn(Kind.PASS_CHECK if needs_check else Kind.CLOSE, True, None)
    return None


def _into(moments: Sequence[Moment], state: State) -> Moment:
    """The event that led to the state a case is in."""
    return next(one for one in reversed(moments) if one.to_state is state)


def due_rule(moments: Sequence[Moment], has_limit: bool) -> tuple[str, datetime] | None:
    """The rule that set the due time in force, and when; None where there is no due time."""
    setter = next((one for one in reversed(moments) if one.due_at is not None), None)
    if setter is None:
        return None
    if setter.kind is Kind.APPROVE_EXTENSION:
        return "extension", setter.at
    if setter.kind in OPENING_KINDS:
        return (setter.kind.value if has_limit else "source"), setter.at
    is_told = not has_limit or setter.kind in (Kind.OBSERVE, Kind.UPDATE)
    return ("source" if is_told else "pause"), setter.at
