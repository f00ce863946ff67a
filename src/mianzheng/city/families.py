"""Parents and children: each child of a block finds a couple that could have had it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mianzheng.city.calendar import YEAR, day_between
from mianzheng.city.inhabitants import Marriage, Person

_ADOPTED, _WITH_GUARDIAN = 0.006, 0.004  # of the children under 18
MOTHER_YOUNGEST = 20 * YEAR  # days
MOTHER_OLDEST = 43 * YEAR
_APART = 300  # days between siblings
_MOST = 4  # children of one mother
_PROBES = 30  # mothers tried on each side of the one of the likeliest age

# Share of people with a mother in the city (living or a dead spouse on record), by age.
_HAS_MOTHER = ((18, 0.985), (40, 0.9), (60, 0.62), (75, 0.2), (200, 0.0))


def give_parents(rng: Random, people: list[Person]) -> None:
    """Set mother, father and children of the people of a block, older children first."""
    mothers = sorted((p for p in people if not p.male and p.marriages), key=lambda p: p.birth)
    births = [mother.birth for mother in mothers]
    quota = {id(mother): _quota(rng, mother) for mother in mothers}
    for child in sorted(people, key=lambda p: p.birth):
        share = next(share for below, share in _HAS_MOTHER if child.age < below)
        if child.died_on is not None or rng.random() >= share:
            continue
        likely = child.birth - timedelta(days=rng.gauss(27 * YEAR, 3.4 * YEAR))
        middle = bisect_left(births, likely)
        if not _find(child, mothers, middle, quota, _PROBES) and child.age < 18:
            # Children live with their parents: a couple takes one more than it meant to have.
            _find(child, mothers, middle, dict.fromkeys(quota, _MOST), len(mothers))


def _find(child: Person, mothers: list[Person], middle: int, quota: dict[int, int], probes: int) -> bool:
    for place in _places(middle, len(mothers), probes):
        marriage = _marriage_for(mothers[place], child, quota)
        if marriage is not None:
            _join(child, marriage)
            return True
    return False


def _quota(rng: Random, mother: Person) -> int:
    weights = (4, 22, 46, 28) if mother.birth.year < 1960 else (7, 50, 38, 5)
    return rng.choices((0, 1, 2, 3), weights=weights)[0]


def _places(middle: int, count: int, probes: int) -> Iterator[int]:
    for step in range(probes):
        for place in (middle + step, middle - step - 1):
            if 0 <= place < count:
                yield place


def _marriage_for(mother: Person, child: Person, quota: dict[int, int]) -> Marriage | None:
    age = (child.birth - mother.birth).days
    if not MOTHER_YOUNGEST <= age <= MOTHER_OLDEST or len(mother.children) >= quota[id(mother)]:
        return None
    if any(abs((child.birth - other.birth).days) < _APART for other in mother.children):
        return None
    return next((marriage for marriage in mother.marriages if _could_bear(marriage, child.birth)), None)


def _could_bear(marriage: Marriage, day: date) -> bool:
    ended = marriage.divorced_on or marriage.husband.died_on
    begun = marriage.registered_on - timedelta(days=150) <= day
    alive = marriage.wife.died_on is None or day <= marriage.wife.died_on
    return begun and alive and (ended is None or day <= ended + timedelta(days=270))


def _join(child: Person, marriage: Marriage) -> None:
    child.mother, child.father = marriage.wife, marriage.husband
    marriage.wife.children.append(child)
    marriage.husband.children.append(child)


def take_in(rng: Random, people: list[Person], today: date) -> None:
    """Let some couples have adopted their child, and a court name an elder the guardian of some others."""
    mothers = [person for person in people if not person.male and 20 <= person.age < 50 and person.resident]
    children = [p for p in people if p.age < 18 and p.mother is not None and p.resident]
    for child in _some(rng, children, _ADOPTED):
        child.adopted_on = day_between(rng, child.birth, today)
        other = rng.choice(mothers) if mothers and rng.random() < 0.4 else None
        child.birth_mother = None if other is child.mother else other
    for child in _some(rng, [child for child in children if _elder(child) is not None], _WITH_GUARDIAN):
        child.guardian = _elder(child)


def _some(rng: Random, children: list[Person], share: float) -> list[Person]:
    """Return a share of the children, at least one where there are any."""
    return rng.sample(children, min(max(round(len(children) * share), 1), len(children)))


def _elder(child: Person) -> Person | None:
    parents = [parent for parent in (child.mother, child.father) if parent is not None]
    elders = [elder for parent in parents for elder in (parent.mother, parent.father) if elder is not None]
    return next((elder for elder in elders if elder.resident), None)
