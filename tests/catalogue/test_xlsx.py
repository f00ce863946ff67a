"""A spreadsheet that somebody sent: what its cells show, and that no small file keeps the reader long.

The worst files that a batch may have (4 MB unpacked, 100,000 elements and cells) take 0.2 to 0.6 s of one core of a
busy machine: elements of as many names, 170,000 attributes, a number format of 2 MB. openpyxl needs 1.4 s for a format
of 40,000 "[" and 16 s for a shared formula of 8,000 "[a]", four times as long for twice the length.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mianzheng.catalogue.workbook import BadSheet, Limits, NoResult, read_sheets
from mianzheng.catalogue.xlsx import shown_as

LIMITS = Limits(packed=900_000, unpacked=4_000_000, part=2_000_000, elements=1_000, hint="smaller")
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
TEXTS = "<si><t>张三</t></si><si><r><t>市</t></r><r><t>民</t></r><rPh><t>shi min</t></rPh></si><si><t/></si>"
STYLES = """<numFmts><numFmt numFmtId="164" formatCode="[hh]:mm"/></numFmts><cellXfs><xf/><xf numFmtId="14"/>
<xf numFmtId="31"/><xf numFmtId="164"/></cellXfs><dxfs><dxf><numFmt numFmtId="0" formatCode="yyyy"/></dxf></dxfs>"""


def xlsx(cells: str, *, styles: str = STYLES, book: str = "", packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A file of one sheet with these rows, as Excel lays its parts out."""
    sheet = f'<workbook {MAIN} xmlns:r="{OFFICE}">{book}<sheets><sheet name="一" r:id="r1"/></sheets></workbook>'
    leads = (("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "styles", "/xl/styles.xml"))
    parts = {
        "_rels/.rels": _relations(("r", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": sheet,
        "xl/_rels/workbook.xml.rels": _relations(*leads, ("r3", "sharedStrings", "sharedStrings.xml")),
        "xl/sharedStrings.xml": f"<sst {MAIN}>{TEXTS}</sst>",
        "xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>",
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


def _relations(*leads: tuple[str, str, str]) -> str:
    lines = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{to}"/>' for i, kind, to in leads)
    return f"<Relationships {RELATIONS}>{lines}</Relationships>"


def rows(cells: str, **more: Any) -> list[tuple[Any, ...]]:
    return read_sheets(xlsx(cells, **more), LIMITS)["一"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c t="s"><v>0</v></c>', "张三"),
        ('<c t="s"><v>1</v></c>', "市民"),
        ('<c t="inlineStr"><is><r><t>a </t></r><r><t>b</t></r></is></c>', "a b"),
        ('<c t="str"><f>A1</f><v>x</v></c>', "x"),
        ('<c t="b"><v>1</v></c>', True),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ("<c><v>331082199001010012</v></c>", 331082199001010012),
        ("<c><v>6500.5</v></c>", 6500.5),
        ('<c s="1"><v>46327</v></c>', datetime(2026, 11, 1)),
        ('<c s="2"><v>46327</v></c>', datetime(2026, 11, 1)),  # 年月日: Excel in Chinese writes the number alone
        ('<c s="3"><v>1.5</v></c>', timedelta(hours=36)),
        ('<c t="d"><v>2026-11-01</v></c>', date(2026, 11, 1)),
        ('<c s="1"><v>1e300</v></c>', "#VALUE!"),
    ],
)
def test_a_cell_is_read_as_what_it_shows(cell: str, shown: Any) -> None:
    assert rows(f"<row>{cell}</row>") == [(shown,)]


def test_days_are_counted_from_1904_where_the_file_says_so() -> None:
    (read,) = rows('<row><c s="1"><v>44865</v></c></row>', book='<workbookPr date1904="1"/>')
    assert read == (datetime(2026, 11, 1),)


def test_cells_stand_where_they_say_and_a_row_ends_at_its_last_value() -> None:
    found = rows('<row r="2"><c r="B2"><v>1</v></c><c r="D2"><v>2</v></c><c r="E2" s="1"/></row><row r="4"/>')
    assert found == [(), (None, 1, None, 2), (), ()]


def test_of_a_formula_it_is_known_only_whether_it_has_a_result() -> None:
    shared = f'<c><f t="shared" ref="A1:B9" si="0">{"[a]" * 300_000}</f></c><c><f t="shared" si="0"/><v>2</v></c>'
    ((alone, result),) = rows(f"<row>{shared}</row>")
    assert isinstance(alone, NoResult) and result == 2


@pytest.mark.parametrize("sign", ["[", "[h", "[hh", '"', "\\", "_", '"['])
def test_a_number_format_takes_time_by_its_length_alone(sign: str) -> None:
    assert shown_as(sign * (1_000_000 // len(sign))) in ("number", "date", "duration")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "number"),
        ('#,##0.00"days"', "number"),
        ("[Red]0", "number"),
        (r"0\d", "number"),
        ("[$-804]yyyy年m月d日", "date"),
        ("0;yyyy", "number"),
        ("[mm]:ss", "duration"),
    ],
)
def test_a_number_format_says_whether_a_day_is_shown(code: str, shown: str) -> None:
    assert shown_as(code) == shown


@pytest.mark.parametrize(
    "cells",
    [
        "<row>" + "<c/>" * 1_001 + "</row>",
        "<a>" * 1_001,
        '<row r="1001"/>',
        '<row><c r="ALM1"><v>1</v></c></row>',
    ],
)
def test_more_elements_or_cells_than_a_file_may_have_are_refused(cells: str) -> None:
    with pytest.raises(BadSheet, match="too many cells"):
        rows(cells)


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="1048577"/>',
        '<row><c r="XFE1"><v>1</v></c></row>',
        '<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<c r="A1"><v>1</v></c>',
        '<row><c t="s"><v>9</v></c></row>',
        '<row><c t="z"><v>9</v></c></row>',
        f"<row><c><v>{'1' * 9_999}</v></c></row>",
    ],
)
def test_what_no_spreadsheet_program_writes_is_refused(cells: str) -> None:
    with pytest.raises(BadSheet):
        read_sheets(xlsx(cells), Limits(packed=900_000, unpacked=4_000_000, part=2_000_000, elements=2**21, hint=""))


def test_a_packing_that_unpacks_without_a_bound_is_refused() -> None:
    with pytest.raises(BadSheet, match="packed"):
        rows("<row/>", packing=zipfile.ZIP_BZIP2)


def test_no_general_library_reads_a_file_that_was_sent() -> None:
    sources = Path(__file__).parents[2] / "src"
    assert [path for path in sources.rglob("*.py") if "load_workbook" in path.read_text(encoding="utf-8")] == []
