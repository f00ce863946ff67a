"""Who marries whom: pairs by age, divorces, second marriages, widows and widowers."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from mianzheng.city.calendar import YEAR, add_years, day_between
from mianzheng.city.inhabitants import Marriage, Person, person_of_age

LEAST_AGE = {True: 22, False: 20}  # Civil Code art. 1047, men and women
_EVER_MARRIED = ((20, 0.0), (25, 0.12), (30, 0.5), (35, 0.84), (40, 0.93), (200, 0.965))
_WIDOWED_MALE = ((60, 0.004), (70, 0.04), (80, 0.13), (90, 0.33), (200, 0.6))
_WIDOWED_FEMALE = ((60, 0.015), (70, 0.12), (80, 0.34), (90, 0.66), (200, 0.88))
_DIVORCED = 0.085
_REMARRIED = 0.35  # of the divorced


def marry_all(rng: Random, people: list[Person], today: date) -> list[Person]:
    """Marry the people of a block to each other; return the dead spouses that this called for."""
    single = [person for person in people if rng.random() < _share(_EVER_MARRIED, person.age)]
    widowed = {id(person) for person in single if rng.random() < _widowed_share(person)}
    dead = [_dead_spouse(rng, person, today) for person in single if id(person) in widowed]
    men = sorted((p for p in single if p.male and id(p) not in widowed), key=lambda p: p.birth, reverse=True)
    women = [p for p in single if not p.male and id(p) not in widowed]
    # Men are about two years older: shifted by that and a little chance, both lists pair off from the young end.
    women.sort(key=lambda p: p.birth.toordinal() - rng.gauss(2.2 * YEAR, 1.6 * YEAR), reverse=True)
    for man, woman in zip(men, women, strict=False):
        _marry(rng, man, woman, today)
    left_over = [person for person in men + women if not person.marriages and person.age >= 60]
    dead += [_dead_spouse(rng, person, today) for person in left_over]
    _divorce_some(rng, men, today)
    return [person for person in dead if person is not None]


def _share(table: tuple[tuple[int, float], ...], age: int) -> float:
    return next(share for below, share in table if age < below)


def _widowed_share(person: Person) -> float:
    return _share(_WIDOWED_MALE if person.male else _WIDOWED_FEMALE, person.age)


def _marry(rng: Random, man: Person, woman: Person, today: date) -> Marriage | None:
    first = max(add_years(man.birth, LEAST_AGE[True]), add_years(woman.birth, LEAST_AGE[False]))
    day = first + timedelta(days=int(rng.expovariate(1 / (2.8 * YEAR))))
    if day > today:
        return None
    marriage = Marriage(man, woman, day)
    man.marriages.append(marriage)
    woman.marriages.append(marriage)
    return marriage


def _dead_spouse(rng: Random, person: Person, today: date) -> Person | None:
    older = rng.gauss(2.2, 2) if not person.male else rng.gauss(-2.2, 2)
    dead = person_of_age(rng, today, max(person.age + older, 22.5))
    dead.male = not person.male
    man, woman = (dead, person) if dead.male else (person, dead)
    marriage = _marry(rng, man, woman, today)
    if marriage is None:
        return None
    lived = max((today - marriage.registered_on).days, 1)
    ago = min(int(rng.expovariate(1 / (7 * YEAR))), int(lived * 0.9))
    dead.died_on = today - timedelta(days=ago)
    return dead


def _divorce_some(rng: Random, men: list[Person], today: date) -> None:
    divorced: list[Person] = []
    for man in men:
        if man.age < 70 and man.marriages and rng.random() < _DIVORCED:
            marriage = man.marriages[-1]
            earliest = marriage.registered_on + timedelta(days=300)
            if earliest < today:
                marriage.divorced_on = day_between(rng, earliest, today)
                divorced += [man, marriage.wife]
    _remarry_some(rng, divorced, today)


def _remarry_some(rng: Random, divorced: list[Person], today: date) -> None:
    again = [person for person in divorced if rng.random() < _REMARRIED]
    men = sorted((p for p in again if p.male), key=lambda p: p.birth)
    women = sorted((p for p in again if not p.male), key=lambda p: p.birth)
    for man, woman in zip(men, women[1:] + women[:1], strict=False):
        free = max(_divorced_on(man, today), _divorced_on(woman, today)) + timedelta(days=180)
        if free < today and abs(man.age - woman.age) < 12:
            marriage = Marriage(man, woman, day_between(rng, free, today))
            man.marriages.append(marriage)
            woman.marriages.append(marriage)


def _divorced_on(person: Person, today: date) -> date:
    return person.marriages[-1].divorced_on or today
