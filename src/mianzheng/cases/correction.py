"""补正 and 不予受理: told once and completely within five working days of receipt, else the case counts as accepted.

What is corrected is what the person stated; they then sign anew, and everything is asked afresh for the new signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also, tell
from mianzheng.cases.opening import check_choices, check_forms, lifetime
from mianzheng.cases.procedure import AskedCorrection, Procedure
from mianzheng.cases.signed_step import verify_step
from mianzheng.cases.staff import BadAct, require
from mianzheng.deadlines import correction, day_in_china, terms_on
from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import FormValue, SealedChoice
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.case import State
from mianzheng.model.officers import AskCorrection, NotAccept, Staff
from mianzheng.model.text import Text

CORRECT = "corrected"
LEAST_DAYS = 5  # nobody is given less time to correct than the department has to ask for it


def until(live: LiveCase) -> date | None:
    """Return the last day on which a correction may be asked; None when it was, or the term is over."""
    if live.procedure.asked_correction is not None or live.procedure.reopened is not None:
        return None
    received = day_in_china(live.row.created_at)
    stands = correction(
        received, told_on=None, term=terms_on(received).correction, calendar=live.hub.days.calendar, today=_today(live)
    )
    return None if stands.deemed_accepted_on is not None else stands.limit.due.on


async def ask(live: LiveCase, act: AskCorrection, staff: Staff) -> None:
    """Tell everything that is to be corrected, once."""
    require(staff, department=live.version.handling, roles={"officer", "clerk"})
    _check(live)
    what = (*act.what, *act.papers)
    if not what or not all(one.strip() for one in what) or act.within < LEAST_DAYS:
        raise BadAct(f"a correction names everything at once, and gives at least {LEAST_DAYS} working days")
    asked = AskedCorrection(what=what, told_on=_today(live), within=act.within)
    change = Change(reason="correction-asked")
    also(change, documents=("correction",) * len(act.papers))
    change.procedure = msgspec.structs.replace(live.procedure, asked_correction=asked)
    listed = "；".join(what)
    zh = f"请在{act.within}个工作日内一次补正：{listed}。补正后重新签署，期限自补正之日起算。"
    tell(live, change, "correction", Text(zh=zh, en=f"Please correct within {act.within} working days: {listed}"))
    await live.step(State.CORRECTION, change)


async def not_accept(live: LiveCase, act: NotAccept, staff: Staff) -> None:
    """Decline to accept, with the reason, while that is still lawful."""
    require(staff, department=live.version.handling, roles={"officer"})
    if live.procedure.asked_correction is None:
        _check(live)
    elif live.state is not State.WAITING_PERSON:
        raise NotInThisState(f"the case is {live.state}")
    if not act.reason.strip():
        raise BadAct("不予受理 takes a reason")
    change = Change(reason="not-accepted")
    change.procedure = msgspec.structs.replace(
        live.procedure, told="not-accepted", reason=act.reason, decided_on=_today(live)
    )
    zh = f"不予受理：{act.reason}。您可以依法申请行政复议或提起诉讼。"
    tell(live, change, "not-accepted", Text(zh=zh, en=f"Not accepted: {act.reason}. You may go to review or court."))
    await live.step(State.NOT_ACCEPTED, change)


async def corrected(
    live: LiveCase, forms: Sequence[FormValue], signed: SignedStep, *, choices: Sequence[SealedChoice] = ()
) -> None:
    """Take what the person corrected: the case is accepted today, and waits for the new signature."""
    if live.state is not State.CORRECTION:
        raise NotInThisState(f"the case is {live.state}: no correction is asked for")
    verify_step(live, signed, name=CORRECT, shown=digest(canonical(tuple(sorted(forms, key=_name)))))
    check_forms(live.version, forms)
    check_choices(live.version, choices)
    now = live.hub.clock()
    exp = int((now + lifetime(live.version)).timestamp())
    opening = msgspec.structs.replace(
        live.opening,
        forms=tuple(sorted(forms, key=_name)),
        choices=tuple(sorted(choices, key=lambda choice: choice.role)),
        exp=exp,
    )
    change = Change(reason="corrected", opening=opening, as_of=_today(live), outcome=None)
    kept = Procedure(
        accepted_on=_today(live), asked_correction=live.procedure.asked_correction, acts=live.procedure.acts
    )
    change.procedure, change.due_at = kept, now + timedelta(seconds=exp - live.hub.seconds + 1)
    also(change, past=True)
    await live.step(State.ACCEPTED, change)
    live.requests.clear()


def _check(live: LiveCase) -> None:
    if live.state is not State.WAITING_PERSON:
        raise NotInThisState(f"the case is {live.state}", hint="it is asked while a person has the case")
    if until(live) is None:
        raise NotInThisState(
            "the term is over, or a correction was asked before: the case counts as accepted on receipt",
            hint="a correction is asked once, within five working days",
        )


def _today(live: LiveCase) -> date:
    return live.hub.days.today


def _name(value: FormValue) -> str:
    return value.name
