"""Which facts of the registers something reads: items, links, what else a register's own rules rest on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mianzheng.catalogue.tree import PRESENCE
from mianzheng.catalogue.world import behind
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Item
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Fact, Relation
from mianzheng.rules.faults import Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.tree import walk

Place = tuple[str, str]  # (register, fact)


def facts_in_use(items: Iterable[CompiledItem], facts: FactCatalogue) -> frozenset[Place]:
    """Return the facts that items name, those they follow from, and those that links and visibility rest on."""
    named: set[Place] = set()
    for one in items:
        named.update(named_by(one.item, facts))
    for name, register in facts.registers.items():
        named.update(_own(name, register))
    return frozenset(
        (name, fact)
        for name, register in facts.registers.items()
        for fact in behind([fact for of, fact in named if of == name], register)
    )


def kept_for_presence(root: Path, facts: FactCatalogue) -> frozenset[Place]:
    """Return the facts that a department's `presence.yaml` names: what its authority asks who brings no key."""
    words = {
        path.parent.name: set(re.findall(r"[a-z_][a-z0-9_]*", path.read_text(encoding="utf-8")))
        for path in root.glob(f"*/{PRESENCE}")
    }
    return frozenset(
        (name, fact)
        for name, register in facts.registers.items()
        for fact in register.facts
        if {name, fact} <= words.get(register.department, set())
    )


def named_by(item: Item, facts: FactCatalogue) -> Iterator[Place]:
    """Yield the facts that the rules of an item name, in their order and as often as they stand there."""
    for rule in _rules(item):
        for node in walk(parse_rule(rule, Where(item.item, 1, 1)).node):
            if isinstance(node, Fact):
                yield node.register, node.name
            elif isinstance(node, Relation):
                yield from ((name, link.kind) for name, one in facts.registers.items() for link in one.links.values())


def _rules(item: Item) -> Iterator[str]:
    yield from (condition.rule for condition in item.conditions)
    yield from item.outcome.claims.values()
    yield from (need.fact for need in item.needs.values())
    if item.outcome.pay is not None:
        yield item.outcome.pay.amount


def _own(name: str, register: Register) -> Iterator[Place]:
    """Yield what a register's visibility and the rows that its links follow rest on."""
    rules = [register.source.visible_when, *(link.where for link in register.links.values())]
    for rule in rules:
        if rule:
            found = walk(parse_rule(rule, Where(name, 1, 1), within=name).node)
            yield from ((name, node.name) for node in found if isinstance(node, Fact))
