"""Comparisons in the type check: what may meet what, and how spans of time become cutoffs.

`age >= n` says `birth_date <= cutoff(n, years)`, where the cutoff is the latest date that has reached n
whole units at the case's date; `age > n` is `age >= n + 1`. Days need no such step.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from mianzheng.model.facts import Type
from mianzheng.rules.checker import Typed, a, fits, is_number, is_text
from mianzheng.rules.expression import (
    MIRROR,
    And,
    Arithmetic,
    Case,
    Compare,
    Cutoff,
    Elapsed,
    Fact,
    Literal_,
    Node,
    Not,
    Op,
    Param,
)
from mianzheng.rules.faults import did_you_mean
from mianzheng.rules.normal import FALSE, TRUE, distributed, normal
from mianzheng.rules.reader import strict_date
from mianzheng.rules.tree import walk

Problem = tuple[str, str, str]  # code, message, hint


class Operands(msgspec.Struct, frozen=True):
    """Two checked sides of a comparison."""

    op: Op
    left: Typed
    right: Typed

    def flipped(self) -> Operands:
        """Return the same comparison read from the other side."""
        return Operands(MIRROR[self.op], self.right, self.left)

    def settled(self) -> Operands:
        """Return the operands with literals right, in the type of the other side."""
        flip = isinstance(self.left.node, Literal_) and not isinstance(self.right.node, Literal_)
        turned = self.flipped() if flip else self
        return Operands(turned.op, turned.left, settle_literal(turned.right, turned.left))

    def problem(self) -> Problem | None:
        """Return why these two may not meet, or None."""
        left, right = self.left, self.right
        if Type.REFERENCE in (left.type, right.type) and left.type is not right.type:
            return "link", "a reference is compared with a reference only", "write role.register.link = role"
        if left.identifier or right.identifier:
            other = right if left.identifier else left
            if any(isinstance(part, (Literal_, Param)) for part in walk(other.node)):
                hint = "compare it with another fact of the register or with form.x"
                return "identifier", "what identifies is never compared with a literal", hint
        if not fits(left.type, right.type):
            return "type", f"{a(left.type)} cannot be compared with {a(right.type)}", _type_hint(left, right)
        if self.op != "=" and not (is_number(left.type) or left.type is Type.DATE):
            return "order", f"{a(left.type)} has no order", "compare with =, <> or in"
        return unknown_word(left, right) or unknown_word(right, left)

    def node(self) -> Node:
        """Return the comparison; `x = true` is x, and `x = false` is not x.

        Only of a bare fact is it not: over an absent row both `x` and `x = false` are false.
        """
        left, right = self.left.node, self.right.node
        if self.left.type is Type.BOOLEAN and right == TRUE:
            return left
        if self.left.type is Type.BOOLEAN and right == FALSE and not isinstance(left, Fact):
            return Not(left)
        return Compare(self.op, left, right)


def unknown_word(enum: Typed, literal: Typed) -> Problem | None:
    """Return the problem that a literal is not one of an enum's words, or None."""
    node = literal.node
    if not enum.values or not isinstance(node, Literal_) or node.value in enum.values:
        return None
    hint = did_you_mean(str(node.value), enum.values) or "the words are " + "、".join(enum.values[:12])
    return "unknown-word", f"'{node.value}' is not one of the words of this enum", hint


def settle_literal(literal: Typed, lead: Typed) -> Typed:
    """Return a literal in the type of what it meets: a text as a date, a whole number as a decimal."""
    node = literal.node
    if not isinstance(node, Literal_) or lead.type is None:
        return literal
    if lead.type is Type.DATE and isinstance(node.value, str):
        try:
            return Typed(Literal_(Type.DATE, strict_date(node.value)), Type.DATE)
        except ValueError:
            return literal
    if lead.type is Type.DECIMAL and node.type is Type.INTEGER:
        return Typed(Literal_(Type.DECIMAL, Decimal(node.value)), Type.DECIMAL)  # type: ignore[arg-type]
    if lead.type is Type.INTEGER and isinstance(node.value, Decimal) and node.value == int(node.value):
        return Typed(Literal_(Type.INTEGER, int(node.value)), Type.INTEGER)
    return literal


def spans_left(operands: Operands) -> Operands:
    """Return a comparison of a span of time with the span left, counted from the date to now."""
    if not isinstance(operands.left.node, Elapsed):
        operands = operands.flipped()
    if not operands.left.turned:
        return operands
    left = Typed(operands.left.node, Type.INTEGER)
    return Operands(MIRROR[operands.op], left, Typed(_negative(operands.right.node), operands.right.type))


def compare_span(op: Op, span: Elapsed, amount: Node) -> Node:
    """Return `span op amount` as a comparison of the date with a cutoff; of a case, as a case of those."""
    if isinstance(amount, Case):
        return distributed(amount, lambda result: compare_span(op, span, result))
    reached, days = Cutoff(amount, span.unit), span.unit == "days"
    beyond = Cutoff(normal(Arithmetic("+", amount, Literal_(Type.INTEGER, 1))), span.unit)
    if op == ">=":
        return Compare("<=", span.value, reached)
    if op == "<":
        return Compare(">", span.value, reached)
    if op == ">":
        return Compare("<", span.value, reached) if days else Compare("<=", span.value, beyond)
    if op == "<=":
        return Compare(">=", span.value, reached) if days else Compare(">", span.value, beyond)
    if days:
        return Compare("=", span.value, reached)
    return And((Compare("<=", span.value, reached), Compare(">", span.value, beyond)))


def _negative(amount: Node) -> Node:
    if isinstance(amount, Case):
        return distributed(amount, _negative)
    return normal(Arithmetic("-", Literal_(Type.INTEGER, 0), amount))


def _type_hint(left: Typed, right: Typed) -> str:
    for side, other in ((left, right), (right, left)):
        if side.type is Type.BOOLEAN and is_number(other.type):
            return "write the fact alone, or fact = false"
        if side.type is Type.DATE and is_text(other.type):
            return "write it like date '2024-01-01'"
        if is_number(side.type) and is_text(other.type):
            return "numbers stand without quotes"
    return f"write {a(left.type)} on both sides"
