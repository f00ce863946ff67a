"""After the grant: the handling gateway's decision, the needs, the delivery.

Needs (an account, an address) are asked only now; each is sealed by its holder's gateway to the
handling one, so the hub learns held or not held. They can delay payment, never the decision.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mianzheng.cases import asking, fees
from mianzheng.cases.asking import EXPIRED, RENEWED, note, too_old
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.deciding import (
    HandlingRefused,
    TooOld,
    conclude_granted_before,
    hear_decision,
    note_decision,
    renew_decision,
)
from mianzheng.cases.evidence import evidence
from mianzheng.cases.halting import give_up, hand_over
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also
from mianzheng.cases.parts import Sent
from mianzheng.cases.subjects import needed
from mianzheng.credentials import jws
from mianzheng.decision.decide import GRANTED_BEFORE
from mianzheng.exchange.decisions import BadDecision, read_receipt
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.model.canonical import digest
from mianzheng.model.case import State
from mianzheng.model.deciding import DecisionResponse, DeliveryRequest
from mianzheng.model.evidence import Evidence, Status
from mianzheng.rules.question import Placed


async def issue(live: LiveCase) -> bool:
    """From granted: get the signed decision and sealed credential; ask the needs in the same step."""
    open_ones = live.open_requests("decision")
    if not open_ones:
        return await again_later(live)
    sent = open_ones[0]
    try:
        decision = await hear_decision(live, sent)
    except TooOld:
        await renew_decision(live, sent)
        return True
    except HandlingRefused as refusal:
        if refusal.code == GRANTED_BEFORE:
            await conclude_granted_before(live, sent)
        else:
            await hand_over(live, sent, refusal.code)
        return True
    if decision is None:
        return await give_up(live, sent) or await again_later(live)
    if decision.outcome != "granted":
        await note(live, code="decision-differs", party=sent.party, detail=f"{sent.id}: {decision.outcome}")
        await hand_over(live, sent, "decision-differs")
        return True
    change = Change(
        reason="signed",
        answers={sent.id: sent.answer},
        entries=[note_decision(live, sent, decision)],
        settled_at=live.hub.clock(),
        due_at=live.hub.clock() + live.hub.timings.lease,
        decided_by=decision.decided_by,
    )
    decided_now(live, change)
    live.take({sent.id: sent.answer})
    _ask(live, _unasked(live, evidence(live)), change)
    await live.step(State.ISSUED, change)
    return True


def decided_now(live: LiveCase, change: Change) -> None:
    """Stop the law's clock in a step that takes the department's decision; what was overdue is so no more."""
    kept = change.procedure or live.procedure
    if kept.decided_on is None:
        change.procedure = msgspec.structs.replace(kept, decided_on=live.hub.days.today)
        if kept.published:
            also(change, overdue_ended=live.hub.days.today)


async def deliver(live: LiveCase) -> bool:
    """From issued: the fee, needs, then the delivery; a case without needs is delivered with its credential."""
    if fees.is_due(live):
        await fees.demand(live)
        return True
    if not live.version.compiled.needs:
        await _delivered(live, Change(reason="credential-kept-for-holder"))
        return True
    if waiting := live.open_requests("delivery"):
        return await _hear_receipt(live, waiting[0])
    if live.hub.seconds >= live.authorisation.exp:
        # nothing may be asked any more: what is held is delivered
        await live.step(State.ISSUED, _delivery(live, Change(reason="authorisation-ended")))
        return True
    if open_needs := live.open_requests("answers"):
        return await _hear_needs(live, open_needs)
    wanted = () if live.silent else _unasked(live, evidence(live, unknown_again=True))
    if not wanted and not live.silent:
        await live.step(State.ISSUED, _delivery(live, Change(reason="needs-known")))
        return True
    if live.tried or live.silent:
        return await again_later(live)
    change = Change(reason="needs-asked-again", due_at=live.hub.clock() + live.hub.timings.lease)
    _ask(live, wanted, change)
    await live.step(State.ISSUED, change)
    return True


async def end_undelivered(live: LiveCase, reason: str) -> None:
    """Close what was issued without the needs: the department delivers by its own ways; open requests are void."""
    waiting = (*live.open_requests("answers"), *live.open_requests("delivery"))
    await _delivered(live, Change(reason=reason, answers={sent.id: None for sent in waiting}))


async def _delivered(live: LiveCase, change: Change) -> None:
    """Deliver: what rests on a declaration 告知承诺 is then still to be checked."""
    declared = any(one.kept is None for one in live.procedure.declared.values())
    if declared:
        change.procedure = msgspec.structs.replace(live.procedure, delivered_on=live.hub.days.today)
    await live.step(State.DECLARED if declared else State.DELIVERED, change)


async def again_later(live: LiveCase) -> bool:
    """Stay in this state and let a job try again; return False: the run ends here."""
    due = live.hub.clock() + live.hub.timings.retry_after(live.row.attempts)
    change = Change(reason="no-answer", attempts=live.row.attempts + 1, due_at=due, by_job=True)
    await live.step(live.state, change)
    return False


def response_of(live: LiveCase) -> DecisionResponse | None:
    """Return the handling gateway's response, once there is one."""
    found = [sent for sent in live.requests if sent.kind == "decision" and sent.answer is not None]
    return msgspec.json.decode(found[-1].answer or b"", type=DecisionResponse) if found else None


