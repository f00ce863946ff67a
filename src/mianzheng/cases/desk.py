"""A case as its handler at the desk sees it, and cases to look at again.

Ticks, reasons by audience and a recommendation; never an answer's value, the record behind it, a number or a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.cases import correction, declarations, findings, notices, objecting, signing
from mianzheng.cases.acting import require_handler
from mianzheng.cases.clock import standing_of
from mianzheng.cases.evidence import evidence
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.overdue import overdue_views, still_views
from mianzheng.cases.procedure import at_of
from mianzheng.cases.staff import NotStaff
from mianzheng.deadlines import terms_on
from mianzheng.decision.audience import CLERK, sees_condition
from mianzheng.decision.recommending import shown
from mianzheng.model.case import State
from mianzheng.model.evidence import Evidence, Open, Undecided
from mianzheng.model.item import base_of
from mianzheng.model.officers import CONDITION, ContestView, DeskView, OpenView, Review, Staff, Tick
from mianzheng.rules.compile import CompiledCondition
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import Finding
from mianzheng.rules.reachable import F, T, code
from mianzheng.rules.tree import walk
from mianzheng.store import procedure as stored


async def reviews_of(hub: Hub, staff: Staff) -> tuple[Review, ...]:
    """Return the department's cases that rest on an answer corrected since."""
    async with hub.store.connection() as connection:
        rows = await stored.reviews_of(connection, staff.department)
    return tuple(
        Review(case=row.case_id, question=row.question, role=row.role, because=row.because, item=row.item)
        for row in rows
    )


async def view_for(live: LiveCase, staff: Staff) -> DeskView:
    """Return a case as one who has to act on it sees it; `NotAssigned` or `NotStaff` for anybody else."""
    _check_reader(live, staff)
    return await view_after(live)


async def view_after(live: LiveCase) -> DeskView:
    """Return a case to one whose act was taken: the act was the permission."""
    recommendation = signing.recommendation_of(live)
    stands = standing_of(live.facts(), live.hub.days)
    async with live.hub.store.connection() as connection:
        objections = await stored.objections_of(connection, live.id)
    kept = live.procedure
    return DeskView(
        case=live.id,
        item=live.version.item.item,
        item_version=live.version.item.version,
        name=live.version.item.name,
        state=live.state,
        handler=live.row.handler,
        as_of=live.as_of,
        ticks=tuple(_ticks(live)) if live.permit is not None else (),
        open=tuple(_open(live)) if live.permit is not None else (),
        contests=tuple(_contests(live)),
        recommendation=recommendation,
        shown="" if recommendation is None else shown(recommendation),
        approvals={name: name in kept.approvals for name in live.version.item.approvers},
        correction_until=correction.until(live),
        promised_on=None if stands is None else stands.promise.due.on,
        legal_on=None if stands is None else stands.legal.due.on,
        provisional=stands is not None and (stands.promise.due.provisional or stands.legal.due.provisional),
        overdue=await overdue_views(live),
        still=still_views(live),
        notices=await notices.views_of(live),
        objections=len(objections),
        objected=tuple(objecting.read(live, one).reason for one in objections),
        fee=kept.fee if kept.paid is None else None,
        acts=tuple(_acts(live, ready=recommendation is not None)),
    )


def _check_reader(live: LiveCase, staff: Staff) -> None:
    """The handler sees the case; who approves it, supervises it or answers a contest sees it as far."""
    item = live.version.item
    if staff.department == item.department:
        if staff.role != "head":
            require_handler(live, staff)
        return
    contested = {at[0] for at in live.contests}
    registers = live.hub.library.facts.registers
    answers = {
        registers[one.question.register].department for at, one in live.version.placed.items() if at[0] in contested
    }
    if staff.department not in (*item.approvers, *answers):
        raise NotStaff("this case is not at your department's desk")


