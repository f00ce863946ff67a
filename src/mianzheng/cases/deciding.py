"""From answers to a decision: ask more, propose, grant, or wait; then the handling gateway's word.

The hub's decision only proposes. The handling department's gateway gets the sheets, decides again
by the same pure function and signs; what it signs is the decision.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases import asking, consents, notices
from mianzheng.cases.asking import EXPIRED, RENEWED, Heard, note, permission, too_old
from mianzheng.cases.change import Change, Made
from mianzheng.cases.evidence import evidence, standing_answers, usable_sheets
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Outcome, Sent
from mianzheng.cases.subjects import subjects_of
from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.sdjwt import token_digest
from mianzheng.decision.decide import decide
from mianzheng.decision.recommending import needs_officer
from mianzheng.exchange.decisions import BadDecision, Due, read_decision
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.asking import SignedStep
from mianzheng.model.canonical import digest
from mianzheng.model.case import ReasonView, State
from mianzheng.model.deciding import DecisionRequest, DecisionResponse, SignedDecision
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Evidence, Granted, Refused, Status, Undecided
from mianzheng.model.officers import DECLARATION, OBJECTION
from mianzheng.plan.waves import next_wave
from mianzheng.rules.question import Placed

AFTERWARDS = (DECLARATION, OBJECTION)  # findings that decide nothing: on a promise, on objections


class TooOld(MianzhengError):
    """The handling gateway heard of the request too late; it is made anew."""

    code = "request-expired"
    permanent = False


class HandlingRefused(MianzhengError):
    """The handling gateway will not decide this case by machine; its code says why."""

    code = "handling-refused"


async def settle(live: LiveCase, heard: Heard) -> None:
    """Commit what was heard together with what follows from it: the next wave, or the hub's decision."""
    change = Change(
        reason="",
        entries=list(heard.entries),
        answers=dict(heard.answers),
        participants=dict(heard.participants),
        attempts=0 if heard.progress else live.row.attempts,
        waits_until=None if heard.progress else live.row.waits_until,
        due_at=live.hub.clock() + live.hub.timings.lease,
    )
    live.take(heard.answers)
    live.participants |= heard.participants
    known = evidence(live)
    wave = _unasked(next_wave(live.version.compiled, known, live.as_of), known)
    missing = consents.waits_for(live, wave)
    if wave := consents.may_ask(live, wave):
        number = live.row.wave + 1
        prepared = asking.prepare(live, wave, number=number)
        change.reason, change.wave, change.requests = "next-wave", number, prepared.requests
        change.entries += prepared.entries
        await live.step(State.ASKING, change)
    elif missing:
        await _wait_for_signature(live, change)
    else:
        await _conclude(live, known, change)


async def _wait_for_signature(live: LiveCase, change: Change) -> None:
    """All that is left to ask is about another adult who has not signed: wait for them, then for a person."""
    until = live.hub.clock() + live.hub.timings.hours(consents.SIGN_WITHIN_HOURS)
    change.reason, change.waits_until, change.due_at, change.by_job = "signature-missing", until, until, True
    await live.step(State.WAITING_SIGNATURE, change)


async def _conclude(live: LiveCase, known: Evidence, change: Change) -> None:
    decision = decide(live.version.compiled, live.hub.library.facts, known, live.as_of)
    change.outcome, change.settled_at = Outcome(decision=decision), live.hub.clock()
    if isinstance(decision, Undecided) or live.procedure.founded:
        change.reason = "open-conditions" if isinstance(decision, Undecided) else "objections-founded"
        await live.step(State.UNDECIDED, change)
    elif isinstance(decision, Refused) or by_officer(live, decision):
        # a machine may not refuse: the person accepts, corrects, or asks for a person; what an officer
        # must sign is proposed too
        change.reason = "refusal" if isinstance(decision, Refused) else "officer-signs"
        change.decision = "refused" if isinstance(decision, Refused) else "granted"
        change.decided_by, change.due_at = "proposed", None
        change.procedure = msgspec.structs.replace(
            live.procedure, proposed_on=live.hub.days.today, signature=None, shown=None, approvals={}
        )
        await live.step(State.PROPOSED, change)
    else:
        change.reason, change.decided_by = "all-conditions-hold", "machine"
        await grant(live, change)


async def conclude_granted_before(live: LiveCase, sent: Sent) -> None:
    """Propose the refusal that follows from a grant in another case; the request that heard of it is void."""
    change = Change(reason="", answers={sent.id: None})
    live.procedure = msgspec.structs.replace(live.procedure, granted_before=True)
    await _conclude(live, evidence(live), change)


def by_officer(live: LiveCase, decision: Granted | Refused) -> bool:
    """Tell whether an officer must sign: the handling gateway asks the same, and more is asked here, never less."""
    kept = live.procedure
    accepted = live.outcome is not None and live.outcome.acceptance is not None
    if kept.objected or kept.reopened is not None:
        return True
    return needs_officer(live.version.item, decision, findings=kept.findings, accepted=accepted)


