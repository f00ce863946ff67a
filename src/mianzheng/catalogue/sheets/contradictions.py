"""Where the cells of a row contradict each other, or an item that is there already: faults before a draft is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mianzheng.catalogue.sheets.faults import SheetFault
from mianzheng.catalogue.sheets.tables import Line
from mianzheng.model.item_codes import KIND_CODES, is_basic_code
from mianzheng.model.text import Text


def sequence_of(code: str) -> str:
    """Return what of a code 基本编码 no two items may share: its department, main item and sub-item."""
    return code[4:] if is_basic_code(code) else code


def contradictions(line: Line, item: str, code: str, codes: Mapping[str, str]) -> Iterator[SheetFault]:
    """Yield what contradicts in the row of an item; `codes`: `sequence_of` its code -> the item of the tree with it."""
    yield from _late(line)
    column = "基本编码" if line.cells.get("基本编码") else "实施编码"
    if not is_basic_code(code):
        return
    kind = str(line.table.get("kind", ""))
    if kind and code[2:4] != KIND_CODES[kind]:
        right = KIND_CODES[kind]
        what = Text(
            f"{code} 第 3、4 位的类型是 {code[2:4]}，事项类型是{kind}（{right}）",
            f"{code} has the kind {code[2:4]} in places 3 and 4, {kind} is {right}",
        )
        yield line.at(column, what, Text("改正编码或事项类型", "correct the code or the kind"))
    other = codes.get(sequence_of(code), item)
    if other != item:
        what = Text(f"目录里的 {other} 已用 {code[4:]}", f"{other} of the folder has {code[4:]} already")
        yield line.at(column, what, Text("换一个主项或子项编号", "take another number of the item or sub-item"))


def _late(line: Line) -> Iterator[SheetFault]:
    promised, legal = line.table.get("promise_days"), line.table.get("legal_days")
    if isinstance(promised, int) and isinstance(legal, int) and promised > legal:
        what = Text(
            f"承诺 {promised} 个工作日，比法定 {legal} 个还长",
            f"{promised} working days are promised, the law gives {legal}",
        )
        yield line.at("承诺办结时限", what, Text("承诺不得长于法定时限", "promise no more than the legal limit"))
