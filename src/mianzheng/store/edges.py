"""One step of a case: one statement, so one transaction, won by one conditional update.

The case's row is changed only where it still stands in the state and version the caller saw;
everything else of the step (flip, ledger entries, requests, answers) hangs on that update in the
same statement. Whoever comes second changes nothing at all.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.case import State


class NewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A signed request, committed before it leaves; `body` is encrypted."""

    id: str
    kind: str  # bundle, answers, decision, delivery
    party: str
    wave: int
    body: bytes


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A request that has its answer (`answer` encrypted), or that will never be sent again (None)."""

    id: str
    answer: bytes | None


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger entry: its leaf hash, and salt and content encrypted under the (subject, year) key."""

    leaf: bytes
    content: bytes


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """Under which names the entries of a case stand in the ledger."""

    case_ref: bytes
    subject: bytes
    year: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One step from `source` to `target` (equal when the case gets on inside a state).

    Fields that are None leave their column alone; `due_at` always replaces: None means that the
    case now waits for a person and no machine looks at it by itself.
    """

    case: str
    version: int
    source: State
    target: State
    reason: str
    whose: Whose
    entries: tuple[NewEntry, ...]
    at: datetime  # when the step is taken
    due_at: datetime | None
    requests: tuple[NewRequest, ...] = ()
    answered: tuple[Answered, ...] = ()
    permission: bytes | None = None
    outcome: bytes | None = None
    authorisation: str | None = None
    as_of: str | None = None
    wave: int | None = None
    decision: str | None = None
    decided_by: str | None = None
    attempts: int = 0
    authorised_at: datetime | None = None
    settled_at: datetime | None = None
    waits_until: datetime | None = None  # like due_at, always replaced


class FirstStep(msgspec.Struct, frozen=True, kw_only=True):
    """A new case in its first state, under a new key."""

    case: str
    owner: bytes
    item: str
    item_version: int
    state: State
    key_month: str
    key_wrapped: bytes
    opening: bytes
    whose: Whose
    entries: tuple[NewEntry, ...]
    due_at: datetime | None
    at: datetime  # when it was opened


_ENTRIES = """
    insert into ledger_entries (leaf, case_ref, subject, year, content)
    select e.leaf, :case_ref, :subject, :year, e.content
    from moved, unnest(cast(:leaves as bytea[]), cast(:contents as bytea[])) as e(leaf, content)"""

_MOVE = text(f"""
with moved as (
    update cases set
        state = :target, version = version + 1, changed_at = :at, due_at = :due_at, attempts = :attempts,
        permission = coalesce(:permission, permission), outcome = coalesce(:outcome, outcome),
        authorisation = coalesce(:authorisation, authorisation),
        as_of = coalesce(cast(:as_of as date), as_of), wave = coalesce(:wave, wave),
        decision = coalesce(:decision, decision), decided_by = coalesce(:decided_by, decided_by),
        authorised_at = coalesce(authorised_at, :authorised_at), settled_at = coalesce(:settled_at, settled_at),
        waits_until = :waits_until
    where id = :case and state = :source and version = :version
    returning id, version
), flip as (
    insert into flips (case_id, version, source, target, reason, at)
    select id, version, :source, :target, :reason, :at from moved
), entered as ({_ENTRIES}
), asked as (
    insert into requests (id, case_id, kind, party, wave, status, body)
    select r.id, moved.id, r.kind, r.party, r.wave, 'open', r.body
    from moved, unnest(cast(:r_ids as text[]), cast(:r_kinds as text[]), cast(:r_parties as text[]),
                       cast(:r_waves as integer[]), cast(:r_bodies as bytea[])) as r(id, kind, party, wave, body)
), closed as (
    update requests set status = case when a.answer is null then 'void' else 'answered' end,
                        answer = a.answer, answered_at = now()
    from moved, unnest(cast(:a_ids as text[]), cast(:a_answers as bytea[])) as a(id, answer)
    where requests.id = a.id and requests.case_id = moved.id and requests.status = 'open'
)
select count(*) from moved""")

_OPEN = text(f"""
with moved as (
    insert into cases
        (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, due_at, created_at, changed_at)
    values (:case, :owner, :item, :item_version, :state, 1, :key_month, :key_wrapped, :opening, :due_at, :at, :at)
    returning id
), flip as (
    insert into flips (case_id, version, source, target, reason, at)
    select id, 1, '', :state, 'opened', :at from moved
), entered as ({_ENTRIES}
)
select count(*) from moved""")


async def open_case(connection: AsyncConnection, first: FirstStep) -> None:
    """Write a new case with its first flip and ledger entries."""
    await connection.execute(
        _OPEN,
        {
            "case": first.case,
            "owner": first.owner,
            "item": first.item,
            "item_version": first.item_version,
            "state": first.state.value,
            "key_month": first.key_month,
            "key_wrapped": first.key_wrapped,
            "opening": first.opening,
            "due_at": first.due_at,
            "at": first.at,
            **_entries(first.whose, first.entries),
        },
    )


async def move(connection: AsyncConnection, edge: Edge) -> bool:
    """Take one step; return whether it was won (else another process moved the case first)."""
    moved = await connection.execute(
        _MOVE,
        {
            **{name: getattr(edge, name) for name in _COLUMNS},
            "source": edge.source.value,
            "target": edge.target.value,
            **_entries(edge.whose, edge.entries),
            "r_ids": [request.id for request in edge.requests],
            "r_kinds": [request.kind for request in edge.requests],
            "r_parties": [request.party for request in edge.requests],
            "r_waves": [request.wave for request in edge.requests],
            "r_bodies": [request.body for request in edge.requests],
            "a_ids": [answered.id for answered in edge.answered],
            "a_answers": [answered.answer for answered in edge.answered],
        },
    )
    return bool(moved.scalar_one())


_COLUMNS = (
    "case", "version", "reason", "at", "due_at", "permission", "outcome", "authorisation", "as_of", "wave",
    "decision", "decided_by", "attempts", "authorised_at",
    "settled_at", "waits_until",
)  # fmt: skip


def _entries(whose: Whose, entries: tuple[NewEntry, ...]) -> dict[str, object]:
    return {
        "case_ref": whose.case_ref,
        "subject": whose.subject,
        "year": whose.year,
        "leaves": [entry.leaf for entry in entries],
        "contents": [entry.content for entry in entries],
    }
