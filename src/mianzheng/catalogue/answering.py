"""What the registers of an example answer: each question about each person, as a gateway would answer it.

Who is reached by links comes first, then what one register seals to another, then the questions themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from mianzheng.catalogue.people import link_answers
from mianzheng.catalogue.visible import Visibility
from mianzheng.catalogue.world import Rows
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Example, ParamTable
from mianzheng.model.scalar import Scalar, from_wire
from mianzheng.rules.answer import answer
from mianzheng.rules.bind import Bindings
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Operand
from mianzheng.rules.question import Placed


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """An item and the registers it asks."""

    compiled: CompiledItem
    facts: FactCatalogue
    params: Mapping[str, ParamTable]
    visible: Mapping[str, Visibility]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an example tells: rows by (label, register), each role's labels, how many each link reaches."""

    rows: Rows
    people: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]


def answers_of(scene: Scene, example: Example, as_of: date, told: Told) -> dict[QuestionAt, Answer]:
    """Return the answer to every question about every person whom the links reach; `Unbound` without a figure."""
    forms = {
        name: from_wire(scene.compiled.item.form[name].type, value)
        for name, value in example.form.items()
        if value is not None
    }
    plain = Bindings(as_of=as_of, params=scene.params, forms=forms)
    answers = link_answers(scene.compiled, scene.facts, told.counts, told.rows)
    for at, placed in (*scene.compiled.operands.items(), *scene.compiled.questions.items()):
        for label in told.people[placed.role]:
            bindings = _bound(placed, scene.compiled.compared.get(at, ()), label, told, answers, plain)
            if bindings is not None:
                answers[placed.question.id, label] = _answer(scene, placed, label, told.rows, bindings)
    return answers


def _bound(
    placed: Placed,
    compared: tuple[Operand, ...],
    label: str,
    told: Told,
    answers: Mapping[QuestionAt, Answer],
    plain: Bindings,
) -> Bindings | None:
    """Return the bindings of a question about one person; None when whom it needs beside them is not there."""
    other = placed.question.other and next(iter(told.people[placed.question.other]), "")
    if placed.question.other and not other:
        return None
    operands: dict[str, Scalar | None] = {}
    for node in compared:
        whose = label if node.role == placed.role else next(iter(told.people[node.role]), "")
        found = answers.get((node.question, whose))
        if found is None or found.value is None:
            return None
        operands[node.question] = from_wire(node.type, found.value)
    if not other and not operands:
        return plain
    return msgspec.structs.replace(plain, other=other, operands=operands)


def _answer(scene: Scene, placed: Placed, label: str, rows: Rows, bindings: Bindings) -> Answer:
    question = placed.question
    known = rows.get((label, question.register), ())
    if known is None:
        return Answer(status=Status.UNAVAILABLE, reason="unavailable in the example")
    rule = scene.visible.get(question.register)
    shown = known if rule is None else rule.shown(known, bindings)
    return answer(question, scene.facts.registers[question.register], shown, bindings)
