"""For whom what a role is, and a sealed value, is meant: the same for hub, gateway and client."""

from __future__ import annotations

from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import base_of
from mianzheng.model.text import Text
from mianzheng.rules.agreement import pointed
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Operand
from mianzheng.rules.phrases import Beside, Names, who
from mianzheng.rules.question import Placed
from mianzheng.rules.sentences import sentence
from mianzheng.rules.tree import walk


def audiences(compiled: CompiledItem, facts: FactCatalogue, role: str) -> tuple[str, ...]:
    """Return the departments whose gateways may learn who a role is (`spouse` or `spouse#1`), sorted.

    Those asked about that role, or about another one with it as second subject; those whose links start there;
    and the handling one. It follows from the item version, whose digest every steward approves.
    """
    name = base_of(role)
    asked = {one.question.register for one in compiled.asked() if name in (one.role, one.question.other)}
    return tuple(sorted({facts.registers[register].department for register in asked} | {compiled.item.department}))


def comparing(compiled: CompiledItem, facts: FactCatalogue, operand: Placed) -> tuple[str, ...]:
    """Return the departments whose gateways compare with a sealed operand, sorted."""
    meant = (operand.question.id, operand.role)
    asking = [one for one in compiled.questions.values() if meant in operands_in(one)]
    return tuple(sorted({facts.registers[one.question.register].department for one in asking}))


def operands_in(placed: Placed) -> tuple[tuple[str, str], ...]:
    """Return the (operand question, role) pairs that a question is compared with."""
    operands = (node for node in walk(placed.question.expression) if isinstance(node, Operand))
    return tuple(dict.fromkeys((one.question, one.role) for one in operands))


def line_sentence(compiled: CompiledItem, facts: FactCatalogue, placed: Placed) -> Text:
    """Return a question of the item as its plan says it, with whom else it speaks of and for whom it is sealed."""
    item, role = compiled.item, base_of(placed.role)
    return sentence(placed.question, facts, item.roles.get(role, role), item.form, beside_of(compiled, facts, placed))


def beside_of(compiled: CompiledItem, facts: FactCatalogue, placed: Placed) -> Beside:
    """Return what a question speaks of beside its own register and role."""
    question = placed.question
    departments: tuple[str, ...] = ()
    if question.kind == "link":
        links = compiled.links.items()
        reached = next(role for role, one in links if (one.question.id, one.role) == (question.id, placed.role))
        departments = audiences(compiled, facts, reached)
    elif question.kind == "operand":
        departments = comparing(compiled, facts, placed)
    return Beside(
        other=_called(compiled, question.other) if question.other else Beside().other,
        operands={id_: _operand(compiled, facts, id_, role) for id_, role in operands_in(placed)},
        sealed_to=tuple(facts.departments[name].short for name in departments),
    )


def _called(compiled: CompiledItem, role: str) -> Text:
    return pointed(compiled.item.roles[role].label)


def _operand(compiled: CompiledItem, facts: FactCatalogue, question: str, role: str) -> Text:
    """Return "公安部门记录的配偶的户籍地": what is compared, whose it is and where it lies."""
    placed = compiled.operands[question, role]
    register = facts.registers[placed.question.register]
    short = facts.departments[register.department].short
    label = Names(register, facts, compiled.item.form).value(placed.question.expression)
    whose = who(compiled.item.roles[role])
    return Text(
        f"{short.zh}记录的{whose.zh_owner}{label.zh}", f"{whose.en_owner} {label.en} in the records of {short.en}"
    )
