"""One door for everything a member of staff signs: who it is, whether it is theirs, and then the act itself.

A case is taken before it is seen or handled; the department's officers share no account. Each act stands in the
ledger by the digest of what was signed, and the avoidance 回避 of whoever decides anything in it is asked first.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases import correction, fees, reopening, reviewing, signing, turning, visits
from mianzheng.cases.asking import note
from mianzheng.cases.avoidance import MayNotHandle, clearances
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.clock import clock_of
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also, tell
from mianzheng.cases.staff import BadAct, named, read_act, read_finding, require
from mianzheng.deadlines import Extension, extended
from mianzheng.model.asking import Step
from mianzheng.model.case import State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.officers import (
    Act,
    AnswerContest,
    Approve,
    AskCorrection,
    Assign,
    Book,
    Explain,
    Extend,
    NotAccept,
    Pay,
    Reopen,
    Resume,
    Revoke,
    Sign,
    Staff,
    StaffAct,
    Suspend,
    Take,
    tag_of,
)
from mianzheng.model.papers import PaperKind
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text

PAPERS: dict[type, PaperKind] = {
    AskCorrection: PaperKind.CORRECTION,
    NotAccept: PaperKind.NON_ACCEPTANCE,
    Suspend: PaperKind.SPECIAL_PROCEDURE,
    Book: PaperKind.SPECIAL_PROCEDURE,
}
UNTAKEN = (Approve, AnswerContest, Assign, Extend, Pay, Take)  # acts of others than the handler
DECIDES_NOTHING = (Pay, Explain)  # a cashier's receipt, and why a limit ran out: whoever it is about
HANDLERS = frozenset({"officer", "clerk"})


class NotAssigned(MianzhengError):
    """Another member of staff handles this case, or nobody yet."""

    code = "not-assigned"


async def act(live: LiveCase, staff_act: StaffAct) -> None:
    """Take a signed act of staff."""
    staff, step = read_act(live.hub, live.id, staff_act.act, staff_act.signed)
    if not isinstance(staff_act.act, UNTAKEN):
        require_handler(live, staff)
    if not isinstance(staff_act.act, DECIDES_NOTHING):
        await _clear(live, staff, staff_act.signed, anew=isinstance(staff_act.act, (Take, Sign, Approve)))
    _keep(live, staff_act)
    await _dispatch(live, staff_act.act, step, staff_act.signed, staff)


async def find(live: LiveCase, signed: Certified) -> None:
    """Take a signed finding of the handler."""
    staff, seen = read_finding(live.hub, live.id, signed)
    require_handler(live, staff)
    await _clear(live, staff, signed)
    await visits.enter(live, seen, signed, staff)


def require_handler(live: LiveCase, staff: Staff) -> None:
    """Raise `NotAssigned` unless this one took the case."""
    if live.row.handler != staff.staff:
        raise NotAssigned("take the case first: nobody but its handler sees or handles it", hint="act `take`")


async def _clear(live: LiveCase, staff: Staff, signed: Certified, *, anew: bool = False) -> None:
    """Ask the avoidance of whoever acts, once for a key; of who takes or signs `anew`, for the handling gateway.

    A vain try is noted for the operator.
    """
    kept = live.procedure
    if staff.key in kept.cleared and not anew:
        return
    try:
        found = await clearances(live, signed.certificate)
    except MayNotHandle as refusal:
        await note(live, code=refusal.code, party=live.hub.gateway(staff.department), detail=staff.staff)
        raise
    if found:
        live.procedure = msgspec.structs.replace(
            kept,
            clearances=tuple(dict.fromkeys((*kept.clearances, *found))),
            cleared=tuple(dict.fromkeys((*kept.cleared, staff.key))),
        )


def _keep(live: LiveCase, staff_act: StaffAct) -> None:
    """Keep a signed act for the case file; one of which a paper tells, so that the handling gateway knows the paper."""
    one = staff_act.act
    if isinstance(one, (Take, Sign, Approve)):
        return  # who takes a case signs nothing about it; signatures under a decision stand by themselves
    acts, kind = dict(live.procedure.acts), PAPERS.get(type(one))
    name = f"{kind}:{live.hub.days.today}" if kind else f"{tag_of(one)}:{named(staff_act.signed)}"
    if (earlier := acts.pop(name, None)) is not None:
        acts[f"{tag_of(earlier.act)}:{named(earlier.signed)}"] = earlier
    acts[name] = staff_act
    live.procedure = msgspec.structs.replace(live.procedure, acts=acts)


async def _take(live: LiveCase, staff: Staff) -> None:
    require(staff, department=live.version.handling, roles=HANDLERS)
    if live.state is State.ARCHIVED:
        raise NotInThisState("the case is archived: nobody handles it any more")
    if live.row.handler and live.row.handler != staff.staff:
        raise NotAssigned("a colleague handles this case", hint="the head assigns it anew")
    change = turning.same(live, "taken")
    change.handler, change.procedure = staff.staff, live.procedure
    change.entries.append(live.note("view", request="", purpose=f"taken by {staff.staff}"))
    await live.step(live.state, change)


async def _extend(live: LiveCase, act_: Extend, signed: Certified, staff: Staff) -> None:
    """延长: once, with the reason and the head's signature; told in writing in the same step."""
    require(staff, department=live.version.handling, roles={"head"})
    clock, today = clock_of(live.facts()), live.hub.days.today
    if clock is None:
        raise NotInThisState("the case was not accepted yet")
    extension = Extension(
        days=act_.days,
        reason=act_.reason,
        signed_by=staff.staff,
        signed_on=today,
        signature=signed.token,
        told_on=today,
    )
    extended(clock, extension, live.hub.days.calendar, today=today)  # raises where the law allows it not
    change = turning.same(live, "extended")
    change.procedure = msgspec.structs.replace(live.procedure, extension=extension)
    zh = f"经负责人批准，办理期限延长{act_.days}个工作日：{act_.reason}"
    tell(live, change, "extension", Text(zh=zh, en=f"Extended by {act_.days} working days: {act_.reason}"))
    await live.step(live.state, change)


