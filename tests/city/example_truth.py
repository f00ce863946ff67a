"""The smallest truth in which an example holds: its people under numbers, their rows, and the rows that link them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from mianzheng.city.rows import link_columns
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Example, Item
from mianzheng.model.scalar import from_wire
from mianzheng.rules import expression as tree
from mianzheng.rules.parse import Where, parse_rule
from mianzheng.rules.tree import walk

Rows = dict[tuple[str, str], list[dict[str, Any]]]  # (number, register) -> rows of facts and links
APPLICANT, ANOTHER = "1", "999"


def insert_example(connection: duckdb.DuckDBPyConnection, item: Item, example: Example, facts: FactCatalogue) -> None:
    """Insert the example's people and rows into an empty truth."""
    connection.execute("INSERT INTO _people VALUES (?, 'x', ?)", [APPLICANT, item.roles[item.acting_role].kind])
    for (number, register), rows in truth_of(item, example, facts).items():
        for row in rows:
            columns = "".join(f', "{name}"' for name in row)
            marks = ", ?" * len(row)
            connection.execute(
                f'INSERT INTO "{register}" (subject{columns}) VALUES (?{marks})', [number, *row.values()]
            )


def truth_of(item: Item, example: Example, facts: FactCatalogue) -> Rows:
    """Return the rows of everybody whom the example speaks of."""
    numbers = numbers_of(item, example)
    rows: Rows = {}
    for text, wire in example.given.items():
        label, register, fact = text.split(".")
        row = rows.setdefault((numbers[label], register), [{}])[0]
        row |= typed(facts.registers[register], {fact: wire}, numbers)
    for text, listed in example.rows.items():
        label, register = text.split(".")
        rows[numbers[label], register] = [typed(facts.registers[register], row, numbers) for row in listed]
    for name, role in item.roles.items():
        if role.link:
            source, register, link = role.link_path
            for label in reached(name, item, example):
                lead(rows, numbers[source], facts.registers[register], link, numbers[label])
    return rows


def numbers_of(item: Item, example: Example) -> dict[str, str]:
    """Return a number for each label of the example's people."""
    labels = [label for name, role in item.roles.items() if role.link for label in reached(name, item, example)]
    return {item.acting_role: APPLICANT, **{label: str(place) for place, label in enumerate(labels, 2)}}


def reached(name: str, item: Item, example: Example) -> list[str]:
    """Return the labels of those whom a role's link reaches in the example."""
    said, role = example.people.get(name), item.roles[name]
    if isinstance(said, str):
        return []
    named = {text.partition(".")[0] for text in (*example.given, *example.rows, *example.absent)}
    if not role.many:
        return [name] if said or name in named else []
    most = max((int(text.partition("#")[2]) for text in named if text.startswith(f"{name}#")), default=said or 0)
    return [f"{name}#{number}" for number in range(1, most + 1)]


def typed(register: Register, row: dict[str, Any], numbers: dict[str, str]) -> dict[str, Any]:
    """Return a row in types, roles its links lead to as numbers."""
    found: dict[str, Any] = {}
    for name, wire in row.items():
        if name in register.links:
            found |= led(register, name, numbers.get(str(wire), ANOTHER))
        else:
            found[name] = None if wire is None else from_wire(register.facts[name].type, wire)
    return found


def led(register: Register, link: str, number: str) -> dict[str, str]:
    """Return the number under each link that shares the column."""
    fields = link_columns(register)
    return {name: number for name, (field, _) in fields.items() if field == fields[link][0]}


def lead(rows: Rows, source: str, register: Register, link: str, number: str) -> None:
    """Add that a row leads there, unless one does."""
    own = rows.setdefault((source, register.register), [])
    if any(row.get(link) == number for row in own):
        return
    wanted = dict(facts_of(register, link)) | led(register, link, number)
    if register.rows == "one" and own:
        own[0] = wanted | own[0]
    else:
        own.append(wanted)


def facts_of(register: Register, link: str) -> Iterator[tuple[str, Any]]:
    """Yield facts of which the link's rule is true: it joins comparisons by `and`."""
    text = register.links[link].where
    node = parse_rule(text, Where(link, 1, 1), within=register.register).node if text else tree.And(())
    for part in walk(node):
        if isinstance(part, tree.Compare) and isinstance(part.left, tree.Fact):
            assert isinstance(part.right, tree.Literal_)
            yield part.left.name, part.right.value
        elif isinstance(part, tree.In) and isinstance(part.value, tree.Fact):
            assert isinstance(part.options[0], tree.Literal_)
            yield part.value.name, part.options[0].value
