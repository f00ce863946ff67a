"""What the one who opened a case may do now: the same rules by which each step is taken, asked beforehand.

A page offers nothing that would be refused, and leaves nothing out that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.cases import incomplete
from mianzheng.cases.deciding import AFTERWARDS
from mianzheng.cases.live import LiveCase
from mianzheng.cases.procedure import key_of
from mianzheng.decision.recommending import needs_officer
from mianzheng.model.case import EDGES, AnswerView, CaseAct, State
from mianzheng.model.evidence import Refused

WITH_STAFF = frozenset(
    {State.VISIT_BOOKED, State.SUSPENDED, State.PUBLIC_NOTICE, State.CORRECTION, State.ESCALATED, State.REOPENED}
)


def open_acts(live: LiveCase) -> tuple[CaseAct, ...]:
    """Return the acts on the case as a whole that its state allows; none before it was signed but to withdraw."""
    return tuple(_acts(live))


def acceptance_ends(live: LiveCase) -> bool:
    """Tell whether the person's acceptance alone makes a proposed refusal final, by the rule of the handling gateway.

    Of a licence, of an item that staff approve, or after a finding that settled, an officer signs whatever the person
    accepts. There acceptance is not offered at all: kept beside the case it would end nothing, and the person would
    have signed for something that nobody waits for.
    """
    decision = live.outcome.decision if live.outcome else None
    if not isinstance(decision, Refused):
        return False
    findings = {name: one for name, one in live.procedure.findings.items() if not name.startswith(AFTERWARDS)}
    return not needs_officer(live.version.item, decision, findings=findings, accepted=True)


def may_contest(live: LiveCase, answer: AnswerView) -> bool:
    """Tell whether an answer that the person reads may be contested now."""
    at = (answer.question, answer.role)
    told = answer.status not in ("withheld", "contested", "unavailable")
    allowed = State.CONTESTED in EDGES[live.state]
    return told and allowed and at not in live.contests and key_of(at) not in live.procedure.upheld


def _acts(live: LiveCase) -> Iterator[CaseAct]:
    after, state = EDGES[live.state], live.state
    refusal = state is State.PROPOSED and live.row.decision == "refused"
    if refusal and not live.open_requests("decision") and acceptance_ends(live):
        yield "accept-refusal"
    if state is State.CORRECTION:
        yield "corrected"
    if live.permit is not None and incomplete.is_awaited(live):
        yield "supply"
    with_staff = state in WITH_STAFF or state is State.WAITING_PERSON
    if State.WAITING_PERSON in after and not with_staff and state is not State.GRANTED and live.permit is not None:
        yield "ask-person"
    if State.ESCALATED in after:
        yield "escalate"
    if State.WITHDRAWN in after and state is not State.GRANTED:
        yield "withdraw"
