"""Any rule of the grammar, well typed or not: faults or an item that can be planned, put in words and decided."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mianzheng.decision import decide
from mianzheng.model.evidence import Answer, Evidence, Status
from mianzheng.model.facts import Type
from mianzheng.plan import full_plan, next_wave, waves_preview
from mianzheng.rules.answer import answer_absent
from mianzheng.rules.bind import Bindings
from mianzheng.rules.compile import compile_item
from mianzheng.rules.faults import RuleFaults
from mianzheng.rules.sentences import answer_sentence
from tests.rules.city import AS_OF, FACTS, PARAMS, ROLES, condition, item, no, not_held, unavailable, yes

FIXED = {
    Type.INTEGER: ["1", "-3", "params.retire", "form.months", "2 * 3"],
    Type.DECIMAL: ["2.50", "params.line", "1000"],
    Type.DATE: ["date '2024-02-29'", "today", "today - 3 months", "today + params.retire days", "form.since"],
    Type.BOOLEAN: ["true", "false", "finding.house_safe"],
}


class Author:
    """Writes rules, mostly well typed, now and then not."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def wrong(self) -> bool:
        return self.random.random() < 0.03

    def fact(self, type_: Type, row_of: str = "") -> str | None:
        registers = [row_of] if row_of else [name for name, table in FACTS.registers.items() if table.rows == "one"]
        found = [
            (register, name)
            for register in registers
            for name, fact in FACTS.registers[register].facts.items()
            if fact.type is type_ or self.wrong()
        ]
        if not found:
            return None
        register, name = self.one(*found)
        return str(name) if row_of else f"{'owner' if self.random.random() < 0.2 else self.role}.{register}.{name}"

    role = "applicant"

    def value(self, type_: Type, depth: int, row_of: str = "") -> str:
        if depth <= 0 or self.random.random() < 0.6:
            return self.fact(type_, row_of) or self.fixed(type_)
        inner = self.value(type_, depth - 1, row_of)
        if type_ in (Type.INTEGER, Type.DECIMAL) and self.random.random() < 0.4:
            return f"({inner} {self.one('+', '-', '*')} {self.value(type_, depth - 1, row_of)})"
        if type_ in (Type.INTEGER, Type.DECIMAL) and not row_of and self.random.random() < 0.5:
            return self.over_set(type_, depth)
        if self.random.random() < 0.4:
            return f"coalesce({inner}, {self.fixed(type_)})"
        other = self.value(type_, depth - 1, row_of)
        return f"case when {self.truth(depth - 1, row_of)} then {inner} else {other} end"

    def fixed(self, type_: Type) -> str:
        return str(self.one(*FIXED.get(type_, ["'本科'"])))

    def over_set(self, type_: Type, depth: int) -> str:
        register = self.one("vehicle", "real_estate")
        where = self.truth(depth - 1, register)
        if type_ is Type.INTEGER:
            return f"count({self.role}.{register}, {where})"
        fact = self.fact(type_, register) or "seats"
        return f"{self.one('total', 'lowest', 'highest')}({self.role}.{register}.{fact}, {where})"

    def truth(self, depth: int, row_of: str = "") -> str:
        if depth <= 0:
            return self.atom(0, row_of)
        kind = self.random.random()
        one, other = self.truth(depth - 1, row_of), self.truth(depth - 1, row_of)
        if kind < 0.25:
            return f"({one} {self.one('and', 'or')} {other})"
        if kind < 0.35:
            return f"not {one}"
        if kind < 0.42:
            return f"case when {one} then {other} else {self.truth(0, row_of)} end"
        if kind < 0.6 and not row_of:
            return self.of_set(depth)
        return self.atom(depth, row_of)

    def of_set(self, depth: int) -> str:
        register = self.one("vehicle", "real_estate")
        if self.random.random() < 0.3:
            return f"exists({self.role}.{self.one(*FACTS.registers)})"
        if self.random.random() < 0.4:
            return self.of_people(depth)
        where = self.truth(depth - 1, register)
        guard = f"exists({self.role}.{register}) and every" if self.random.random() < 0.4 else "has"
        return f"({guard}({self.role}.{register}, {where}))"

    def of_people(self, depth: int) -> str:
        outer, self.role = self.role, self.one("children", "spouse")
        role, body = self.role, self.truth(depth - 1)
        total = self.value(Type.DECIMAL, 0)
        self.role = outer
        return str(
            self.one(
                f"has({role}, {body})",
                f"count({role}, {body}) >= {self.one(0, 1, 2)}",
                f"(count({role}) >= 1 and every({role}, {body}))",
                f"total({role}, {total}) < params.line",
            )
        )

    def atom(self, depth: int, row_of: str) -> str:
        type_ = self.one(*Type)
        left = self.value(type_, depth, row_of)
        if type_ is Type.BOOLEAN:
            return str(self.one(left, f"{left} = false"))
        if type_ in (Type.STRING, Type.ENUM, Type.REFERENCE) and not self.wrong():
            left = self.fact(Type.STRING, row_of) or "form.kind"
            return str(
                self.one(f"{left} = '浙'", f"{left} is null", f"{left} in ('甲', '乙')", f"contains({left}, '浙')")
            )
        if self.random.random() < 0.3:
            return f"{left} between {self.fixed(type_)} and {self.fixed(type_)}"
        if type_ is Type.DATE and self.random.random() < 0.5:
            return f"{self.one('months_since', 'age')}({left}) {self.one('>=', '<', '=')} {self.fixed(Type.INTEGER)}"
        return f"{left} {self.one('=', '<>', '<', '>=', 'is distinct from')} {self.value(type_, depth - 1, row_of)}"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_any_item_has_faults_or_can_be_planned_worded_and_decided(random: Random) -> None:
    author = Author(random)
    texts = [author.truth(random.randint(0, 3)) for _ in range(random.randint(1, 3))]
    amount, why = author.value(Type.DECIMAL, random.randint(0, 2)), random.choice(["", "试验"])
    conditions = [condition(text, f"c{number}", value=why) for number, text in enumerate(texts)]
    try:
        compiled = compile_item(item(*conditions, amount=amount, amount_value=why), FACTS, PARAMS)
    except RuleFaults as faults:
        assert all(fault.message and fault.line == 1 for fault in faults.faults)
        return
    plan = full_plan(compiled, FACTS, AS_OF)
    assert {(line.question, line.role) for line in plan.lines} == {*compiled.questions, *compiled.operands}
    assert sum(map(len, waves_preview(compiled, AS_OF))) == len(compiled.questions) + len(compiled.operands)
    answers: dict[Any, Answer] = {}
    while True:
        evidence = Evidence(
            answers=answers, params=PARAMS, forms={"months": 3, "kind": "甲"}, members={"children": 2, "spouse": 1}
        )
        wave = next_wave(compiled, evidence, AS_OF)
        if not wave:
            break
        for placed in wave:
            assert (placed.question.id, placed.role) not in answers
            kinds = [not_held(), unavailable(), *([yes(), no()] if placed.question.kind == "boolean" else [yes(1)])]
            answers[placed.question.id, placed.role] = random.choice(kinds)
    decide(compiled, FACTS, evidence, AS_OF)
    bindings = Bindings(as_of=AS_OF, params=PARAMS, forms={"months": 3})
    for (_, role), placed in compiled.questions.items():
        absent = answer_absent(placed.question, FACTS.registers[placed.question.register], bindings)
        assert absent.status in (Status.VALUE, Status.NOT_HELD)
        assert answer_sentence(placed.question, absent, FACTS, ROLES[role], {}).en
