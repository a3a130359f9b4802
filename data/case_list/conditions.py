"""Which cases a filter finds, as conditions of a query; those beyond the scope are never read."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, Table, not_, or_, select

from data.case_list.asked import NOBODY, CaseFilter, Due, Mark, Standing
from data.config import settings
from data.db import MICROSECOND
from data.deadlines import NEAR_DUE
from data.metrics.recurrence import is_repeat
from data.metrics.standing import is_waiting
from data.schema import areas, categories, channels, live_cases, units
from data.scope import Conditions, cases_within
from data.terms import ENDED_STATES, OPEN_STATES, Scope

MOST_WORDS = 8
_row = live_cases.c


def conditions(conn: Connection, asked: CaseFilter, now: datetime, scope: Scope) -> Conditions:
    """Of `live_cases`: what the filter asks for, within the scope."""
    return [
        *cases_within(scope),
        *_standing(asked),
        *_codes(asked),
        *_due(asked, now),
        *_marks(asked, now),
        *_opened(asked),
        *_words(conn, asked.words, scope),
    ]


def _standing(asked: CaseFilter) -> Conditions:
    found: Conditions = []
    states = set(asked.states)
    if asked.standing is Standing.OPEN or asked.due or (states and states <= OPEN_STATES):
        found.append(_row.ended_at.is_(None))
    if asked.standing is Standing.ENDED or (states and states <= ENDED_STATES):
        found.append(_row.ended_at.is_not(None))
    if states:
        found.append(_row.state.in_(asked.states))
    return found


def _codes(asked: CaseFilter) -> Conditions:
    found: Conditions = []
    if asked.units:
        found.append(_is_one_of(_row.unit_id, units, asked.units))
    if asked.channels:
        found.append(_is_one_of(_row.channel_id, channels, asked.channels))
    if asked.areas:
        found.append(_lies_below(_row.area_id, areas, asked.areas))
    if asked.categories:
        found.append(_lies_below(_row.category_id, categories, asked.categories))
    if asked.levels:
        found.append(_row.level.in_(asked.levels))
    if asked.severities:
        found.append(_row.severity.in_(asked.severities))
    return found


def _is_one_of(column: ColumnElement, table: Table, codes: tuple[str, ...]) -> ColumnElement[bool]:
    key = next(iter(table.primary_key))
    return _or_nobody(column, codes, select(key).where(table.c.code.in_(codes)))


def _lies_below(column: ColumnElement, table: Table, codes: tuple[str, ...]) -> ColumnElement[bool]:
    key = next(iter(table.primary_key))
    tree = select(key.label("id")).where(table.c.code.in_(codes)).cte(recursive=True)
    tree = tree.union(select(key).join(tree, table.c.parent_id == tree.c.id))
    return _or_nobody(column, codes, select(tree.c.id))


def _or_nobody(column, codes, keys) -> ColumnElement[bool]:  # type: ignore[no-untyped-def]
    found = column.in_(keys)
    return or_(found, column.is_(None)) if NOBODY in codes else found


def _due(asked: CaseFilter, now: datetime) -> Conditions:
    if asked.due is None:
        return []
    is_due = not_(is_waiting(live_cases))
    if asked.due is Due.OVERDUE:
        return [_row.due_at < now, is_due]
    return [_row.due_at >= now, _row.due_at < now + NEAR_DUE, is_due]


def _marks(asked: CaseFilter, now: datetime) -> Conditions:
    found: Conditions = []
    if Mark.REOPENED in asked.marks:
        found.append(_row.reopen_count > 0)
    if Mark.SUPERVISED in asked.marks:
        found.append(_row.supervision_count > 0)
    if Mark.REPEATED in asked.marks:
        found.append(is_repeat(live_cases, now + MICROSECOND))
    if asked.transfers:
        found.append(_row.transfer_count >= asked.transfers)
    return found


def _opened(asked: CaseFilter) -> Conditions:
    found: Conditions = []
    if asked.opened_from:
        found.append(_row.opened_at >= _midnight(asked.opened_from))
    if asked.opened_to:
        found.append(_row.opened_at < _midnight(asked.opened_to + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), settings().zone).astimezone(UTC)


def _words(conn: Connection, words: str, scope: Scope) -> Conditions:
    """A whole case number finds that case alone; else every word stands in title or number."""
    if not words:
        return []
    is_number = _row.case_no == words
    if conn.execute(select(_row.case_id).where(is_number, *cases_within(scope))).first():
        return [is_number]
    return [_has(word) for word in words.split()[:MOST_WORDS]]


def _has(word: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(word, autoescape=True) for column in (_row.title, _row.case_no)))
