"""Every engine answers every question as the meaning in `rules.answer` does, over random registers and rows."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from mianzheng.model.evidence import RestsOn, Status
from mianzheng.model.facts import Register
from mianzheng.model.scalar import from_wire
from mianzheng.rules.answer import answer
from mianzheng.rules.bind import Bindings
from mianzheng.rules.expression import Fact, Node, Today
from mianzheng.rules.faults import Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.question import Question
from mianzheng.rules.sql import compile_query
from mianzheng.rules.sql.select import visible_rule
from mianzheng.rules.tree import walk
from tests.rules.generate import (
    AS_OF,
    FORMS,
    UNKNOWN,
    Row,
    as_facts,
    as_stored,
    params,
    registers,
    stored_facts,
    table_rows,
)
from tests.rules.registers import a_question
from tests.rules.rule_texts import Words, conditions
from tests.rules.wardrobe import fill

EXAMPLES = int(os.environ.get("MIANZHENG_TEST_EXAMPLES", "100"))
NUMBER = "33108219460301123X"
OTHER = "331082194603011221"
NEVER = Today()  # a tree that speaks of no fact
FORM_TYPES = {name: type_ for name, (type_, _) in FORMS.items()}
BINDINGS = Bindings(as_of=AS_OF, params=params(), forms={name: value for name, (_, value) in FORMS.items()})


def ask(connection: Connection, dialect: str, question: Question, register: Register, number: str = NUMBER) -> Any:
    """Return the answer that one engine gives."""
    query = compile_query(question, register, dialect)
    rows = connection.execute(text(query.sql), query.bind(number, BINDINGS)).mappings().all()
    return query.read(rows, question, register, BINDINGS)


def put(connections: dict[str, Connection], register: Register, rows: list[Row], pick: int = 0) -> None:
    """Write the subject's rows, and one of somebody else, into every engine."""
    for dialect, connection in connections.items():
        stored = [as_stored(register, NUMBER, row, dialect, pick + place) for place, row in enumerate(rows)]
        others = [as_stored(register, OTHER, dict.fromkeys(stored_facts(register)), dialect, 0)]
        fill(connection, dialect, register.source.table, stored + others)


@st.composite
def visibilities(draw: st.DrawFn, register: Register) -> str:
    """Return sometimes a rule that says which rows may be seen; it speaks of no figure and no statement."""
    if draw(st.integers(0, 3)):
        return ""
    rule = draw(conditions(Words(register, "a.r", inside=True), 1))
    return "" if "params." in rule or "form." in rule else rule


def facts_of(node: Node, register: Register) -> set[str]:
    """Return the stored facts a tree speaks of."""
    return {part.name for part in walk(node) if isinstance(part, Fact)}


def may_be_seen(register: Register, row: Row) -> bool:
    """Return whether a row is shown: its rule is true, or rests on a code nobody knows."""
    rule = visible_rule(register)
    if rule is None or any(row[name] is UNKNOWN for name in facts_of(rule, register)):
        return True
    alone = msgspec.structs.replace(register, rows="one")
    asked = msgspec.structs.replace(a_question("exists(a.r)", alone), expression=rule)
    return answer(asked, alone, [as_facts(row)], BINDINGS).value is True


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
    source = msgspec.structs.replace(register.source, visible_when=data.draw(visibilities(register)))
    register = msgspec.structs.replace(register, source=source)
    rule = data.draw(conditions(Words(register, "a.r")))
    scope = data.draw(st.sampled_from(["here", "country"]))
    question = a_question(rule, register, scope=scope, params=params(), form=FORM_TYPES)
    rows = data.draw(table_rows(register, strange=True))
    put(connections, register, rows, data.draw(st.integers(0, 9)))
    seen = [row for row in rows if may_be_seen(register, row)]
    asked = facts_of(question.expression, register) | facts_of(visible_rule(register) or NEVER, register)
    strange = any(row[name] is UNKNOWN for row in seen for name in asked)
    expected = answer(question, register, [as_facts(row) for row in seen], BINDINGS)
    for dialect, connection in connections.items():
        got = ask(connection, dialect, question, register)
        if strange and asked:
            assert (got.status, got.rests_on) == (Status.NOT_HELD, RestsOn.ROW), (dialect, rule, rows)
        else:
            assert got == expected, (dialect, rule, source.visible_when, rows)


@settings(
    max_examples=max(EXAMPLES // 3, 20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_engine_gives_the_same_value(connections: dict[str, Connection], data: st.DataObject) -> None:
    register = data.draw(registers(rows="one"))
    fact = data.draw(st.sampled_from(stored_facts(register)))
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
