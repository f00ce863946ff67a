"""Values and the three ways of having none, and what comparison, and/or/not and arithmetic make of them.

NULL: the row is there and says nothing. ABSENT: there is no row, and the register is closed, so that is
an answer. MISSING: not known at all (no row in an open register, no answer, a contest). A condition
over NULL or MISSING is itself NULL or MISSING, and both are *unknown* to and/or/not (Kleene); a
comparison over ABSENT is false. Only MISSING passes through `is null`, `coalesce` and `is distinct from`,
so that it never becomes a grant.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

from mianzheng.model.scalar import Scalar


class NoValue(Enum):
    """Why there is no value (see the module)."""

    NULL = "null"
    ABSENT = "absent"
    MISSING = "missing"


NULL, ABSENT, MISSING = NoValue.NULL, NoValue.ABSENT, NoValue.MISSING

Value = Scalar | NoValue
Truth = bool | NoValue  # never ABSENT: what is absent is false


def truth(value: Value) -> Truth:
    """Return a value as a condition: what is absent is false."""
    if value is ABSENT:
        return False
    if value is NULL or value is MISSING or isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is not a condition")


def conjunction(parts: Iterable[Truth]) -> Truth:
    """Return `and` of all: false beats unknown."""
    result: Truth = True
    for part in parts:
        if part is False:
            return False
        if part is MISSING or (part is NULL and result is True):
            result = part
    return result


def disjunction(parts: Iterable[Truth]) -> Truth:
    """Return `or` of all: true beats unknown."""
    result: Truth = False
    for part in parts:
        if part is True:
            return True
        if part is MISSING or (part is NULL and result is False):
            result = part
    return result


def negation(part: Truth) -> Truth:
    """Return `not`; what is unknown stays unknown."""
    return (not part) if isinstance(part, bool) else part


def none_of(*values: Value) -> NoValue | None:
    """Return the strongest no-value among operands (missing, absent, null), None when all have values."""
    found = [value for value in values if isinstance(value, NoValue)]
    if not found:
        return None
    return next(kind for kind in (MISSING, ABSENT, NULL) if any(value is kind for value in found))


def compare(op: str, left: Value, right: Value) -> Truth:
    """Return a comparison (= < <= > >=) of two values of comparable types."""
    none = none_of(left, right)
    if none is not None:
        return truth(none)
    return holds(op, left, right)  # type: ignore[arg-type]


def holds(op: str, left: Scalar, right: Scalar) -> bool:
    """Return a comparison of two scalars."""
    if op == "=":
        return left == right
    if op == "<":
        return left < right  # type: ignore[operator]
    if op == "<=":
        return left <= right  # type: ignore[operator]
    return left > right if op == ">" else left >= right  # type: ignore[operator]


def distinct(left: Value, right: Value) -> Truth:
    """Return `is distinct from`: null and absent are alike here, missing stays unknown."""
    if left is MISSING or right is MISSING:
        return MISSING
    if isinstance(left, NoValue) or isinstance(right, NoValue):
        return not (isinstance(left, NoValue) and isinstance(right, NoValue))
    return left != right


def is_null(value: Value) -> Truth:
    """Return `is null`: true of null and absent, unknown of missing."""
    return MISSING if value is MISSING else isinstance(value, NoValue)


def coalesce(values: Iterable[Value]) -> Value:
    """Return the first value that is neither null nor absent; a missing one before it ends the search."""
    last: Value = NULL
    for value in values:
        if value is MISSING or not isinstance(value, NoValue):
            return value
        last = value
    return last


def calculate(op: str, left: Value, right: Value) -> Value:
    """Return `left op right` of two numbers, op one of + - *."""
    none = none_of(left, right)
    if none is not None:
        return none
    if not isinstance(left, (int, Decimal)) or not isinstance(right, (int, Decimal)):
        raise TypeError(f"{left!r} {op} {right!r}")
    if op == "+":
        return left + right
    return left - right if op == "-" else left * right


def match(how: str, text: Value, literal: Value) -> Truth:
    """Return `contains` or `starts_with`."""
    none = none_of(text, literal)
    if none is not None:
        return truth(none)
    if not isinstance(text, str) or not isinstance(literal, str):
        raise TypeError(f"{how}({text!r}, {literal!r})")
    return literal in text if how == "contains" else text.startswith(literal)
