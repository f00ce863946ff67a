"""A part of an item as a cell shows it, and back; and a table of a pack taken apart into cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from mianzheng.catalogue.sheets.columns import NO, YES, Column
from mianzheng.model.text import Text

Table = dict[str, Any]
_DAYS = re.compile(r"([0-9]{1,4})\s*(个)?(工作日)?(\([^)]*\)|（[^）]*）)?\Z")
_AT_ONCE = ("即办", "即时办结", "当场", "当场办结")
_LIST = re.compile(r"[、,，;；\n]+")


class Unfit(Exception):
    """A cell that cannot be meant so: what is wrong with it, and what to do."""

    def __init__(self, what: Text, do: Text) -> None:
        super().__init__(what.en)
        self.what, self.do = what, do


def take(table: Table, path: tuple[str, ...]) -> Any:
    """Take the value at a path out of a table, and the tables around it that are then empty; None without one."""
    name, *rest = path
    if not rest:
        return table.pop(name, None)
    inner = table.get(name)
    if not isinstance(inner, dict):
        return None
    found = take(inner, tuple(rest))
    if not inner:
        del table[name]
    return found


def put(table: Table, path: tuple[str, ...], value: Any) -> None:
    """Set the value at a path of a table."""
    *around, name = path
    for part in around:
        table = table.setdefault(part, {})
    table[name] = value


def written(value: Any, column: Column) -> str | int | None:
    """Return what the cell of a value shows; None for an empty cell."""
    if value is None:
        value = column.default
    if value is None or value == []:
        return None
    if column.kind == "yes":
        return YES if value else NO
    if column.kind == "choice":
        return next((said for said, meant in column.choices.items() if meant == value), str(value))
    if column.kind == "names":
        return "、".join(value)
    if column.kind in ("whole", "days"):
        return int(value)
    return str(value)


def read(text: str, column: Column) -> Any:
    """Return the value that a cell's text means, None for an empty cell; `Unfit` when it means none."""
    if not text.strip():
        return None
    if column.kind == "text":
        return text
    return _READERS[column.kind](text.strip(), column)


def _whole(text: str, column: Column) -> int:
    if not re.fullmatch("[0-9]{1,6}", text):
        raise Unfit(
            Text(f"“{text}”不是整数", f"“{text}” is no whole number"), Text("只写数字，如 20", "write digits alone: 20")
        )
    return int(text)


def _days(text: str, column: Column) -> int:
    if text in _AT_ONCE:
        return 0
    found = _DAYS.match(text.replace(" ", ""))
    if found is None:
        raise Unfit(
            Text(f"“{text}”不是工作日数", f"“{text}” is no number of working days"),
            Text("写成工作日数，如 20；自然日、月先换算", "write it in working days: 20; convert days or months first"),
        )
    return int(found[1])


def _date(text: str, column: Column) -> str:
    plain = re.sub(r"[年月/.]", "-", text).removesuffix("日").partition(" ")[0]
    if re.fullmatch("[0-9]{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    try:
        year, month, day = (int(part) for part in plain.split("-"))
        return date(year, month, day).isoformat()
    except ValueError:
        raise Unfit(
            Text(f"“{text}”不是日期", f"“{text}” is no date"), Text("写成 2026-11-25", "write it like 2026-11-25")
        ) from None


def _yes(text: str, column: Column) -> bool:
    meant = {YES: True, NO: False, "1": True, "0": False, "yes": True, "no": False, "true": True, "false": False}
    if text.lower() not in meant:
        raise Unfit(
            Text(f"“{text}”不是“是”或“否”", f"“{text}” is neither yes nor no"), Text("写“是”或“否”", "write 是 or 否")
        )
    return meant[text.lower()]


def _choice(text: str, column: Column) -> str:
    if text in column.choices:
        return column.choices[text]
    if text in column.choices.values():
        return text
    known = "、".join(dict.fromkeys(said for said in column.choices if not said.isdigit()))
    raise Unfit(
        Text(f"没有“{text}”这一种", f"there is no “{text}”"), Text(f"写其中一种：{known}", f"write one of {known}")
    )


def _names(text: str, column: Column) -> list[str]:
    names = list(dict.fromkeys(part.strip() for part in _LIST.split(text) if part.strip()))
    return list(dict.fromkeys(_choice(name, column) for name in names)) if column.choices else names


def _json(text: str, column: Column) -> Table:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        do = Text("恢复导出时的内容，或清空", "restore it, or empty the cell")
        raise Unfit(Text("不是 JSON", f"this is no JSON: {error}"), do) from None
    if not isinstance(found, dict):
        what = Text("不是一个 JSON 对象", "this is no JSON object")
        raise Unfit(what, Text("写成 {…}，或清空", "write {…}, or empty the cell"))
    return found


def _name(text: str, column: Column) -> str:
    return text


_READERS: Mapping[str, Any] = {
    "name": _name,
    "whole": _whole,
    "days": _days,
    "date": _date,
    "yes": _yes,
    "choice": _choice,
    "names": _names,
    "json": _json,
}
