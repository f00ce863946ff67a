"""Tickets of an office's queue. Each move is one conditional update: of two who call at once, each gets another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.queue import Ticket, TicketState


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """The member of staff in whose hands a ticket is."""

    department: str
    staff: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """How an office's line stands: how many wait for any window or this one, since when."""

    waiting: int
    since: datetime | None


_COLUMNS = "id as ticket, office, number, state, window_name as window, meant_for, why, issued_at, called_at, ended_at"
_ISSUE = text(
    "insert into tickets (id, office, day, number, state, place, issued_at)"
    " select :id, :office, :day, n.next, 'waiting', n.next, :at from"
    " (select coalesce(max(number), 0) + 1 as next from tickets where office = :office and day = :day) n"
    f" returning {_COLUMNS}"
)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:office, 0))")  # two kiosks never give out one number
_CALL = text(
    "update tickets set state = 'called', window_name = :window, department = :department, staff = :staff,"
    " called_at = :at, ended_at = null where id = ("
    "select id from tickets where office = :office and day = :day and state = 'waiting'"
    " and meant_for in ('', :window) order by place, number limit 1 for update skip locked)"
    f" and state = 'waiting' returning {_COLUMNS}"
)
_MINE = "id = :ticket and office = :office and department = :department and staff = :staff"
_PAUSE = text(f"update tickets set state = 'paused' where {_MINE} and state = 'called' returning {_COLUMNS}")
_RESUME = text(f"update tickets set state = 'called' where {_MINE} and state = 'paused' returning {_COLUMNS}")
_END = text(
    f"update tickets set state = :state, ended_at = :at where {_MINE} and state in ('called', 'paused')"
    f" returning {_COLUMNS}"
)
_HAND_OVER = text(
    "update tickets set state = 'waiting', place = 0, meant_for = :to, why = :why"
    f" where {_MINE} and state in ('called', 'paused') returning {_COLUMNS}"
)
_LINE = text(
    "select count(*) as waiting, min(issued_at) as since from tickets"
    " where office = :office and day = :day and state = 'waiting' and meant_for in ('', :window)"
)
_OPEN = text(
    f"select {_COLUMNS} from tickets where department = :department and staff = :staff and day = :day"
    " and office = :office and state in ('called', 'paused') order by called_at desc, number"
)
_SHIFT = text(
    f"select {_COLUMNS} from tickets where department = :department and staff = :staff and day = :day"
    " and office = :office and number > :after and :number in (0, number) order by number limit :limit"
)


async def issue(transaction: AsyncConnection, ticket: str, *, office: str, day: date, at: datetime) -> Ticket:
    """Give out the office's next number of the day; inside a transaction."""
    await transaction.execute(_LOCK, {"office": f"tickets {office}"})
    row = (await transaction.execute(_ISSUE, {"id": ticket, "office": office, "day": day, "at": at})).one()
    return _ticket(row._mapping)


async def call_next(
    connection: AsyncConnection, who: Who, *, office: str, day: date, window: str, at: datetime
) -> Ticket | None:
    """Call the next ticket to a window: one handed over first, then by number; None when nobody waits."""
    bound = {**_who(who), "office": office, "day": day, "window": window, "at": at}
    row = (await connection.execute(_CALL, bound)).one_or_none()
    return None if row is None else _ticket(row._mapping)


async def pause(connection: AsyncConnection, who: Who, *, office: str, ticket: str) -> Ticket | None:
    """Let a called ticket of one's own rest; None when it is not in one's hands, or rests already."""
    return await _move(connection, _PAUSE, {**_who(who), "office": office, "ticket": ticket})


async def resume(connection: AsyncConnection, who: Who, *, office: str, ticket: str) -> Ticket | None:
    """Go on with a ticket that rested."""
    return await _move(connection, _RESUME, {**_who(who), "office": office, "ticket": ticket})


async def end(
    connection: AsyncConnection, who: Who, *, office: str, ticket: str, state: TicketState, at: datetime
) -> Ticket | None:
    """End a ticket of one's own as `done` or `absent`."""
    bound = {**_who(who), "office": office, "ticket": ticket, "state": state.value, "at": at}
    return await _move(connection, _END, bound)


async def hand_over(
    connection: AsyncConnection, who: Who, *, office: str, ticket: str, to: str, why: str
) -> Ticket | None:
    """Give a ticket back to the front of the line, for one window or ("") any."""
    return await _move(connection, _HAND_OVER, {**_who(who), "office": office, "ticket": ticket, "to": to, "why": why})


async def line_of(connection: AsyncConnection, *, office: str, day: date, window: str) -> Line:
    """Return how the line stands for one window."""
    row = (await connection.execute(_LINE, {"office": office, "day": day, "window": window})).one()
    return Line(waiting=row.waiting, since=row.since)


async def in_hands(connection: AsyncConnection, who: Who, *, office: str, day: date) -> tuple[Ticket, ...]:
    """Return the called and resting tickets of a member of staff, the last called first."""
    rows = (await connection.execute(_OPEN, {**_who(who), "office": office, "day": day})).all()
    return tuple(_ticket(row._mapping) for row in rows)


async def shift_of(
    connection: AsyncConnection, who: Who, *, office: str, day: date, limit: int, after: int = 0, number: int = 0
) -> tuple[Ticket, ...]:
    """Return the tickets a member of staff called on a day, by number, those after one; `number`: that one alone."""
    values = {**_who(who), "office": office, "day": day, "limit": limit, "after": after, "number": number}
    rows = (await connection.execute(_SHIFT, values)).all()
    return tuple(_ticket(row._mapping) for row in rows)


async def _move(connection: AsyncConnection, statement: Any, bound: Mapping[str, object]) -> Ticket | None:
    row = (await connection.execute(statement, bound)).one_or_none()
    return None if row is None else _ticket(row._mapping)


def _who(who: Who) -> dict[str, object]:
    return {"department": who.department, "staff": who.staff}


def _ticket(row: Mapping[Any, Any]) -> Ticket:
    return msgspec.convert(dict(row), Ticket)
