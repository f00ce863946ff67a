"""Scalars on the wire and in packs: a bool, an int, or text; dates and decimals are text.

One form for YAML, JSON and digests, so that nothing depends on a parser's guess. What the text
means is known from the declared type of the fact, form field or figure.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Type

Wire = bool | int | str
Scalar = bool | int | Decimal | str | date


class BadScalar(MianzhengError):
    """A value is not of the type that was declared for it."""

    code = "bad-value"


def from_wire(type_: Type, wire: Wire) -> Scalar:
    """Return the Python value that `wire` stands for; `BadScalar` when it is not of `type_`."""
    if type_ is Type.BOOLEAN and isinstance(wire, bool):
        return wire
    if type_ is Type.INTEGER and isinstance(wire, int) and not isinstance(wire, bool):
        return wire
    if type_ is Type.DECIMAL and isinstance(wire, (int, str)) and not isinstance(wire, bool):
        return _decimal(wire)
    if type_ is Type.DATE and isinstance(wire, str):
        return _date(wire)
    if type_ in (Type.STRING, Type.ENUM, Type.REFERENCE) and isinstance(wire, str) and wire:
        return wire
    raise BadScalar(f"{wire!r} is not of type {type_.value}", hint=f"give a value of type {type_.value}")


def to_wire(value: Scalar) -> Wire:
    """Return the wire form of a Python value; a decimal loses its trailing zeros."""
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return "0" if text == "-0" else text
    if isinstance(value, date):
        return value.isoformat()
    return value


def _decimal(wire: int | str) -> Decimal:
    try:
        value = Decimal(wire)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise BadScalar(f"{wire!r} is not a decimal number", hint="write it like 1234.56")
    return value


def _date(wire: str) -> date:
    try:
        return date.fromisoformat(wire)
    except ValueError:
        raise BadScalar(f"{wire!r} is not a date", hint="write it like 2026-11-25") from None
