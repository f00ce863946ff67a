"""Limits that ran out, as they are shown in a case and published without anybody's name."""

from __future__ import annotations

from mianzheng.cases.clock import standing_of
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.model.case import OverdueView, StillView
from mianzheng.model.officers import OverdueLine, PublicNotice
from mianzheng.model.text import Text
from mianzheng.store import procedure as stored
from mianzheng.store.procedure import OverdueRow


async def overdue_views(live: LiveCase) -> tuple[OverdueView, ...]:
    """Return the limits of a case that ran out, with what is published of them."""
    if not live.procedure.published:
        return ()
    async with live.hub.store.connection() as connection:
        rows = await stored.overdue_of(connection, live.id)
    return tuple(
        OverdueView(what=row.what, since=row.since, publish=_publish(row), reason=_reason(row))  # type: ignore[arg-type]
        for row in rows
    )


def still_views(live: LiveCase) -> tuple[StillView, ...]:
    """Return what the clock stands still for today."""
    stands = standing_of(live.facts(), live.hub.days)
    return tuple(
        StillView(kind=one.kind.value, since=one.since, until=one.until, told_on=one.told_on, reason=one.reason)
        for one in (() if stands is None else stands.still)
    )


async def published(hub: Hub) -> tuple[OverdueLine, ...]:
    """Return the newest limits that ran out in the whole city."""
    async with hub.store.connection() as connection:
        rows = await stored.all_overdue(connection)
    return tuple(
        OverdueLine(
            item=row.item,
            department=row.department,
            what=row.what,
            since=row.since,
            publish=_publish(row),
            reason=_reason(row),
            ended_on=row.ended_on,
        )
        for row in rows
    )


async def public_notices(hub: Hub) -> tuple[PublicNotice, ...]:
    """Return the public notices 公示 that run now."""
    async with hub.store.connection() as connection:
        rows = await stored.notices_that_run(connection)
    return tuple(PublicNotice(case=row.id, item=row.item, department=row.department, until=row.until) for row in rows)


def _publish(row: OverdueRow) -> Text:
    return Text(zh=row.publish_zh, en=row.publish_en)


def _reason(row: OverdueRow) -> Text:
    return Text(zh=row.reason_zh, en=row.reason_en)
