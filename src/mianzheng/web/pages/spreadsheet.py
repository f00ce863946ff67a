"""A spreadsheet (xlsx) of one item's form: its template, and its rows read with a fault for each cell.

The first row names the fields; each row after it is one application. What is read is text, as a person would type it.
Where a row names somebody, the browser reads the file instead and seals each name (`batch.js`): its lines come here.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import msgspec
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from mianzheng.catalogue.workbook import BadSheet, Limits, NoResult, read_sheets
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField, Item
from mianzheng.model.text import Text
from mianzheng.web.pages.choosing import CHOICE, read_form

MOST_ROWS, MOST_COLUMNS = 100, 60
MOST_BYTES = 900_000
_LIMITS = Limits(
    packed=MOST_BYTES,
    unpacked=4_000_000,
    part=2_000_000,
    elements=100_000,
    hint=f"at most {MOST_ROWS} rows in one file",
)
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
_NAMED = Text(
    zh="请写姓名或证件号码；号码的单元格要设成“文本”，不然末几位会丢",
    en="Give the name or number; format the cell of a number as text, or its last digits are lost",
)
_WHOLE_ROW = Text(zh="整行", en="the whole row")
_HOW = "交上来先检查，不提交；有错的行改好再交，或者先办对的行。"
_TYPES = {
    Type.BOOLEAN: "是 / 否",
    Type.INTEGER: "整数，只写数字",
    Type.DECIMAL: "数字，如 1234.56",
    Type.DATE: "日期，如 2026-11-25",
}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of an item's spreadsheet; without a field it says whom a row means."""

    label: Text
    field: FormField | None = None

    @property
    def required(self) -> bool:
        """Whether each row must fill it."""
        return self.field is None or self.field.required


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a browser read it, names sealed. `same`: the number of a row, and of an earlier one equal to it."""

    lines: list[list[str | bool | int | float | None]]
    same: dict[str, int] = {}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One application: the row's number in the file, and its cells by field."""

    number: int
    typed: dict[str, str]


class CellFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one cell, and so what to do."""

    row: int
    column: str | Text  # as it is headed; a text where no one column is meant
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
    for place, column in enumerate(columns_of(item).values(), start=1):
        letter = get_column_letter(place)
        sheet.cell(row=1, column=place, value=column.label.zh).font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(14, 2 * len(column.label.zh) + 4)
        if column.field is None:
            for row in range(2, MOST_ROWS + 2):
                sheet.cell(row=row, column=place).number_format = "@"  # text: a number of 18 digits stays whole
        elif choices := _choices(column.field):
            listed = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            sheet.add_data_validation(listed)
            listed.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
    sheet.freeze_panes = "A2"
    _explain(book.create_sheet("说明"), item)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def columns_of(item: Item) -> dict[str, Column]:
    """Return the columns of an item by name: whom a row means, then the fields of the form."""
    named = {f"{CHOICE}{role}": Column(label=item.roles[role].label) for role in item.chosen_roles}
    return named | {name: Column(label=field.label, field=field) for name, field in item.form.items()}


def read_sheet(data: bytes, item: Item) -> Sheet:
    """Return the rows of a filled-in template with what is wrong, cell by cell; `BadSheet` when it is none."""
    return _read(_lines(data), {}, item)


def read_sealed(data: str, item: Item) -> Sheet:
    """Return the same of a file that the browser read, with the names in it sealed."""
    try:
        found = msgspec.json.decode(data.encode(), type=Lines)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise BadSheet("the file was not read in the browser", hint="choose the file again") from None
    if len(found.lines) > MOST_ROWS + 1:
        raise _too_many_rows()
    return _read([tuple(line[:MOST_COLUMNS]) for line in found.lines], found.same, item)


def _read(lines: list[tuple[Any, ...]], same: dict[str, int], item: Item) -> Sheet:
    head = [_text(cell, None) for cell in (lines[0] if lines else ())]
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
        first = same.get(str(number)) or seen.setdefault(tuple(row.typed.values()), number)
        if first != number:
            equal = Text(zh=_SAME.zh.format(row=first), en=_SAME.en.format(row=first))
            wrong.append(CellFault(row=number, column=_WHOLE_ROW, what=equal))
        faults += wrong
        rows.append(row)
        if not wrong:
            right.append(row)
    if not rows and not faults:
        raise BadSheet("no row has an application", hint="fill in the template from row 2 on", code="no-rows")
    broken = any(one.row == 1 for one in faults)  # a wrong head leaves no row that can be trusted
    return Sheet(rows=tuple(rows), right=() if broken else tuple(right), faults=tuple(faults))


def _row(number: int, cells: tuple[Any, ...], columns: dict[int, str], item: Item) -> tuple[Row, list[CellFault]]:
    """Return a row with all that is wrong in it; a cell that cannot be read is said to be so, and no more."""
    known = columns_of(item)
    typed = {
        name: _text(cells[place], known[name].field) if place < len(cells) else "" for place, name in columns.items()
    }
    heads = {place: known[name].label.zh for place, name in columns.items()}
    unread = _unread(number, cells, heads)
    told = {one.column for one in unread}
    _, _, faults = read_form(item, typed)
    wrong = {known[name].label.zh: _NAMED if known[name].field is None else what for name, what in faults.items()}
    found = [CellFault(row=number, column=head, what=what) for head, what in wrong.items() if head not in told]
    return Row(number=number, typed=typed), unread + found


def _unread(number: int, cells: tuple[Any, ...], heads: dict[int, str]) -> list[CellFault]:
    """Return what stands in a line and would be passed over: formulas without a result, cells below no name."""
    found = []
    for place, cell in enumerate(cells):
        if isinstance(cell, NoResult):
            column, what = heads.get(place, get_column_letter(place + 1)), _NO_RESULT
        elif number > 1 and place not in heads and cell not in (None, ""):
            column, what = get_column_letter(place + 1), _NO_HEAD
        else:
            continue
        found.append(CellFault(row=number, column=column, what=what))
    return found


def _columns(head: list[str], item: Item) -> tuple[dict[int, str], list[CellFault]]:
    every = columns_of(item)
    known = {text: name for name, one in every.items() for text in (name, one.label.zh, one.label.en)}
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
    lacking = [one for name, one in every.items() if one.required and name not in columns.values()]
    faults += [CellFault(row=1, column=one.label.zh, what=_LACKS) for one in lacking]
    return columns, faults


def _lines(data: bytes) -> list[tuple[Any, ...]]:
    """Return the cells of the first sheet up to its last value; `BadSheet` when there are more than a batch has."""
    (lines,) = read_sheets(data, _LIMITS, first=True).values() or ([],)
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) > MOST_ROWS + 1:
        raise _too_many_rows()
    if any(len(line) > MOST_COLUMNS for line in lines):
        raise BadSheet("there are too many columns", hint=f"at most {MOST_COLUMNS}", code="too-many-columns")
    return lines


def _too_many_rows() -> BadSheet:
    return BadSheet("there are too many rows", hint=f"at most {MOST_ROWS} in one file", code="too-many-rows")


def _text(cell: Any, field: FormField | None) -> str:
    """Return a cell as a person would have typed it."""
    if cell is None or isinstance(cell, NoResult):
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
    for role in item.chosen_roles:
        sheet.append([item.roles[role].label.zh, "姓名或证件号码（文本格式）；在您的浏览器里密封，平台看不到", YES])
    for field in item.form.values():
        how = "、".join(field.values) if field.values else _TYPES.get(field.type, "文字，最多 200 个字")
        sheet.append([field.label.zh, how, YES if field.required else NO])
    sheet.append([])
    sheet.append([f"事项：{item.name.zh}。每行一件，最多 {MOST_ROWS} 行。{_HOW}"])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 40, 60
