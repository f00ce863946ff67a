"""Reading cases: rows as structs, encrypted parts still closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.case import State
from mianzheng.store.edges import FirstStep


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case; bytes are encrypted under its key."""

    id: str
    owner: bytes
    item: str
    item_version: int
    state: State
    key_month: str
    key_wrapped: bytes
    opening: bytes
    created_at: datetime
    changed_at: datetime
    version: int = 1
    as_of: date | None = None
    permission: bytes | None = None
    outcome: bytes | None = None
    authorisation: str | None = None  # digest
    wave: int = 0
    decision: str = "undecided"
    decided_by: str = ""
    attempts: int = 0
    authorised_at: datetime | None = None
    settled_at: datetime | None = None
    waits_until: datetime | None = None
    due_at: datetime | None = None
    procedure: bytes | None = None
    clock_at: datetime | None = None
    provisional: bool = False
    handler: str = ""


def first_row(first: FirstStep) -> CaseRow:
    """Return the row of a case as its first step wrote it."""
    return CaseRow(
        id=first.case,
        owner=first.owner,
        item=first.item,
        item_version=first.item_version,
        state=first.state,
        key_month=first.key_month,
        key_wrapped=first.key_wrapped,
        opening=first.opening,
        due_at=first.due_at,
        created_at=first.at,
        changed_at=first.at,
    )


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a case; `body` and `answer` are encrypted."""

    id: str
    kind: str
    party: str
    wave: int
    status: str  # open, answered, void
    body: bytes
    answer: bytes | None


class ContestRow(msgspec.Struct, frozen=True, kw_only=True):
    """An open contest; `signed` is encrypted."""

    question: str
    role: str
    signed: bytes
    department: str = ""  # whose answer it is


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """One change of state."""

    version: int
    source: str
    target: str
    reason: str
    at: datetime


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a person had to bring, how often to come, and how many ledger entries the case has."""

    documents: int
    visits: int
    entries: int
    root: bytes | None  # of the last signed head


_CASE_COLUMNS = ", ".join(CaseRow.__struct_fields__)
_CASE = text(f"select {_CASE_COLUMNS} from cases where id = :case")
_OWNED = text("select id from cases where owner = :owner order by created_at desc limit :limit")
_REQUESTS = text(
    "select id, kind, party, wave, status, body, answer from requests where case_id = :case"
    " and status <> 'past' order by wave, prepared_at, id"
)
_CONTESTS = text(
    "select question, role, signed, department from contests where case_id = :case order by question, role"
)
_FLIPS = text("select version, source, target, reason, at from flips where case_id = :case order by version")
_DUE = text("select id from cases where due_at <= :now or clock_at <= :now order by due_at limit :limit")
_COUNTS = text(
    "select (select count(*) from burdens where case_id = :case and kind = 'document') as documents,"
    " (select count(*) from burdens where case_id = :case and kind = 'visit') as visits,"
    " (select count(*) from ledger_entries where case_ref = :case_ref) as entries,"
    " (select root from heads order by size desc limit 1) as root"
)
_CONTEST = text(
    "insert into contests (case_id, question, role, signed, department)"
    " values (:case, :question, :role, :signed, :department)"
    " on conflict do nothing"
)
_FINDING = text("insert into findings (code, party, case_id, detail) values (:code, :party, :case, :detail)")
_FINDINGS = text("select code, party, detail from findings where case_id = :case order by id")


async def find_case(connection: AsyncConnection, case: str) -> CaseRow | None:
    """Return the row of a case, or None."""
    found = (await connection.execute(_CASE, {"case": case})).one_or_none()
    return None if found is None else _case(found)


async def cases_of(connection: AsyncConnection, owner: bytes, limit: int = 100) -> tuple[str, ...]:
    """Return the ids of a person's cases, newest first."""
    return tuple((await connection.execute(_OWNED, {"owner": owner, "limit": limit})).scalars())


async def requests_of(connection: AsyncConnection, case: str) -> tuple[RequestRow, ...]:
    """Return all requests of a case in the order they were asked."""
    rows = (await connection.execute(_REQUESTS, {"case": case})).all()
    return tuple(RequestRow(**row._mapping) for row in rows)


async def contests_of(connection: AsyncConnection, case: str) -> tuple[ContestRow, ...]:
    """Return the open contests of a case."""
    rows = (await connection.execute(_CONTESTS, {"case": case})).all()
    return tuple(ContestRow(**row._mapping) for row in rows)


async def flips_of(connection: AsyncConnection, case: str) -> tuple[Flip, ...]:
    """Return every change of state of a case, oldest first."""
    rows = (await connection.execute(_FLIPS, {"case": case})).all()
    return tuple(Flip(**row._mapping) for row in rows)


async def due_cases(connection: AsyncConnection, now: datetime, limit: int = 500) -> tuple[str, ...]:
    """Return the cases that the machine must look at by `now`, the longest due first."""
    return tuple((await connection.execute(_DUE, {"now": now, "limit": limit})).scalars())


async def counts_of(connection: AsyncConnection, case: str, case_ref: bytes) -> Counts:
    """Return what a view of the case counts."""
    row = (await connection.execute(_COUNTS, {"case": case, "case_ref": case_ref})).one()
    return Counts(**row._mapping)


async def add_contest(connection: AsyncConnection, case: str, contest: ContestRow) -> None:
    """Write an open contest; a second one of the same answer changes nothing."""
    await connection.execute(_CONTEST, {"case": case, **msgspec.structs.asdict(contest)})


async def add_finding(connection: AsyncConnection, *, code: str, party: str, case: str, detail: str) -> None:
    """Write what the machine saw and somebody must look at; `detail` holds no personal data."""
    await connection.execute(_FINDING, {"code": code, "party": party, "case": case, "detail": detail})


async def findings_of(connection: AsyncConnection, case: str) -> Sequence[tuple[str, str, str]]:
    """Return (code, party, detail) of each finding about a case, oldest first."""
    rows = (await connection.execute(_FINDINGS, {"case": case})).all()
    return [(row[0], row[1], row[2]) for row in rows]


def _case(row: Row[Any]) -> CaseRow:
    values = dict(row._mapping)
    values["state"] = State(values["state"])
    return CaseRow(**values)
