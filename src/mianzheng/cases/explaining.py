"""Condition → question → answer → who signed: a decision that anyone concerned can check again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from mianzheng.cases.delivering import response_of
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Sent
from mianzheng.cases.view import Asked, asked_of, owner_of, reasons_of, status_of
from mianzheng.decision.audience import Viewer, sees, sees_condition
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.case import ExplainedAnswer, ExplainedCondition, Explanation
from mianzheng.model.evidence import Granted, QuestionAt, Refused, Status
from mianzheng.model.item import Condition, base_of
from mianzheng.model.plan import PlanLine
from mianzheng.model.text import Text
from mianzheng.rules.audience import beside_of
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import OverRole
from mianzheng.rules.sentences import answer_sentence
from mianzheng.rules.tree import walk

Result = Literal["true", "false", "unknown", "not_examined", "withheld"]


def explain(live: LiveCase, viewer: Viewer | None = None) -> Explanation:
    """Return the explanation of a case as it stands, as a viewer may read it."""
    item, viewer = live.version.item, viewer or owner_of(live)
    asked = {one.at: one for one in asked_of(live)}
    signed = {
        (question, sheet.role): (sent, sheet)
        for sent, sheet in live.sheets
        for question, answer in sheet.answers.items()
        if answer.status is not Status.UNAVAILABLE
    }
    plan = live.permit.plan if live.permit else ()
    before = _before(live.version.compiled)
    return Explanation(
        case=live.id,
        item=item.item,
        version=item.version,
        as_of=live.as_of,
        decision=live.row.decision,
        decided_by=live.row.decided_by,
        decision_signed_by=live.hub.gateway(item.department) if response_of(live) else "",
        conditions=tuple(
            _condition(
                live,
                viewer,
                condition,
                [
                    _answer(live, viewer, line, role, asked, signed)
                    for line in plan
                    for role in _people(line, asked)
                    if _serves(line, condition)
                    or ((line.question, line.role) in before[condition.id] and _keeps(asked, line, role))
                ],
            )
            for condition in item.conditions
            if _in_force(live, condition)
        ),
    )


def _before(compiled: CompiledItem) -> dict[str, set[QuestionAt]]:
    """Return for each condition the links and operands that must bring something before its own questions are asked."""
    found: dict[str, set[QuestionAt]] = {}
    for one in compiled.conditions:
        asked = {at for placed in one.placed for at in compiled.before((placed.question.id, placed.role))}
        roles = (node.role for node in walk(one.residual) if isinstance(node, OverRole))
        found[one.condition.id] = asked.union(*(compiled.links_to(role) for role in roles))
    return found


def _keeps(asked: Mapping[QuestionAt, Asked], line: PlanLine, role: str) -> bool:
    """Tell whether a link or operand has brought nothing, which is then why a condition is open."""
    one = asked.get((line.question, role))
    return one is not None and one.answer.status is not Status.VALUE


def _people(line: PlanLine, asked: Mapping[QuestionAt, Asked]) -> list[str]:
    """Return whom a line was asked about, each as they were; the role itself while nobody was."""
    found = [role for question, role in asked if question == line.question and base_of(role) == line.role]
    return sorted(found) or [line.role]


def _condition(
    live: LiveCase, viewer: Viewer, condition: Condition, answers: list[ExplainedAnswer]
) -> ExplainedCondition:
    return ExplainedCondition(
        condition=condition.id,
        rule=condition.rule,
        reference=condition.reference.text,
        verified=condition.reference.verified,
        result=_result(live, condition.id) if _may_know(live, viewer, condition) else "withheld",
        otherwise=condition.otherwise,
        answers=tuple(answers),
    )


def _may_know(live: LiveCase, viewer: Viewer, condition: Condition) -> bool:
    """Tell whether a viewer may know what a condition came to: it is theirs, or they read it as a reason."""
    named = any(reason.condition == condition.id for reason in reasons_of(live, viewer))
    return named or sees_condition(viewer, condition, live.version.compiled)


def _result(live: LiveCase, condition: str) -> Result:
    decision = live.outcome.decision if live.outcome else None
    if decision is None:
        return "not_examined"
    if isinstance(decision, Granted):
        return "true"
    if any(reason.condition == condition for reason in decision.reasons):
        return "false"
    if isinstance(decision, Refused):
        return "not_examined" if condition in decision.not_examined else "true"
    return "unknown" if any(one.condition == condition for one in decision.open) else "true"


def _answer(
    live: LiveCase,
    viewer: Viewer,
    line: PlanLine,
    role: str,
    asked: Mapping[QuestionAt, Asked],
    signed: Mapping[QuestionAt, tuple[Sent, Sheet]],
) -> ExplainedAnswer:
    at = (line.question, role)
    one = asked.get(at)
    sent, sheet = signed.get(at, (None, None))
    if not sees(viewer, at, live.version.compiled):
        return _line(line, role)
    return msgspec.structs.replace(
        _line(line, role),
        answer=_words(live, line, one) if one else None,
        status=status_of(live, one).value if one else "not_asked",
        value=one.answer.value if one else None,
        rests_on=one.answer.rests_on.value if one and one.answer.rests_on else None,
        signed_by=sheet.party if sheet else "",
        key=sheet.key if sheet else "",
        sheet=sheet.digest if sheet else "",
        entry=sent.asked.entry if sent else "",
    )


def _line(line: PlanLine, role: str) -> ExplainedAnswer:
    """A line as any reader may see it: what was asked stands in the plan, what came of it is not told."""
    return ExplainedAnswer(
        question=line.question,
        role=role,
        department=line.department,
        register=line.register,
        sentence=line.sentence,
        answer=None,
        status="withheld",
        value=None,
        rests_on=None,
        signed_by="",
        key="",
        sheet="",
        entry="",
    )


def _words(live: LiveCase, line: PlanLine, one: Asked) -> Text:
    """Return an answer in words; one that rests on an absent row says that there is no record."""
    item, placed = live.version.item, live.version.placed[line.question, line.role]
    answer = msgspec.structs.replace(one.answer, status=status_of(live, one))
    role = item.roles.get(line.role, line.role)
    facts = live.hub.library.facts
    beside = beside_of(live.version.compiled, facts, placed)
    return answer_sentence(placed.question, answer, facts, role, item.form, beside)


def _serves(line: PlanLine, condition: Condition) -> bool:
    return line.purpose == "condition" and condition.id in line.of


def _in_force(live: LiveCase, condition: Condition) -> bool:
    """Tell whether a condition is examined for cases of this date."""
    begun = condition.effective is None or condition.effective <= live.as_of
    return begun and (condition.until is None or live.as_of < condition.until)
