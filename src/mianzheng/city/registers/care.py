"""民政, 残联: care of the elderly, social assistance, disability certificates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years, day_between
from mianzheng.city.inhabitants import Household, Person
from mianzheng.city.rows import Facts, Row, either, yuan

_LINE_YUAN = 1199  # monthly line of 最低生活保障 (an estimate)
_FORMER_AID = 0.012  # households whose assistance ended
_CERTIFIED = 0.86  # of the disabled hold a certificate


def elder_care(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """养老服务: about half of those from 60 on, most of those from 80 on."""
    for person in block.residents:
        if person.age < 60 or not person.local or rng.random() >= (0.85 if person.age >= 80 else 0.35):
            continue
        level = _care_level(rng, person.age)
        assessed = today - timedelta(days=rng.randrange(10, 1000)) if level is not None else None
        subsidised = level in ("中度失能", "重度失能", "完全失能") and rng.random() < 0.6
        yield (
            person.number,
            {
                **_allowance(rng, person),
                "care_level": level,
                "assessed_on": assessed,
                "assessment_valid_until": add_years(assessed, 2) if assessed is not None else None,
                "service_subsidy_status": "享受中" if subsidised else either(rng, ("未申请", 9), ("停止", 1)),
                "living_state": _living(person),
            },
        )


def _allowance(rng: Random, person: Person) -> Facts:
    if person.age < 80:
        return {"allowance_status": "未申请"}
    return {"allowance_status": either(rng, ("发放中", 62), ("未申请", 30), ("暂停", 5), ("停发", 3))}


def _care_level(rng: Random, age: int) -> str | None:
    if rng.random() < 0.55:
        return None
    frail = 2 if age >= 85 else 1
    return either(rng, ("能力完好", 55 / frail), ("轻度失能", 22), ("中度失能", 11 * frail), ("重度失能", 7 * frail),
                  ("完全失能", 4 * frail))  # fmt: skip


def _living(person: Person) -> str:
    household = person.household
    if household is None or len(household.members) == 1:
        return "独居"
    if any(member in person.children for member in household.members):
        return "与子女同住"
    return "空巢" if len(household.members) == 2 and person.spouse in household.members else "与他人同住"


def social_assistance(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """低保低收入救助: a household is recognised, each covered member has a row."""
    for household in block.households:
        if household.poor:
            yield from _aided(rng, household, today, current=True)
        elif not household.origin and rng.random() < _FORMER_AID:
            yield from _aided(rng, household, today, current=False)


def _aided(rng: Random, household: Household, today: date, *, current: bool) -> Iterator[Row]:
    alone = len(household.members) == 1 and household.head.age >= 60 and not household.head.children
    kind = "特困人员供养" if alone and rng.random() < 0.6 else either(
        rng, ("最低生活保障", 62), ("最低生活保障边缘家庭", 28), ("刚性支出困难家庭", 10)
    )  # fmt: skip
    income = yuan(rng, 200, _LINE_YUAN) if kind in ("最低生活保障", "特困人员供养") else yuan(rng, _LINE_YUAN, 1798)
    approved = today - timedelta(days=rng.randrange(40, 3600))
    status = either(rng, ("在保", 92), ("审核中", 5), ("渐退期", 3)) if current else "停保"
    shared: Facts = {
        "status": status,
        "kind": kind,
        "approved_on": None if status == "审核中" else approved,
        "income_per_capita_yuan": income,
        "assets_yuan": yuan(rng, 0, 60_000),
        "poverty_cause": _cause(rng, household),
        "means_checked_on": today - timedelta(days=rng.randrange(5, 400)),
    }
    for person in household.members:
        count = rng.choices((0, 1, 2, 3), weights=(80, 14, 4, 2))[0]
        yield person.number, {**shared, "temporary_aid_count_12m": count}


def _cause(rng: Random, household: Household) -> str:
    if any(person.disability is not None for person in household.members):
        return "残疾"
    if household.head.age >= 65:
        return either(rng, ("年老", 6), ("疾病", 4))
    return either(rng, ("疾病", 45), ("缺劳动力", 20), ("失业", 12), ("教育支出", 12), ("灾害", 3), ("其他", 8))


def disability(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """残疾人证: the disabled who hold a certificate."""
    for person in block.people:
        if person.disability is None or person.left_on is not None or rng.random() >= _CERTIFIED:
            continue
        kind, level = person.disability
        first = max(person.birth, today - timedelta(days=365 * 18))
        issued = day_between(rng, first, person.died_on or today)
        status = "注销" if person.died_on else either(rng, ("有效", 93), ("过期", 5), ("冻结", 2))
        until = today - timedelta(days=rng.randrange(5, 900)) if status == "过期" else add_years(issued, 10)
        lower = kind == "肢体" and rng.random() < 0.6
        yield (
            person.number,
            {
                "kind": kind,
                "level": "一二三四"[level - 1] + "级",
                "is_lower_limb": lower,
                "status": "过期" if status == "有效" and until < today else status,
                "valid_until": until,
                "care_need": _care_need(rng, level),
                **_subsidies(rng, person, level, status),
                "fuel_paid_year": today.year - rng.choice((0, 1, 1, 2, 5)) if lower and rng.random() < 0.3 else 0,
            },
        )


def _care_need(rng: Random, level: int) -> str:
    if level == 1:
        return either(rng, ("完全护理", 50), ("大部分护理", 35), ("部分护理", 15))
    if level == 2:
        return either(rng, ("完全护理", 10), ("大部分护理", 35), ("部分护理", 40), ("无需护理", 15))
    return either(rng, ("部分护理", 12), ("无需护理", 88))


def _subsidies(rng: Random, person: Person, level: int, status: str) -> Facts:
    if status != "有效":
        return {"living_subsidy_status": "停发", "nursing_subsidy_status": "停发"}
    poor = person.household is not None and person.household.poor
    living = either(rng, ("发放中", 70), ("未申请", 30)) if poor else "未申请"
    nursing = either(rng, ("发放中", 62), ("未申请", 34), ("停发", 4)) if level <= 2 else "未申请"
    return {"living_subsidy_status": living, "nursing_subsidy_status": nursing}
