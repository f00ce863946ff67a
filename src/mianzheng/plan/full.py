"""The full plan: every question an item may ask, in plain sentences, with its lawful basis."""

from __future__ import annotations

from datetime import date

from mianzheng.model.facts import FactCatalogue
from mianzheng.model.plan import Plan, PlanLine
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.question import Placed
from mianzheng.rules.sentences import sentence


def full_plan(compiled: CompiledItem, facts: FactCatalogue, as_of: date) -> Plan:
    """Return all that may be asked for a case of this date; asking stops earlier once it is settled.

    Conditions not in force at `as_of` ask nothing. A question about a role of many people has one line,
    under the role's own name.
    """
    lines = [
        _line(compiled, facts, placed, as_of) for placed in (*compiled.questions.values(), *compiled.needs.values())
    ]
    unique = {(line.question, line.role): line for line in lines if line is not None}
    return Plan(item=compiled.item.item, version=compiled.item.version, lines=tuple(unique.values()))


def _line(compiled: CompiledItem, facts: FactCatalogue, placed: Placed, as_of: date) -> PlanLine | None:
    question, item = placed.question, compiled.item
    purpose, served = compiled.purposes[question.id, placed.role]
    if purpose == "condition":
        in_force = {one.condition.id for one in compiled.conditions if one.in_force(as_of)}
        lapsed = {one.condition.id for one in compiled.conditions} - in_force
        served = tuple(name for name in served if name not in lapsed)
        purpose = "condition" if in_force & set(served) else "outcome"
    if not served:
        return None
    register = facts.registers[question.register]
    return PlanLine(
        question=question.id,
        role=placed.role,
        register=question.register,
        department=register.department,
        sentence=sentence(question, facts, item.roles.get(placed.role, placed.role), item.form),
        basis=item.basis_by_register.get(question.register, item.basis),
        sensitive=question.sensitive,
        purpose=purpose,
        of=served,
    )
