"""A case that must stop while its department may be signing: the handling gateway is asked whether it did.

The request that asks is committed before it leaves, like any other. What was signed stands, and the case goes on with
it. What was not signed never will be (the gateway keeps that), so the hub may end the case and say so. As long as
nothing answers the same bytes go again; when nothing may be asked any more and it is still unknown, a person looks.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import tell
from mianzheng.cases.parts import Sent
from mianzheng.credentials import jws
from mianzheng.model.case import State
from mianzheng.model.deciding import DecisionRequest
from mianzheng.model.text import Text

HALTED = "decision-halted"  # the handling gateway's word: not decided, and never will be
UNKNOWN = "unknown-whether-signed"
MANDATE_OVER = "mandate-over"  # the notice that a case ended with its mandate: told to its agent too
FOR_A_PERSON = "mandate-party-gone"  # one of the two died or may not act: somebody in the department looks at it
_OVER = Text(
    zh="{zh}，委托已终止，本办件随之停止，不再查询；此前未作出决定。",
    en="{en}, so the mandate is over: this case stops with it, nothing more is asked, and nothing was decided.",
)

_WHY = {  # by what a mandate ended, in words
    "mandate-revoked": Text(zh="委托已被撤销", en="The mandate was revoked"),
    "mandate-expired": Text(zh="委托期限已满", en="Its time has run out"),
    "mandate-used-up": Text(zh="委托的次数已用完", en="It was used as often as it says"),
    "mandate-locked": Text(zh="委托人已上锁，不让别人代办", en="The principal has it locked that others act for them"),
    "mandate-party-gone": Text(
        zh="委托双方有一位已不能委托", en="One of the two can be no party of a mandate any more"
    ),
    "mandate-not-for-this-item": Text(zh="委托不含这件事", en="The mandate does not name this service"),
    "mandate-not-yet": Text(zh="委托还没有生效", en="The mandate does not hold yet"),
}
_NOT_STANDING = Text(zh="身份核验机关不再认可这份委托", en="The authority does not vouch for the mandate any more")


def being_decided(live: LiveCase) -> Sent | None:
    """Return the request by which the handling gateway may be signing now, None where it signs nothing."""
    if live.state not in (State.GRANTED, State.PROPOSED):
        return None
    return next((sent for sent in live.requests if sent.kind == "decision" and sent.status == "open"), None)


def is_halting(live: LiveCase) -> bool:
    """Tell whether the handling gateway is being asked whether it signed."""
    sent = being_decided(live)
    return sent is not None and bool(sent.payload(DecisionRequest).halted)


def left_to_person(live: LiveCase) -> bool:
    """Tell whether a person looks because nobody could say whether it was signed, or may not be left to a machine."""
    decisions = [sent for sent in live.requests if sent.kind == "decision"]
    if live.state is not State.WAITING_PERSON or not decisions:
        return False
    return decisions[-1].status == "void" and bool(decisions[-1].payload(DecisionRequest).halted)


async def halt(live: LiveCase, sent: Sent, code: str) -> None:
    """Replace the request that asks for a decision by one that only asks whether it was made."""
    request_id = new_id("d")
    made = live.note("asked", request=request_id, party=sent.party, purpose="decision")
    asked = msgspec.structs.replace(
        sent.payload(DecisionRequest), iat=live.hub.seconds, request=request_id, entry=made.leaf, halted=code
    )
    token = jws.sign(asked, key=live.hub.key, typ="mz-decision-request")
    fresh = Sent(id=request_id, kind="decision", party=sent.party, wave=sent.wave, token=token)
    change = Change(reason=code, answers={sent.id: None}, requests=[fresh], entries=[made])
    change.due_at = live.hub.clock() + live.hub.timings.lease
    await live.step(live.state, change)


async def hand_over(live: LiveCase, sent: Sent, code: str) -> None:
    """Void a request that the handling gateway will never serve: halted it ends the case, else a person takes it."""
    halted = sent.payload(DecisionRequest).halted if sent.kind == "decision" else ""
    change = Change(reason=code, answers={sent.id: None}, decision="undecided", decided_by="")
    if code == HALTED and halted:
        change.reason = halted
    if code == HALTED and halted and halted != FOR_A_PERSON:
        tell_over(live, change, halted)
        await live.step(State.WITHDRAWN, change)
        return
    await live.step(State.WAITING_PERSON, change)


async def give_up(live: LiveCase, sent: Sent) -> bool:
    """Let a person look when nothing may be asked any more and nobody said whether it was signed."""
    if not is_halting(live) or live.hub.seconds < live.authorisation.exp:
        return False
    await hand_over(live, sent, UNKNOWN)
    return True


def tell_over(live: LiveCase, change: Change, code: str) -> None:
    """Tell the principal in writing that an agent's case ended with its mandate."""
    why = _WHY.get(code, _NOT_STANDING)
    tell(live, change, MANDATE_OVER, Text(zh=_OVER.zh.format(zh=why.zh), en=_OVER.en.format(en=why.en)))
