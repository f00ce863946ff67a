"""`gateway check` looks at a database through the probe: it finds what is wrong, reads no row, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from mianzheng.model.errors import Unavailable
from mianzheng.model.facts import Column, Register, Type
from mianzheng.rules.sql.probe import Finding, probe
from tests.rules.engines import DIALECTS
from tests.rules.registers import NUMBER, a_fact, a_register, make_table, without

Connections = dict[str, Connection]
ALL = pytest.mark.parametrize("dialect", DIALECTS)
REGISTER = a_register(
    {
        "name": a_fact(Type.STRING),
        "status": a_fact(Type.ENUM, values=("正常", "注销")),
        "born": a_fact(Type.DATE),
        "sum": a_fact(Type.DECIMAL),
    },
    {
        "name": Column(column="XM"),
        "status": Column(column="ZT", codes={"1": "正常", "2": "注销"}),
        "born": Column(column="CSRQ", form="YYYYMMDD", none_values=("00000000",)),
        "sum": Column(column="JE"),
    },
)
DDL = "SFZH varchar(20); XM varchar(40); ZT char(2); CSRQ char(8); JE decimal(10, 2)"


def runner(connection: Connection) -> Callable[[str, Mapping[str, object]], Sequence[Mapping[str, object]]]:
    """Return how a statement is run, as a gateway would."""

    def run(sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
        try:
            return [dict(row) for row in connection.execute(text(sql), dict(values)).mappings()]
        except SQLAlchemyError as error:
            connection.rollback()
            raise Unavailable(f"the database refused: {type(error).__name__}") from None

    return run


def wrong(connection: Connection, register: Register) -> list[Finding]:
    """Return what the probe finds wrong."""
    return [one for one in probe(register, connection.dialect.name, runner(connection)) if not one.ok]


@ALL
def test_a_sound_register_has_no_finding(connections: Connections, dialect: str) -> None:
    make_table(connections[dialect], DDL)
    connections[dialect].commit()
    found = probe(REGISTER, dialect, runner(connections[dialect]))
    assert [one for one in found if not one.ok] == []
    assert {one.check for one in found} == {"connection", "table", "column", "visibility", "characters", "text"}


@ALL
def test_a_missing_column_is_named(connections: Connections, dialect: str) -> None:
    make_table(connections[dialect], DDL.replace("ZT", "ZT2"))
    connections[dialect].commit()
    found = wrong(connections[dialect], REGISTER)
    assert {one.subject for one in found} == {"status"}
    assert all("ZT" in one.hint for one in found if one.check == "column")


@ALL
def test_a_missing_table_is_named(connections: Connections, dialect: str) -> None:
    register = without(REGISTER, source=msgspec.structs.replace(REGISTER.source, table="T_NONE"))
    found = wrong(connections[dialect], register)
    assert "T_NONE" in next(one for one in found if one.check == "table").hint


def test_a_column_of_another_kind_is_found(connections: Connections) -> None:
    make_table(connections["postgresql"], DDL.replace("CSRQ char(8)", "CSRQ date"))
    connections["postgresql"].commit()
    assert {(one.check, one.subject) for one in wrong(connections["postgresql"], REGISTER)} == {("column", "born")}


def test_a_database_that_is_down_ends_the_probe() -> None:
    def run(sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
        raise Unavailable("connection refused")

    found = probe(REGISTER, "postgresql", run)
    assert [(one.check, one.ok, one.message) for one in found] == [("connection", False, "connection refused")]


def test_a_connection_that_loses_rare_characters_is_found() -> None:
    def run(sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
        return [{"answer": 0}] if "sent" in values else [{"answer": 1}]

    found = probe(REGISTER, "mysql", run)
    assert [one.check for one in found if not one.ok] == ["characters"]


def test_a_wrong_visibility_rule_is_found(connections: Connections) -> None:
    make_table(connections["sqlite"], DDL)
    register = without(REGISTER, source=msgspec.structs.replace(REGISTER.source, visible_when="colour = '红'"))
    assert [one.check for one in wrong(connections["sqlite"], register)] == ["visibility"]


@ALL
def test_no_row_is_read(connections: Connections, dialect: str) -> None:
    make_table(connections[dialect], DDL, {"SFZH": NUMBER, "XM": "甲", "ZT": "1"})
    connections[dialect].commit()
    seen: list[Mapping[str, object]] = []

    def run(sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
        rows = runner(connections[dialect])(sql, values)
        seen.extend(rows)
        return rows

    probe(REGISTER, dialect, run)
    assert {row["answer"] for row in seen} == {1}
