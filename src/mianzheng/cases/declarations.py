"""告知承诺: the person declares instead of a record; it is checked afterwards, and a broken promise reverses the grant.

A declaration stands only where the condition's own lawful way on is `declare`; never beside a contested answer, nor
where people's safety is at stake or the outcome is hard to undo.
"""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.findings import count
from mianzheng.cases.live import LiveCase
from mianzheng.cases.procedure import Declared
from mianzheng.cases.signed_step import verify_step
from mianzheng.cases.signing import decision_of
from mianzheng.cases.staff import BadAct
from mianzheng.model.asking import SignedStep
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.case import DeclarationView, State
from mianzheng.model.errors import NotFound
from mianzheng.model.evidence import Undecided
from mianzheng.model.item import Condition
from mianzheng.model.officers import DECLARATION, Seen
from mianzheng.model.publishing import Certified

DECLARE = "declare:"


async def declare(live: LiveCase, condition: str, signed: SignedStep) -> None:
    """Take the person's declaration; the case then runs on with it."""
    if condition in live.procedure.declared:
        return
    if live.state is not State.WAITING_PERSON:
        raise NotInThisState(f"the case is {live.state}", hint="GET /cases/{case} says what can be declared now")
    found = next((one for one in may_declare(live) if one.id == condition), None)
    if found is None or found.declaration is None:
        raise NotFound(f"{condition!r} cannot be declared in this case", hint="an officer settles what is open")
    verify_step(live, signed, name=f"{DECLARE}{condition}", shown=digest(canonical(found.declaration.text)))
    kept = {**live.procedure.declared, condition: Declared(signed=signed)}
    change = Change(reason="declared", procedure=msgspec.structs.replace(live.procedure, declared=kept))
    change.due_at = live.hub.clock() + live.hub.timings.lease
    await live.step(State.ASKING, change)


def may_declare(live: LiveCase) -> tuple[Condition, ...]:
    """Return the open conditions whose lawful way on is a declaration."""
    item = live.version.item
    if live.state is not State.WAITING_PERSON or item.safety or item.hard_to_undo:
        return ()
    decision = decision_of(live)
    if not isinstance(decision, Undecided):
        return ()
    ways = {one.condition for one in decision.open if one.fallback == "declare"}
    return tuple(one for one in item.conditions if one.id in ways and one.declaration is not None)


async def checked(live: LiveCase, seen: Seen, signed: Certified) -> None:
    """Take an officer's finding on whether a declaration was true: kept, the case is done; broken, it is reversed."""
    condition = seen.name.removeprefix(DECLARATION)
    declared = live.procedure.declared.get(condition)
    if live.state is not State.DECLARED or declared is None:
        raise NotInThisState(f"the case is {live.state}: nothing that was declared is to be checked")
    if not isinstance(seen.value, bool) or not seen.note.strip():
        raise BadAct("whether a declaration was true: yes or no, with the reason")
    findings, change = {**live.procedure.findings, seen.name: signed}, Change(reason="")
    count(live, seen, change)
    await keep(live, {condition: seen.value}, change, findings=findings)


async def keep(
    live: LiveCase, found: dict[str, bool], change: Change, *, findings: dict[str, Certified] | None = None
) -> None:
    """Note which declarations were true: with the last the case is done; one that was not waits for an officer."""
    kept = live.procedure
    declared = {
        name: msgspec.structs.replace(one, kept=found[name]) if name in found else one
        for name, one in kept.declared.items()
    }
    change.procedure = msgspec.structs.replace(
        kept, declared=declared, findings=kept.findings if findings is None else findings
    )
    done = all(one.kept is True for one in declared.values())
    change.reason = "promise-kept" if done else "promise-broken" if False in found.values() else "promise-checked"
    await live.step(State.DELIVERED if done else State.DECLARED, change)


def broken(live: LiveCase) -> tuple[Condition, ...]:
    """Return the conditions whose declaration was found untrue."""
    return tuple(
        one
        for one in live.version.item.conditions
        if (declared := live.procedure.declared.get(one.id)) is not None and declared.kept is False
    )


def views_of(live: LiveCase) -> tuple[DeclarationView, ...]:
    """Return what may be declared, and what was."""
    signed = live.procedure.declared
    shown = {one.id: one for one in (*may_declare(live), *live.version.item.conditions)}
    open_ = {one.id for one in may_declare(live)}
    return tuple(
        DeclarationView(
            condition=name,
            text=one.declaration.text,
            claw_back=one.declaration.claw_back,
            check_within=one.declaration.check_within,
            signed=name in signed,
            check_on=_check_on(live, one.declaration.check_within) if name in signed else None,
        )
        for name, one in shown.items()
        if one.declaration is not None and (name in signed or name in open_)
    )


def _check_on(live: LiveCase, within: int) -> date | None:
    delivered = live.procedure.delivered_on
    return None if delivered is None else live.hub.days.due(within, after=delivered).on
