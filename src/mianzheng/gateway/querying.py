"""From approved questions to answers: bind, run exactly the approved SQL, read, and see what the mark allows.

Whatever goes wrong here is *unavailable* with a reason for the operator, never a false answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.marks import Freshness, with_mark
from mianzheng.gateway.registers import RegisterFault, Rows, Statement
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.rules.bind import Bindings, Unbound

_Result = Rows | RegisterFault


def ask_registers(
    gateway: Gateway, questions: Sequence[OwnQuestion], number: str, bindings: Bindings, *, at: int
) -> Mapping[QuestionAt, Answer]:
    """Return an answer for each question; registers are asked side by side."""
    asked: list[tuple[list[OwnQuestion], Callable[[], list[_Result]]]] = []
    answers: dict[QuestionAt, Answer] = {}
    for register, group in _by_register(questions).items():
        bound: list[OwnQuestion] = []
        statements: list[Statement] = []
        for own in group:
            try:
                statements.append(Statement(own.clause, own.query.bind(number, bindings)))
                bound.append(own)
            except MianzhengError as error:
                answers[own.at] = unavailable(register, error)
        asked.append((bound, gateway.registers[register].start(statements)))
    for bound, finish in asked:
        for own, result in zip(bound, finish(), strict=True):
            answers[own.at] = _read(gateway, own, result, bindings, at=at)
    return answers


def unavailable(register: str, error: MianzhengError) -> Answer:
    """Return the answer of a question that could not be asked or read; no value of any row is in its reason."""
    safe = isinstance(error, (RegisterFault, Unbound))
    reason = error.message if safe else f"register {register}: {error.code}"
    return Answer(status=Status.UNAVAILABLE, reason=reason)


def _read(gateway: Gateway, own: OwnQuestion, result: _Result, bindings: Bindings, *, at: int) -> Answer:
    register = own.register
    if isinstance(result, RegisterFault):
        return unavailable(register.register, result)
    try:
        answer = own.query.read(result, own.question, register, bindings)
    except MianzhengError as error:
        return unavailable(register.register, error)
    freshness: Freshness = gateway.marks.freshness(gateway.state.reader(), register, at)
    return with_mark(answer, register, freshness)


def _by_register(questions: Sequence[OwnQuestion]) -> dict[str, list[OwnQuestion]]:
    groups: dict[str, list[OwnQuestion]] = {}
    for own in questions:
        groups.setdefault(own.question.register, []).append(own)
    return groups