def _ticks(live: LiveCase) -> Iterator[Tick]:
    known = evidence(live)
    answers = Answers(live.version.compiled, known, live.as_of)
    for one in live.version.compiled.conditions:
        if one.in_force(live.as_of):
            yield _tick(live, one, answers, known)


def _tick(live: LiveCase, one: CompiledCondition, answers: Answers, known: Evidence) -> Tick:
    name, state = one.condition.id, code(answers.value(one.residual))
    result, by = {T: "true", F: "false"}.get(state, "unknown"), "answers" if state in (T, F) else ""
    if not by and name in known.settled:
        result, by = "true" if known.settled[name] else "false", "finding"
    elif not by and name in known.declared:
        result, by = "true", "declaration"
    if not sees_condition(CLERK, one.condition, live.version.compiled):
        result = "withheld"
    return Tick(
        condition=name,
        otherwise=one.condition.otherwise,
        reference=one.condition.reference.text,
        result=result,  # type: ignore[arg-type]
        by=by,  # type: ignore[arg-type]
    )


def _open(live: LiveCase) -> Iterator[OpenView]:
    decision = signing.decision_of(live)
    if not isinstance(decision, Undecided):
        return
    conditions = {one.condition.id: one for one in live.version.compiled.conditions}
    for one in decision.open:
        found = conditions.get(one.condition)
        name = live.version.item.name
        yield OpenView(
            condition=one.condition,
            otherwise=found.condition.otherwise if found else name,
            recommended=one.fallback,
            finding=f"{CONDITION}{one.condition}" if found else f"{findings.COMPUTED}{one.condition}",
            findings=_item_findings(live, found),
            departments=_departments(live, one),
        )


def _item_findings(live: LiveCase, one: CompiledCondition | None) -> tuple[str, ...]:
    """Return the item's findings that a condition's rule asks for and nobody entered yet."""
    if one is None:
        return ()
    names = (node.name for node in walk(one.residual) if isinstance(node, Finding))
    return tuple(name for name in dict.fromkeys(names) if name not in live.procedure.findings)


def _departments(live: LiveCase, one: Open) -> tuple[str, ...]:
    registers, placed = live.hub.library.facts.registers, live.version.placed
    found = [placed.get((question, base_of(role))) for question, role in one.waits_for]
    return tuple(dict.fromkeys(registers[each.question.register].department for each in found if each))


def _contests(live: LiveCase) -> Iterator[ContestView]:
    registers = live.hub.library.facts.registers
    lines = {(line.question, line.role): line for line in live.permit.plan} if live.permit else {}
    for key, since in live.procedure.contested_on.items():
        at = at_of(key)
        line = lines.get((at[0], base_of(at[1])))
        if at in live.contests and line is not None:
            yield ContestView(
                question=at[0],
                role=at[1],
                department=registers[line.register].department,
                sentence=line.sentence,
                since=since,
                due_on=live.hub.days.due(terms_on(since).contest.days, after=since).on,
            )


def _acts(live: LiveCase, *, ready: bool) -> Iterator[str]:
    """Yield the acts that the case's state allows its department now."""
    state = live.state
    if not live.row.handler:
        yield "take"
    if ready:
        yield "sign"
        if signing.missing(live):
            yield "approve"
    if state is State.WAITING_PERSON:
        yield from ("book", "suspend")
        if correction.until(live) is not None:
            yield from ("correct", "not-accept")
        if live.contests:
            yield "answer-contest"
    by_state = {
        State.SUSPENDED: ("resume",),
        State.ESCALATED: ("assign",),
        State.FEE_DUE: ("pay",),
        State.REFUSED: ("reopen",),
        State.NOT_ACCEPTED: ("reopen",),
        State.DELIVERED: ("revoke-credential",),
    }
    yield from by_state.get(state, ())
    if state is State.DECLARED and declarations.broken(live):
        yield "revoke-credential"
    if live.procedure.published:
        yield "explain-overdue"
