"""A person's own lists: their cases, what waits for them, notices in writing; no line needs a case's requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from mianzheng.cases import places
from mianzheng.cases.clock import Facts, standing_of
from mianzheng.cases.halting import MANDATE_OVER
from mianzheng.cases.hub import Hub
from mianzheng.cases.loading import load
from mianzheng.cases.notices import context as notice_context
from mianzheng.cases.opening import Applicant
from mianzheng.cases.parts import Opening
from mianzheng.cases.procedure import Procedure
from mianzheng.cases.sought import among, sought
from mianzheng.cases.standing_word import refusal_of
from mianzheng.cases.stated_words import telling_apart
from mianzheng.cases.unvouched import NOT_NAMED
from mianzheng.credentials.at_rest import ContentKey, WrappedKey
from mianzheng.credentials.keys import BadKey
from mianzheng.deadlines import day_in_china
from mianzheng.model.case import State, StatedView
from mianzheng.model.item import Item, base_of
from mianzheng.model.text import Text
from mianzheng.store import listing as stored
from mianzheng.store.listing import ListedRow, NoticedRow, Place
from mianzheng.store.sought import Sought

PAGE = 20
MOST_WAITING = 12
MOST_COUNTED = 1000  # counting on is of no use to anybody
LAST = 2**62
ERASED = "erased"
NEWEST: Place = (datetime(9999, 1, 1, tzinfo=UTC), "~")
ON_ME = (
    State.ACCEPTED,
    State.PROPOSED,
    State.CORRECTION,
    State.WAITING_SIGNATURE,
    State.ACCEPTED_INCOMPLETE,
    State.VISIT_BOOKED,
    State.FEE_DUE,
    State.DELIVERED,
)
"""States in which something may wait for the one who applied; of a proposed grant an officer signs."""

_OPEN_TO_OTHERS = tuple(
    one
    for one in State
    if one not in (State.APPLIED, State.ACCEPTED, State.ENDED, State.ARCHIVED, State.WITHDRAWN, State.REVOKED)
)


_WITH_RESULT = frozenset({State.DECLARED, State.DELIVERED, State.REFUSED, State.NOT_ACCEPTED, State.REVOKED})
"""What a list never says of a case done for another: whether its agent still is one, only the case's own page asks."""


class ListedCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case in a person's list. `mine`: they opened it; `for_me`: another, on their mandate; `part`: they sign."""

    case: str
    item: str
    name: Text
    state: State
    decision: str
    whose: Literal["mine", "for_me", "part"]
    role: str
    label: Text | None  # of the role in which they take part
    opened_at: datetime
    changed_at: datetime
    promised_on: date | None
    provisional: bool
    settled: bool  # decided: the promise is kept, or was not
    waits_until: datetime | None
    acting: bool = False  # opened by this person for somebody else, or for a body
    body: bool = False  # for a body
    unvouched: bool = False  # ended as no authority named whoever signed
    apart: tuple[StatedView, ...] = ()  # what tells it from others of the item; not in another's case


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cases; `after` opens the next one, "" on the last."""

    cases: tuple[ListedCase, ...]
    after: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One notice in writing, with the case it is of."""

    case: str
    name: Text
    kind: str
    text: Text
    told_at: datetime


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of notices; `after` opens the next one, 0 on the last."""

    notices: tuple[Told, ...]
    after: int


class ToSign(msgspec.Struct, frozen=True, kw_only=True):
    """Plans for bodies that wait for a person's signature: the newest few, and how many there are."""

    newest: tuple[ListedCase, ...]
    count: int  # at most `MOST_COUNTED`

    @property
    def said(self) -> str:
        """The count in figures, with a plus where it was not counted on."""
        return f"{self.count}+" if self.count >= MOST_COUNTED else str(self.count)


async def cases_page(hub: Hub, applicant: Applicant, *, words: str = "", after: str = "") -> CasePage:
    """Return the cases of a person, newest first; `words` are looked for in items' names and in case numbers."""
    return await _page(hub, applicant, after=after, found=await sought(hub, words))


