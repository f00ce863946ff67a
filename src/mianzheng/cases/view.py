"""What the person sees of a case: answers in the words they signed, reasons, what can be done next."""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.cases import notices
from mianzheng.cases.consents import signatures_of
from mianzheng.cases.delivering import response_of
from mianzheng.cases.evidence import evidence, questions_of
from mianzheng.cases.halting import MANDATE_OVER
from mianzheng.cases.live import LiveCase
from mianzheng.cases.next_steps import OF_FORMER_AGENT
from mianzheng.cases.own_acts import open_acts
from mianzheng.cases.procedure_view import with_procedure
from mianzheng.cases.readers import owner_of as owner_of
from mianzheng.cases.readers import reasons_of as reasons_of
from mianzheng.cases.standing_word import refusal_of
from mianzheng.cases.stated_words import stated_of
from mianzheng.cases.subjects import members_of
from mianzheng.decision.audience import AGENT, CLERK, FORMER, RESIDENT, Viewer, sees, sees_condition
from mianzheng.model.canonical import b64
from mianzheng.model.case import AnswerView, CaseView, LedgerView, SignatureView, State
from mianzheng.model.evidence import Answer, Granted, QuestionAt, Refused, Status
from mianzheng.model.item import base_of
from mianzheng.model.plan import PlanLine
from mianzheng.store.cases import Counts, counts_of

_WAITING = (State.WAITING_REGISTER, State.WAITING_PERSON)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a case: its line of the plan, when it was asked first, and what is known."""

    line: PlanLine
    role: str  # as it was asked about: spouse#1
    wave: int
    answer: Answer

    @property
    def at(self) -> QuestionAt:
        """The question and whom it was asked about."""
        return self.line.question, self.role


_WITHOUT_RESULT = dict.fromkeys(
    (State.FEE_DUE, State.DECLARED, State.DELIVERED, State.REFUSED, State.NOT_ACCEPTED, State.REVOKED), State.ENDED
) | dict.fromkeys(
    (State.PROPOSED, State.PUBLIC_NOTICE, State.CONTESTED, State.GRANTED, State.ISSUED), State.UNDECIDED
)  # fmt: skip

NARROWER = {
    "resident": (RESIDENT, AGENT, CLERK),
    "agent": (AGENT, CLERK),
    "clerk": (CLERK,),
    "linked": (),
    "former": (),
}


def narrowed(viewer: Viewer, wanted: str) -> Viewer:
    """Return the viewer as whom a reader may look who asks for another's view; never for a wider one."""
    return next((one for one in NARROWER[viewer.kind] if one.kind == wanted), viewer)


async def view_of(live: LiveCase, viewer: Viewer | None = None, *, beside: bool = False) -> CaseView:
    """Return the case as a viewer may see it; without one, as the person who opened it.

    `beside`: that person sits beside the clerk who reads, and may act.
    """
    viewer = viewer or owner_of(live)
    acts = beside or viewer == owner_of(live)
    if viewer.kind == "former":
        return await _history(live)
    async with live.hub.store.connection() as connection:
        counts = await counts_of(connection, live.id, live.ledger_key.whose.case_ref)
    asked = asked_of(live)
    outcome = live.outcome.decision if live.outcome else None
    decided = isinstance(outcome, Granted) and live.row.decision == "granted"
    response = response_of(live)
    seen = CaseView(
        case=live.id,
        item=live.version.item.item,
        version=live.version.item.version,
        state=live.state,
        decision=live.row.decision,  # type: ignore[arg-type]  # the column's check constraint holds the words
        decided_by=live.row.decided_by,  # type: ignore[arg-type]
        as_of=live.as_of,
        reasons=reasons_of(live, viewer),
        not_examined=_not_examined(live, viewer) if isinstance(outcome, Refused) else (),
        answers=answers_of(live, viewer),
        documents_replaced=len(live.version.item.replaces),
        documents_carried=counts.documents,
        visits=counts.visits,
        questions_asked=len(asked),
        facts_held=_facts_held(live, asked),
        waves=max((one.wave for one in asked), default=0),
        milliseconds=_milliseconds(live),
        credential=response.credential or None if response and viewer.kind != "linked" else None,
        amount=outcome.amount if decided and isinstance(outcome, Granted) and viewer.kind != "linked" else None,
        ledger=_ledger(counts),
        waits_until=live.row.waits_until if live.state is State.WAITING_REGISTER else None,
        signatures=_signatures(live) if viewer.kind != "linked" else (),
        seen_as=viewer.kind,
        acts=open_acts(live) if acts else (),
        stated=stated_of(live.version.item, live.opening) if acts or viewer.kind in ("resident", "agent") else (),
        replaced=tuple(live.hub.library.guide.paper(name) for name in live.version.item.replaces),
        decided_on=live.procedure.decided_on,
    )
    return await with_procedure(live, seen)


