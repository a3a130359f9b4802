"""The audit as a person reads it: who did what when, in both journals, and whether it is sealed."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, TextIO

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, select

from data.audit_words import About, said, sentence
from data.config import settings
from data.db import journal_mark
from data.formulas import shielded
from data.schema import audit_events, case_events, cases, seals, units, users
from data.words import word

SHOWN = 200
EXPORTED = 100_000  # lines of one file at most
COLUMNS = ("at", "actor", "kind", "subject", "about", "seal")
CASES = "cases"  # what was done to cases; the other groups are kinds of audit_events
GROUPS: dict[str, tuple[str, ...]] = {
    "sign_ins": (
        "sign_in", "sign_in_failed", "locked", "sign_out", "session_revoked", "session_over",
        "session_unknown", "password_changed",
    ),
    "refusals": ("refused",),
    CASES: (),
    "files": ("import", "undo", "mapping", "export"),
    "accounts": (
        "user_added", "user_rights", "user_enabled", "user_disabled", "user_reset", "user_unlocked",
    ),
    "system": (
        "init", "demo", "calendar", "setting", "backup", "restore", "verify", "rebuild", "start",
        "stop",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """What is looked for in the audit; "" stands for all."""

    start: datetime
    end: datetime
    group: str = ""
    actor: str = ""  # login
    subject: str = ""  # a part of it


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that was done, or refused."""

    at: datetime
    actor: str
    name: str  # of the account; empty for one that is none
    kind: str
    subject: str
    about: About
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The newest lines that answer, and how many there are."""

    lines: tuple[AuditLine, ...]
    count: int


def audit_page(conn: Connection, asked: AuditQuestion, most: int = SHOWN) -> AuditPage:
    """What the journals hold of a question, the newest first."""
    return AuditPage(tuple(islice(audit_lines(conn, asked), most)), _count(conn, asked))


def audit_lines(conn: Connection, asked: AuditQuestion) -> Iterator[AuditLine]:
    """Every line that answers, the newest first."""
    found = (_lines(conn, journal, asked) for journal in _journals(asked))
    return merge(*found, key=lambda line: line.at, reverse=True)


def write_audit(conn: Connection, file: TextIO, asked: AuditQuestion, now: datetime) -> int:
    """Write what answers as CSV, with the time it was taken at. Returns how many lines."""
    writer, count = csv.writer(file), _count(conn, asked)
    zone = settings().zone
    writer.writerow([word(f"audit.column.{name}") for name in COLUMNS])
    written = 0
    for line in islice(audit_lines(conn, asked), EXPORTED):
        writer.writerow([shielded(text) for text in _cells(line)])
        written += 1
    key = "audit.file.whole" if written == count else "audit.file.cut"
    at = f"{now.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    writer.writerow([word(key, at=at, count=count, shown=written)])
    return written


def _cells(line: AuditLine) -> list[str]:
    at = line.at.astimezone(settings().zone).isoformat(timespec="microseconds")
    who = f"{line.name} {line.actor}".strip()
    seal = word("audit.sealed" if line.is_sealed else "audit.not_sealed")
    return [at, who, said("kind", line.kind), line.subject, sentence(line.about), seal]


def _journals(asked: AuditQuestion) -> list[Table]:
    if not asked.group:
        return [audit_events, case_events]
    return [case_events if asked.group == CASES else audit_events]


def _count(conn: Connection, asked: AuditQuestion) -> int:
    rows = [_rows(journal, asked).subquery() for journal in _journals(asked)]
    return sum(conn.execute(select(func.count()).select_from(one)).scalar_one() for one in rows)


def _lines(conn: Connection, journal: Table, asked: AuditQuestion) -> Iterator[AuditLine]:
    sealed_to = conn.execute(
        select(func.max(seals.c.to_mark)).where(seals.c.journal == journal.name)
    ).scalar()
    mark = journal_mark(conn, journal).label("mark")
    newest_first = _at(journal).desc(), journal.c.event_id.desc()
    query = _rows(journal, asked).add_columns(mark).order_by(*newest_first)
    read: Callable[[Row[Any]], Any] = _of_case if journal is case_events else _of_audit
    for row in conn.execute(query.execution_options(yield_per=1000)):
        subject, about = read(row)
        is_sealed = sealed_to is not None and row.mark is not None and row.mark < sealed_to
        yield AuditLine(row.at, row.actor, row.name or "", row.kind, subject, about, is_sealed)


def _rows(journal: Table, asked: AuditQuestion) -> Select:
    query = _case_rows() if journal is case_events else _audit_rows(asked)
    query = query.where(_at(journal) >= asked.start, _at(journal) < asked.end)
    if asked.actor:
        query = query.where(journal.c.actor == asked.actor)
    if asked.subject:
        subject = cases.c.case_no if journal is case_events else audit_events.c.object
        query = query.where(subject.contains(asked.subject, autoescape=True))
    return query


def _at(journal: Table) -> ColumnElement[datetime]:
    return journal.c.recorded_at if journal is case_events else journal.c.at


def _audit_rows(asked: AuditQuestion) -> Select:
    query = select(
        audit_events.c.at,
        audit_events.c.actor,
        audit_events.c.kind,
        audit_events.c.object,
        audit_events.c.details,
        users.c.name,
    ).select_from(audit_events.outerjoin(users, users.c.login == audit_events.c.actor))
    if not asked.group:
        return query
    return query.where(audit_events.c.kind.in_(GROUPS[asked.group]))


def _case_rows() -> Select:
    """What people did here; what an import told of is on record as that import."""
    return (
        select(
            case_events.c.recorded_at.label("at"),
            case_events.c.actor,
            case_events.c.kind,
            cases.c.case_no,
            units.c.name.label("to_unit"),
            case_events.c.reason,
            case_events.c.note,
            users.c.name,
        )
        .select_from(
            case_events.join(cases, cases.c.case_id == case_events.c.case_id)
            .outerjoin(units, units.c.unit_id == case_events.c.to_unit_id)
            .outerjoin(users, users.c.login == case_events.c.actor)
        )
        .where(case_events.c.batch_id.is_(None))
    )


def _of_case(row: Row[Any]) -> tuple[str, About]:
    found = {"to_unit": row.to_unit, "reason": row.reason, "note": row.note}
    return row.case_no, tuple((key, str(value)) for key, value in found.items() if value)


def _of_audit(row: Row[Any]) -> tuple[str, About]:
    return row.object or "", tuple(_flat(row.details or {}))


def _flat(details: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in details.items():
        if isinstance(value, dict):
            value = "、".join(f"{said('about', name)} {part}" for name, part in value.items())
        if value not in (None, ""):
            yield key, str(value)
