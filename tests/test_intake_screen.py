"""数据接入 in a real browser: a file is looked at, tried, imported, mended, taken back."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import func, select

from data.accounts import add_user
from data.db import connect
from data.demo.accounts import PASSWORD
from data.schema import imports, live_cases
from data.words import word
from door.desk import plain_name
from tests import servers
from tests.client import go_in, open_socket, token_of
from tests.scale import SIZE
from tests.servers import Server

HOSTILE = "<img src=x onerror=alert(1)>"
HEADER = "工单编号,受理时间,办结时间,状态,承办单位,所属街道,标题,联系电话"
SECOND = "second_dispatcher"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def own_server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for this file alone: its imports change figures."""
    folder = tmp_path_factory.mktemp("intake")
    url = servers.copy_of(demo_url, folder)
    engine = connect(url)
    with engine.begin() as conn:
        add_user(conn, SECOND, "值班席四号", PASSWORD, "dispatcher")
    engine.dispose()
    server = servers.start(url, folder)
    yield server
    server.stop()


@pytest.fixture
def intake(own_server: Server, page: Page) -> Page:
    """The screen, as a dispatcher sees it, with an empty desk."""
    go_in(page, own_server, "dispatcher", "intake")
    other_file = page.get_by_role("button", name=word("intake.file.other"), exact=True)
    uploader = page.locator("input[type=file]")
    expect(uploader.or_(other_file)).to_be_attached()
    if other_file.count():
        other_file.click()
    expect(uploader).to_be_attached()
    dismiss = page.get_by_role("button", name=word("intake.dismiss"), exact=True)
    if dismiss.count():
        dismiss.click()
        expect(dismiss).to_have_count(0)
    return page


def line(number: str, *, opened: str = "2026-11-02 09:00:00", state: str = "办结") -> str:
    """One row of a town's sheet."""
    closed = "2026-11-03 09:00:00" if state == "办结" else ""
    return f"{number},{opened},{closed},{state},区住建局,南塘街道,路面破损,13800001234"


def write(folder: Path, lines: list[str], name: str = "街道工单.csv") -> Path:
    """A file as an office sends it: GBK, with a column of telephone numbers."""
    path = folder / name
    path.write_bytes("\n".join([HEADER, *lines]).encode("gbk"))
    return path


def upload(page: Page, path: Path) -> None:
    """Hand in a file and wait until it was looked at."""
    page.locator("input[type=file]").set_input_files(str(path))
    expect(page.locator(".st-key-intake-preview")).to_be_visible()
    box = page.get_by_label(word("intake.mapping.text"))
    expect(box).to_have_count(1)  # while the screen is being drawn, the one of before stands too
    expect(box).to_have_value(re.compile("case_no"))


def press(page: Page, key: str) -> None:
    """Click a button by its word."""
    page.get_by_role("button", name=word(key), exact=True).click()


def counted(server: Server, prefix: str) -> int:
    """Cases in force whose number begins like this."""
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(func.count()).where(live_cases.c.case_no.startswith(prefix))
        found = conn.execute(query).scalar_one()
    engine.dispose()
    return found


def memory_of(server: Server) -> int:
    """Bytes that the server's own process holds."""
    told = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    return 1024 * int(re.findall(r"VmRSS:\s+(\d+)", told)[0])


def test_a_gbk_file_from_upload_to_undo(intake: Page, own_server: Server, tmp_path: Path) -> None:
    good = [line(f"GBK{n:04}") for n in range(40)]
    bad = [line("GBK9001", opened="2026-13-01"), line("GBK9002", state=HOSTILE)]
    upload(intake, write(tmp_path, [*good, *bad]))
    expect(intake.get_by_text(word("intake.understood.encoding", name="gb18030"))).to_be_visible()
    expect(intake.locator(".st-key-intake-preview")).to_contain_text("GBK0000")
    expect(intake.locator(".st-key-intake-preview")).not_to_contain_text("13800001234")

    press(intake, "intake.try")
    expect(
        intake.get_by_text(word("intake.sum", rows="42", parts="40 ＋ 0 ＋ 0 ＋ 2"))
    ).to_be_visible()
    expect(intake.locator(".st-key-section-kept-try")).to_contain_text(HOSTILE)
    assert counted(own_server, "GBK") == 0

    press(intake, "intake.load")
    done = intake.locator(".st-key-section-outcome")
    expect(done).to_contain_text(re.compile("已导入，批次"))
    assert counted(own_server, "GBK") == 40
    done.locator(".open").click()
    kept = intake.locator(".st-key-section-kept")
    expect(kept).to_contain_text(HOSTILE)  # as text
    expect(kept.locator("img")).to_have_count(0)
    with intake.expect_download() as saved:
        kept.get_by_text(word("intake.kept.save")).click()
    assert HOSTILE in saved.value.path().read_text("utf-8-sig")

    history = intake.locator(".st-key-section-history")
    history.get_by_text(word("intake.undo.ask"), exact=True).first.click()
    press(intake, "intake.undo.confirm")
    expect(intake.get_by_text(re.compile("已撤销：40 件工单"))).to_be_visible()
    assert counted(own_server, "GBK") == 0


