"""A register of one row in a foreign shape, and helpers to ask it, for the SQL tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from mianzheng.model.evidence import Answer
from mianzheng.model.facts import Absence, Column, Fact, FactCatalogue, KeyColumn, Register, Sensitivity, Source, Type
from mianzheng.model.item import FormField, ParamTable, Role
from mianzheng.model.scalar import Scalar
from mianzheng.model.text import Text
from mianzheng.rules.bind import Bindings
from mianzheng.rules.check import check_condition, check_value
from mianzheng.rules.faults import Where
from mianzheng.rules.identity import ordered
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.question import Question
from mianzheng.rules.sql import compile_query
from mianzheng.rules.tree import with_role
from mianzheng.rules.vocabulary import Vocabulary

SAY = Text("甲", "x")
AS_OF = date(2026, 2, 28)
NUMBER = "33108219460301123X"


def a_fact(type_: Type, **more: Any) -> Fact:
    """Return a fact of a type."""
    return Fact(label=SAY, type=type_, sensitivity=Sensitivity.L2, **more)


def a_register(
    facts: Mapping[str, Fact],
    columns: Mapping[str, Column],
    *,
    table: str = "T_X",
    key: KeyColumn | None = None,
    rows: str = "one",
    absence: Absence = Absence.CLOSED_NATIONWIDE,
    visible_when: str = "",
) -> Register:
    """Return a register called r."""
    return Register(
        register="r",
        name=SAY,
        department="d",
        key="person",
        rows=rows,  # type: ignore[arg-type]
        absence=absence,
        rhythm=SAY,
        mark_hours=36,
        deadline_hours=24,
        engine="sqlite",
        facts=dict(facts),
        source=Source(
            table=table, key=key or KeyColumn(column="SFZH"), columns=dict(columns), visible_when=visible_when
        ),
    )


def a_question(
    rule: str,
    register: Register,
    *,
    scope: str = "country",
    kind: str = "boolean",
    params: Mapping[str, ParamTable] | None = None,
    form: Mapping[str, Type] | None = None,
) -> Question:
    """Return a rule about `a.r` as the question that the split would ask."""
    vocabulary = Vocabulary(
        facts=FactCatalogue(departments={}, registers={"r": register}),
        params=params or {},
        roles={"a": Role(kind="person", label=SAY)},
        form={name: FormField(label=SAY, type=type_, required=False) for name, type_ in (form or {}).items()},
        derivations={},
    )
    parsed = parse_rule(rule, Where("t", 1, 1))
    checked = check_condition(parsed, vocabulary) if kind == "boolean" else check_value(parsed, vocabulary)
    assert not checked.faults, (rule, checked.faults)
    assert checked.type is not None
    return Question(
        id="q",
        register="r",
        expression=ordered(with_role(checked.node, "")),
        kind=kind,  # type: ignore[arg-type]
        type=checked.type,
        scope=scope,  # type: ignore[arg-type]
        sensitive=False,
    )


def bindings(params: Mapping[str, ParamTable] | None = None, **forms: Scalar) -> Bindings:
    """Return what a case of 28 February 2026 binds."""
    return Bindings(as_of=AS_OF, params=params or {}, forms=forms)


def ask(
    connection: Connection,
    question: Question,
    register: Register,
    *,
    number: str = NUMBER,
    bound: Bindings | None = None,
) -> Answer:
    """Return the answer of a real database."""
    bound = bound or bindings()
    query = compile_query(question, register, connection.dialect.name)
    rows = connection.execute(text(query.sql), query.bind(number, bound)).mappings().all()
    return query.read(rows, question, register, bound)


def make_table(connection: Connection, ddl: str, *rows: Mapping[str, Any]) -> None:
    """Create the table T_X anew, and fill it. `ddl` writes names as the dialect quotes them, or bare."""
    connection.execute(text("drop table if exists " + _name(connection, "T_X")))
    names = ", ".join(_quote_first(connection, part.strip()) for part in ddl.split(";"))
    connection.execute(text(f"create table {_name(connection, 'T_X')} ({names})"))
    for row in rows:
        columns = ", ".join(_name(connection, name) for name in row)
        marks = ", ".join(f":v{index}" for index in range(len(row)))
        values = {f"v{index}": value for index, value in enumerate(row.values())}
        connection.execute(text(f"insert into {_name(connection, 'T_X')} ({columns}) values ({marks})"), values)


def without(register: Register, **changes: Any) -> Register:
    """Return the register with some fields changed."""
    return msgspec.structs.replace(register, **changes)


def _name(connection: Connection, name: str) -> str:
    mark = "`" if connection.dialect.name == "mysql" else '"'
    return f"{mark}{name}{mark}"


def _quote_first(connection: Connection, column: str) -> str:
    name, _, type_ = column.partition(" ")
    return f"{_name(connection, name)} {type_}"