async def acted_page(
    hub: Hub, applicant: Applicant, *, bodies: bool = False, words: str = "", after: str = ""
) -> CasePage:
    """Return cases done for another, newest first: those this person does, and those done for them on their mandate.

    With `bodies` instead those they do for bodies. `words` as in `cases_page`.
    """
    wanted = await sought(hub, words)
    if bodies:
        page = await _page(hub, applicant, after=after, found=among(wanted, await _items_of(hub, bodies=True)))
        return msgspec.structs.replace(page, cases=tuple(one for one in page.cases if one.body))
    items = await _items_of(hub, bodies=False)
    roles = tuple(dict.fromkeys(one.acting_role for one in items.values()))
    page = await _page(hub, applicant, after=after, found=among(wanted, items), acting=roles)
    # a role may be who applies in one item, and somebody else in another
    cases = tuple(one for one in page.cases if one.whose == "for_me" or (one.acting and not one.body))
    return msgspec.structs.replace(page, cases=cases)


async def _page(
    hub: Hub, applicant: Applicant, *, after: str, found: Sought | None = None, acting: Sequence[str] | None = None
) -> CasePage:
    owner, who = _names(hub, applicant)
    async with hub.store.connection() as connection:
        rows = await stored.page_of(
            connection,
            owner=owner,
            who=who,
            before=places.read(after, first=NEWEST),
            sought=found,
            acting=acting,
            limit=PAGE + 1,
        )
    return await _shown(hub, applicant, rows)


async def _shown(hub: Hub, applicant: Applicant, rows: Sequence[ListedRow]) -> CasePage:
    """Return the page of which there were one row more than fit, if there is a next one."""
    shown = [one for row in rows[:PAGE] if (one := await _listed(hub, applicant, row)) is not None]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return CasePage(cases=tuple(shown), after="" if last is None else places.written(last.created_at, last.id))


async def waiting_for(hub: Hub, applicant: Applicant) -> tuple[ListedCase, ...]:
    """Return the newest cases in which something waits for this person, or for their signature in another's."""
    owner, who = _names(hub, applicant)
    async with hub.store.connection() as connection:
        own = await stored.in_states(connection, owner, ON_ME, MOST_WAITING)
        others = await stored.joined_in_states(
            connection, owner=owner, who=who, states=_OPEN_TO_OTHERS, before=NEWEST, limit=MOST_WAITING
        )
    found = [one for row in (*own, *others) if (one := await _listed(hub, applicant, row)) is not None]
    return tuple(one for one in found if one.whose != "for_me" and not _is_with_officer(one))


async def to_sign_for_bodies(hub: Hub, applicant: Applicant) -> ToSign:
    """Return the newest cases for bodies whose plan this person has still to sign, and how many there are."""
    owner, _ = _names(hub, applicant)
    items, signed = tuple(await _items_of(hub, bodies=True)), (State.ACCEPTED,)
    async with hub.store.connection() as connection:
        rows = await stored.in_states(connection, owner, signed, MOST_WAITING, items=items)
        count = await stored.count_in_states(connection, owner, signed, items, MOST_COUNTED)
    found = [one for row in rows if (one := await _listed(hub, applicant, row)) is not None]
    return ToSign(newest=tuple(found), count=count)


async def granted_like(hub: Hub, applicant: Applicant, item: str, *, but: str) -> ListedCase | None:
    """Return this person's newest granted case of an item beside `but`, opened for themself; None for none."""
    owner, who = _names(hub, applicant)
    async with hub.store.connection() as connection:
        rows = await stored.page_of(
            connection, owner=owner, who=who, before=NEWEST, sought=Sought(items=(item,)), limit=PAGE
        )
    granted = [row for row in rows if not row.role and row.id != but and row.decision == "granted"]
    found = [await _listed(hub, applicant, row) for row in granted if row.state is not State.REVOKED]
    return next((one for one in found if one is not None and not one.acting), None)


async def parts_page(hub: Hub, applicant: Applicant, *, words: str = "", after: str = "") -> CasePage:
    """Return a page of the cases of others in which this person signs for themself, while they run, newest first."""
    owner, who = _names(hub, applicant)
    before, found = places.read(after, first=NEWEST), await sought(hub, words)
    async with hub.store.connection() as connection:
        rows = await stored.joined_in_states(
            connection, owner=owner, who=who, states=_OPEN_TO_OTHERS, before=before, sought=found, limit=PAGE + 1
        )
    page = await _shown(hub, applicant, rows)
    return msgspec.structs.replace(page, cases=tuple(one for one in page.cases if one.whose == "part"))


