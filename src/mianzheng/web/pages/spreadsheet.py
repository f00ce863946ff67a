"""A spreadsheet (xlsx) of one item's form: its template, and its rows read with a fault for each cell.

The first row names the fields; each row after it is one application. What is read is text, as a person would type it.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import IO, Any

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from mianzheng.cases.stating import stated
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField, Item
from mianzheng.model.text import Text

MOST_ROWS, MOST_COLUMNS = 100, 60
MOST_BYTES, MOST_UNPACKED, MOST_OF_A_PART = 900_000, 8_000_000, 2_000_000
YES, NO = "是", "否"
_UNKNOWN = Text(
    zh="没有这一栏，请删掉或照模板改名", en="There is no such column: delete it, or name it as in the template"
)
_TWICE = Text(zh="这一栏出现了两次，请留一栏", en="This column stands here twice: keep one")
_LACKS = Text(zh="缺这一栏，请照模板补上", en="This column is missing: add it as in the template")
_NO_HEAD = Text(
    zh="这一栏没有栏名，请在第 1 行补上，或清空这一格",
    en="This column has no name: add it in row 1, or empty this cell",
)
_NO_RESULT = Text(
    zh="这一格是公式，没有算出的结果，请改成值", en="This cell is a formula without a result: type the value itself"
)
_SAME = Text(zh="和第 {row} 行完全一样，请改正或删掉", en="This is row {row} again: correct it, or delete it")
_WHOLE_ROW = "整行 / whole row"
_TYPES = {
    Type.BOOLEAN: "是 / 否",
    Type.INTEGER: "整数，只写数字",
    Type.DECIMAL: "数字，如 1234.56",
    Type.DATE: "日期，如 2026-11-25",
}


class BadSheet(WrongUse):
    """The file is no spreadsheet that can be read."""

    code = "bad-spreadsheet"


class _NoResult:
    """A cell that holds a formula which nobody has calculated."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One application: the row's number in the file, and its cells by field."""

    number: int
    typed: dict[str, str]


class CellFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one cell, and so what to do."""

    row: int
    column: str  # as it is headed
    what: Text


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds; rows without a fault stand in `right` too."""

    rows: tuple[Row, ...]
    right: tuple[Row, ...]
    faults: tuple[CellFault, ...]


def template_of(item: Item) -> bytes:
    """Return an empty spreadsheet for an item: a column for each field, choices to pick from, a sheet that explains."""
    book = Workbook()
    sheet = book.active
    sheet.title = "申请"
    for place, field in enumerate(item.form.values(), start=1):
        letter = get_column_letter(place)
        sheet.cell(row=1, column=place, value=field.label.zh).font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(14, 2 * len(field.label.zh) + 4)
        if choices := _choices(field):
            listed = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            sheet.add_data_validation(listed)
            listed.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
    sheet.freeze_panes = "A2"
    _explain(book.create_sheet("说明"), item)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read_sheet(data: bytes, item: Item) -> Sheet:
    """Return the rows of a filled-in template with what is wrong, cell by cell; `BadSheet` when it is none."""
    lines = _lines(data)
    head = [_text(cell, None) for cell in (lines[0] if lines else [])]
    columns, faults = _columns(head, item)
    if lines:
        faults += _unread(1, lines[0], {})
    rows: list[Row] = []
    right = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if all(cell is None or cell == "" for cell in cells):
            continue
        row, wrong = _row(number, cells, columns, item)
        first = seen.setdefault(tuple(row.typed.values()), number)
        if first != number:
            same = Text(zh=_SAME.zh.format(row=first), en=_SAME.en.format(row=first))
            wrong.append(CellFault(row=number, column=_WHOLE_ROW, what=same))
        faults += wrong
        rows.append(row)
        if not wrong:
            right.append(row)
    if not rows and not faults:
        raise BadSheet("there is no row with an application in this file", hint="fill in the template from row 2 on")
    broken = any(one.row == 1 for one in faults)  # a wrong head leaves no row that can be trusted
    return Sheet(rows=tuple(rows), right=() if broken else tuple(right), faults=tuple(faults))


def _row(number: int, cells: tuple[Any, ...], columns: dict[int, str], item: Item) -> tuple[Row, list[CellFault]]:
    """Return a row with all that is wrong in it; a cell that cannot be read is said to be so, and no more."""
    typed = {
        name: _text(cells[place], item.form[name]) if place < len(cells) else "" for place, name in columns.items()
    }
    heads = {place: item.form[name].label.zh for place, name in columns.items()}
    unread = _unread(number, cells, heads)
    told = {one.column for one in unread}
    wrong = {item.form[name].label.zh: what for name, what in stated(item, typed).faults.items()}
    faults = [CellFault(row=number, column=head, what=what) for head, what in wrong.items() if head not in told]
    return Row(number=number, typed=typed), unread + faults