def _ask(live: LiveCase, wave: Sequence[Placed], change: Change) -> None:
    if wave:
        prepared = asking.prepare(live, wave, number=live.row.wave + 1)
        change.requests, change.wave = prepared.requests, live.row.wave + 1
        change.entries += prepared.entries


async def _hear_needs(live: LiveCase, open_needs: list[Sent]) -> bool:
    """Send need requests; commit what came, and with it the delivery once every need is known."""
    live.tried = True
    heard = await asking.send(live, open_needs)
    if not heard.answers and not heard.entries:
        return await again_later(live)
    live.take(heard.answers)
    change = Change(
        reason="needs-answered",
        entries=heard.entries,
        answers=heard.answers,
        attempts=live.row.attempts,
        due_at=live.hub.clock() + live.hub.timings.lease,
    )
    known = evidence(live)
    if not live.silent and not _unavailable(live, known):
        _delivery(live, change)
    await live.step(State.ISSUED, change)
    return True


def _unasked(live: LiveCase, known: Evidence) -> list[Placed]:
    return [placed for placed in needed(live, known) if (placed.question.id, placed.role) not in known.answers]


def _unavailable(live: LiveCase, known: Evidence) -> bool:
    needs = [(placed.question.id, placed.role) for placed in needed(live, known)]
    return any(at not in known.answers or known.answers[at].status is Status.UNAVAILABLE for at in needs)


def _delivery(live: LiveCase, change: Change) -> Change:
    """Add the delivery request, with every sheet that answers a need, to a step."""
    response = response_of(live)
    if response is None:
        raise NotInThisState("nothing has been issued")
    party, request_id = live.hub.gateway(live.version.handling), new_id("v")
    made = live.note("asked", request=request_id, party=party, purpose="delivery")
    needs = {placed.question.id for placed in live.version.compiled.needs.values()}
    request = DeliveryRequest(
        aud=party,
        iat=live.hub.seconds,
        request=request_id,
        case=live.id,
        decision=response.decision,
        sheets=tuple(sheet.token for _, sheet in live.sheets if needs & sheet.answers.keys()),
        standing=live.standing,
        entry=made.leaf,
    )
    token = jws.sign(request, key=live.hub.key, typ="mz-delivery-request")
    change.requests.append(Sent(id=request_id, kind="delivery", party=party, wave=live.row.wave, token=token))
    change.entries.append(made)
    change.due_at = live.hub.clock() + live.hub.timings.lease
    return change


async def _hear_receipt(live: LiveCase, sent: Sent) -> bool:
    """Send the delivery request; a receipt ends it, a lasting refusal leaves a finding for the operator."""
    reply = await live.hub.peers.post(Letter(party=sent.party, path="/deliveries", body=sent.token.encode("ascii")))
    change: Change | None = None
    if isinstance(reply, Got):
        try:
            token, receipt = read_receipt(
                reply.unverified, party=sent.party, case=live.id, trust=live.hub.trust, now=live.hub.seconds
            )
        except BadDecision as error:
            await note(live, code=error.code, party=sent.party, detail=f"{sent.id}: {error.message}")
        else:
            reason = "delivered" if receipt.complete else "delivered-payment-waits"
            made = live.note(
                "delivery", request=sent.id, party=sent.party, purpose=reason, digest=digest(token.encode("ascii"))
            )
            change = Change(reason=reason, answers={sent.id: reply.unverified}, entries=[made])
    elif isinstance(reply, Refusal):
        await note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
        asked = sent.payload(DeliveryRequest)
        if too_old(live, reply, asked.iat, standing=asked.standing):
            await live.step(State.ISSUED, _delivery(live, Change(reason=EXPIRED, answers={sent.id: None})))
            return True
        if reply.lasting and reply.code not in RENEWED:
            change = Change(reason=reply.code, answers={sent.id: None})
    if change is None:
        live.silent.add(sent.id)
        return await again_later(live)
    await _delivered(live, change)
    return True
