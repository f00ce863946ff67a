"""`decide`: granted, refused with reasons, or undecided with each open condition's lawful way on."""

from __future__ import annotations

from collections.abc import Mapping
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
from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.item import Condition, Fallback
from mianzheng.model.scalar import Wire, from_wire, to_wire
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledCondition, CompiledItem
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import Node
from mianzheng.rules.reachable import F, T, code, matters, open_questions
from mianzheng.rules.standing import Standing, contested, standing
from mianzheng.rules.values import MISSING, NULL, NoValue, Value

GRANTED_BEFORE = "granted-before"
_BEFORE = Text(
    zh="同一待遇已在另一件里批准，不重复发放", en="the same payment was granted in another case; it is not paid twice"
)

Way = Literal["wait", "person", "accept_incomplete", "declare"]


def decide(compiled: CompiledItem, facts: FactCatalogue, evidence: Evidence, as_of: date) -> Decision:
    """Return the decision of a case of this date; pure, and the same wherever the evidence is the same."""
    answers = Answers(compiled, evidence, as_of)
    states = [(one, code(answers.value(one.residual))) for one in compiled.conditions if one.in_force(as_of)]
    stands = {one.condition.id: standing(one, evidence) for one, state in states if state not in (F, T)}
    met = {id_: found[1] for id_, found in stands.items() if found is not None}
    failed = [one for one, state in states if state == F or met.get(one.condition.id) is False]
    if failed:
        return Refused(
            reasons=tuple(_reason(one, compiled, facts, answers) for one in failed),
            not_examined=tuple(id_ for id_, found in stands.items() if found is None),
            settled=tuple(id_ for id_, is_met in met.items() if not is_met),
        )
    unknown = [one for one, _ in states if one.condition.id in stands.keys() - met.keys()]
    if unknown:
        return Undecided(open=tuple(_open(one, answers) for one in unknown))
    if evidence.granted_before:
        before = Reason(condition=GRANTED_BEFORE, text=_BEFORE, department=compiled.item.department)
        return Refused(reasons=(before,), not_examined=(), settled=tuple(met))
    return _granted(compiled, answers, {id_: found[0] for id_, found in stands.items() if found is not None})


def _reason(one: CompiledCondition, compiled: CompiledItem, facts: FactCatalogue, answers: Answers) -> Reason:
    """A failing condition names the answers that failed it; without any, the handling department itself did."""
    failed = code(answers.value(one.residual)) == F  # else an officer found so
    at = blamed(one.residual, answers) if failed else ()
    department = compiled.item.department
    if at:
        department = facts.registers[compiled.placed_at(at[0]).question.register].department
    return Reason(condition=one.condition.id, text=one.condition.otherwise, department=department, answers=at)


def _open(one: CompiledCondition, answers: Answers) -> Open:
    condition: Condition = one.condition
    way: Way = condition.fallback.value
    if condition.fallback is Fallback.DECLARE and contested(one, answers.evidence):
        way = Fallback.PERSON.value  # a declaration never follows a contested answer (design.md §2)
    return Open(condition=condition.id, fallback=way, waits_for=_waits_for(one.residual, answers))


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


def _granted(compiled: CompiledItem, answers: Answers, instead: Mapping[str, Standing]) -> Decision:
    """Amount and claims are computed only now; what cannot be computed leaves the case to a person."""
    open_: list[Open] = []
    amount: Decimal | None = None
    if compiled.amount is not None:
        value = _computed("amount", Type.DECIMAL, answers.value(compiled.amount), answers)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            amount = Decimal(value)
        else:
            open_.append(_uncomputed("amount", compiled.amount, answers))
    claims: dict[str, Wire] = {}
    for name, residual in compiled.claims.items():
        claim = _computed(f"claims.{name}", compiled.claim_types[name], answers.value(residual), answers)
        if not isinstance(claim, NoValue):
            claims[name] = to_wire(claim)
        elif claim is not NULL:  # a claim that has no value is left out of the credential
            open_.append(_uncomputed(f"claims.{name}", residual, answers))
    if open_:
        return Undecided(open=tuple(open_))
    return Granted(
        amount=amount,
        claims=claims,
        declared=tuple(id_ for id_, what in instead.items() if what == "declared"),
        settled=tuple(id_ for id_, what in instead.items() if what == "settled"),
    )


def _computed(name: str, type_: Type, value: Value, answers: Answers) -> Value:
    """Return a computed value, or what an officer entered where answers leave it unknown."""
    entered = answers.evidence.computed.get(name)
    return from_wire(type_, entered) if value is MISSING and entered is not None else value


def _uncomputed(name: str, residual: Node, answers: Answers) -> Open:
    waiting = tuple(
        at
        for at in blamed(residual, answers)
        if answers.evidence.answers[at].status is Status.UNAVAILABLE and at not in answers.evidence.contested
    )
    return Open(condition=name, fallback=Fallback.PERSON.value, waits_for=waiting)
