"""What somebody typed into a form and has not sent: it outlives the page and the server."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select

from data.db import insert_or_update
from data.intake.values.text import as_stored
from data.schema import drafts
from data.terms import ActionRefused, Actor

LIMIT = 20_000  # characters of one draft, all fields together
KEPT = timedelta(days=30)  # what nobody sends or forgets in that time goes by itself

Fields = tuple[tuple[str, str], ...]  # name of a field, and what stands in it


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """A request to keep what stands in a form; with no fields, to forget it.

    Its key and the version seen belong to the fields: sent again after a restart it is then the
    same request.
    """

    subject: str  # a case number, or what else the form is about
    form: str
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What stood in a form, and when."""

    fields: Fields
    saved_at: datetime


def keep_draft(conn: Connection, ask: KeepDraft, actor: Actor, now: datetime) -> None:
    """Keep what somebody typed as it would be stored: without telephone and identity numbers.

    Drafts of long ago go.
    Raises ActionRefused for more than a form holds.
    """
    conn.execute(delete(drafts).where(drafts.c.saved_at < now - KEPT))
    if not ask.fields:
        conn.execute(delete(drafts).where(*_place(actor.login, ask.subject, ask.form)))
        return
    told = {name: as_stored(text) for name, text in ask.fields}
    length = sum(len(part) for part in (ask.subject, ask.form, *told, *told.values()))
    if length > LIMIT:
        raise ActionRefused("draft.too_long", limit=LIMIT, length=length)
    key = {"login": actor.login, "subject": ask.subject, "form": ask.form}
    values: dict[str, object] = {"fields": told, "saved_at": now}
    conn.execute(insert_or_update(conn, drafts, key | values, values))


def draft_of(conn: Connection, login: str, subject: str, form: str) -> Draft | None:
    """What somebody typed into a form and has not sent; None for nothing."""
    row = conn.execute(select(drafts).where(*_place(login, subject, form))).first()
    return None if row is None else Draft(tuple(row.fields.items()), row.saved_at)


def _place(login: str, subject: str, form: str) -> tuple[ColumnElement[bool], ...]:
    return drafts.c.login == login, drafts.c.subject == subject, drafts.c.form == form
