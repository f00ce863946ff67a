"""Who lives with whom: couples with their children, old parents at a child's, people alone (家庭户)."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from mianzheng.city.calendar import YEAR, add_years, day_between
from mianzheng.city.inhabitants import Household, Person
from mianzheng.city.places import ORIGINS, TOWNS, VILLAGES_PER_TOWN

_TOWN_WEIGHTS = tuple(weight for _, _, weight, _ in TOWNS)
_WITH_PARENTS = ((25, 0.95), (35, 0.7), (200, 0.35))  # unmarried children at home, by age
_OLD_AT_CHILDS = 0.42  # widowed parents of 65 and more
_CAME_FROM_ELSEWHERE = 0.05  # households of the city that moved their hukou in
_CAME_BY_MARRIAGE = 0.05
_POOR = 0.016


class Households:
    """Forms the households of a block; numbers go on from block to block."""

    def __init__(self, rng: Random, today: date, first_number: int) -> None:
        self._rng = rng
        self._today = today
        self._next = first_number
        self.formed: list[Household] = []

    def form(self, people: list[Person]) -> None:
        """Give each living person a household."""
        living = sorted((person for person in people if person.resident), key=lambda p: p.birth)
        for person in living:
            if person.household is None and self._keeps_house(person):
                self._found(person)
        for person in living:
            if person.household is None:
                self._join_family(person)
        for household in self.formed:
            _settle(self._rng, household, self._today)

    def alone(self, person: Person) -> Household:
        """Give a person without family a household of their own."""
        self._found(person)
        return self.formed[-1]

    def _keeps_house(self, person: Person) -> bool:
        if person.spouse is not None:
            return True
        if person.age < 22:
            return False
        home = [parent for parent in (person.mother, person.father) if parent is not None and parent.resident]
        share = next(share for below, share in _WITH_PARENTS if person.age < below)
        if home and not person.marriages and self._rng.random() < share:
            return False
        grown = any(child.resident and child.age >= 25 for child in person.children)
        return not (grown and person.age >= 65 and self._rng.random() < _OLD_AT_CHILDS)

    def _found(self, head: Person) -> None:
        spouse = head.spouse
        members = [head] if spouse is None or spouse.household is not None else [head, spouse]
        town = self._town(head)
        village = self._rng.randrange(VILLAGES_PER_TOWN)
        code, name = TOWNS[town][:2]
        door = self._rng.randrange(1, 300)
        self._next += 1
        household = Household(
            number=f"{code}{self._next:09d}",
            head=head,
            members=members,
            town=town,
            village=village,
            address=f"浙江省临海市{name}第{village + 1}村（社区）{door}号",
            established_on=day_between(self._rng, add_years(head.birth, 18), self._today),
        )
        for member in members:
            member.household = household
        self.formed.append(household)

    def _town(self, head: Person) -> int:
        for parent in (head.father, head.mother):
            if parent is not None and parent.household is not None and self._rng.random() < 0.6:
                return parent.household.town
        return self._rng.choices(range(len(TOWNS)), weights=_TOWN_WEIGHTS)[0]

    def _join_family(self, person: Person) -> None:
        family = [person.mother, person.father, *(child for child in person.children if child.age >= 22)]
        for relative in family:
            if relative is not None and relative.household is not None and relative.resident:
                person.household = relative.household
                relative.household.members.append(person)
                return
        if person.age >= 18 or not self.formed:
            self._found(person)
            return
        kept = self._rng.choice(self.formed)  # a child without parents in the city lives with relatives
        person.household = kept
        kept.members.append(person)


def _settle(rng: Random, household: Household, today: date) -> None:
    head = household.head
    eldest = max(member.age for member in household.members)
    if head.migrant:
        household.origin = rng.choice(ORIGINS)[0]
        stay = int(min(rng.expovariate(1 / (5 * YEAR)), 20 * YEAR))
        household.arrived_on = max(today - timedelta(days=stay), add_years(head.birth, 16))
    elif head.age >= 20 and eldest < 75 and rng.random() < _CAME_FROM_ELSEWHERE:
        _move_in(household, day_between(rng, add_years(head.birth, 20), today))
    else:
        _move_in_spouses(rng, household, today)
    household.poor = rng.random() < _POOR * (2 if eldest >= 65 else 1) and not household.origin


def _move_in(household: Household, day: date) -> None:
    for member in household.members:
        if member.birth < day:
            member.moved_in_on = day


def _move_in_spouses(rng: Random, household: Household, today: date) -> None:
    """Some wives and husbands came by marriage: their hukou moved in within a year of it."""
    for member in household.members:
        if member.marriages and member.mother is None and rng.random() < _CAME_BY_MARRIAGE:
            moved = member.marriages[0].registered_on + timedelta(days=rng.randrange(30, 330))
            member.moved_in_on = min(moved, today)
