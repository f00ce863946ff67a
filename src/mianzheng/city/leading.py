"""Where rows of a plan lead: the fields of a link, and what a row must hold so that its link leads anywhere at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from mianzheng.city.rows import Facts, link_columns
from mianzheng.model.facts import Link, Register
from mianzheng.model.scalar import Scalar
from mianzheng.rules import expression as tree
from mianzheng.rules.parse import Where, parse_rule

ANOTHER = "another"  # in an example: whom a row leads to is nobody of the case

# Registers whose generator makes the link true of whoever was planted beside whom; of all others the row is planted.
MADE_TRUE = frozenset({"enterprise", "household", "kinship", "marriage", "real_estate", "shareholding"})


class Led(NamedTuple):
    """Where a row leads: its fields for number and name ("": no name), and who that is, a role or `another`."""

    number: str
    name: str
    role: str
    to: Literal["person", "enterprise", "property"]


class Leading(msgspec.Struct, frozen=True, kw_only=True):
    """The row by which the one before leads to this one: its register, its fields, and the facts of the link's rule."""

    source: str
    register: str
    led: Led
    facts: Facts
    many: bool  # whether the register has many rows of one subject


def leading_of(path: tuple[str, str, str], register: Register, role: str) -> Leading | None:
    """Return the row that leads to `role` by the path source, register, link; None where a generator makes it so."""
    source, name, link = path
    if name in MADE_TRUE:
        return None
    number, named = link_columns(register)[link]
    declared = register.links[link]
    return Leading(
        source=source,
        register=name,
        led=Led(number, named, role, declared.to),
        facts=dict(_facts_of(register, link, declared)),
        many=register.rows == "many",
    )


def _facts_of(register: Register, name: str, link: Link) -> Iterator[tuple[str, Scalar | None]]:
    """Yield facts of which the link's rule is true, as far as it joins comparisons with literals by `and`."""
    if not link.where:
        return
    node = parse_rule(link.where, Where(name, 1, 1), within=register.register).node
    for part in node.parts if isinstance(node, tree.And) else (node,):
        if isinstance(part, tree.Compare) and part.op == "=":
            fact, other = part.left, part.right
        elif isinstance(part, tree.In):
            fact, other = part.value, part.options[0]
        else:
            continue
        if isinstance(fact, tree.Fact) and isinstance(other, tree.Literal_):
            yield fact.name, other.value
