"""Codes of people who meet a clerk: kept like sessions, but each opens once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TAKE = text("delete from sessions where token = :token and expires_at > :now returning content")


async def take_meeting(connection: AsyncConnection, name: bytes, now: datetime) -> bytes | None:
    """Use a code up and return its closed content; None when there is none, or its time is over."""
    content: bytes | None = (await connection.execute(_TAKE, {"token": name, "now": now})).scalar_one_or_none()
    return content
