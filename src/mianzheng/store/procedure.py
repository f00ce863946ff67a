"""Rows beside a step of the procedure: notices, burdens, overdue limits, objections, reviews; the desk's lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.case import State
from mianzheng.store.sought import NO_NUMBER, NUMBERED, Sought

AT_DESK = (
    State.WAITING_PERSON,
    State.PROPOSED,
    State.VISIT_BOOKED,
    State.SUSPENDED,
    State.FEE_DUE,
    State.DECLARED,
    State.PUBLIC_NOTICE,
    State.CORRECTION,
    State.ACCEPTED_INCOMPLETE,
    State.ESCALATED,
)
"""States in which a case stands in some desk's list: the index of those lists holds these alone."""


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in writing; `content` is encrypted under the case key."""

    kind: str
    content: bytes
    told_at: datetime


class OverdueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of a case that ran out, as it is published."""

    item: str
    department: str
    what: str
    since: date
    publish_zh: str
    publish_en: str
    reason_zh: str
    reason_en: str
    ended_on: date | None = None
    id: int = 0  # 0: not written yet


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What is written in the transaction of one step, beside the case's own row."""

    notices: tuple[NoticeRow, ...] = ()
    visits: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    overdue: tuple[OverdueRow, ...] = ()
    explained: tuple[str, str] | None = None  # which limit, and the department's own reason
    overdue_ended: date | None = None
    objection: bytes | None = None
    contest_ended: tuple[str, str] | None = None  # question, role
    past: bool = False  # what was asked before counts no more: the person signs anew
    reviews: tuple[tuple[str, str, str], ...] = ()  # case, question, role


class DeskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case of a desk."""

    id: str
    item: str
    item_version: int
    state: State
    handler: str
    changed_at: datetime


class DeskPage(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines of a desk: those after (`at`, `id`), of what is `sought` (None: every one), so many."""

    at: datetime
    id: str
    limit: int
    sought: Sought | None = None

    def bound(self) -> dict[str, object]:
        """Return the values by which a statement reads this page."""
        items = None if self.sought is None else list(self.sought.items)
        start, last = (NO_NUMBER, NO_NUMBER) if self.sought is None else (self.sought.start, self.sought.last)
        return {"at": self.at, "id": self.id, "limit": self.limit, "items": items, "start": start, "last": last}


class NoticedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One public notice that runs; `until` is its last day in Asia/Shanghai."""

    id: str
    item: str
    department: str
    until: date
    clock_at: datetime


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case to look at again."""

    case_id: str
    question: str
    role: str
    because: str
    item: str


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NOTICE = text(
    "insert into notices (case_id, kind, content, told_at, owner, item)"
    " select :case, :kind, :content, :told_at, c.owner, c.item from cases c where c.id = :case"
)
_BURDEN = text("insert into burdens (case_id, kind, what) values (:case, :kind, :what)")
_OVERDUE = text(
    "insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)"
    " values (:case, :item, :department, :what, :since, :publish_zh, :publish_en, :reason_zh, :reason_en)"
    " on conflict (case_id, what, since) do nothing"
)
_EXPLAIN = text("update overdue set reason_zh = :reason, reason_en = :reason where case_id = :case and what = :what")
_END_OVERDUE = text("update overdue set ended_on = :day where case_id = :case and ended_on is null")
_OBJECT = text("insert into objections (case_id, content, at) values (:case, :content, :at)")
_END_CONTEST = text("delete from contests where case_id = :case and question = :question and role = :role")
_PAST = text("update requests set status = 'past' where case_id = :case and status <> 'past'")
_REVIEW = text(
    "insert into reviews (case_id, question, role, because, at, department)"
    " select c.id, :question, :role, :because, :at, i.department"
    " from cases c join items i on i.item = c.item and i.version = c.item_version where c.id = :case"
    " on conflict do nothing"
)
_NOTICES_OF = text("select kind, content, told_at from notices where case_id = :case order by id")
_OVERDUE_COLUMNS = "item, department, what, since, publish_zh, publish_en, reason_zh, reason_en, ended_on, id"
_OVERDUE_OF = text(f"select {_OVERDUE_COLUMNS} from overdue where case_id = :case order by id")
_ALL_OVERDUE = text(
    f"select {_OVERDUE_COLUMNS} from overdue where (since, id) < (:since, :id)"
    " order by since desc, id desc limit :limit"
)
_OVERDUE_AT = text(
    f"select {_OVERDUE_COLUMNS} from overdue where department = :department and (since, id) < (:since, :id)"
    " order by since desc, id desc limit :limit"
)
_NEWEST_LATE = "(since, id) < (:since, :id)"
_OVERDUE_SOUGHT = text(
    f"select {_OVERDUE_COLUMNS} from unnest(cast(:items as text[])) as i(wanted) cross join lateral"
    f" (select * from overdue where item = i.wanted and {_NEWEST_LATE} and :department in ('', department)"
    " order by since desc, id desc limit :limit) o order by since desc, id desc limit :limit"
)
_OBJECTIONS_OF = text("select content from objections where case_id = :case order by id")
_OF_VERSION = "join items i on i.item = c.item and i.version = c.item_version"
_DESK_COLUMNS = "c.id, c.item, c.item_version, c.state, c.handler, c.changed_at"
_LONGEST = "order by c.changed_at, c.id limit :limit"
_AFTER = "(c.changed_at, c.id) > (:at, :id)"
_AT_DESK = "c.state in (" + ", ".join(f"'{state.value}'" for state in AT_DESK) + ")"  # as the index says it
_EACH_STATE = "cross join unnest(cast(:states as text[])) as s(stands) cross join lateral"
_HANDLED = f"{_AT_DESK} and i.department = :department and {_AFTER}"
_DESK = text(
    f"select {_DESK_COLUMNS} from ((select o.* from (select distinct item as wanted from items where"
    f" department = :department and (cast(:items as text[]) is null or item = any(:items))) w {_EACH_STATE}"
    f" (select c.* from cases c {_OF_VERSION} where c.item = w.wanted and c.state = s.stands and {_HANDLED}"
    f" {_LONGEST}) o) union all (select c.* from cases c {_OF_VERSION} where {NUMBERED} and not c.item = any(:items)"
    f" and c.state = any(:states) and {_HANDLED})) as c {_LONGEST}"
)
_OF_ITEMS = text(
    f"select {_DESK_COLUMNS} from ((select o.* from unnest(cast(:items as text[])) as w(wanted) cross join lateral"
    f" (select c.* from cases c where c.item = w.wanted and c.state = :state and {_AT_DESK} and {_AFTER} {_LONGEST}) o)"
    f" union all (select c.* from cases c where {NUMBERED} and c.item = any(:every) and not c.item = any(:items)"
    f" and c.state = :state and {_AFTER})) as c {_LONGEST}"
)
_CONTESTED = text(
    f"select distinct {_DESK_COLUMNS} from cases c join contests t on t.case_id = c.id where t.department = :department"
    f" and (cast(:items as text[]) is null or c.item = any(:items) or ({NUMBERED})) and {_AFTER} {_LONGEST}"
)
_REVIEWS = text(
    "select r.case_id, r.question, r.role, r.because, c.item from reviews r join cases c on c.id = r.case_id"
    " where r.department = :department order by r.at, r.case_id limit :limit"
)
_NOTICED_COLUMNS = "c.id, c.item, i.department, c.clock_at, cast(c.clock_at + interval '8 hours' as date) - 1 as until"
_RUNS = "c.state = 'public_notice' and c.clock_at is not null and (c.clock_at, c.id) > (:at, :id)"
_FIRST_TO_END = "order by c.clock_at, c.id limit :limit"
_NOTICED = text(f"select {_NOTICED_COLUMNS} from cases c {_OF_VERSION} where {_RUNS} {_FIRST_TO_END}")
_NOTICED_SOUGHT = text(
    f"select {_NOTICED_COLUMNS} from ((select o.* from unnest(cast(:items as text[])) as w(wanted) cross join lateral"
    f" (select c.* from cases c where c.item = w.wanted and {_RUNS} {_FIRST_TO_END}) o) union all"
    f" (select c.* from cases c where {NUMBERED} and not c.item = any(:items) and {_RUNS})) as c {_OF_VERSION}"
    f" {_FIRST_TO_END}"
)
_RECOUNT = text("update cases set clock_at = :now where provisional")


async def write_beside(connection: AsyncConnection, case: str, beside: Beside, at: datetime) -> None:
    """Write the rows of a step that was won, in its transaction."""
    for notice in beside.notices:
        await connection.execute(_NOTICE, {"case": case, **msgspec.structs.asdict(notice)})
    for kind, burdens in (("visit", beside.visits), ("document", beside.documents)):
        for what in burdens:
            await connection.execute(_BURDEN, {"case": case, "kind": kind, "what": what})
    for row in beside.overdue:
        await connection.execute(_OVERDUE, {"case": case, **msgspec.structs.asdict(row)})
    if beside.explained is not None:
        what, reason = beside.explained
        await connection.execute(_EXPLAIN, {"case": case, "what": what, "reason": reason})
    if beside.overdue_ended is not None:
        await connection.execute(_END_OVERDUE, {"case": case, "day": beside.overdue_ended})
    if beside.objection is not None:
        await connection.execute(_OBJECT, {"case": case, "content": beside.objection, "at": at})
    if beside.contest_ended is not None:
        question, role = beside.contest_ended
        await connection.execute(_END_CONTEST, {"case": case, "question": question, "role": role})
    if beside.past:
        await connection.execute(_PAST, {"case": case})
    for other, question, role in beside.reviews:
        values = {"case": other, "question": question, "role": role, "because": case, "at": at}
        await connection.execute(_REVIEW, values)


