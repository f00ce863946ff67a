"""People, marriages, households and bodies of the synthetic city.

They refer to each other in circles, so their text stays short. They are filled in step by step by
`families`, `households`, `bodies` and `work`, so they can change, unlike the structs of the model;
once a block is finished nobody changes them any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from mianzheng.city.calendar import YEAR, years_between

# Share of people in each five years of age, in 1,000: a county city of the Zhejiang coast in 2026, after the
# seventh census moved on by its own ageing (an estimate, not a published table).
PYRAMID = (34, 48, 56, 52, 46, 50, 66, 76, 72, 69, 80, 86, 82, 62, 53, 37, 18, 9, 3, 1)
_MALE_SHARE = (0.53, 0.53, 0.53, 0.53, 0.52, 0.52, 0.51, 0.51, 0.51, 0.51, 0.51, 0.51, 0.5, 0.5, 0.49, 0.47, 0.43)
_MALE_SHARE_OLD = 0.36


@dataclass(slots=True, eq=False, repr=False)
class Marriage:
    """One registered marriage; ended by divorce when `divorced_on` is set, by death when either has died."""

    husband: Person
    wife: Person
    registered_on: date
    divorced_on: date | None = None

    def other(self, person: Person) -> Person:
        """Return the spouse of `person` in this marriage."""
        return self.wife if person is self.husband else self.husband


@dataclass(slots=True, eq=False, repr=False)
class Person:
    """A person of the city; `left_on` is the day the hukou moved away, `died_on` the day of death."""

    birth: date
    male: bool
    age: int = 0
    number: str = ""
    name: str = ""
    surname: str = ""
    died_on: date | None = None
    left_on: date | None = None
    moved_in_on: date | None = None
    migrant: bool = False  # came to work, the hukou stayed elsewhere
    place: str = ""  # first six places of the number
    mother: Person | None = None
    father: Person | None = None
    marriages: list[Marriage] = field(default_factory=list)
    children: list[Person] = field(default_factory=list)
    household: Household | None = None
    ethnicity: str = "汉族"
    work: Work | None = None
    disability: tuple[str, int] | None = None  # kind, level 1 (gravest) to 4
    adopted_on: date | None = None  # then mother and father are the adoptive ones
    birth_mother: Person | None = None  # of an adopted child, where known
    guardian: Person | None = None  # appointed by a court
    former_name: str = ""
    ties: list[tuple[str, Person]] = field(default_factory=list)  # (what this one is to the other, the other)
    planted: int = 0  # number of the plan this person was planted by, counted from 1

    @property
    def resident(self) -> bool:
        """Whether the person lives in the city today, and so can apply."""
        return self.died_on is None and self.left_on is None

    @property
    def local(self) -> bool:
        """Whether the hukou is in the city."""
        return self.household is not None and not self.household.origin

    @property
    def spouse(self) -> Person | None:
        """The living spouse, if married today."""
        if not self.marriages or self.marriages[-1].divorced_on is not None:
            return None
        other = self.marriages[-1].other(self)
        return None if other.died_on else other


@dataclass(slots=True, eq=False, repr=False)
class Household:
    """A household 户; `origin` is the code of the place of its hukou, empty for one of the city."""

    number: str
    head: Person
    members: list[Person]
    town: int  # place in TOWNS
    village: int
    address: str
    established_on: date
    origin: str = ""
    arrived_on: date | None = None
    poor: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Home:
    """A registered property of one or two owners; `disposed_on` once it was sold."""

    unit_no: str
    address: str
    owners: list[Person]
    use: str
    registered_on: date
    area_hundredths: int  # of a square metre
    mortgaged: bool
    sealed: bool
    disposed_on: date | None = None


@dataclass(slots=True, eq=False, repr=False)
class Body:
    """A company, sole trader, institution …: whatever has a unified social credit code."""

    number: str
    name: str
    kind: str  # company, trader, cooperative, institution, school, social
    person: Person  # legal representative or operator
    established_on: date
    town: int
    village: int
    trade: str  # a category of bodies.TRADES
    status: str = "存续"
    closed_on: date | None = None
    capital_wan: int = 0
    listed: bool = False  # on the list of abnormal operation
    dishonest: bool = False  # on the list of serious breach
    arrears: bool = False
    staff: list[Person] = field(default_factory=list)
    planted: int = 0

    @property
    def active(self) -> bool:
        """Whether the body still carries on business."""
        return self.closed_on is None


@dataclass(slots=True, eq=False, repr=False)
class Thing:
    """What has a number in some register and is no home: a vehicle, a project, a parcel (city.things)."""

    number: str


@dataclass(slots=True, eq=False, repr=False)
class Work:
    """What a person does: `state` is one of work.STATES; months of insurance follow from its dates."""

    state: str
    since: date | None = None
    employer: Body | None = None
    months_paid: int = 0
    consecutive_months: int = 0
    base_yuan: int = 0
    lost_on: date | None = None
    retire_due: date | None = None


def draw_person(rng: Random, today: date) -> Person:
    """Return a living person of an age and sex drawn from the pyramid."""
    band = rng.choices(range(len(PYRAMID)), weights=PYRAMID)[0]
    return person_of_age(rng, today, band * 5 + rng.random() * 5)


def person_of_age(rng: Random, today: date, age: float) -> Person:
    """Return a person `age` years old (a fraction places the birthday), of a sex likely at that age."""
    birth = date.fromordinal(today.toordinal() - int(age * YEAR))
    band = int(age // 5)
    male = rng.random() < (_MALE_SHARE[band] if band < len(_MALE_SHARE) else _MALE_SHARE_OLD)
    return Person(birth=birth, male=male, age=years_between(birth, today))
