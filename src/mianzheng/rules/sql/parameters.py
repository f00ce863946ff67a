"""Parameters of a query: what each stands for, and the value the department's own driver is given.

Nothing of a rule, of a mapping or of a person stands in the SQL text: numbers, codes and figures
are bound. The gateway binds them itself (design/rules.md, Approval), from the case's date, the
signed tables and the opened form values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec
from sqlglot import exp

from mianzheng.model.errors import WrongUse
from mianzheng.model.scalar import BadScalar, Scalar
from mianzheng.rules.bind import Bindings, resolve
from mianzheng.rules.expression import Arithmetic, Cutoff, Form, Literal_, Node, Operand, Param, Shift, Today

DayForm = Literal["native", "YYYYMMDD", "YYYY-MM-DD", "YYYY/MM/DD"]
SEPARATOR: dict[str, str] = {"YYYYMMDD": "", "YYYY-MM-DD": "-", "YYYY/MM/DD": "/"}
_CITIZEN = re.compile(r"[0-9]{6}19[0-9]{6}[0-9]{3}[0-9X]")
_BORN_BEFORE_1900 = frozenset({"996", "997", "998", "999"})  # sequence codes of 15-digit numbers (GB 11643)


class Shape(msgspec.Struct, frozen=True):
    """How a value lies in SQL: what a parameter beside it must be bound as.

    flag: 1 or 0. number: an integer `scale` times the value. day: a date column, or text of `form`.
    text: characters. bytes: characters in `encoding`. any: as the driver takes it. left_out: 1 when
    the person stated nothing there, else 0.
    """

    kind: Literal["flag", "number", "day", "text", "bytes", "any", "left_out"]
    scale: int = 1
    form: DayForm = "native"
    encoding: str = "utf-8"


class Number(msgspec.Struct, frozen=True):
    """A form in which a subject's number may be stored; `width` > 0 pads it with blanks. `of`: whose it is."""

    form: Literal["plain", "lower_x", "wide_x", "roman_x", "old"]
    width: int = 0
    of: Literal["subject", "other"] = "subject"


class Stored(msgspec.Struct, frozen=True):
    """A constant of the mapping: a code, the word it stands for, a value that means none, a pattern."""

    value: str | int | bytes | date | datetime


class Bound(msgspec.Struct, frozen=True):
    """A value of the rule, resolved when bound; `day_after`: the day after it (half-open bounds)."""

    node: Node
    shape: Shape
    day_after: bool = False


Origin = Number | Stored | Bound


class Parameter(msgspec.Struct, frozen=True):
    """A named parameter of a query and where its value comes from."""

    name: str
    origin: Origin


