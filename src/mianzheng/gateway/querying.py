"""From approved questions to answers: bind, run exactly the approved SQL, read, and see what the mark allows.

Whatever goes wrong here is *unavailable* with a reason for the operator, never a false answer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

import msgspec

from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.choices import plain_name
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.marks import with_mark
from mianzheng.gateway.registers import RegisterFault, Rows, Statement
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, QuestionAt, RestsOn, Status
from mianzheng.rules.bind import Bindings, Unbound
from mianzheng.rules.leads import Reach, reach

TICK_SECONDS = 0.05


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One question as it is asked now. Of a link: `one`: the role is one person; `chosen`: who was typed, if any."""

    own: OwnQuestion
    bindings: Bindings
    one: bool = False
    chosen: str | None = None


_Bound = tuple[Wanted, Statement]


def ask_registers(gateway: Gateway, wanted: Sequence[Wanted], number: str, *, at: int) -> Mapping[QuestionAt, Reach]:
    """Return an answer for each question, of a link with whom it reaches; registers are asked side by side.

    A register that hides rows (`visible_when`) answers on a fixed tick: how long it took to find
    nothing says nothing about a row that may not be seen.
    """
    begun = time.monotonic()
    answers: dict[QuestionAt, Reach] = {}
    groups: dict[str, list[_Bound]] = {}
    for one in wanted:
        register = one.own.question.register
        try:
            statement = Statement(one.own.clause, one.own.query.bind(number, one.bindings))
            groups.setdefault(register, []).append((one, statement))
        except MianzhengError as error:
            answers[one.own.at] = Reach(answer=unavailable(register, error))
    for group, results in _run(gateway, groups):
        for (one, _), result in zip(group, results, strict=True):
            answers[one.own.at] = _read(gateway, one, result, at=at)
    if any(one.own.register.source.visible_when for one in wanted):
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


def _read(gateway: Gateway, wanted: Wanted, result: Rows | RegisterFault, *, at: int) -> Reach:
    own = wanted.own
    register = own.register
    if isinstance(result, RegisterFault):
        return Reach(answer=unavailable(register.register, result))
    try:
        if own.question.kind == "link":
            found = _reach(wanted, result)
        else:
            found = Reach(answer=own.query.read(result, own.question, register, wanted.bindings))
    except MianzhengError as error:
        return Reach(answer=unavailable(register.register, error))
    answer = with_mark(found.answer, register, gateway.marks.freshness(gateway.state.reader(), register, at))
    return Reach(answer=answer, people=found.people if answer.status is Status.VALUE else ())


def _reach(wanted: Wanted, rows: Rows) -> Reach:
    """Return whom a link reaches. Of one that chooses, nobody of that name and nobody at all are told alike."""
    own, chosen = wanted.own, wanted.chosen
    leads = own.query.leads(rows)
    if chosen is not None:
        leads = tuple(msgspec.structs.replace(lead, name=plain_name(lead.name)) for lead in leads)
        chosen = plain_name(chosen)
    found = reach(own.question, own.register, leads, one=wanted.one, chosen=chosen)
    if chosen is None or found.answer.status is not Status.NOT_HELD:
        return found
    return Reach(answer=msgspec.structs.replace(found.answer, rests_on=RestsOn.MISSING, reason=""))
