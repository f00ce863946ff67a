"""What a person signs after the authorisation: acceptance, contest, withdrawal, a call for a person.

A step is a signed `{case, step, digest of what was shown, salt, iat}`; only the key that signed the
authorisation may sign it. What the handling gateway must know of it, it checks again itself.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases import incomplete, waiting
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.deciding import prepare_decision
from mianzheng.cases.live import LiveCase
from mianzheng.cases.own_acts import WITH_STAFF, acceptance_ends
from mianzheng.cases.parts import contest_context
from mianzheng.cases.procedure import key_of
from mianzheng.cases.signed_step import verify_step
from mianzheng.cases.view import answers_of, reasons_of
from mianzheng.credentials.keys import thumbprint
from mianzheng.decision.audience import Viewer
from mianzheng.model.asking import SignedStep
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.case import EDGES, State
from mianzheng.model.errors import NotFound
from mianzheng.model.evidence import QuestionAt
from mianzheng.store.cases import ContestRow

ACCEPT = "accept-refusal"
WITHDRAW = "withdraw"
WITHDRAW_CONSENT = "withdraw-consent"
ESCALATE = "escalate"
ASK_PERSON = "ask-person"
SUPPLY = "supply"


def contest_name(at: QuestionAt) -> str:
    """Return the name of the step that contests one answer."""
    return f"contest:{at[0]}:{at[1]}"


async def accept_refusal(live: LiveCase, signed: SignedStep) -> None:
    """Take the person's acceptance of a proposed refusal; the handling gateway then signs it.

    The acceptance is committed with the request that carries it; a second one changes nothing. `NotInThisState` where
    an officer must sign the refusal (`acceptance_ends`): nothing is committed, and the case stays proposed for them.
    """
    _require(live, State.REFUSED)
    if live.open_requests("decision"):
        return
    if live.row.decision != "refused":
        raise NotInThisState("no refusal is proposed", hint="what is proposed is a grant: an officer signs it")
    if not acceptance_ends(live):
        raise NotInThisState(
            "acceptance does not end this case: an officer of the department decides it",
            hint="nothing need be done; contest an answer that is wrong, or ask for a person",
        )
    reasons = reasons_of(live)
    verify_step(live, signed, name=ACCEPT, shown=digest(canonical(reasons)))
    sent, made = prepare_decision(live, acceptance=signed, accepted=reasons)
    change = Change(
        reason="accepted", requests=[sent], entries=[made], due_at=live.hub.clock() + live.hub.timings.lease
    )
    if live.outcome is not None:
        change.outcome = msgspec.structs.replace(live.outcome, acceptance=signed)
    change.procedure = msgspec.structs.replace(live.procedure, proposed_on=None)  # no officer need sign it now
    await live.step(State.PROPOSED, change)


async def contest(live: LiveCase, at: QuestionAt, signed: SignedStep, viewer: Viewer | None = None) -> None:
    """Take a contest of one answer: it stands beside the sheet, and the answer counts as unknown.

    A linked adult who signed for themself contests what was said about them, over the answer as they read it.
    """
    if at in live.contests:
        return
    _require(live, State.CONTESTED)
    if (answered := live.procedure.upheld.get(key_of(at))) is not None:
        raise NotInThisState(f"the department upheld this answer: {answered.reason}", hint="review, court, or escalate")
    shown = next((view for view in answers_of(live, viewer) if (view.question, view.role) == at), None)
    if shown is None:
        raise NotFound(f"question {at[0]} was not answered in this case", hint="contest an answer you were shown")
    signer = _signer(live, viewer)
    verify_step(live, signed, name=contest_name(at), shown=digest(canonical(shown)), signer=signer)
    sealed = live.key.encrypt(msgspec.json.encode(signed), context=contest_context(live.id, *at))
    row = ContestRow(question=at[0], role=at[1], signed=sealed, department=shown.department)
    change = Change(reason="contested", contest=row, due_at=live.hub.clock() + live.hub.timings.lease)
    change.decision, change.decided_by = "undecided", ""
    contested_on = {**live.procedure.contested_on, key_of(at): live.hub.days.today}
    change.procedure = msgspec.structs.replace(live.procedure, contested_on=contested_on)
    await live.step(State.CONTESTED, change)
    live.contests[at] = signed


async def withdraw(live: LiveCase, signed: SignedStep) -> None:
    """Take the withdrawal: nothing more is asked."""
    if live.state is State.WITHDRAWN:
        return
    _require(live, State.WITHDRAWN)
    _not_at_the_department(live)
    verify_step(live, signed, name=WITHDRAW, shown=None)
    await live.step(State.WITHDRAWN, Change(reason="withdrawn", decision="undecided", decided_by=""))


async def withdraw_consent(live: LiveCase, role: str, signed: SignedStep) -> None:
    """Take another adult's word that they no longer consent: nothing more is asked about them, nothing of it counts."""
    part = live.participants[role]
    if part.state == "withdrawn":
        return
    target = _after_consent(live.state)
    if part.assertion is None:
        raise NotInThisState("nothing was signed", hint="there is nothing to withdraw")
    verify_step(live, signed, name=f"{WITHDRAW_CONSENT}:{role}", shown=None, signer=thumbprint(part.assertion.key))
    change = Change(reason="consent-withdrawn", decision="undecided", decided_by="")
    change.participants[role] = msgspec.structs.replace(part, state="withdrawn")
    about = [sent for sent in live.requests if sent.kind == "answers" and sent.status == "open"]
    change.answers = {sent.id: None for sent in about if sent.asked.role == role}
    change.due_at = live.hub.clock() + live.hub.timings.lease if target is State.ASKING else None
    await live.step(target, change)


