"""Planting: blocks of people and bodies made to plan, and their rows bent to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random

from mianzheng.city.blocks import Block, Population
from mianzheng.city.calendar import add_years, years_between
from mianzheng.city.inhabitants import Household, Person
from mianzheng.city.places import CITY, ORIGINS
from mianzheng.city.plans import Plan
from mianzheng.city.rows import Facts, Row
from mianzheng.city.sampler import completed, stored_facts
from mianzheng.city.work import give_work
from mianzheng.model.facts import Register

_GROWN, _LEARNING = 45, 20  # ages where the plan names none
_SHARE = 3  # at most one resident in three is planted


def chosen(plans: Sequence[Plan], residents: int) -> tuple[Plan, ...]:
    """Return the plans that a city of so many residents has room for, twice each where it can."""
    people = [plan for plan in plans if plan.kind == "person"]
    room = max(residents // _SHARE, 1)
    copies = 2 if room >= 2 * len(people) else 1
    return (*(people * copies)[:room], *[plan for plan in plans if plan.kind == "enterprise"] * copies)


def planted_block(population: Population, plans: Sequence[Plan], index: int) -> tuple[Block, dict[str, Plan]]:
    """Return a block that holds somebody for each plan, and the plans by number."""
    rng = Random(f"{population.seed}/planted/{index}")
    today = population.today
    for_people = [plan for plan in plans if plan.kind == "person"]
    block = Block(index, [_person(rng, plan, today) for plan in for_people])
    families = population.families(rng)
    for person in block.people:
        _house(rng, families.alone(person), today)
    population.settle(rng, block, families)
    give_work(rng, block.people, [], today)
    by_number = {person.number: plan for person, plan in zip(block.people, for_people, strict=True)}
    founder = population.founder(rng)
    for plan in plans:
        if plan.kind == "enterprise":
            body = founder.found(_body_kind(plan), rng.choice(block.people))
            block.bodies.append(body)
            by_number[body.number] = plan
    population.serial = founder.serial
    return block, by_number


def _person(rng: Random, plan: Plan, today: date) -> Person:
    birth = plan.birth or add_years(today, -(_LEARNING if "student" in plan.given else _GROWN))
    sex = plan.given.get("hukou", {}).get("sex")
    place = plan.given.get("hukou", {}).get("place_code", CITY)
    person = Person(birth=birth, male=rng.random() < 0.5 if sex is None else sex == "男性")
    person.age = max(years_between(birth, today), 0)
    person.migrant = place != CITY
    return person


def _house(rng: Random, household: Household, today: date) -> None:
    if household.head.migrant:
        household.origin = rng.choice(ORIGINS)[0]
        household.arrived_on = max(add_years(today, -3), household.head.birth)


def _body_kind(plan: Plan) -> str:
    kind = plan.given.get("enterprise", {}).get("kind")
    return {"个体工商户": "trader", "农民专业合作社": "cooperative"}.get(str(kind), "company")


def bent(rows: Iterator[Row], register: Register, plans: Mapping[str, Plan], rng: Random, today: date) -> Iterator[Row]:
    """Yield the rows of a planted block, changed to what each subject's plan says of this register."""
    own: dict[str, list[Facts]] = {number: [] for number, plan in plans.items() if plan.kind == register.key}
    for subject, facts in rows:
        if subject in own:
            own[subject].append(facts)
        else:
            yield subject, facts
    names = stored_facts(register)
    for subject, listed in own.items():
        for facts in _by_plan(plans[subject], register.register, listed):
            yield completed(register, names, (subject, facts), rng, today)


def _by_plan(plan: Plan, register: str, listed: list[Facts]) -> list[Facts]:
    if register in plan.absent:
        return []
    if register in plan.rows:
        return [dict(row) for row in plan.rows[register]]
    if register in plan.given:
        return [{**(listed[0] if listed else {}), **plan.given[register]}]
    return listed
