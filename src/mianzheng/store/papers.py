"""Rows of papers. A number is given out in the transaction that writes its row; what was written once stays.

Each step is one conditional update: of two who make the same paper at once, one's bytes stay and both read those.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.model.text import Text
from mianzheng.store.edges import NewEntry, Whose
from mianzheng.store.sought import NUMBERED, Sought


class PaperKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper tells of: one paper for each occasion and audience."""

    case: str
    kind: str
    occasion: str
    audience: str


class PaperRow(msgspec.Struct, frozen=True, kw_only=True):
    """One paper without its files."""

    number: str
    case_id: str
    kind: str
    place: int
    occasion: str
    audience: str
    department: str
    told_on: date
    deliver_by: date | None
    digest: bytes | None
    made_at: datetime
    sealed_at: datetime | None
    way: str
    sent_on: date | None
    tracking: bytes | None
    delivered_on: date | None


_COLUMNS = ", ".join(PaperRow.__struct_fields__)
_NEXT = text(
    "insert into paper_numbers (department, year, last) values (:department, :year, 1)"
    " on conflict (department, year) do update set last = paper_numbers.last + 1 returning last"
)
_ADD = text(
    "insert into papers (number, case_id, kind, place, occasion, audience, department, told_on, deliver_by, made_at)"
    " values (:number, :case, :kind, :place, :occasion, :audience, :department, :told_on, :deliver_by, :at)"
    f" returning {_COLUMNS}"
)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_OF = text(
    f"select {_COLUMNS} from papers"
    " where case_id = :case and kind = :kind and occasion = :occasion and audience = :audience"
)
_NUMBERED = text(f"select {_COLUMNS} from papers where number = :number")
_OF_CASE = text(f"select {_COLUMNS} from papers where case_id = :case order by made_at, number")
_FILES = text("select content, prepared, request, pdf from papers where number = :number")
_PREPARE = text(
    "update papers set content = :content, prepared = :prepared, request = :request"
    " where number = :number and prepared is null"
)
_ENTER = text(
    "insert into ledger_entries (leaf, case_ref, subject, year, content)"
    " values (:leaf, :case_ref, :subject, :year, :content)"
)
_SEAL = text(
    "update papers set pdf = :pdf, digest = :digest, sealed_at = :at, way = case when way = '' then :way else way end"
    " where number = :number and pdf is null"
)
_WAY = text("update papers set way = :way where number = :number and delivered_on is null and sent_on is null")
_SEND = text(
    "update papers set way = 'post', sent_on = :on, tracking = :tracking"
    " where number = :number and delivered_on is null and pdf is not null"
)
_DELIVER = text(
    "update papers set delivered_on = :on, way = :way"
    " where number = :number and delivered_on is null and pdf is not null"
)
_SEALED_OF_CASE = text("select number, content, pdf, tracking from papers where case_id = :case")
_REWRITE = text(
    "update papers set content = :content, prepared = null, request = null, pdf = :pdf, tracking = :tracking"
    " where number = :number"
)
_UNPAPERED = text(
    "select id, settled_at from cases where not papered and decided_by in ('machine', 'officer')"
    " and settled_at <= :before and (settled_at, id) > (:at, :case)"
    " order by settled_at, id limit :limit"
)
_PAPERED = text("update cases set papered = true where id = :case")
_DELIVERED_TO_ANOTHER = (  # what one occasion gives rise to is written for each audience, and served once
    "select 1 from papers d where d.case_id = p.case_id and d.kind = p.kind and d.occasion = p.occasion"
    " and d.delivered_on is not null"
)
_LATE = text(
    "with late as (select p.number, p.case_id, p.department, p.deliver_by, c.item from papers p"
    " join cases c on c.id = p.case_id"
    " where p.delivered_on is null and p.deliver_by is not null and p.deliver_by < :today"
    f" and not exists ({_DELIVERED_TO_ANOTHER})"
    " and not exists (select 1 from overdue o where o.case_id = p.case_id and o.what = 'delivery')"
    " order by p.deliver_by limit :limit)"
    " insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)"
    " select case_id, item, department, 'delivery', deliver_by + 1, :publish_zh, :publish_en, :reason_zh, :reason_en"
    " from late on conflict (case_id, what, since) do nothing"
)
_OUTGOING = text(
    "select p.number, p.kind, p.place, p.told_on, p.deliver_by, p.way, p.sent_on, p.case_id, c.item, c.item_version,"
    " c.handler from papers p join cases c on c.id = p.case_id"
    " where p.department = :department and p.way in ('window', 'post') and p.delivered_on is null"
    " and p.kind <> 'receipt' and p.pdf is not null and (p.told_on, p.number) > (:on, :number)"
    f" and (cast(:items as text[]) is null or c.item = any(:items) or {NUMBERED})"
    f" and not exists ({_DELIVERED_TO_ANOTHER})"
    " order by p.told_on, p.number limit :limit"
)
_IN_TIME = text("update overdue set ended_on = :on where case_id = :case and what = 'delivery' and ended_on is null")
_BLANK = text(
    "update papers set content = null, prepared = null, request = null, pdf = null, tracking = null"
    " where case_id = :case"
)


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """The encrypted parts of a paper: what it says, the file to be sealed, the request to seal it, the sealed file."""

    content: bytes | None
    prepared: bytes | None = None
    request: bytes | None = None
    pdf: bytes | None = None


