"""Companies, sole traders, institutions and schools of a block, with the people who run them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from mianzheng.city.calendar import YEAR, add_years, day_between
from mianzheng.city.inhabitants import Body, Person
from mianzheng.city.names import company_name, cooperative_name, shop_name, short_town
from mianzheng.city.numbers import uscc
from mianzheng.city.places import CITY, TOWNS, VILLAGES_PER_TOWN


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of body: first places of its code, how many in 1,000 residents, typical staff of one."""

    name: str
    code: str
    per_thousand: float
    staff: int


KINDS = (
    Kind("company", "91", 38, 9),
    Kind("trader", "92", 70, 1),
    Kind("cooperative", "93", 2.2, 2),
    Kind("institution", "12", 0.8, 40),
    Kind("school", "12", 0.3, 45),
    Kind("social", "52", 1.0, 3),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
_WEIGHTS = tuple(kind.per_thousand for kind in KINDS)

# Trade and its share in 1,000 by kind (制造业 is what Linhai lives by).
TRADES = {
    "company": (
        ("制造业", 46),
        ("批发和零售业", 24),
        ("建筑业", 8),
        ("信息传输、软件和信息技术服务业", 5),
        ("交通运输、仓储和邮政业", 6),
        ("住宿和餐饮业", 6),
        ("农、林、牧、渔业", 5),
    ),
    "trader": (("批发和零售业", 48), ("住宿和餐饮业", 26), ("居民服务、修理和其他服务业", 18), ("制造业", 8)),
    "cooperative": (("农、林、牧、渔业", 1),),
    "institution": (("公共管理、社会保障和社会组织", 6), ("卫生和社会工作", 4)),
    "school": (("教育", 1),),
    "social": (("教育", 4), ("卫生和社会工作", 3), ("公共管理、社会保障和社会组织", 3)),
}
_CLOSED = {"company": 0.16, "trader": 0.2, "cooperative": 0.12}
_LISTED = 0.05
_DISHONEST = 0.012
_ARREARS = 0.03


class Bodies:
    """Founds bodies; serial numbers go on from block to block."""

    def __init__(self, rng: Random, today: date, first_serial: int) -> None:
        self._rng = rng
        self._today = today
        self.serial = first_serial

    def found_all(self, people: list[Person]) -> list[Body]:
        """Found the bodies of a block of people, each run by one of its adults."""
        adults = [person for person in people if person.resident and 24 <= person.age < 72]
        count = round(len(people) * sum(_WEIGHTS) / 1000) if adults else 0
        kinds = self._rng.choices(KINDS, weights=_WEIGHTS, k=count)
        return [self.found(kind.name, self._rng.choice(adults)) for kind in kinds]

    def found(self, kind_name: str, person: Person) -> Body:
        """Found one body of a kind, run by `person`."""
        rng, kind = self._rng, _BY_NAME[kind_name]
        self.serial += 1
        town = rng.randrange(len(TOWNS)) if person.household is None else person.household.town
        trades = TRADES[kind_name]
        body = Body(
            number=uscc(kind.code, CITY, self.serial),
            name=self._name(kind_name, TOWNS[town][1]),
            kind=kind_name,
            person=person,
            established_on=self._begun(person),
            town=town,
            village=rng.randrange(VILLAGES_PER_TOWN),
            trade=rng.choices([name for name, _ in trades], weights=[share for _, share in trades])[0],
            capital_wan=rng.choice((10, 50, 100, 200, 500, 1000, 3000)) if kind_name == "company" else 0,
        )
        self._mark(body)
        return body

    def _name(self, kind: str, town: str) -> str:
        if kind == "company":
            return company_name(self._rng)
        if kind == "cooperative":
            return cooperative_name(self._rng, town)
        if kind == "trader":
            return shop_name(self._rng, town)
        word = {"institution": "公共服务中心", "school": "中心学校", "social": "社会服务中心"}[kind]
        return f"临海市{short_town(town)}第{self.serial % 97 + 1}{word}"

    def _begun(self, person: Person) -> date:
        latest = min(int(self._rng.expovariate(1 / (7 * YEAR))), int(25 * YEAR))
        earliest = add_years(person.birth, 18)
        return max(date.fromordinal(self._today.toordinal() - latest), earliest)

    def _mark(self, body: Body) -> None:
        rng = self._rng
        if rng.random() < _CLOSED.get(body.kind, 0.02):
            body.status = "吊销" if rng.random() < 0.25 else "注销"
            body.closed_on = day_between(rng, body.established_on, self._today)
        body.listed = body.active and rng.random() < _LISTED
        body.dishonest = rng.random() < _DISHONEST
        body.arrears = body.kind in ("company", "trader") and rng.random() < _ARREARS
