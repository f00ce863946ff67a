"""Every engine answers every question as the meaning in `rules.answer` does, over random registers and rows."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from mianzheng.model.evidence import RestsOn, Status
from mianzheng.model.facts import FactCatalogue, Register, Type
from mianzheng.model.item import FormField, Role
from mianzheng.model.scalar import from_wire
from mianzheng.model.text import Text
from mianzheng.rules.answer import answer
from mianzheng.rules.bind import Bindings
from mianzheng.rules.check import check_condition
from mianzheng.rules.faults import Where
from mianzheng.rules.identity import ordered
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.question import Question
from mianzheng.rules.sql import compile_query
from mianzheng.rules.tree import with_role
from mianzheng.rules.vocabulary import Vocabulary
from tests.rules.generate import (
    AS_OF,
    FORMS,
    UNKNOWN,
    Row,
    Words,
    as_facts,
    as_stored,
    conditions,
    params,
    registers,
    table_rows,
)
from tests.rules.wardrobe import fill

EXAMPLES = int(os.environ.get("MIANZHENG_TEST_EXAMPLES", "150"))
NUMBER = "33108219460301123X"
OTHER = "331082194603011221"
_SAY = Text("甲", "x")
BINDINGS = Bindings(as_of=AS_OF, params=params(), forms={name: value for name, (_, value) in FORMS.items()})
_FORM = {name: FormField(label=_SAY, type=type_) for name, (type_, _) in FORMS.items()}


def question_of(rule: str, register: Register, scope: str) -> Question:
    """Return a rule over one register of the applicant as its question."""
    vocabulary = Vocabulary(
        facts=FactCatalogue(departments={}, registers={register.register: register}),
        params=params(),
        roles={"a": Role(kind="person", label=_SAY)},
        form=_FORM,
        derivations={},
    )
    checked = check_condition(parse_rule(rule, Where("t", 1, 1)), vocabulary)
    assert not checked.faults, (rule, checked.faults)
    return Question(
        id="q",
        register=register.register,
        expression=ordered(with_role(checked.node, "")),
        kind="boolean",
        type=Type.BOOLEAN,
        scope=scope,  # type: ignore[arg-type]
        sensitive=False,
    )


def ask(connection: Connection, dialect: str, question: Question, register: Register, number: str = NUMBER) -> Any:
    """Return the answer that one engine gives."""
    query = compile_query(question, register, dialect)
    rows = connection.execute(text(query.sql), query.bind(number, BINDINGS)).mappings().all()
    return query.read(rows, question, register, BINDINGS)


def put(connections: dict[str, Connection], register: Register, rows: list[Row], pick: int = 0) -> None:
    """Write the subject's rows, and one of somebody else, into every engine."""
    for dialect, connection in connections.items():
        stored = [as_stored(register, NUMBER, row, dialect, pick + place) for place, row in enumerate(rows)]
        others = [as_stored(register, OTHER, dict.fromkeys(register.facts), dialect, 0)]
        fill(connection, dialect, register.source.table, stored + others)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_engine_gives_the_answer_that_the_meaning_gives(
    connections: dict[str, Connection], data: st.DataObject
) -> None:
    register = data.draw(registers())
    rule = data.draw(conditions(Words(register, "a.r")))
    question = question_of(rule, register, data.draw(st.sampled_from(["here", "country"])))
    assume(question.expression is not None)
    rows = data.draw(table_rows(register, strange=True))
    put(connections, register, rows, data.draw(st.integers(0, 9)))
    asked = {name for name in register.facts if name in rule}
    strange = any(row[name] is UNKNOWN for row in rows for name in asked)
    expected = answer(question, register, [as_facts(row) for row in rows], BINDINGS)
    for dialect, connection in connections.items():
        got = ask(connection, dialect, question, register)
        if strange:
            assert (got.status, got.rests_on) == (Status.NOT_HELD, RestsOn.ROW), dialect
        else:
            assert got == expected, (dialect, rule, rows)


@settings(
    max_examples=max(EXAMPLES // 3, 20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_engine_gives_the_same_value(connections: dict[str, Connection], data: st.DataObject) -> None:
    register = data.draw(registers(rows="one"))
    fact = data.draw(st.sampled_from(list(register.facts)))
    rows = data.draw(table_rows(register, strange=True))
    put(connections, register, rows)
    type_ = register.facts[fact].type
    node = parse_rule(f"r.{fact}", Where("t", 1, 1), within="r").node
    question = Question(
        id="q", register="r", expression=node, kind="value", type=type_, scope="country", sensitive=False
    )
    expected = answer(question, register, [as_facts(row) for row in rows], BINDINGS)
    for dialect, connection in connections.items():
        got = ask(connection, dialect, question, register)
        if rows and rows[0][fact] is UNKNOWN:
            assert (got.status, got.rests_on) == (Status.NOT_HELD, RestsOn.ROW), dialect
        elif got.value is None:
            assert got == expected, (dialect, fact, rows)
        else:
            assert got.value is not None and expected.value is not None
            assert from_wire(type_, got.value) == from_wire(type_, expected.value), dialect
