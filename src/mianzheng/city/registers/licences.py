"""市场监管, 交通, 烟草: who holds a share in a body, and the licences of shops and carriers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mianzheng.city.blocks import Block
from mianzheng.city.calendar import add_years, day_between
from mianzheng.city.rows import Row, either


def shareholding(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """股东: of companies one to three, the legal representative among them; sole traders hold all."""
    for body in block.bodies:
        if body.kind not in ("company", "trader", "cooperative"):
            continue
        holders = [body.person]
        if body.kind != "trader":
            more = [person for person in body.staff[:2] if person is not body.person and rng.random() < 0.5]
            spouse = body.person.spouse
            holders += more or ([spouse] if spouse is not None and rng.random() < 0.5 else [])
        share = (Decimal(100) / len(holders)).quantize(Decimal("0.01"))
        for holder in holders:
            yield (
                body.number,
                {
                    "status": "有效",
                    "share_percent": share,
                    "since": body.established_on,
                    "shareholders": holder.number,
                    "shareholders_name": holder.name,
                },
            )


def road_transport(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """道路运输: companies of the trade."""
    for body in block.bodies:
        if body.trade != "交通运输、仓储和邮政业" or rng.random() >= 0.6:
            continue
        issued = day_between(rng, body.established_on, today)
        until = add_years(issued, 4)
        status = "注销" if not body.active else "过期" if until < today else either(rng, ("营业", 97), ("停业", 3))
        yield (
            body.number,
            {
                "kind": either(rng, ("道路普通货物运输", 88), ("网络预约出租汽车", 6), ("道路旅客运输", 6)),
                "status": status,
                "valid_until": until,
                "revoked_on": None,
            },
        )


def tobacco_licence(block: Block, rng: Random, today: date) -> Iterator[Row]:
    """烟草零售: a third of the shops."""
    for body in block.bodies:
        if body.trade != "批发和零售业" or rng.random() >= (0.35 if body.kind == "trader" else 0.03):
            continue
        issued = day_between(rng, max(body.established_on, add_years(today, -6)), today)
        until = add_years(issued, 5)
        revoked = rng.random() < 0.02
        status = "取消资格" if revoked else "注销" if not body.active else "过期" if until < today else "有效"
        yield (
            body.number,
            {
                "kind": "卷烟零售",
                "status": status,
                "valid_until": until,
                "revoked_on": today - timedelta(days=rng.randrange(30, 2000)) if revoked else None,
            },
        )
