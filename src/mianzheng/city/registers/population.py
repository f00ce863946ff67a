"""公安: household registration, residence of people from elsewhere, vehicles, criminal records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import YEAR, add_months, add_years, day_between
from mianzheng.city.inhabitants import Person
from mianzheng.city.places import CITY, TOWN_NAMES, TOWNS
from mianzheng.city.rows import Facts, Row, either, yuan

_NOT_ENTERED = 0.0015  # residents whose row is missing: the register's fault, to be repaired
_STALE_MARITAL = 0.06  # declared at the last entry and not changed since
_KNOWN_ETHNICITIES = frozenset(("汉族", "回族", "苗族", "彝族", "壮族", "布依族", "侗族", "土家族", "畲族"))
_CARS = 0.62  # per household, more where somebody works
_CAR_KINDS = (("小型轿车", 62), ("小型普通客车", 20), ("普通二轮摩托车", 10), ("轻型货车", 6), ("重型货车", 1.5))
_CAR_USES = (("非营运", 96), ("预约出租客运", 2.5), ("出租客运", 1), ("教练", 0.5))
_PLATE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_REASONS = {"employee": "务工", "official": "务工", "trader": "经商", "flexible": "服务", "farmer": "务农"}
_RECORDS = 0.012  # of adults with an effective judgment


def hukou(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """户籍人口: one row for nearly everyone, the dead and those who left included."""
    for person in block.people:
        if rng.random() < _NOT_ENTERED and person.resident:
            continue
        household = person.household
        yield (
            person.number,
            {
                "name": person.name,
                "sex": "男性" if person.male else "女性",
                "birth_date": person.birth,
                "ethnicity": person.ethnicity if person.ethnicity in _KNOWN_ETHNICITIES else "其他",
                "status": _hukou_status(rng, person),
                "place_code": household.origin if household is not None and household.origin else CITY,
                "town_code": None if household is None or household.origin else TOWNS[household.town][0],
                "moved_in_on": person.moved_in_on,
                "marital_status": marital_status(person) if rng.random() >= _STALE_MARITAL else "未婚",
            },
        )


def _hukou_status(rng: Random, person: Person) -> str:
    if person.died_on is not None:
        return "死亡注销"
    if person.left_on is not None:
        return either(rng, ("迁出注销", 90), ("出国(境)定居注销", 7), ("参军注销", 3))
    return "正常"


def marital_status(person: Person) -> str:
    """Return the true marital status in the words of GB/T 2261.2."""
    if not person.marriages:
        return "未婚"
    if person.marriages[-1].divorced_on is not None:
        return "离婚"
    if person.marriages[-1].other(person).died_on is not None:
        return "丧偶"
    return "初婚" if len(person.marriages) == 1 else "再婚"


def residence_permit(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """流动人口居住登记: people whose hukou lies elsewhere, nearly all of them registered."""
    for household in block.households:
        if not household.origin or household.arrived_on is None:
            continue
        town = TOWNS[household.town][0]
        dwelling = either(rng, ("租赁房屋", 70), ("单位内部", 14), ("自购房屋", 10), ("居民家中", 4), ("工地现场", 2))
        for person in household.members:
            if rng.random() < 0.07:
                continue
            registered = max(household.arrived_on, person.birth)
            yield (
                person.number,
                {
                    **_permit(rng, registered, today),
                    "registered_on": registered,
                    "address": f"临海市{TOWN_NAMES[town]}{rng.randrange(1, 300)}号",
                    "place_code": CITY,
                    "town_code": town,
                    "reason": _reason(person),
                    "dwelling_kind": dwelling,
                },
            )


def _permit(rng: Random, registered: date, today: date) -> Facts:
    if add_months(registered, 6) > today or rng.random() < 0.25:
        status = either(rng, ("有效", 88), ("注销", 12))
        return {"kind": "居住登记", "status": status, "certificate_no": None, "issued_on": None, "valid_until": None,
                "points": 0}  # fmt: skip
    issued = day_between(rng, add_months(registered, 6), today)
    lapsed = rng.random() < 0.12
    until = day_between(rng, issued, today) if lapsed else today + timedelta(days=rng.randrange(1, 365))
    return {
        "kind": "浙江省居住证",
        "status": either(rng, ("未签注", 70), ("过期", 30)) if lapsed else "有效",
        "certificate_no": f"3310{rng.randrange(10**10):010d}",
        "issued_on": issued,
        "valid_until": until,
        "points": rng.randrange(20, 160),
    }


def _reason(person: Person) -> str:
    state = person.work.state if person.work is not None else "none"
    if state in ("pupil", "student"):
        return "学习培训"
    return {"employee": "务工", "official": "务工", "trader": "经商", "flexible": "服务", "farmer": "务农"}.get(
        state, "投靠亲友"
    )


def vehicle(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """机动车: cars and motorcycles of households, under one adult of each."""
    for household in block.households:
        owners = [person for person in household.members if 18 <= person.age < 72]
        if not owners:
            continue
        working = sum(1 for person in owners if person.work is not None and person.work.employer is not None)
        expected = _CARS * (0.7 + 0.4 * working) * (0.25 if household.poor else 1)
        for _ in range(int(expected) + (rng.random() < expected % 1)):
            owner = rng.choice(owners)
            yield owner.number, _car(rng, owner, today)


def _car(rng: Random, owner: Person, today: date) -> Facts:
    kind = either(rng, *_CAR_KINDS, ("残疾人机动轮椅车", 3 if owner.disability is not None else 0))
    first = day_between(rng, max(add_years(owner.birth, 18), today - timedelta(days=int(16 * YEAR))), today)
    electric = kind in ("小型轿车", "小型普通客车") and rng.random() < (
        0.45 if (today - first).days < 3 * YEAR else 0.08
    )
    status = either(rng, ("正常", 88), ("违法未处理", 4), ("逾期未检验", 3), ("注销", 3), ("转出", 1), ("查封", 1))
    lapsed = status in ("逾期未检验", "注销")
    goods = kind.endswith("货车")
    until = today + timedelta(days=rng.randrange(-900, -10) if lapsed else rng.randrange(1, 720))
    return {
        "plate_no": f"浙J{rng.choice(_PLATE_SIGNS)}{rng.randrange(10**4):04d}" + ("D" if electric else ""),
        "kind": kind,
        "use_kind": "货运" if goods else either(rng, *_CAR_USES),
        "fuel_kind": either(rng, ("纯电动", 7), ("插电式混合动力", 3)) if electric else ("柴油" if goods else "汽油"),
        "is_new_energy": electric,
        "first_registered_on": first,
        "inspected_until": until,
        "insured_until": until if lapsed else today + timedelta(days=rng.randrange(1, 364)),
        "status": status,
        "is_mortgaged": rng.random() < 0.08,
        "unpaid_violations_count": rng.randrange(1, 6) if status == "违法未处理" else 0,
        "seats": 2 if goods else (1 if kind == "残疾人机动轮椅车" else 2 if "摩托" in kind else 5),
        "price_yuan": yuan(rng, 4000, 9000) if "摩托" in kind or "轮椅" in kind else yuan(rng, 50_000, 380_000),
    }


def criminal_record(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """犯罪记录: few adults; what was done as a minor is sealed."""
    for person in block.people:
        if person.age < 16 or not person.resident or rng.random() >= _RECORDS * (1.7 if person.male else 0.3):
            continue
        sentenced = day_between(rng, add_years(person.birth, 16), today)
        minor = sentenced < add_years(person.birth, 18)
        state, ended = _sentence(rng, sentenced, today)
        yield (
            person.number,
            {
                "identity_confirmed": None if rng.random() < 0.08 else True,
                "is_sealed": minor,
                "is_intentional": rng.random() < 0.62,
                "sentence_state": state,
                "sentenced_on": sentenced,
                "ended_on": ended,
            },
        )


def _sentence(rng: Random, sentenced: date, today: date) -> tuple[str, date | None]:
    if rng.random() < 0.08:
        return "免予刑事处罚", sentenced
    end = add_months(sentenced, rng.choice((4, 6, 8, 12, 18, 24, 36, 60)))
    if end <= today:
        return "执行完毕", end
    return either(rng, ("服刑中", 35), ("缓刑考验期", 55), ("假释考验期", 10)), None
