"""A round of co-signatures: every gateway and the auditor sign the newest head, if it continues theirs.

Each witness gets the proof from the last head *it* signed. Where the hub's memory of that is behind
(it died between their word and its note), the witness says how far it is and is asked again.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.sequencing import consistency
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted
from mianzheng.exchange.peers import Got, Letter, Refusal, Reply
from mianzheng.ledger.heads import read_cosignature
from mianzheng.model.canonical import b64
from mianzheng.model.witnessing import WitnessRequest, WitnessResponse
from mianzheng.store import ledger as stored
from mianzheng.store.ledger import HeadRow

_log = logging.getLogger(__name__)


class LastSigned(msgspec.Struct, frozen=True, kw_only=True):
    """A witness's answer to `GET /witness`: size and root (b64) of the last head it signed."""

    size: int
    root: str


async def hold_round(hub: Hub) -> int:
    """Ask every witness for the newest head; return how many co-signed it."""
    async with hub.store.connection() as connection:
        head = await stored.last_head(connection)
    if head is None:
        return 0
    return sum(await asyncio.gather(*(_ask(hub, head, party) for party in hub.witnesses)))


async def _ask(hub: Hub, head: HeadRow, party: str) -> bool:
    async with hub.store.connection() as connection:
        last = await stored.last_cosigned(connection, party)
    if last >= head.size:
        return True
    reply = await _send(hub, head, party, last)
    if isinstance(reply, Refusal) and reply.status == 409:
        theirs = await _last_of(hub, party)
        if theirs is not None and theirs <= head.size:
            reply = await _send(hub, head, party, theirs)
    if isinstance(reply, Got):
        return await _keep(hub, head, party, reply.unverified)
    _log.warning("witness %s gave no co-signature: %s", party, reply)
    return False


async def _send(hub: Hub, head: HeadRow, party: str, last: int) -> Reply:
    async with hub.store.connection() as connection:
        proof = await consistency(connection, last, head.size)
    request = WitnessRequest(head=head.signed, consistency=tuple(b64(node) for node in proof), begins=last)
    body = msgspec.json.encode(request)
    return await hub.peers.post(Letter(party=party, path="/witness", body=body, content_type="application/json"))


async def _last_of(hub: Hub, party: str) -> int | None:
    reply = await hub.peers.get(party, f"/witness?ledger={hub.party}", {})
    if not isinstance(reply, Got):
        return None
    try:
        return msgspec.json.decode(reply.unverified, type=LastSigned).size
    except msgspec.MsgspecError:
        return None


async def _keep(hub: Hub, head: HeadRow, party: str, unverified: bytes) -> bool:
    try:
        token = msgspec.json.decode(unverified, type=WitnessResponse).cosignature
        witnessed = read_cosignature(token, trust=hub.trust, at=hub.seconds)
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        _log.warning("witness %s sent no co-signature: %s", party, error)
        return False
    if (witnessed.witness, witnessed.head.size, witnessed.head.root) != (party, head.size, b64(head.root)):
        _log.warning("witness %s co-signed another head", party)
        return False
    async with hub.store.connection() as connection:
        await stored.add_cosignature(connection, head.size, party, token)
    return True
