"""`decide`: granted, refused with reasons, or undecided with each open condition's lawful way on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from mianzheng.decision.blame import blamed
from mianzheng.model.evidence import (
    Decision,
    Evidence,
    Granted,
    Open,
    QuestionAt,
    Reason,
    Refused,
    Status,
    Undecided,
)
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Condition, Fallback
from mianzheng.model.scalar import Wire, to_wire
from mianzheng.rules.compile import CompiledCondition, CompiledItem
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import Node
from mianzheng.rules.reachable import F, T, code, matters, open_questions
from mianzheng.rules.values import NULL, NoValue

Way = Literal["wait", "person", "accept_incomplete", "declare"]


def decide(compiled: CompiledItem, facts: FactCatalogue, evidence: Evidence, as_of: date) -> Decision:
    """Return the decision of a case of this date; pure, and the same wherever the evidence is the same."""
    answers = Answers(compiled, evidence, as_of)
    states = [(one, code(answers.value(one.residual))) for one in compiled.conditions if one.in_force(as_of)]
    failed = [one for one, state in states if state == F]
    if failed:
        return Refused(
            reasons=tuple(_reason(one, compiled, facts, answers) for one in failed),
            not_examined=tuple(one.condition.id for one, state in states if state not in (F, T)),
        )
    unknown = [one for one, state in states if state != T]
    if unknown:
        return Undecided(open=tuple(_open(one, answers) for one in unknown))
    return _granted(compiled, answers)


def _reason(one: CompiledCondition, compiled: CompiledItem, facts: FactCatalogue, answers: Answers) -> Reason:
    """A failing condition names the answers that failed it; without any, the handling department's own rule did."""
    at = blamed(one.residual, answers)
    department = compiled.item.department
    if at:
        first = compiled.questions[at[0][0], _role(at[0])]
        department = facts.registers[first.question.register].department
    return Reason(condition=one.condition.id, text=one.condition.otherwise, department=department, answers=at)


def _open(one: CompiledCondition, answers: Answers) -> Open:
    condition: Condition = one.condition
    way: Way = condition.fallback.value
    if condition.fallback is Fallback.DECLARE and _contested(one, answers):
        way = Fallback.PERSON.value  # a declaration never follows a contested answer (design.md §2)
    return Open(condition=condition.id, fallback=way, waits_for=_waits_for(one.residual, answers))


def _contested(one: CompiledCondition, answers: Answers) -> bool:
    own = {(placed.question.id, placed.role) for placed in one.placed}
    return any((at[0], _role(at)) in own for at in answers.evidence.contested)


def _waits_for(residual: Node, answers: Answers) -> tuple[QuestionAt, ...]:
    """Return the unavailable answers that may settle the residual once they come."""
    evidence = answers.evidence
    waiting = {at for at, answer in evidence.answers.items() if answer.status is Status.UNAVAILABLE}
    waiting -= evidence.contested
    if not waiting:
        return ()
    again = {at: answer for at, answer in evidence.answers.items() if at not in waiting}
    retry = answers.over(msgspec.structs.replace(evidence, answers=again))
    stands = dict.fromkeys(at for at in open_questions(residual, retry) if at in waiting)
    return tuple(at for at in stands if matters(residual, at, retry))


def _granted(compiled: CompiledItem, answers: Answers) -> Decision:
    """Amount and claims are computed only now; what cannot be computed leaves the case to a person."""
    open_: list[Open] = []
    amount: Decimal | None = None
    if compiled.amount is not None:
        value = answers.value(compiled.amount)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            amount = Decimal(value)
        else:
            open_.append(_uncomputed("amount", compiled.amount, answers))
    claims: dict[str, Wire] = {}
    for name, residual in compiled.claims.items():
        claim = answers.value(residual)
        if not isinstance(claim, NoValue):
            claims[name] = to_wire(claim)
        elif claim is not NULL:  # a claim that has no value is left out of the credential
            open_.append(_uncomputed(f"claims.{name}", residual, answers))
    return Undecided(open=tuple(open_)) if open_ else Granted(amount=amount, claims=claims)


def _uncomputed(name: str, residual: Node, answers: Answers) -> Open:
    waiting = tuple(
        at
        for at in blamed(residual, answers)
        if answers.evidence.answers[at].status is Status.UNAVAILABLE and at not in answers.evidence.contested
    )
    return Open(condition=name, fallback=Fallback.PERSON.value, waits_for=waiting)


def _role(at: QuestionAt) -> str:
    """Return the role as the item names it: `children` of `children#2`."""
    return at[1].partition("#")[0]