async def grant(live: LiveCase, change: Change) -> None:
    """Take a case to the grant, by way of the public notice 公示 where the item has one."""
    change.decision = "granted"
    if notices.is_due(live):
        notices.publish(live, change)
        await live.step(State.PUBLIC_NOTICE, change)
        return
    live.procedure = change.procedure or live.procedure
    sent, made = prepare_decision(live)
    change.requests = [sent]
    change.entries.append(made)
    change.due_at = live.hub.clock() + live.hub.timings.lease
    await live.step(State.GRANTED, change)


def prepare_decision(
    live: LiveCase, *, acceptance: SignedStep | None = None, accepted: tuple[ReasonView, ...] = ()
) -> tuple[Sent, Made]:
    """Return the request for the handling gateway's decision, and its entry; both are committed before it leaves."""
    party = live.hub.gateway(live.version.handling)
    request_id = new_id("d")
    made = live.note("asked", request=request_id, party=party, purpose="decision")
    subjects, kept = subjects_of(live), live.procedure
    request = DecisionRequest(
        aud=party,
        iat=live.hub.seconds,
        request=request_id,
        case=live.id,
        permission=permission(live),
        bundles={role: subject.bundle for role, subject in subjects.items()},
        statements={role: subject.sealed.get(party, "") for role, subject in subjects.items()},
        sheets=tuple(_disclosed(live, sheet) for sheet in deciding_sheets(live)),
        forms=live.opening.forms,
        contests=tuple(live.contests.values()),
        contesters=consents.contesters_of(live, party=party),
        acceptance=acceptance,
        accepted=accepted,
        findings=tuple(one for name, one in sorted(kept.findings.items()) if not name.startswith(AFTERWARDS)),
        declarations=tuple(one.signed for _, one in sorted(kept.declared.items())),
        signature=kept.signature,
        approvals=tuple(kept.approvals[name] for name in live.version.item.approvers if name in kept.approvals),
        reopened=kept.reopened,
        clearances=kept.clearances,
        granted_before=kept.granted_before,
        entry=made.leaf,
    )
    token = jws.sign(request, key=live.hub.key, typ="mz-decision-request")
    return Sent(id=request_id, kind="decision", party=party, wave=live.row.wave, token=token), made


def deciding_sheets(live: LiveCase) -> list[Sheet]:
    """Return the sheets that answer a condition; a sheet of mere unavailables says nothing."""
    needs = {placed.question.id for placed in live.version.compiled.needs.values()}
    return [
        sheet
        for _, sheet in usable_sheets(live)
        if any(a.status is not Status.UNAVAILABLE and q not in needs for q, a in standing_answers(live, sheet))
    ]


def _disclosed(live: LiveCase, sheet: Sheet) -> str:
    """Return a sheet without the answers that were corrected since: their disclosures stay here."""
    if not live.procedure.superseded:
        return sheet.token
    return sdjwt.present(sheet.token, [question for question, _ in standing_answers(live, sheet)])


async def hear_decision(live: LiveCase, sent: Sent) -> SignedDecision | None:
    """Send a committed decision request; return the verified decision, or None while there is none.

    A lasting refusal ends the machine's way: the request is void and a person takes the case.
    """
    reply = await live.hub.peers.post(Letter(party=sent.party, path="/decisions", body=sent.token.encode("ascii")))
    if isinstance(reply, Got):
        try:
            response, decision = read_decision(
                reply.unverified, due=_due(live, sent), trust=live.hub.trust, now=live.hub.seconds
            )
        except BadDecision as error:
            await note(live, code=error.code, party=sent.party, detail=f"{sent.id}: {error.message}")
        else:
            sent.answer = msgspec.json.encode(response)
            return decision
    elif isinstance(reply, Refusal):
        await note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
        asked = sent.payload(DecisionRequest)
        if too_old(live, reply, asked.iat, standing=asked.permission.standing):
            raise TooOld(reply.detail)
        if reply.lasting and reply.code not in RENEWED:
            raise HandlingRefused(reply.detail, code=reply.code)
    live.silent.add(sent.id)
    return None


async def renew_decision(live: LiveCase, sent: Sent) -> None:
    """Replace a decision request that is too old by one made now, with the same acceptance."""
    old = sent.payload(DecisionRequest)
    fresh, made = prepare_decision(live, acceptance=old.acceptance, accepted=old.accepted)
    change = Change(reason=EXPIRED, answers={sent.id: None}, requests=[fresh], entries=[made])
    change.due_at = live.hub.clock() + live.hub.timings.lease
    await live.step(live.state, change)


def note_decision(live: LiveCase, sent: Sent, decision: SignedDecision) -> Made:
    """Return the ledger entry of a signed decision: what it was, and its digest."""
    response = msgspec.json.decode(sent.answer or b"", type=DecisionResponse)
    named = digest(response.decision.encode("ascii"))
    return live.note("decision", request=sent.id, party=sent.party, purpose=decision.outcome, digest=named)


def _due(live: LiveCase, sent: Sent) -> Due:
    request = sent.payload(DecisionRequest)
    return Due(
        party=sent.party,
        case=live.id,
        item=live.version.item.item,
        item_version=live.version.item.version,
        sheets=frozenset(token_digest(token) for token in request.sheets),
    )


def _unasked(wave: tuple[Placed, ...], known: Evidence) -> list[Placed]:
    """Return what of a wave was not asked yet; asking the same again in one run would never end."""
    return [placed for placed in wave if (placed.question.id, placed.role) not in known.answers]