async def escalate(live: LiveCase, signed: SignedStep) -> None:
    """Take the person's word that it cannot be done 办不成事: a supervisor gets the case."""
    if live.state is State.ESCALATED:
        return
    _require(live, State.ESCALATED)
    verify_step(live, signed, name=ESCALATE, shown=None)
    await live.step(State.ESCALATED, Change(reason="cannot-be-done"))


async def ask_person(live: LiveCase, signed: SignedStep) -> None:
    """Take the wish that a person in the department decides instead of the machine."""
    if live.state is State.WAITING_PERSON:
        return
    _require(live, State.WAITING_PERSON)
    if live.state in WITH_STAFF:
        raise NotInThisState(f"the case is {live.state}", hint="staff have it already")
    _not_at_the_department(live)
    verify_step(live, signed, name=ASK_PERSON, shown=None)
    await live.step(State.WAITING_PERSON, Change(reason="person-asked-for", decision="undecided", decided_by=""))


async def supply(live: LiveCase, signed: SignedStep) -> None:
    """Take the person's word that what was missing 容缺 is there now: what had no answer is asked again at once."""
    if not incomplete.is_awaited(live):
        raise NotInThisState(f"the case is {live.state}: nothing is awaited", hint="GET /cases/{case} says what is")
    verify_step(live, signed, name=SUPPLY, shown=None)
    await waiting.ask_again(live, incomplete.asked_anew(live))


async def received(live: LiveCase) -> None:
    """The holder has the credential: the case ends."""
    if live.state is State.ENDED:
        return
    _require(live, State.ENDED)
    await live.step(State.ENDED, Change(reason="received"))


def _require(live: LiveCase, target: State) -> None:
    if target not in EDGES[live.state]:
        raise NotInThisState(f"the case is {live.state}", hint="GET /cases/{case} says what can be done now")


def _not_at_the_department(live: LiveCase) -> None:
    """What is granted here is being signed there: the department's word comes first."""
    if live.state is State.GRANTED:
        raise NotInThisState("the case is granted", hint="the department is signing it; look again")


def _signer(live: LiveCase, viewer: Viewer | None) -> str:
    """Return whose key signs a contest: "" for that of the authorisation, else that of the linked adult's consent."""
    if viewer is None or viewer.kind != "linked":
        return ""
    part = live.participants[viewer.role]
    if part.state != "signed" or part.assertion is None:
        raise NotInThisState("nothing was asked about you yet", hint="sign, or withdraw what you signed")
    if part.certificate:
        raise NotInThisState("a clerk signed for you", hint="the department whose answer it is hears you")
    return thumbprint(part.assertion.key)


def _after_consent(state: State) -> State:
    """Return where a case goes when an adult withdraws: on with the rest, or to a person who decides."""
    if state is State.ASKING or State.ASKING in EDGES[state]:
        return state if state is State.WAITING_PERSON else State.ASKING
    if State.WAITING_PERSON in EDGES[state] and state is not State.GRANTED:
        return State.WAITING_PERSON
    raise NotInThisState(f"the case is {state}", hint="nothing more is asked in it")
