"""The authority's word on an agent's case: fresh before each act, for reading at most a minute old.

A refusal shuts the case to who opened it for another: they keep the history of what they did themselves. No word opens
nothing either.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases.asking import note
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import ActsFor
from mianzheng.credentials import jws
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.mandates import standing
from mianzheng.mandates.refusals import CODES, MandateRefused
from mianzheng.model.case import State
from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.mandate import StandingRequest, StandingResponse

READ_SECONDS = 60
_NOTHING_ASKED = frozenset({State.APPLIED, State.ACCEPTED, State.AUTHORISED, State.WITHDRAWN, State.NOT_ACCEPTED})


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """`said`: its signed word that the mandate stands; `code`, `detail`: why not; all "" when it did not answer."""

    said: str = ""
    code: str = ""
    detail: str = ""


async def ask_standing(live: LiveCase, acting: ActsFor) -> Word:
    """Ask the authority whether a mandate, or who speaks for a body, stands now; keep its answer for readers."""
    request = StandingRequest(aud=acting.authority, iat=live.hub.seconds, case=live.id, mandate=acting.digest)
    signed = jws.sign(request, key=live.hub.key, typ="mz-standing-request")
    letter = Letter(party=acting.authority, path="/mandates/standing", body=signed.encode("ascii"))
    reply = await live.hub.peers.post(letter)
    word = Word()
    if isinstance(reply, Got):
        word = await _heard(live, reply.unverified, acting)
    elif isinstance(reply, Refusal) and reply.lasting:
        word = Word(code=reply.code, detail=reply.detail)
    if word != Word():
        live.hub.standings.put(live.id, (live.hub.seconds, word.code))
    return word


async def refusal_of(live: LiveCase, *, fresh: bool) -> MianzhengError | None:
    """Return why who opened a case for another may not act in it, or without `fresh` read it; None where they may.

    Before the principal is named there is nothing of theirs to read, and the mandate is looked at when they are.
    """
    acting = live.opening.acting
    if acting is None or live.permit is None or _is_unnamed(live):
        return None
    kept = None if fresh else live.hub.standings.get(live.id)
    if kept is not None and 0 <= live.hub.seconds - kept[0] < READ_SECONDS:
        code = kept[1]
    else:
        word = await ask_standing(live, acting)
        if word == Word():
            return Unavailable("the authority does not say whether the mandate stands", hint="try again in a while")
        code = word.code
    if not code:
        return None
    return MandateRefused(code if code in CODES else "mandate-refused", "you may not act for the other any more")


def _is_unnamed(live: LiveCase) -> bool:
    return live.version.item.acting_role not in dict(live.bundles) and live.state in _NOTHING_ASKED


async def _heard(live: LiveCase, unverified: bytes, acting: ActsFor) -> Word:
    try:
        said = msgspec.json.decode(unverified, type=StandingResponse).standing
        found = standing.read(said, case=live.id, mandate=acting.digest, trust=live.hub.trust, at=live.hub.seconds)
    except (msgspec.MsgspecError, MandateRefused) as error:
        await note(live, code="mandate-invalid", party=acting.authority, detail=str(error))
        return Word()
    return Word(said=said) if found.iss == acting.authority else Word()
