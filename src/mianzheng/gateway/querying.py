"""From approved questions to answers: bind, run exactly the approved SQL, read, and see what the mark allows.

Whatever goes wrong here is *unavailable* with a reason for the operator, never a false answer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.marks import with_mark
from mianzheng.gateway.registers import RegisterFault, Rows, Statement
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.rules.bind import Bindings, Unbound

TICK_SECONDS = 0.05
_Bound = tuple[OwnQuestion, Statement]


def ask_registers(
    gateway: Gateway, questions: Sequence[OwnQuestion], number: str, bindings: Bindings, *, at: int
) -> Mapping[QuestionAt, Answer]:
    """Return an answer for each question; registers are asked side by side.

    A register that hides rows (`visible_when`) answers on a fixed tick: how long it took to find
    nothing says nothing about a row that may not be seen.
    """
    begun = time.monotonic()
    answers: dict[QuestionAt, Answer] = {}
    groups: dict[str, list[_Bound]] = {}
    for own in questions:
        register = own.question.register
        try:
            statement = Statement(own.clause, own.query.bind(number, bindings))
            groups.setdefault(register, []).append((own, statement))
        except MianzhengError as error:
            answers[own.at] = unavailable(register, error)
    for group, results in _run(gateway, groups):
        for (own, _), result in zip(group, results, strict=True):
            answers[own.at] = _read(gateway, own, result, bindings, at=at)
    if any(own.register.source.visible_when for own in questions):
        passed = time.monotonic() - begun
        time.sleep(math.ceil(passed / TICK_SECONDS) * TICK_SECONDS - passed)
    return answers


def unavailable(register: str, error: MianzhengError) -> Answer:
    """Return the answer of a question that could not be asked or read; no value of any row is in its reason."""
    safe = isinstance(error, (RegisterFault, Unbound))
    reason = error.message if safe else f"register {register}: {error.code}"
    return Answer(status=Status.UNAVAILABLE, reason=reason)


def _run(gateway: Gateway, groups: Mapping[str, list[_Bound]]) -> list[tuple[list[_Bound], list[Rows | RegisterFault]]]:
    """Run each register's statements: the last on this very thread, the others beside it."""
    names = list(groups)
    started = [gateway.registers[name].start([statement for _, statement in groups[name]]) for name in names[:-1]]
    here = [gateway.registers[name].run([statement for _, statement in groups[name]]) for name in names[-1:]]
    results = [*(finish() for finish in started), *here]
    return [(groups[name], result) for name, result in zip(names, results, strict=True)]


def _read(gateway: Gateway, own: OwnQuestion, result: Rows | RegisterFault, bindings: Bindings, *, at: int) -> Answer:
    register = own.register
    if isinstance(result, RegisterFault):
        return unavailable(register.register, result)
    try:
        answer = own.query.read(result, own.question, register, bindings)
    except MianzhengError as error:
        return unavailable(register.register, error)
    return with_mark(answer, register, gateway.marks.freshness(gateway.state.reader(), register, at))
