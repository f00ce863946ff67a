"""Plans: people, bodies and homes planted so that each item has someone to be granted, refused, left undecided.

1. Each example of an item becomes somebody: what it gives, moved from the example's day to today, and everyone it
   speaks of beside them, linked as the item's roles say.
2. Of the first granted example, each fact once has no value, and each register once has no row: what then
   is unknown, or must be false.
The natural population around them decides nothing; it only hides them, as it should.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain, zip_longest
from typing import Literal

import msgspec

from mianzheng.city.calendar import same_distance
from mianzheng.city.leading import Leading, Led, leading_of
from mianzheng.city.rows import Facts, link_columns
from mianzheng.model.facts import Fact, FactCatalogue, Register, Type
from mianzheng.model.item import Example, Item, Role
from mianzheng.model.scalar import Scalar, Wire, from_wire

_BIRTH = ("hukou", "birth_date")
FAMILY = ("household", "kinship")  # follow from who was planted beside whom


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one subject's rows must hold: `rows` of a register replace its own, `given` is laid over its one row."""

    role: str
    kind: Literal["person", "enterprise", "property"]
    given: dict[str, Facts] = {}
    rows: dict[str, tuple[Facts, ...]] = {}
    leads: dict[str, tuple[tuple[Led, ...], ...]] = {}  # register -> whom each of `rows` leads to
    given_leads: dict[str, tuple[Led, ...]] = {}  # register -> whom the row of `given` leads to
    leading: Leading | None = None  # the row that must lead to this one, where nobody makes it so
    absent: frozenset[str] = frozenset()
    link: str = ""  # `applicant.kinship.children`: from whom and how this one is reached; "" for the acting one
    deceased: bool = False

    @property
    def birth(self) -> date | None:
        """The day of birth the plan asks for."""
        value = self.given.get(_BIRTH[0], {}).get(_BIRTH[1])
        return value if isinstance(value, date) else None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One example's people: the acting one first, then those reached from somebody before them."""

    item: str
    name: str
    parts: tuple[Part, ...]

    @property
    def kind(self) -> str:
        """The kind of the acting one."""
        return self.parts[0].kind

    @property
    def living(self) -> int:
        """How many residents the plan needs."""
        return sum(1 for part in self.parts if part.kind == "person" and not part.deceased)


def together(first: Part, second: Part) -> Part:
    """Return one part of two that speak of the same one."""
    given = {
        name: {**first.given.get(name, {}), **second.given.get(name, {})} for name in (*first.given, *second.given)
    }
    return msgspec.structs.replace(
        first,
        given=given,
        rows={**first.rows, **second.rows},
        leads={**first.leads, **second.leads},
        given_leads={**first.given_leads, **second.given_leads},
        absent=first.absent | second.absent,
    )


def plans_of(items: Iterable[Item], facts: FactCatalogue, today: date) -> tuple[Plan, ...]:
    """Return the plans of all items, one of each item in turn, so that a small city still has some of all."""
    of_items = [list(_plans(item, facts, today)) for item in items]
    return tuple(plan for plan in chain.from_iterable(zip_longest(*of_items)) if plan is not None)


def _plans(item: Item, facts: FactCatalogue, today: date) -> Iterator[Plan]:
    made = [(example, _plan(item, example, facts, today)) for example in item.examples]
    granted = next((plan for example, plan in made if example.expect == "granted"), None)
    # The two ends first: whoever has room for two has a granted and a refused one.
    order = {"granted": 0, "refused": 1, "undecided": 2}
    firsts = {expect: next((plan for example, plan in made if example.expect == expect), None) for expect in order}
    yield from (plan for plan in firsts.values() if plan is not None)
    gaps = list(_gaps(granted, facts)) if granted is not None else []
    rest = [plan for _, plan in made if plan not in firsts.values()]
    for pair in zip_longest(gaps, rest):
        yield from (plan for plan in pair if plan is not None)


def _plan(item: Item, example: Example, facts: FactCatalogue, today: date) -> Plan:
    parts: list[Part] = []
    known: Mapping[str, Role] = item.roles
    for name, role in known.items():
        source = "" if not role.link else role.link_path[0]
        if source and not any(part.role == source for part in parts):
            continue  # reached from a role of which the example has nobody
        for spoken in _spoken(name, role, example):
            parts.append(_part(spoken, role, example, facts, today))
    return Plan(item=item.item, name=example.name.en, parts=tuple(parts))


