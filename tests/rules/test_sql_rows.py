"""Rows on the real databases: none, two, many, unseen; the forms in which a number is stored."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mianzheng.model.evidence import RestsOn, Status
from mianzheng.model.facts import Absence, Column, KeyColumn, Register, Type
from mianzheng.rules.sql import compile_query
from tests.rules.engines import DIALECTS
from tests.rules.registers import NUMBER, a_fact, a_question, a_register, ask, bindings, make_table

Connections = dict[str, Connection]
ALL = pytest.mark.parametrize("dialect", DIALECTS)


def text_register() -> Register:
    """Return a register of one text."""
    return a_register({"name": a_fact(Type.STRING)}, {"name": Column(column="XM")})


@ALL
def test_two_rows_where_there_is_one_are_unavailable(connections: Connections, dialect: str) -> None:
    register = text_register()
    make_table(
        connections[dialect],
        "SFZH varchar(20); XM varchar(20)",
        {"SFZH": NUMBER, "XM": "甲"},
        {"SFZH": NUMBER, "XM": "甲"},
    )
    answer = ask(connections[dialect], a_question("a.r.name = '甲'", register), register)
    assert (answer.status, answer.value) == (Status.UNAVAILABLE, None)


@ALL
def test_a_missing_column_is_an_error_and_never_a_text(connections: Connections, dialect: str) -> None:
    register = text_register()
    make_table(connections[dialect], "SFZH varchar(20); OTHER varchar(20)", {"SFZH": NUMBER, "OTHER": "甲"})
    connections[dialect].commit()
    with pytest.raises(DBAPIError):
        ask(connections[dialect], a_question("a.r.name = 'XM'", register), register)
    connections[dialect].rollback()


@ALL
@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("33108219460301123X", True),
        ("33108219460301123x", True),
        ("33108219460301123X  ", True),
        ("331082460301123", True),
        ("331082460301123     ", True),
        ("331082460301124", False),
    ],
)
def test_a_number_is_found_in_every_form_it_may_be_stored_in(
    connections: Connections, dialect: str, stored: str, found: bool
) -> None:
    key = KeyColumn(column="SFZH", padded=20, old_numbers=True, lower_x=True)
    register = a_register({"name": a_fact(Type.STRING)}, {"name": Column(column="XM")}, key=key)
    kind = "char(20)" if stored.endswith(" ") and dialect in ("postgresql", "mysql") else "varchar(30)"
    make_table(connections[dialect], f"SFZH {kind}; XM varchar(20)", {"SFZH": stored, "XM": "甲"})
    assert ask(connections[dialect], a_question("exists(a.r)", register), register).value is found


@pytest.mark.parametrize(
    ("number", "old"),
    [
        ("33108219460301123X", "331082460301123"),
        ("331082200003011234", "331082200003011234"),  # born in 2000: never had one
        ("331082194603019961", "331082194603019961"),  # 996 marks people born in the 1800s
        ("91331082MA2DXY8W3K", "91331082MA2DXY8W3K"),
    ],
)
def test_old_numbers_exist_for_births_of_the_last_century_only(number: str, old: str) -> None:
    key = KeyColumn(column="SFZH", old_numbers=True)
    register = a_register({"name": a_fact(Type.STRING)}, {"name": Column(column="XM")}, key=key)
    query = compile_query(a_question("exists(a.r)", register), register, "sqlite")
    assert list(query.bind(number, bindings()).values()) == [number, old]


def test_the_list_of_numbers_has_one_length_for_everybody() -> None:
    key = KeyColumn(column="SFZH", padded=20, old_numbers=True, lower_x=True)
    register = a_register({"name": a_fact(Type.STRING)}, {"name": Column(column="XM")}, key=key)
    query = compile_query(a_question("exists(a.r)", register), register, "sqlite")
    counts = {len(query.bind(number, bindings())) for number in (NUMBER, "331082200003011234", "91331082MA2DXY8W3K")}
    assert counts == {6}


@ALL
def test_a_row_that_may_not_be_seen_is_a_missing_row(connections: Connections, dialect: str) -> None:
    facts = {"sealed": a_fact(Type.BOOLEAN), "crime": a_fact(Type.STRING)}
    columns = {"sealed": Column(column="FC", codes={"1": True, "0": False}), "crime": Column(column="ZM")}
    for rows, rule, expected in [
        ("one", "a.r.crime = '甲'", False),
        ("one", "exists(a.r)", False),
        ("many", "count(a.r) = 0", True),
        ("many", "has(a.r, crime = '甲')", False),
        ("many", "exists(a.r)", False),
    ]:
        register = a_register(facts, columns, rows=rows, visible_when="sealed = false")
        row = {"SFZH": NUMBER, "FC": "1", "ZM": "甲"}
        make_table(connections[dialect], "SFZH varchar(20); FC char(1); ZM varchar(20)", row)
        answer = ask(connections[dialect], a_question(rule, register), register)
        assert (answer.value, answer.rests_on) == (expected, RestsOn.ABSENT), rule


@ALL
def test_a_row_whose_seal_cannot_be_read_is_not_held(connections: Connections, dialect: str) -> None:
    facts = {"sealed": a_fact(Type.BOOLEAN), "crime": a_fact(Type.STRING)}
    columns = {"sealed": Column(column="FC", codes={"1": True, "0": False}), "crime": Column(column="ZM")}
    register = a_register(facts, columns, rows="many", visible_when="sealed = false")
    row = {"SFZH": NUMBER, "FC": "?", "ZM": "甲"}
    make_table(connections[dialect], "SFZH varchar(20); FC char(1); ZM varchar(20)", row)
    assert ask(connections[dialect], a_question("has(a.r)", register), register).status is Status.NOT_HELD


@ALL
def test_rows_that_may_exist_elsewhere_leave_no_open_but_not_yes(connections: Connections, dialect: str) -> None:
    facts, columns = {"n": a_fact(Type.INTEGER)}, {"n": Column(column="N")}
    register = a_register(facts, columns, rows="many", absence=Absence.CLOSED_HERE)
    make_table(connections[dialect], "SFZH varchar(20); N integer", {"SFZH": NUMBER, "N": 3})
    for rule, here, country in [
        ("has(a.r, n = 3)", True, True),
        ("has(a.r, n = 4)", False, None),
        ("count(a.r) >= 1", True, True),
        ("count(a.r) < 2", True, None),
        ("highest(a.r.n) >= 3", True, True),
        ("highest(a.r.n) <= 3", True, None),
        ("total(a.r.n) >= 3", True, None),
    ]:
        asked = [a_question(rule, register, scope=scope) for scope in ("here", "country")]
        got = [ask(connections[dialect], question, register).value for question in asked]
        assert got == [here, country], rule


@ALL
def test_bounds_settle_what_a_null_leaves_open(connections: Connections, dialect: str) -> None:
    facts = {"n": a_fact(Type.INTEGER), "kind": a_fact(Type.STRING)}
    register = a_register(facts, {"n": Column(column="N"), "kind": Column(column="L")}, rows="many")
    rows = [{"SFZH": NUMBER, "N": n, "L": kind} for n, kind in ((5, "甲"), (7, "甲"), (2, None), (None, "乙"))]
    make_table(connections[dialect], "SFZH varchar(20); N integer; L varchar(20)", *rows)
    for rule, expected in [
        ("count(a.r, kind = '甲') >= 2", True),
        ("count(a.r, kind = '甲') >= 3", None),
        ("count(a.r, kind = '甲') >= 4", False),
        ("total(a.r.n, kind = '甲') >= 12", True),
        ("total(a.r.n, kind = '甲') >= 13", None),
        ("total(a.r.n, kind = '甲') >= 15", False),
        ("total(a.r.n) >= 1", None),
        ("highest(a.r.n, kind = '甲') = 7", True),
        ("highest(a.r.n) >= 7", True),
        ("highest(a.r.n) >= 8", None),
        ("lowest(a.r.n, kind = '甲') >= 5", None),
        ("highest(a.r.n, kind = '丙') >= 3", False),
        ("has(a.r, kind = '丙')", None),
        ("every(a.r, n >= 2) and exists(a.r)", None),
        ("every(a.r, n >= 3) and exists(a.r)", False),
    ]:
        assert ask(connections[dialect], a_question(rule, register), register).value is expected, rule


@ALL
def test_what_the_person_left_out_is_null(connections: Connections, dialect: str) -> None:
    register = text_register()
    make_table(connections[dialect], "SFZH varchar(20); XM varchar(20)", {"SFZH": NUMBER, "XM": "甲"})
    forms = {"word": Type.STRING}
    for rule, expected in [
        ("a.r.name = form.word", None),
        ("a.r.name is distinct from form.word", True),
        ("a.r.name = '甲' and form.word is null", True),
        ("coalesce(form.word, a.r.name) = '甲'", True),
    ]:
        question = a_question(rule, register, form=forms)
        assert ask(connections[dialect], question, register).value is expected, rule
