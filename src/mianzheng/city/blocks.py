"""A block: some thousand residents with their families and bodies, made at once and forgotten when written.

Families and employers never reach beyond a block, so that a city of any size streams through a
fixed memory; only the sequence codes of numbers go on from block to block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from mianzheng.city import trouble
from mianzheng.city.bodies import Bodies
from mianzheng.city.calendar import YEAR
from mianzheng.city.families import give_parents, take_in
from mianzheng.city.homes import give_homes
from mianzheng.city.households import Households
from mianzheng.city.inhabitants import Body, Home, Household, Person, draw_person, person_of_age
from mianzheng.city.marriages import marry_all
from mianzheng.city.names import given_name, surname
from mianzheng.city.numbers import Sequences
from mianzheng.city.places import ORIGINS, first_code
from mianzheng.city.work import give_work

BLOCK_SIZE = 4000
_COUNTIES = tuple(code for code, _ in ORIGINS)  # whose numbers newcomers bring, should ours of a day be used up
_LEFT = 0.012  # people whose hukou moved away, beside the residents
_DIED = 0.02  # people without family here who died in the last three years, beside dead spouses
_MIGRANT = ((16, 0.1), (22, 0.16), (48, 0.19), (60, 0.07), (200, 0.005))  # share by age whose hukou is elsewhere
_ETHNICITIES = (("汉族", 985), ("畲族", 5), ("苗族", 3), ("土家族", 3), ("回族", 2), ("布依族", 2))
_DISABLED = ((16, 0.01), (40, 0.025), (60, 0.045), (75, 0.09), (200, 0.15))
_DISABILITIES = (("肢体", 54), ("听力", 12), ("视力", 11), ("精神", 10), ("智力", 8), ("多重", 3), ("言语", 2))


@dataclass(slots=True, eq=False)
class Block:
    """People and bodies of one block; `people` holds the dead and those who left as well."""

    index: int
    people: list[Person] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    troubles: dict[str, set[str]] = field(default_factory=dict)  # number -> the traps it was planted for

    @property
    def residents(self) -> list[Person]:
        """The people who live in the city today."""
        return [person for person in self.people if person.resident]


class Population:
    """Makes the blocks of a city one after the other; equal (residents, seed, today) give equal blocks."""

    def __init__(self, residents: int, seed: int, today: date, *, troubled: bool = True) -> None:
        """Make for `residents`; `troubled`: the first block holds the people of `city.trouble`."""
        self.residents = residents
        self.seed = seed
        self.today = today
        self.troubled = troubled
        self.sequences = Sequences()
        self.households = 0
        self.serial = 1000

    def blocks(self) -> Iterator[Block]:
        """Yield all blocks."""
        for index, start in enumerate(range(0, self.residents, BLOCK_SIZE)):
            yield self._block(index, min(BLOCK_SIZE, self.residents - start))

    def _block(self, index: int, count: int) -> Block:
        rng = Random(f"{self.seed}/people/{index}")
        block = Block(index, _related(rng, [draw_person(rng, self.today) for _ in range(count)], self.today))
        block.people += _gone(rng, count, self.today)
        families = self.families(rng)
        families.form(block.people)
        take_in(Random(f"{self.seed}/taken in/{index}"), block.people, self.today)
        dirt = Random(f"{self.seed}/trouble/{index}")
        chosen = trouble.choose(dirt, block.people) if index == 0 and self.troubled else {}
        if chosen:
            trouble.before_naming(chosen, self.today)
        self.settle(rng, block, families)
        if chosen:
            trouble.after_naming(dirt, chosen, self.sequences, self.today)
        founder = self.founder(rng)
        block.bodies = founder.found_all(block.residents)
        self.serial = founder.serial
        give_work(rng, block.people, block.bodies, self.today)
        block.homes = give_homes(rng, block.households, self.today)
        if chosen:
            most = max(map(len, chosen.values()))
            bodies = trouble.of_bodies(dirt, block.bodies, most)
            block.troubles = trouble.troubles_of(chosen, bodies, trouble.of_homes(dirt, block.homes, most))
        return block

    def families(self, rng: Random) -> Households:
        """Return what forms the next households."""
        return Households(rng, self.today, self.households)

    def founder(self, rng: Random) -> Bodies:
        """Return what founds the next bodies; its last serial number must be taken over."""
        return Bodies(rng, self.today, self.serial)

    def settle(self, rng: Random, block: Block, families: Households) -> None:
        """Take over the households formed, and give everyone of the block a name and a number."""
        block.households = families.formed
        self.households += len(families.formed)
        self._name_all(rng, block.people)

    def _name_all(self, rng: Random, people: list[Person]) -> None:
        for person in sorted(people, key=lambda p: p.birth):
            elder = person.father or person.mother
            person.surname = elder.surname if elder is not None else surname(rng)
            person.name = person.surname + given_name(rng, person.birth.year, male=person.male)
            person.place = _place(rng, person)
            person.number = self.sequences.number(person.place, person.birth, male=person.male, elsewhere=_COUNTIES)
            person.ethnicity = elder.ethnicity if elder is not None else _pick(rng, _ETHNICITIES)
            if rng.random() < next(share for below, share in _DISABLED if person.age < below):
                person.disability = (_pick(rng, _DISABILITIES), rng.choices((1, 2, 3, 4), weights=(13, 22, 30, 35))[0])


def _related(rng: Random, people: list[Person], today: date) -> list[Person]:
    """Form families among those who belong here and among those who came to work, apart; return all, dead included."""
    for person in people:
        person.migrant = rng.random() < next(share for below, share in _MIGRANT if person.age < below)
    everyone: list[Person] = []
    for migrant in (False, True):
        group = [person for person in people if person.migrant is migrant]
        group += marry_all(rng, group, today)
        give_parents(rng, group)
        everyone += group
    return everyone


def _gone(rng: Random, count: int, today: date) -> list[Person]:
    left = [person_of_age(rng, today, 20 + 40 * rng.random()) for _ in range(round(count * _LEFT))]
    for person in left:
        person.left_on = today - timedelta(days=rng.randrange(30, 3000))
    died = [person_of_age(rng, today, min(max(rng.gauss(80, 11), 1), 104)) for _ in range(round(count * _DIED))]
    for person in died:
        ago = min(rng.randrange(3, int(3 * YEAR)), max((today - person.birth).days - 1, 1))
        person.died_on = today - timedelta(days=ago)
    return left + died


def _place(rng: Random, person: Person) -> str:
    if person.household is not None and person.household.origin:
        return person.household.origin
    if person.moved_in_on is not None:
        return rng.choice(ORIGINS)[0]
    return first_code(person.birth.year)


def _pick(rng: Random, table: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([name for name, _ in table], weights=[share for _, share in table])[0]
