"""自然资源和规划, 住建: real estate under each owner, housing support."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years
from mianzheng.city.inhabitants import Home, Household
from mianzheng.city.rows import Facts, Row, either, yuan


def real_estate(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """不动产: a row for each right of each owner, sold ones as 历史."""
    for home in block.homes:
        facts = _right(rng, home)
        for owner in home.owners:
            yield owner.number, facts


def _right(rng: Random, home: Home) -> Facts:
    joint = len(home.owners) > 1
    return {
        "unit_no": home.unit_no,
        "address": home.address,
        "use": home.use,
        "status": "现势" if home.disposed_on is None else "历史",
        "registered_on": home.registered_on,
        "disposed_on": home.disposed_on,
        "acquired_kind": either(rng, ("买卖", 62), ("首次登记", 22), ("继承", 6), ("赠与", 4), ("征收安置", 6)),
        "co_ownership": "共同共有" if joint else "单独所有",
        "area_m2": Decimal(home.area_hundredths) / 100,
        "land_until": add_years(home.registered_on, 70 if home.use == "住宅" else 40),
        "is_mortgaged": home.mortgaged,
        "is_sealed": home.sealed,
    }


def housing_security(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """住房保障: grants and applications, one row for each member of the household."""
    owners = {id(owner) for home in block.homes if home.disposed_on is None for owner in home.owners}
    for household in block.households:
        homeless = not any(id(member) in owners for member in household.members)
        chance = 0.3 if household.poor else 0.12 if household.origin and homeless else 0.012
        if rng.random() < chance:
            facts = _grant(rng, household, today)
            for member in household.members:
                yield member.number, facts


def _grant(rng: Random, household: Household, today: date) -> Facts:
    poor = household.poor
    kind = either(rng, ("公租房实物配租", 40 if poor else 15), ("公租房租赁补贴", 45 if poor else 15),
                  ("保障性租赁住房", 5 if poor else 50), ("经济适用住房", 8), ("共有产权住房", 4))  # fmt: skip
    status = either(rng, ("在保", 58), ("轮候", 12), ("审核中", 8), ("退出", 18), ("取消资格", 3), ("暂停", 1))
    approved = today - timedelta(days=rng.randrange(60, 3000))
    rented = kind in ("公租房实物配租", "保障性租赁住房")
    current = status in ("在保", "暂停")
    return {
        "kind": kind,
        "status": status,
        "approved_on": None if status == "审核中" else approved,
        "valid_until": today + timedelta(days=rng.randrange(30, 1100)) if current else None,
        "rent_yuan": yuan(rng, 90, 900) if rented and current else None,
        "amount_yuan": yuan(rng, 120, 700) if kind == "公租房租赁补贴" and current else None,
        "rent_arrears_yuan": yuan(rng, 100, 4000) if rented and rng.random() < 0.06 else Decimal(0),
        "barred_until": today + timedelta(days=rng.randrange(-400, 1500)) if status == "取消资格" else None,
    }
