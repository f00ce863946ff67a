"""The normal form of a tree: flat, folded, without repetition; every step exact under three values.

Kleene's logic keeps associativity, commutativity, idempotence, De Morgan and double negation, and
true and false as neutral and dominant parts. It has no excluded middle, `not (a < b)` is not `a >= b` when
a row is absent, and a case with an unknown condition is not its else: none of those is used. sqlglot's own
`simplify` and `normalize` use them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mianzheng.model.facts import Type
from mianzheng.rules.expression import (
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    In,
    IsNull,
    Literal_,
    Node,
    Not,
    Or,
)
from mianzheng.rules.tree import rebuild
from mianzheng.rules.values import calculate, holds

TRUE = Literal_(Type.BOOLEAN, True)
FALSE = Literal_(Type.BOOLEAN, False)


def normal(node: Node) -> Node:
    """Return the tree flat and folded; the order of writing is kept."""
    node = rebuild(node, normal)
    fold = _FOLDS.get(type(node))
    return node if fold is None else fold(node)


def both(parts: Iterable[Node]) -> Node:
    """Return the `and` of normal parts."""
    return _joined(parts, And, neutral=TRUE, dominant=FALSE)


def either(parts: Iterable[Node]) -> Node:
    """Return the `or` of normal parts."""
    return _joined(parts, Or, neutral=FALSE, dominant=TRUE)


def negated(part: Node) -> Node:
    """Return `not` of a normal part; it passes through and/or only."""
    if part in (TRUE, FALSE):
        return FALSE if part == TRUE else TRUE
    if isinstance(part, Not):
        return part.part
    if isinstance(part, And):
        return either(negated(inner) for inner in part.parts)
    if isinstance(part, Or):
        return both(negated(inner) for inner in part.parts)
    return Not(part)


def distributed(node: Case, change: Callable[[Node], Node]) -> Case:
    """Return a case with `change` applied to each of its results: `f(case)` becomes a case of `f`."""
    branches = tuple((condition, change(result)) for condition, result in node.branches)
    return Case(branches, None if node.default is None else change(node.default))


def _joined(parts: Iterable[Node], kind: type[And] | type[Or], *, neutral: Node, dominant: Node) -> Node:
    flat: dict[Node, None] = {}
    for part in parts:
        for inner in part.parts if isinstance(part, kind) else (part,):
            if inner == dominant:
                return dominant
            if inner != neutral:
                flat[inner] = None
    if not flat:
        return neutral
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def _compare(node: Compare) -> Node:
    left, right = node.left, node.right
    if isinstance(left, Literal_) and isinstance(right, Literal_):
        return _literal(holds(node.op, left.value, right.value))
    return node


def _options(node: In) -> Node:
    options = tuple(dict.fromkeys(node.options))
    if isinstance(node.value, Literal_):
        value = node.value.value
        return _literal(any(isinstance(option, Literal_) and option.value == value for option in options))
    return Compare("=", node.value, options[0]) if len(options) == 1 else In(node.value, options)


def _distinct(node: Distinct) -> Node:
    left, right = node.left, node.right
    if isinstance(left, Literal_) and isinstance(right, Literal_):
        return _literal(left.value != right.value)
    return node


def _coalesce(node: Coalesce) -> Node:
    parts: list[Node] = []
    for part in node.parts:
        parts.append(part)
        if isinstance(part, Literal_):
            break
    return parts[0] if len(parts) == 1 else Coalesce(tuple(parts))


def _arithmetic(node: Arithmetic) -> Node:
    left, right = node.left, node.right
    if isinstance(left, Literal_) and isinstance(right, Literal_):
        type_ = Type.DECIMAL if Type.DECIMAL in (left.type, right.type) else Type.INTEGER
        return Literal_(type_, calculate(node.op, left.value, right.value))  # type: ignore[arg-type]
    return node


def _case(node: Case) -> Node:
    branches: list[tuple[Node, Node]] = []
    for condition, result in node.branches:
        if condition == FALSE:
            continue
        if condition == TRUE:
            return Case(tuple(branches), result) if branches else result
        branches.append((condition, result))
    if not branches and node.default is not None:
        return node.default
    return Case(tuple(branches), node.default) if branches else node


def _literal(value: bool) -> Node:
    return TRUE if value else FALSE


_FOLDS: dict[type[Node], Callable[[Any], Node]] = {
    And: lambda node: both(node.parts),
    Or: lambda node: either(node.parts),
    Not: lambda node: negated(node.part),
    Compare: _compare,
    In: _options,
    Distinct: _distinct,
    Coalesce: _coalesce,
    Arithmetic: _arithmetic,
    Case: _case,
    IsNull: lambda node: FALSE if isinstance(node.value, Literal_) else node,
}
