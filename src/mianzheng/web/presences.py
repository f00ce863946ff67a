"""Presence of who brings no key: sealed requests carried to the authority; what passes opens a session."""

from __future__ import annotations

import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.params import JSONBody

from mianzheng.exchange.peers import Got, Refusal
from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.identity import SessionOpened
from mianzheng.model.presence import PresenceForwarded, SealedReply
from mianzheng.web.access import Access, rule
from mianzheng.web.people import forward, take_word

PASSED_ON = frozenset({"clerk-unknown", "nonce-used", "presence-budget-used-up", "presence-unavailable"})


class PresenceNotPassed(MianzhengError):
    """The authority does not vouch for this presence; which part failed it does not say."""

    code = "presence-refused"


@post("/presences", opt=rule(Access.ANYONE), status_code=200)
async def start_presence(state: State, data: JSONBody[PresenceForwarded]) -> SealedReply:
    """Carry the start of a presence to the authority; its answer is sealed to the window's program."""
    reply = _taken(await forward(state.hub, data.authority, "/presences", data.sealed))
    try:
        return msgspec.json.decode(reply.unverified, type=SealedReply)
    except msgspec.DecodeError:
        raise Unavailable("the authority answered something else") from None


@post("/presences/answers", opt=rule(Access.ANYONE), status_code=200)
async def answer_presence(state: State, data: JSONBody[PresenceForwarded]) -> SessionOpened:
    """Carry the answers to the authority, and open a session on its signed word."""
    reply = _taken(await forward(state.hub, data.authority, "/presences/answers", data.sealed))
    return await take_word(state.hub, data.authority, reply)


def _taken(reply: Got | Refusal) -> Got:
    if isinstance(reply, Refusal):
        code = reply.code if reply.code in PASSED_ON else "presence-refused"
        raise PresenceNotPassed(
            reply.detail, code=code, hint="a card in the reader, the face, a call back: another way"
        )
    return reply


ROUTES = (start_presence, answer_presence)