def _unread(number: int, cells: tuple[Any, ...], heads: dict[int, str]) -> list[CellFault]:
    """Return what stands in a line and would be passed over: formulas without a result, cells below no name."""
    found = []
    for place, cell in enumerate(cells):
        if isinstance(cell, _NoResult):
            column, what = heads.get(place, get_column_letter(place + 1)), _NO_RESULT
        elif number > 1 and place not in heads and cell not in (None, ""):
            column, what = get_column_letter(place + 1), _NO_HEAD
        else:
            continue
        found.append(CellFault(row=number, column=column, what=what))
    return found


def _columns(head: list[str], item: Item) -> tuple[dict[int, str], list[CellFault]]:
    known = {text: name for name, field in item.form.items() for text in (name, field.label.zh, field.label.en)}
    columns: dict[int, str] = {}
    faults = []
    for place, text in enumerate(head):
        if not text:
            continue
        name = known.get(text)
        if name is None:
            faults.append(CellFault(row=1, column=text[:40], what=_UNKNOWN))
        elif name in columns.values():
            faults.append(CellFault(row=1, column=text[:40], what=_TWICE))
        else:
            columns[place] = name
    lacking = [field for name, field in item.form.items() if field.required and name not in columns.values()]
    faults += [CellFault(row=1, column=field.label.zh, what=_LACKS) for field in lacking]
    return columns, faults


def _lines(data: bytes) -> list[tuple[Any, ...]]:
    """Return the cells of the first sheet; nothing larger than a batch is unpacked, and no part with a DTD is read."""
    try:
        _refuse_bombs(data)
        results, formulas = _cells(data, results=True), _cells(data, results=False)
    except BadSheet:
        raise
    except Exception as error:  # openpyxl raises errors of many families for what is no spreadsheet
        raise BadSheet(
            f"the file cannot be read: {type(error).__name__}", hint="save it as .xlsx, or use the template"
        ) from None
    if len(results) > MOST_ROWS + 1 and any(cell is not None for cell in results[-1]):
        raise BadSheet("there are too many rows", hint=f"at most {MOST_ROWS} in one file")
    lines = [tuple(map(_cell, *pair)) for pair in zip(results, formulas, strict=True)]
    if any(cell is not None for line in lines for cell in line[MOST_COLUMNS:]):
        raise BadSheet("there are too many columns", hint=f"at most {MOST_COLUMNS}, as in the template")
    return lines


def _cells(data: bytes, *, results: bool) -> list[tuple[Any, ...]]:
    """Return what the cells show, or the formulas that some of them hold."""
    sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=results).worksheets[0]
    return list(sheet.iter_rows(max_row=MOST_ROWS + 2, values_only=True))


def _cell(result: Any, formula: Any) -> Any:
    return _NoResult() if result is None and formula is not None else result


def _refuse_bombs(data: bytes) -> None:
    """Raise `BadSheet` for a file that is small and becomes large: by packing, by entities, by default attributes."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sizes = [one.file_size for one in packed.infolist()]
        if len(data) > MOST_BYTES or sum(sizes) > MOST_UNPACKED or max(sizes, default=0) > MOST_OF_A_PART:
            raise BadSheet("the file is too large", hint=f"at most {MOST_ROWS} rows in one file")
        for one in packed.infolist():
            with packed.open(one) as part:
                _refuse_dtd(part, xml=one.filename.endswith((".xml", ".rels")))


def _refuse_dtd(part: IO[bytes], *, xml: bool) -> None:
    """Raise `BadSheet` when a part declares a document type; it stands before the first element, and no more is read.

    `defusedxml`, by which openpyxl reads too, refuses entities alone: a DTD can multiply by default attributes as well.
    """
    try:
        next(iter(iterparse(part, events=("start",), forbid_dtd=True)), None)
    except DefusedXmlException:
        raise BadSheet(
            "the file declares a document type (DTD), as no spreadsheet program writes",
            hint="open it in a spreadsheet program and save it anew as .xlsx",
        ) from None
    except (ParseError, ValueError, LookupError):
        if xml:  # another parser may make something of it; an image is none and is not read
            raise


def _text(cell: Any, field: FormField | None) -> str:
    """Return a cell as a person would have typed it."""
    if cell is None or isinstance(cell, _NoResult):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    if field is not None and field.type is Type.BOOLEAN:
        return {YES: "true", NO: "false", "yes": "true", "no": "false"}.get(text.lower(), text)
    return text


def _choices(field: FormField) -> tuple[str, ...]:
    """Return what may be picked in a column; a list that a spreadsheet cannot hold is left to who reads the file."""
    found = (YES, NO) if field.type is Type.BOOLEAN else tuple(field.values or ())
    return found if len(",".join(found)) < 250 and not any("," in one or '"' in one for one in found) else ()


def _explain(sheet: Any, item: Item) -> None:
    sheet.append(["栏目", "怎么填", "必填"])
    for field in item.form.values():
        how = "、".join(field.values) if field.values else _TYPES.get(field.type, "文字，最多 200 个字")
        sheet.append([field.label.zh, how, YES if field.required else NO])
    sheet.append([])
    sheet.append([f"事项：{item.name.zh}。每行一件，最多 {MOST_ROWS} 行。全部填对以前，一件也不提交。"])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 40, 60
