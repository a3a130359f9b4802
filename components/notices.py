"""Messages in place of silence: what happened, why, and one way out.

The shorthands take the prefix of two words of the catalogue, `<prefix>` for the bold sentence and
`<prefix>.reason` for the reason, both with the same values; the prefix is also the key.
"""

from collections.abc import Sequence

from components.mount import Action, Notice, chosen, heard, notice_payload, register
from data.terms import Lamp, Refused, Stale
from data.words import word

_NOTICE = register("notices")


def show_notice(notice: Notice, key: str) -> str | None:
    """Draw a message; the key of the way out chosen in this run."""
    result = _NOTICE(data=notice_payload(notice), key=key, on_open_change=heard)
    return chosen(result.open, [action.key for action in notice.actions])


def show_empty(prefix: str, actions: Sequence[Action] = (), **values: object) -> str | None:
    """Nothing to show, and why. No lamp."""
    return _show(Lamp.NONE, prefix, actions, values)


def show_refused(prefix: str, actions: Sequence[Action] = (), **values: object) -> str | None:
    """A right that is missing: which, and for which scope. No lamp: it is no fault."""
    return _show(Lamp.NONE, prefix, actions, values)


def show_stale(prefix: str, actions: Sequence[Action] = (), **values: object) -> str | None:
    """Data that stopped: since when."""
    return _show(Lamp.YELLOW, prefix, actions, values)


def show_mismatch(prefix: str, actions: Sequence[Action] = (), **values: object) -> str | None:
    """A number that its list does not reproduce: both counts."""
    return _show(Lamp.ORANGE, prefix, actions, values)


def show_refusal(refused: Refused, key: str, actions: Sequence[Action] = ()) -> str | None:
    """The answer of an action that was refused; red when somebody was first."""
    lamp = Lamp.RED if isinstance(refused, Stale) else Lamp.NONE
    return show_notice(Notice(lamp, word("notice.not_saved"), str(refused), actions), key)


def _show(
    lamp: Lamp, prefix: str, actions: Sequence[Action], values: dict[str, object]
) -> str | None:
    reason = word(f"{prefix}.reason", **values)
    return show_notice(Notice(lamp, word(prefix, **values), reason, actions), prefix)
