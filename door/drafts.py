"""What whoever asks typed into a form and has not sent; never anybody else's."""

from data.drafts import Draft, draft_of
from door.database import reading
from door.identity import actor


def my_draft(subject: str, form: str) -> Draft | None:
    """What the asker typed into a form; `change(keep_draft, …)` keeps it. Raises SignedOut."""
    asker = actor()
    with reading().connect() as conn:
        return draft_of(conn, asker.login, subject, form)
