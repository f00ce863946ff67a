"""Accepted incomplete 容缺受理: the case is accepted and examined, and what is missing follows within its term.

1. Nothing is granted on what is missing. Everything else is asked and examined meanwhile, by machine and by staff.
2. What is missing is told once, in writing, with the last day; that day does not move when something else takes long.
3. The law's clock runs from acceptance all the same; nothing stands still for what the person lacks.
4. When the person says that it is there, it is asked again at once, also what was *not held* before. When its term
   is over a person in the department has the case: it is never refused for it by a machine.
"""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.clock import supply_within
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import tell
from mianzheng.cases.procedure import Procedure
from mianzheng.model.case import State
from mianzheng.model.evidence import Evidence, Open, Status
from mianzheng.model.item import Fallback, base_of
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledCondition
from mianzheng.rules.expression import Finding
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk


def accept(live: LiveCase, open_: tuple[Open, ...], change: Change, known: Evidence) -> bool:
    """Accept what may follow, in the step of `change`; tell whether nothing else is open and its term runs yet.

    What is missing for the first time is told in writing. Nothing is while an answer is contested: that comes first.
    """
    if live.contests:
        return False
    today, before = live.hub.days.today, live.procedure.incomplete_since
    late = [one.condition for one in open_ if one.fallback == Fallback.ACCEPT_INCOMPLETE.value]
    since = {name: before.get(name, today) for name in late}
    if since != before:
        change.procedure = msgspec.structs.replace(change.procedure or live.procedure, incomplete_since=since)
    if fresh := [name for name in late if name not in before]:
        tell(live, change, "incomplete", _words(live, fresh, known))
    return bool(late) and len(late) == len(open_) and all(_last(live, *one) >= today for one in since.items())


def is_awaited(live: LiveCase) -> bool:
    """Tell whether something may still be supplied: also while a person has the case for something else."""
    awaited = live.state in (State.ACCEPTED_INCOMPLETE, State.WAITING_PERSON) and live.procedure.incomplete_since
    return bool(awaited) and live.hub.seconds < live.authorisation.exp


def asked_anew(live: LiveCase) -> Procedure:
    """Return the procedure in which what was *not held*, and may follow, counts no more: it is asked again."""
    ours = {(placed.question.id, placed.role) for one in _conditions(live) for placed in one.placed}
    gone = [
        f"{sheet.request}:{question}"
        for _, sheet in live.sheets
        for question, answer in sheet.answers.items()
        if answer.status is Status.NOT_HELD and (question, base_of(sheet.role)) in ours
    ]
    superseded = dict.fromkeys((*live.procedure.superseded, *gone))
    return msgspec.structs.replace(live.procedure, superseded=tuple(superseded))


def _last(live: LiveCase, condition: str, since: date) -> date:
    return live.hub.days.due(supply_within(live.version.item, condition), after=since).on


def _conditions(live: LiveCase) -> list[CompiledCondition]:
    late = live.procedure.incomplete_since
    return [one for one in live.version.compiled.conditions if one.condition.id in late]


def _words(live: LiveCase, fresh: list[str], known: Evidence) -> Text:
    found = [one for one in live.version.compiled.conditions if one.condition.id in fresh]
    lines = [(_lacking(live, one, known), _last(live, one.condition.id, live.hub.days.today)) for one in found]
    zh = "；".join(f"{what.zh}（{day.year}年{day.month}月{day.day}日前补齐）" for what, day in lines)
    en = "; ".join(f"{what.en} (by {day})" for what, day in lines)
    return Text(
        zh=f"容缺受理，其余事项照常审查。尚缺：{zh}。补齐后告知即重新核查。",
        en=f"Accepted incomplete; all else is examined meanwhile. Missing: {en}. Say so when it is there.",
    )


def _lacking(live: LiveCase, one: CompiledCondition, known: Evidence) -> Text:
    """Return what a condition lacks, in words."""
    answered = {(q, base_of(role)) for (q, role), answer in known.answers.items() if answer.status is Status.VALUE}
    words = [_word(live, placed) for placed in one.placed if (placed.question.id, placed.role) not in answered]
    names = dict.fromkeys(node.name for node in walk(one.residual) if isinstance(node, Finding))
    words += [live.version.item.findings[name].label for name in names if name not in known.findings]
    return Text(zh="、".join(word.zh for word in words), en=", ".join(word.en for word in words))


def _word(live: LiveCase, placed: Placed) -> Text:
    """Return the sentence that was signed; of what is special or another's only who holds it."""
    at, facts = (placed.question.id, placed.role), live.hub.library.facts
    line = next((line for line in live.signed.plan if (line.question, line.role) == at), None)
    if line is not None and placed.role == live.version.item.acting_role and not line.sensitive:
        return line.sentence
    holder = facts.departments[facts.registers[placed.question.register].department].name
    return Text(zh=f"{holder.zh}掌握的一项内容", en=f"something that {holder.en} holds")
