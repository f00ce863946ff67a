"""Which answers made a condition what it is: those a reason names and a person may contest."""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.model.evidence import QuestionAt
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import And, Asked, Node, Not, Or, OverRole
from mianzheng.rules.tree import children


def blamed(residual: Node, answers: Answers) -> tuple[QuestionAt, ...]:
    """Return the answers that a condition's value rests on, in order of writing."""
    return tuple(dict.fromkeys(_blamed(residual, answers)))


def _blamed(node: Node, answers: Answers) -> Iterator[QuestionAt]:
    if isinstance(node, Asked):
        if answers.at(node) in answers.evidence.answers:
            yield answers.at(node)
        needed = answers.needed(node)
        unknown = answers.at(node) not in answers.evidence.answers
        yield from (at for at in needed if unknown and at in answers.evidence.answers)
    elif isinstance(node, (And, Or)):
        yield from _decisive(node, answers)
    elif isinstance(node, OverRole):
        yield from _of_people(node, answers)
    elif isinstance(node, Not):
        yield from _blamed(node.part, answers)
    else:
        for child in children(node):
            yield from _blamed(child, answers)


def _decisive(node: And | Or, answers: Answers) -> Iterator[QuestionAt]:
    """A false `and` is so through its false parts alone, a true `or` through its true ones."""
    dominant = isinstance(node, Or)
    decided = answers.holds(node) is dominant
    for part in node.parts:
        if not decided or answers.holds(part) is dominant:
            yield from _blamed(part, answers)


def _of_people(node: OverRole, answers: Answers) -> Iterator[QuestionAt]:
    """One person may decide `has` and `every`; else all of them do, and the link that says there are no others."""
    dominant = {"has": True, "every": False}.get(node.how)
    decided = dominant is not None and answers.holds(node) is dominant
    for _ in answers.each(node.role) if node.body is not None else ():
        if node.body is not None and (not decided or answers.holds(node.body) is dominant):
            yield from _blamed(node.body, answers)
    if not decided:
        yield from (at for at in answers.links_to(node.role) if at in answers.evidence.answers)
