"""Draft packs from a workbook: of what a city wrote, and of what `writing` made; every fault by sheet, row and column.

A draft may lack what a sheet does not say: its conditions then have words and no rule, and `catalogue check` names what
is missing. Nothing is guessed but identifiers (from the names, in pinyin) and the acting role (from who may apply).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mianzheng.catalogue.sheets.columns import CONDITIONS, DEPARTMENTS, EXAMPLES, ITEMS, PAPERS
from mianzheng.catalogue.sheets.contradictions import contradictions, sequence_of
from mianzheng.catalogue.sheets.derived import ID, conditions_said, listed, slug
from mianzheng.catalogue.sheets.faults import Lost, SheetFault
from mianzheng.catalogue.sheets.tables import Line, Tables
from mianzheng.catalogue.workbook import BadSheet, Limits, read_sheets
from mianzheng.model.item import Item
from mianzheng.model.item_codes import is_basic_code, is_uscc
from mianzheng.model.text import Text

LIMITS = Limits(
    packed=40_000_000,
    unpacked=400_000_000,
    part=200_000_000,
    elements=20_000_000,
    hint="at most 40 MB: split it by departments",
)
_NO_FEE = ("不收费", "否", "无", "不收取", "0")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A department that is there already: its folder, its name and USCC."""

    department: str
    name: str
    uscc: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One draft: the table of an item, or of a department (`item` "")."""

    department: str
    item: str
    table: dict[str, Any]
    line: Line


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a workbook holds. With faults there are no drafts; `lost` names what is not read."""

    drafts: tuple[Draft, ...]
    faults: tuple[SheetFault, ...]
    lost: tuple[Lost, ...]


def drafts_of(data: bytes, known: Iterable[Known], codes: Mapping[str, str]) -> Imported:
    """Return the drafts of a workbook (xlsx) beside what is known; `BadSheet` for a file that is none.

    `known`: the departments that are there; `codes`: `sequence_of` each code there -> its item.
    """
    tables = Tables(read_sheets(data, LIMITS))
    if not tables.lines[ITEMS] and not tables.faults:
        raise BadSheet("there is no row with an item in this file", hint="a sheet 事项 with a column 事项名称")
    reading = _Reading(tables, known, codes)
    drafts = reading.drafts()
    faults = tuple(sorted(tables.faults, key=lambda one: (list(tables.lines).index(one.sheet), one.row)))
    return Imported(drafts=() if faults else drafts, faults=faults, lost=tuple(tables.lost))


