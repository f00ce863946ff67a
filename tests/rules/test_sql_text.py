"""The text that a steward approves: short, whole, in the words of the rule; and what voids an approval."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Column, Derivation, KeyColumn, Type
from mianzheng.model.item import ParamTable
from mianzheng.model.scalar import BadScalar
from mianzheng.model.text import Text
from mianzheng.rules.bind import Unbound
from mianzheng.rules.faults import RuleFaults
from mianzheng.rules.sql import compile_query, mapping_digest
from mianzheng.rules.sql.legend import legend
from mianzheng.rules.sql.parameters import encoded
from mianzheng.rules.sql.terms import NotExpressible
from tests.rules.generate import params
from tests.rules.registers import NUMBER, a_fact, a_question, a_register, bindings, without

HUKOU = a_register(
    {
        "birth_date": a_fact(Type.DATE),
        "place_code": a_fact(Type.STRING),
        "age": a_fact(Type.INTEGER, derive=Derivation(age_of="birth_date")),
    },
    {"birth_date": Column(column="CSRQ"), "place_code": Column(column="SSXQ")},
    table="GA.T_JBXX",
)
VEHICLE = a_register({"use": a_fact(Type.STRING)}, {"use": Column(column="SYXZ")}, rows="many")


def test_one_row_is_asked_in_one_short_select() -> None:
    question = a_question("a.r.age >= 80 and a.r.place_code = '331082'", HUKOU)
    assert compile_query(question, HUKOU, "postgresql").sql == (
        "SELECT\n"
        "  CASE\n"
        '    WHEN "birth_date" < :cutoff_80_years_next_day AND "place_code" = :value\n'
        "    THEN 1\n"
        "    WHEN NOT (\n"
        '      "birth_date" < :cutoff_80_years_next_day AND "place_code" = :value\n'
        "    )\n"
        "    THEN 0\n"
        '  END AS "answer"\n'
        "FROM (\n"
        "  SELECT\n"
        '    "t"."CSRQ" AS "birth_date",\n'
        '    NULLIF(TRIM("t"."SSXQ"), \'\') COLLATE "C" AS "place_code"\n'
        '  FROM "GA"."T_JBXX" AS "t"\n'
        "  WHERE\n"
        '    "t"."SFZH" IN (:subject)\n'
        ') AS "facts"'
    )


def test_many_rows_leave_as_one() -> None:
    question = a_question("has(a.r, use = '营运')", VEHICLE)
    assert compile_query(question, VEHICLE, "duckdb").sql == (
        "SELECT\n"
        '  "has" AS "answer",\n'
        '  CASE WHEN "rows found" = 0 THEN 0 ELSE 1 END AS "found"\n'
        "FROM (\n"
        "  SELECT\n"
        '    CASE WHEN MAX("counts") = 1 THEN 1 WHEN COUNT("counts") = COUNT(*) THEN 0 END AS "has",\n'
        '    COUNT(*) AS "rows found"\n'
        "  FROM (\n"
        "    SELECT\n"
        '      CASE WHEN "use" = :value THEN 1 WHEN NOT "use" = :value THEN 0 END AS "counts"\n'
        "    FROM (\n"
        "      SELECT\n"
        '        NULLIF(TRIM("t"."SYXZ", \' \'), \'\') COLLATE "C" AS "use"\n'
        '      FROM "T_X" AS "t"\n'
        "      WHERE\n"
        '        "t"."SFZH" IN (:subject)\n'
        '    ) AS "facts"\n'
        '  ) AS "each"\n'
        ') AS "sums"'
    )


def test_the_same_question_gives_the_same_text() -> None:
    question = a_question("a.r.age >= 80 or a.r.place_code in ('331082', '332621')", HUKOU)
    assert compile_query(question, HUKOU, "mysql").sql == compile_query(question, HUKOU, "mysql").sql


def test_the_text_holds_neither_number_nor_date_so_it_is_the_same_for_everybody() -> None:
    query = compile_query(a_question("a.r.age >= 80", HUKOU), HUKOU, "sqlite")
    bound = query.bind(NUMBER, bindings())
    assert bound["subject"] == NUMBER
    assert bound["cutoff_80_years"] == "1946-02-28"
    assert NUMBER not in query.sql
    assert "1946" not in query.sql


@pytest.mark.parametrize(
    "change",
    [
        {"column": "OTHER"},
        {"codes": {"1": "营运"}},
        {"none_values": ("无",)},
        {"encoding": "gbk"},
    ],
)
def test_a_changed_column_changes_the_mapping_digest(change: dict[str, object]) -> None:
    columns = {"use": msgspec.structs.replace(VEHICLE.source.columns["use"], **change)}
    changed = without(VEHICLE, source=msgspec.structs.replace(VEHICLE.source, columns=columns))
    assert mapping_digest(changed) != mapping_digest(VEHICLE)


def test_a_changed_key_table_or_visibility_changes_the_mapping_digest() -> None:
    sources = [
        msgspec.structs.replace(VEHICLE.source, table="T_Y"),
        msgspec.structs.replace(VEHICLE.source, key=KeyColumn(column="SFZH", padded=20)),
        msgspec.structs.replace(VEHICLE.source, visible_when="use = '营运'"),
    ]
    digests = {mapping_digest(without(VEHICLE, source=source)) for source in (VEHICLE.source, *sources)}
    assert len(digests) == 4


def test_a_changed_label_leaves_the_mapping_digest() -> None:
    assert mapping_digest(without(VEHICLE, name=Text("机动车", "vehicles"))) == mapping_digest(VEHICLE)


def test_a_fact_without_column_is_refused_with_its_name() -> None:
    register = without(HUKOU, source=msgspec.structs.replace(HUKOU.source, columns={}))
    with pytest.raises(NotExpressible, match=r"r\.birth_date has no source column"):
        compile_query(a_question("a.r.age >= 80", HUKOU), register, "sqlite")


def test_an_unknown_dialect_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="db2"):
        compile_query(a_question("exists(a.r)", HUKOU), HUKOU, "db2")


def test_a_wrong_visibility_rule_is_a_fault_when_compiled() -> None:
    register = without(VEHICLE, source=msgspec.structs.replace(VEHICLE.source, visible_when="colour = '红'"))
    with pytest.raises(RuleFaults, match="colour"):
        compile_query(a_question("exists(a.r)", VEHICLE), register, "sqlite")


def test_a_subject_without_number_is_never_asked_about() -> None:
    query = compile_query(a_question("exists(a.r)", HUKOU), HUKOU, "sqlite")
    for number in ("", " ", NUMBER + " "):
        with pytest.raises(WrongUse):
            query.bind(number, bindings())


def test_a_figure_not_in_force_cannot_be_bound() -> None:
    tables: dict[str, ParamTable] = params()
    query = compile_query(a_question("a.r.age >= params.age", HUKOU, params=tables), HUKOU, "sqlite")
    with pytest.raises(Unbound):
        query.bind(NUMBER, bindings())
    assert query.bind(NUMBER, bindings(tables))["cutoff_params_age_years"] == "2008-02-29"


def test_a_statement_of_another_type_than_the_column_is_refused() -> None:
    question = a_question("a.r.place_code = form.word", HUKOU, form={"word": Type.STRING})
    query = compile_query(question, HUKOU, "sqlite")
    with pytest.raises(BadScalar):
        query.bind(NUMBER, bindings(word=7))


def test_what_gbk_cannot_hold_becomes_bytes_that_gbk_never_stores() -> None:
    assert encoded("陈", "gbk") == "陈".encode("gbk")
    assert encoded("𠮷", "gbk") == "𠮷".encode("gb18030")


def test_every_parameter_is_explained_in_both_languages() -> None:
    register = a_register(
        {"d": a_fact(Type.DATE), "s": a_fact(Type.ENUM, values=("甲", "乙")), "n": a_fact(Type.INTEGER)},
        {
            "d": Column(column="D"),
            "s": Column(column="S", codes={"1": "甲", "2": "乙"}),
            "n": Column(column="N"),
        },
        key=KeyColumn(column="SFZH", padded=20, old_numbers=True),
    )
    rule = "age(a.r.d) >= 80 and a.r.d > today - 12 months and a.r.s = '甲' and a.r.n is distinct from form.months"
    question = a_question(rule, register, form={"months": Type.INTEGER})
    said = dict(legend(compile_query(question, register, "postgresql").parameters))
    assert said["cutoff_80_years_next_day"].zh == "至办件日期已满 80 年的最晚日期的次日"
    assert said["today_minus_12_months_next_day"].en == "the day after 12 months before the case's date"
    assert said["s_code"].en == "'1' of the mapping"
    assert said["form_months_left_out"].zh == "申请人填写的 months是否未填"
    assert said["subject_4"].zh == "本人 15 位旧号码，补空格至 20 位"
    assert said["value"].zh == "'甲'"
