"""Crowds of case rows and filters to list them by; and the same list counted in pandas."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from data.case_list.asked import SEVERITIES, CaseFilter, Due, Mark, Order, Standing
from data.schema import areas, cases, categories, channels, units
from data.terms import ENDED_STATES, AreaLevel, State
from tests.builders import add_area, add_category, add_channel, add_unit, day
from tests.test_hostile_text import HOSTILE

NOW = day(20, 9)
ZONE = ZoneInfo("Asia/Shanghai")
NEAR = timedelta(hours=24)
UNITS, AREAS, CATEGORIES, CHANNELS = (
    ("u1", "u2", "u3"),
    {"d": None, "t1": "d", "t2": "d", "c1": "t1", "g1": "c1"},
    {"k": None, "k1": "k", "k2": "k", "k11": "k1"},
    ("h1", "h2"),
)
TITLES = (
    None,
    "",
    "路灯不亮",
    "噪声 扰民",
    "Road light",
    "road LIGHT broken",
    "100%_off",
    *HOSTILE,
)
WORDS = (
    "",
    "路灯",
    "噪声 扰民",
    "LIGHT",
    "light road",
    "%",
    "_",
    "100%_",
    "\\",
    "'",
    "L-1",
    "没有",
)
COLUMNS = {
    Order.DUE: "due_at",
    Order.OPENED: "opened_at",
    Order.MOVED: "last_event_at",
    Order.ENDED: "ended_at",
    Order.TRANSFERS: "transfer_count",
    Order.CASE_NO: "case_no",
}


def add_crowd(conn: Connection, chance: Random, count: int = 160) -> None:
    """Cases with many ties and many blanks; some belong to a batch that was taken back."""
    keys = {name: {"": None} for name in ("unit", "area", "category", "channel")}
    for code in UNITS:
        keys["unit"][code] = add_unit(conn, code)
    for code, parent in AREAS.items():
        keys["area"][code] = add_area(conn, code, keys["area"][parent or ""])
    for code, parent in CATEGORIES.items():
        keys["category"][code] = add_category(conn, code, keys["category"][parent or ""])
    for code in CHANNELS:
        keys["channel"][code] = add_channel(conn, code)
    rows = [_row(chance, number, keys) for number in range(count)]
    conn.execute(insert(cases), rows)


def _row(chance: Random, number: int, keys: dict[str, dict[str, int | None]]) -> dict[str, object]:
    state = chance.choice(list(State))
    opened = day(chance.randint(1, 19), chance.choice([0, 16]))
    ended = opened + timedelta(hours=chance.randint(1, 5) * 24) if state in ENDED_STATES else None
    due = chance.choice([None, NOW, NOW + NEAR, opened + timedelta(days=chance.randint(1, 30))])
    paused = opened + timedelta(hours=chance.randint(0, 90)) if state == State.PAUSED else None
    named = {f"{name}_id": chance.choice(list(found.values())) for name, found in keys.items()}
    return named | {
        "case_no": f"{chance.choice('LlM')}-{number}",
        "district_code": "x",
        "title": chance.choice(TITLES),
        "state": state,
        "level": chance.choice([None, AreaLevel.TOWN, AreaLevel.DISTRICT]),
        "severity": chance.choice([None, *SEVERITIES]),
        "repeat_of": chance.choice([None, None, "L-1"]),
        "opened_at": opened,
        "due_at": due,
        "paused_at": paused,
        "ended_at": ended,
        "last_event_at": ended or opened + timedelta(hours=chance.randint(0, 4)),
        "transfer_count": chance.choice([0, 0, 1, 2, 6]),
        "reopen_count": chance.choice([0, 0, 1]),
        "supervision_count": chance.choice([0, 0, 2]),
        "version": 1,
        "undone_at": NOW if chance.random() < 0.1 else None,
    }


def filters() -> st.SearchStrategy[CaseFilter]:
    """What may be asked for; most leave most open."""

    def some(*values: object) -> st.SearchStrategy[tuple]:
        chosen = st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)
        return st.one_of(st.just(()), st.just(()), chosen)

    def days(first: int, last: int) -> st.SearchStrategy[date | None]:
        return st.one_of(st.none(), st.integers(first, last).map(lambda n: date(2026, 1, n)))

    return st.builds(
        CaseFilter,
        words=st.one_of(st.just(""), st.sampled_from((*WORDS, *HOSTILE))),
        standing=st.sampled_from(Standing),
        states=some(*State),
        units=some("", *UNITS),
        areas=some("", *AREAS),
        categories=some("", *CATEGORIES),
        channels=some("", *CHANNELS),
        levels=some(AreaLevel.TOWN, AreaLevel.DISTRICT, AreaLevel.COMMUNITY),
        severities=some(*SEVERITIES),
        due=st.one_of(st.none(), st.none(), st.sampled_from(Due)),
        marks=some(*Mark),
        transfers=st.sampled_from((0, 0, 1, 2, 5)),
        opened_from=days(1, 10),
        opened_to=days(10, 20),
        sort=st.one_of(st.none(), st.sampled_from(Order)),
        is_descending=st.booleans(),
    )


def frame(conn: Connection) -> pd.DataFrame:
    """Every case row as it is, with codes in place of keys."""
    rows = pd.DataFrame(conn.execute(select(cases)).mappings().all()).astype(object)
    for name, table in {
        "unit": units,
        "area": areas,
        "category": categories,
        "channel": channels,
    }.items():
        key = next(iter(table.primary_key))
        codes = dict(conn.execute(select(key, table.c.code)).all())
        rows[name] = [codes.get(value, "") for value in rows[f"{name}_id"]]
    return rows.where(rows.notna(), None)


def expected(rows: pd.DataFrame, asked: CaseFilter) -> list[str]:
    """The numbers of the list, in order, by looking at every row."""
    found = rows[[_is_found(row, asked, set(rows.case_no)) for row in rows.itertuples()]]
    order, is_descending = _order(asked)
    column = COLUMNS[order]
    has, none = found[found[column].notna()], found[found[column].isna()]
    parts = [
        part.sort_values(by, ascending=not is_descending)
        for part, by in ((has, [column, "case_id"]), (none, ["case_id"]))
    ]
    return [number for part in parts for number in part.case_no]


def _order(asked: CaseFilter) -> tuple[Order, bool]:
    if asked.sort:
        return asked.sort, asked.is_descending
    usual = {
        Standing.OPEN: (Order.DUE, False),
        Standing.ENDED: (Order.ENDED, True),
        Standing.ALL: (Order.OPENED, True),
    }
    return usual[asked.standing]


def _is_found(row, asked: CaseFilter, numbers: set[str]) -> bool:  # type: ignore[no-untyped-def]
    is_open = row.state not in ENDED_STATES
    local = row.opened_at.astimezone(ZONE)
    waits = row.paused_at and row.due_at and row.due_at > row.paused_at
    is_due = is_open and row.due_at is not None and not waits
    return all(
        [
            row.undone_at is None,
            asked.standing is Standing.ALL or is_open == (asked.standing is Standing.OPEN),
            not asked.states or row.state in asked.states,
            not asked.units or row.unit in asked.units,
            not asked.channels or row.channel in asked.channels,
            not asked.areas or bool(_upwards(AREAS, row.area) & set(asked.areas)),
            not asked.categories
            or bool(_upwards(CATEGORIES, row.category) & set(asked.categories)),
            not asked.levels or row.level in asked.levels,
            not asked.severities or row.severity in asked.severities,
            asked.due is not Due.OVERDUE or (is_due and row.due_at < NOW),
            asked.due is not Due.NEAR or (is_due and NOW <= row.due_at < NOW + NEAR),
            Mark.REPEATED not in asked.marks or row.repeat_of is not None,
            Mark.REOPENED not in asked.marks or row.reopen_count > 0,
            Mark.SUPERVISED not in asked.marks or row.supervision_count > 0,
            row.transfer_count >= asked.transfers,
            asked.opened_from is None or local >= _midnight(asked.opened_from),
            asked.opened_to is None or local < _midnight(asked.opened_to + timedelta(days=1)),
            _is_said(row, asked.words, numbers),
        ]
    )


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time(), ZONE)


def _upwards(tree: dict[str, str | None], code: str) -> set[str]:
    found = {code}
    while parent := tree.get(code):
        found.add(parent)
        code = parent
    return found


def _is_said(row, words: str, numbers: set[str]) -> bool:  # type: ignore[no-untyped-def]
    if words in numbers:
        return bool(row.case_no == words)
    said = [(row.title or "").lower(), row.case_no.lower()]
    return all(any(word.lower() in text for text in said) for word in words.split()[:8])