async def own_view_of(live: LiveCase, viewer: Viewer | None = None, *, beside: bool = False) -> CaseView:
    """Return the case as who opened it may see it now: of an agent only while the mandate stands."""
    return await view_of(live, viewer if await refusal_of(live, fresh=False) is None else FORMER, beside=beside)


async def _history(live: LiveCase) -> CaseView:
    """Return what is left to an agent whose mandate does not stand now: whether the case goes on or ended with it."""
    return CaseView(
        case=live.id,
        item=live.version.item.item,
        version=live.version.item.version,
        state=_WITHOUT_RESULT.get(live.state, live.state),
        decision="undecided",
        decided_by="",
        as_of=live.as_of,
        reasons=(),
        not_examined=(),
        answers=(),
        documents_replaced=len(live.version.item.replaces),
        documents_carried=0,
        visits=0,
        questions_asked=0,
        facts_held=0,
        waves=0,
        milliseconds=0.0,
        credential=None,
        amount=None,
        ledger=LedgerView(entries=0, root=""),
        seen_as="former",
        next_step=OF_FORMER_AGENT,
        notices=tuple(one for one in await notices.views_of(live) if one.kind == MANDATE_OVER),
    )


def asked_of(live: LiveCase) -> list[Asked]:
    """Return every question that was asked, once each, by wave and then in the plan's order.

    Needs are asked in a wave of their own after the decision; the number of waves is the last one's.
    """
    if live.permit is None:
        return []
    order = {(line.question, line.role): (place, line) for place, line in enumerate(live.permit.plan)}
    first: dict[QuestionAt, int] = {}
    known: dict[QuestionAt, Answer] = {}
    for sent in live.requests:
        if sent.kind != "answers":
            continue
        sheet = sent.sheet()
        for at in questions_of(sent):
            first.setdefault(at, sent.wave)
            answer = sheet.answers[at[0]] if sheet else _NO_ANSWER
            corrected = f"{sent.id}:{at[0]}" in live.procedure.superseded
            if at not in known or known[at].status is Status.UNAVAILABLE or (sheet and not corrected):
                known[at] = answer
    found = []
    for at, wave in first.items():
        place, line = order[at[0], base_of(at[1])]
        found.append((wave, place, at[1], Asked(line=line, role=at[1], wave=wave, answer=known[at])))
    return [one for *_, one in sorted(found, key=lambda each: each[:3])]


def answers_of(live: LiveCase, viewer: Viewer | None = None) -> tuple[AnswerView, ...]:
    """Return the answers as a viewer may see them; one that is contested says so and hides nothing.

    A linked person sees the lines about them and no others.
    """
    viewer = viewer or owner_of(live)
    asked = asked_of(live)
    if viewer.kind == "linked":
        asked = [one for one in asked if sees(viewer, one.at, live.version.compiled)]
    return tuple(_answer(live, one, open_=sees(viewer, one.at, live.version.compiled)) for one in asked)


def _answer(live: LiveCase, one: Asked, *, open_: bool) -> AnswerView:
    return AnswerView(
        department=one.line.department,
        register=one.line.register,
        role=one.role,
        question=one.line.question,
        sentence=one.line.sentence,
        status=_WORDS[status_of(live, one)] if open_ else "withheld",
        value=one.answer.value if open_ else None,
        wave=one.wave,
    )


def status_of(live: LiveCase, one: Asked) -> Status:
    """Return how a question stands: contested while a contest is open, else as the sheet says."""
    return Status.CONTESTED if one.at in live.contests else one.answer.status


def _not_examined(live: LiveCase, viewer: Viewer) -> tuple[str, ...]:
    """Return the conditions no answer decided, but those of which a viewer may not know even that."""
    outcome, compiled = live.outcome.decision if live.outcome else None, live.version.compiled
    names = outcome.not_examined if isinstance(outcome, Refused) else ()
    conditions = {one.id: one for one in compiled.item.conditions}
    return tuple(name for name in names if sees_condition(viewer, conditions[name], compiled))


def _signatures(live: LiveCase) -> tuple[SignatureView, ...]:
    if live.permit is None:
        return ()
    return signatures_of(live, members_of(live, evidence(live).answers))


_WORDS: dict[Status, Literal["value", "not_held", "unavailable", "contested"]] = {
    Status.VALUE: "value",
    Status.NOT_HELD: "not_held",
    Status.UNAVAILABLE: "unavailable",
    Status.CONTESTED: "contested",
}
_NO_ANSWER = Answer(status=Status.UNAVAILABLE)


def _facts_held(live: LiveCase, asked: list[Asked]) -> int:
    registers = live.hub.library.facts.registers
    return sum(len(registers[name].source.columns) for name in {one.line.register for one in asked})


def _milliseconds(live: LiveCase) -> float:
    """Return the time from the signature to the decision, or 0 while there is none."""
    start, end = live.row.authorised_at, live.row.settled_at
    return 0.0 if start is None or end is None else round((end - start).total_seconds() * 1000, 1)


def _ledger(counts: Counts) -> LedgerView:
    return LedgerView(entries=counts.entries, root=b64(counts.root) if counts.root else "")
