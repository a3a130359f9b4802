"""What is wrong with files, by the catalogue of bad input: refused, kept aside, or read anyway.

Whoever brings a file learns what is wrong, where it stands, and how to mend it.
"""

import codecs
import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sqlalchemy import Connection, select

from data.db import connect
from data.intake.loading.batch import Result
from data.intake.loading.kept import kept_rows
from data.intake.mapping.map import parse_mapping
from data.intake.reading.preview import preview
from data.schema import cases
from data.terms import ImportRefused
from tests.samples import load
from tests.scale import SIZE

MAP = """
[source]
time_zone = "UTC"
[columns]
case_no = "no"
opened_at = "opened"
state = "state"
title = "title"
"""
HEADER = ["no", "opened", "state", "title"]
OPENED = "2026-01-05T08:00"
DAY = datetime(2026, 1, 5, 8, 0)  # noqa: DTZ001 - cells know no zone


def row(no: object, title: object = "", opened: object = OPENED) -> list[object]:
    """A row of a case in progress."""
    return [no, opened, "in_progress", title]


def text(*rows: list[object], sign: str = ",", end: str = "\n") -> str:
    """Rows under the header as CSV."""
    return "".join(sign.join(map(str, one)) + end for one in [HEADER, *rows])


def book(*rows: list[object], change: Callable[[Workbook], object] | None = None) -> bytes:
    """Rows under the header as a workbook."""
    made = Workbook()
    made.active.title = "工单"
    for one in [HEADER, *rows]:
        made.active.append(one)
    if change:
        change(made)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def archive(**members: bytes | str) -> bytes:
    """A zip of files; double underscores in their names are points."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "."), content)
    return file.getvalue()


def changed_part(packed: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return file.getvalue()


def bring(
    conn: Connection, folder: Path, name: str, content: bytes | str, mapping: str = MAP
) -> Result:
    """Import a file of this content."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return load(conn, "cases", folder / name, folder / "map.toml")


# Refused whole

SOUND = text(row("A1", "路灯不亮"))
GARBLED = text(*[row(f"A{n}", "长" * 20) for n in range(5)]).encode()
SAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”或“CSV UTF-8”后再导入。"
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;">]>"""
SHEET_PART = "xl/worksheets/sheet1.xml"


def many_entries() -> bytes:
    """A directory of 2,001 entries."""
    return archive(**{f"f{n}__csv": "" for n in range(2001)})


def endless_directory() -> bytes:
    """An end of a directory that promises a million entries."""
    wide = (b"PK\x06\x06" + bytes(20) + (10**6).to_bytes(8, "little") * 2).ljust(56, b"\0")
    return b"PK\x03\x04" + wide + b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18)


