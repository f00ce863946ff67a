"""A question's id is its meaning: equal form, equal id, on hub and gateway alike (design/rules.md, Approval, ids).

It digests the canonical expression (typed, operands of `and`, `or`, `=`, `+`, `*` and lists sorted), the
register with its absence class and the declared values of the facts used, the scope, and the names and
rules of parameters: `cutoff(80, years)`, `params.line`. Not their values, and not the role; of a second
subject and of a sealed operand that they are there, not whose they are. A link's id digests its rule, whom it
leads to, how many at most, and whether one is chosen.
Logical equivalence is not attempted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from mianzheng.model.canonical import canonical
from mianzheng.model.facts import Absence, Register
from mianzheng.model.scalar import to_wire
from mianzheng.rules.expression import (
    MIRROR,
    Aggregate,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Cutoff,
    Distinct,
    Exists,
    Fact,
    Form,
    In,
    IsNull,
    Linked,
    Literal_,
    Match,
    Node,
    Not,
    Operand,
    Or,
    Param,
    Reaches,
    Shift,
    Today,
)
from mianzheng.rules.tree import rebuild, walk

_EDITION = 1  # of the encoding; a change of meaning would change every id


def question_id(expression: Node, register: Register, *, scope: str, kind: str) -> str:
    """Return the id of a question whose expression is in canonical order: "q" and 26 of base32.

    `scope` counts only where absence is an answer for the city alone.
    """
    used = sorted({node.name for node in walk(expression) if isinstance(node, Fact)})
    declared = [[name, register.facts[name].type.value, register.facts[name].when_absent] for name in used]
    scope = scope if register.absence is Absence.CLOSED_HERE else ""
    meaning = [_EDITION, kind, register.register, register.absence.value, register.rows, scope, declared]
    digest = hashlib.sha256(canonical([*meaning, encode(expression)])).digest()
    return "q" + base64.b32encode(digest[:20]).decode("ascii").lower()[:26]


def ordered(node: Node) -> Node:
    """Return a normal tree as questions hold it: without role, exchangeable operands in one order and once."""
    node = rebuild(node, ordered)
    finish = _ORDERED.get(type(node))
    return node if finish is None else finish(node)


def encode(node: Node) -> str:
    """Return the typed text of a tree; different trees have different texts."""
    return _ENCODERS[type(node)](node)


def _joined(node: And | Or) -> Node:
    parts = tuple(sorted(dict.fromkeys(node.parts), key=encode))
    return parts[0] if len(parts) == 1 else type(node)(parts)


def _compare(node: Compare) -> Node:
    """Facts come before fixed values; of two facts, the smaller text comes first."""
    if isinstance(node.left, (Fact, Aggregate)) and not _has_facts(node.right):
        return node
    left, right = ((not _has_facts(side), encode(side)) for side in (node.left, node.right))
    return Compare(MIRROR[node.op], node.right, node.left) if right < left else node


def _arithmetic(node: Arithmetic) -> Node:
    if node.op == "-":
        return node
    return Arithmetic(node.op, *sorted((node.left, node.right), key=encode))


_ORDERED: dict[type[Node], Callable[[Any], Node]] = {
    And: _joined,
    Or: _joined,
    Compare: _compare,
    Arithmetic: _arithmetic,
    In: lambda node: In(node.value, tuple(sorted(node.options, key=encode))),
    Distinct: lambda node: Distinct(*sorted((node.left, node.right), key=encode)),
    Fact: lambda node: Fact("", node.register, node.name),
    Exists: lambda node: Exists("", node.register),
    Aggregate: lambda node: Aggregate(node.how, "", node.register, node.value, node.where),
    Reaches: lambda node: Reaches("", node.register, node.link, ""),
    Linked: lambda node: Linked("", node.register, node.link, node.to, node.most, node.chosen, node.where),
}


def _has_facts(node: Node) -> bool:
    return any(isinstance(part, (Fact, Aggregate, Exists, Reaches)) for part in walk(node))


def _call(name: str, *parts: Node | str | None) -> str:
    texts = ["-" if part is None else part if isinstance(part, str) else encode(part) for part in parts]
    return f"({' '.join([name, *texts])})"


def _literal(node: Literal_) -> str:
    return f"{node.type.value}:{msgspec.json.encode(to_wire(node.value)).decode()}"


_ENCODERS: dict[type[Node], Callable[[Any], str]] = {
    Literal_: _literal,
    Fact: lambda node: f"{node.register}.{node.name}",
    Form: lambda node: f"form.{node.name}",
    Param: lambda node: f"params.{node.name}",
    Today: lambda node: "today",
    Shift: lambda node: _call("shift", node.amount, node.unit, "+" if node.sign > 0 else "-"),
    Cutoff: lambda node: _call("cutoff", node.amount, node.unit),
    Compare: lambda node: _call(node.op, node.left, node.right),
    In: lambda node: _call("in", node.value, *node.options),
    IsNull: lambda node: _call("null", node.value),
    Distinct: lambda node: _call("distinct", node.left, node.right),
    And: lambda node: _call("and", *node.parts),
    Or: lambda node: _call("or", *node.parts),
    Not: lambda node: _call("not", node.part),
    Case: lambda node: _call("case", *[part for branch in node.branches for part in branch], "else", node.default),
    Arithmetic: lambda node: _call(node.op, node.left, node.right),
    Coalesce: lambda node: _call("coalesce", *node.parts),
    Match: lambda node: _call(node.how, node.text, node.literal),
    Exists: lambda node: f"(exists {node.register})",
    Aggregate: lambda node: _call(node.how, node.register, node.value, node.where),
    Reaches: lambda node: f"(reaches {node.register}.{node.link})",
    Linked: lambda node: _call(
        "linked", f"{node.register}.{node.link}", node.to, str(node.most), "one" if node.chosen else "all", node.where
    ),
    Operand: lambda node: f"(operand {node.question})",
}
