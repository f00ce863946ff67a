"""Limits that ran out, as they are shown in a case and published without anybody's name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import msgspec

from mianzheng.cases.clock import standing_of
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.sought import sought
from mianzheng.model.case import OverdueView, StillView
from mianzheng.model.officers import OverdueLine, PublicNotice
from mianzheng.model.text import Text
from mianzheng.store import procedure as stored
from mianzheng.store.procedure import NoticedRow, OverdueRow

PAGE = 30  # lines
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_NUMBER = re.compile(r"[0-9]{1,18}\Z")
_MICROSECONDS = re.compile(r"[0-9]{1,17}\Z")


class OverduePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the limits that ran out; `next` leads on, "" at the end."""

    lines: tuple[OverdueLine, ...]
    next: str


class NoticesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the public notices that run; `next` leads on, "" at the end."""

    notices: tuple[PublicNotice, ...]
    next: str


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
    return tuple(_line(row) for row in rows)


async def overdue_page(hub: Hub, *, department: str = "", words: str = "", after: str = "") -> OverduePage:
    """Return a page of the limits that ran out, the newest first; `after` is `next` of the page before.

    `words` are looked for in items' names. No number finds a line: from a number somebody else's list shows, it would
    tell of which service the case is.
    """
    found, before = await sought(hub, words), _before(after)
    items = None if found is None else found.items
    async with hub.store.connection() as connection:
        rows = await stored.all_overdue(connection, PAGE + 1, before=before, department=department, items=items)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return OverduePage(
        lines=tuple(_line(row) for row in rows[:PAGE]), next=f"{last.since}.{last.id}" if last is not None else ""
    )


async def public_notices(hub: Hub) -> tuple[PublicNotice, ...]:
    """Return the public notices 公示 that run now."""
    async with hub.store.connection() as connection:
        rows = await stored.notices_that_run(connection)
    return tuple(_notice(row) for row in rows)


async def notices_page(hub: Hub, *, words: str = "", after: str = "") -> NoticesPage:
    """Return a page of the public notices that run, the first to end first; `words`: of an item, or a case's number."""
    at, _, case = after.partition(".")
    begin = _EPOCH + timedelta(microseconds=int(at) if _MICROSECONDS.match(at) else 0)
    found = await sought(hub, words)
    async with hub.store.connection() as connection:
        rows = await stored.notices_that_run(connection, PAGE + 1, after=(begin, case), sought=found)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    place = "" if last is None else f"{(last.clock_at - _EPOCH) // timedelta(microseconds=1)}.{last.id}"
    return NoticesPage(notices=tuple(_notice(row) for row in rows[:PAGE]), next=place)


def _before(after: str) -> tuple[date, int]:
    day, _, number = after.partition(".")
    if _DAY.match(day) and _NUMBER.match(number):
        try:
            return date.fromisoformat(day), int(number)
        except ValueError:
            pass  # a day that no calendar has: from the start
    return date.max, 0


def _line(row: OverdueRow) -> OverdueLine:
    return OverdueLine(
        item=row.item,
        department=row.department,
        what=row.what,
        since=row.since,
        publish=_publish(row),
        reason=_reason(row),
        ended_on=row.ended_on,
    )


def _notice(row: NoticedRow) -> PublicNotice:
    return PublicNotice(case=row.id, item=row.item, department=row.department, until=row.until)


def _publish(row: OverdueRow) -> Text:
    return Text(zh=row.publish_zh, en=row.publish_en)


def _reason(row: OverdueRow) -> Text:
    return Text(zh=row.reason_zh, en=row.reason_en)
