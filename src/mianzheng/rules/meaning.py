"""What the words of the language mean over values, whoever supplies them: rows (`answer`) or answers (`evaluate`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from mianzheng.rules.bind import Bindings, resolve
from mianzheng.rules.bounds import Bounds, compare_bounds, value_of
from mianzheng.rules.expression import (
    MIRROR,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    In,
    IsNull,
    Match,
    Node,
    Not,
    Or,
)
from mianzheng.rules.values import (
    MISSING,
    NULL,
    Truth,
    Value,
    calculate,
    coalesce,
    compare,
    conjunction,
    disjunction,
    distinct,
    is_null,
    match,
    negation,
    truth,
)

Methods = Mapping[type[Node], Callable[[Any, Any], Value]]


class Meaning:
    """Evaluates a tree; a subclass adds to `METHODS` what its leaves mean."""

    METHODS: ClassVar[Methods] = {}

    def __init__(self, bindings: Bindings) -> None:
        self.bindings = bindings

    def value(self, node: Node) -> Value:
        """Return the value of any node; what no method knows is a parameter."""
        method = self.METHODS.get(type(node))
        return self.parameter(node) if method is None else method(self, node)

    def holds(self, node: Node) -> Truth:
        """Return a node as a condition."""
        return truth(self.value(node))

    def parameter(self, node: Node) -> Value:
        """Return a literal, date, figure or statement of the person; NULL when it was left out."""
        value = resolve(node, self.bindings)
        return NULL if value is None else value

    def limits(self, node: Node) -> Bounds | None:
        """Return the bounds of a count, sum or extreme; None for any other node."""
        return None

    def side(self, node: Node) -> Value | Bounds:
        limits = self.limits(node)
        return self.value(node) if limits is None else limits

    def compare(self, node: Compare) -> Value:
        left, right = self.side(node.left), self.side(node.right)
        if isinstance(left, Bounds):
            return compare_bounds(node.op, left, value_of(right) if isinstance(right, Bounds) else right)
        if isinstance(right, Bounds):
            return compare_bounds(MIRROR[node.op], right, left)
        return compare(node.op, left, right)

    def case(self, node: Case) -> Value:
        for condition, result in node.branches:
            holds = self.holds(condition)
            if holds is True:
                return self.value(result)
            if holds is not False:
                return MISSING  # SQL would take the next branch: an unknown condition decides nothing
        return NULL if node.default is None else self.value(node.default)

    def options(self, node: In) -> Value:
        value = self.value(node.value)
        return disjunction(compare("=", value, self.value(option)) for option in node.options)

    def arithmetic(self, node: Arithmetic) -> Value:
        return calculate(node.op, self.value(node.left), self.value(node.right))


COMMON: Methods = {
    Compare: Meaning.compare,
    In: Meaning.options,
    Case: Meaning.case,
    Arithmetic: Meaning.arithmetic,
    And: lambda self, node: conjunction(self.holds(part) for part in node.parts),
    Or: lambda self, node: disjunction(self.holds(part) for part in node.parts),
    Not: lambda self, node: negation(self.holds(node.part)),
    IsNull: lambda self, node: is_null(self.value(node.value)),
    Distinct: lambda self, node: distinct(self.value(node.left), self.value(node.right)),
    Coalesce: lambda self, node: coalesce(self.value(part) for part in node.parts),
    Match: lambda self, node: match(node.how, self.value(node.text), self.value(node.literal)),
}
