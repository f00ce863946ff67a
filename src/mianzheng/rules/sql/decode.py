"""What a database returned for a value question, back in the form in which answers travel."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from mianzheng.model.facts import Type
from mianzheng.model.scalar import Wire, to_wire
from mianzheng.rules.sql.parameters import Shape

_DAY = re.compile(r"([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})(?:[ T].*)?")


class Unreadable(ValueError):
    """The database returned what the mapping says it cannot hold; says what kind, never the value."""


def decoded(value: object, shape: Shape, type_: Type) -> Wire:
    """Return a database value in wire form; `Unreadable` when it is not of its shape."""
    if shape.kind == "flag" or type_ is Type.BOOLEAN:
        return _flag(value)
    if shape.kind == "number" or type_ in (Type.INTEGER, Type.DECIMAL):
        return _number(value, shape, type_)
    if shape.kind == "day" or type_ is Type.DATE:
        return _day(value)
    return _text(value, shape)


def _flag(value: object) -> bool:
    if value in (0, 1):
        return value == 1
    raise Unreadable("a yes or no that is neither 1 nor 0")


def _number(value: object, shape: Shape, type_: Type) -> Wire:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise Unreadable("a number that is none")
    number = Decimal(str(value)) / shape.scale
    if type_ is Type.INTEGER and number == number.to_integral_value():
        return int(number)
    return to_wire(number)


def _day(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    match = _DAY.fullmatch(_text(value, Shape("text")))
    if match is None:
        raise Unreadable("a date that is none")
    return "-".join(match.groups())


def _text(value: object, shape: Shape) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        try:
            return bytes(value).decode("gb18030" if shape.encoding == "gbk" else "utf-8")
        except UnicodeDecodeError:
            raise Unreadable(f"bytes that are not {shape.encoding}") from None
    if isinstance(value, str):
        return value
    raise Unreadable("a text that is none")
