"""The people of one plan: the acting one, and those reached by links, related, owning, living as the links say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import msgspec

from mianzheng.city.bodies import Bodies
from mianzheng.city.calendar import add_years, years_between
from mianzheng.city.households import Households
from mianzheng.city.inhabitants import Body, Home, Household, Marriage, Person
from mianzheng.city.places import CITY
from mianzheng.city.plans import Led, Part, Plan, together
from mianzheng.city.rows import Facts
from mianzheng.model.scalar import Scalar

_GROWN, _LEARNING = 45, 20  # ages where the plan names none
_AGES = {"children": 9, "parents": 74, "wards": 10, "子女": 40, "父母": 74, "祖父母": 84, "外祖父母": 84}
_PARENT_OLDER = 28
_EVERYONE = ".everyone"
_UNIT = "unit_no"
ANOTHER = "another"  # in an example: whom a row leads to is nobody of the case
Planted = Person | Body | Home


def number_of(made: Planted) -> str:
    """Return the number under which someone or something stands in the registers."""
    return made.unit_no if isinstance(made, Home) else made.number


class Party:
    """Those of one plan, made when the party is made."""

    def __init__(self, rng: Random, plan: Plan, today: date, founder: Bodies, families: Households) -> None:
        self._rng, self._today, self._founder, self._families = rng, today, founder, families
        self._plan = plan
        self.people: list[Person] = []
        self.homes: list[Home] = []
        self.bodies: list[Body] = []
        self.households: list[Household] = []
        self._made: list[tuple[Part, Planted]] = []
        for part in plan.parts:
            self._add(part)
        self._marry_as_told()
        self._other = self._somebody_else()

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Yield the number of each one planted (known once the block has settled) and their part of the plan."""
        of_one: dict[int, tuple[Planted, Part]] = {}
        for part, made in self._made:
            _, before = of_one.get(id(made), (made, None))
            of_one[id(made)] = (made, part if before is None else together(before, part))
        for made, part in of_one.values():
            yield number_of(made), self._led(part)

    def _led(self, part: Part) -> Part:
        """Return the part with numbers and names in place of the roles its rows lead to."""
        rows = dict(part.rows)
        for name in part.leads.keys() & rows.keys():
            listed = part.leads[name]
            rows[name] = tuple({**row, **self._reached(leads)} for row, leads in zip(rows[name], listed, strict=True))
        return msgspec.structs.replace(part, rows=rows)

    def _reached(self, leads: tuple[Led, ...]) -> Facts:
        found: Facts = {}
        for number, name, role in leads:
            made = None if role == ANOTHER and number == _UNIT else self._named(role)
            if made is not None:
                found |= {number: number_of(made), name: made.address if isinstance(made, Home) else made.name}
        return found

    def _named(self, role: str) -> Planted | None:
        """Return who stands in a role; for `another` somebody of no role."""
        if role == ANOTHER:
            return self._other
        return next((made for known, made in self._made if known.role in (role, f"{role}#1")), None)

    def _add(self, part: Part) -> None:
        if part.link.endswith(_EVERYONE) and part.role.endswith("#1"):
            self._made.append((part, self._source(part)[0]))  # the first of all is the one who asks
            return
        if part.kind == "enterprise":
            made: Planted = self._body(part)
        elif part.kind == "property":
            made = self._home(part)
        else:
            made = self._person(part)
        self._made.append((part, made))

    def _somebody_else(self) -> Person | None:
        led = [(number, role) for part in self._plan.parts for rows in part.leads.values() for row in rows
               for number, _, role in row]  # fmt: skip
        if not any(role == ANOTHER and number != _UNIT for number, role in led):
            return None
        other = self._born(_GROWN, male=True)
        self._alone(other)
        return other

    def _source(self, part: Part) -> tuple[Planted, str]:
        role, _, link = part.link.partition(".")
        return next(made for known, made in self._made if known.role == role), link

    # bodies and homes

    def _body(self, part: Part) -> Body:
        kind = str(part.given.get("enterprise", {}).get("kind"))
        runs = self._born(_GROWN, male=self._rng.random() < 0.5)
        body = self._founder.found({"个体工商户": "trader", "农民专业合作社": "cooperative"}.get(kind, "company"), runs)
        self._alone(runs)
        self.bodies.append(body)
        return body

    def _home(self, part: Part) -> Home:
        source, _ = self._source(part)
        assert isinstance(source, Person)
        found = next((home for home in self.homes if source in home.owners and home.disposed_on is None), None)
        return self._owned(source, {}) if found is None else found

    def _owned(self, owner: Person, row: dict[str, Scalar | None]) -> Home:
        rng, since = self._rng, row.get("registered_on")
        registered = since if isinstance(since, date) else self._today - timedelta(days=rng.randrange(400, 4000))
        gone = row.get("status") in ("历史", "注销")
        home = Home(
            unit_no=f"{CITY}{rng.randrange(10**6):06d}GB{rng.randrange(10**5):05d}F{rng.randrange(10**8):08d}",
            address=f"临海市古城街道{rng.randrange(1, 300)}号{rng.randrange(101, 999)}室",
            owners=[owner],
            use=str(row.get("use") or "住宅"),
            registered_on=registered,
            area_hundredths=rng.randrange(6000, 13000),
            mortgaged=False,
            sealed=False,
            disposed_on=self._today - timedelta(days=90) if gone else None,
        )
        self.homes.append(home)
        return home

    # people

    def _person(self, part: Part) -> Person:
        source, link = self._source(part) if part.link else (None, "")
        if isinstance(source, Body):
            made = source.person
            self._shape(made, part, made.age)
        else:
            made = self._born(self._age(part, source, link), male=self._rng.random() < 0.5)
            self._shape(made, part, made.age)
            if isinstance(source, Person):
                self._relate(source, made, link, part)
            elif not part.link:
                self._alone(made)
        for place, row in enumerate(part.rows.get("real_estate", ())):
            led = part.leads.get("real_estate", ())
            if not any(role != ANOTHER for _, _, role in (led[place] if led else ())):
                self._owned(made, row)
        return made

    def _age(self, part: Part, source: Planted | None, link: str) -> int:
        if isinstance(source, Person):
            word = self._word(link)
            if word == "配偶" or link.startswith("household"):
                return max(source.age - 2, 22)
            return _AGES.get(word, _AGES.get(link.partition(".")[2], _GROWN))
        return _LEARNING if "student" in part.given else _GROWN

    def _word(self, link: str) -> str:
        """The kind of kinship that the plan's acting one names, where a link leaves it open."""
        if link == "marriage.spouse":
            return "配偶"
        if link != "kinship.relatives":
            return ""
        rows = self._plan.parts[0].rows.get("kinship", ())
        return str(rows[0].get("relation", "")) if rows else "父母"

    def _born(self, age: int, *, male: bool) -> Person:
        person = Person(birth=add_years(self._today, -age), male=male, age=age)
        self.people.append(person)
        return person

    def _shape(self, person: Person, part: Part, age: int) -> None:
        person.birth = part.birth or add_years(self._today, -age)
        person.age = max(years_between(person.birth, self._today), 0)
        sex = part.given.get("hukou", {}).get("sex")
        if sex is not None:
            person.male = sex == "男性"
        person.migrant = part.given.get("hukou", {}).get("place_code", CITY) != CITY
        if part.deceased:
            died = part.given.get("death", {}).get("died_on")
            person.died_on = died if isinstance(died, date) else self._today - timedelta(days=40)

    def _alone(self, person: Person) -> None:
        self.households.append(self._families.alone(person))

    def _relate(self, source: Person, made: Person, link: str, part: Part) -> None:
        word = self._word(link)
        register, _, name = link.partition(".")
        if word == "配偶":
            self._marry(source, made)
        elif name == "children" or word == "子女":
            self._parent_of(source, made, keep_child=part.birth is not None)
        elif name == "parents" or word == "父母":
            self._parent_of(made, source, keep_child=True)
        elif name == "wards":
            made.guardian = source
        elif word in ("祖父母", "外祖父母"):
            middle = self._born(max(source.age + 22, 40), male=word == "祖父母")
            middle.died_on = self._today - timedelta(days=3000)
            self._parent_of(middle, source, keep_child=True)
            self._parent_of(made, middle, keep_child=True)
        elif word:
            made.ties.append((word, source))
        self._live_with(source, made, together=register == "household" or made.age < 18 or word == "配偶")

    def _parent_of(self, parent: Person, child: Person, *, keep_child: bool) -> None:
        if parent.birth > add_years(child.birth, -18):
            older = parent if keep_child else child
            older.birth = (
                add_years(child.birth, -_PARENT_OLDER) if keep_child else add_years(parent.birth, _PARENT_OLDER)
            )
            older.age = max(years_between(older.birth, self._today), 0)
        if parent.male:
            child.father = parent
        else:
            child.mother = parent
        parent.children.append(child)

    def _marry(self, one: Person, other: Person) -> None:
        other.male = not one.male
        man, woman = (one, other) if one.male else (other, one)
        day = add_years(max(man.birth, woman.birth), 24)
        marriage = Marriage(man, woman, min(day, self._today - timedelta(days=200)))
        man.marriages.append(marriage)
        woman.marriages.append(marriage)

    def _live_with(self, source: Person, made: Person, *, together: bool) -> None:
        if made.died_on is not None:
            return
        if together and source.household is not None:
            made.household = source.household
            source.household.members.append(made)
        else:
            self._alone(made)

    def _marry_as_told(self) -> None:
        """Give a marriage that the plan speaks of a spouse, and end it where it says so."""
        for part, made in list(self._made):
            told = part.given.get("marriage", {}).get("status")
            if told is None or not isinstance(made, Person):
                continue
            if not made.marriages:
                other = self._born(max(made.age - 2, 22), male=not made.male)
                self._marry(made, other)
                self._live_with(made, other, together=told != "离婚")
            if told == "离婚":
                made.marriages[-1].divorced_on = self._today - timedelta(days=100)