async def notices_page(hub: Hub, applicant: Applicant, *, words: str = "", after: int = 0) -> NoticePage:
    """Return the notices in writing to a person, newest first; `words` as in `cases_page`."""
    owner, _ = _names(hub, applicant)
    found = await sought(hub, words)
    async with hub.store.connection() as connection:
        rows = await stored.notices_page(connection, owner, after or LAST, PAGE + 1, sought=found)
    shown = [one for row in rows[:PAGE] if (one := await _told(hub, row)) is not None]
    return NoticePage(notices=tuple(shown), after=rows[PAGE - 1].id if len(rows) > PAGE else 0)


async def _told(hub: Hub, row: NoticedRow) -> Told | None:
    key = _case_key(hub, row.case_id, row.key_month, row.key_wrapped)
    if key is None:
        return None
    opening = msgspec.json.decode(key.decrypt(row.opening, context=f"{row.case_id}:opening"), type=Opening)
    asks = opening.acting is not None and row.kind != MANDATE_OVER
    if asks and await refusal_of(await load(hub, row.case_id), fresh=False) is not None:
        return None  # what is told of the case is not an agent's any more
    text = msgspec.json.decode(key.decrypt(row.content, context=notice_context(row.case_id)), type=Text)
    item = (await hub.library.version(row.item, row.item_version)).item
    return Told(case=row.case_id, name=item.name, kind=row.kind, text=text, told_at=row.told_at)


async def _listed(hub: Hub, applicant: Applicant, row: ListedRow) -> ListedCase | None:
    """Return a line, None for one that is erased, or that this session may not show: a clerk looks on at a presence."""
    key = _case_key(hub, row.id, row.key_month, row.key_wrapped)
    if key is None:
        return None
    opening = msgspec.json.decode(key.decrypt(row.opening, context=f"{row.id}:opening"), type=Opening)
    if applicant.presence and (row.role or not opening.presence):
        return None
    item = (await hub.library.version(row.item, row.item_version)).item
    kept = Procedure()
    if row.procedure is not None:
        kept = msgspec.json.decode(key.decrypt(row.procedure, context=f"{row.id}:procedure"), type=Procedure)
    facts = Facts(
        item=item,
        state=row.state,
        as_of=row.as_of,
        authorised_at=row.authorised_at,
        procedure=kept,
        since=day_in_china(row.changed_at),
    )
    stands = standing_of(facts, hub.days) if row.authorised_at is not None else None
    named = item.roles.get(base_of(row.role)) if row.role else None
    whose: Literal["mine", "for_me", "part"] = "part" if row.role else "mine"
    whose = "for_me" if row.role == item.acting_role else whose
    acting = not row.role and opening.acting is not None
    over = acting and not item.of_bodies and row.state in _WITH_RESULT
    return ListedCase(
        case=row.id,
        item=item.item,
        name=item.name,
        state=State.ENDED if over else row.state,
        decision="" if over else row.decision,
        whose=whose,
        role=row.role,
        label=None if named is None else named.label,
        opened_at=row.created_at,
        changed_at=row.changed_at,
        promised_on=None if stands is None else stands.promise.due.on,
        provisional=stands is not None and stands.promise.due.provisional,
        settled=kept.decided_on is not None,
        unvouched=kept.told == NOT_NAMED,
        waits_until=row.waits_until if row.state is State.WAITING_REGISTER else None,
        acting=acting,
        body=item.of_bodies,
        apart=telling_apart(item, opening) if whose != "part" else (),
    )


def _is_with_officer(one: ListedCase) -> bool:
    return one.state is State.PROPOSED and one.decision == "granted"


async def _items_of(hub: Hub, *, bodies: bool) -> dict[str, Item]:
    """Return the items for which bodies apply, or those for which people do, with their newest version."""
    every = {row.item: hub.library.item(row) for row in await hub.library.rows()}
    return {name: item for name, item in every.items() if item.of_bodies == bodies}


def _names(hub: Hub, applicant: Applicant) -> tuple[bytes, bytes]:
    return hub.vault.pseudonym("cases", applicant.pairwise), hub.vault.pseudonym("participants", applicant.pairwise)


def _case_key(hub: Hub, case: str, period: str, wrapped: bytes) -> ContentKey | None:
    """Return the key of a case, None of one whose key is erased: a restored backup still has its row."""
    try:
        return hub.vault.keys.case_key(case, WrappedKey(period=period, wrapped=wrapped))
    except BadKey as error:
        if error.code != ERASED:
            raise
        return None
