"""An agent's case goes on only while the mandate stands: the authority is asked before every step.

Its word travels with each request of the run, and every gateway looks at it again. When it says no, the case stops
where it is and nothing further is asked. Only where the handling gateway may have signed already it is asked whether
it did: what it signed stands, what it did not sign it never will, and the principal is told either way.
"""

from __future__ import annotations

from mianzheng.cases.asking import note
from mianzheng.cases.change import Change
from mianzheng.cases.delivering import again_later, end_undelivered
from mianzheng.cases.halting import FOR_A_PERSON, being_decided, halt, is_halting, left_to_person, tell_over
from mianzheng.cases.live import LiveCase
from mianzheng.cases.standing_word import ask_standing
from mianzheng.model.case import EDGES, State

_S = State
STEPS = frozenset(
    {
        _S.ASKING, _S.UNDECIDED, _S.WAITING_REGISTER, _S.WAITING_SIGNATURE, _S.ACCEPTED_INCOMPLETE, _S.WAITING_PERSON,
        _S.REOPENED, _S.PROPOSED, _S.PUBLIC_NOTICE, _S.VISIT_BOOKED, _S.CONTESTED, _S.GRANTED, _S.ISSUED,
    }
)  # fmt: skip


async def still_stands(live: LiveCase, change: Change | None = None) -> bool:
    """Ask the authority before a step of an agent's case; False when the case may take none now.

    What the authority said is carried by every request of this run. When it says no, the case stops here; `change`
    is what the step would have committed.
    """
    acting = live.opening.acting
    if acting is None or live.permit is None or (change is None and not _goes_on(live)) or is_halting(live):
        return True
    word = await ask_standing(live, acting)
    if word.said:
        live.standing = word.said
        return True
    if word.code:
        await note(live, code=word.code, party=acting.authority, detail=word.detail)
        await stop(live, word.code, change)
        return is_halting(live)
    return await _silent(live)


def _goes_on(live: LiveCase) -> bool:
    """Tell whether a step may follow that rests on the mandate: its principal was named, and the case is not over.

    Nor is it with a person because it was asked in vain whether a decision was signed.
    """
    return live.state in STEPS and live.version.item.acting_role in dict(live.bundles) and not left_to_person(live)


async def stop(live: LiveCase, code: str, change: Change | None = None) -> None:
    """End an agent's case, or leave it to a person, as the way it stands allows; nothing more is asked."""
    change = change or Change(reason=code)
    change.reason, change.decision, change.decided_by = code, "undecided", ""
    if live.state is State.ISSUED:
        await end_undelivered(live, code)  # what was granted stands; the department pays it out by itself
        return
    if asked := being_decided(live):
        await halt(live, asked, code)
        return
    target = State.WAITING_PERSON if code == FOR_A_PERSON else State.WITHDRAWN
    if target not in EDGES[live.state]:
        target = State.WAITING_PERSON
    if target not in EDGES[live.state] and State.UNDECIDED in EDGES[live.state]:
        await live.step(State.UNDECIDED, Change(reason=code))
    if target is State.WITHDRAWN:
        tell_over(live, change, code)
    if target is not live.state and target in EDGES[live.state]:
        await live.step(target, change)


async def _silent(live: LiveCase) -> bool:
    """No word of the authority: nothing is asked in this run, and a job tries again."""
    if live.state in (State.ASKING, State.GRANTED, State.ISSUED, State.AUTHORISED, State.PROPOSED):
        return await again_later(live)
    return False
