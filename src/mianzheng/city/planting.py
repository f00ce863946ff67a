"""Planting: blocks of people, bodies and homes made to plan, and their rows bent to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import NamedTuple

from mianzheng.city.blocks import Block, Population
from mianzheng.city.calendar import add_years
from mianzheng.city.inhabitants import Household
from mianzheng.city.places import ORIGINS
from mianzheng.city.plans import FAMILY, Part, Plan
from mianzheng.city.relatives import Party, PlantedRow
from mianzheng.city.rows import Facts, Row
from mianzheng.city.sampler import completed, stored_facts
from mianzheng.city.work import give_work
from mianzheng.model.facts import Register

_SHARE = 3  # at most one resident in three is planted


def chosen(plans: Sequence[Plan], residents: int) -> tuple[Plan, ...]:
    """Return the plans that a city of so many residents has room for, twice each where it can."""
    room = max(residents // _SHARE, 1)
    copies = 2 if room >= 2 * sum(plan.living for plan in plans) else 1
    taken: list[Plan] = []
    for plan in list(plans) * copies:
        room -= plan.living
        if room < 0 and taken:
            break
        taken.append(plan)
    return tuple(taken)


class PlantedBlock(NamedTuple):
    """A block that holds somebody for each part of each plan, the parts by number, and who stands for what."""

    block: Block
    parts: dict[str, Part]
    rows: list[PlantedRow]


def planted_block(population: Population, plans: Sequence[Plan], index: int) -> PlantedBlock:
    """Return a block with somebody for each part of each plan."""
    rng = Random(f"{population.seed}/planted/{index}")
    today = population.today
    founder = population.founder(rng)
    families = population.families(rng)
    parties = [Party(rng, plan, today, founder, families) for plan in plans]
    block = Block(index)
    for party in parties:
        block.people += party.people
        block.homes += party.homes
        block.bodies += party.bodies
        for household in party.households:
            _house(rng, household, today)
    population.settle(rng, block, families)
    population.serial = founder.serial
    give_work(rng, block.people, [], today)
    parts = {number: part for party in parties for number, part in party.parts()}
    return PlantedBlock(block, parts, [row for party in parties for row in party.planted()])


def _house(rng: Random, household: Household, today: date) -> None:
    if household.head.migrant:
        household.origin = rng.choice(ORIGINS)[0]
        household.arrived_on = max(add_years(today, -3), household.head.birth)


def bent(rows: Iterator[Row], register: Register, parts: Mapping[str, Part], rng: Random, today: date) -> Iterator[Row]:
    """Yield the rows of a planted block, changed to what each subject's part says of this register."""
    own: dict[str, list[Facts]] = {number: [] for number, part in parts.items() if part.kind == register.key}
    for subject, facts in rows:
        if subject in own:
            own[subject].append(facts)
        else:
            yield subject, facts
    names = stored_facts(register)
    for subject, listed in own.items():
        for facts in _by_part(parts[subject], register, listed):
            yield completed(register, names, (subject, facts), rng, today)


def _by_part(part: Part, register: Register, listed: list[Facts]) -> list[Facts]:
    name = register.register
    if name in part.absent:
        return []
    if name in FAMILY:
        return [_own_line(facts, part.rows.get(name, ())) for facts in listed] if name == "household" else listed
    if name in part.rows:
        # A row that leads to somebody keeps whom it leads to.
        bases = listed if register.links else []
        rows = part.rows[name]
        return [{**(bases[min(place, len(bases) - 1)] if bases else {}), **row} for place, row in enumerate(rows)]
    if name in part.given:
        return [{**(listed[0] if listed else {}), **part.given[name]}]
    return listed


def _own_line(facts: Facts, rows: Sequence[Facts]) -> Facts:
    """Lay what an example says of one's own line over it; the other lines follow from who lives there."""
    said = next((row for row in rows if row.get("is_self") and facts.get("is_self")), {})
    return {**facts, **said}
