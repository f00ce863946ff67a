"""自然资源和规划, 住建, 公积金, 供电: real estate by owner and by unit, housing support, accounts."""

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
        "homes_name": home.address,
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
        "rent_arrears_yuan": yuan(rng, 100, 4000) if rented and rng.random() < 0.06 else Decimal(0),
        "barred_until": today + timedelta(days=rng.randrange(-400, 1500)) if status == "取消资格" else None,
    }


def title(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """不动产登记簿: a row for each owner of each unit, under the unit."""
    for home in block.homes:
        status = "现势" if home.disposed_on is None else "历史"
        for owner in home.owners:
            yield (
                home.unit_no,
                {
                    "use": home.use,
                    "status": status,
                    "registered_on": home.registered_on,
                    "co_ownership": "共同共有" if len(home.owners) > 1 else "单独所有",
                    "area_m2": Decimal(home.area_hundredths) / 100,
                    "zone_code": f"XQ{int(home.unit_no[6:9]) % 40 + 1:02d}",
                    "is_mortgaged": home.mortgaged,
                    "is_sealed": home.sealed,
                    "owners": owner.number,
                    "owners_name": owner.name,
                },
            )


def power_account(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """用电户: an account of each home and shop, now and then still in an earlier owner's name."""
    for home in block.homes:
        if home.use == "车位车库":
            continue
        holder = home.owners[0] if rng.random() < 0.85 else rng.choice(block.people)
        arrears = yuan(rng, 20, 900) if rng.random() < 0.04 else Decimal(0)
        yield (
            home.unit_no,
            {
                "status": "欠费停电" if arrears > 400 else "在用",
                "kind": "居民生活" if home.use == "住宅" else "一般工商业",
                "arrears_yuan": arrears,
                "holder": holder.number,
                "holder_name": holder.name,
            },
        )


def fund_account(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """公积金账户: officials, most employees of companies, some of the unemployed."""
    for person in block.residents:
        work = person.work
        if work is None or work.state not in ("official", "employee", "unemployed", "pensioner"):
            continue
        if rng.random() >= {"official": 0.98, "employee": 0.5, "unemployed": 0.25, "pensioner": 0.05}[work.state]:
            continue
        paying = work.state in ("official", "employee")
        months = max(min(work.months_paid, 300), 1)
        yield (
            person.number,
            {
                "status": "正常缴存" if paying else either(rng, ("封存", 8), ("销户", 2)),
                "months_paid": months,
                "consecutive_months_paid": min(months, max(work.consecutive_months, 1)) if paying else 0,
                "balance_yuan": yuan(rng, 200, 180_000),
                "rent_withdrawn_on": today - timedelta(days=rng.randrange(20, 900)) if rng.random() < 0.15 else None,
                "loan_status": either(rng, ("无", 72), ("在贷", 18), ("已结清", 9), ("逾期", 1)),
                "account_no": f"62{rng.randrange(10**17):017d}",
            },
        )
