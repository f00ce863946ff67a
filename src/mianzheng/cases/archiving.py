"""Closing a case for good: what was relied on goes under the key of its term, the rest is destroyed.

1. Relied on is what the department's signed decision names: its sheets, and the papers of the procedure.
2. The new key is wrapped by that of the month in which the term ends; the old one never opens again here, and
   its month's key goes when the last case of that month is closed. So no backup outlives either.
3. When the term is over the case's key and contents go. The ledger, under keys of its own, still proves what
   was asked and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from mianzheng.cases import notices
from mianzheng.cases.change import Change, NotInThisState, Overtaken
from mianzheng.cases.delivering import response_of
from mianzheng.cases.hub import SHANGHAI, Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.paper_facts import context as paper_context
from mianzheng.cases.parts import Sent, contest_context, participant_context
from mianzheng.cases.references import stripped, without_references
from mianzheng.credentials import jws
from mianzheng.credentials.at_rest import ContentKey, WrappedKey
from mianzheng.model.asking import AnswerRequest
from mianzheng.model.case import EDGES, State
from mianzheng.model.deciding import SignedDecision
from mianzheng.store import archiving as stored
from mianzheng.store import papers as stored_papers
from mianzheng.store.archiving import KeptCase
from mianzheng.store.edges import move
from mianzheng.store.papers import Files

PERIOD = "kept-"  # of the keys that wrap closed cases
SETTLED = timedelta(days=2)


def keep_until(retention: str, ended_on: date) -> date | None:
    """Return the last day on which a case file is kept; None for good (永久)."""
    if retention == "永久":
        return None
    year = ended_on.year + int(retention)
    try:
        return ended_on.replace(year=year)
    except ValueError:  # ended on a 29 February: the term ends with that month
        return date(year, 2, 28)


def ended_on(live: LiveCase) -> date:
    """Return the day on which a case reached the state it stands in."""
    return live.row.changed_at.astimezone(SHANGHAI).date()


async def close_case(live: LiveCase) -> None:
    """Archive an ended case: one transaction that keeps what was relied on and destroys the rest."""
    if State.ARCHIVED not in EDGES[live.state]:
        raise NotInThisState(f"the case is {live.state}", hint="only an ended case is archived")
    hub, until = live.hub, keep_until(live.version.item.retention, ended_on(live))
    key, wrapped = hub.vault.keys.new_kept_key(live.id, until=until)
    edge = live.edge(State.ARCHIVED, Change(reason=f"kept-{until or 'for-good'}"))
    async with hub.store.transaction() as connection:
        if not await move(connection, edge):
            raise Overtaken(f"case {live.id} was moved by another process")
        sealed_notices = await stored.notices_sealed(connection, live.id)
        await stored.keep_case(connection, _kept(live, key, wrapped, until, sealed_notices))
        papers = await stored_papers.sealed_parts(connection, live.id)
        await stored_papers.rewrite_papers(connection, _papers(live, key, papers))
    hub.vault.keys.erase_case(live.id, WrappedKey(period=live.row.key_month, wrapped=live.row.key_wrapped))


async def erase_case(hub: Hub, case: str) -> None:
    """Erase a case: its wrapped key and contents go, and no backup opens them here again."""
    async with hub.store.transaction() as connection:
        wrapped = await stored.blank_case(connection, case)
        await stored_papers.blank_papers(connection, case)
    if wrapped is not None and wrapped[1]:
        hub.vault.keys.erase_case(case, WrappedKey(period=wrapped[0], wrapped=wrapped[1]))


async def keep_house(hub: Hub) -> None:
    """Archive what has ended, erase what is over its term, and the keys of months that no case needs."""
    async with hub.store.connection() as connection:
        ended = await stored.ended_cases(connection, hub.clock() - hub.timings.hours(hub.timings.archive_after_hours))
        over = await stored.cases_over_term(connection, hub.today)
    for case in over:
        await erase_case(hub, case)
    for case in ended:
        try:
            await close_case(await load(hub, case))
        except (Overtaken, NotInThisState):
            continue  # somebody opened it again: it is looked at another time
    async with hub.store.connection() as connection:
        used = await stored.periods_in_use(connection)
    newest = f"{hub.today - SETTLED:%Y-%m}"  # a case that is being opened just now is not written yet
    for period in hub.vault.keys.periods():
        month = period.removeprefix(PERIOD)
        is_past = len(month) == len(newest) and month < newest
        if is_past and period not in used:
            hub.vault.keys.erase(period)


def relied_on(live: LiveCase) -> frozenset[str]:
    """Return the digests of the sheets that the department's signed decision rests on; none without a decision."""
    response = response_of(live)
    if response is None:
        return frozenset()
    return frozenset(msgspec.json.decode(jws.unverified_payload(response.decision), type=SignedDecision).sheets)


