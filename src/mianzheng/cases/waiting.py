"""Waiting: for a register until its deadline, then for a person; asked again with growing pauses.

A question that was *unavailable* waits until its register's deadline, then the condition's
fall-back starts by itself. *Not held*, *contested* and what a gateway refuses to answer take the
fall-back at once: what may follow is accepted incomplete 容缺受理 and awaited; else a person in the department
has the case, who settles it by a finding, and where the law lets them the applicant declares 告知承诺 instead.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from mianzheng.cases import asking, incomplete
from mianzheng.cases.change import Change
from mianzheng.cases.evidence import evidence, questions_of, refused_questions
from mianzheng.cases.live import LiveCase
from mianzheng.cases.procedure import Procedure
from mianzheng.model.case import State
from mianzheng.model.evidence import Open, QuestionAt, Undecided
from mianzheng.plan.waves import next_wave


async def start(live: LiveCase) -> bool:
    """From undecided: wait for the registers that did not answer, or for a person."""
    open_conditions = _open(live)
    until = live.row.waits_until or _deadline(live, open_conditions)
    refused = refused_questions(live)
    waitable = all(condition.waits_for and not refused & set(condition.waits_for) for condition in open_conditions)
    if waitable and live.hub.clock() < until:
        due = min(live.hub.clock() + live.hub.timings.retry_after(live.row.attempts), until)
        change = Change(reason="register-unavailable", waits_until=until, due_at=due, by_job=True)
        change.attempts = live.row.attempts + 1
        await live.step(State.WAITING_REGISTER, change)
    else:
        await fall_back(live, "fall-back")
    return True


async def go_on(live: LiveCase) -> bool:
    """From waiting: when it is due, ask again what was unavailable; past the deadline, fall back."""
    now = live.hub.clock()
    if live.row.due_at is None or now < live.row.due_at:
        return False
    if live.state is State.WAITING_REGISTER and live.row.waits_until is not None and now >= live.row.waits_until:
        await fall_back(live, "deadline-passed")
        return True
    if now.timestamp() >= live.authorisation.exp:
        # nothing may be asked any more; the person in the department has the case
        await live.step(State.WAITING_PERSON, Change(reason="authorisation-ended", attempts=live.row.attempts))
        return True
    await ask_again(live)
    return True


async def fall_back(live: LiveCase, reason: str) -> None:
    """Let a person take the case; registers that did not answer are still asked, in long pauses."""
    open_conditions = _open(live)
    waits = any(set(condition.waits_for) - live.contests.keys() for condition in open_conditions)
    due = live.hub.clock() + live.hub.timings.retry_after(live.row.attempts) if waits else None
    change = Change(reason=reason, due_at=due, by_job=waits, attempts=live.row.attempts + 1)
    change.waits_until = live.row.waits_until or live.hub.clock()  # stays in the past: no second wait for registers
    if live.outcome is not None:
        ways = {condition.condition: condition.fallback for condition in open_conditions}
        change.outcome = msgspec.structs.replace(live.outcome, fallbacks=dict(ways))
    if reason != "contested" and incomplete.accept(live, open_conditions, change, evidence(live)):
        await live.step(State.ACCEPTED_INCOMPLETE, change)
        return
    await live.step(State.WAITING_PERSON, change)


async def ask_again(live: LiveCase, procedure: Procedure | None = None) -> None:
    """Go back to asking: the bytes that got no answer go again, what was unavailable is asked anew.

    With a `procedure` in which answers count no more, those are asked anew too.
    """
    live.procedure = procedure or live.procedure
    known = evidence(live, unknown_again=True)
    wave = next_wave(live.version.compiled, known, live.as_of)
    pending = _pending(live)
    wanted = [placed for placed in wave if (placed.question.id, placed.role) not in pending]
    prepared = asking.prepare(live, wanted, number=live.row.wave)
    change = Change(
        reason="asked-again",
        requests=prepared.requests,
        entries=prepared.entries,
        attempts=live.row.attempts,
        waits_until=live.row.waits_until,
        due_at=live.hub.clock() + live.hub.timings.lease,
        procedure=procedure,
    )
    await live.step(State.ASKING, change)


def _pending(live: LiveCase) -> set[QuestionAt]:
    """Return what open requests ask: those bytes go again."""
    return {at for sent in live.open_requests("answers") for at in questions_of(sent)}


def _open(live: LiveCase) -> tuple[Open, ...]:
    decision = live.outcome.decision if live.outcome else None
    return decision.open if isinstance(decision, Undecided) else ()


def _deadline(live: LiveCase, open_conditions: tuple[Open, ...]) -> datetime:
    """Return when the last of the registers waited for has had its time; `wait` gives one rhythm more."""
    facts, now = live.hub.library.facts, live.hub.clock()
    deadlines = [now]
    for condition in open_conditions:
        for at in condition.waits_for:
            register = facts.registers[live.version.at(at).question.register]
            hours = register.deadline_hours + (register.mark_hours if condition.fallback == "wait" else 0)
            deadlines.append(now + live.hub.timings.hours(hours))
    return max(deadlines)
