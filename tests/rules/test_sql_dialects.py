"""Databases that do not run here: their SQL is written, parsed back, and searched for what they refuse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from mianzheng.model.facts import Column, Type
from mianzheng.rules.sql import compile_query
from mianzheng.rules.sql.dialects import DIALECTS
from mianzheng.rules.sql.forbidden import forbidden, refuse_forbidden
from mianzheng.rules.sql.terms import NotExpressible
from tests.rules.generate import FORMS, params, registers
from tests.rules.registers import a_fact, a_question, a_register
from tests.rules.rule_texts import Words, conditions

GENERATED = tuple(name for name, dialect in DIALECTS.items() if not dialect.runs)
FORM_TYPES = {name: type_ for name, (type_, _) in FORMS.items()}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_generated_sql_parses_back_and_holds_no_forbidden_form(data: st.DataObject) -> None:
    register = data.draw(registers())
    rule = data.draw(conditions(Words(register, "a.r")))
    question = a_question(rule, register, params=params(), form=FORM_TYPES)
    for name in GENERATED:
        query = compile_query(question, register, name)
        dialect = DIALECTS[name]
        assert forbidden(query.sql, dialect) == ()
        again = parse_one(query.sql, dialect=dialect.writer)
        assert again.sql(dialect=dialect.writer, pretty=True) == query.sql
        placeholders = {node.name for node in again.find_all(exp.Placeholder) if node.name}
        assert placeholders <= {parameter.name for parameter in query.parameters}


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ('SELECT "a" = 1 AS "answer" FROM t', "a condition that is selected"),
        ("SELECT CASE WHEN a THEN 1 END FROM t", "a value where a condition is needed"),
        ("SELECT CASE WHEN a = 1 THEN b = 2 END FROM t", "a condition as the result of a case"),
        ("SELECT 1 FROM t WHERE NOT a", "a value where a condition is needed"),
        ("SELECT 1 FROM t WHERE a IS DISTINCT FROM b", "is distinct from"),
        ("SELECT COUNT(*) FILTER (WHERE a = 1) FROM t", "filter"),
        ("SELECT 1 FROM t WHERE a = 1 LIMIT 2", "limit"),
        ("SELECT 1 FROM t WHERE a ILIKE :p", "ilike"),
        ("SELECT 1 FROM t WHERE a = '331082'", "a text of its own: '331082'"),
        ("SELECT 1 FROM t WHERE d < CURRENT_DATE", "the database's own date"),
        ("SELECT 1 FROM t WHERE d < e + INTERVAL '1' DAY", "an interval"),
        ("SELECT 1 FROM t WHERE a = TRUE", "true or false"),
        ("DELETE FROM t", "it is not one select"),
        ("SELECT 1; SELECT 2", "it is not one select"),
        ("SELECT (", "it does not parse"),
    ],
)
def test_each_forbidden_form_is_found(sql: str, words: str) -> None:
    found = forbidden(sql, DIALECTS["oracle"])
    assert any(words in one for one in found), found
    with pytest.raises(NotExpressible):
        refuse_forbidden(sql, DIALECTS["oracle"])


def test_oracle_sql_server_and_trino_get_their_own_spelling() -> None:
    facts = {"name": a_fact(Type.STRING), "d": a_fact(Type.DATE)}
    register = a_register(facts, {"name": Column(column="XM"), "d": Column(column="RQ", form="YYYYMMDD")})
    question = a_question("starts_with(a.r.name, '西') and a.r.name = '甲' and a.r.d <= today", register)
    oracle = compile_query(question, register, "oracle").sql
    assert 'TRIM("t"."XM") AS "name"' in oracle  # Oracle has no empty text
    assert 'REGEXP_LIKE(TRIM("t"."RQ"), :calendar_day)' in oracle
    assert 'INSTR("name", :value) = 1' in oracle or 'INSTR("name", :value_2) = 1' in oracle
    mssql = compile_query(question, register, "mssql").sql
    assert "NULLIF(TRIM([t].[XM]), '') COLLATE Latin1_General_100_BIN2 AS [name]" in mssql
    assert "[name] + '|'" in mssql  # its = sees no trailing blanks otherwise
    assert "LIKE :calendar_day" in mssql
    assert "NULLIF(TRIM(CAST" in compile_query(question, register, "trino").sql  # its char compares padded
