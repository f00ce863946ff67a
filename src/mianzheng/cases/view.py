"""What the person sees of a case: answers in the words they signed, reasons, what can be done next."""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.cases.asking import questions_of
from mianzheng.cases.delivering import response_of
from mianzheng.cases.live import LiveCase
from mianzheng.cases.next_steps import NEXT_STEPS
from mianzheng.model.canonical import b64
from mianzheng.model.case import AnswerView, CaseView, LedgerView, ReasonView, State
from mianzheng.model.evidence import Answer, Granted, QuestionAt, Refused, Status, Undecided
from mianzheng.model.plan import PlanLine
from mianzheng.store.cases import Counts, counts_of

_WAITING = (State.WAITING_REGISTER, State.WAITING_PERSON)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a case: its line of the plan, when it was asked first, and what is known."""

    line: PlanLine
    wave: int
    answer: Answer


async def view_of(live: LiveCase) -> CaseView:
    """Return the case as its person sees it."""
    async with live.hub.store.connection() as connection:
        counts = await counts_of(connection, live.id, live.ledger_key.whose.case_ref)
    asked = asked_of(live)
    outcome = live.outcome.decision if live.outcome else None
    decided = isinstance(outcome, Granted) and live.row.decision == "granted"
    response = response_of(live)
    return CaseView(
        case=live.id,
        item=live.version.item.item,
        version=live.version.item.version,
        state=live.state,
        decision=live.row.decision,  # type: ignore[arg-type]  # the column's check constraint holds the words
        decided_by=live.row.decided_by,  # type: ignore[arg-type]
        as_of=live.as_of,
        reasons=reasons_of(live),
        not_examined=outcome.not_examined if isinstance(outcome, Refused) else (),
        answers=answers_of(live),
        documents_replaced=len(live.version.item.replaces),
        documents_carried=counts.documents,
        visits=counts.visits,
        questions_asked=len(asked),
        facts_held=_facts_held(live, asked),
        waves=max((one.wave for one in asked), default=0),
        milliseconds=_milliseconds(live),
        credential=response.credential or None if response else None,
        amount=outcome.amount if decided and isinstance(outcome, Granted) else None,
        ledger=_ledger(counts),
        waits_until=live.row.waits_until if live.state is State.WAITING_REGISTER else None,
        next_step=NEXT_STEPS.get(live.state),
    )


def asked_of(live: LiveCase) -> list[Asked]:
    """Return every question that was asked, once each, by wave and then in the plan's order.

    Needs are asked in a wave of their own after the decision; the number of waves is the last one's.
    """
    if live.permit is None:
        return []
    lines = {(line.question, line.role): line for line in live.permit.plan}
    first: dict[QuestionAt, int] = {}
    known: dict[QuestionAt, Answer] = {}
    for sent in live.requests:
        if sent.kind != "answers":
            continue
        sheet = sent.sheet()
        for at in questions_of(sent):
            first.setdefault(at, sent.wave)
            answer = sheet.answers[at[0]] if sheet else _NO_ANSWER
            if at not in known or known[at].status is Status.UNAVAILABLE:
                known[at] = answer
    asked = [Asked(line=line, wave=first[at], answer=known[at]) for at, line in lines.items() if at in first]
    return sorted(asked, key=lambda one: one.wave)  # stable: the plan's order stays within a wave


def answers_of(live: LiveCase) -> tuple[AnswerView, ...]:
    """Return the answers as views; one that is contested says so and hides nothing."""
    return tuple(
        AnswerView(
            department=one.line.department,
            register=one.line.register,
            role=one.line.role,
            question=one.line.question,
            sentence=one.line.sentence,
            status=_WORDS[status_of(live, one)],
            value=one.answer.value,
            wave=one.wave,
        )
        for one in asked_of(live)
    )


def status_of(live: LiveCase, one: Asked) -> Status:
    """Return how a question stands: contested while a contest is open, else as the sheet says."""
    contested = (one.line.question, one.line.role) in live.contests
    return Status.CONTESTED if contested else one.answer.status


def reasons_of(live: LiveCase) -> tuple[ReasonView, ...]:
    """Return every failing condition found, whose answer it was, and where to contest it."""
    outcome = live.outcome.decision if live.outcome else None
    if not isinstance(outcome, Refused | Undecided):
        return ()
    departments = live.hub.library.facts.departments
    return tuple(
        ReasonView(
            condition=reason.condition,
            zh=reason.text.zh,
            en=reason.text.en,
            department=reason.department,
            contest=departments[reason.department].contact if reason.department in departments else None,
        )
        for reason in outcome.reasons
    )


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
