"""What a page put together for a person to sign. It can be read from no dump: its token closes it, and is hashed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD = text("insert into to_sign (token, content, expires_at) values (:token, :content, :expires_at)")
_ADD_ONCE = text(
    "insert into to_sign (token, content, expires_at) values (:token, :content, :expires_at)"
    " on conflict do nothing returning 1"
)
_FIND = text("select content from to_sign where token = :token and expires_at > :now")
_REPLACE = text("update to_sign set content = :content where token = :token and content = :former returning 1")
_END = text("delete from to_sign where token = :token")
_TAKE = text("delete from to_sign where token = :token and expires_at > :now returning content")
_CLEAN = text("delete from to_sign where expires_at <= :now")


async def add(connection: AsyncConnection, token: bytes, content: bytes, expires_at: datetime) -> None:
    """Keep what is to be signed under the SHA-256 of its token."""
    await connection.execute(_ADD, {"token": token, "content": content, "expires_at": expires_at})


async def add_once(connection: AsyncConnection, token: bytes, content: bytes, expires_at: datetime) -> bool:
    """Keep something under the SHA-256 of its token; False, and nothing is changed, when it is kept already."""
    values = {"token": token, "content": content, "expires_at": expires_at}
    return (await connection.execute(_ADD_ONCE, values)).first() is not None


async def find(connection: AsyncConnection, token: bytes, now: datetime) -> bytes | None:
    """Return the closed content, None when there is none or its time is over."""
    content: bytes | None = (await connection.execute(_FIND, {"token": token, "now": now})).scalar_one_or_none()
    return content


async def replace(connection: AsyncConnection, token: bytes, content: bytes, *, former: bytes) -> bool:
    """Put other content in the place of `former`; False, and nothing is changed, when that stands there no more."""
    values = {"token": token, "content": content, "former": former}
    return (await connection.execute(_REPLACE, values)).first() is not None


async def take(connection: AsyncConnection, token: bytes, now: datetime) -> bytes | None:
    """Return the closed content and forget it: of two that come for it one is given it."""
    content: bytes | None = (await connection.execute(_TAKE, {"token": token, "now": now})).scalar_one_or_none()
    return content


async def end(connection: AsyncConnection, token: bytes) -> None:
    """Forget what was signed."""
    await connection.execute(_END, {"token": token})


async def clean(connection: AsyncConnection, now: datetime) -> None:
    """Delete what nobody signed in time."""
    await connection.execute(_CLEAN, {"now": now})