def test_every_number_of_a_source_opens_its_definition_and_its_deliveries(
    intake: Page, tmp_path: Path
) -> None:
    upload(intake, write(tmp_path, [line(f"SRC{n}") for n in range(30)], "来源.csv"))
    intake.get_by_label(word("intake.declared")).fill("31")
    intake.get_by_label(word("intake.declared")).press("Tab")
    press(intake, "intake.load")
    row = intake.locator(".st-key-intake-sources tbody tr", has_text="来源")
    expect(row).to_contain_text("100.00%")
    expect(row).to_contain_text(word("intake.differs", change="−1"))
    for place in range(row.locator(".open").count()):
        row.locator(".open").nth(place).click()
        opened = intake.locator(".st-key-section-deliveries")
        expect(opened).to_contain_text("来源.csv")
        expect(opened).to_contain_text("30")


def test_a_refused_import_keeps_what_was_typed(intake: Page, tmp_path: Path) -> None:
    upload(intake, write(tmp_path, [line("TYP1")]))
    box = intake.get_by_label(word("intake.mapping.text"))
    typed = '# 我改过\n[columns]\ncase_no = "没有这一列"\nopened_at = "受理时间"\n'
    box.fill(typed)
    box.press("Control+Enter")
    intake.get_by_label(word("intake.mapping.name")).fill("我的来源")
    intake.get_by_label(word("intake.mapping.name")).press("Enter")
    press(intake, "intake.load")
    expect(intake.get_by_text(word("intake.refused.import"), exact=True)).to_be_visible()
    expect(intake.get_by_text(re.compile("没有“没有这一列”列"))).to_be_visible()
    expect(box).to_have_value(typed)

    fetched: list[Route] = []
    intake.route(re.compile("/TextArea"), lambda route: fetched.append(route))
    with intake.expect_websocket() as reloaded:
        intake.reload()  # and the desk outlives the page
    expect(intake.get_by_text(word("intake.refused.import"), exact=True)).to_be_visible()
    for _ in range(4):  # however late the browser has what draws it: over several ticks
        reloaded.value.wait_for_event("framereceived")
    fetched[0].continue_()
    expect(box).to_have_value(typed)
    expect(intake.get_by_label(word("intake.mapping.name"))).to_have_value("我的来源")


def test_a_file_that_is_no_table_is_refused_in_one_sentence(intake: Page, tmp_path: Path) -> None:
    (tmp_path / "报告.pdf").write_bytes(b"%PDF-1.7 nothing")
    intake.locator("input[type=file]").set_input_files(str(tmp_path / "报告.pdf"))
    expect(intake.get_by_text(word("intake.refused.look"))).to_be_visible()
    expect(intake.get_by_text(re.compile("未导入：报告.pdf"))).to_be_visible()


def test_a_kept_mapping_is_offered_again(intake: Page, tmp_path: Path) -> None:
    upload(intake, write(tmp_path, [line("KEP1")], "保存.csv"))
    press(intake, "intake.keep")
    expect(intake.get_by_text(word("intake.keep.done", name="保存"))).to_be_visible()
    intake.get_by_role("combobox", name=word("intake.mapping")).first.click()
    kept = intake.get_by_role("option", name=word("intake.mapping.kept", name="保存"))
    expect(kept).to_be_visible()
    intake.keyboard.press("Escape")
    press(intake, "intake.try")  # what came of keeping it is not said beside what comes of this
    expect(intake.locator(".st-key-intake-end")).to_be_visible()
    expect(intake.get_by_text(word("intake.keep.done", name="保存"))).to_have_count(0)


