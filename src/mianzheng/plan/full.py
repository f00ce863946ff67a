"""The full plan: every question an item may ask, in plain sentences, with its lawful basis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import basis_of
from mianzheng.model.plan import Plan, PlanLine
from mianzheng.rules.audience import line_sentence
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import OverRole
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk


def full_plan(compiled: CompiledItem, facts: FactCatalogue, as_of: date) -> Plan:
    """Return all that may be asked for a case of this date; asking stops earlier once it is settled.

    Conditions not in force at `as_of` ask nothing. A question about a role of many people has one line,
    under the role's own name. A link's line is about the role it starts from, and says for whom who is reached is
    sealed; it stands there when something is asked about whom it reaches.
    """
    asked = [placed for placed in compiled.asked() if placed.question.kind != "link"]
    lines = [line for placed in asked if (line := _line(compiled, facts, placed, as_of)) is not None]
    reached = _roles(compiled, as_of, lines)
    links = [
        _made(compiled, facts, placed, "link", (role,)) for role, placed in compiled.links.items() if role in reached
    ]
    unique: dict[QuestionAt, PlanLine] = {}
    for line in (*links, *lines):
        unique.setdefault((line.question, line.role), line)
    return Plan(item=compiled.item.item, version=compiled.item.version, lines=tuple(unique.values()))


def _roles(compiled: CompiledItem, as_of: date, lines: Iterable[PlanLine]) -> set[str]:
    """Return the roles that a case of this date speaks of, and those from which links lead to them."""
    residuals = [one.residual for one in compiled.conditions if one.in_force(as_of)]
    residuals += [*([] if compiled.amount is None else [compiled.amount]), *compiled.claims.values()]
    roles = {node.role for residual in residuals for node in walk(residual) if isinstance(node, OverRole)}
    for line in lines:
        roles |= {line.role, compiled.placed_at((line.question, line.role)).question.other}
    for role in reversed(compiled.links):  # a link starts at a role that stands above
        if role in roles:
            roles.add(compiled.links[role].role)
    return roles


def _line(compiled: CompiledItem, facts: FactCatalogue, placed: Placed, as_of: date) -> PlanLine | None:
    purpose, served = compiled.purposes[placed.question.id, placed.role]
    if purpose in ("condition", "operand"):
        in_force = {one.condition.id for one in compiled.conditions if one.in_force(as_of)}
        lapsed = {one.condition.id for one in compiled.conditions} - in_force
        served = tuple(name for name in served if name not in lapsed)
        purpose = purpose if purpose == "operand" or in_force & set(served) else "outcome"
    return _made(compiled, facts, placed, purpose, served) if served else None


def _made(
    compiled: CompiledItem, facts: FactCatalogue, placed: Placed, purpose: str, served: tuple[str, ...]
) -> PlanLine:
    question = placed.question
    return PlanLine(
        question=question.id,
        role=placed.role,
        register=question.register,
        department=facts.registers[question.register].department,
        sentence=line_sentence(compiled, facts, placed),
        basis=basis_of(compiled.item, question.register, placed.role),
        sensitive=question.sensitive,
        purpose=purpose,
        of=served,
    )
