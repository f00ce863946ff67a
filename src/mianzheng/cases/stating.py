"""What a person typed into an item's form, read into the types the item declares, with a fault for each field."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

import msgspec

from mianzheng.cases.to_sign import new_salt
from mianzheng.model.authorisation import FormValue
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField, Item
from mianzheng.model.scalar import BadScalar, Wire, from_wire
from mianzheng.model.text import Text

LONGEST = 200  # characters of one field
_MISSING = Text(zh="请填写这一项", en="Fill this in")
_LONG = Text(zh=f"最多 {LONGEST} 个字", en=f"At most {LONGEST} characters")
_HIDDEN = Text(
    zh="这里夹有看不见的控制字符，请删掉，重新输入",
    en="Invisible control characters stand in it: delete it and type it anew",
)
_CHOOSE = Text(zh="请从所列各项中选一项", en="Choose one of those listed")
_WRONG = {
    Type.BOOLEAN: Text(zh="请选“是”或“否”", en="Choose yes or no"),
    Type.INTEGER: Text(zh="请填整数，只写数字", en="Enter a whole number, digits only"),
    Type.DECIMAL: Text(zh="请填数字，如 1234.56", en="Enter a number, like 1234.56"),
    Type.DATE: Text(zh="请填日期，如 2026-11-25", en="Enter a date, like 2026-11-25"),
}

_UNSEEN = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})  # Unicode categories of what shows nothing
_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that show nothing either
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they turn what follows around


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """Salted values of the fields that could be read, and by name what is wrong with the others."""

    values: tuple[FormValue, ...]
    faults: dict[str, Text]


def stated(item: Item, typed: Mapping[str, str]) -> Stated:
    """Return what was typed for an item's fields; names that are no field of it are left alone."""
    values, faults = [], {}
    for name, field in item.form.items():
        text = _plain(field, typed.get(name, ""))
        if not text and not field.required:
            continue
        found = _read(field, text)
        if isinstance(found, Text):
            faults[name] = found
        else:
            values.append(FormValue(name=name, value=found, salt=new_salt()))
    return Stated(values=tuple(sorted(values, key=lambda one: one.name)), faults=faults)


def _plain(field: FormField, typed: str) -> str:
    """Return what was typed without blanks at its ends; figures and days also from full-width characters.

    What shows nothing at all is nothing.
    """
    text = typed.strip()
    if all(unicodedata.category(sign) in _UNSEEN or sign in _FILLERS for sign in text):
        return ""
    return text if field.type is Type.STRING else unicodedata.normalize("NFKC", text)


def _read(field: FormField, text: str) -> Wire | Text:
    """Return a value on the wire, or what is wrong with it."""
    if not text:
        return _CHOOSE if field.values else _MISSING
    if len(text) > LONGEST:
        return _LONG
    if field.type is Type.STRING and any(sign in _OVERRIDES or unicodedata.category(sign) == "Cc" for sign in text):
        return _HIDDEN
    if field.values:
        return text if text in field.values else _CHOOSE
    wire = _wire(field.type, text)
    try:
        from_wire(field.type, wire)
    except BadScalar:
        return _WRONG.get(field.type, _MISSING)
    return wire


def _wire(type_: Type, text: str) -> Wire:
    if type_ is Type.BOOLEAN and text in ("true", "false"):
        return text == "true"
    if type_ is Type.INTEGER and text.removeprefix("-").isdecimal():
        return int(text)
    if type_ is Type.DECIMAL:
        return text.replace(",", "")
    if type_ is Type.DATE:
        return _day(text)
    return text


def _day(text: str) -> str:
    """Return a day as the wire writes it: 2026年11月5日 and 2026/11/5 are read too."""
    parts = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").split("-")
    try:
        return date(*(int(part) for part in parts)).isoformat()
    except (ValueError, TypeError):
        return text
