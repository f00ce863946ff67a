"""人社, 医保: pension and unemployment insurance, medical insurance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_months, add_years, day_between
from mianzheng.city.inhabitants import Person, Work
from mianzheng.city.places import CITY, ORIGINS
from mianzheng.city.rows import Facts, Row, either, yuan

_JOB, _OFFICE, _RESIDENT = "城镇职工基本养老保险", "机关事业单位基本养老保险", "城乡居民基本养老保险"
_NOT_INSURED = {"farmer": 0.12, "none": 0.3, "flexible": 0.2, "old": 0.04, "student": 0.6, "pupil": 1.0, "child": 1.0}
_CLAIMS_AT_ONCE = 0.7  # of those who reached the age within a year
_HARD_TO_PLACE = 0.12  # of flexible workers
_MINIMUM_MONTHS = 180
_RAISED_FROM, _RAISED_TO = 2030, 240  # half a year more each year: decision of 2024-09-13


def social_insurance(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """社会保险: the active pension scheme of each insured adult."""
    for person in block.residents:
        work = person.work
        if work is None or rng.random() < _NOT_INSURED.get(work.state, 0.02):
            continue
        if not person.local and work.state not in ("employee", "official", "trader", "flexible", "unemployed"):
            continue
        due = work.retire_due
        yield (
            person.number,
            {
                **_scheme(rng, person, work, today),
                "place_code": CITY,
                "min_months_required": _minimum(due.year if due is not None else today.year),
                "retire_due_on": due,
                **_unemployment(rng, work, today),
                "card_status": either(rng, ("正常", 95), ("未激活", 3), ("挂失", 1), ("未制卡", 1)),
                "card_account": f"62{rng.randrange(10**17):017d}",
            },
        )


def _minimum(year: int) -> int:
    return min(_MINIMUM_MONTHS + 6 * max(year - _RAISED_FROM + 1, 0), _RAISED_TO)


def _scheme(rng: Random, person: Person, work: Work, today: date) -> Facts:
    if work.state in ("pensioner", "old"):
        return _pension(rng, person, work, today)
    paying = work.state in ("employee", "official", "flexible", "trader")
    resident = work.state in ("farmer", "none", "student") or (work.state == "trader" and rng.random() < 0.3)
    first = work.since or add_years(person.birth, 18)
    return {
        "kind": _RESIDENT if resident else _OFFICE if work.state == "official" else _JOB,
        "status": either(rng, ("参保缴费", 96), ("暂停缴费", 4)) if paying or resident else "暂停缴费",
        "first_insured_on": first,
        "months_paid": work.months_paid if not resident else 12 * rng.randrange(0, 16),
        "base_yuan": Decimal(work.base_yuan) if not resident and work.base_yuan else None,
        "is_flexible": work.state == "flexible",
        "arrears_months": rng.choices((0, 1, 2, 6), weights=(93, 4, 2, 1))[0] if not resident else 0,
        "retired_on": None,
        "pension_status": "未领取",
        "amount_yuan": None,
        "account_pension_yuan": None,
        "verified_on": None,
    }


def _pension(rng: Random, person: Person, work: Work, today: date) -> Facts:
    job = work.state == "pensioner"
    retired = work.retire_due or today
    claimed = (today - retired).days > 300 or rng.random() < _CLAIMS_AT_ONCE
    drawing = claimed and work.months_paid >= (180 if job else 0) and retired <= today
    verified = max(today - timedelta(days=int(rng.expovariate(1 / 170))), retired)
    stale = (today - verified).days > 366
    amount = yuan(rng, 2300, 6200) if job else yuan(rng, 330, 620)
    return {
        "kind": (_OFFICE if rng.random() < 0.18 else _JOB) if job else _RESIDENT,
        "status": "终止缴费",
        "first_insured_on": max(add_years(person.birth, 20), add_months(retired, -work.months_paid - 24)),
        "months_paid": work.months_paid,
        "base_yuan": None,
        "is_flexible": False,
        "arrears_months": 0,
        "retired_on": retired if drawing else None,
        "pension_status": ("暂停发放" if stale else "正常发放") if drawing else "未领取",
        "amount_yuan": amount if drawing else None,
        "account_pension_yuan": (amount / 5).quantize(Decimal("0.01")) if drawing else None,
        "verified_on": verified if drawing and rng.random() > 0.03 else None,
    }


def _unemployment(rng: Random, work: Work, today: date) -> Facts:
    if work.state != "unemployed" or work.lost_on is None:
        paying = work.state == "employee"
        months = work.months_paid if paying else 0
        return {
            "unemployment_status": "参保缴费" if paying else "未参保",
            "unemployment_months_paid": months,
            "unemployment_benefit_status": "未申领",
            "unemployed_registered_on": None,
            "leave_reason": None,
            "is_hard_to_employ": work.state == "flexible" and rng.random() < _HARD_TO_PLACE,
            "subsidy_months_used": rng.randrange(1, 36) if work.state == "flexible" and rng.random() < 0.2 else 0,
        }
    registered = day_between(rng, work.lost_on, min(work.lost_on + timedelta(days=60), today))
    return {
        "unemployment_status": "暂停缴费",
        "unemployment_months_paid": work.months_paid,
        "unemployment_benefit_status": either(rng, ("未申领", 55), ("领取中", 30), ("领完", 12), ("停发", 3)),
        "unemployed_registered_on": registered if rng.random() < 0.8 else None,
        "leave_reason": either(rng, ("本人辞职", 34), ("合同期满", 24), ("协商解除（单位提出）", 16), ("单位解除", 12),
                               ("单位破产关闭", 6), ("被迫辞职", 3), ("其他", 5)),
        "is_hard_to_employ": (today - registered).days > 365 or rng.random() < 0.15,
        "subsidy_months_used": rng.choices((0, 6, 12, 36), weights=(85, 8, 5, 2))[0],
    }  # fmt: skip


def medical_insured(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """医保参保: a row for each period of insurance; nearly everyone has a current one."""
    for person in block.residents:
        work = person.work
        if work is None or rng.random() < (0.04 if person.local else 0.3):
            continue
        job = work.state in ("employee", "official", "pensioner") or (work.state == "flexible" and rng.random() < 0.6)
        paid = rng.random() >= 0.025
        since = work.since if job and work.since is not None else date(today.year, 1, 1)
        yield (
            person.number,
            {
                **_cover(rng, work, today, job=job, since=since, paid=paid),
                "place_code": CITY,
                "remote_kind": either(rng, ("无", 96), ("异地转诊", 1), ("异地长期居住", 1.5), ("常驻异地工作", 1.5)),
                "remote_until": None,
            },
        )
        if job and rng.random() < 0.2:
            yield person.number, _earlier(rng, since)


def _cover(rng: Random, work: Work, today: date, *, job: bool, since: date, paid: bool) -> Facts:
    year_end = date(today.year, 12, 31)
    retired = work.state == "pensioner"
    return {
        "kind": "职工基本医疗保险" if job else "城乡居民基本医疗保险",
        "status": "正常参保" if paid else "暂停参保",
        "valid_from": since,
        "valid_until": (None if job else year_end) if paid else today - timedelta(days=rng.randrange(20, 400)),
        "months_paid": work.months_paid if job else 12 * rng.randrange(1, 14),
        "arrears_months": 0 if paid else rng.randrange(1, 9),
        "is_retiree": retired,
        "account_yuan": yuan(rng, 0, 9000) if job else Decimal(0),
    }


def _earlier(rng: Random, since: date) -> Facts:
    years = rng.randrange(1, 8)
    return {
        "kind": "城乡居民基本医疗保险",
        "status": "终止参保",
        "place_code": either(rng, (CITY, 80), (rng.choice(ORIGINS)[0], 20)),
        "valid_from": add_years(since, -years),
        "valid_until": since - timedelta(days=1),
        "months_paid": 12 * years,
        "arrears_months": 0,
        "is_retiree": False,
        "remote_kind": "无",
        "remote_until": None,
        "account_yuan": Decimal(0),
    }
