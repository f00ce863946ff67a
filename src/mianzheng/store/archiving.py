"""Rows of closed cases: what is kept under the key of its term, and what is erased, now or when the term ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class KeptCase(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of a closed case; all bytes are encrypted under its new key."""

    case: str
    key_month: str
    key_wrapped: bytes
    opening: bytes
    permission: bytes | None
    outcome: bytes | None
    procedure: bytes | None
    at: datetime
    until: date | None  # None: for good
    requests: Mapping[str, tuple[bytes, bytes | None]]  # id -> body, answer; the others go
    contests: Mapping[tuple[str, str], bytes]
    participants: Mapping[str, bytes]
    notices: Mapping[int, bytes]


_ENDED = text(
    "select id from cases where state = 'ended' and archived_at is null and changed_at <= :before"
    " order by changed_at limit :limit"
)
_OVER = text("select id from cases where keep_until < :today order by keep_until limit :limit")
_KEEP = text(
    "update cases set key_month = :key_month, key_wrapped = :key_wrapped, opening = :opening,"
    " permission = :permission, outcome = :outcome, procedure = :procedure, archived_at = :at, keep_until = :until"
    " where id = :case"
)
_DROP = text("delete from requests where case_id = :case and not id = any(:kept)")
_REQUEST = text("update requests set body = :body, answer = :answer where case_id = :case and id = :id")
_CONTEST = text("update contests set signed = :sealed where case_id = :case and question = :question and role = :role")
_PARTICIPANT = text("update participants set content = :sealed where case_id = :case and role = :role")
_NOTICES_OF = text("select id, content from notices where case_id = :case order by id")
_NOTICE = text("update notices set content = :sealed where case_id = :case and id = :id")
_ALSO = ("invitations", "objections")  # nothing of these is kept once a case is closed
_ALL = ("requests", "contests", "participants", "notices", *_ALSO)
_BLANK = text(
    "update cases set owner = '', key_wrapped = '', opening = '', permission = null, outcome = null,"
    " procedure = null, authorisation = null, handler = '', keep_until = null where id = :case"
)
_WRAPPED = text("select key_month, key_wrapped from cases where id = :case")
_PERIODS = text("select distinct key_month from cases where key_wrapped <> ''")


async def ended_cases(connection: AsyncConnection, before: datetime, limit: int = 100) -> tuple[str, ...]:
    """Return cases that ended by `before` and are not archived yet, the oldest first."""
    return tuple((await connection.execute(_ENDED, {"before": before, "limit": limit})).scalars())


async def cases_over_term(connection: AsyncConnection, today: date, limit: int = 100) -> tuple[str, ...]:
    """Return archived cases whose term of keeping is over."""
    return tuple((await connection.execute(_OVER, {"today": today, "limit": limit})).scalars())


async def notices_sealed(connection: AsyncConnection, case: str) -> dict[int, bytes]:
    """Return the closed notices of a case by row."""
    return {row[0]: row[1] for row in (await connection.execute(_NOTICES_OF, {"case": case})).all()}


async def keep_case(connection: AsyncConnection, kept: KeptCase) -> None:
    """Write what is kept of a closed case under its new key, and delete the rest; in the caller's transaction."""
    fields = {name: getattr(kept, name) for name in _COLUMNS}
    await connection.execute(_KEEP, fields)
    await connection.execute(_DROP, {"case": kept.case, "kept": list(kept.requests)})
    for id_, (body, answer) in kept.requests.items():
        await connection.execute(_REQUEST, {"case": kept.case, "id": id_, "body": body, "answer": answer})
    for (question, role), sealed in kept.contests.items():
        values = {"case": kept.case, "question": question, "role": role, "sealed": sealed}
        await connection.execute(_CONTEST, values)
    for role, sealed in kept.participants.items():
        await connection.execute(_PARTICIPANT, {"case": kept.case, "role": role, "sealed": sealed})
    for row, sealed in kept.notices.items():
        await connection.execute(_NOTICE, {"case": kept.case, "id": row, "sealed": sealed})
    await _delete(connection, kept.case, _ALSO)


async def rewrite_requests(
    connection: AsyncConnection, case: str, rewritten: Mapping[str, tuple[bytes, bytes | None]]
) -> None:
    """Replace bodies and answers of requests, as they are without the references of links."""
    for id_, (body, answer) in rewritten.items():
        await connection.execute(_REQUEST, {"case": case, "id": id_, "body": body, "answer": answer})


async def blank_case(connection: AsyncConnection, case: str) -> tuple[str, bytes] | None:
    """Delete a case's wrapped key and all its contents, but for what is about nobody; return period and old key."""
    row = (await connection.execute(_WRAPPED, {"case": case})).one_or_none()
    if row is None:
        return None
    await _delete(connection, case, _ALL)
    await connection.execute(_BLANK, {"case": case})
    return row[0], row[1]


async def periods_in_use(connection: AsyncConnection) -> frozenset[str]:
    """Return the periods whose keys some case still needs."""
    return frozenset((await connection.execute(_PERIODS)).scalars())


async def _delete(connection: AsyncConnection, case: str, tables: Sequence[str]) -> None:
    for table in tables:
        await connection.execute(text(f"delete from {table} where case_id = :case"), {"case": case})


_COLUMNS = ("case", "key_month", "key_wrapped", "opening", "permission", "outcome", "procedure", "at", "until")
