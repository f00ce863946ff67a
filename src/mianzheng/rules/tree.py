"""Walking and rebuilding expression trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mianzheng.rules.expression import (
    Aggregate,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Cutoff,
    Distinct,
    Elapsed,
    Exists,
    Fact,
    In,
    IsNull,
    Linked,
    Match,
    Node,
    Not,
    Or,
    OverRole,
    Reaches,
    Shift,
)

Change = Callable[[Node], Node]


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below, in order of writing."""
    getter = _CHILDREN.get(type(node))
    return () if getter is None else getter(node)


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def rebuild(node: Node, change: Change) -> Node:
    """Return the node with `change` applied to each node directly below it."""
    builder = _BUILDERS.get(type(node))
    return node if builder is None else builder(node, change)


def with_role(node: Node, role: str) -> Node:
    """Return the tree with every fact given this role; facts inside sets keep none."""
    if isinstance(node, Fact):
        return Fact(role, node.register, node.name)
    if isinstance(node, Aggregate):
        return Aggregate(node.how, role, node.register, node.value, node.where)
    if isinstance(node, Exists):
        return Exists(role, node.register)
    if isinstance(node, Reaches):
        return Reaches(role, node.register, node.link, node.other)
    return rebuild(node, lambda child: with_role(child, role))


def _case_children(node: Case) -> tuple[Node, ...]:
    parts = [part for branch in node.branches for part in branch]
    return tuple(parts) if node.default is None else (*parts, node.default)


# One look-up by type: this runs some hundred times for each item that is compiled.
_CHILDREN: dict[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    And: lambda node: node.parts,
    Or: lambda node: node.parts,
    Coalesce: lambda node: node.parts,
    Compare: lambda node: (node.left, node.right),
    Distinct: lambda node: (node.left, node.right),
    Arithmetic: lambda node: (node.left, node.right),
    Not: lambda node: (node.part,),
    IsNull: lambda node: (node.value,),
    Elapsed: lambda node: (node.value,),
    In: lambda node: (node.value, *node.options),
    Match: lambda node: (node.text, node.literal),
    Shift: lambda node: (node.amount,),
    Cutoff: lambda node: (node.amount,),
    Case: _case_children,
    Aggregate: lambda node: tuple(part for part in (node.value, node.where) if part is not None),
    OverRole: lambda node: () if node.body is None else (node.body,),
    Linked: lambda node: () if node.where is None else (node.where,),
}


def _case(node: Case, change: Change) -> Node:
    branches = tuple((change(condition), change(result)) for condition, result in node.branches)
    return Case(branches, None if node.default is None else change(node.default))


def _aggregate(node: Aggregate, change: Change) -> Node:
    value = None if node.value is None else change(node.value)
    where = None if node.where is None else change(node.where)
    if value is not None and not isinstance(value, Fact):
        raise TypeError(f"a set is taken over a plain fact, not {value!r}")
    return Aggregate(node.how, node.role, node.register, value, where)


def _linked(node: Linked, change: Change) -> Node:
    where = None if node.where is None else change(node.where)
    return Linked(node.role, node.register, node.link, node.to, node.most, node.chosen, where)


_BUILDERS: dict[type[Node], Callable[..., Node]] = {
    And: lambda node, change: And(tuple(change(part) for part in node.parts)),
    Or: lambda node, change: Or(tuple(change(part) for part in node.parts)),
    Coalesce: lambda node, change: Coalesce(tuple(change(part) for part in node.parts)),
    Compare: lambda node, change: Compare(node.op, change(node.left), change(node.right)),
    Distinct: lambda node, change: Distinct(change(node.left), change(node.right)),
    Arithmetic: lambda node, change: Arithmetic(node.op, change(node.left), change(node.right)),
    Not: lambda node, change: Not(change(node.part)),
    IsNull: lambda node, change: IsNull(change(node.value)),
    Elapsed: lambda node, change: Elapsed(change(node.value), node.unit),
    In: lambda node, change: In(change(node.value), tuple(change(option) for option in node.options)),
    Match: lambda node, change: Match(node.how, change(node.text), change(node.literal)),
    Shift: lambda node, change: Shift(change(node.amount), node.unit, node.sign),
    Cutoff: lambda node, change: Cutoff(change(node.amount), node.unit),
    OverRole: lambda node, change: OverRole(node.how, node.role, None if node.body is None else change(node.body)),
    Case: _case,
    Aggregate: _aggregate,
    Linked: _linked,
}
