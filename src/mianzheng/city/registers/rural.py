"""农业农村, 退役军人: collectives and their land, old soldiers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years, years_between
from mianzheng.city.inhabitants import Household
from mianzheng.city.places import TOWNS
from mianzheng.city.rows import Facts, Row, either

_MEMBERS = 0.94  # of those in villages
_VETERANS = 0.045  # of men from 20 on
_CONFIRMED = date(2025, 5, 1)  # the law on rural collectives took effect


def _in_village(household: Household) -> bool:
    return not household.origin and not TOWNS[household.town][3]


def collective_member(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """农村集体经济组织成员: most people of village households."""
    for household in block.households:
        if not _in_village(household):
            continue
        for person in household.members:
            if rng.random() >= _MEMBERS:
                continue
            status = either(rng, ("成员", 95), ("待确认", 3), ("已丧失", 2))
            confirmed = max(person.birth, _CONFIRMED + timedelta(days=rng.randrange(0, 300)))
            yield (
                person.number,
                {
                    "status": status,
                    "confirmed_on": min(confirmed, today) if status != "待确认" else None,
                    "lost_on": today - timedelta(days=rng.randrange(1, 200)) if status == "已丧失" else None,
                },
            )


def homestead(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """宅基地: two in three village households have a plot, under each of their members."""
    for household in block.households:
        if not _in_village(household) or rng.random() >= 0.66:
            continue
        plot: Facts = {
            "status": either(rng, ("竣工", 90), ("在建", 5), ("批准", 3), ("有偿退出", 2)),
            "kind": either(rng, ("新建", 40), ("拆旧建新", 45), ("翻建", 15)),
            "area_m2": Decimal(rng.randrange(6000, 14001)) / 100,
            "approved_on": today - timedelta(days=rng.randrange(300, 12000)),
            "is_passed_on": rng.random() < 0.02,
        }
        for person in household.members:
            yield person.number, plot


def land_contract(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """承包地: families of the second round, married daughters still among them."""
    for household in block.households:
        if not _in_village(household) or rng.random() >= 0.7:
            continue
        area = Decimal(rng.randrange(80, 900)) / 100
        let = rng.random() < 0.35
        shared: Facts = {
            "status": either(rng, ("有效", 96), ("变更", 2), ("终止", 1), ("收回", 1)),
            "area_mu": area,
            "transferred_mu": area if let else Decimal(0),
            "subsidy_paid_year": today.year - rng.choice((0, 1, 1, 2)),
            "valid_until": date(2028, 12, 31),
        }
        for person in household.members:
            if person.age >= 26:
                yield person.number, {**shared, "is_representative": person is household.head}


def veteran(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """退役军人: men who served from 18 to 20 or longer."""
    for person in block.residents:
        if not person.male or person.age < 21 or not person.local or rng.random() >= _VETERANS:
            continue
        years = rng.choices((2, 3, 5, 8, 12), weights=(60, 12, 14, 8, 6))[0]
        enlisted = add_years(person.birth, 18)
        discharged = min(add_years(enlisted, years), today)
        kind = "义务兵" if years <= 3 else either(rng, ("军士", 9), ("军官", 1))
        yield (
            person.number,
            {
                "status": either(rng, ("在册", 97), ("迁出", 2), ("注销", 1)),
                "card_kind": either(rng, ("退役军人优待证", 80), ("未申领", 20)),
                "enlisted_on": enlisted,
                "discharged_on": discharged,
                "service_years": years_between(enlisted, discharged),
                "is_rural": not TOWNS[person.household.town][3] if person.household is not None else False,
                "military_kind": kind,
                "resettlement_kind": "自主就业" if years < 12 else either(rng, ("安排工作", 7), ("转业", 3)),
                "benefit_kind": either(rng, ("无", 93), ("残疾军人", 3), ("参战退役人员", 4)),
                "benefit_status": "无",
            },
        )


def martyr_family(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """烈属优抚: a handful of families."""
    for person in block.residents:
        if person.age < 14 or rng.random() >= 0.006:
            continue
        kind = either(rng, ("烈士遗属", 3), ("因公牺牲军人遗属", 2), ("病故军人遗属", 3), ("现役军人家属", 6))
        yield (
            person.number,
            {
                "kind": kind,
                "relation": "配偶" if person.age >= 60 else either(rng, ("子女", 3), ("父母", 4)),
                "status": "发放中" if kind != "现役军人家属" and rng.random() < 0.7 else "不领取定期抚恤",
            },
        )
