"""Rows of people beyond the applicant: invitations to sign, and who took part in a case."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What one invitation is for."""

    case_id: str
    role: str


class ParticipantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One participant of a case; `content` is encrypted under the case key."""

    role: str
    content: bytes


_INVITE = text("insert into invitations (code, case_id, role, expires_at) values (:code, :case, :role, :expires_at)")
_USE = text("delete from invitations where code = :code and expires_at > :now returning case_id, role")
_CLEAN = text("delete from invitations where expires_at <= :now")
_JOIN = text(
    "insert into participants (case_id, role, who, content) values (:case, :role, :who, :content)"
    " on conflict (case_id, role) do update set who = excluded.who, content = excluded.content"
)
_LEAVE = text("delete from participants where case_id = :case and role = :role")
_OF_CASE = text("select role, content from participants where case_id = :case order by role")
_WITH = text(
    "select p.case_id from participants p join cases c on c.id = p.case_id where p.who = :who"
    " order by c.created_at desc"
)
_ROLES_OF = text("select role from participants where case_id = :case and who = :who order by role")


async def add_invitation(
    connection: AsyncConnection, code: bytes, *, case: str, role: str, expires_at: datetime
) -> None:
    """Keep the SHA-256 of an invitation's code."""
    await connection.execute(_INVITE, {"code": code, "case": case, "role": role, "expires_at": expires_at})


async def use_invitation(connection: AsyncConnection, code: bytes, now: datetime) -> Invited | None:
    """Use an invitation up and return what it is for; None when there is none, or its time is over."""
    row = (await connection.execute(_USE, {"code": code, "now": now})).one_or_none()
    return None if row is None else Invited(**row._mapping)


async def clean_invitations(connection: AsyncConnection, now: datetime) -> None:
    """Delete invitations whose time is over."""
    await connection.execute(_CLEAN, {"now": now})


async def add_participant(connection: AsyncConnection, *, case: str, role: str, who: bytes, content: bytes) -> None:
    """Write who takes part in a role of a case; who did before is replaced."""
    await connection.execute(_JOIN, {"case": case, "role": role, "who": who, "content": content})


async def remove_participant(connection: AsyncConnection, *, case: str, role: str) -> None:
    """Forget who took part in a role of a case."""
    await connection.execute(_LEAVE, {"case": case, "role": role})


async def participants_of(connection: AsyncConnection, case: str) -> tuple[ParticipantRow, ...]:
    """Return who takes part in a case."""
    rows = (await connection.execute(_OF_CASE, {"case": case})).all()
    return tuple(ParticipantRow(**row._mapping) for row in rows)


async def cases_with(connection: AsyncConnection, who: bytes) -> tuple[str, ...]:
    """Return the cases in which a person takes part, newest first."""
    return tuple((await connection.execute(_WITH, {"who": who})).scalars())


async def roles_of(connection: AsyncConnection, *, case: str, who: bytes) -> tuple[str, ...]:
    """Return the roles in which a person takes part in a case."""
    return tuple((await connection.execute(_ROLES_OF, {"case": case, "who": who})).scalars())
