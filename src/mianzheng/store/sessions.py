"""Nonces and sessions. Neither can be used from a dump: one is hashed, the other closed by its token."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.store.sign_ins import note_ended_by_time


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A living session: its closed content, and when it ends unless it is used again."""

    content: bytes
    expires_at: datetime


_ADD_NONCE = text("insert into nonces (nonce, expires_at) values (:nonce, :expires_at)")
_USE_NONCE = text("delete from nonces where nonce = :nonce and expires_at > :now returning 1")
_ADD_SESSION = text("insert into sessions (token, content, expires_at) values (:token, :content, :expires_at)")
_SESSION = text("select content, expires_at from sessions where token = :token and expires_at > :now")
_USED = text("update sessions set expires_at = :expires_at where token = :token")
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


async def find_session(connection: AsyncConnection, token: bytes, now: datetime) -> SessionRow | None:
    """Return a living session."""
    row = (await connection.execute(_SESSION, {"token": token, "now": now})).one_or_none()
    return None if row is None else SessionRow(**row._mapping)


async def prolong_session(connection: AsyncConnection, token: bytes, expires_at: datetime) -> None:
    """Let a session that is in use end later."""
    await connection.execute(_USED, {"token": token, "expires_at": expires_at})


async def end_session(connection: AsyncConnection, token: bytes) -> None:
    """Delete a session."""
    await connection.execute(_END, {"token": token})


async def clean_sessions(connection: AsyncConnection, now: datetime) -> None:
    """Delete nonces and sessions whose time is over; that a session ended so stands with its sign-in."""
    await note_ended_by_time(connection, now)
    for statement in _CLEAN:
        await connection.execute(statement, {"now": now})