class Unpapered(msgspec.Struct, frozen=True, kw_only=True):
    """A decided case whose decision was not written yet, and when it was decided."""

    case: str
    settled_at: datetime


class OutgoingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed paper that waits to be handed over or posted, or is in the post, with the case it is of."""

    number: str
    kind: str
    place: int
    told_on: date
    deliver_by: date | None
    way: str
    sent_on: date | None
    case_id: str
    item: str
    item_version: int
    handler: str


NOTHING = Unpapered(case="", settled_at=datetime.min.replace(tzinfo=UTC))


class NewPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper about to get its number."""

    key: PaperKey
    department: str
    year: int
    place: int
    told_on: date
    deliver_by: date | None
    at: datetime


async def number_paper(transaction: AsyncConnection, new: NewPaper) -> PaperRow:
    """Return the row of a paper, with the department's next number unless it has one; inside a transaction."""
    bound = msgspec.to_builtins(new.key)
    await transaction.execute(_LOCK, {"name": f"papers {new.key.case}"})
    if (row := (await transaction.execute(_OF, bound)).one_or_none()) is not None:
        return _row(row)
    running = (await transaction.execute(_NEXT, {"department": new.department, "year": new.year})).scalar_one()
    values = {
        "number": f"{new.department}-{new.year}-{running}",
        "department": new.department,
        "told_on": new.told_on,
        "deliver_by": new.deliver_by,
        "place": new.place,
        "at": new.at,
    }
    return _row((await transaction.execute(_ADD, {**bound, **values})).one())


async def papers_of(connection: AsyncConnection, case: str) -> tuple[PaperRow, ...]:
    """Return the papers of a case, oldest first."""
    return tuple(_row(row) for row in (await connection.execute(_OF_CASE, {"case": case})).all())


async def find_paper(connection: AsyncConnection, number: str) -> PaperRow | None:
    """Return the paper of a number."""
    row = (await connection.execute(_NUMBERED, {"number": number})).one_or_none()
    return None if row is None else _row(row)


async def files_of(connection: AsyncConnection, number: str) -> Files:
    """Return the encrypted parts of a paper."""
    row = (await connection.execute(_FILES, {"number": number})).one()
    return Files(content=row[0], prepared=row[1], request=row[2], pdf=row[3])


async def keep_prepared(
    transaction: AsyncConnection,
    number: str,
    *,
    content: bytes,
    prepared: bytes,
    request: bytes,
    whose: Whose,
    entry: NewEntry,
) -> bool:
    """Keep the bytes that will be sealed, and that they will be: before they leave. Return whether these stay."""
    values = {"number": number, "content": content, "prepared": prepared, "request": request}
    won = (await transaction.execute(_PREPARE, values)).rowcount == 1
    if won:
        await enter(transaction, whose, entry)
    return won


async def keep_sealed(
    transaction: AsyncConnection,
    number: str,
    *,
    pdf: bytes,
    digest: bytes,
    way: str,
    at: datetime,
    whose: Whose,
    entry: NewEntry,
) -> bool:
    """Keep the sealed file; return whether this one stays."""
    values = {"number": number, "pdf": pdf, "digest": digest, "way": way, "at": at}
    won = (await transaction.execute(_SEAL, values)).rowcount == 1
    if won:
        await enter(transaction, whose, entry)
    return won


