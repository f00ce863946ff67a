"""An item's rules compiled, with each fault led back to its place in the file, and what they imply.

Rules are compiled with a marker for a file name, the path of the text inside the pack: so a
fault comes back with a place inside its text, and the document knows where that lies.
"""

from __future__ import annotations

from collections.abc import Mapping

from mianzheng.catalogue.declaration import refusal
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.yaml import Path
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Fallback, Item, ParamTable
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.faults import RuleFaults, Where
from mianzheng.rules.question import Placed, Question
from mianzheng.rules.sql.query import check_expressible


def compile_one(
    item: Item, facts: FactCatalogue, params: Mapping[str, ParamTable], found: Findings
) -> CompiledItem | None:
    """Return the item compiled, or None after adding every fault of its rules."""
    try:
        return compile_item(item, facts, params, where=lambda text: Where(file=text, line=1, column=1))
    except RuleFaults as error:
        for fault in error.faults:
            found.inside(_path(fault.file, item), (fault,))
        return None


Probed = dict[str, MianzhengError | None]  # question -> why its register's mapping cannot carry it


def check_compiled(compiled: CompiledItem, facts: FactCatalogue, found: Findings, probed: Probed) -> None:
    """Add what only the questions show: presence too low, declarations where none may stand, a wrong ladder.

    `probed` keeps what was found of each question, which other items may ask too.
    """
    item = compiled.item
    deciding = [placed for placed in compiled.asked() if placed.question.kind != "need"]
    sensitive = sorted({placed.question.register for placed in deciding if placed.question.sensitive})
    if sensitive and item.presence < 3:
        message = f"special personal data of {', '.join(sensitive)} are asked at presence {item.presence}"
        found.at(("presence",), "presence", message, "presence: 3")
    values = sorted({placed.question.register for placed in deciding if placed.question.kind == "value"})
    if values and item.ladder == "D2":
        message = f"{', '.join(values)} answers a value, not only yes or no"
        found.at_key(("ladder",), "ladder", message, "ladder: D1")
    for number, condition in enumerate(compiled.conditions):
        why = refusal(item, condition.placed) if condition.condition.fallback is Fallback.DECLARE else ""
        if why:
            hint = "fallback: person"
            message = f"no declaration 告知承诺 here: {why}"
            found.at(("conditions", number, "fallback"), "declaration", message, hint)
    _check_asked(compiled, facts, found)
    for placed in compiled.asked():
        _check_sql(placed, compiled, facts.registers[placed.question.register], found, probed)


def registers_asked(compiled: CompiledItem, facts: FactCatalogue) -> dict[str, Register]:
    """Return the registers an item asks, for conditions, outcome or needs."""
    placed = compiled.asked()
    return {one.question.register: facts.registers[one.question.register] for one in placed}


def _check_asked(compiled: CompiledItem, facts: FactCatalogue, found: Findings) -> None:
    asked = registers_asked(compiled, facts)
    for register in compiled.item.basis_by_register:
        if register in facts.registers and register not in asked:
            message = f"the item asks nothing of {register}"
            found.at_key(("basis_by_register", register), "basis", message, "remove it")


def _check_sql(placed: Placed, compiled: CompiledItem, register: Register, found: Findings, probed: Probed) -> None:
    """Add a fault when the register's mapping cannot carry the question."""
    question = placed.question
    if question.id not in probed:
        probed[question.id] = _probe(question, register)
    error = probed[question.id]
    if error is not None:
        at = served(compiled, (question.id, placed.role))
        found.at(at, error.code, f"{register.register} cannot be asked this: {error.message}", error.hint)


def _probe(question: Question, register: Register) -> MianzhengError | None:
    try:
        check_expressible(question, register, register.engine)
    except MianzhengError as error:
        return error
    return None


def served(compiled: CompiledItem, at: QuestionAt) -> Path:
    """Return the path in an item's document of the first text that a question serves."""
    purpose, (of, *_) = compiled.purposes[at]
    return _served(purpose, of, compiled.item)


def _served(purpose: str, of: str, item: Item) -> Path:
    if purpose == "condition" or of in [condition.id for condition in item.conditions]:
        return _path(f"conditions.{of}.rule", item)
    if purpose == "link":
        return ("roles", of, "link")
    if purpose == "need":
        return ("needs", of, "fact")
    return ("outcome", "claims", of) if of in item.outcome.claims else ("outcome", "pay", "amount")


def _path(text: str, item: Item) -> Path:
    """Return the path in the document of a text named like `conditions.aged.rule`."""
    parts: list[str | int] = list(text.split("."))
    if parts[0] == "conditions" and len(parts) > 1:
        ids = [condition.id for condition in item.conditions]
        parts[1] = ids.index(str(parts[1])) if parts[1] in ids else 0
    return tuple(parts)