async def _explain(live: LiveCase, act_: Explain, staff: Staff) -> None:
    """Publish the department's own reason for a limit that ran out."""
    require(staff, department=live.version.handling, roles={"officer", "head"})
    if not act_.reason.strip() or not any(one.partition(" ")[0] == act_.what for one in live.procedure.published):
        raise BadAct(f"{act_.what} did not run out, or the reason is empty")
    change = turning.same(live, "overdue-explained")
    change.procedure = live.procedure
    also(change, explained=(act_.what, act_.reason))
    await live.step(live.state, change)


async def _dispatch(live: LiveCase, one: Act, step: Step, signed: Certified, staff: Staff) -> None:
    match one:
        case Take():
            await _take(live, staff)
        case Sign():
            await signing.sign(live, one, step, signed, staff)
        case Approve():
            await signing.approve(live, one, step, signed, staff)
        case NotAccept():
            await correction.not_accept(live, one, staff)
        case AskCorrection():
            await correction.ask(live, one, staff)
        case Book():
            await visits.book(live, one, staff)
        case Suspend():
            await visits.suspend(live, one, staff)
        case Resume():
            await visits.resume(live, one, staff)
        case Extend():
            await _extend(live, one, signed, staff)
        case Reopen():
            await reopening.reopen(live, one, signed, staff)
        case Revoke():
            await reopening.revoke(live, one, signed, staff)
        case AnswerContest():
            await reviewing.answer(live, one, signed, staff)
        case Pay():
            require(staff, department=live.version.handling, roles=HANDLERS)
            await fees.pay(live, one, signed)
        case Assign():
            await reopening.assign(live, one, signed, staff)
        case Explain():
            await _explain(live, one, staff)
