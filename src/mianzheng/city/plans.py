"""Plans: people and bodies planted so that each item has someone to be granted, refused, left undecided.

1. Each example of an item becomes somebody: what it gives, moved from the example's day to today.
2. Of the first granted example, each fact once has no value, and each register once has no row: what then
   is unknown, or must be false.
The natural population around them decides nothing; it only hides them, as it should.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, zip_longest

import msgspec

from mianzheng.city.calendar import same_distance
from mianzheng.city.rows import Facts
from mianzheng.model.facts import Fact, FactCatalogue, Type
from mianzheng.model.item import Example, Item
from mianzheng.model.scalar import Scalar, Wire, from_wire

_BIRTH = ("hukou", "birth_date")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody's rows must hold: `rows` of a register replace its own ones, `given` is laid over its one row."""

    item: str
    name: str
    kind: str  # person, enterprise
    given: dict[str, Facts]
    rows: dict[str, tuple[Facts, ...]]
    absent: frozenset[str]

    @property
    def birth(self) -> date | None:
        """The day of birth the plan asks for."""
        value = self.given.get(_BIRTH[0], {}).get(_BIRTH[1])
        return value if isinstance(value, date) else None


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
    role = next(iter(item.roles))
    given: dict[str, Facts] = {}
    for name, wire in example.given.items():
        who, register, fact = name.split(".")
        if who == role:
            value = _moved(facts.registers[register].facts[fact], fact, wire, example.as_of, today)
            given.setdefault(register, {})[fact] = value
    rows: dict[str, tuple[Facts, ...]] = {}
    for name, listed in example.rows.items():
        who, register = name.split(".")
        if who == role:
            known = facts.registers[register].facts
            rows[register] = tuple(
                {fact: _moved(known[fact], fact, wire, example.as_of, today) for fact, wire in row.items()}
                for row in listed
            )
    absent = frozenset(name.split(".")[1] for name in example.absent if name.split(".")[0] == role)
    kind = item.roles[role].kind
    return Plan(item=item.item, name=example.name.en, kind=kind, given=given, rows=rows, absent=absent)


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
    for register in sorted({*plan.given, *plan.rows}):
        yield _without_row(plan, register)
        named = {name for row in (plan.given.get(register, {}), *plan.rows.get(register, ())) for name in row}
        for name in sorted(named):
            if (register, name) != _BIRTH and not facts.registers[register].facts[name].identifier:
                yield _without_value(plan, register, name)


def _without_row(plan: Plan, register: str) -> Plan:
    return msgspec.structs.replace(
        plan,
        name=f"{plan.name}, without a row in {register}",
        rows={name: rows for name, rows in plan.rows.items() if name != register},
        absent=plan.absent | {register},
    )


def _without_value(plan: Plan, register: str, fact: str) -> Plan:
    given, rows = dict(plan.given), dict(plan.rows)
    if fact in given.get(register, {}):
        given[register] = {**given[register], fact: None}
    if register in rows:
        rows[register] = tuple({**row, fact: None} if fact in row else row for row in rows[register])
    return msgspec.structs.replace(plan, name=f"{plan.name}, {register}.{fact} not known", given=given, rows=rows)