def _kept(
    live: LiveCase, key: ContentKey, wrapped: WrappedKey, until: date | None, sealed_notices: Mapping[int, bytes]
) -> KeptCase:
    opening = msgspec.structs.replace(live.opening, choices=())

    def shut(name: str, part: object | None) -> bytes | None:
        return None if part is None else key.encrypt(msgspec.json.encode(part), context=f"{live.id}:{name}")

    def again(sealed: bytes, context: str) -> bytes:
        return key.encrypt(live.key.decrypt(sealed, context=context), context=context)

    return KeptCase(
        case=live.id,
        key_month=wrapped.period,
        key_wrapped=wrapped.wrapped,
        opening=key.encrypt(msgspec.json.encode(opening), context=f"{live.id}:opening"),
        permission=shut("permission", live.permit),
        outcome=shut("outcome", live.outcome),
        procedure=shut("procedure", live.procedure) if live.row.procedure is not None else None,
        at=live.hub.clock(),
        until=until,
        requests=_requests(live, key),
        contests={
            at: key.encrypt(msgspec.json.encode(signed), context=contest_context(live.id, *at))
            for at, signed in live.contests.items()
        },
        participants={
            role: key.encrypt(msgspec.json.encode(part), context=participant_context(live.id, role))
            for role, part in live.participants.items()
        },
        notices={row: again(sealed, notices.context(live.id)) for row, sealed in sealed_notices.items()},
    )


def _papers(
    live: LiveCase, key: ContentKey, papers: Mapping[str, tuple[Files, bytes | None]]
) -> dict[str, tuple[Files, bytes | None]]:
    """Return the papers of a case under its new key: what they say, the sealed file, the tracking number."""

    def again(number: str, part: str, sealed: bytes | None) -> bytes | None:
        if sealed is None:
            return None
        named = paper_context(live.id, number, part)
        return key.encrypt(live.key.decrypt(sealed, context=named), context=named)

    return {
        number: (
            Files(content=again(number, "content", files.content), pdf=again(number, "pdf", files.pdf)),
            again(number, "tracking", tracking),
        )
        for number, (files, tracking) in papers.items()
    }


def _requests(live: LiveCase, key: ContentKey) -> dict[str, tuple[bytes, bytes | None]]:
    """Return what is kept of the requests: answered ones that the decision rests on, without references."""
    relied, bare = relied_on(live), without_references(live.requests, live.version.item.acting_role)
    found: dict[str, tuple[bytes, bytes | None]] = {}
    for sent in live.requests:
        if sent.answer is None or not _is_kept(sent, relied):
            continue
        token, answer = bare.get(sent.id, (sent.token, sent.answer))
        body = key.encrypt(_plain(sent, token).encode("ascii"), context=f"{live.id}:body:{sent.id}")
        sealed = None if answer is None else key.encrypt(answer, context=f"{live.id}:answer:{sent.id}")
        found[sent.id] = body, sealed
    return found


def _is_kept(sent: Sent, relied: frozenset[str]) -> bool:
    if sent.kind != "answers":
        return True
    sheet = sent.sheet()
    return sheet is not None and sheet.digest in relied


def _plain(sent: Sent, token: str) -> str:
    """Return a question request without the sealed statement: it served its purpose."""
    if sent.kind != "answers" or not sent.asked.statement:
        return token
    asked = msgspec.json.decode(jws.unverified_payload(token), type=AnswerRequest)
    return stripped(token, msgspec.structs.replace(asked, bundle="", statement="", choices=()))
