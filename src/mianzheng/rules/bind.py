"""Binding: what a rule's dates, figures and statements of the person are, for one case.

The gateway binds, never the hub (design/rules.md): cutoffs from the case's `as_of`, figures from the
signed table, `form.x` from the signed authorisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import ParamTable
from mianzheng.model.scalar import Scalar, from_wire
from mianzheng.rules.dates import add, cutoff
from mianzheng.rules.expression import Arithmetic, Cutoff, Form, Literal_, Node, Operand, Param, Shift, Today


class Unbound(MianzhengError):
    """A parameter of a question cannot be bound: its figure is not in force, or is of a wrong type."""

    code = "unbound"


class Bindings(msgspec.Struct, frozen=True, kw_only=True):
    """What one case binds: its date, the signed figures, the person's statements in their own types.

    `other`: number of the second subject; `operands`: operand question -> the value that another gateway sealed,
    None when it has none.
    """

    as_of: date
    params: Mapping[str, ParamTable]
    forms: Mapping[str, Scalar]
    other: str = ""
    operands: Mapping[str, Scalar | None] = {}


CONSTANT: tuple[type[Node], ...] = (Literal_, Param, Form, Today, Shift, Cutoff, Operand)


def resolve(node: Node, bindings: Bindings) -> Scalar | None:
    """Return the value of a node that no register is asked for; None when the person left a field out.

    Literals, `params.x`, `form.x`, `today`, shifts and cutoffs of it, and arithmetic of those; `Unbound`
    when a figure is not in force at `as_of`.
    """
    kind = type(node)
    if kind is Literal_:
        return node.value  # type: ignore[attr-defined, no-any-return]
    if kind is Today:
        return bindings.as_of
    if kind is Form:
        return bindings.forms.get(node.name)  # type: ignore[attr-defined]
    if kind is Operand:
        return bindings.operands.get(node.question)  # type: ignore[attr-defined]
    if isinstance(node, Param):
        return figure(node.name, bindings.params, bindings.as_of)
    if isinstance(node, (Shift, Cutoff)):
        return _day(node, bindings)
    if isinstance(node, Arithmetic):
        return arithmetic(node.op, resolve(node.left, bindings), resolve(node.right, bindings))
    raise Unbound(f"{kind.__name__} is not a parameter", hint="this is a fault of the compiler, report it")


def figure(name: str, params: Mapping[str, ParamTable], as_of: date) -> Scalar:
    """Return the figure in force at `as_of`; `Unbound` when there is none."""
    table = params.get(name)
    in_force = [value for value in table.values if value.effective <= as_of] if table is not None else []
    if table is None or not in_force:
        raise Unbound(f"params.{name} has no value on {as_of}", hint="its owner must sign one for that date")
    return from_wire(table.type, max(in_force, key=lambda value: value.effective).value)


def arithmetic(op: str, left: Scalar | None, right: Scalar | None) -> Scalar | None:
    """Return `left op right` of two numbers (op one of + - *), None when one has no value."""
    if left is None or right is None:
        return None
    if not isinstance(left, (int, Decimal)) or not isinstance(right, (int, Decimal)):
        raise Unbound(f"{left!r} {op} {right!r} is not of numbers", hint="the figure's type is wrong")
    if op == "+":
        return left + right
    return left - right if op == "-" else left * right


def _day(node: Shift | Cutoff, bindings: Bindings) -> date | None:
    amount = resolve(node.amount, bindings)
    if amount is None:
        return None
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise Unbound(f"{amount!r} is not a whole number of days, months or years", hint="the figure's type is wrong")
    if isinstance(node, Cutoff):
        return cutoff(bindings.as_of, amount, node.unit)
    return add(bindings.as_of, node.sign * amount, node.unit)
