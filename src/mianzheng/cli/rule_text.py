"""An expression tree written as the text of a rule again, for people to read.

A residual's answers are written `[question of role]`, cutoffs `cutoff(80 years)`; all the rest is
the language of `docs/rules.md`, so that a question can be compared with the condition it came from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mianzheng.model.scalar import to_wire
from mianzheng.rules import expression as e


def rule_text(node: e.Node) -> str:
    """Return the text of a tree; brackets only where they are needed."""
    return _WRITERS[type(node)](node)


def _inner(node: e.Node) -> str:
    text = rule_text(node)
    return f"({text})" if isinstance(node, (e.And, e.Or, e.Not, e.Case, e.Arithmetic)) else text


def _literal(node: e.Literal_) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    text = str(to_wire(node.value))
    if node.type.value in ("integer", "decimal"):
        return text
    quoted = "'" + text.replace("'", "''") + "'"
    return f"date {quoted}" if node.type.value == "date" else quoted


def _fact(node: e.Fact) -> str:
    return f"{node.role}.{node.register}.{node.name}" if node.role else node.name


def _shift(node: e.Shift) -> str:
    return f"today {'+' if node.sign > 0 else '-'} {_inner(node.amount)} {node.unit}"


def _not(node: e.Not) -> str:
    part = node.part
    if isinstance(part, e.IsNull):
        return f"{_inner(part.value)} is not null"
    if isinstance(part, e.Distinct):
        return f"{_inner(part.left)} is not distinct from {_inner(part.right)}"
    if isinstance(part, e.In):
        return f"{_inner(part.value)} not in ({_list(part.options)})"
    if isinstance(part, e.Compare) and part.op == "=":
        return f"{_inner(part.left)} <> {_inner(part.right)}"
    return f"not {_inner(part)}" if isinstance(part, e.Asked | e.Fact) else f"not ({rule_text(part)})"


def _case(node: e.Case) -> str:
    branches = " ".join(f"when {rule_text(when)} then {rule_text(then)}" for when, then in node.branches)
    default = f" else {rule_text(node.default)}" if node.default is not None else ""
    return f"case {branches}{default} end"


def _aggregate(node: e.Aggregate) -> str:
    of = ".".join(part for part in (node.role, node.register, node.value.name if node.value else "") if part)
    return f"{node.how}({of}, {rule_text(node.where)})" if node.where is not None else f"{node.how}({of})"


def _over_role(node: e.OverRole) -> str:
    return f"{node.how}({node.role}, {rule_text(node.body)})" if node.body is not None else f"{node.how}({node.role})"


def _linked(node: e.Linked) -> str:
    text = f"{'one of ' if node.chosen else ''}{node.register}.{node.link}"
    return f"{text} where {rule_text(node.where)}" if node.where is not None else text


def _list(parts: tuple[e.Node, ...]) -> str:
    return ", ".join(rule_text(part) for part in parts)


_WRITERS: dict[type[e.Node], Callable[[Any], str]] = {
    e.Literal_: _literal,
    e.Fact: _fact,
    e.Form: lambda node: f"form.{node.name}",
    e.Param: lambda node: f"params.{node.name}",
    e.Finding: lambda node: f"finding.{node.name}",
    e.Today: lambda node: "today",
    e.Shift: _shift,
    e.Cutoff: lambda node: f"cutoff({rule_text(node.amount)} {node.unit})",
    e.Elapsed: lambda node: f"{node.unit}_since({rule_text(node.value)})",
    e.Compare: lambda node: f"{_inner(node.left)} {node.op} {_inner(node.right)}",
    e.In: lambda node: f"{_inner(node.value)} in ({_list(node.options)})",
    e.IsNull: lambda node: f"{_inner(node.value)} is null",
    e.Distinct: lambda node: f"{_inner(node.left)} is distinct from {_inner(node.right)}",
    e.And: lambda node: " and ".join(_inner(part) for part in node.parts),
    e.Or: lambda node: " or ".join(_inner(part) for part in node.parts),
    e.Not: _not,
    e.Case: _case,
    e.Arithmetic: lambda node: f"{_inner(node.left)} {node.op} {_inner(node.right)}",
    e.Coalesce: lambda node: f"coalesce({_list(node.parts)})",
    e.Match: lambda node: f"{node.how}({rule_text(node.text)}, {rule_text(node.literal)})",
    e.Exists: lambda node: f"exists({'.'.join(part for part in (node.role, node.register) if part)})",
    e.Aggregate: _aggregate,
    e.OverRole: _over_role,
    e.Reaches: lambda node: f"{node.link} = {node.other or 'the other'}",
    e.Linked: _linked,
    e.Operand: lambda node: f"[sealed {node.question} of {node.role}]",
    e.Asked: lambda node: f"[{node.question} of {node.role}]",
}
