"""Findings 核查所见 and their day: site visits, tests, expert reviews, hearings; what the clock stands still for.

A finding is what an officer saw and signed. It is of the item, of a condition that answers leave open, of a promise
that is checked, or of the objections to a public notice. The clock stands still from the day on which that was told.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from mianzheng.cases import declarations
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.clock import limits_of
from mianzheng.cases.findings import COMPUTED, count
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import tell
from mianzheng.cases.procedure import Booked, Procedure
from mianzheng.cases.signing import decision_of
from mianzheng.cases.staff import BadAct, require
from mianzheng.deadlines import Standstill, Suspension, resumed, terms_on
from mianzheng.deadlines.clock import Clock
from mianzheng.model.case import State
from mianzheng.model.evidence import Undecided
from mianzheng.model.facts import Type
from mianzheng.model.item import Reference
from mianzheng.model.officers import CONDITION, DECLARATION, OBJECTION, Book, Resume, Seen, Staff, Suspend
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import BadScalar, from_wire
from mianzheng.model.text import Text

WORDS = {
    "hearing": Text("听证", "a hearing"),
    "test": Text("检验检测", "a test"),
    "expert_review": Text("专家评审", "an expert review"),
    "site_visit": Text("现场核查", "a site visit"),
}
HEARING_TOLD_DAYS = 7  # 行政许可法 art. 48: time and place are told seven days before
_OPEN = (State.WAITING_PERSON, State.VISIT_BOOKED, State.PROPOSED, State.ACCEPTED_INCOMPLETE)


async def enter(live: LiveCase, seen: Seen, signed: Certified, staff: Staff) -> None:
    """Take a finding; the case then runs on with it."""
    require(staff, department=live.version.handling, roles={"officer"})
    if seen.name.startswith(DECLARATION):
        await declarations.checked(live, seen, signed)
        return
    if live.state not in _OPEN or live.open_requests("decision"):
        raise NotInThisState(f"the case is {live.state}", hint="a finding is entered while a person has the case")
    _check_finding(live, seen)
    kept = _with(live, seen, signed)
    change = Change(reason="finding", procedure=kept, due_at=live.hub.clock() + live.hub.timings.lease)
    count(live, seen, change)
    change.decision, change.decided_by = "undecided", ""
    await live.step(State.ASKING, change)


async def book(live: LiveCase, act: Book, staff: Staff) -> None:
    """Give a finding its day; what the law does not count is told in writing."""
    require(staff, department=live.version.handling, roles={"officer", "clerk"})
    if live.state is not State.WAITING_PERSON:
        raise NotInThisState(f"the case is {live.state}", hint="a day is booked while a person has the case")
    if act.on < live.hub.days.today or not act.place.strip():
        raise BadAct("a visit has a day that is still to come, and a place")
    if act.finding == OBJECTION and act.on < live.hub.days.today + timedelta(days=HEARING_TOLD_DAYS):
        raise BadAct(f"a hearing is told at least {HEARING_TOLD_DAYS} days before")
    how = _how(live, act.finding)
    kept = msgspec.structs.replace(live.procedure, booked=Booked(finding=act.finding, on=act.on, place=act.place))
    change = Change(reason="booked")
    words = WORDS.get(how, Text("核查", "a look at the file"))
    if how in WORDS:
        kept = _still(live, kept, how, until=act.on, reason=f"{words.zh}：{act.place}", reference="")
    change.procedure = kept
    on = f"{act.on.year}年{act.on.month}月{act.on.day}日"
    zh, en = f"{words.zh}定于{on}，地点：{act.place}。", f"{words.en} on {act.on}, at {act.place}."
    tell(live, change, "visit", Text(zh=zh, en=en))
    await live.step(State.VISIT_BOOKED, change)


async def suspend(live: LiveCase, act: Suspend, staff: Staff) -> None:
    """Let the clock stand still; the person is told in writing in the same step."""
    require(staff, department=live.version.handling, roles={"officer"})
    if live.state is not State.WAITING_PERSON:
        raise NotInThisState(f"the case is {live.state}", hint="it is suspended while a person has the case")
    kept = _still(live, live.procedure, act.kind, until=act.until, reason=act.reason, reference=act.reference)
    change = Change(reason="suspended", procedure=kept)
    words = WORDS[act.kind]
    zh = f"因{words.zh}，自今日至{act.until.year}年{act.until.month}月{act.until.day}日不计入办理时限：{act.reason}"
    tell(live, change, "suspension", Text(zh=zh, en=f"Until {act.until} no day counts, for {words.en}: {act.reason}"))
    await live.step(State.SUSPENDED, change)


async def resume(live: LiveCase, act: Resume, staff: Staff) -> None:
    """Let the clock run again, earlier than was told."""
    require(staff, department=live.version.handling, roles={"officer"})
    if live.state is not State.SUSPENDED:
        raise NotInThisState(f"the case is {live.state}: nothing stands still")
    if not act.last <= live.hub.days.today:
        raise BadAct("the last day left out is not one that is still to come")
    kept = ended(live, live.procedure, act.last)
    change = Change(reason="resumed", procedure=kept)
    tell(live, change, "resumption", Text(zh="办理时限恢复计算。", en="The clock runs again."))
    await live.step(State.WAITING_PERSON, change)


def ended(live: LiveCase, kept: Procedure, last: date) -> Procedure:
    """Return the procedure with the newest suspension ended on `last`, the last day left out."""
    if not kept.suspensions or kept.suspensions[-1].until <= last:
        return kept
    clock = Clock(accepted_on=live.as_of, limits=limits_of(live.version.item, live.as_of), suspensions=kept.suspensions)
    return msgspec.structs.replace(kept, suspensions=resumed(clock, kept.suspensions[-1], last=last).suspensions)


def _with(live: LiveCase, seen: Seen, signed: Certified) -> Procedure:
    kept = live.procedure
    if seen.name == OBJECTION:
        kept = msgspec.structs.replace(kept, objected=True, founded=seen.value is True)
    if live.state is State.VISIT_BOOKED and kept.booked is not None and kept.booked.finding == seen.name:
        kept = ended(live, kept, seen.seen_on)
        kept = msgspec.structs.replace(kept, booked=None)
    return msgspec.structs.replace(
        kept, findings={**kept.findings, seen.name: signed}, signature=None, shown=None, approvals={}
    )


def _check_finding(live: LiveCase, seen: Seen) -> None:
    """Raise `BadAct` for a finding the item does not know, of another type, or on a condition that is not open."""
    item, decision = live.version.item, decision_of(live, without=seen.name)
    open_ = {one.condition for one in decision.open} if isinstance(decision, Undecided) else set()
    if seen.name == OBJECTION:
        if live.procedure.notice_until is None or not isinstance(seen.value, bool) or not seen.note.strip():
            raise BadAct("whether objections are founded: yes or no, with the reason")
    elif seen.name.startswith(CONDITION):
        if seen.name.removeprefix(CONDITION) not in open_:
            raise BadAct(f"{seen.name} is not open", hint="an answer that is wrong is contested")
        if not isinstance(seen.value, bool) or not seen.note.strip():
            raise BadAct("a condition is settled by yes or no, with the reason")
    elif seen.name.startswith(COMPUTED):
        if seen.name.removeprefix(COMPUTED) not in open_:
            raise BadAct(f"{seen.name} is not open")
        if seen.name == f"{COMPUTED}amount":
            _check_type(seen, Type.DECIMAL)
    elif seen.name in item.findings:
        _check_type(seen, item.findings[seen.name].type)
    else:
        raise BadAct(f"{item.item} has no finding {seen.name!r}")


def _check_type(seen: Seen, type_: Type) -> None:
    try:
        from_wire(type_, seen.value)
    except BadScalar as error:
        raise BadAct(f"{seen.name}: {error.message}") from None


def _how(live: LiveCase, finding: str) -> str:
    if finding == OBJECTION:
        return "hearing"
    found = live.version.item.findings.get(finding)
    if found is None:
        raise BadAct(f"{live.version.item.item} has no finding {finding!r}")
    return found.how


def _still(live: LiveCase, kept: Procedure, kind: str, *, until: date, reason: str, reference: str) -> Procedure:
    """Return the procedure with one more stretch of days left out, told today."""
    today, standstill = live.hub.days.today, Standstill(kind)
    lawful = terms_on(today).standstill.get(standstill)
    law = Reference(text=reference, verified=False) if reference.strip() else lawful or live.version.item.reference
    stands = Suspension(kind=standstill, since=today, until=until, told_on=today, reason=reason, reference=law)
    return msgspec.structs.replace(kept, suspensions=(*kept.suspensions, stands))