def _spoken(name: str, role: Role, example: Example) -> list[str]:
    """Return under which names an example speaks of the people of a role; none whom the link does not reach."""
    said = example.people.get(name)
    if isinstance(said, str):
        return []
    if not role.many:
        named = any(text.startswith(f"{name}.") for text in _names(example))
        return [name] if not role.optional or named or said or _speaks_of_link(role, example) else []
    numbered = [text.partition(".")[0] for text in _names(example) if text.startswith(f"{name}#")]
    most = max((int(text.partition("#")[2]) for text in numbered), default=said or 0)
    return [f"{name}#{number}" for number in range(1, most + 1)]


def _names(example: Example) -> tuple[str, ...]:
    return (*example.given, *example.rows, *example.absent, *example.unavailable)


def _speaks_of_link(role: Role, example: Example) -> bool:
    source, register, _ = role.link_path
    return any(text.split(".")[:2] == [source, register] for text in (*example.given, *example.rows))


def _part(spoken: str, role: Role, example: Example, facts: FactCatalogue, today: date) -> Part:
    given: dict[str, Facts] = {}
    given_leads: dict[str, tuple[Led, ...]] = {}
    for text, wire in example.given.items():
        who, register, fact = text.split(".")
        if who == spoken and fact in facts.registers[register].links:
            given.setdefault(register, {})
            given_leads[register] = (*given_leads.get(register, ()), *_led(facts.registers[register], {fact: wire}))
        elif who == spoken:
            value = _moved(facts.registers[register].facts[fact], fact, wire, example.as_of, today)
            given.setdefault(register, {})[fact] = value
    rows: dict[str, tuple[Facts, ...]] = {}
    leads: dict[str, tuple[tuple[Led, ...], ...]] = {}
    for text, listed in example.rows.items():
        who, register = text.split(".")
        if who == spoken:
            known = facts.registers[register].facts
            rows[register] = tuple(
                {
                    fact: _moved(known[fact], fact, wire, example.as_of, today)
                    for fact, wire in row.items()
                    if fact in known
                }
                for row in listed
            )
            leads[register] = tuple(_led(facts.registers[register], row) for row in listed)
    absent = frozenset(text.split(".")[1] for text in example.absent if text.split(".")[0] == spoken)
    link = role.link.removeprefix("one of ").strip()
    path = role.link_path if role.link else None
    return Part(
        role=spoken,
        kind=role.kind,
        given=given,
        rows=rows,
        leads=leads,
        given_leads=given_leads,
        leading=None if path is None else leading_of(path, facts.registers[path[1]], spoken),
        absent=absent,
        link=link,
        deceased=role.deceased,
    )


def _led(register: Register, row: Mapping[str, Wire | None]) -> tuple[Led, ...]:
    fields = link_columns(register)
    return tuple(Led(*fields[name], str(wire), register.links[name].to) for name, wire in row.items() if name in fields)


def _moved(fact: Fact, name: str, wire: Wire | None, as_of: date, today: date) -> Scalar | None:
    """Return a given value as it must be for a case of today: dates and years keep their distance."""
    if wire is None:
        return None
    value = from_wire(fact.type, wire)
    if isinstance(value, date):
        return same_distance(value, origin=as_of, target=today)
    if fact.type is Type.INTEGER and name.endswith("_year") and isinstance(value, int) and value > 1900:
        return value + today.year - as_of.year
    return value


def _gaps(plan: Plan, facts: FactCatalogue) -> Iterator[Plan]:
    for place, part in enumerate(plan.parts):
        for changed, what in _part_gaps(part, facts):
            parts = (*plan.parts[:place], changed, *plan.parts[place + 1 :])
            yield msgspec.structs.replace(plan, name=f"{plan.name}, {what}", parts=parts)


def _part_gaps(part: Part, facts: FactCatalogue) -> Iterator[tuple[Part, str]]:
    for register in sorted({*part.given, *part.rows}):
        if register in FAMILY:
            continue
        yield _without_row(part, register), f"without a row of {part.role} in {register}"
        named = {name for row in (part.given.get(register, {}), *part.rows.get(register, ())) for name in row}
        for name in sorted(named):
            if (register, name) != _BIRTH and not facts.registers[register].facts[name].identifier:
                yield _without_value(part, register, name), f"{part.role}.{register}.{name} not known"


def _without_row(part: Part, register: str) -> Part:
    rows = {name: rows for name, rows in part.rows.items() if name != register}
    return msgspec.structs.replace(part, rows=rows, absent=part.absent | {register})


def _without_value(part: Part, register: str, fact: str) -> Part:
    given, rows = dict(part.given), dict(part.rows)
    if fact in given.get(register, {}):
        given[register] = {**given[register], fact: None}
    if register in rows:
        rows[register] = tuple({**row, fact: None} if fact in row else row for row in rows[register])
    return msgspec.structs.replace(part, given=given, rows=rows)
