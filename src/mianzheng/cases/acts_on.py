"""On what a person acts for another: brought from an authority's site by the person's browser, kept for a while.

An authority of bodies knows no person by an alias of this hub: what it hands over belongs to the first signed-in person
who opens it, within minutes, and opens for nobody else ever after.

An authority hands over a mandate with one item shown, or the sealed code of a body whose representative it found the
person to be. Its signed word is good once, for minutes, and for the person it names. It allows nothing: authority and
gateways look at mandate and register anew in every case.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import Applicant
from mianzheng.cases.to_sign import closing_key, row_name
from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Role, Untrusted
from mianzheng.mandates import token
from mianzheng.model.canonical import b64, digest
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Jwk
from mianzheng.model.mandate import HandOver
from mianzheng.store import to_sign as stored

KEPT_SECONDS = 1800  # as long as what is put together to be signed
LONGEST_SECONDS = 600  # of a hand-over
SKEW = 60
ROLES: tuple[Role, ...] = ("authority:person", "authority:enterprise")


class BadHandOver(MianzhengError):
    """What was brought is no authority's, is too old, was brought before, or is another person's."""

    code = "hand-over-refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, hint="begin again from the list of your mandates")


class ActsOn(msgspec.Struct, frozen=True, kw_only=True):
    """What the cases opened with it carry: a mandate that shows `item`, or a body's sealed code.

    `agent`: the pairwise id of whom it was handed to, "" until opened where the authority names nobody here;
    `display`: masked name of a body.
    """

    agent: str
    mandate: str = ""
    item: str = ""
    body: str = ""
    display: str = ""
    purpose: str = ""
    until: int = 0
    for_body: bool = False


async def take(hub: Hub, word: str, *, mandate: str = "", body: str = "") -> tuple[str, ActsOn]:
    """Keep what an authority's signed word hands over; return the token that opens it. `BadHandOver` otherwise."""
    said = _read(hub, word)
    if bool(mandate) == bool(body):
        raise BadHandOver("a mandate or a body is handed over, and not both")
    found = _mandate(hub, said, mandate) if mandate else _body(said, body)
    kept = b64(hashlib.sha256(b"mianzheng hand-over " + word.encode("ascii", "replace")).digest())
    content = closing_key(kept).encrypt(msgspec.json.encode(found), context="acts-on")
    until = hub.clock() + timedelta(seconds=KEPT_SECONDS if found.agent else LONGEST_SECONDS)
    async with hub.store.connection() as connection:
        if not await stored.add_once(connection, row_name(kept), content, until):
            raise BadHandOver("this was brought here before")
    return kept, found


async def open_first(hub: Hub, kept: str, applicant: Applicant) -> ActsOn:
    """Return the same as `find`; what names nobody becomes this person's by it, if it is nobody's yet."""
    found = await _kept(hub, kept)
    if found is None or found.agent or applicant.presence:
        return await find(hub, kept, applicant)
    mine, name = msgspec.structs.replace(found, agent=applicant.pairwise), _opened(kept)
    content = closing_key(name).encrypt(msgspec.json.encode(mine), context="acts-on")
    async with hub.store.connection() as connection:
        await stored.add_once(connection, row_name(name), content, hub.clock() + timedelta(seconds=KEPT_SECONDS))
    return await find(hub, kept, applicant)


async def find(hub: Hub, kept: str, applicant: Applicant) -> ActsOn:
    """Return what a token opens for the person it was handed to; `BadHandOver` for anybody else, or too late."""
    found = await _kept(hub, kept)
    if found is None or not found.agent:
        found = await _kept(hub, _opened(kept))
    mine = found is not None and secrets.compare_digest(found.agent, applicant.pairwise)
    if found is None or not mine or applicant.presence:
        raise BadHandOver("this was brought here too long ago, or by another person")
    return found


async def _kept(hub: Hub, kept: str) -> ActsOn | None:
    async with hub.store.connection() as connection:
        content = await stored.find(connection, row_name(kept), hub.clock())
    if content is None:
        return None
    return msgspec.json.decode(closing_key(kept).decrypt(content, context="acts-on"), type=ActsOn)


def _opened(kept: str) -> str:
    """Return under what token a hand-over lies that became somebody's by their opening it."""
    return b64(hashlib.sha256(b"mianzheng opened hand-over " + kept.encode("utf-8", "replace")).digest())


def holder_of(hub: Hub, mandate: str) -> Jwk | None:
    """Return the key of the principal to which a mandate has results sealed, None where the agent's is used."""
    return token.read(mandate, trust=hub.trust, at=hub.seconds).holder if mandate else None


def is_sealed_to_principal(mandate: str) -> bool:
    """Tell the same of a mandate that was read before, and may have ended since."""
    return msgspec.json.decode(jws.unverified_payload(mandate), type=_Held).holder is not None


class _Held(msgspec.Struct, frozen=True):
    holder: Jwk | None = None


def _read(hub: Hub, word: str) -> HandOver:
    for role in ROLES:
        try:
            party, said = hub.trust.read(word, typ="mz-hand-over", type=HandOver, role=role, at=hub.seconds)
        except (BadToken, Untrusted):
            continue
        if (said.iss, said.aud) != (party.party, hub.party):
            break
        if role == "authority:person" and not said.agent:
            break
        if not said.iat - SKEW <= hub.seconds < said.exp <= said.iat + LONGEST_SECONDS:
            raise BadHandOver("this was handed over too long ago")
        return said
    raise BadHandOver("no authority hands this over to this hub")


def _mandate(hub: Hub, said: HandOver, mandate: str) -> ActsOn:
    read = token.read(mandate, trust=hub.trust, at=hub.seconds)
    if (read.digest, read.iss, read.hub, read.items) != (said.mandate, said.iss, hub.party, (said.item,)):
        raise BadHandOver("the mandate is not the one that was handed over")
    if read.agent != said.agent:
        raise BadHandOver("the mandate is another agent's")
    return ActsOn(
        agent=said.agent,
        mandate=mandate,
        item=said.item,
        display=said.display,
        purpose=read.purpose,
        until=read.until,
        for_body=read.kind == "enterprise",
    )


def _body(said: HandOver, body: str) -> ActsOn:
    if not body or said.mandate != digest(body.encode("ascii", "replace")) or said.item:
        raise BadHandOver("the body is not the one that was handed over")
    return ActsOn(agent=said.agent, body=body, display=said.display, for_body=True)
