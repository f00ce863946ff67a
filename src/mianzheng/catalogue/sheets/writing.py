"""A catalogue as a workbook: one sheet of items, and one each of their materials, conditions, examples, departments."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import msgspec
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.sheets.cells import Table, take, written
from mianzheng.catalogue.sheets.columns import (
    COLUMNS,
    CONDITIONS,
    DEPARTMENTS,
    EXAMPLES,
    ITEMS,
    NO,
    NOTES,
    PAPERS,
    REST,
    YES,
    Column,
)
from mianzheng.model.errors import WrongUse
from mianzheng.model.item_codes import implementing_code
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.rule_words import RuleWords

LONGEST = 32_767  # characters of a cell
_EXPLAINED = (
    "每个事项一行，写在“事项”表；材料、条件、样例各写在自己的表，用事项标识对应。",
    "必填的只有事项名称和实施主体（或带统一社会信用代码的实施编码）；其余可以后补。",
    "缺什么由 `mianzheng catalogue check` 逐条指出。",
    "“办理条件”“申请材料”在没有条件表、材料表对应行时才读；“实施编码”由统一社会信用代码、层级和基本编码组成。",
    "“其余内容”是没有专栏的部分（涉及的人、填报项、核查项等），JSON 写法，不用时留空。",
    "表里没有登记和公布的数：它们在 packs/<部门>/registers 和 params 里。",
    "包文件里的注释和 like 写法也不在表里：样例都写全。",
    "Only name and department of an item are required; `mianzheng catalogue check` names what is missing.",
)


_Row = dict[str, str | int | None]


def workbook_of(catalogue: Catalogue) -> bytes:
    """Return the workbook (xlsx); `WrongUse` names an item of which a part is longer than a cell may be."""
    book = Workbook(write_only=True)
    rows = {name: list(_rows(name, catalogue)) for name in COLUMNS}
    for name, columns in COLUMNS.items():
        sheet = book.create_sheet(name)
        _head(sheet, columns, len(rows[name]))
        for row in rows[name]:
            sheet.append([_cell(sheet, row.get(column.heading), row) for column in columns])
    notes = book.create_sheet(NOTES)
    notes.column_dimensions["A"].width = 110
    for line in _EXPLAINED:
        notes.append([line])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _head(sheet: Any, columns: tuple[Column, ...], rows: int) -> None:
    sheet.freeze_panes = "B2"
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = column.width
        choices = (YES, NO) if column.kind == "yes" else tuple(dict.fromkeys(column.choices)) if column.choices else ()
        if column.kind in ("yes", "choice"):
            shown = ",".join(one for one in choices if not one.isdigit())
            listed = DataValidation(type="list", formula1=f'"{shown}"', allow_blank=True)
            listed.add(f"{letter}2:{letter}{rows + 500}")
            sheet.data_validations.append(listed)
    sheet.append([_bold(sheet, column.heading) for column in columns])


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: str | int | None, row: dict[str, Any]) -> Any:
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST or ILLEGAL_CHARACTERS_RE.search(value):
        raise WrongUse(
            f"a part of {row['事项标识']} does not fit a cell", hint=f"at most {LONGEST} printable characters"
        )
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"  # a text that begins with = is no formula
    cell.alignment = Alignment(wrap_text="\n" in value or len(value) > 40, vertical="top")
    return cell


def _rows(sheet: str, catalogue: Catalogue) -> Iterator[_Row]:
    if sheet == DEPARTMENTS:
        for department in catalogue.facts.departments.values():
            yield _filled(sheet, msgspec.to_builtins(department))
        return
    for compiled in catalogue.items:
        item = compiled.item
        shown: _Row = {"事项标识": item.item, "事项名称": item.name.zh}
        if sheet == ITEMS:
            yield _item(compiled, catalogue)
        elif sheet == PAPERS:
            for paper, by in item.replaces.items():
                yield shown | {"材料名称": paper, "由何回答": "、".join(by)}
        elif sheet == CONDITIONS:
            words = RuleWords(compiled, catalogue.facts)
            for one in compiled.conditions:
                said: _Row = {"条件内容": words.rule(one.residual).zh}
                yield _filled(sheet, msgspec.to_builtins(one.condition)) | shown | said
        elif sheet == EXAMPLES:
            for example in item.examples:
                yield _filled(sheet, msgspec.to_builtins(example)) | shown


def _item(compiled: CompiledItem, catalogue: Catalogue) -> _Row:
    table = msgspec.to_builtins(compiled.item)
    for name in ("conditions", "replaces", "examples", "department"):
        table.pop(name, None)
    department = catalogue.facts.departments[compiled.item.department]
    words = RuleWords(compiled, catalogue.facts)
    demanded = [words.rule(one.residual).zh for one in compiled.conditions]
    return _filled(ITEMS, table) | {
        "实施编码": implementing_code(department.uscc, compiled.item.code),
        "实施主体": department.name.zh,
        "实施主体编码": department.uscc,
        "办理条件": "\n".join(f"{number}. {said}" for number, said in enumerate(demanded, start=1))[:LONGEST],
        "申请材料": "、".join(compiled.item.replaces),
    }


def _filled(sheet: str, table: Table) -> _Row:
    """Return a row of a table of the pack; what has no column of its own stands as JSON in the last one."""
    row = {column.heading: written(take(table, column.path), column) for column in COLUMNS[sheet] if column.path}
    if table:
        row[REST] = msgspec.json.encode(table).decode()
    return row