def outside() -> bytes:
    """An archive whose only member would be unpacked beside the folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("../f.csv", SOUND)
    return file.getvalue()


def marked(offset: int, value: int) -> bytes:
    """An archive with something else in the description of its member."""
    packed = bytearray(archive(f__csv=SOUND))
    for mark, ahead in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        packed[packed.index(mark) + offset + ahead] = value
    return bytes(packed)


REFUSED: dict[str, tuple[str, bytes | str, str]] = {
    "I02 more than one line in a hundred": (
        "f.csv",
        GARBLED + b"A9,\xff\xfe\n",
        f"未导入：f.csv 是 UTF-8 编码，但第 {len(GARBLED) + 3} 字节处有无法解码的内容。"
        "请重新导出该文件。",
    ),
    "I02 no encoding at all": (
        "f.csv",
        b"\xff\xff\xff",
        "未导入：无法判断 f.csv 的编码，它既不是 UTF-8 也不是 GB18030。"
        "请在映射文件 [source] 中写明 encoding。",
    ),
    "I01 UTF-16 without a mark": (
        "f.csv",
        text(row("A1", "light")).encode("utf-16-le"),
        "未导入：f.csv 像是没有字节顺序标记的 UTF-16 文本。"
        "请在映射文件 [source] 中写明 encoding = utf-16-le，或另存为 UTF-8。",
    ),
    "I05 renamed header": (
        "f.csv",
        SOUND.replace("opened", "opened at"),
        "未导入：f.csv 的表头中没有“opened”列，最接近的是“opened at”。请改正映射文件或表头。",
    ),
    "I05 double header": (
        "f.csv",
        SOUND.replace("title", "opened"),
        "未导入：f.csv 的表头中“opened”列出现了不止一次。请改名或删去多余的一列。",
    ),
    "I06 more than 200 columns": (
        "f.csv",
        ",".join([*HEADER, *(f"c{n}" for n in range(197))]),
        "未导入：f.csv 有 201 列，最多 200 列。请检查分隔符，或删去不用的列。",
    ),
    "I08 quote never closed": (
        "f.csv",
        text(row("A1"), row('"A\n2"', '"open'), *[row(f"B{n}", "x" * 99) for n in range(500)]),
        "未导入：f.csv 第 4 行起的引号没有正确结束，或单元格过长。请改正该行的引号后再导入。",
    ),
    "I08 a field of a megabyte": (
        "f.csv",
        text(row("A1"), row("A2", "x" * 2**20)),
        "未导入：f.csv 第 3 行起的引号没有正确结束，或单元格过长。请改正该行的引号后再导入。",
    ),
    "I08 a line without end": (
        "f.csv",
        text(row("A1")) + "x" * (9 << 20),
        f"未导入：f.csv 从第 {len(text(row('A1')))} 字节起的一行长得没有尽头，不是表格文本。"
        "请检查换行，重新导出后再导入。",
    ),
    "I11 an old workbook": (
        "f.xlsx",
        b"\xd0\xcf\x11\xe0 and more",
        f"未导入：f.xlsx 实际上是旧版 Excel 文件（.xls）。{SAVE}",
    ),
    "I11 an encrypted workbook": (
        "f.xlsx",
        b"\xd0\xcf\x11\xe0" + bytes(5000) + "EncryptedPackage".encode("utf-16-le"),
        "未导入：f.xlsx 实际上是加密的 Excel 工作簿。"
        "请在 Excel 或 WPS 中打开，取消密码后另存为 .xlsx，再导入。",
    ),
    "I11 a web page": (
        "f.xls",
        "\n<HTML><table>",
        f"未导入：f.xls 实际上是网页（HTML），可能是系统导出时换了后缀。{SAVE}",
    ),
    "I11 text named a workbook": (
        "f.xlsx",
        SOUND,
        "未导入：f.xlsx 实际上是文本文件（如 CSV），不是 Excel 工作簿。"
        "请把后缀改为 .csv，或用 Excel 另存为 .xlsx 后再导入。",
    ),
    "I11 a Word document": (
        "f.xlsx",
        archive(**{"word/document__xml": "<x/>"}),
        "未导入：f.xlsx 实际上是Word 文档。"
        "请把其中的表格复制到 Excel，存为 .xlsx 或 CSV（UTF-8）后再导入。",
    ),
    "I11 half a workbook": (
        "f.xlsx",
        book(row("A1"))[:-100],
        "未导入：f.xlsx 不是完好的 Excel 工作簿。"
        "请用 Excel 或 WPS 打开并重新另存为 .xlsx，再导入。",
    ),
    "I12 two members": (
        "f.zip",
        archive(a__csv=SOUND, b__csv=SOUND),
        "未导入：f.zip 中有 2 个文件（a.csv、b.csv），只能有一个。请只压缩要导入的那一个文件。",
    ),
    "I12 a bomb": (
        "f.zip",
        archive(f__csv=bytes(10 << 20)),
        "未导入：f.zip 解压后是压缩前的 1027 倍，最多 100 倍，可能是恶意文件。"
        "请向提供者核实，改用 CSV（UTF-8）导入。",
    ),
    "I12 a workbook that is a bomb": (
        "f.xlsx",
        archive(**{"xl/workbook__xml": bytes(10 << 20)}),
        "未导入：f.xlsx 解压后是压缩前的 1027 倍，最多 100 倍，可能是恶意文件。"
        "请向提供者核实，改用 CSV（UTF-8）导入。",
    ),
    "I12 many entries": (
        "f.zip",
        many_entries(),
        "未导入：f.zip 的目录有 2001 项，最多 2000 项。请只压缩要导入的那一个文件。",
    ),
    "I12 a million entries": (
        "f.zip",
        endless_directory(),
        "未导入：f.zip 的目录有 1000000 项，最多 2000 项。请只压缩要导入的那一个文件。",
    ),
    "I12 a path that leads out": (
        "f.zip",
        outside(),
        "未导入：f.zip 中的路径“../f.csv”指向压缩包之外。请向提供者核实，重新压缩后再导入。",
    ),
    "I12 an encrypted member": (
        "f.zip",
        marked(6, 1),
        "未导入：f.zip 中的 f.csv 已加密。请取消密码、重新压缩后再导入。",
    ),
    "I12 an unusual method": (
        "f.zip",
        marked(8, 9),
        "未导入：f.zip 中的 f.csv 用了少见的压缩方法。"
        "请用普通的 zip 重新压缩，或直接导入未压缩的文件。",
    ),
    "I12 entities that multiply": (
        "f.xlsx",
        changed_part(book(row("A1")), SHEET_PART, lambda part: LAUGHS + part),
        f"未导入：f.xlsx 的部件 {SHEET_PART} 含有文档类型声明（DTD），正常的工作簿没有。"
        "请向提供者核实，用 Excel 重新另存后再导入。",
    ),
    "I12 a packed file that explodes": (
        "f.csv.gz",
        gzip.compress(b"no\n" * (24 << 20), 1),
        "未导入：f.csv.gz 解压后超过压缩前的 100 倍，可能是恶意文件。"
        "请向提供者核实，改用未压缩的 CSV 导入。",
    ),
    "I13 no visible sheet": (
        "f.xlsx",
        changed_part(
            book(row("A1")),
            "xl/workbook.xml",
            lambda part: part.replace(b'state="visible"', b'state="hidden"'),
        ),
        "未导入：f.xlsx 中没有可见的工作表。"
        "请取消隐藏，或在映射文件 [source] 的 sheet 中写明表名。",
    ),
    "I30 broken JSON": (
        "f.json",
        '{"rows": [{"no": 1}, {"no"',
        "未导入：f.json 不是有效的 JSON 表格（由对象组成的数组，或每行一个对象）。"
        "请重新导出后再导入。",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_with_its_mend(conn: Connection, tmp_path: Path, case: str) -> None:
    name, content, sentence = REFUSED[case]
    with pytest.raises(ImportRefused) as refusal:
        bring(conn, tmp_path, name, content)
    assert str(refusal.value) == sentence
    assert conn.execute(select(cases)).first() is None


def test_a_sheet_of_that_name_does_not_exist(conn: Connection, tmp_path: Path) -> None:
    """I13"""
    mapping = MAP.replace("[source]", '[source]\nsheet = "案件"')
    with pytest.raises(ImportRefused) as refusal:
        bring(conn, tmp_path, "f.xlsx", book(row("A1")), mapping)
    assert str(refusal.value) == (
        "未导入：f.xlsx 中没有名为“案件”的工作表，现有：工单。"
        "请在映射文件 [source] 的 sheet 中改正。"
    )


# Rows kept aside

MANY = [row(f"A{n}", "路灯不亮") for n in range(150)]
LONG = text(*MANY).encode()
NUL_AT = LONG.index(b"A7,") + 1


def merged(made: Workbook) -> None:
    made.active.merge_cells("D3:D4")


ASIDE: dict[str, tuple[str, bytes | str, list[tuple[int, str | None, str | None, str]]]] = {
    "I02 a wrong byte in UTF-8": (
        "f.csv",
        LONG.replace("A7,2026-01-05T08:00,in_progress,路".encode(), LONG[:0] + b"A7,,,\xff"),
        [(9, "title", str(LONG.index(b"A7,") + 5), "bad_byte")],
    ),
    "I02 a wrong byte in GB18030": (
        "f.csv",
        text(*MANY).encode("gb18030") + b"Z9,,,\xff\n",
        [(152, "title", str(len(text(*MANY).encode("gb18030")) + 5), "bad_byte")],
    ),
    "I07 too few and too many fields": (
        "f.csv",
        text(row("A1")) + "A2,x\n" + "A3,a,b,c,d\n",
        [(3, None, "2 ≠ 4", "field_count"), (4, None, "5 ≠ 4", "field_count")],
    ),
    "I08 a NUL": (
        "f.csv",
        LONG[:NUL_AT] + b"\0" + LONG[NUL_AT:],
        [(9, "no", str(NUL_AT), "bad_byte")],
    ),
    "I13 merged cells": (
        "f.xlsx",
        book(row("A1"), row("A2", "x"), row("A3"), row("A4"), change=merged),
        [(3, "title", "D3:D4", "merged_cells"), (4, "title", "D3:D4", "merged_cells")],
    ),
    "I14 an error in a cell": (
        "f.xlsx",
        book(row("A1"), row("A2", "#REF!"), row("#N/A")),
        [(3, "title", "D3 #REF!", "error_cell"), (4, "no", "A4 #N/A", "error_cell")],
    ),
    "I14 a formula without a result": (
        "f.xlsx",
        book(row("A1"), row("A2", "=1+1")),
        [(3, "title", "D3", "no_result")],
    ),
    "I15 a serial date that is none": (
        "f.xlsx",
        book(row("A1"), row("A2", opened=45_658)),
        [(3, "opened", "45658", "bad_time")],
    ),
    "I21 one number, two contents": (
        "f.csv",
        text(row("A1", "a"), *[row(f"B{n}") for n in range(3000)], row("A1", "b"), row("C1")),
        [(2, "no", "A1", "conflicting_rows"), (3003, "no", "A1", "conflicting_rows")],
    ),
    "I27 sixteen digits in a number cell": (
        "f.xlsx",
        book(row("A1"), row(4_403_010_000_000_012)),
        [(3, "no", "A3 4403010000000012", "damaged_number")],
    ),
    "I30 what is no object": (
        "f.json",
        json.dumps([dict(zip(HEADER, row("A1"), strict=True)), 5]),
        [(2, None, "2", "not_a_row")],
    ),
    "I30 a value too long": (
        "f.json",
        json.dumps({"rows": [dict(zip(HEADER, row("A1", "长" * 40_000), strict=True))]}),
        [(1, "title", "长" * 200, "long_value")],
    ),
}


@pytest.mark.parametrize("case", ASIDE)
def test_a_row_is_kept_aside_with_its_mend(conn: Connection, tmp_path: Path, case: str) -> None:
    name, content, aside = ASIDE[case]
    result = bring(conn, tmp_path, name, content)
    kept = list(kept_rows(conn))
    assert [(one.row, one.column, one.value, one.rule) for one in kept] == aside
    assert result.rows == result.imported + result.quarantined and result.duplicates == 0
    assert {one.file for one in kept} == {name} and all(one.mend.endswith("。") for one in kept)


# Read all the same

TITLES = '"某区工单表（一月）",,,\n\n制表：中心,,,\n'
FEW = text(row("A1"), row("A2"))


def with_other_sheets(made: Workbook) -> None:
    """A hidden sheet before, another behind, two titles above the header."""
    made.create_sheet("说明", 0).sheet_state = "hidden"
    made.create_sheet("其他").append(["x"])
    made["工单"].insert_rows(1, 2)
    made["工单"]["A1"] = "某区工单表"


READ: dict[str, tuple[str, bytes | str]] = {
    **{f"I01 {name}": ("f.csv", FEW.replace("A1", "甲一").encode(name))
       for name in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16")},
    "I01 UTF-16 big end first": ("f.csv", codecs.BOM_UTF16_BE + FEW.encode("utf-16-be")),
    "I04 blank lines at the end": ("f.csv", FEW + "\n,,,\n\n"),
    "I05 spaces and a mark in the header": ("f.csv", "\ufeff" + FEW.replace("opened", " opened ")),
    "I06 another column": ("f.csv", FEW.replace("\n", ",more\n")),
    **{f"I09 {sign!r}": ("f.csv", text(row("A1"), row("A2"), sign=sign)) for sign in ";\t，"},
    **{f"I10 {end!r}": ("f.csv", text(row("A1"), row("A2"), end=end)) for end in ("\r", "\r\n")},
    "I10 mixed ends of lines": ("f.csv", FEW.replace("\n", "\r\n", 1)),
    "I11 a workbook named text": ("f.csv", book(row("A1"), row("A2"))),
    "I12 one member": ("f.zip", archive(**{"__MACOSX/._f__csv": "x", "f__csv": FEW})),
    "I12 a workbook in an archive": ("f.zip", archive(f__xlsx=book(row("A1"), row("A2")))),
    "I12 a packed workbook": ("f.xlsx.gz", gzip.compress(book(row("A1"), row("A2")))),
    "I13 titles above the header": ("f.csv", TITLES + FEW),
    "I13 titles and other sheets": (
        "f.xlsx",
        book(row("A1"), row("A2"), change=with_other_sheets),
    ),
    "I14 an error nobody reads": ("f.xlsx", book([*row("A1"), "#REF!"][:4], row("A2"))),
    "I15 dates and text in cells": ("f.xlsx", book(row("A1", opened=DAY), row("A2"))),
    "I30 JSON": ("f.json", json.dumps([{"no": n, "opened": OPENED} for n in ("A1", "A2")])),
    "I30 an object a line": (
        "f.jsonl",
        "\n".join(json.dumps({"no": n, "opened": OPENED}) for n in ("A1", "A2")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_file_is_read_all_the_same(conn: Connection, tmp_path: Path, case: str) -> None:
    name, content = READ[case]
    mapping = MAP if name.endswith(("csv", "xlsx", "gz", "zip")) else MAP.split("state")[0]
    result = bring(conn, tmp_path, name, content, mapping)
    assert (result.rows, result.imported, result.reasons) == (2, 2, {})


@pytest.mark.parametrize("content", ["", "\n\n", ",".join(HEADER), text() + "\n\n"])
def test_no_rows_are_no_error(conn: Connection, tmp_path: Path, content: str) -> None:
    """I04"""
    assert bring(conn, tmp_path, "f.csv", content).rows == 0


def opened_at(conn: Connection) -> datetime:
    return conn.execute(select(cases.c.opened_at)).scalar_one()


@pytest.mark.parametrize("base", [None, CALENDAR_MAC_1904])
@pytest.mark.parametrize("formats", ["[]", '["excel"]', '["%d.%m.%Y"]'])
def test_a_date_in_a_cell_is_that_date(
    conn: Connection, tmp_path: Path, base: datetime | None, formats: str
) -> None:
    """I15: whatever the base of the workbook and the formats of the mapping."""

    def rebase(made: Workbook) -> None:
        made.epoch = base or made.epoch

    content = book(row("A1", opened=DAY), change=rebase)
    bring(conn, tmp_path, "f.xlsx", content, f"{MAP}[times]\nformats = {formats}\n")
    assert opened_at(conn) == DAY.replace(tzinfo=UTC)


@pytest.mark.parametrize(("base", "year"), [(None, 2025), (CALENDAR_MAC_1904, 2029)])
def test_a_serial_number_counts_from_the_base(
    conn: Connection, tmp_path: Path, base: datetime | None, year: int
) -> None:
    """I15"""

    def rebase(made: Workbook) -> None:
        made.epoch = base or made.epoch

    content = book(row("A1", opened=45658.5), change=rebase)
    mapping = f'{MAP}[times]\nformats = ["excel"]\n'
    now = datetime(2030, 1, 1, tzinfo=UTC)
    (tmp_path / "f.xlsx").write_bytes(content)
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    load(conn, "cases", tmp_path / "f.xlsx", tmp_path / "map.toml", now)
    day = 1 if base is None else 2
    assert opened_at(conn) == datetime(year, 1, day, 12, tzinfo=UTC)


def test_the_same_row_again_is_a_duplicate(conn: Connection, tmp_path: Path) -> None:
    """I20"""
    result = bring(conn, tmp_path, "f.csv", text(row("A1"), row("A2"), row("A1"), row(" A1 ")))
    assert (result.imported, result.duplicates, result.quarantined) == (2, 2, 0)


def test_of_two_update_times_the_newer_wins(conn: Connection, tmp_path: Path) -> None:
    """I21"""
    mapping = MAP.replace("[columns]", '[columns]\nupdated_at = "updated"')
    told = [
        [*HEADER, "updated"],
        [*row("A1", "new"), "2026-01-07"],
        [*row("A1", "old"), "2026-01-06"],
    ]
    result = bring(
        conn, tmp_path, "f.csv", "\n".join(",".join(map(str, one)) for one in told), mapping
    )
    assert (result.imported, result.duplicates, result.quarantined) == (1, 1, 0)
    assert conn.execute(select(cases.c.title)).scalar_one() == "new"


def test_a_row_without_an_update_time_cannot_be_ordered(conn: Connection, tmp_path: Path) -> None:
    """I21"""
    mapping = MAP.replace("[columns]", '[columns]\nupdated_at = "updated"')
    rows = [[*HEADER, "updated"], [*row("A1", "a"), ""], [*row("A1", "b"), "2026-01-06"]]
    content = "\n".join(",".join(map(str, one)) for one in rows)
    assert bring(conn, tmp_path, "f.csv", content, mapping).reasons == {"conflicting_rows": 2}


# A look before the import


def test_a_look_tells_how_a_file_was_understood(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(
        (TITLES + text(row("A1", "请回电13800138000"), sign=",")).encode("gb18030")
    )
    found = preview(tmp_path / "f.csv", parse_mapping("map", MAP, "cases"))
    assert (found.kind, found.encoding, found.delimiter, found.header_row) == (
        "csv", "gb18030", ",", 4,
    )  # fmt: skip
    assert found.header == tuple(HEADER)
    assert found.rows == (("A1", OPENED, "in_progress", "请回电［电话］"),)


@pytest.mark.parametrize(
    ("title", "is_uncertain"), [("light", False), ("路灯", True), ("路灯不亮已经三天了", False)]
)
def test_a_guess_from_few_characters_is_said_to_be_one(
    tmp_path: Path, title: str, is_uncertain: bool
) -> None:
    """I03"""
    (tmp_path / "f.csv").write_bytes(text(row("A1", title)).encode("gb18030"))
    assert preview(tmp_path / "f.csv").is_uncertain is is_uncertain


@pytest.mark.parametrize(
    ("total", "declared"),
    [(7, 7), (2**31 - 1, 2**31 - 1), (2**31, None), (2**63, None), (-1, None), (True, None)],
)
def test_what_a_file_declares(tmp_path: Path, total: int, declared: int | None) -> None:
    told = {"meta": {"page": 1}, "rows": [{"no": "A1", "at": {"x": 1}}], "total": total}
    (tmp_path / "f.json").write_text(json.dumps(told), encoding="utf-8")
    found = preview(tmp_path / "f.json")
    assert (found.header, found.declared_rows) == (("no", "at.x"), declared)


def test_a_total_that_no_count_can_hold_is_none(conn: Connection, tmp_path: Path) -> None:
    told = {"no": None, "total": 2**63, "rows": []}
    assert bring(conn, tmp_path, "f.json", json.dumps(told).encode()).rows == 0


def test_no_temporary_file_stays(
    conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I30"""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    bring(conn, tmp_path, "f.zip", archive(f__xlsx=book(row("A1"))))
    with pytest.raises(ImportRefused):
        bring(conn, tmp_path, "g.zip", archive(f__xlsx=book(["x"]).replace(b"PK\x05", b"PK\x06")))
    assert os.listdir(tmp_path / "temporary") == []


