"""The people of one plan: the acting one, and those reached by links, related, owning, living as the links say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from zlib import crc32

import msgspec

from mianzheng.city.bodies import Bodies
from mianzheng.city.calendar import add_years, years_between
from mianzheng.city.households import Households
from mianzheng.city.inhabitants import Body, Home, Household, Marriage, Person, Thing
from mianzheng.city.leading import ANOTHER, Leading, Led
from mianzheng.city.places import CITY
from mianzheng.city.plans import Part, Plan, together
from mianzheng.city.rows import Facts
from mianzheng.city.things import HOMES, thing_number
from mianzheng.city.told_kin import told_kin
from mianzheng.model.item import base_of
from mianzheng.model.scalar import Scalar

_GROWN, _LEARNING = 45, 20  # ages where the plan names none
_AGES = {"children": 9, "parents": 74, "wards": 10, "子女": 40, "父母": 74, "祖父母": 84, "外祖父母": 84}
_BIRTHDAYS = 300  # days over which planted birthdays lie: a day has so many numbers (`Sequences`)
_PARENT_OLDER = 28
_EVERYONE = ".everyone"
_UNIT = "unit_no"
_RUN_BY = ("enterprise", "shareholding")  # registers whose links lead from a body to whoever runs it
Planted = Person | Body | Home | Thing
PlantedRow = tuple[str, str, str, str]  # item, example, role, number


def number_of(made: Planted) -> str:
    """Return the number under which someone or something stands in the registers."""
    return made.unit_no if isinstance(made, Home) else made.number


def _reached(led: Led, made: Planted) -> Facts:
    called = {Home: "address", Thing: "number"}.get(type(made), "name")
    found: Facts = {led.number: number_of(made)}
    return found | {led.name: getattr(made, called)} if led.name else found


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
        self._others = dict(self._nobody_of_the_case())

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Yield the number of each one planted (known once the block has settled) and their part of the plan."""
        of_one: dict[int, tuple[Planted, Part]] = {}
        for part, made in self._made:
            _, before = of_one.get(id(made), (made, None))
            of_one[id(made)] = (made, part if before is None else together(before, part))
        for made, part in of_one.values():
            yield number_of(made), self._led(part)

    def planted(self) -> Iterator[PlantedRow]:
        """Yield item, example, role and number of each one of the plan (known once the block has settled)."""
        for part, made in self._made:
            yield self._plan.item, self._plan.name, part.role, number_of(made)

    def _led(self, part: Part) -> Part:
        """Return the part with numbers and names in place of the roles its rows lead to."""
        rows, given = dict(part.rows), dict(part.given)
        for name in part.leads.keys() & rows.keys():
            listed = part.leads[name]
            rows[name] = tuple({**row, **self._reached(leads)} for row, leads in zip(rows[name], listed, strict=True))
        for name in part.given_leads.keys() & given.keys():
            given[name] = {**given[name], **self._reached(part.given_leads[name])}
        for other, made in self._made:
            if other.leading is not None and other.leading.source == part.role:
                self._lead(part, other.leading, made, rows, given)
        return msgspec.structs.replace(part, rows=rows, given=given)

    def _lead(
        self, part: Part, leading: Leading, made: Planted, rows: dict[str, tuple[Facts, ...]], given: dict[str, Facts]
    ) -> None:
        """Let a row of `part` lead to one made, unless the plan says where its rows lead or that it has none."""
        name, led = leading.register, leading.led
        told = (*part.given_leads.get(name, ()), *(one for row in part.leads.get(name, ()) for one in row))
        if name in part.absent or any(one.role in (led.role, base_of(led.role)) for one in told):
            return
        reached = _reached(led, made)
        place = next((place for place, row in enumerate(rows.get(name, ())) if led.number not in row), None)
        if place is not None:
            listed = rows[name]
            laid = {**leading.facts, **listed[place], **reached}
            rows[name] = (*listed[:place], laid, *listed[place + 1 :])
        elif name in rows or (leading.many and name not in given):
            rows[name] = (*rows.get(name, ()), {**leading.facts, **reached})
        else:
            given[name] = {**leading.facts, **given.get(name, {}), **reached}

    def _reached(self, leads: tuple[Led, ...]) -> Facts:
        found: Facts = {}
        for led in leads:
            made = self._named(led)
            if made is not None:
                found |= _reached(led, made)
        return found

    def _named(self, led: Led) -> Planted | None:
        """Return who stands in a role; for `another` somebody, or something, of no role."""
        if led.role == ANOTHER:
            return self._others.get(led.to) if led.number != _UNIT else None
        return next((made for known, made in self._made if known.role in (led.role, f"{led.role}#1")), None)

    def _add(self, part: Part) -> None:
        if part.link.endswith(_EVERYONE) and part.role.endswith("#1"):
            self._made.append((part, self._source(part)[0]))  # the first of all is the one who asks
            return
        if part.kind == "enterprise":
            made: Planted = self._body(part)
        elif part.kind == "property":
            made = self._property(part)
        else:
            made = self._person(part)
        self._made.append((part, made))

    def _nobody_of_the_case(self) -> Iterator[tuple[str, Planted]]:
        """Yield for each kind that rows lead to as `another` somebody, or something, that no role names."""
        told: list[Led] = []
        for part in self._plan.parts:
            told += [led for rows in part.leads.values() for row in rows for led in row]
            told += [led for row in part.given_leads.values() for led in row]
        for led in {one.to: one for one in told if one.role == ANOTHER and one.number != _UNIT}.values():
            if led.to == "property":
                yield led.to, Thing(thing_number(self._rng, "", led.number))
                continue
            other = self._born(_GROWN, male=True)
            self._alone(other)
            yield led.to, other if led.to == "person" else self._run_by(other, "company")

    def _source(self, part: Part) -> tuple[Planted, str]:
        role, _, link = part.link.partition(".")
        return next(made for known, made in self._made if known.role == role), link

    # bodies and homes

    def _body(self, part: Part) -> Body:
        kind = str(part.given.get("enterprise", {}).get("kind"))
        runs = self._born(_GROWN, male=self._rng.random() < 0.5)
        body = self._run_by(runs, {"个体工商户": "trader", "农民专业合作社": "cooperative"}.get(kind, "company"))
        self._alone(runs)
        return body

    def _run_by(self, person: Person, kind: str) -> Body:
        body = self._founder.found(kind, person)
        body.status, body.closed_on = "存续", None  # who is planted can apply, whatever the plan lets its registers say
        self.bodies.append(body)
        return body

    def _property(self, part: Part) -> Home | Thing:
        source, path = self._source(part)
        register, _, link = path.partition(".")
        owner = source.person if isinstance(source, Body) else source
        if link in HOMES and isinstance(owner, Person):
            return self._home(owner)
        return Thing(thing_number(self._rng, register, link))

    def _home(self, source: Person) -> Home:
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
        if isinstance(source, Body) and link.partition(".")[0] in _RUN_BY:
            made = source.person
            self._shape(made, part, made.age)
        else:
            made = self._born(self._age(part, source, link), male=self._rng.random() < 0.5)
            self._shape(made, part, made.age)
            if isinstance(source, Person):
                self._relate(source, made, link, part)
            else:
                self._alone(made)
            self._relate_as_told(source, made, part)
        for place, row in enumerate(part.rows.get("real_estate", ())):
            led = part.leads.get("real_estate", ())
            if not any(one.role != ANOTHER for one in (led[place] if led else ())):
                self._owned(made, row)
        return made

    def _age(self, part: Part, source: Planted | None, link: str) -> int:
        if isinstance(source, Person):
            word = self._word(link, part)
            if word == "配偶" or link.startswith("household"):
                return max(source.age - 2, 22)
            return _AGES.get(word, _AGES.get(link.partition(".")[2], _GROWN))
        return _LEARNING if "student" in part.given else _GROWN

    def _word(self, link: str, part: Part) -> str:
        """What this one is to whom the link starts from, as the plan says in rows of kinship; "" where it does not."""
        if link == "marriage.spouse":
            return "配偶"
        source = part.link.partition(".")[0]
        told = next((word for role, word in told_kin(part, self._plan) if role == source), "")
        if told or link != "kinship.relatives":
            return told
        rows = self._plan.parts[0].rows.get("kinship", ())
        return str(rows[0].get("relation", "")) if rows else "父母"

    def _born(self, age: int, *, male: bool) -> Person:
        person = Person(birth=self._birthday(age), male=male, age=age)
        self.people.append(person)
        return person

    def _birthday(self, age: int) -> date:
        """Return a day on which somebody of this age, of whom the plan tells none, was born."""
        drawn = crc32(f"{self._plan.item}/{self._plan.name}/{len(self.people)}".encode())
        return add_years(self._today, -age) - timedelta(days=drawn % _BIRTHDAYS)

    def _shape(self, person: Person, part: Part, age: int) -> None:
        person.birth = part.birth or self._birthday(age)
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
        word = self._word(link, part)
        register, _, name = link.partition(".")
        self._tie(source, made, word, name, part)
        self._live_with(source, made, together=register == "household" or made.age < 18 or word == "配偶")

    def _relate_as_told(self, source: Planted | None, made: Person, part: Part) -> None:
        """Tie one made to others of the plan whose rows of kinship lead to them, or theirs to those."""
        for role, word in told_kin(part, self._plan):
            other = next((one for known, one in self._made if known.role == role), None)
            if isinstance(other, Person) and other is not source and other is not made:
                self._tie(other, made, word, "", part)

    def _tie(self, source: Person, made: Person, word: str, name: str, part: Part) -> None:
        """Make `made` what the link `name`, or else the word, says it is to `source`."""
        if word == "配偶":
            self._marry(source, made)
        elif name == "children" or word == "子女":
            self._parent_of(source, made, keep_child=part.birth is not None)
        elif name == "parents" or word == "父母":
            taken = source.father if made.male else source.mother
            if taken is not None and "sex" not in part.given.get("hukou", {}):
                made.male = not made.male  # the second of two parents would take the first one's place
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
