"""Split, ask and residual together mean what the whole rule means, as an oracle that shares nothing with them says.

Each question of a random rule is compiled to SQL and asked of a real database for each person; the
residual over those answers must be what the whole rule is worth on the joined row.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from mianzheng.model.evidence import Answer, Evidence, QuestionAt
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import FormField, Role
from mianzheng.model.scalar import to_wire
from mianzheng.model.text import Text
from mianzheng.rules.bind import Bindings
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.evaluate import evaluate
from mianzheng.rules.faults import RuleFaults
from mianzheng.rules.sql import compile_query
from mianzheng.rules.values import NoValue
from tests.rules.city import condition, item
from tests.rules.engines import DIALECTS
from tests.rules.generate import AS_OF, FORMS, PARAMS, Row, as_facts, as_stored, params, registers, table_rows
from tests.rules.oracle import World, judge, worth
from tests.rules.rule_texts import ROLES, amounts, rules
from tests.rules.wardrobe import TABLES, fill

EXAMPLES = int(os.environ.get("MIANZHENG_TEST_EXAMPLES", "100"))
_SAY = Text("甲", "x")
SUBJECTS = {"a": ["331082194603011231"], "s": ["331082194603011232"], "c": ["331082200802291233", "33108220080229123X"]}
BINDINGS = Bindings(as_of=AS_OF, params=params(), forms={name: value for name, (_, value) in FORMS.items()})
FORM_FIELDS = {name: FormField(label=_SAY, type=type_, required=False) for name, (type_, _) in FORMS.items()}
_ROLES = {
    "a": Role(kind="person", label=_SAY),
    "s": Role(kind="person", label=_SAY, optional=True),
    "c": Role(kind="person", label=_SAY, many=True),
}
Rows = dict[tuple[str, str], list[Row]]  # (register, number) -> rows


def compiled(rule: str, here: dict[str, Register], scope: str) -> CompiledItem:
    """Return an item of one condition."""
    one = item(condition(rule, scope=scope, value="试验"), roles=_ROLES, form=FORM_FIELDS)
    return compile_item(one, FactCatalogue(departments={}, registers=here), params())


@st.composite
def cities(draw: st.DrawFn) -> dict[str, Register]:
    """Return one to three registers."""
    names = [f"r{number}" for number in range(draw(st.integers(1, 3)))]
    return {name: draw(registers(name=name, table=table)) for name, table in zip(names, TABLES, strict=False)}


@st.composite
def members(draw: st.DrawFn) -> dict[str, list[str] | None]:
    """Return the people of each role; None: the link did not say."""
    spouses = draw(st.sampled_from([[], SUBJECTS["s"], SUBJECTS["s"], None]))
    children = draw(st.sampled_from([SUBJECTS["c"][:n] for n in range(3)] + [None]))
    return {"a": SUBJECTS["a"], "s": spouses, "c": children}


def ask_all(
    connections: dict[str, Connection],
    engine_of: dict[str, str],
    here: dict[str, Register],
    item_: CompiledItem,
    people: dict[str, list[str] | None],
) -> dict[QuestionAt, Answer]:
    """Return the answer to every question about every person, each from its register's engine."""
    answers = {}
    for placed in item_.questions.values():
        register, question = here[placed.question.register], placed.question
        query = compile_query(question, register, engine_of[question.register])
        connection = connections[engine_of[question.register]]
        for place, number in enumerate(people[placed.role] or [], 1):
            rows = connection.execute(text(query.sql), query.bind(number, BINDINGS)).mappings().all()
            role = f"{placed.role}#{place}" if ROLES[placed.role] else placed.role
            answers[question.id, role] = query.read(rows, question, register, BINDINGS)
    return answers


def put(connections: dict[str, Connection], engine_of: dict[str, str], here: dict[str, Register], rows: Rows) -> None:
    """Write everyone's rows into each register's engine."""
    for name, register in here.items():
        dialect = engine_of[name]
        stored = [
            as_stored(register, number, row, dialect, place)
            for (of, number), listed in rows.items()
            for place, row in enumerate(listed)
            if of == name
        ]
        fill(connections[dialect], dialect, register.source.table, stored)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_split_ask_and_residual_equal_the_whole_rule_on_the_joined_row(
    connections: dict[str, Connection], data: st.DataObject
) -> None:
    here, scope = data.draw(cities()), data.draw(st.sampled_from(["here", "country"]))
    rule = data.draw(rules(here))
    assume(len(rule) < 2000)
    people = data.draw(members())
    numbers = [number for listed in people.values() for number in listed or []]
    rows: Rows = {(name, n): data.draw(table_rows(register)) for name, register in here.items() for n in numbers}
    engine_of = {name: data.draw(st.sampled_from(DIALECTS)) for name in here}
    try:
        item_ = compiled(rule, here, scope)
    except RuleFaults as faults:
        raise AssertionError((rule, faults)) from None
    put(connections, engine_of, here, rows)
    evidence = evidence_of(ask_all(connections, engine_of, here, item_, people), people)
    got = evaluate(item_.conditions[0].residual, item_, evidence, AS_OF)
    expected = judge(rule, world(here, rows, people), scope)
    assert (got if isinstance(got, bool) else None) is expected, (rule, expected, got, engine_of)


@settings(
    max_examples=max(EXAMPLES // 3, 20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_an_amount_over_answers_equals_the_whole_amount_on_the_joined_row(
    connections: dict[str, Connection], data: st.DataObject
) -> None:
    here = data.draw(cities())
    amount = data.draw(amounts(here))
    assume(len(amount) < 2000)
    people = data.draw(members())
    numbers = [number for listed in people.values() for number in listed or []]
    rows: Rows = {(name, n): data.draw(table_rows(register)) for name, register in here.items() for n in numbers}
    engine_of = {name: data.draw(st.sampled_from(DIALECTS)) for name in here}
    one = item(amount=amount, amount_value="试验", roles=_ROLES, form=FORM_FIELDS)
    item_ = compile_item(one, FactCatalogue(departments={}, registers=here), params())
    put(connections, engine_of, here, rows)
    assert item_.amount is not None
    got = evaluate(
        item_.amount, item_, evidence_of(ask_all(connections, engine_of, here, item_, people), people), AS_OF
    )
    expected = worth(amount, world(here, rows, people), one.outcome.scope)
    assert (None if isinstance(got, NoValue) else got) == expected, (amount, expected, got, engine_of)


def evidence_of(answers: dict[QuestionAt, Answer], people: dict[str, list[str] | None]) -> Evidence:
    """Return the evidence of a case."""
    return Evidence(
        answers=answers,
        forms={name: to_wire(value) for name, (_, value) in FORMS.items()},
        params=params(),
        members={role: len(listed) for role, listed in people.items() if ROLES[role] and listed is not None},
    )


def world(here: dict[str, Register], rows: Rows, people: dict[str, list[str] | None]) -> World:
    """Return the same city as the oracle sees it."""
    facts: dict[tuple[str, str], list[dict[str, Any]]] = {
        key: [as_facts(row) for row in listed] for key, listed in rows.items()
    }
    return World(
        registers=here,
        rows=facts,
        people=people,
        many=frozenset(role for role, many in ROLES.items() if many),
        forms={name: value for name, (_, value) in FORMS.items()},
        params={name: value for name, (_, value) in PARAMS.items()},
        as_of=AS_OF,
    )