def test_hostile_names_headers_and_cells_are_plain_text(intake: Page, tmp_path: Path) -> None:
    intake.on("dialog", lambda dialog: pytest.fail(dialog.message))
    path = tmp_path / "<b onclick=1>[x](javascript:1) :red[y] $z$.csv"
    rows = [f"{HEADER},{HOSTILE},**粗** :material/bolt:", line("HOS1") + f",{HOSTILE},*a*"]
    path.write_bytes("\n".join(rows).encode("gbk"))
    upload(intake, path)
    shown = intake.locator(".st-key-section-new")
    for text in (path.name, HOSTILE, "**粗** :material/bolt:", "*a*"):
        expect(shown.get_by_text(text, exact=False).first).to_be_visible()
    expect(shown.locator("img, b[onclick], strong, a")).to_have_count(0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\表\\一.csv", "一.csv"),
        ("..", "file"),
        ("a\x00b\u202e.csv", "ab.csv"),
        ("长" * 300 + ".csv", "长" * 78 + ".csv"),
    ],
    ids=["path", "windows", "dots", "controls", "long"],
)
def test_a_file_keeps_a_name_that_is_one(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept


@pytest.mark.parametrize("role", ["leader", "operator", "auditor"])
def test_whoever_may_not_import_sees_no_form(page: Page, own_server: Server, role: str) -> None:
    go_in(page, own_server, role, "intake")
    expect(page.get_by_text(word("screen.missing"))).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)


def test_a_second_person_is_told_and_the_server_does_not_grow(
    intake: Page, browser: Browser, own_server: Server, tmp_path: Path
) -> None:
    count = SIZE.upload_rows
    upload(intake, write(tmp_path, [line(f"BIG{n:07}") for n in range(count)], "很大.csv"))
    other = browser.new_context(locale="zh-CN").new_page()
    go_in(other, own_server, SECOND, "intake")
    upload(other, write(tmp_path, [line("OTH1")], "另一个.csv"))
    before = memory_of(own_server)
    press(intake, "intake.load")
    expect(intake.get_by_text(re.compile("^正在导入"))).to_be_visible()
    who = word("intake.other", who="值班席三号", file="很大.csv")
    expect(other.get_by_text(who)).to_be_visible()
    expect(other.get_by_role("button", name=word("intake.load"), exact=True)).to_be_disabled()
    expect(other.get_by_text(re.compile("^正在导入"))).to_have_count(0)  # not theirs to see
    expect(intake.get_by_text(re.compile("已导入，批次"))).to_be_visible(timeout=600_000)
    assert memory_of(own_server) - before < 100 * MIB
    assert counted(own_server, "BIG") == count
    expect(other.get_by_text(who)).to_have_count(0)
    press(other, "intake.load")
    expect(other.get_by_text(re.compile("已导入，批次"))).to_be_visible()
    other.context.close()


def test_a_stopped_import_leaves_nothing(intake: Page, own_server: Server, tmp_path: Path) -> None:
    count = SIZE.upload_rows
    upload(intake, write(tmp_path, [line(f"STP{n:07}") for n in range(count)], "停下.csv"))
    press(intake, "intake.load")
    press(intake, "intake.stop")
    expect(intake.get_by_text(word("intake.crashed.stopped"))).to_be_visible()
    assert counted(own_server, "STP") == 0
    engine = connect(own_server.database_url)
    with engine.connect() as conn:
        query = select(func.count()).where(imports.c.file_name == "停下.csv")
        assert conn.execute(query).scalar_one() == 0
    engine.dispose()
    expect(intake.get_by_role("button", name=word("intake.load"), exact=True)).to_be_enabled()


def test_a_server_that_is_told_to_end_leaves_no_desk(
    cold_server: Callable[..., Server], tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    server = cold_server(TMPDIR=str(temporary))
    with open_socket(server, token_of(server, "dispatcher")) as socket:
        socket.run("intake")
    assert len(list(temporary.glob("yiping-desk-*"))) == 1
    server.stop()
    assert list(temporary.glob("yiping-*")) == []