class _Reading:
    def __init__(self, tables: Tables, known: Iterable[Known], codes: Mapping[str, str]) -> None:
        self.tables = tables
        self.codes = codes
        self.departments = {one.department: one for one in known}
        self.made: dict[str, Draft] = {}
        self.items: dict[str, Line] = {}

    def drafts(self) -> tuple[Draft, ...]:
        """Return departments first, then the items in the order of their rows."""
        for line in self.tables.lines[DEPARTMENTS]:
            self._department_row(line)
        found = [draft for line in self.tables.lines[ITEMS] if (draft := self._item(line)) is not None]
        self._check_twice(found)
        by_name = self._by_name(found)
        parts = {sheet: self._parts(sheet, by_name) for sheet in (PAPERS, CONDITIONS, EXAMPLES)}
        return (*self.made.values(), *(self._whole(draft, parts) for draft in found))

    # departments

    def _department_row(self, line: Line) -> None:
        name, uscc = str(line.table.get("department", "")), str(line.table.get("uscc", ""))
        if uscc and not is_uscc(uscc):
            self._fault_uscc(line, "统一社会信用代码", uscc)
        if not ID.match(name):
            self._fault(line, "部门标识", Text(f"“{name}”不能作标识", f"{name} cannot be an id"), _ID_HINT)
        elif name not in self.departments:
            self._keep(line, name, line.table)

    def _keep(self, line: Line, name: str, table: dict[str, Any]) -> None:
        self.made[name] = Draft(department=name, item="", table=table, line=line)
        zh = table.get("name", {}).get("zh", "")
        self.departments[name] = Known(department=name, name=zh, uscc=str(table.get("uscc", "")))

    def _department(self, line: Line, code: str) -> str | None:
        """Return the department's folder of an item; one that is new is drafted with what the row says of it."""
        name, uscc = line.cells.get("实施主体", ""), line.cells.get("实施主体编码", "")
        whole = line.cells.get("实施编码", "")
        uscc = uscc or (whole[:18] if len(whole) in (31, 33) else "")
        if uscc and not is_uscc(uscc):
            self._fault_uscc(line, "实施主体编码" if line.cells.get("实施主体编码") else "实施编码", uscc)
            return None
        for one in self.departments.values():
            if (uscc and one.uscc == uscc) or (name and name in (one.name, one.department)):
                return one.department
        if not name:
            what = Text("没有写实施主体", "no department is named")
            self._fault(line, "实施主体", what, Text("写部门名称或统一社会信用代码", "write its name or its USCC"))
            return None
        folder = slug(name, self.departments)
        number = code[4:6] if is_basic_code(code) else ""
        said = {"department": folder, "name": {"zh": name}, "uscc": uscc, "number": number}
        self._keep(line, folder, {key: value for key, value in said.items() if value})
        return folder

    def _fault_uscc(self, line: Line, column: str, uscc: str) -> None:
        what = Text(f"{uscc} 不是统一社会信用代码", f"{uscc} is no 统一社会信用代码")
        self._fault(line, column, what, Text("核对 18 位和校验位", "look at the 18 places and their check digits"))

    # items

    def _item(self, line: Line) -> Draft | None:
        table = line.table
        if not line.cells.get("事项名称"):
            self._fault(line, "事项名称", Text("没有名称", "no name"), Text("写事项名称", "write the item's name"))
            return None
        code = self._code(line)
        department = self._department(line, code)
        stated = str(table.get("item", ""))
        if stated and not ID.match(stated):
            self._fault(line, "事项标识", Text(f"“{stated}”不能作标识", f"{stated} cannot be an id"), _ID_HINT)
            return None
        name = stated or slug(line.cells["事项名称"], self.items)
        self.tables.faults += contradictions(line, name, code, self.codes)
        if department is None:
            return None
        self.items.setdefault(name, line)
        self._settle(line, name, code)
        return Draft(
            department=department, item=name, table={**table, "item": name, "department": department}, line=line
        )

    def _code(self, line: Line) -> str:
        """Return 基本编码: as it stands, or the end of 实施编码; a fault where they differ or it has another form."""
        code, whole = str(line.table.get("code", "")), line.cells.get("实施编码", "")
        inside = whole[19:31] if len(whole) in (31, 33) else ""
        if whole and not inside:
            what = Text(f"“{whole}”不是 31 位实施编码", f"{whole} is no code of 31 places")
            do = Text("18 位统一社会信用代码 + 1 位层级 + 12 位基本编码", "USCC, level, the 12 places")
            self._fault(line, "实施编码", what, do)
        elif code and inside and code != inside:
            what = Text(f"实施编码里是 {inside}，基本编码是 {code}", f"{inside} stands in 实施编码, {code} in 基本编码")
            self._fault(line, "基本编码", what, Text("核对后改成一致", "make them agree"))
        column, code = ("基本编码", code) if code else ("实施编码", inside)
        if code and not is_basic_code(code):
            what = Text(f"{code} 不是 12 位基本编码", f"{code} is no code 基本编码")
            do = Text(
                "2 位省 + 2 位类型 + 2 位部门 + 3 位主项 + 3 位子项", "province, kind, department, item, sub-item"
            )
            self._fault(line, column, what, do)
        return code

    def _settle(self, line: Line, name: str, code: str) -> None:
        """Add to a table what follows from the rest of its row, and take out what says that there is none."""
        table = line.table
        table.setdefault("version", 1)
        if code:
            table["code"] = code
        if isinstance(fee := table.get("fee"), dict) and str(fee.get("label", {}).get("zh", "")).strip() in _NO_FEE:
            if set(fee) > {"label"}:
                what = Text("写了不收费，又写了标准或依据", "it says no fee, and names a figure or a law")
                self._fault(line, "收费", what, Text("改正其中一处", "correct one of them"))
            del table["fee"]
        who = table.get("who", [])
        if "roles" not in table and who:
            kind, label = ("person", "申请人") if "自然人" in who else ("enterprise", "申请单位")
            english = "applicant" if kind == "person" else "applying body"
            table["roles"] = {"applicant": {"kind": kind, "label": {"zh": label, "en": english}}}
        table.setdefault("outcome", {}).setdefault("credential_type", name)

    def _check_twice(self, drafts: list[Draft]) -> None:
        seen: dict[tuple[str, str], Line] = {}
        for draft in drafts:
            code = str(draft.table.get("code", ""))
            for column, value in (("事项标识", draft.item), ("基本编码", code)):
                first = seen.setdefault((column, sequence_of(value) if column == "基本编码" else value), draft.line)
                if value and first is not draft.line:
                    what = Text(f"第 {first.number} 行也是 {value}", f"row {first.number} has {value} too")
                    self._fault(draft.line, column, what, Text("每个事项各有自己的", "each item has its own"))

    # materials, conditions, examples

    def _by_name(self, drafts: list[Draft]) -> dict[str, str]:
        """Return under what rows of the other sheets may name an item: its identifier, its name where it is alone."""
        names = [draft.line.cells["事项名称"] for draft in drafts]
        found = {draft.line.cells["事项名称"]: draft.item for draft in drafts}
        alone = {name: item for name, item in found.items() if names.count(name) == 1}
        return {**alone, **{draft.item: draft.item for draft in drafts}}

    def _parts(self, sheet: str, by_name: Mapping[str, str]) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {}
        for line in self.tables.lines[sheet]:
            stated, name = line.cells.get("事项标识", ""), line.cells.get("事项名称", "")
            item = by_name.get(stated or name)
            if item is None:
                what = Text(f"“事项”表里没有 {stated or name or '这个事项'}", f"the sheet 事项 has no {stated or name}")
                do = Text("写“事项”表里的事项标识或唯一的名称", "write an identifier or a name that stands there once")
                self._fault(line, "事项标识" if stated else "事项名称", what, do)
            else:
                line.table.pop("item", None)
                found.setdefault(item, []).append(line)
        return found

    def _whole(self, draft: Draft, parts: Mapping[str, Mapping[str, list[Line]]]) -> Draft:
        table, cells = dict(draft.table), draft.line.cells
        papers = parts[PAPERS].get(draft.item, [])
        table["replaces"] = self._papers(papers) or {paper: [] for paper in listed(cells.get("申请材料", ""))}
        conditions = parts[CONDITIONS].get(draft.item, [])
        table["conditions"] = self._conditions(conditions) or conditions_said(cells.get("办理条件", ""))
        if examples := parts[EXAMPLES].get(draft.item, []):
            table["examples"] = [line.table for line in examples]
        in_order = [name for name in Item.__struct_fields__ if name in table]
        rest = [name for name in table if name not in in_order]
        ordered = {name: table[name] for name in (*in_order, *rest)}
        return msgspec.structs.replace(draft, table=ordered)

    def _papers(self, lines: list[Line]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in lines:
            paper = str(line.table.get("paper", ""))
            if not paper:
                self._fault(line, "材料名称", Text("没有名称", "no name"), Text("写材料名称", "name the material"))
            elif paper in found:
                what = Text(f"“{paper}”在这个事项里已有一行", f"{paper} stands in another row of the item")
                self._fault(line, "材料名称", what, Text("合成一行", "make one row of them"))
            else:
                found[paper] = line.table.get("by", [])
        return found

    def _conditions(self, lines: list[Line]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number, line in enumerate(lines, start=1):
            table = {"id": f"c{number}", **line.table}
            said = line.cells.get("条件内容", "")
            if said and "otherwise" not in table:
                table["otherwise"] = {"zh": f"不符合：{said}"}
            if table["id"] in [one["id"] for one in found]:
                what = Text(f"条件 {table['id']} 已有一行", f"condition {table['id']} stands in another row")
                self._fault(line, "条件标识", what, Text("每条各有标识", "each has its own"))
            found.append(table)
        return found

    def _fault(self, line: Line, column: str, what: Text, do: Text) -> None:
        self.tables.faults.append(line.at(column, what, do))


_ID_HINT = Text("用小写字母和数字，以 - 相连", "small letters and digits, joined by -")
