"""Notices in writing to the person 书面告知, with the time they were told; the public notice 公示 before a grant."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.live import LiveCase
from mianzheng.deadlines import Standstill, Suspension, day_in_china
from mianzheng.model.case import NoticeView
from mianzheng.model.item import Reference
from mianzheng.model.text import Text
from mianzheng.store.procedure import Beside, NoticeRow, notices_of


def context(case: str) -> str:
    """Return what a stored notice is bound to."""
    return f"{case}:notice"


def told(live: LiveCase, kind: str, text: Text) -> NoticeRow:
    """Return a notice told now, to be written in the step that it tells of."""
    content = live.key.encrypt(msgspec.json.encode(text), context=context(live.id))
    return NoticeRow(kind=kind, content=content, told_at=live.hub.clock())


def also(change: Change, **more: object) -> None:
    """Add rows beside a step to those it has."""
    before = change.beside or Beside()
    change.beside = msgspec.structs.replace(before, **more)


def tell(live: LiveCase, change: Change, kind: str, text: Text) -> None:
    """Add a notice in writing to a step."""
    also(change, notices=(*(change.beside or Beside()).notices, told(live, kind, text)))


def is_due(live: LiveCase) -> bool:
    """Tell whether the public notice is still to come."""
    return live.version.item.public_notice_days > 0 and live.procedure.notice_until is None


def publish(live: LiveCase, change: Change) -> None:
    """Add the public notice to a step: for so many days anybody may object, and the clock stands still."""
    item, today = live.version.item, live.hub.days.today
    until = today + timedelta(days=item.public_notice_days)
    stands = Suspension(
        kind=Standstill.PUBLIC_NOTICE,
        since=today,
        until=until,
        told_on=today,
        reason=f"{item.name.zh}：拟准予，公示",
        reference=Reference(text=item.reference.text, verified=item.reference.verified),
    )
    kept = change.procedure or live.procedure
    change.procedure = msgspec.structs.replace(kept, notice_until=until, suspensions=(*kept.suspensions, stands))
    change.reason, change.due_at = "public-notice", None
    zh = f"{item.name.zh}拟准予，公示至{until.year}年{until.month}月{until.day}日，期间不计入办理时限。"
    en = f"{item.name.en}: to be granted, public notice until {until}; these days are not counted."
    tell(live, change, "public-notice", Text(zh=zh, en=en))


async def views_of(live: LiveCase) -> tuple[NoticeView, ...]:
    """Return the notices of a case, oldest first."""
    async with live.hub.store.connection() as connection:
        rows = await notices_of(connection, live.id)
    return tuple(
        NoticeView(
            kind=row.kind,
            text=msgspec.json.decode(live.key.decrypt(row.content, context=context(live.id)), type=Text),
            told_on=day_in_china(row.told_at),
        )
        for row in rows
    )
