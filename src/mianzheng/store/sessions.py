"""Nonces and sessions. Neither can be used from a dump: one is hashed, the other closed by its token."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD_NONCE = text("insert into nonces (nonce, expires_at) values (:nonce, :expires_at)")
_USE_NONCE = text("delete from nonces where nonce = :nonce and expires_at > :now returning 1")
_ADD_SESSION = text("insert into sessions (token, content, expires_at) values (:token, :content, :expires_at)")
_SESSION = text("select content from sessions where token = :token and expires_at > :now")
_END = text("delete from sessions where token = :token")
_CLEAN = (text("delete from nonces where expires_at <= :now"), text("delete from sessions where expires_at <= :now"))


async def add_nonce(connection: AsyncConnection, nonce: bytes, expires_at: datetime) -> None:
    """Keep the SHA-256 of a nonce that was given out."""
    await connection.execute(_ADD_NONCE, {"nonce": nonce, "expires_at": expires_at})


async def use_nonce(connection: AsyncConnection, nonce: bytes, now: datetime) -> bool:
    """Use a nonce up; return whether it was ours, unused and in time."""
    return (await connection.execute(_USE_NONCE, {"nonce": nonce, "now": now})).first() is not None


async def add_session(connection: AsyncConnection, token: bytes, content: bytes, expires_at: datetime) -> None:
    """Keep a session under the SHA-256 of its token."""
    await connection.execute(_ADD_SESSION, {"token": token, "content": content, "expires_at": expires_at})


async def find_session(connection: AsyncConnection, token: bytes, now: datetime) -> bytes | None:
    """Return the closed content of a living session."""
    content: bytes | None = (await connection.execute(_SESSION, {"token": token, "now": now})).scalar_one_or_none()
    return content


async def end_session(connection: AsyncConnection, token: bytes) -> None:
    """Delete a session."""
    await connection.execute(_END, {"token": token})


async def clean_sessions(connection: AsyncConnection, now: datetime) -> None:
    """Delete nonces and sessions whose time is over."""
    for statement in _CLEAN:
        await connection.execute(statement, {"now": now})
