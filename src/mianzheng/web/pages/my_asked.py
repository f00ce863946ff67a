"""Questions and answers as the resident's pages show them: a sentence, a department, a mark, one soft line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from mianzheng.cases.library import Version
from mianzheng.cases.live import LiveCase
from mianzheng.cases.own_acts import may_contest
from mianzheng.cases.view import answers_of
from mianzheng.decision.audience import Viewer
from mianzheng.model.case import AnswerView
from mianzheng.model.evidence import QuestionAt, Refused, Undecided
from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.item import Item, base_of, needs_consent
from mianzheng.model.plan import PlanLine
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text
from mianzheng.rules.agreement import pointed

Mark = Literal["yes", "no", "wait", "ask"]
_BOOLEAN = Text("只答是或否，记录留在{0}。", "Answered yes or no only; the record stays with {0}.")
_MIXED = Text("只答所问，不给档案，记录留在{0}。", "Only what is asked is answered; the record stays with {0}.")
_VALUE = Text("只答这一项，其余记录留在{0}。", "This one figure is answered; the rest stays with {0}.")
_SEALED = Text("密封后直接交给办理部门，平台看不到。", "Sealed for the department that needs it, not for the platform.")
_LINK = Text(
    "是谁，密封后只交给要问的部门；平台看不到。", "Who it is goes sealed to the departments asked; not to the platform."
)
_WITHHELD = Text("由该部门告知本人。", "The department tells the person concerned.")
_CONTESTED = Text("您已提出异议，等部门核查。", "You contested this; the department checks it.")
_NO_RECORD = Text("没有记录", "No record")
_NOT_HELD = Text("该部门没有这项记录，不据此否定您。", "No record is held; that does not count against you.")
_MISTYPED = Text(
    "没有您填的这一位：姓名或号码可能填错了。",
    "Nobody of that name or number stands there: what you entered may be mistyped.",
)
_SILENT = Text("系统会自动再问，您不用做什么。", "It is asked again by itself; you need do nothing.")


class PlanShown(msgspec.Struct, frozen=True, kw_only=True):
    """One question to come."""

    sentence: Text
    about: Text | None  # another person, in words; None for oneself
    soft: Text | None  # None where it is the department's own
    sensitive: bool


class DepartmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one department will be asked, on which law; `consent` where only the person's own yes allows it.

    `soft`: what does not leave it, of most of its questions.
    """

    name: Text
    soft: Text
    duty: tuple[str, ...]
    consent: tuple[Text, ...]
    lines: tuple[PlanShown, ...]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One question that was asked, with what came of it."""

    question: str
    role: str
    sentence: Text
    department: Text
    about: Text | None
    mark: Mark
    said: Text
    soft: Text | None
    contest: bool


def plan_of(version: Version, lines: Sequence[PlanLine], facts: FactCatalogue) -> tuple[DepartmentPlan, ...]:
    """Return a plan grouped by department, each in the order in which it is asked first."""
    found: dict[str, list[PlanLine]] = {}
    for line in lines:
        found.setdefault(line.department, []).append(line)
    return tuple(_department(version, of, facts) for of in found.values())


def signatures_due(item: Item, lines: Iterable[PlanLine]) -> tuple[Text, ...]:
    """Return who beside the applicant signs for themself before anything is asked about them."""
    roles = dict.fromkeys(line.role for line in lines if needs_consent(item, line.role))
    return tuple(pointed(item.roles[role].label) for role in roles)


def answered_of(live: LiveCase, viewer: Viewer) -> tuple[Answered, ...]:
    """Return the questions of a case as a viewer may read them, in the order in which they were asked.

    What stays with a department is said once, beside its first answer.
    """
    blamed, told = _blamed(live), set[Text | None]()
    found = []
    for one in answers_of(live, viewer):
        shown = _answered(live, one, viewer, blamed)
        again = shown.mark != "wait" and shown.soft in told
        told.add(shown.soft)
        found.append(msgspec.structs.replace(shown, soft=None) if again else shown)
    return tuple(found)


def doubted_of(live: LiveCase) -> tuple[bool, ...]:
    """Return of each reason of a case, in their order, whether an answer behind it is contested."""
    outcome = live.outcome.decision if live.outcome else None
    if not isinstance(outcome, Refused | Undecided):
        return ()
    return tuple(any(at in live.contests for at in reason.answers) for reason in outcome.reasons)


def is_mistyped(live: LiveCase, answers: Iterable[AnswerView]) -> bool:
    """Tell whether a register knows nobody whom the applicant named by name or number."""
    return any(one.status == "not_held" and _is_choice(live, one) for one in answers)


def _is_choice(live: LiveCase, one: AnswerView) -> bool:
    """Tell whether an answer says whom the applicant chose: the link of a role that is chosen."""
    line = next(line for line in live.signed.plan if (line.question, line.role) == (one.question, base_of(one.role)))
    chosen = {role.link_path[:2] for role in live.version.item.roles.values() if role.chosen}
    return line.purpose == "link" and (base_of(one.role), one.register) in chosen


def short_sentence(sentence: Text, department: Text) -> Text:
    """Return a sentence without the department that stands beside it already."""
    zh = sentence.zh.removeprefix(f"{department.zh}的记录中，").removeprefix(f"{department.zh}的")
    start = f"In the records of {department.en}, "
    en = sentence.en.removeprefix(start)
    return Text(zh, en if en == sentence.en else en[:1].upper() + en[1:])


def _department(version: Version, lines: Sequence[PlanLine], facts: FactCatalogue) -> DepartmentPlan:
    department = facts.departments[lines[0].department]
    stays = [_stays(version, (line.question, line.role), line.purpose, department.name) for line in lines]
    most = stays[0]
    if len(set(stays)) > 1:
        most = Text(_MIXED.zh.format(department.name.zh), _MIXED.en.format(department.name.en))
    said_once = (most, Text(_BOOLEAN.zh.format(department.name.zh), _BOOLEAN.en.format(department.name.en)))
    return DepartmentPlan(
        name=department.name,
        soft=most,
        duty=tuple(dict.fromkeys(line.basis.duty for line in lines if line.basis.duty)),
        consent=tuple(dict.fromkeys(line.basis.words for line in lines if line.basis.consent)),
        lines=tuple(
            PlanShown(
                sentence=short_sentence(line.sentence, department.short),
                about=about(version.item, line.role),
                soft=None if soft in said_once else soft,
                sensitive=line.sensitive,
            )
            for line, soft in zip(lines, stays, strict=True)
        ),
    )


def about(item: Item, role: str) -> Text | None:
    """Return another person or thing in words (配偶, 成员 2), None for the one who applies."""
    base, _, number = role.partition("#")
    if base == item.acting_role or base not in item.roles:
        return None
    label = item.roles[base].label
    if not item.roles[base].many:
        return label
    return Text(f"{label.zh} {number}", f"{label.en} {number}") if number else label


def _stays(version: Version, at: QuestionAt, purpose: str, department: Text) -> Text:
    """Return what does not leave the department."""
    if purpose == "link":
        return _LINK
    type_ = version.types.get(at[0])
    if type_ is None:
        return _SEALED
    words = _BOOLEAN if type_ is Type.BOOLEAN else _VALUE
    return Text(words.zh.format(department.zh), words.en.format(department.en))


def _answered(live: LiveCase, one: AnswerView, viewer: Viewer, blamed: set[QuestionAt]) -> Answered:
    facts = live.hub.library.facts.departments
    department = facts[one.department]
    line = next(line for line in live.signed.plan if (line.question, line.role) == (one.question, base_of(one.role)))
    stays = _stays(live.version, (one.question, line.role), line.purpose, department.name)
    mark, said, soft = _outcome(one, line, (one.question, one.role) in blamed, stays)
    if said == _NO_RECORD and _is_choice(live, one):
        soft = _MISTYPED
    return Answered(
        question=one.question,
        role=one.role,
        sentence=short_sentence(one.sentence, department.short),
        department=department.name,
        about=None if viewer.kind == "linked" else about(live.version.item, one.role),
        mark=mark,
        said=said,
        soft=soft,
        contest=may_contest(live, one),
    )


def _outcome(one: AnswerView, line: PlanLine, blamed: bool, stays: Text) -> tuple[Mark, Text, Text | None]:
    if one.status == "withheld":
        return "ask", Text("不向您显示", "Not shown to you"), _WITHHELD
    if one.status == "contested":
        return "wait", Text("有异议", "Contested"), _CONTESTED
    if one.status == "unavailable":
        return "wait", Text("暂时没有回答", "No answer yet"), _SILENT
    if one.status == "not_held":
        return "wait", _NO_RECORD, _NOT_HELD
    return "no" if blamed else "yes", _value(one.value, line.purpose), stays


def _value(value: Wire | None, purpose: str) -> Text:
    if purpose == "link":
        return Text(f"{value} 位，已密封", f"{value}, sealed") if value else Text("没有", "None")
    if value is None:
        return Text("已密封转交", "Handed over sealed")
    if value is True:
        return Text("是", "Yes")
    return Text("否", "No") if value is False else Text(str(value), str(value))


def _blamed(live: LiveCase) -> set[QuestionAt]:
    """Return the answers by which conditions failed."""
    outcome = live.outcome.decision if live.outcome else None
    if not isinstance(outcome, Refused | Undecided):
        return set()
    return {at for reason in outcome.reasons for at in reason.answers}
