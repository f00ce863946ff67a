"""The traps of design/rules.md and domain/registers.md, each on the real databases it would catch."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from mianzheng.model.evidence import RestsOn, Status
from mianzheng.model.facts import Column, Type
from mianzheng.rules.sql import compile_query
from mianzheng.rules.sql.terms import NotExpressible
from tests.rules.engines import DIALECTS
from tests.rules.registers import NUMBER, a_fact, a_question, a_register, ask, make_table

Connections = dict[str, Connection]
ALL = pytest.mark.parametrize("dialect", DIALECTS)
STATUS = {"10": "未婚", "20": "已婚", "21": "已婚", "90": "未说明"}


def text_register(**column: Any) -> Any:
    return a_register({"name": a_fact(Type.STRING)}, {"name": Column(column="XM", **column)})


@ALL
@pytest.mark.parametrize(
    ("stored", "rule", "expected"),
    [
        ("X", "a.r.name = 'x'", False),
        ("x", "a.r.name = 'X'", False),
        ("X", "a.r.name = 'X '", False),
        ("X  ", "a.r.name = 'X'", True),
        ("𠮷", "a.r.name = '㼆'", False),
        ("𠮷", "a.r.name = '𠮷'", True),
        ("西湖X", "contains(a.r.name, 'x')", False),
        ("西湖X", "starts_with(a.r.name, '西湖')", True),
        ("  ", "a.r.name is null", True),
        ("", "a.r.name is null", True),
    ],
)
def test_text_compares_exactly_and_trimmed(
    connections: Connections, dialect: str, stored: str, rule: str, expected: bool
) -> None:
    register = text_register()
    make_table(connections[dialect], "SFZH varchar(20); XM varchar(20)", {"SFZH": NUMBER, "XM": stored})
    assert ask(connections[dialect], a_question(rule, register), register).value is expected


@ALL
def test_a_column_whose_collation_ignores_case_is_compared_exactly(connections: Connections, dialect: str) -> None:
    collation = {
        "mysql": "collate utf8mb4_general_ci",
        "sqlite": "collate nocase",
        "duckdb": "collate nocase",
        "postgresql": "",
    }[dialect]
    register = text_register()
    ddl = f"SFZH varchar(20); XM varchar(20) {collation}"
    make_table(connections[dialect], ddl, {"SFZH": NUMBER, "XM": "X"})
    assert ask(connections[dialect], a_question("a.r.name in ('x', 'y')", register), register).value is False


def test_a_mysql_column_in_gbk_is_compared_with_utf8_text(connections: Connections) -> None:
    register = text_register()
    ddl = "SFZH varchar(20); XM varchar(40) character set gbk"
    make_table(connections["mysql"], ddl, {"SFZH": NUMBER, "XM": "陈〇西湖"})
    for rule, expected in [
        ("a.r.name = '陈〇西湖'", True),
        ("contains(a.r.name, '西湖')", True),
        ("a.r.name = '陈'", False),
    ]:
        assert ask(connections["mysql"], a_question(rule, register), register).value is expected
    assert ask(connections["mysql"], a_question("a.r.name", register, kind="value"), register).value == "陈〇西湖"


def coded(**column: Any) -> Any:
    facts = {"marriage": a_fact(Type.ENUM, values=("未婚", "已婚", "未说明")), "children": a_fact(Type.INTEGER)}
    columns = {"marriage": Column(column="HYZK", codes=STATUS, **column), "children": Column(column="ZN")}
    return a_register(facts, columns)


@ALL
def test_several_codes_stand_for_one_word(connections: Connections, dialect: str) -> None:
    register = coded()
    ddl = "SFZH varchar(20); HYZK char(4); ZN integer"
    make_table(connections[dialect], ddl, {"SFZH": NUMBER, "HYZK": "21", "ZN": 0})
    assert ask(connections[dialect], a_question("a.r.marriage = '已婚'", register), register).value is True


@ALL
@pytest.mark.parametrize(
    "rule",
    [
        "a.r.marriage <> '已婚'",
        "a.r.marriage is null",
        "a.r.marriage = '已婚' or a.r.children = 0",
        "case when a.r.marriage = '已婚' then false else true end",
        "coalesce(a.r.marriage, '未婚') = '未婚'",
        "a.r.marriage is distinct from '已婚'",
    ],
)
def test_an_unknown_code_is_not_held_whatever_stands_around_it(
    connections: Connections, dialect: str, rule: str
) -> None:
    register = coded()
    ddl = "SFZH varchar(20); HYZK char(4); ZN integer"
    make_table(connections[dialect], ddl, {"SFZH": NUMBER, "HYZK": "77", "ZN": 0})
    answer = ask(connections[dialect], a_question(rule, register), register)
    assert (answer.status, answer.rests_on) == (Status.NOT_HELD, RestsOn.ROW)
    assert "code" in answer.reason


@ALL
def test_an_unknown_code_in_a_column_not_asked_about_does_not_matter(connections: Connections, dialect: str) -> None:
    register = coded()
    ddl = "SFZH varchar(20); HYZK char(4); ZN integer"
    make_table(connections[dialect], ddl, {"SFZH": NUMBER, "HYZK": "77", "ZN": 2})
    assert ask(connections[dialect], a_question("a.r.children >= 2", register), register).value is True


@ALL
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_stored_word_that_is_none_of_the_standards_is_not_held(
    connections: Connections, dialect: str, encoding: str
) -> None:
    register = a_register(
        {"status": a_fact(Type.ENUM, values=("正常", "注销"))},
        {"status": Column(column="ZT", encoding=encoding)},  # type: ignore[arg-type]
    )
    kind = {"postgresql": "bytea", "mysql": "varbinary(40)"}.get(dialect, "blob") if encoding == "gbk" else "varchar(9)"
    for word, expected in [("注销", True), ("冻结", None), ("正常", False)]:
        stored = word.encode("gbk") if encoding == "gbk" else word
        make_table(connections[dialect], f"SFZH varchar(20); ZT {kind}", {"SFZH": NUMBER, "ZT": stored})
        assert ask(connections[dialect], a_question("a.r.status <> '正常'", register), register).value is expected


@ALL
@pytest.mark.parametrize("rows", ["one", "many"])
def test_an_unknown_code_among_many_rows_is_not_held(connections: Connections, dialect: str, rows: str) -> None:
    register = a_register(
        {"status": a_fact(Type.ENUM, values=("正常", "注销"))},
        {"status": Column(column="ZT", codes={"1": "正常", "2": "注销"}, code_type="integer")},
        rows="many",
    )
    known = [{"SFZH": NUMBER, "ZT": 1}] * (2 if rows == "many" else 0)
    make_table(connections[dialect], "SFZH varchar(20); ZT integer", *known, {"SFZH": NUMBER, "ZT": 9})
    answer = ask(connections[dialect], a_question("has(a.r, status = '注销')", register), register)
    assert answer.status is Status.NOT_HELD


@ALL
@pytest.mark.parametrize(("form", "good"), [("YYYYMMDD", "{0}{1}{2}"), ("YYYY-MM-DD", "{0}-{1}-{2}")])
@pytest.mark.parametrize(
    ("day", "real"),
    [
        (("2024", "02", "29"), True),
        (("2023", "02", "29"), False),
        (("1900", "02", "29"), False),
        (("2000", "02", "29"), True),
        (("2023", "04", "31"), False),
        (("2023", "12", "31"), True),
        (("2023", "00", "10"), False),
        (("2023", "13", "10"), False),
        (("2023", "1a", "10"), False),
        (("0000", "00", "00"), False),
    ],
)
def test_a_text_date_that_is_none_is_not_held_and_never_read_as_no_value(
    connections: Connections, dialect: str, form: str, good: str, day: tuple[str, str, str], real: bool
) -> None:
    register = a_register({"d": a_fact(Type.DATE)}, {"d": Column(column="RQ", form=form)})  # type: ignore[arg-type]
    make_table(connections[dialect], "SFZH varchar(20); RQ varchar(20)", {"SFZH": NUMBER, "RQ": good.format(*day)})
    answer = ask(connections[dialect], a_question("a.r.d is not null", register), register)
    assert (answer.status, answer.value) == ((Status.VALUE, True) if real else (Status.NOT_HELD, None))
    answer = ask(connections[dialect], a_question("a.r.d <= date '2026-01-01'", register), register)
    assert answer.value is (True if real else None)


@ALL
@pytest.mark.parametrize("stored", ["20240229\n", "20240229 1", "x20240229", "二〇二四", "长期"])
def test_text_around_a_date_makes_it_unknown(connections: Connections, dialect: str, stored: str) -> None:
    register = a_register({"d": a_fact(Type.DATE)}, {"d": Column(column="RQ", form="YYYYMMDD")})
    make_table(connections[dialect], "SFZH varchar(20); RQ varchar(20)", {"SFZH": NUMBER, "RQ": stored})
    answer = ask(connections[dialect], a_question("a.r.d is null", register), register)
    assert (answer.status, answer.rests_on) == (Status.NOT_HELD, RestsOn.ROW)


@ALL
@pytest.mark.parametrize("none", [("99991231",), (99991231,)])
def test_a_date_that_means_none_is_null_as_text_or_number(
    connections: Connections, dialect: str, none: tuple[str | int, ...]
) -> None:
    register = a_register({"d": a_fact(Type.DATE)}, {"d": Column(column="RQ", form="YYYYMMDD", none_values=none)})
    number = isinstance(none[0], int)
    ddl = f"SFZH varchar(20); RQ {'integer' if number else 'char(8)'}"
    make_table(connections[dialect], ddl, {"SFZH": NUMBER, "RQ": none[0]})
    assert ask(connections[dialect], a_question("a.r.d is null", register), register).value is True


@ALL
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("a.r.d <= date '2026-02-28'", True),
        ("a.r.d < date '2026-02-28'", False),
        ("a.r.d > date '2026-02-28'", False),
        ("a.r.d = date '2026-02-28'", True),
        ("a.r.d in (date '2026-02-28', date '2026-03-01')", True),
        ("a.r.d between date '2026-02-27' and date '2026-02-28'", True),
        ("a.r.d <= a.r.e", True),
        ("a.r.d = a.r.e", True),
        ("a.r.d is distinct from a.r.e", False),
        ("a.r.d <= date '9999-12-31'", True),
        ("a.r.d > date '9999-12-31'", False),
    ],
)
def test_a_moment_late_on_a_day_is_on_that_day(
    connections: Connections, dialect: str, rule: str, expected: bool
) -> None:
    register = a_register(
        {"d": a_fact(Type.DATE), "e": a_fact(Type.DATE)}, {"d": Column(column="RQ"), "e": Column(column="RQ2")}
    )
    kind = {"mysql": "datetime", "sqlite": "text"}.get(dialect, "timestamp")
    moments: list[Any] = [datetime(2026, 2, 28, 23, 59, 59), datetime(2026, 2, 28, 0, 0, 1)]
    if dialect == "sqlite":
        moments = [moment.isoformat(sep=" ") for moment in moments]
    row = {"SFZH": NUMBER, "RQ": moments[0], "RQ2": moments[1]}
    make_table(connections[dialect], f"SFZH varchar(20); RQ {kind}; RQ2 {kind}", row)
    assert ask(connections[dialect], a_question(rule, register), register).value is expected


@ALL
def test_decimals_add_up_exactly(connections: Connections, dialect: str) -> None:
    register = a_register({"v": a_fact(Type.DECIMAL)}, {"v": Column(column="JE")}, rows="many")
    ddl = f"SFZH varchar(20); JE {'double' if dialect in ('mysql', 'duckdb') else 'double precision'}"
    make_table(connections[dialect], ddl, *({"SFZH": NUMBER, "JE": value} for value in (0.1, 0.2)))
    assert ask(connections[dialect], a_question("total(a.r.v) = 0.3", register), register).value is True


@ALL
def test_cents_and_yuan_meet_in_one_sum(connections: Connections, dialect: str) -> None:
    facts = {"cents": a_fact(Type.DECIMAL), "yuan": a_fact(Type.DECIMAL), "months": a_fact(Type.INTEGER)}
    columns = {"cents": Column(column="F", scale=100), "yuan": Column(column="Y"), "months": Column(column="N")}
    register = a_register(facts, columns)
    ddl = "SFZH varchar(20); F integer; Y decimal(10, 2); N integer"
    row = {"SFZH": NUMBER, "F": 120_050, "Y": Decimal("0.25") if dialect != "sqlite" else 0.25, "N": 3}
    make_table(connections[dialect], ddl, row)
    rule = "a.r.cents + a.r.yuan * a.r.months = 1201.25 and a.r.cents * 2 > 2400.99 and a.r.yuan < a.r.cents"
    assert ask(connections[dialect], a_question(rule, register), register).value is True
    value = ask(connections[dialect], a_question("a.r.cents + a.r.yuan", register, kind="value"), register)
    assert value.value == "1200.75"


@ALL
def test_gbk_bytes_are_found_by_equality(connections: Connections, dialect: str) -> None:
    register = text_register(encoding="gbk")
    kind = {"postgresql": "bytea", "mysql": "varbinary(40)"}.get(dialect, "blob")
    row = {"SFZH": NUMBER, "XM": "陈〇".encode("gbk")}
    make_table(connections[dialect], f"SFZH varchar(20); XM {kind}", row)
    for rule, expected in [
        ("a.r.name = '陈〇'", True),
        ("a.r.name in ('陈', '王')", False),
        ("a.r.name = '𠮷'", False),  # GBK cannot hold it
        ("a.r.name is distinct from '陈〇'", False),
    ]:
        assert ask(connections[dialect], a_question(rule, register), register).value is expected, rule
    assert ask(connections[dialect], a_question("a.r.name", register, kind="value"), register).value == "陈〇"


def test_looking_into_gbk_bytes_is_refused_when_compiled() -> None:
    register = text_register(encoding="gbk")
    with pytest.raises(NotExpressible, match="bytes of gbk"):
        compile_query(a_question("contains(a.r.name, '陈')", register), register, "sqlite")


def test_a_date_column_and_a_text_date_do_not_meet() -> None:
    facts = {"d": a_fact(Type.DATE), "e": a_fact(Type.DATE)}
    register = a_register(facts, {"d": Column(column="A"), "e": Column(column="B", form="YYYYMMDD")})
    with pytest.raises(NotExpressible, match="cannot meet"):
        compile_query(a_question("a.r.d <= a.r.e", register), register, "postgresql")


def test_no_value_of_a_rule_or_a_mapping_stands_in_the_text() -> None:
    register = coded(none_values=("00",))
    question = a_question("a.r.marriage = '已婚' and a.r.children >= 717 and a.r.children <> 919", register)
    for dialect in (*DIALECTS, "oracle", "mssql", "spark", "trino"):
        sql = compile_query(question, register, dialect).sql
        assert not any(value in sql for value in ("已婚", "717", "919", "'20'", "'00'", NUMBER)), dialect
