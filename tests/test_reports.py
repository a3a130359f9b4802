"""A new case: its number, its due time, its one event; who may open one where, and why not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, update

from data.acting import case_row
from data.actions.doing import act
from data.actions.offers import at_hand, offered
from data.calendar import LimitUnit, WorkingCalendar
from data.case_file import case_file
from data.journal import fold
from data.proof import prove
from data.report_choices import report_choices
from data.report_previews import preview_report
from data.reports import ADDRESS_LIMIT, NOTE_LIMIT, TITLE_LIMIT, Reported, ReportRequest, report
from data.schema import areas, case_events, cases, categories
from data.terms import (
    DISTRICT,
    NOTHING,
    ActionRefused,
    Actor,
    AreaLevel,
    Kind,
    OutOfReach,
    Refused,
    Role,
    Scope,
)
from tests.builders import add_area, add_case, add_category, add_centre, add_channel, add_unit, day
from tests.desk import DISPATCHER, NOW, OTHER_DISPATCHER, last_event, operator, request, row_of
from tests.scale import SIZE
from tests.test_calendar import SHANGHAI, WINDOWS, slow_closing, slow_due

Ground = dict[str, int]
ASK = ReportRequest("key", "路灯不亮", "light", "grid", "hotline")


def lay_ground(conn: Connection) -> Ground:
    """The centre, a unit, two towns, a grid in the first, a lowest category, a channel."""
    found = {"centre": add_centre(conn), "unit": add_unit(conn, "unit")}
    district = add_area(conn, "district", level=AreaLevel.DISTRICT)
    found["town"] = add_area(conn, "town", district, AreaLevel.TOWN)
    found["other"] = add_area(conn, "other", district, AreaLevel.TOWN)
    found["grid"] = add_area(conn, "grid", found["town"], AreaLevel.GRID1)
    works = add_category(conn, "works")
    found["light"] = add_category(conn, "light", works, LimitUnit.WORKING_DAYS)
    add_channel(conn, "hotline")
    return found


@pytest.fixture
def ground(conn: Connection) -> Ground:
    return lay_ground(conn)


def ask(number: object = "key", **said: Any) -> ReportRequest:
    return replace(ASK, idempotency_key=f"key-{number}", **said)


def number_of(conn: Connection, at: datetime, key: object) -> str:
    return report(conn, ask(key), DISPATCHER, at).case_no


def refused(conn: Connection, by: Actor = DISPATCHER, **said: Any) -> Refused:
    with pytest.raises(ActionRefused) as refusal:
        report(conn, ask(**said), by, NOW)
    return refusal.value


# What is written


def test_a_report_is_one_case_with_one_event_that_proves_it(
    conn: Connection, ground: Ground
) -> None:
    said = ask(address=" 和平路 12 号 ", severity="yellow", note="三盏")
    done = report(conn, said, DISPATCHER, NOW)
    row, event = row_of(conn, done.case_no), last_event(conn)

    assert done == Reported("SB-20260107-0001", row.due_at)
    assert (row.state, row.unit_id, row.version) == ("reported", ground["centre"], 1)
    assert (row.opened_at, row.last_event_at) == (NOW, NOW)
    assert (row.title, row.address, row.severity) == ("路灯不亮", "和平路 12 号", "yellow")
    assert (row.area_id, row.category_id) == (ground["grid"], ground["light"])
    assert row.address_key == "和平路12号"
    assert (event.kind, event.actor, event.note) == ("report", "dispatcher", "三盏")
    assert (event.to_unit_id, event.from_unit_id) == (ground["centre"], None)
    assert conn.execute(select(func.count()).select_from(case_events)).scalar() == 1
    fold(conn, NOW)
    assert prove(conn).holds


def test_nothing_personal_is_stored(conn: Connection, ground: Ground) -> None:
    texts = {"title": "请回电 13800138000", "address": "找 139-1234-5678", "note": "证件 "}
    texts["note"] += "11010519491231002X\x00\u200b"
    row = row_of(conn, report(conn, ask(**texts), DISPATCHER, NOW).case_no)
    stored = f"{row.title}{row.address}{row.address_key}{last_event(conn).note}"
    assert not any(digits in stored for digits in ("138", "139", "5678", "1949", "\x00", "\u200b"))


# Numbers


def test_numbers_count_through_the_day_of_the_centre(conn: Connection, ground: Ground) -> None:
    """Midnight at the centre is four in the afternoon UTC."""
    instants = [day(7, 15), day(7, 15) + timedelta(minutes=59), day(7, 16), day(8, 15), day(8, 16)]
    assert [number_of(conn, at, at) for at in instants] == [
        "SB-20260107-0001",
        "SB-20260107-0002",
        "SB-20260108-0001",
        "SB-20260108-0002",
        "SB-20260109-0001",
    ]


def test_the_ten_thousandth_follows_the_last_of_four_digits(
    conn: Connection, ground: Ground
) -> None:
    add_case(conn, "SB-20260107-9998", NOW)
    numbers = [number_of(conn, NOW, n) for n in range(4)]
    assert [number[12:] for number in numbers] == ["9999", "10000", "10001", "10002"]


def test_only_numbers_of_our_own_form_are_counted_on(conn: Connection, ground: Ground) -> None:
    """What an import brings may look like them."""
    for odd in ("00000077", "0078-A", "79x", "x", "", "５５５５", "0080 "):
        add_case(conn, f"SB-20260107-{odd}", NOW)
    for other in ("XSB-20260107-0081", "SB-20260106-0082", "sb-20260107-0083", "SB-20260107:0084"):
        add_case(conn, other, NOW)
    assert [number_of(conn, NOW, n)[12:] for n in range(2)] == ["0001", "0002"]


# The same request again


def test_the_same_key_is_the_same_case(conn: Connection, ground: Ground) -> None:
    first = report(conn, ask(), DISPATCHER, NOW)
    again = report(conn, ask(), DISPATCHER, NOW + timedelta(days=2))
    assert first == again
    assert conn.execute(select(func.count()).select_from(cases)).scalar() == 1


def test_a_key_of_somebody_else_is_refused(conn: Connection, ground: Ground) -> None:
    report(conn, ask(), DISPATCHER, NOW)
    assert refused(conn, OTHER_DISPATCHER).key == "report.used_key"


def test_many_who_report_at_once_get_a_number_each(engine: Engine) -> None:
    """Some send everything twice at once, as a double click does."""
    with engine.begin() as conn:
        lay_ground(conn)

    def write(writer: int) -> list[str]:
        told = []
        for turn in range(SIZE.writes_each // 2):
            with engine.begin() as conn:
                told.append(number_of(conn, NOW, f"{writer // 2}-{turn}"))
        return told

    with ThreadPoolExecutor(SIZE.writers) as pool:
        told = list(pool.map(write, range(SIZE.writers)))
    with engine.connect() as conn:
        stored = sorted(conn.execute(select(cases.c.case_no)).scalars())
        assert prove(conn).holds
    count = SIZE.writers // 2 * (SIZE.writes_each // 2)
    assert stored == [f"SB-20260107-{n + 1:04}" for n in range(count)]
    assert told[::2] == told[1::2]  # each pair sent the same keys
    assert sorted(number for numbers in told[::2] for number in numbers) == stored


# The due time


CALENDAR = WorkingCalendar(SHANGHAI, WINDOWS)
SLOW: dict[LimitUnit, Callable[[datetime, int], datetime]] = {
    LimitUnit.URGENT_HOURS: lambda at, n: at + timedelta(hours=n),
    LimitUnit.URGENT_DAYS: lambda at, n: at + timedelta(days=n),
    LimitUnit.WORKING_HOURS: lambda at, n: slow_due(CALENDAR, at, n),
    LimitUnit.WORKING_DAYS: lambda at, n: slow_closing(CALENDAR, at, n),
}


@pytest.mark.parametrize("unit", LimitUnit)
@pytest.mark.parametrize("opened_at", [NOW, day(9, 9), day(10, 4)], ids=["open", "evening", "off"])
def test_the_due_time_is_what_minutes_counted_one_by_one_say(
    conn: Connection, ground: Ground, unit: LimitUnit, opened_at: datetime
) -> None:
    conn.execute(update(categories).values(limit_amount=3, limit_unit=unit))
    seen = preview_report(conn, ask(), opened_at)
    done = report(conn, ask(), DISPATCHER, opened_at)
    told = {effect.effect: effect.after for effect in seen.effects}
    assert done.due_at == told["case_due"] == SLOW[unit](opened_at, 3)


def test_without_a_limit_there_is_no_due_time(conn: Connection, ground: Ground) -> None:
    conn.execute(update(categories).values(limit_amount=None, limit_unit=None))
    rules = {effect.effect: effect.rule for effect in preview_report(conn, ask(), NOW).effects}
    assert rules["case_due"] == "no_limit" and "limit" not in rules
    assert report(conn, ask(), DISPATCHER, NOW).due_at is None


# Who reports where


def test_who_acts_for_a_town_reports_within_it(conn: Connection, ground: Ground) -> None:
    by = Actor("town", "街道值班", Role.DISPATCHER, Scope(area_id=ground["town"]))
    case_no = report(conn, ask(), by, NOW).case_no
    assert case_row(conn, case_no, by.scope).state == "reported"
    for code in ("other", "district"):
        refusal = refused(conn, by, number=code, area=code)
        assert isinstance(refusal, OutOfReach) and refusal.key == "report.no_area"
    assert str(refused(conn, by, number=1, area="other")) == str(
        refused(conn, by, number=2, area="atlantis")
    )
    choices = report_choices(conn, date(2026, 1, 7), by.scope)
    assert [code for code, _ in choices.areas] == ["town", "grid"]


def test_a_unit_goes_on_seeing_what_it_reported(conn: Connection, ground: Ground) -> None:
    """The centre holds it; another unit sees nothing of it."""
    by, other = operator(ground["unit"]), operator(add_unit(conn, "elsewhere"))
    case_no = report(conn, ask(), by, NOW).case_no
    event = last_event(conn)
    assert (event.from_unit_id, event.to_unit_id) == (ground["unit"], ground["centre"])
    assert not event.is_transfer and row_of(conn, case_no).transfer_count == 0
    assert case_file(conn, case_no, by.scope).unit_id == ground["centre"]
    with pytest.raises(Refused):
        case_file(conn, case_no, other.scope)
    with pytest.raises(OutOfReach):
        case_row(conn, number_of(conn, NOW, "the centre's own"), by.scope)
    assert prove(conn).holds


def test_a_unit_does_nothing_with_what_the_centre_holds(conn: Connection, ground: Ground) -> None:
    by = operator(ground["unit"])
    case_no = report(conn, ask(), by, NOW).case_no
    assert offered(by, at_hand(conn, case_no, by.scope)) == ()
    with pytest.raises(ActionRefused) as refusal:
        act(conn, request(conn, Kind.FEED_BACK, case_no), by, NOW)
    assert refusal.value.key == "action.not_holder"


def test_who_acts_for_no_unit_but_should_is_told_so(conn: Connection, ground: Ground) -> None:
    adrift = Actor("operator", "单位经办", Role.OPERATOR, NOTHING)
    assert "还没有所属单位" in str(refused(conn, adrift))
    assert report_choices(conn, date(2026, 1, 7), NOTHING).areas == ()


# What a report says


REFUSED = {
    "no title": ({"title": " \u200b\t"}, "还没有写标题"),
    "a long title": ({"title": "长" * (TITLE_LIMIT + 1)}, "标题有 61 字，最多 60 字"),
    "a long address": ({"address": "长" * (ADDRESS_LIMIT + 1)}, "地址有 101 字，最多 100 字"),
    "a long note": ({"note": "长" * (NOTE_LIMIT + 1)}, "说明有 1001 字，最多 1000 字"),
    "no category": ({"category": ""}, "还没有选类别"),
    "a category with others below": ({"category": "works"}, "请选到最细的一级"),
    "no area": ({"area": ""}, "还没有选区域"),
    "an unknown area": ({"area": "atlantis"}, "不在可以上报的范围内"),
    "no channel": ({"channel": ""}, "还没有选来源渠道"),
    "another severity": ({"severity": "none"}, "没有这个等级"),
}


@pytest.mark.parametrize(("said", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_report_that_cannot_be_is_refused_with_its_mend(
    conn: Connection, ground: Ground, said: dict[str, Any], sentence: str
) -> None:
    assert sentence in str(refused(conn, **said))
    assert conn.execute(select(func.count()).select_from(cases)).scalar() == 0
    if set(said) & {"category", "area", "channel"}:
        assert sentence in preview_report(conn, ask(**said), NOW).why_not


def test_no_report_in_an_area_that_is_no_more_or_not_yet(conn: Connection, ground: Ground) -> None:
    grid = update(areas).where(areas.c.code == "grid")
    for said in ({"valid_to": date(2026, 1, 7)}, {"valid_from": date(2026, 1, 8)}):
        conn.execute(grid.values({"valid_from": None, "valid_to": None} | said))
        assert refused(conn).key == "report.no_area"
        assert "grid" not in dict(report_choices(conn, date(2026, 1, 7)).areas)
    conn.execute(grid.values(valid_from=date(2026, 1, 7), valid_to=date(2026, 1, 8)))
    assert "grid" in dict(report_choices(conn, date(2026, 1, 7)).areas)
    report(conn, ask(), DISPATCHER, NOW)


# What is known already


def test_the_preview_names_cases_of_the_same_matter_at_the_same_place(
    conn: Connection, ground: Ground
) -> None:
    there = {"category_id": ground["light"], "address": "和平路１２号"}
    add_case(conn, "near", NOW - timedelta(days=29), area_id=ground["town"], **there)
    add_case(conn, "long ago", NOW - timedelta(days=31), **there)
    add_case(conn, "same grid", NOW - timedelta(days=1), area_id=ground["grid"], **there)
    add_case(conn, "elsewhere", NOW, category_id=ground["light"], address="和平路 2 号")

    def known(address: str, scope: Scope = DISTRICT) -> list[str]:
        seen = preview_report(conn, ask(address=address), NOW, scope)
        assert seen.repeats is not None
        return sorted(line.case_no for line in seen.repeats.lines)

    assert known("和平路 12 号") == ["near", "same grid"]
    assert known("和平路 12 号", Scope(area_id=ground["grid"])) == ["same grid"]
    assert known("") == ["same grid"]  # the grid tells where one has no address
