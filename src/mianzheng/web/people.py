"""Signing in: a nonce, the sealed sign-in forwarded to the authority, a session."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.params import JSONBody

from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import Applicant
from mianzheng.exchange.bundles import read_sign_in
from mianzheng.exchange.peers import Got, Letter, Refusal, Silent
from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.identity import Nonce, SealedSignIn, SessionOpened, SignIn, SignInForwarded
from mianzheng.store import sessions as stored
from mianzheng.web.access import Access, rule
from mianzheng.web.sessions import Ways, open_session


class SignInRefused(MianzhengError):
    """The authority does not vouch for this sign-in, or the nonce is not one of this hub's."""

    code = "sign-in-refused"


@post("/nonces", opt=rule(Access.ANYONE), status_code=200)
async def make_nonce(state: State) -> Nonce:
    """Give out a nonce, good for one sign-in."""
    return await new_nonce(state.hub)


async def new_nonce(hub: Hub) -> Nonce:
    """Return a nonce of this hub, good for one sign-in."""
    nonce = secrets.token_urlsafe(24)
    expires = hub.clock() + timedelta(seconds=hub.timings.nonce_seconds)
    async with hub.store.connection() as connection:
        await stored.add_nonce(connection, _hash(nonce), expires)
    return Nonce(nonce=nonce, audience=hub.party)


@post("/sign-ins", opt=rule(Access.ANYONE), status_code=200)
async def sign_in(state: State, data: JSONBody[SignInForwarded]) -> SessionOpened:
    """Forward a sealed sign-in to the authority it names, and open a session on its signed word."""
    hub: Hub = state.hub
    reply = await forward(hub, data.authority, "/sign-ins", data.sealed)
    if isinstance(reply, Refusal):
        raise SignInRefused(reply.detail, hint="who is not enrolled with the authority cannot sign in")
    return await take_word(hub, data.authority, reply)


async def forward(hub: Hub, authority: str, path: str, sealed: str) -> Got | Refusal:
    """Carry a sealed request to the authority it names, and return its answer; this hub can read neither."""
    authorities = {*hub.trust.with_role("authority:person"), *hub.trust.with_role("authority:enterprise")}
    if authority not in {party.party for party in authorities}:
        raise SignInRefused(f"{authority!r} is no authority")
    body = msgspec.json.encode(SealedSignIn(sealed=sealed))
    reply = await hub.peers.post(Letter(party=authority, path=path, body=body, content_type="application/json"))
    if isinstance(reply, Silent):
        raise Unavailable("the authority does not answer", hint="try again in a moment")
    return reply


async def take_word(hub: Hub, authority: str, reply: Got) -> SessionOpened:
    """Open a session on the authority's signed word, for a nonce of this hub."""
    token, word = await open_on_word(hub, authority, reply.unverified)
    return SessionOpened(
        session=token,
        display=word.display,
        level=word.level,
        method=word.method,
        presence=word.presence,
        holder=word.holder,
    )


async def open_on_word(hub: Hub, authority: str, unverified: bytes, *, nonce: str = "") -> tuple[str, SignIn]:
    """Return the token of a session opened on an authority's word (a `SignInResponse` as JSON), and the word.

    With `nonce` it must be the word for this very one.
    """
    word = read_sign_in(unverified, authority=authority, audience=hub.party, trust=hub.trust, now=hub.seconds)
    if nonce and word.nonce != nonce:
        raise SignInRefused("the sign-in was begun elsewhere", hint="begin again")
    async with hub.store.connection() as connection:
        if not await stored.use_nonce(connection, _hash(word.nonce), hub.clock()):
            raise SignInRefused("the nonce was used, is too old, or is not this hub's", code="nonce-used")
    applicant = Applicant(
        pairwise=word.pairwise,
        authority=word.authority,
        level=word.level,
        presence=word.presence,
        clerk=word.clerk,
    )
    ways = Ways(display=word.display, method=word.method, passkeys=word.passkeys, holder=word.holder)
    return await open_session(hub, applicant, ways), word


def _hash(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode("utf-8", "replace")).digest()


ROUTES = (make_nonce, sign_in)
