"""市场监管, 税务: the business register and taxpayers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years, day_between
from mianzheng.city.inhabitants import Body
from mianzheng.city.places import CITY
from mianzheng.city.rows import Facts, Row, either, yuan

BUSINESSES = ("company", "trader", "cooperative")
_INDUSTRY_CODES = {
    "制造业": "C2929",
    "批发和零售业": "F5211",
    "建筑业": "E4710",
    "信息传输、软件和信息技术服务业": "I6513",
    "交通运输、仓储和邮政业": "G5431",
    "住宿和餐饮业": "H6210",
    "农、林、牧、渔业": "A0141",
    "居民服务、修理和其他服务业": "O8040",
}


def enterprise(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """经营主体: companies, sole traders, cooperatives; institutions and social bodies stand in other registers."""
    for body in block.bodies:
        if body.kind in BUSINESSES:
            yield body.number, _business(rng, body, today)


def _business(rng: Random, body: Body, today: date) -> Facts:
    capital = body.capital_wan * 10_000 if body.kind == "company" else rng.randrange(1, 30) * 10_000
    return {
        "name": body.name,
        "legal_representative": body.person.number,
        "legal_representative_name": body.person.name,
        "kind": _kind(rng, body),
        "status": _status(rng, body),
        "established_on": body.established_on,
        "valid_until": add_years(body.established_on, 20) if rng.random() < 0.2 else None,
        "registered_capital_yuan": Decimal(capital),
        "paid_capital_yuan": Decimal(int(capital * rng.choice((0, 0.2, 0.5, 1, 1)))),
        "industry_code": _INDUSTRY_CODES[body.trade],
        "scope": f"{body.trade}；一般项目以登记为准",
        "place_code": CITY,
        "is_abnormal": body.listed,
        "is_seriously_illegal": body.dishonest,
        "annual_report_year": max(today.year - rng.choices((1, 2, 3), weights=(93, 5, 2))[0], body.established_on.year),
        "equity_frozen": body.kind == "company" and rng.random() < 0.01,
        "equity_pledged": body.kind == "company" and rng.random() < 0.03,
        "suspended_months": rng.randrange(1, 36) if rng.random() < 0.02 else 0,
        "food_permit_revoked_on": (
            day_between(rng, body.established_on, today)
            if body.trade == "住宿和餐饮业" and rng.random() < 0.03
            else None
        ),
    }


def _kind(rng: Random, body: Body) -> str:
    if body.kind == "company":
        return either(
            rng,
            ("有限责任公司", 88),
            ("个人独资企业", 6),
            ("股份有限公司", 2),
            ("合伙企业", 2.5),
            ("外商投资企业", 1.5),
        )
    return "个体工商户" if body.kind == "trader" else "农民专业合作社"


def _status(rng: Random, body: Body) -> str:
    if body.closed_on is not None:
        return "吊销未注销" if body.status == "吊销" else "注销"
    return either(rng, ("存续", 98), ("歇业", 1.5), ("迁出", 0.5))


def taxpayer(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """纳税人: most businesses; young sole traders are often not yet registered."""
    for body in block.bodies:
        if body.kind in BUSINESSES and rng.random() < (0.97 if body.kind == "company" else 0.85):
            yield body.number, _taxpayer(rng, body, today)


def _taxpayer(rng: Random, body: Body, today: date) -> Facts:
    general = body.kind == "company" and rng.random() < 0.35
    sales = yuan(rng, 50_000, 9_000_000) if general else yuan(rng, 0, 480_000)
    due = (sales * Decimal("0.03" if general else "0.01")).quantize(Decimal("0.01"))
    status = "注销" if body.status == "注销" and body.closed_on else either(
        rng, ("正常", 95), ("非正常", 2.5), ("停业", 1.5), ("清算", 1)
    )  # fmt: skip
    return {
        "status": status,
        "kind": "一般纳税人" if general else "小规模纳税人",
        "registered_on": min(body.established_on + timedelta(days=rng.randrange(1, 40)), today),
        "credit_level": _credit(rng, body, today),
        "arrears_yuan": yuan(rng, 300, 90_000) if body.arrears else Decimal(0),
        "fee_arrears_yuan": yuan(rng, 200, 20_000) if rng.random() < 0.02 else Decimal(0),
        "undeclared_count": rng.choices((0, 1, 2, 5), weights=(92, 5, 2, 1))[0],
        "invoices_returned": rng.random() < 0.5,
        "audit_open": rng.random() < 0.015,
        "is_major_violation": body.dishonest and rng.random() < 0.3,
        "quarter_sales_yuan": sales,
        "special_invoice_yuan": (sales / 4).quantize(Decimal("0.01")) if rng.random() < 0.3 else Decimal(0),
        "tax_due_yuan": due,
        "tax_due_on": today + timedelta(days=rng.randrange(-20, 30)),
        "cash_yuan": yuan(rng, 0, 400_000),
    }


def _credit(rng: Random, body: Body, today: date) -> str:
    if (today - body.established_on).days < 365:
        return either(rng, ("M", 80), ("未评", 20))
    if body.dishonest or body.arrears:
        return either(rng, ("D", 60), ("C", 40))
    return either(rng, ("A", 18), ("B", 55), ("M", 20), ("C", 5), ("D", 2))
