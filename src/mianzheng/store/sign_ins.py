"""Sign-ins of a person: when, how, and how the session ended. Nobody else can tell whose a row is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT = timedelta(days=185)  # Cybersecurity Law 网络安全法 Art. 21: at least six months


class SignInRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in; `until` is when its session ends by itself, None once it has ended."""

    id: int
    session: bytes
    method: str
    level: int
    presence: bool
    opened_at: datetime
    ended_at: datetime | None
    ended: str
    until: datetime | None


_ADD = text(
    "insert into sign_ins (who, session, method, level, presence, opened_at)"
    " values (:who, :session, :method, :level, :presence, :at)"
)
_COLUMNS = "n.id, n.session, n.method, n.level, n.presence, n.opened_at, n.ended_at, n.ended, s.expires_at as until"
_SESSION = "left join sessions s on s.token = n.session"
_NEWEST = "order by n.id desc limit :limit"
_PAGE = text(f"select {_COLUMNS} from sign_ins n {_SESSION} where n.who = :who and n.id < :before {_NEWEST}")
_BY_METHOD = text(
    f"select {_COLUMNS} from sign_ins n {_SESSION} where n.who = :who and n.method = any(:methods) and n.id < :before"
    f" {_NEWEST}"
)
_END = text("update sign_ins set ended_at = :at, ended = :ended where session = :session and ended = ''")
_CLOSE = text(
    "update sign_ins set ended_at = :at, ended = 'closed' where who = :who and ended = ''"
    " and session <> :but and (:one = 0 or id = :one) returning session"
)
_DROP = text("delete from sessions where token = any(:tokens)")
_TIME = text(
    "update sign_ins n set ended_at = s.expires_at, ended = 'time' from sessions s"
    " where s.token = n.session and s.expires_at <= :now and n.ended = ''"
)
_FORGET = text("delete from sign_ins where opened_at < :before")


async def add_sign_in(
    connection: AsyncConnection, *, who: bytes, session: bytes, method: str, level: int, presence: bool, at: datetime
) -> None:
    """Keep that a session was opened."""
    values = {"who": who, "session": session, "method": method, "level": level, "presence": presence, "at": at}
    await connection.execute(_ADD, values)


async def page_of(
    connection: AsyncConnection, who: bytes, *, before: int, limit: int, methods: Sequence[str] | None = None
) -> tuple[SignInRow, ...]:
    """Return a person's sign-ins, newest first; by some `methods` or (None) by any."""
    values: dict[str, object] = {"who": who, "before": before, "limit": limit}
    if methods is None:
        return tuple(SignInRow(**row._mapping) for row in await connection.execute(_PAGE, values))
    rows = await connection.execute(_BY_METHOD, values | {"methods": list(methods)})
    return tuple(SignInRow(**row._mapping) for row in rows)


async def note_end(connection: AsyncConnection, session: bytes, *, ended: str, at: datetime) -> None:
    """Keep how a session ended: signed-out or replaced."""
    await connection.execute(_END, {"session": session, "ended": ended, "at": at})


async def close_others(
    connection: AsyncConnection, who: bytes, *, but: bytes, one: int, at: datetime
) -> tuple[bytes, ...]:
    """End a person's sessions but the one named `but`; of them only the sign-in `one` unless that is 0."""
    rows = await connection.execute(_CLOSE, {"who": who, "but": but, "one": one, "at": at})
    tokens = tuple(bytes(row.session) for row in rows)
    await connection.execute(_DROP, {"tokens": list(tokens)})
    return tokens


async def note_ended_by_time(connection: AsyncConnection, now: datetime) -> None:
    """Keep which sessions ended by themselves, before their rows go; forget what is old."""
    await connection.execute(_TIME, {"now": now})
    await connection.execute(_FORGET, {"before": now - KEPT})
