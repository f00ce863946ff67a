"""The only conductor: looks at where a case stands and takes the next step, until it must wait.

Every step commits before anything leaves, so a process may die anywhere: whoever looks at the
case next finds the committed request and sends the same bytes again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import msgspec

from mianzheng.cases import (
    asking,
    delivering,
    inviting,
    reopening,
    representing,
    reviewing,
    turning,
    unvouched,
    waiting,
)
from mianzheng.cases.asking import EXPIRED, Heard, note, too_old
from mianzheng.cases.authorising import prepare_bundle
from mianzheng.cases.change import Change, Overtaken
from mianzheng.cases.deciding import HandlingRefused, TooOld, hear_decision, note_decision, renew_decision, settle
from mianzheng.cases.delivering import again_later, decided_now
from mianzheng.cases.evidence import evidence
from mianzheng.cases.halting import give_up, hand_over
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.opening import accept
from mianzheng.exchange.bundles import BadBundle, read_bundle
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.model.authorisation import BundleRequest
from mianzheng.model.canonical import digest
from mianzheng.model.case import State
from mianzheng.model.mandate import AGENT, REPRESENTATIVE
from mianzheng.plan.waves import next_wave

MOST_STEPS = 200  # in one run; a case that takes more goes round in circles
_log = logging.getLogger(__name__)


async def advance(hub: Hub, case: str) -> LiveCase:
    """Take every step that can be taken now and return the case as it then stands."""
    return await run(await load(hub, case))


async def run(live: LiveCase) -> LiveCase:
    """Take every step from a case in hand; when another process was first, return what it left."""
    try:
        for _ in range(MOST_STEPS):
            if not await representing.still_stands(live):
                return live
            if not (await turning.turn(live) or await _STEPS.get(live.state, _wait)(live)):
                return live
    except Overtaken:
        return await load(live.hub, live.id)
    _log.error("case %s goes round in circles in state %s", live.id, live.state)
    return live


async def _wait(live: LiveCase) -> bool:
    return False


async def _expire(live: LiveCase) -> bool:
    """An accepted case that nobody signed in time is withdrawn; nothing was asked."""
    if live.hub.seconds < live.opening.exp:
        return False
    await live.step(State.WITHDRAWN, Change(reason="never-authorised"))
    return True


async def _name_subject(live: LiveCase) -> bool:
    """From authorised: the authority makes the bundle; the first wave is committed with it."""
    if not live.open_requests("bundle"):
        if live.silent:
            return await again_later(live)
        change = Change(reason="bundle-asked-again", due_at=live.hub.clock() + live.hub.timings.lease)
        prepare_bundle(live, change)
        await live.step(State.AUTHORISED, change)
        return True
    sent = live.open_requests("bundle")[0]
    request = sent.payload(BundleRequest)
    reply = await live.hub.peers.post(Letter(party=sent.party, path="/bundles", body=sent.token.encode("ascii")))
    if isinstance(reply, Got):
        try:
            sealed, _ = read_bundle(reply.unverified, asked=request, trust=live.hub.trust, now=live.hub.seconds)
        except BadBundle as error:
            await note(live, code=error.code, party=sent.party, detail=f"{sent.id}: {error.message}")
        else:
            live.take({sent.id: msgspec.json.encode(sealed)})
            change = Change(reason="bundle", answers={sent.id: sent.answer})
            named = digest(sealed.bundle.encode("ascii"))
            made = live.note("answered", request=sent.id, purpose=f"bundle of {sent.party}", digest=named)
            change.entries.append(made)
            if live.opening.acting is not None and request.role in (AGENT, REPRESENTATIVE):
                change.due_at = live.hub.clock() + live.hub.timings.lease
                prepare_bundle(live, change)
                await live.step(State.AUTHORISED, change)
                return True
            if not await representing.still_stands(live, change):
                return False
            await _first_wave(live, change)
            return True
    elif isinstance(reply, Refusal):
        await note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
        if too_old(live, reply, request.iat):
            change = Change(reason=EXPIRED, answers={sent.id: None}, due_at=live.hub.clock() + live.hub.timings.lease)
            prepare_bundle(live, change)
            await live.step(State.AUTHORISED, change)
            return True
        if reply.code == unvouched.UNVOUCHED or unvouched.is_no_representative(live, reply.code):
            await unvouched.end(live, sent)
            return True
        if reply.lasting and reply.code != EXPIRED and live.opening.acting is not None:
            await representing.stop(live, reply.code, Change(reason=reply.code, answers={sent.id: None}))
            return True
        if reply.lasting and reply.code != EXPIRED:
            await hand_over(live, sent, reply.code)
            return True
    live.silent.add(sent.id)
    return await again_later(live)


async def _first_wave(live: LiveCase, change: Change) -> None:
    wave = next_wave(live.version.compiled, evidence(live), live.as_of)
    prepared = asking.prepare(live, wave, number=1)
    change.requests, change.wave = prepared.requests, 1
    change.entries += prepared.entries
    change.due_at = live.hub.clock() + live.hub.timings.lease
    await live.step(State.ASKING, change)


async def _ask(live: LiveCase) -> bool:
    waiting_ones = live.open_requests("answers")
    heard = await asking.send(live, waiting_ones) if waiting_ones else Heard(answers={}, entries=[])
    await inviting.hear_bundles(live, heard)
    await settle(live, heard)
    return True


async def _await_signature(live: LiveCase) -> bool:
    """An adult who did not sign in time leaves the case to a person; one who does brings it back to asking."""
    if live.row.waits_until is not None and live.hub.clock() < live.row.waits_until:
        return False
    await waiting.fall_back(live, "signature-missing")
    return True


async def _confirm_refusal(live: LiveCase) -> bool:
    """From proposed: once the person accepted, the handling gateway signs the refusal."""
    if not (open_ones := live.open_requests("decision")):
        return bool(live.silent) and await again_later(live)
    sent = open_ones[0]
    try:
        decision = await hear_decision(live, sent)
    except TooOld:
        await renew_decision(live, sent)
        return True
    except HandlingRefused as refusal:
        await hand_over(live, sent, refusal.code)
        return True
    if decision is None:
        return await give_up(live, sent) or await again_later(live)
    if decision.outcome != "refused":
        await note(live, code="decision-differs", party=sent.party, detail=f"{sent.id}: {decision.outcome}")
        await hand_over(live, sent, "decision-differs")
        return True
    change = Change(reason="refusal-accepted", answers={sent.id: sent.answer}, decided_by=decision.decided_by)
    change.entries.append(note_decision(live, sent, decision))
    decided_now(live, change)
    await live.step(State.REFUSED, change)
    return True


async def _with_person(live: LiveCase) -> bool:
    """From waiting for a person: a correction on its way is told to its gateway first."""
    if live.open_requests("correction"):
        return await reviewing.hear(live)
    return await waiting.go_on(live)


async def _revoked(live: LiveCase) -> bool:
    """From revoked: the officer's step goes to the gateway that holds the status list."""
    if not (open_ones := live.open_requests("revocation")):
        return False
    return await reopening.tell_gateway(live, open_ones[0])


async def _contested(live: LiveCase) -> bool:
    await waiting.fall_back(live, "contested")
    return True


_STEPS: dict[State, Callable[[LiveCase], Awaitable[bool]]] = {
    State.APPLIED: accept,
    State.ACCEPTED: _expire,
    State.AUTHORISED: _name_subject,
    State.ASKING: _ask,
    State.UNDECIDED: waiting.start,
    State.WAITING_REGISTER: waiting.go_on,
    State.WAITING_PERSON: _with_person,
    State.ACCEPTED_INCOMPLETE: waiting.go_on,
    State.REOPENED: reopening.go_on,
    State.DECLARED: turning.check,
    State.REVOKED: _revoked,
    State.WAITING_SIGNATURE: _await_signature,
    State.CONTESTED: _contested,
    State.PROPOSED: _confirm_refusal,
    State.GRANTED: delivering.issue,
    State.ISSUED: delivering.deliver,
}