async def choose_way(connection: AsyncConnection, number: str, way: str) -> bool:
    """Keep how the person wants a paper; False once it was sent or delivered."""
    return bool((await connection.execute(_WAY, {"number": number, "way": way})).rowcount)


async def send_paper(connection: AsyncConnection, number: str, *, on: date, tracking: bytes) -> bool:
    """Keep that a paper went to the post; False unless it is sealed and on its way nowhere else."""
    values = {"number": number, "on": on, "tracking": tracking}
    return bool((await connection.execute(_SEND, values)).rowcount)


async def deliver_paper(connection: AsyncConnection, number: str, *, on: date, way: str) -> bool:
    """Keep that a paper was delivered; False when it was before: the first day counts."""
    return bool((await connection.execute(_DELIVER, {"number": number, "on": on, "way": way})).rowcount)


async def sealed_parts(connection: AsyncConnection, case: str) -> dict[str, tuple[Files, bytes | None]]:
    """Return the encrypted parts of a case's papers by number, each with its tracking number."""
    rows = (await connection.execute(_SEALED_OF_CASE, {"case": case})).all()
    return {row[0]: (Files(content=row[1], pdf=row[2]), row[3]) for row in rows}


async def rewrite_papers(connection: AsyncConnection, papers: dict[str, tuple[Files, bytes | None]]) -> None:
    """Replace the encrypted parts of papers, as they are under the key of a closed case."""
    for number, (files, tracking) in papers.items():
        values = {"number": number, "content": files.content, "pdf": files.pdf, "tracking": tracking}
        await connection.execute(_REWRITE, values)


async def blank_papers(connection: AsyncConnection, case: str) -> None:
    """Erase what the papers of a case say; number and digest stay, so that a kept file can still be checked."""
    await connection.execute(_BLANK, {"case": case})


async def unpapered(
    connection: AsyncConnection, before: datetime, *, after: Unpapered = NOTHING, limit: int = 200
) -> tuple[Unpapered, ...]:
    """Return cases decided by `before` whose decision was not written yet, the oldest first; `after`: the last seen."""
    bound = {"before": before, "at": after.settled_at, "case": after.case, "limit": limit}
    rows = (await connection.execute(_UNPAPERED, bound)).all()
    return tuple(Unpapered(case=case, settled_at=settled_at) for case, settled_at in rows)


async def set_papered(connection: AsyncConnection, case: str) -> None:
    """Keep that a case's decision was written, or that it has none."""
    await connection.execute(_PAPERED, {"case": case})


async def outgoing(
    connection: AsyncConnection, department: str, sought: Sought | None, *, after: tuple[date, str], limit: int
) -> tuple[OutgoingRow, ...]:
    """Return a department's papers that leave by window or post and did not arrive, the oldest first; None: all."""
    bound: dict[str, Any] = {"department": department, "on": after[0], "number": after[1], "limit": limit}
    wanted = sought or Sought(items=())
    bound |= {"items": list(sought.items) if sought else None, "start": wanted.start, "last": wanted.last}
    return tuple(OutgoingRow(**row._mapping) for row in await connection.execute(_OUTGOING, bound))


async def publish_late(connection: AsyncConnection, today: date, publish: Text, reason: Text, limit: int = 100) -> int:
    """Publish for each decision that was not delivered within its term that it was not; return how many."""
    values = {
        "today": today,
        "publish_zh": publish.zh,
        "publish_en": publish.en,
        "reason_zh": reason.zh,
        "reason_en": reason.en,
        "limit": limit,
    }
    return (await connection.execute(_LATE, values)).rowcount


async def end_late(connection: AsyncConnection, case: str, on: date) -> None:
    """Keep that what was published as late was delivered on a day."""
    await connection.execute(_IN_TIME, {"case": case, "on": on})


async def enter(transaction: AsyncConnection, whose: Whose, entry: NewEntry) -> None:
    """Write an entry of the ledger beside a step of a paper, in its transaction."""
    values: dict[str, Any] = {
        "leaf": entry.leaf,
        "case_ref": whose.case_ref,
        "subject": whose.subject,
        "year": whose.year,
        "content": entry.content,
    }
    await transaction.execute(_ENTER, values)


def _row(row: Any) -> PaperRow:
    return PaperRow(**dict(row._mapping))