class Parameters:
    """Collects the parameters of one query while it is written; equal origins share a name."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, Origin], str] = {}

    def add(self, hint: str, origin: Origin) -> exp.Expr:
        """Return the placeholder of `origin`, named after `hint`."""
        key = (hint, origin)
        if key not in self._names:
            taken = set(self._names.values())
            self._names[key] = next(name for name in _numbered(hint) if name not in taken)
        return exp.var(f":{self._names[key]}")

    def bound(self, node: Node, shape: Shape, *, day_after: bool = False) -> exp.Expr:
        """Return the placeholder of a value of the rule."""
        hint = _name_of(node) + ("_next_day" if day_after else "")
        hint += "_left_out" if shape.kind == "left_out" else ""
        return self.add(hint, Bound(node, shape, day_after))

    def collected(self) -> tuple[Parameter, ...]:
        """Return all parameters in the order they were first needed."""
        return tuple(Parameter(name, origin) for (_, origin), name in self._names.items())


def bind(parameters: tuple[Parameter, ...], number: str, bindings: Bindings, dialect: str) -> dict[str, object]:
    """Return the values of all parameters for one subject; `BadScalar`, `WrongUse` when one cannot be bound."""
    if not number or number != number.strip():
        raise WrongUse("a subject needs its number, without blanks", code="bad-number")
    return {parameter.name: _value(parameter.origin, number, bindings, dialect) for parameter in parameters}


def constants(parameters: tuple[Parameter, ...], dialect: str) -> dict[str, object]:
    """Return the values of the parameters that a mapping alone gives, for statements about nobody."""
    return {one.name: _driver(one.origin.value, dialect) for one in parameters if isinstance(one.origin, Stored)}


_LAST_SIGNS = {"lower_x": "x", "wide_x": "Ｘ", "roman_x": "Ⅹ"}


def number_form(number: str, form: Number) -> str:
    """Return the subject's number as a source may store it.

    A form that this number does not have repeats the number, so that the list keeps its length.
    The 15-digit form exists for births of 1900–1999 and never for the sequence codes that mark
    people born in the century before.
    """
    text = number
    if form.form in _LAST_SIGNS and number.endswith("X"):
        text = number[:-1] + _LAST_SIGNS[form.form]
    if form.form == "old" and _CITIZEN.fullmatch(number) and number[14:17] not in _BORN_BEFORE_1900:
        text = number[:6] + number[8:17]
    return text.ljust(form.width)


def _value(origin: Origin, number: str, bindings: Bindings, dialect: str) -> object:
    if isinstance(origin, Number):
        return number_form(number if origin.of == "subject" else _other(bindings), origin)
    if isinstance(origin, Stored):
        return _driver(origin.value, dialect)
    return _driver(_shaped(resolve(origin.node, bindings), origin), dialect)


def _other(bindings: Bindings) -> str:
    if not bindings.other or bindings.other != bindings.other.strip():
        raise WrongUse("the second subject needs its number, without blanks", code="bad-number")
    return bindings.other


def _shaped(value: Scalar | None, origin: Bound) -> object:
    kind = origin.shape.kind
    if kind == "left_out":
        return int(value is None)
    if value is None:
        return None
    if kind == "flag" and isinstance(value, bool):
        return int(value)
    if kind == "number" and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _scaled(Decimal(value) * origin.shape.scale)
    if kind == "text" and isinstance(value, str):
        return value
    if kind == "bytes" and isinstance(value, str):
        return encoded(value, origin.shape.encoding)
    if kind == "day" and isinstance(value, date):
        return day_text(value, origin.shape.form) if origin.shape.form != "native" else _day(value, origin)
    if kind == "any":
        return int(value) if isinstance(value, bool) else value
    raise BadScalar(f"{_name_of(origin.node)} is no {kind} value", hint="the fact it is compared with has another type")


def _scaled(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


def _day(value: date, origin: Bound) -> date:
    if not origin.day_after:
        return value
    if value == date.max:
        return datetime.max  # there is no next day; nothing stored lies after this moment
    return value + timedelta(days=1)


def day_text(value: date, form: str) -> str:
    """Return a date as text of a mapping's form."""
    mark = SEPARATOR[form]
    return f"{value.year:04d}{mark}{value.month:02d}{mark}{value.day:02d}"


def encoded(text: str, encoding: str) -> bytes:
    """Return the bytes of `text`; what the encoding cannot hold becomes bytes it never stores."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode("gb18030") if encoding == "gbk" else text.encode("utf-8", "surrogatepass")


def _driver(value: object, dialect: str) -> object:
    """SQLite's driver knows neither decimals nor dates: the first only meet integers, the second text."""
    if dialect == "sqlite" and isinstance(value, Decimal):
        return float(value)
    if dialect == "sqlite" and isinstance(value, date):
        return value.isoformat()
    return value


def _name_of(node: Node) -> str:
    if isinstance(node, Param):
        return f"params_{node.name}"
    if isinstance(node, Form):
        return f"form_{node.name}"
    if isinstance(node, Today):
        return "today"
    if isinstance(node, Shift):
        return f"today_{'plus' if node.sign > 0 else 'minus'}_{_amount(node.amount)}_{node.unit}"
    if isinstance(node, Cutoff):
        return f"cutoff_{_amount(node.amount)}_{node.unit}"
    if isinstance(node, Operand):
        return "operand"
    return "computed" if isinstance(node, Arithmetic) else "value"


def _amount(node: Node) -> str:
    if isinstance(node, Literal_):
        return re.sub(r"\W", "_", str(node.value))
    return _name_of(node)


def _numbered(hint: str) -> Iterator[str]:
    yield hint
    count = 2
    while True:
        yield f"{hint}_{count}"
        count += 1
