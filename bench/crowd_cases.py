"""Other people's cases with all that hangs on them; of fifty one still waits for somebody at its department's desk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import psycopg

from bench.copying import copy_rows
from mianzheng.model.case import State

PART_BYTES = 600
DAYS = 900  # how long the city has been at it
ONE_IN = 50  # waits
_ENDS = (State.DELIVERED, State.ENDED, State.REFUSED, State.WITHDRAWN)
_WAITS = (State.WAITING_PERSON, State.PROPOSED, State.SUSPENDED, State.PUBLIC_NOTICE, State.ESCALATED)
_CASES = (
    "cases (id, owner, item, item_version, as_of, state, version, key_month, key_wrapped, opening, permission, outcome,"
    " authorisation, decision, decided_by, created_at, changed_at, authorised_at, settled_at, archived_at, clock_at,"
    " papered)"
)


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    id: str
    owner: bytes
    item: tuple[str, int, str]  # name, version, department
    made: datetime

    @property
    def department(self) -> str:
        return self.item[2]

    @property
    def state(self) -> State:
        if self.number % ONE_IN == 0:
            return _WAITS[self.number // ONE_IN % len(_WAITS)]
        return _ENDS[self.number % len(_ENDS)]

    @property
    def waits(self) -> bool:
        return self.state in _WAITS


def add_cases(connection: psycopg.Connection, owners: list[bytes], count: int) -> None:
    """Add so many cases of these owners, spread over the published items and the last years."""
    query = "SELECT item, version, department FROM items WHERE status = 'published' ORDER BY item"
    begin = datetime.now(UTC) - timedelta(days=DAYS)
    items = [(str(row[0]), int(row[1]), str(row[2])) for row in connection.execute(query)]
    cases = [
        _Case(
            number=number,
            id=f"c{secrets.token_hex(12)}",
            owner=owners[number % len(owners)],
            item=items[number % len(items)],
            made=begin + timedelta(days=DAYS) * number / count,
        )
        for number in range(count)
    ]
    copy_rows(connection, _CASES, map(_row, cases))
    copy_rows(connection, "flips (case_id, version, source, target, reason, at)", _flips(cases))
    copy_rows(connection, "requests (id, case_id, kind, party, wave, status, body, answer)", _requests(cases))
    copy_rows(connection, "notices (case_id, kind, content, told_at, owner, item)", _notices(cases))
    copy_rows(connection, "participants (case_id, role, who, content)", _participants(cases, owners))
    copy_rows(connection, f"papers ({', '.join(_PAPER)})", _papers(cases))
    copy_rows(connection, "burdens (case_id, kind, what, at)", _burdens(cases))
    copy_rows(connection, f"overdue ({', '.join(_OVERDUE)})", _overdue(cases))
    waiting = [case for case in cases if case.waits][::4]
    columns = "contests (case_id, question, role, signed, at, department)"
    copy_rows(
        connection, columns, ((c.id, "q", "applicant", _noise(PART_BYTES), c.made, c.department) for c in waiting)
    )
    columns = "reviews (case_id, question, role, because, at)"
    copy_rows(connection, columns, ((c.id, "q", "applicant", cases[0].id, c.made) for c in cases[::100]))
    copy_rows(connection, "objections (case_id, content, at)", ((c.id, _noise(200), c.made) for c in waiting))


def _row(case: _Case) -> tuple[object, ...]:
    named = (case.id, case.owner, *case.item[:2], case.made.date(), case.state.value)
    noise = _noise(PART_BYTES)
    sealed = (9, "2026-01", noise[:60], noise, noise, noise, secrets.token_hex(32))
    settled = case.made + timedelta(seconds=1 + case.number % 3)
    if not case.waits:
        return (*named, *sealed, "granted", "machine", case.made, settled, case.made, settled, settled, None, True)
    clock = datetime.now(UTC) + timedelta(days=9, seconds=case.number)
    return (*named, *sealed, "undecided", "", case.made, settled, case.made, None, None, clock, False)


def _flips(cases: list[_Case]) -> Iterator[tuple[object, ...]]:
    way = ("", "applied", "accepted", "authorised", "asking", "granted", "issued", "delivered")
    for case in cases:
        for version, (source, target) in enumerate(pairwise(way), start=1):
            yield case.id, version, source, target, "noise", case.made


def _requests(cases: list[_Case]) -> Iterator[tuple[object, ...]]:
    for case in cases:
        noise = _noise(PART_BYTES)
        kinds = ("bundle", "answers", "answers") + (("decision",) if case.number % 4 == 0 else ())
        for kind in kinds:
            yield f"r{secrets.token_hex(12)}", case.id, kind, "gateway", 1, "answered", noise, noise


def _notices(cases: list[_Case]) -> Iterator[tuple[object, ...]]:
    for case in cases:
        yield case.id, "delivered", _noise(200), case.made, case.owner, case.item[0]


def _participants(cases: list[_Case], owners: list[bytes]) -> Iterator[tuple[object, ...]]:
    for case in cases[::8]:
        yield case.id, "spouse#1", owners[-case.number % len(owners)], _noise(200)


_PAPER = (
    "number", "case_id", "kind", "place", "occasion", "audience", "department", "told_on", "deliver_by", "content",
    "pdf", "digest", "made_at", "sealed_at", "way", "delivered_on",
)  # fmt: skip


def _papers(cases: list[_Case]) -> Iterator[tuple[object, ...]]:
    """A paper of each case that ended. The file is shorter than a true one; no list reads it."""
    for case in cases:
        if not case.waits:
            day, named = case.made.date(), f"crowd-{case.made.year}-{case.number}"
            told = (named, case.id, "grant", 1, named, "resident", case.department, day, day + timedelta(days=14))
            yield (*told, _noise(PART_BYTES), _noise(4 * PART_BYTES), _noise(32), case.made, case.made, "screen", day)


def _burdens(cases: list[_Case]) -> Iterator[tuple[object, ...]]:
    for case in cases[::10]:
        yield case.id, "visit" if case.number % 20 else "document", "noise", case.made


_OVERDUE = (
    "case_id", "item", "department", "what", "since", "publish_zh", "publish_en", "reason_zh", "reason_en", "ended_on"
)  # fmt: skip


def _overdue(cases: list[_Case]) -> Iterator[tuple[object, ...]]:
    said = ("没有按承诺的时间办结", "not finished in time", "登记册没有回答", "a register gave no answer")
    for case in cases[::16]:
        day = case.made.date()
        yield case.id, case.item[0], case.department, "promise", day, *said, day + timedelta(days=2)


def _noise(size: int) -> bytes:
    return os.urandom(size)
