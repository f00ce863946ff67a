"""Who stands in the registers as no textbook has it: the traps of dirty data, planted among the first natural block.

Each trap takes its people at random, none twice; `TRAPS` says what is wrong with them. What concerns the person is done
here, before or after numbers and names are given; what concerns one register's rows is in `city.dirt`. The truth keeps
what is true; only what the departments hold is spoilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random

from mianzheng.city.calendar import add_years, years_between
from mianzheng.city.inhabitants import Body, Home, Person
from mianzheng.city.numbers import Sequences, id_number

EACH = 20  # people of each trap, fewer in a block of less than 2,500 residents
_SHARE = 125
_DOTTED = ("阿依古丽·买买提", "艾力·吐尔逊", "扎西·多吉", "卓玛·央金", "热娜·阿不都", "巴特尔·孟克")
RARE = "䶮㛃堃犇𬭎𠅤䲜燚"
VARIANTS = {"喆": "哲", "峯": "峰", "羣": "群", "淸": "清"}  # a sign -> the one that other sources write for it
_FOREIGN = ("SMITH JOHN", "MUELLER ANNA MARIA", "KIM MINJUN", "DA SILVA PEDRO", "NGUYEN THI LAN")
_FROM = (
    "840",
    "276",
    "410",
    "076",
    "704",
)  # of these, the numbers of GB/T 2659 that their permanent residence cards hold
_BEYOND = ("810000", "820000", "830000")  # where residence permits of Hong Kong, Macao and Taiwan begin
_LEAP = (1944, 1948, 1952, 1956, 1960, 1964, 1968, 1972, 1976, 1980, 1984, 1988, 1992, 1996, 2000, 2004)

# Trap -> the number of domain traps it stands for, and who can have it.
TRAPS: dict[str, Callable[[Person], bool]] = {
    "leap_day": lambda p: p.age >= 18 and not p.children and not p.marriages,  # 12
    "twins": lambda p: p.age < 18 and p.mother is not None,  # 36
    "birth_against_number": lambda p: 30 <= p.age < 90,  # 4
    "dotted_name": lambda p: p.age >= 16,  # 5
    "rare_name": lambda p: True,  # 6, R1.6
    "variant_name": lambda p: True,  # 7
    "former_name": lambda p: p.age < 40 and p.mother is not None,  # 8, R1.6 wrong name
    "two_entries": lambda p: p.age >= 35 and p.local,  # 9
    "married_elsewhere": lambda p: p.spouse is not None,  # 10
    "spouse_elsewhere": lambda p: 23 <= p.age < 60 and not p.marriages,  # 10: registered in another city
    "lunar_retirement": lambda p: 55 <= p.age < 70,  # 13
    "identity_number_of_hongkong": lambda p: p.migrant and p.age >= 18,  # 19, R1.6 other province
    "foreigner": lambda p: p.migrant and p.age >= 18,  # 20
    "unknown_code": lambda p: p.age >= 18,  # 22
    "months_overlap": lambda p: p.age >= 50,  # 27
    "ghost_vehicle": lambda p: p.age >= 40,  # 30
    "no_date": lambda p: p.age >= 18,  # 31
    "sealed": lambda p: 18 <= p.age < 40,  # 38
    "replaced_card": lambda p: p.age >= 30,  # 40
    "card_lost": lambda p: p.age >= 18,  # R1.6
    "card_expired": lambda p: p.age >= 18,  # R1.6
    "card_never": lambda p: p.age >= 16,  # R1.6
    "no_key": lambda p: 80 <= p.age < 87 and not p.male and p.spouse is None and bool(p.marriages) and p.local,
}
EARLY = ("leap_day", "twins")
OF_THE_DEAD = "unregistered_death"  # 11
OF_BODIES = ("former_operator", "branch")  # 17, 18
OF_HOMES = "paper_title"  # 29


def choose(rng: Random, people: list[Person]) -> dict[str, list[Person]]:
    """Return the people of each trap, none twice."""
    living = [person for person in people if person.resident]
    count = min(EACH, len(living) // _SHARE)
    left = rng.sample(living, len(living))
    taken: dict[str, list[Person]] = {}
    for trap, fits in TRAPS.items():
        taken[trap] = [person for person in left if fits(person)][:count]
        gone = {id(person) for person in taken[trap]}
        left = [person for person in left if id(person) not in gone]
    dead = [person for person in people if person.died_on is not None and (person.children or person.marriages)]
    taken[OF_THE_DEAD] = rng.sample(dead, min(count, len(dead)))
    return taken


def before_naming(chosen: dict[str, list[Person]], today: date) -> None:
    """Change days of birth that the number must carry."""
    for person in chosen["leap_day"]:
        year = min(_LEAP, key=lambda leap: abs(leap - person.birth.year))
        _born(person, date(year, 2, 29), today)
    for person in chosen["twins"]:
        others = [child for child in (person.mother.children if person.mother else []) if child is not person]
        if others:
            _born(person, others[0].birth, today)
            person.male = others[0].male


def after_naming(rng: Random, chosen: dict[str, list[Person]], sequences: Sequences, today: date) -> None:
    """Change names, and days of birth that the number does not carry."""
    for person in chosen["birth_against_number"]:
        _born(person, person.birth + timedelta(days=rng.choice((-365, -31, -1, 1, 30, 366))), today)
    for person in chosen["dotted_name"]:
        person.name = rng.choice(_DOTTED)
    for person in chosen["rare_name"]:
        person.name = person.surname + rng.choice(RARE)
    for person in chosen["variant_name"]:
        person.name = person.surname + rng.choice(tuple(VARIANTS))
    for person in chosen["former_name"]:
        person.former_name = person.surname + rng.choice("建国小红招弟")
    for person in chosen["identity_number_of_hongkong"]:
        person.number = _number_of(rng, rng.choice(_BEYOND), person)
    for person in chosen["foreigner"]:
        person.name, country = rng.choice(tuple(zip(_FOREIGN, _FROM, strict=True)))
        person.number = _number_of(rng, f"933{country[:3]}", person)
    for person in chosen["no_key"]:
        _born(person, add_years(today, -83) - timedelta(days=rng.randrange(1, 300)), today)
        person.number = sequences.number(person.place, person.birth, male=False)


def troubles_of(
    chosen: dict[str, list[Person]],
    bodies: Iterable[tuple[str, list[Body]]],
    homes: Iterable[tuple[str, list[Home]]],
) -> dict[str, set[str]]:
    """Return the traps of each number: of people, bodies and homes."""
    found: dict[str, set[str]] = {}
    for trap, people in chosen.items():
        for person in people:
            found.setdefault(person.number, set()).add(trap)
    for trap, firms in bodies:
        for body in firms:
            found.setdefault(body.number, set()).add(trap)
    for trap, owned in homes:
        for home in owned:
            found.setdefault(home.unit_no, set()).add(trap)
    return found


def of_bodies(rng: Random, bodies: list[Body], count: int) -> list[tuple[str, list[Body]]]:
    """Return the bodies of each trap: sole traders that changed hands, branches of companies."""
    traders = [body for body in bodies if body.kind == "trader" and body.active]
    firms = [body for body in bodies if body.kind == "company" and body.active]
    return [
        (trap, rng.sample(kind, min(count, len(kind)))) for trap, kind in zip(OF_BODIES, (traders, firms), strict=True)
    ]


def of_homes(rng: Random, homes: list[Home], count: int) -> list[tuple[str, list[Home]]]:
    """Return the homes whose owners stand in the land register by name alone."""
    owned = [home for home in homes if home.disposed_on is None]
    return [(OF_HOMES, rng.sample(owned, min(count, len(owned))))]


def _number_of(rng: Random, place: str, person: Person) -> str:
    return id_number(place, person.birth, 10 + 2 * rng.randrange(200) + person.male)


def _born(person: Person, birth: date, today: date) -> None:
    person.birth = birth
    person.age = max(years_between(birth, today), 0)
