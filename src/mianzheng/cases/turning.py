"""What happens when the law's clock turns: a limit that ran out is published, a term that is over is followed.

The machine wakes by itself (`clock_at`), in the sweep. Everything here is a step like any other: taken twice it is
taken once. A day that a notice on working days moved since is simply counted again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from mianzheng.cases import asking, declarations, fees
from mianzheng.cases.change import Change
from mianzheng.cases.clock import Turn, standing_of, turns
from mianzheng.cases.deciding import grant
from mianzheng.cases.evidence import evidence
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also, tell
from mianzheng.deadlines import Overdue
from mianzheng.model.case import State
from mianzheng.model.evidence import Granted
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledCondition
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.question import Placed
from mianzheng.rules.reachable import F, T, code
from mianzheng.store.procedure import OverdueRow, objections_of

LIMITS = {
    "promise": Text("承诺时限", "the promised limit"),
    "legal": Text("法定时限", "the legal limit"),
    "signature": Text("签署期限", "the term for the officer's signature"),
    "contest": Text("存疑答复期限", "the term for answering a contest"),
    "check": Text("承诺核查期限", "the term for checking a declaration"),
}
REASONS: dict[State, Text] = {
    State.WAITING_REGISTER: Text("有登记库没有答复，系统仍在重试。", "A register does not answer; it is still asked."),
    State.WAITING_SIGNATURE: Text("另一位当事人尚未签署。", "Another adult has not signed yet."),
    State.WAITING_PERSON: Text("等待工作人员办理。", "It waits for a member of staff."),
    State.PROPOSED: Text("拟定的决定等待签署。", "The proposed decision waits for a signature."),
    State.ACCEPTED_INCOMPLETE: Text("容缺受理，等待补齐。", "Accepted incomplete; what is missing is awaited."),
    State.ESCALATED: Text("“办不成事”等待交办。", "It could not be done and waits for a handler."),
    State.DECLARED: Text("尚未核查承诺。", "The declaration was not checked yet."),
}
_OTHER = Text("系统未能按时办结。", "The system did not finish in time.")


async def turn(live: LiveCase) -> bool:
    """Take what the clock has to do now; return whether the case was moved."""
    if live.row.clock_at is None or live.hub.clock() < live.row.clock_at:
        return False
    today = live.hub.days.today
    come = [one for one in turns(live.facts(), live.hub.days) if one.on <= today]
    late = [one for one in come if one.what.partition(" ")[0] in LIMITS]
    if late:
        await _publish(live, late)
        return True
    for one in come:
        act = _TERMS.get(one.what)
        if act is not None:
            await act(live)
            return True
    await live.step(live.state, same(live, "clock-counted-again"))
    return True


async def _publish(live: LiveCase, late: list[Turn]) -> None:
    """Publish that limits ran out and why, once each; a check that is due is also asked by machine."""
    change = same(live, "overdue")
    published = (*live.procedure.published, *(one.what for one in late))
    change.procedure = msgspec.structs.replace(live.procedure, published=published)
    also(change, overdue=tuple(_row(live, one) for one in late))
    if live.state is State.DECLARED:
        _ask_again(live, change)
    await live.step(live.state, change)


def _row(live: LiveCase, one: Turn) -> OverdueRow:
    kind = one.what.partition(" ")[0]
    label, found = LIMITS[kind], _overdue(live, kind)
    last = one.on - timedelta(days=1)
    zh = f"{label.zh}已于{last.year}年{last.month}月{last.day}日届满，逾期原因须公开"
    publish = found.publish if found else Text(zh, f"{label.en} ended on {last}; the reason for the delay is published")
    reason = REASONS.get(live.state, _OTHER)
    return OverdueRow(
        item=live.version.item.item,
        department=live.version.handling,
        what=kind,
        since=one.on,
        publish_zh=publish.zh,
        publish_en=publish.en,
        reason_zh=reason.zh,
        reason_en=reason.en,
    )


def _overdue(live: LiveCase, what: str) -> Overdue | None:
    stands = standing_of(live.facts(), live.hub.days)
    if stands is None or what not in ("promise", "legal"):
        return None
    return stands.promise.overdue if what == "promise" else stands.legal.overdue


def same(live: LiveCase, reason: str) -> Change:
    """Return a step inside the state the case stands in, that leaves its own waits alone."""
    row = live.row
    return Change(reason=reason, attempts=row.attempts, waits_until=row.waits_until, due_at=row.due_at)


async def _put_to_officer(live: LiveCase) -> None:
    change = Change(reason="put-to-officer", decision="undecided", decided_by="")
    await live.step(State.WAITING_PERSON, change)


async def _to_person(live: LiveCase, reason: str) -> None:
    change = Change(reason=reason)
    change.procedure = msgspec.structs.replace(live.procedure, booked=None)
    await live.step(State.WAITING_PERSON, change)


async def _resumed(live: LiveCase) -> None:
    change = Change(reason="resumed")
    tell(live, change, "resumption", Text(zh="办理时限恢复计算。", en="The clock runs again."))
    await live.step(State.WAITING_PERSON, change)


async def _noticed(live: LiveCase) -> None:
    """The public notice is over: without objections it is granted, else an officer hears them."""
    async with live.hub.store.connection() as connection:
        objections = await objections_of(connection, live.id)
    granted = live.outcome is not None and isinstance(live.outcome.decision, Granted)
    if objections or not granted:
        change = Change(reason="objections")
        change.procedure = msgspec.structs.replace(live.procedure, objected=bool(objections))
        await live.step(State.WAITING_PERSON, change)
        return
    await grant(live, Change(reason="no-objection"))


async def _ended(live: LiveCase) -> None:
    await live.step(State.ENDED, Change(reason="term-over"))


_TERMS: dict[str, Callable[[LiveCase], Awaitable[None]]] = {
    "put-to-officer": _put_to_officer,
    "not-corrected": lambda live: _to_person(live, "not-corrected"),
    "not-supplied": lambda live: _to_person(live, "not-supplied"),
    "no-finding": lambda live: _to_person(live, "no-finding"),
    "resumed": _resumed,
    "noticed": _noticed,
    "fee-reminder": fees.remind,
    "fee-unpaid": fees.end_unpaid,
    "term-of-delivery": _ended,
    "term-of-review": _ended,
    "withdrawn": _ended,
}


def _ask_again(live: LiveCase, change: Change) -> None:
    """Ask what a declaration stood in for, where a register did not answer then; the rest is an officer's to check."""
    if live.hub.seconds >= live.authorisation.exp:
        return
    wave = [placed for one in _unchecked(live) for placed in _unanswered(live, one)]
    if wave:
        prepared = asking.prepare(live, wave, number=live.row.wave + 1)
        change.requests, change.wave = prepared.requests, live.row.wave + 1
        change.entries += prepared.entries
        change.due_at = live.hub.clock() + live.hub.timings.lease


async def check(live: LiveCase) -> bool:
    """From declared: hear what was asked again; what the answers say decides whether the promise was kept."""
    if not (open_ones := live.open_requests("answers")):
        return False
    heard = await asking.send(live, open_ones)
    live.take(heard.answers)
    answers = Answers(live.version.compiled, evidence(live), live.as_of)
    states = {one.condition.id: code(answers.value(one.residual)) for one in _unchecked(live)}
    found = {name: state == T for name, state in states.items() if state in (T, F)}
    change = same(live, "promise-checked")
    change.entries, change.answers, change.due_at = heard.entries, heard.answers, None
    if heard.answers or heard.entries:
        await declarations.keep(live, found, change)
    return bool(found)


def _unchecked(live: LiveCase) -> list[CompiledCondition]:
    open_ = {name for name, one in live.procedure.declared.items() if one.kept is None}
    return [one for one in live.version.compiled.conditions if one.condition.id in open_]


def _unanswered(live: LiveCase, one: CompiledCondition) -> list[Placed]:
    known = evidence(live, unknown_again=True).answers
    return [placed for placed in one.placed if (placed.question.id, placed.role) not in known]
