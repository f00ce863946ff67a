"""The oracle beside the packs: what DuckDB says of each example must be what the example's author expects.

The examples of an item become one truth, in memory: a row for each register they give, subjects called as their roles.
One that needs a register which does not answer is left out, as the truth has no outage; so is one that says how many
people a link reaches and gives no row that leads to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from mianzheng.city.engines.columns import quoted
from mianzheng.city.rulebook import Rulebook
from mianzheng.city.truth import create_tables
from mianzheng.conformance.compare import Difference
from mianzheng.conformance.driven import Given
from mianzheng.conformance.truth import Asking, in_force
from mianzheng.conformance.wanted import Wanted
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Example, Item, Role, base_of
from mianzheng.model.scalar import Scalar, Wire, from_wire


def check_examples(rules: Rulebook, items: Iterable[Item]) -> tuple[Difference, ...]:
    """Return every example of which the oracle says something else than its author."""
    found: list[Difference] = []
    with duckdb.connect(config={"threads": 1}) as connection:
        create_tables(connection, rules.facts.registers.values())
        for item in items:
            examples = [one for one in item.examples if _is_a_truth(rules.facts, item, one)]
            for example, wanted in zip(examples, told(connection, rules, item, examples), strict=True):
                what = _differs(wanted, example)
                if what:
                    name = example.name.en
                    found.append(Difference(case="", item=item.item, resident=name, what=f"the example: {what}"))
    return tuple(found)


def _is_a_truth(facts: FactCatalogue, item: Item, example: Example) -> bool:
    """Tell whether an example can stand in tables: every register answers, and rows say whom each link reaches."""
    spoken = {base_of(text.partition(".")[0]) for text in (*example.given, *example.rows, *example.absent)}
    return not example.unavailable and not any(
        role.link and (name in spoken or name in example.people) and not _leads(facts, role, example)
        for name, role in item.roles.items()
    )


def _leads(facts: FactCatalogue, role: Role, example: Example) -> bool:
    source, register, link = role.link_path
    links = facts.registers[register].links
    same = {name for name, one in links.items() if one.key.column == links[link].key.column}
    place = f"{source}.{register}"
    given = {text.removeprefix(f"{place}.") for text in example.given if text.startswith(f"{place}.")}
    return bool(same & {*given, *(name for row in example.rows.get(place, ()) for name in row)})


def told(
    connection: duckdb.DuckDBPyConnection, rules: Rulebook, item: Item, examples: Sequence[Example]
) -> list[Wanted | None]:
    """Return what the oracle says of each example over empty tables; None when its links reach nobody.

    All examples stand in one truth, each with people of its own; one query asks about all on whose days the same
    conditions are in force.
    """
    truth: dict[str, list[dict[str, Scalar | None]]] = {}
    cases: dict[tuple[str, ...], list[Given]] = {}
    for number, example in enumerate(examples):
        for (role, register), listed in _rows(example).items():
            truth.setdefault(register, []).extend(
                _typed(rules.facts.registers[register], number, role, row) for row in listed
            )
        who = _subject(number, item.acting_role)
        connection.execute("INSERT INTO _people VALUES (?, ?, ?)", [who, who, item.roles[item.acting_role].kind])
        given = Given(as_of=example.as_of, form=_given(example.form), findings=_given(example.findings), who=who)
        cases.setdefault(tuple(one.id for one in item.conditions if in_force(one, example.as_of)), []).append(given)
    for register, inserted in truth.items():
        _insert(connection, register, inserted)
    found: dict[str, Wanted] = {}
    for same in cases.values():
        for case, wanted in Asking(rules, item, same).people(connection, ""):
            if case.who not in found or _chooses_its_own(wanted, case.who):
                found[case.who] = wanted
    for name in ("_people", *truth):
        connection.execute(f"DELETE FROM {quoted(name)}")
    return [found.get(_subject(number, item.acting_role)) for number in range(len(examples))]


def _subject(number: int, role: str) -> str:
    """Return under which number someone of an example stands in the truth of all."""
    return f"{number}/{role}"


def _chooses_its_own(wanted: Wanted, who: str) -> bool:
    """Tell whether whoever is chosen is who stands in that role in the example, and no other that a row leads to."""
    number = who.partition("/")[0]
    return all(chosen == f"{number}/{role}" for role, chosen in wanted.choose.items())


def _differs(found: Wanted | None, example: Example) -> str:
    if found is None:
        return "the oracle finds nobody"
    if found.expect != example.expect:
        return f"{example.expect} is expected, the oracle says {found.expect}"
    if example.expect == "granted" and example.amount is not None and found.amount != example.amount:
        return f"{example.amount} yuan are expected, the oracle says {found.amount}"
    missing = set(example.reasons) - found.failing
    return f"the oracle does not refuse by {', '.join(sorted(missing))}" if missing else ""


def _given(stated: Mapping[str, Wire | None]) -> dict[str, Wire]:
    return {name: wire for name, wire in stated.items() if wire is not None}


def _rows(example: Example) -> dict[tuple[str, str], list[Mapping[str, Wire | None]]]:
    found: dict[tuple[str, str], list[Mapping[str, Wire | None]]] = {}
    single: dict[tuple[str, str], dict[str, Wire | None]] = {}
    for text, wire in example.given.items():
        role, register, fact = text.split(".")
        single.setdefault((role, register), {})[fact] = wire
    for at, row in single.items():
        found[at] = [row]
    for text, rows in example.rows.items():
        role, register = text.split(".")
        found[role, register] = list(rows)
    return found


def _typed(register: Register, number: int, role: str, row: Mapping[str, Wire | None]) -> dict[str, Scalar | None]:
    values: dict[str, Scalar | None] = {"subject": _subject(number, role)}
    for name, wire in row.items():
        if name in register.links:  # links of one column lead to the same one
            column = register.links[name].key.column
            same = [other for other, link in register.links.items() if link.key.column == column]
            values |= dict.fromkeys(same, None if wire is None else _subject(number, str(wire)))
        else:
            values[name] = None if wire is None else from_wire(register.facts[name].type, wire)
    return values


def _insert(connection: duckdb.DuckDBPyConnection, register: str, rows: Sequence[Mapping[str, Scalar | None]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    marks = ", ".join([f"({', '.join('?' * len(names))})"] * len(rows))
    values = [row.get(name) for row in rows for name in names]
    columns = ", ".join(map(quoted, names))
    connection.execute(f"INSERT INTO {quoted(register)} ({columns}) VALUES {marks}", values)