async def notices_of(connection: AsyncConnection, case: str) -> tuple[NoticeRow, ...]:
    """Return the notices of a case, oldest first."""
    return tuple(NoticeRow(**row._mapping) for row in await connection.execute(_NOTICES_OF, {"case": case}))


async def overdue_of(connection: AsyncConnection, case: str) -> tuple[OverdueRow, ...]:
    """Return the limits of a case that ran out."""
    return tuple(OverdueRow(**row._mapping) for row in await connection.execute(_OVERDUE_OF, {"case": case}))


async def all_overdue(
    connection: AsyncConnection,
    limit: int = 500,
    *,
    before: tuple[date, int] = (date.max, 0),
    department: str = "",
    items: Sequence[str] | None = None,
) -> tuple[OverdueRow, ...]:
    """Return the newest limits that ran out before a (since, id), of every department or of one; of some items."""
    values: dict[str, object] = {"limit": limit, "since": before[0], "id": before[1]}
    if items is not None:
        values |= {"items": list(items), "department": department}
        return tuple(OverdueRow(**row._mapping) for row in await connection.execute(_OVERDUE_SOUGHT, values))
    if not department:
        return tuple(OverdueRow(**row._mapping) for row in await connection.execute(_ALL_OVERDUE, values))
    rows = await connection.execute(_OVERDUE_AT, values | {"department": department})
    return tuple(OverdueRow(**row._mapping) for row in rows)


async def objections_of(connection: AsyncConnection, case: str) -> tuple[bytes, ...]:
    """Return the closed objections to a case's public notice."""
    return tuple((await connection.execute(_OBJECTIONS_OF, {"case": case})).scalars())


async def desk_of(
    connection: AsyncConnection, department: str, states: Sequence[State], page: DeskPage
) -> tuple[DeskRow, ...]:
    """Return the cases that a department handles and that stand in one of these states, the longest there first."""
    values = {"department": department, "states": [state.value for state in states], **page.bound()}
    return tuple(_desk(row._mapping) for row in await connection.execute(_DESK, values))


async def cases_of_items(
    connection: AsyncConnection, items: Sequence[str], state: State, page: DeskPage
) -> tuple[DeskRow, ...]:
    """Return the cases of these items that stand in a state."""
    wanted = items if page.sought is None else [item for item in items if item in page.sought.items]
    values = page.bound() | {"items": list(wanted), "every": list(items), "state": state.value}
    return tuple(_desk(row._mapping) for row in await connection.execute(_OF_ITEMS, values))


async def contested_at(connection: AsyncConnection, department: str, page: DeskPage) -> tuple[DeskRow, ...]:
    """Return the cases in which an answer of this department is contested."""
    values = {"department": department, **page.bound()}
    return tuple(_desk(row._mapping) for row in await connection.execute(_CONTESTED, values))


async def reviews_of(connection: AsyncConnection, department: str, limit: int = 200) -> tuple[ReviewRow, ...]:
    """Return the cases of a department to look at again."""
    values = {"department": department, "limit": limit}
    return tuple(ReviewRow(**row._mapping) for row in await connection.execute(_REVIEWS, values))


async def notices_that_run(
    connection: AsyncConnection,
    limit: int = 500,
    *,
    after: tuple[datetime, str] = (_LONG_AGO, ""),
    sought: Sought | None = None,
) -> tuple[NoticedRow, ...]:
    """Return the public notices that run after a (end, case), the first to end first; `sought`: only those."""
    values: dict[str, object] = {"limit": limit, "at": after[0], "id": after[1]}
    if sought is None:
        return tuple(NoticedRow(**row._mapping) for row in await connection.execute(_NOTICED, values))
    values |= {"items": list(sought.items), "start": sought.start, "last": sought.last}
    return tuple(NoticedRow(**row._mapping) for row in await connection.execute(_NOTICED_SOUGHT, values))


async def recount_provisional(connection: AsyncConnection, now: datetime) -> int:
    """Let the machine compute every date anew that rests on days no notice had settled; return how many."""
    return int((await connection.execute(_RECOUNT, {"now": now})).rowcount)


def _desk(values: object) -> DeskRow:
    found = dict(values)  # type: ignore[call-overload]
    found["state"] = State(found["state"])
    return DeskRow(**found)
