"""What the links of a register must hold: names, columns and rules that lead from its rows to others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.yaml import Path
from mianzheng.model.facts import Link, Register, Type

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*\Z")


def check_links(register: Register, found: Findings) -> None:
    """Add every fault of a register's links that their shape does not show; their rules are checked with the others."""
    for name, link in register.links.items():
        path = ("links", name)
        if not _IDENTIFIER.match(name):
            found.at_key(path, "name", f"{name} cannot stand in a rule", "small letters, digits and _")
        if name in register.facts:
            found.at_key(path, "link-name", f"{name} is a fact too", "a rule would not know which is meant")
        if link.most < 1:
            found.at((*path, "most"), "not-positive", "a link leads to one at least, or to none", "most: 1")
        _check_columns(link, path, register, found)
        _check_kind(link, path, register, found)


def check_one_relation(registers: Iterable[tuple[Register, Findings]]) -> None:
    """Add a fault at each link with `kind` but the first of a catalogue: `relation(a, b)` is asked of one register."""
    first = ""
    for register, found in registers:
        for name, link in register.links.items():
            here = f"{register.register}.{name}"
            if link.kind and first:
                message = f"{first} says already how two people are related"
                found.at(("links", name, "kind"), "relation-twice", message, "leave `kind` out here")
            first = first or (here if link.kind else "")


def _check_columns(link: Link, path: Path, register: Register, found: Findings) -> None:
    key, name = link.key.column, link.name
    if not key.strip():
        found.at(
            (*path, "key", "column"),
            "empty-text",
            "the key column has no name",
            "name the column that holds the other's number",
        )
    if key == register.source.key.column:
        message = f"{key} holds the subject's own number"
        found.at((*path, "key", "column"), "link-column", message, "name the column that holds the other's")
    if name and name in (key, register.source.key.column):
        found.at((*path, "name"), "link-column", f"{name} holds a number, not a name", "name the column of the name")
    for fact, column in register.source.columns.items():
        known = register.facts.get(fact)
        if known is not None and column.column in (key, name) and not known.identifier:
            field = ("key", "column") if column.column == key else ("name",)
            message = f"{column.column} is the column of {fact} too, which a rule may compare"
            found.at((*path, *field), "link-column", message, f"mark {fact} as identifier: true, or leave it out")


def _check_kind(link: Link, path: Path, register: Register, found: Findings) -> None:
    if not link.kind:
        return
    fact = register.facts.get(link.kind)
    if fact is None:
        hint = did_you_mean(link.kind, register.facts)
        found.at((*path, "kind"), "unknown-fact", f"{register.register} has no fact {link.kind}", hint)
    elif fact.type is not Type.ENUM or fact.derive is not None:
        found.at((*path, "kind"), "link-kind", f"{link.kind} is no enum read from a column", "name the one that is")
    if register.key != "person" or link.to != "person":
        found.at((*path, "kind"), "link-kind", "a relation is between two people", "leave `kind` out")
