"""The rows of a workbook's sheets under the headings that are known, with what is wrong in the headings themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from openpyxl.utils import get_column_letter

from mianzheng.catalogue.sheets.cells import Unfit, put, read
from mianzheng.catalogue.sheets.columns import COLUMNS, DEPARTMENTS, ITEMS, REST, Column
from mianzheng.catalogue.sheets.faults import Lost, SheetFault
from mianzheng.catalogue.workbook import NoResult, cell_text
from mianzheng.model.text import Text

_HEAD_WITHIN = 6  # rows: cities put a title above
_TELLS = {ITEMS: 1, DEPARTMENTS: 0}  # the place of the heading by which a sheet's row of headings is known, else 2
_WHOLE_ROW = Text("整行", "the whole row")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row: its cells as text by heading, and the table of the pack they make."""

    sheet: str
    number: int
    cells: dict[str, str]
    table: dict[str, Any]

    def at(self, column: str, what: Text, do: Text) -> SheetFault:
        """Return a fault in a cell of this row; "" for the row as a whole."""
        return SheetFault(sheet=self.sheet, row=self.number, column=column or _WHOLE_ROW.zh, what=what, do=do)


class Tables:
    """All rows of a workbook; faults and what is lost are gathered on the way."""

    def __init__(self, sheets: dict[str, list[tuple[Any, ...]]]) -> None:
        self.faults: list[SheetFault] = []
        self.lost: list[Lost] = []
        self.lines: dict[str, list[Line]] = {name: [] for name in COLUMNS}
        named = sheets if ITEMS in sheets else _first_as_items(sheets)
        for name, rows in named.items():
            if name in COLUMNS:
                self.lines[name] = list(self._sheet(name, rows))
            elif any(cell is not None for row in rows for cell in row) and name != "说明":
                self.lost.append(Lost(sheet=name))

    def _sheet(self, name: str, rows: list[tuple[Any, ...]]) -> Iterator[Line]:
        start = _head_of(name, rows)
        if start is None:
            known = COLUMNS[name][_TELLS.get(name, 2)].heading
            what = Text("找不到表头", "there is no row of headings")
            do = Text(f"前 {_HEAD_WITHIN} 行里要有一行是栏名，如“{known}”", f"name the columns in a row: {known}")
            self.faults.append(SheetFault(sheet=name, row=1, column=known, what=what, do=do))
            return
        columns = self._columns(name, start, rows[start])
        for number, cells in enumerate(rows[start + 1 :], start=start + 2):
            if any(isinstance(cell, NoResult) or cell_text(cell).strip() for cell in cells):
                yield self._line(name, number, cells, columns)
                self._note_headless(name, rows[start], cells)

    def _columns(self, name: str, start: int, head: tuple[Any, ...]) -> dict[int, Column]:
        known = {text: column for column in COLUMNS[name] for text in column.also}
        known |= {column.heading: column for column in COLUMNS[name]}
        found: dict[int, Column] = {}
        for place, cell in enumerate(head):
            heading = cell_text(cell).strip().rstrip("*＊").strip()
            column = known.get(heading)
            if column is None:
                self.lost += [Lost(sheet=name, column=heading)] if heading else []
            elif column in found.values():
                what = Text("这一栏出现了两次", "this column stands here twice")
                do = Text("只留一栏", "keep one")
                self.faults.append(SheetFault(sheet=name, row=start + 1, column=heading, what=what, do=do))
            else:
                found[place] = column
        return found

    def _line(self, name: str, number: int, cells: tuple[Any, ...], columns: dict[int, Column]) -> Line:
        line = Line(sheet=name, number=number, cells={}, table={})
        in_order = sorted(columns.items(), key=lambda one: one[1].heading != REST)  # columns of their own win over it
        for place, column in in_order:
            cell = cells[place] if place < len(cells) else None
            if isinstance(cell, NoResult):
                what = Text("公式没有算出的结果", "a formula without a result")
                self.faults.append(line.at(column.heading, what, Text("改成值", "type the value itself")))
                continue
            self._read(line, column, cell_text(cell))
        _mark_unread(line)
        return line

    def _note_headless(self, name: str, head: tuple[Any, ...], cells: tuple[Any, ...]) -> None:
        """Note once each column that holds something and has no heading, by its letter."""
        for place, cell in enumerate(cells):
            headed = place < len(head) and cell_text(head[place]).strip()
            lost = Lost(sheet=name, column=get_column_letter(place + 1))
            if cell_text(cell).strip() and not headed and lost not in self.lost:
                self.lost.append(lost)

    def _read(self, line: Line, column: Column, text: str) -> None:
        if text.strip():
            line.cells[column.heading] = text.strip()
        try:
            value = read(text, column)
        except Unfit as error:
            self.faults.append(line.at(column.heading, error.what, error.do))
            return
        if column.heading == REST:
            line.table.update(value or {})
        elif column.path and value is not None and value != column.default:
            put(line.table, column.path, value)


def _mark_unread(line: Line) -> None:
    """Mark every source of law of a row as not yet read where the row does not say that somebody read it."""
    for column in COLUMNS[line.sheet]:
        *around, name = column.path or ("",)
        table: Any = line.table
        for part in around:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        if name == "verified" and isinstance(table, dict) and "text" in table:
            table.setdefault("verified", False)


def _first_as_items(sheets: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the sheets with the first that holds names of items as the one of items."""
    for name, rows in sheets.items():
        if name not in COLUMNS and _head_of(ITEMS, rows) is not None:
            return {ITEMS: rows, **{other: of for other, of in sheets.items() if other != name}}
    return sheets


def _head_of(name: str, rows: list[tuple[Any, ...]]) -> int | None:
    """Return the place of the row that names the columns: the first with a heading that this sheet must have."""
    wanted = COLUMNS[name][_TELLS.get(name, 2)]
    texts = {wanted.heading, *wanted.also, *(("名称",) if name == ITEMS else ())}
    for place, row in enumerate(rows[:_HEAD_WITHIN]):
        if texts & {cell_text(cell).strip().rstrip("*＊").strip() for cell in row}:
            return place
    return None
