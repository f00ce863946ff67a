"""One step of a case: one statement, so one transaction, won by one conditional update.

The case's row is changed only where it still stands in the state and version the caller saw;
everything else of the step (flip, ledger entries, requests, answers) hangs on that update in the
same statement. Whoever comes second changes nothing at all. A granted case takes this statement
eight times, so it goes to the driver of the connection itself: half the processor time.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.case import State
from mianzheng.store.engine import driver


class NewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A signed request, committed before it leaves; `body` is encrypted."""

    id: str
    kind: str  # bundle, answers, decision, delivery, correction, revocation
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
    clock_at: datetime | None = None  # like due_at: when the law's clock next turns
    provisional: bool = False  # that time rests on days no notice has settled yet
    procedure: bytes | None = None
    opening: bytes | None = None
    handler: str | None = None


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
    select e.leaf, %(case_ref)s, %(subject)s, %(year)s, e.content
    from moved, unnest(cast(%(leaves)s as bytea[]), cast(%(contents)s as bytea[])) as e(leaf, content)"""

_MOVE = f"""
with moved as (
    update cases set
        state = %(target)s, version = version + 1, changed_at = %(at)s, due_at = %(due_at)s, attempts = %(attempts)s,
        permission = coalesce(%(permission)s, permission), outcome = coalesce(%(outcome)s, outcome),
        authorisation = coalesce(%(authorisation)s, authorisation),
        as_of = coalesce(cast(%(as_of)s as date), as_of), wave = coalesce(%(wave)s, wave),
        decision = coalesce(%(decision)s, decision), decided_by = coalesce(%(decided_by)s, decided_by),
        authorised_at = coalesce(authorised_at, %(authorised_at)s), settled_at = coalesce(%(settled_at)s, settled_at),
        waits_until = %(waits_until)s, clock_at = %(clock_at)s, provisional = %(provisional)s,
        procedure = coalesce(%(procedure)s, procedure), opening = coalesce(%(opening)s, opening),
        handler = coalesce(%(handler)s, handler), papered = papered and %(target)s <> 'reopened'
    where id = %(case)s and state = %(source)s and version = %(version)s
    returning id, version
), flip as (
    insert into flips (case_id, version, source, target, reason, at)
    select id, version, %(source)s, %(target)s, %(reason)s, %(at)s from moved
), entered as ({_ENTRIES}
), asked as (
    insert into requests (id, case_id, kind, party, wave, status, body)
    select r.id, moved.id, r.kind, r.party, r.wave, 'open', r.body
    from moved, unnest(string_to_array(%(r_ids)s, ' '), string_to_array(%(r_kinds)s, ' '),
                       string_to_array(%(r_parties)s, ' '),
                       cast(string_to_array(%(r_waves)s, ' ') as integer[]),
                       cast(%(r_bodies)s as bytea[])) as r(id, kind, party, wave, body)
), closed as (
    update requests set status = case when a.answer is null then 'void' else 'answered' end,
                        answer = a.answer, answered_at = now()
    from moved, unnest(string_to_array(%(a_ids)s, ' '), cast(%(a_answers)s as bytea[])) as a(id, answer)
    where requests.id = a.id and requests.case_id = moved.id and requests.status = 'open'
)
select count(*) from moved"""

_OPEN = f"""
with moved as (
    insert into cases
        (id, owner, item, item_version, state, version, key_month, key_wrapped, opening, due_at, created_at, changed_at)
    values (%(case)s, %(owner)s, %(item)s, %(item_version)s, %(state)s, 1, %(key_month)s, %(key_wrapped)s,
            %(opening)s, %(due_at)s, %(at)s, %(at)s)
    returning id
), flip as (
    insert into flips (case_id, version, source, target, reason, at)
    select id, 1, '', %(state)s, 'opened', %(at)s from moved
), entered as ({_ENTRIES}
)
select count(*) from moved"""


async def open_case(connection: AsyncConnection, first: FirstStep) -> None:
    """Write a new case with its first flip and ledger entries."""
    await driver(connection).execute(
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
    moved = await driver(connection).execute(
        _MOVE,
        {
            **{name: getattr(edge, name) for name in _COLUMNS},
            "source": edge.source.value,
            "target": edge.target.value,
            **_entries(edge.whose, edge.entries),
            # ids, kinds and parties hold no blanks; one text is cheaper to send than an array of texts
            "r_ids": " ".join(request.id for request in edge.requests),
            "r_kinds": " ".join(request.kind for request in edge.requests),
            "r_parties": " ".join(request.party for request in edge.requests),
            "r_waves": " ".join(str(request.wave) for request in edge.requests),
            "r_bodies": [request.body for request in edge.requests],
            "a_ids": " ".join(answered.id for answered in edge.answered),
            "a_answers": [answered.answer for answered in edge.answered],
        },
    )
    found = await moved.fetchone()
    return found is not None and bool(found[0])


_COLUMNS = (
    "case", "version", "reason", "at", "due_at", "permission", "outcome", "authorisation", "as_of", "wave",
    "decision", "decided_by", "attempts", "authorised_at",
    "settled_at", "waits_until", "clock_at", "provisional", "procedure", "opening", "handler",
)  # fmt: skip


def _entries(whose: Whose, entries: tuple[NewEntry, ...]) -> dict[str, object]:
    return {
        "case_ref": whose.case_ref,
        "subject": whose.subject,
        "year": whose.year,
        "leaves": [entry.leaf for entry in entries],
        "contents": [entry.content for entry in entries],
    }