def test_an_archive_of_a_version_to_come_is_refused(conn: Connection, tmp_path: Path) -> None:
    """I12"""
    needed = archive(f__csv=SOUND).replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\x40")
    assert needed != archive(f__csv=SOUND)
    with pytest.raises(ImportRefused, match=r"f\.zip"):
        bring(conn, tmp_path, "f.zip", needed)


# Anything at all: refused, or read with every row accounted for

CELLS = st.one_of(
    st.sampled_from(["A1", "A2", OPENED, "in_progress", '"', "\0", "路灯", "=1", "", "1e999"]),
    st.text(max_size=8),
)
TABLES = st.lists(st.lists(CELLS, max_size=6), max_size=8)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.datetimes(min_value=datetime(1904, 1, 2)),  # noqa: DTZ001, E501
    st.sampled_from(["A1", OPENED, "in_progress", "#N/A", "=A1"]),
)  # fmt: skip
OBJECTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*HEADER, "rows", "total"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def workbook_of(rows: list[list[object]]) -> bytes:
    return book(*rows)


FILES = st.one_of(
    st.tuples(st.sampled_from(["f.csv", "f.json", "f.xlsx", "f.csv.gz", "f.zip"]), st.binary()),
    st.tuples(
        st.just("f.csv"),
        st.text().map(lambda told: SOUND.encode() + told.encode("utf-8", "replace")),
    ),
    st.tuples(st.just("f.csv"), TABLES.map(lambda rows: text(*rows).encode("utf-8", "replace"))),
    st.tuples(st.just("f.csv"), TABLES.map(lambda rows: text(*rows).encode("gb18030", "replace"))),
    st.tuples(st.just("f.json"), OBJECTS.map(lambda told: json.dumps(told).encode())),
    st.tuples(
        st.just("f.csv.gz"), st.binary().map(lambda told: gzip.compress(SOUND.encode() + told))
    ),
    st.tuples(
        st.just("f.xlsx"), st.lists(st.lists(VALUES, max_size=5), max_size=5).map(workbook_of)
    ),
    st.tuples(
        st.just("f.zip"),
        st.tuples(st.integers(0, 250), st.binary(min_size=1, max_size=4)).map(
            lambda hit: ZIP[: hit[0]] + hit[1] + ZIP[hit[0] + len(hit[1]) :]
        ),
    ),
    st.tuples(
        st.just("f.xlsx"),
        st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=4)).map(
            lambda hit: BOOK[: hit[0]] + hit[1] + BOOK[hit[0] + len(hit[1]) :]
        ),
    ),
    st.tuples(
        st.just("f.xlsx"),
        st.tuples(st.integers(0, 900), st.binary(min_size=1, max_size=6)).map(
            lambda hit: changed_part(
                BOOK, SHEET_PART, lambda part: part[: hit[0]] + hit[1] + part[hit[0] :]
            )
        ),
    ),
)
ZIP = archive(f__csv=SOUND)
BOOK = book(row("A1", "路灯"), row("A2", 1.5, DAY))


def test_anything_is_refused_or_accounted_for(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("anything")
    engine = connect(f"sqlite:///{migrated_sqlite}")

    @settings(max_examples=SIZE.fuzz_examples)
    @given(FILES)
    def check(file: tuple[str, bytes]) -> None:
        with engine.connect() as conn:
            try:
                told = bring(conn, folder, *file)
            except ImportRefused as refusal:
                assert str(refusal).startswith("未导入")
            else:
                counted = told.imported + told.updated + told.duplicates + told.quarantined
                assert told.rows == counted
            conn.rollback()

    check()
    engine.dispose()
