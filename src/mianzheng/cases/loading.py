"""Reading a case from the store and opening its parts."""

from __future__ import annotations

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Opening, Participant, Sent, contest_context, participant_context
from mianzheng.credentials.at_rest import ContentKey, WrappedKey
from mianzheng.model.asking import SignedStep
from mianzheng.model.case import State
from mianzheng.model.errors import NotFound
from mianzheng.store import cases as stored
from mianzheng.store.cases import ContestRow, RequestRow
from mianzheng.store.people import ParticipantRow, participants_of


async def load(hub: Hub, case: str) -> LiveCase:
    """Return the case with its parts open; `NotFound` when there is none."""
    async with hub.store.connection() as connection:
        row = await stored.find_case(connection, case)
        if row is None or not row.key_wrapped:  # erased when its term ended: nothing is left to know of it
            raise NotFound(f"there is no case {case}")
        begun = row.state not in (State.APPLIED, State.ACCEPTED)
        requests = await stored.requests_of(connection, case) if begun else ()
        contests = await stored.contests_of(connection, case) if begun else ()
        participants = await participants_of(connection, case) if begun else ()
        key = hub.vault.keys.case_key(case, WrappedKey(period=row.key_month, wrapped=row.key_wrapped))
        opening = msgspec.json.decode(key.decrypt(row.opening, context=f"{case}:opening"), type=Opening)
        ledger_key = await hub.vault.ledger_key(connection, case, opening.subject, row.created_at.year)
    version = await hub.library.version(row.item, row.item_version)
    return LiveCase(
        hub,
        row,
        key=key,
        ledger_key=ledger_key,
        opening=opening,
        version=version,
        requests=[_sent(key, case, request) for request in requests],
        contests={(found.question, found.role): _contest(key, case, found) for found in contests},
        participants={found.role: _participant(key, case, found) for found in participants},
    )


def _contest(key: ContentKey, case: str, found: ContestRow) -> SignedStep:
    opened = key.decrypt(found.signed, context=contest_context(case, found.question, found.role))
    return msgspec.json.decode(opened, type=SignedStep)


def _participant(key: ContentKey, case: str, found: ParticipantRow) -> Participant:
    opened = key.decrypt(found.content, context=participant_context(case, found.role))
    return msgspec.json.decode(opened, type=Participant)


def _sent(key: ContentKey, case: str, row: RequestRow) -> Sent:
    return Sent(
        id=row.id,
        kind=row.kind,
        party=row.party,
        wave=row.wave,
        status=row.status,
        token=key.decrypt(row.body, context=f"{case}:body:{row.id}").decode("ascii"),
        answer=None if row.answer is None else key.decrypt(row.answer, context=f"{case}:answer:{row.id}"),
    )
