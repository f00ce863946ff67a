"""The officer's signature under a decision: what is recommended, who still has to sign, and the way on.

1. Both ask `recommend`: the hub to show it, the handling gateway to compare what was signed.
2. With several departments each approver's officer signs the same recommendation, in parallel.
3. The last signature sends the decision to the handling gateway, or starts the public notice.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.deciding import AFTERWARDS, deciding_sheets, grant, prepare_decision
from mianzheng.cases.evidence import evidence
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Outcome
from mianzheng.cases.procedure import Procedure
from mianzheng.cases.staff import BadAct, require
from mianzheng.decision.decide import decide
from mianzheng.decision.recommending import recommend, shown
from mianzheng.model.asking import Step
from mianzheng.model.case import State
from mianzheng.model.evidence import Decision, Granted, Undecided
from mianzheng.model.officers import Approve, Recommendation, Sign, Staff
from mianzheng.model.publishing import Certified

SIGNABLE = (State.PROPOSED, State.WAITING_PERSON)


def decision_of(live: LiveCase, *, without: str = "") -> Decision:
    """Return what the answers and findings come to now; `without` one finding, which is entered anew."""
    known = evidence(live)
    if without in live.procedure.findings:
        name = without.partition(":")[2]
        known = msgspec.structs.replace(
            known,
            settled={one: met for one, met in known.settled.items() if one != name},
            computed={one: value for one, value in known.computed.items() if one != name},
        )
    return decide(live.version.compiled, live.hub.library.facts, known, live.as_of)


def recommendation_of(live: LiveCase) -> Recommendation | None:
    """Return what an officer may sign; None while something is open, or the case is past signing."""
    held = live.contests or live.procedure.founded or live.open_requests("decision")
    if live.state not in SIGNABLE or held:
        return None
    decision = decision_of(live)
    if isinstance(decision, Undecided):
        return None
    findings = {n: one for n, one in live.procedure.findings.items() if not n.startswith(AFTERWARDS)}
    return recommend(
        decision,
        live.version.compiled,
        live.hub.library.facts.departments,
        case=live.id,
        as_of=live.as_of,
        sheets=tuple(sheet.digest for sheet in deciding_sheets(live)),
        findings=findings,
    )


async def sign(live: LiveCase, act: Sign, step: Step, signed: Certified, staff: Staff) -> None:
    """Take the handling department's officer's signature under the recommendation."""
    require(staff, department=live.version.handling, roles={"officer"})
    recommended = _checked(live, act.outcome, step)
    kept = _fresh(live.procedure, recommended)
    await _go_on(live, msgspec.structs.replace(kept, signature=signed, shown=recommended))


async def approve(live: LiveCase, act: Approve, step: Step, signed: Certified, staff: Staff) -> None:
    """Take the approval of another department's officer."""
    item = live.version.item
    if staff.department not in item.approvers:
        raise BadAct(f"{item.item} is not {staff.department}'s to approve")
    require(staff, department=staff.department, roles={"officer"})
    recommended = _checked(live, act.outcome, step)
    kept = _fresh(live.procedure, recommended)
    approvals = {**kept.approvals, staff.department: signed}
    await _go_on(live, msgspec.structs.replace(kept, approvals=approvals, shown=recommended))


def missing(live: LiveCase) -> tuple[str, ...]:
    """Return the departments whose approval a grant still lacks."""
    if live.version.item.approval != "departments":
        return ()
    return tuple(name for name in live.version.item.approvers if name not in live.procedure.approvals)


def _fresh(kept: Procedure, recommended: Recommendation) -> Procedure:
    """Return the procedure without signatures under another recommendation than this one."""
    if kept.shown is None or kept.shown == recommended:
        return kept
    return msgspec.structs.replace(kept, signature=None, approvals={}, shown=None)


def _checked(live: LiveCase, outcome: str, step: Step) -> Recommendation:
    recommended = recommendation_of(live)
    if recommended is None:
        raise NotInThisState("nothing is recommended now", hint="enter findings for what is open")
    if recommended.outcome != outcome:
        raise BadAct(f"the answers come to {recommended.outcome}", hint="contest an answer, or enter a finding")
    if step.shown != shown(recommended):
        raise BadAct("what was signed is not what the desk shows now", code="shown-otherwise", hint="read it again")
    return recommended


async def _go_on(live: LiveCase, procedure: Procedure) -> None:
    """Keep a signature; with the last one that is needed the decision goes to the handling gateway."""
    live.procedure = procedure
    decision = decision_of(live)
    granted = isinstance(decision, Granted)
    change = Change(reason="officer-signed", procedure=procedure, outcome=Outcome(decision=decision))
    change.decided_by, change.settled_at = "officer", live.hub.clock()
    if procedure.signature is None or (granted and missing(live)):
        change.reason, change.outcome, change.decided_by = "approval-signed", None, None
        await live.step(live.state, change)
    elif granted:
        await grant(live, change)
    else:
        sent, made = prepare_decision(live)
        change.decision, change.requests = "refused", [sent]
        change.procedure = msgspec.structs.replace(procedure, proposed_on=None)  # no term runs for a signature now
        change.entries.append(made)
        change.due_at = live.hub.clock() + live.hub.timings.lease
        await live.step(State.PROPOSED, change)
