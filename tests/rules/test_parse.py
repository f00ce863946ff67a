"""What the language lets in, and what it refuses with a hint (design/rules.md, Parsing)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.model.facts import Type
from mianzheng.model.text import Fault
from mianzheng.rules.expression import (
    Aggregate,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    Elapsed,
    Exists,
    Fact,
    Finding,
    Form,
    In,
    IsNull,
    Literal_,
    Match,
    Node,
    Not,
    Or,
    OverRole,
    Param,
    Person,
    Relation,
    Shift,
    Today,
)
from mianzheng.rules.parse import RuleFaults, Where, parse, parse_rule

HERE = Where("packs/items/x.yaml", 10, 5)
AGE = Fact("applicant", "hukou", "age")


def integer(value: int) -> Literal_:
    return Literal_(Type.INTEGER, value)


def string(value: str) -> Literal_:
    return Literal_(Type.STRING, value)


def first_fault(text: str, where: Where = HERE) -> Fault:
    with pytest.raises(RuleFaults) as caught:
        parse(text, where)
    return caught.value.faults[0]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("applicant.hukou.is_local", Fact("applicant", "hukou", "is_local")),
        ("applicant.hukou.age >= 80", Compare(">=", AGE, integer(80))),
        ("80 <= applicant.hukou.age", Compare("<=", integer(80), AGE)),
        ("applicant.hukou.age <> 80", Not(Compare("=", AGE, integer(80)))),
        ("applicant.hukou.age != -80", Not(Compare("=", AGE, integer(-80)))),
        ("applicant.hukou.age in (1, 2)", In(AGE, (integer(1), integer(2)))),
        ("applicant.hukou.age not in (1)", Not(In(AGE, (integer(1),)))),
        (
            "applicant.hukou.age between 1 and 2",
            And((Compare(">=", AGE, integer(1)), Compare("<=", AGE, integer(2)))),
        ),
        ("applicant.hukou.age is null", IsNull(AGE)),
        ("applicant.hukou.age is not null", Not(IsNull(AGE))),
        ("a.b.c is distinct from '发放中'", Distinct(Fact("a", "b", "c"), string("发放中"))),
        ("a.b.c is not distinct from 'x'", Not(Distinct(Fact("a", "b", "c"), string("x")))),
        ("a.b.c >= 12.50", Compare(">=", Fact("a", "b", "c"), Literal_(Type.DECIMAL, Decimal("12.50")))),
        ("a.b.d = date '2024-02-29'", Compare("=", Fact("a", "b", "d"), Literal_(Type.DATE, date(2024, 2, 29)))),
        (
            "a.b.d >= today - 12 months",
            Compare(">=", Fact("a", "b", "d"), Shift(integer(12), "months", -1)),
        ),
        (
            "a.b.d <= today + params.grace days and true",
            And(
                (
                    Compare("<=", Fact("a", "b", "d"), Shift(Param("grace"), "days", 1)),
                    Literal_(Type.BOOLEAN, True),
                )
            ),
        ),
        ("today - a.b.d <= 90", Compare("<=", Arithmetic("-", Today(), Fact("a", "b", "d")), integer(90))),
        ("months_since(a.b.d) >= 6", Compare(">=", Elapsed(Fact("a", "b", "d"), "months"), integer(6))),
        ("form.purpose is not null", Not(IsNull(Form("purpose")))),
        ("finding.house_safe = true", Compare("=", Finding("house_safe"), Literal_(Type.BOOLEAN, True))),
        ("coalesce(a.b.c, 0) * 2 > params.line", Compare(
            ">", Arithmetic("*", Coalesce((Fact("a", "b", "c"), integer(0))), integer(2)), Param("line"))),
        ("contains(a.b.c, '养老')", Match("contains", Fact("a", "b", "c"), string("养老"))),
        ("starts_with(a.b.c, '3310')", Match("starts_with", Fact("a", "b", "c"), string("3310"))),
        ("exists(applicant.vehicle)", Exists("applicant", "vehicle")),
        (
            "has(applicant.vehicle, status = '正常' and use = '营运')",
            Aggregate("has", "applicant", "vehicle", None, And((
                Compare("=", Fact("", "vehicle", "status"), string("正常")),
                Compare("=", Fact("", "vehicle", "use"), string("营运")),
            ))),
        ),
        (
            "total(applicant.real_estate.area_m2, use = '住宅') <= 90",
            Compare("<=", Aggregate("total", "applicant", "real_estate", Fact("", "real_estate", "area_m2"),
                                    Compare("=", Fact("", "real_estate", "use"), string("住宅"))), integer(90)),
        ),
        ("count(applicant.car) = 0", Compare("=", Aggregate("count", "applicant", "car", None, None), integer(0))),
        (
            "count(children, children.hukou.age < 18) >= 2",
            Compare(">=", OverRole("count", "children", Compare("<", Fact("children", "hukou", "age"), integer(18))),
                    integer(2)),
        ),
        ("count(children) >= 1", Compare(">=", OverRole("count", "children", None), integer(1))),
        (
            "case when a.b.c = 1 then 2 else 3 end",
            Case(((Compare("=", Fact("a", "b", "c"), integer(1)), integer(2)),), integer(3)),
        ),
        ("not (a.b.c or a.b.d)", Not(Or((Fact("a", "b", "c"), Fact("a", "b", "d"))))),
        ("a.date.order = 1 and a.use.end = 2", And((
            Compare("=", Fact("a", "date", "order"), integer(1)), Compare("=", Fact("a", "use", "end"), integer(2))))),
    ],
)  # fmt: skip
def test_a_rule_of_the_subset_becomes_its_tree(text: str, tree: Node) -> None:
    assert parse(text, HERE) == tree


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c = 1; drop table x",
        "a.b.c = @x",
        "a.b.c = :x",
        "date(a.b.c, '-45 days') = 1",
        "a.b.c / 2 = 1",
        "a.b.c % 2 = 1",
        "a.b.c in (select 1)",
        "a.b.c in ()",
        "a.b.c in ('x',)",
        "a.b.c = ''",
        "a.b.c = null",
        "null",
        "select 1",
        "a.b.c || 'x' = 'y'",
        "count(distinct a.b.c) = 1",
        "has(a.b, x = 1) over ()",
        "has(a.b, x = 1) filter (where 1 = 1)",
        "upper(a.b.c) = 'X'",
        "a.b.c like 'x%'",
        "a.b.c is true",
        "a.b.c is unknown",
        "cast(a.b.c as date) = 1",
        "a.b.c = n'x'",
        "a.b.c = x'1f'",
        "a.b.c.d = 1",
        "a.b.c.d.e = 1",
        'a.b."c" = 1',
        "a.b.`c` = 1",
        "A.b.c = 1",
        "a.b.c = 1 -- why",
        "a.b.c /* why */ = 1",
        "a.b.c = 1e5",
        "a.b.c = 0x1f",
        "-a.b.c = 1",
        "a.b.c + 30 days > today",
        "interval 3 days",
        "today * 3 days = today",
        "a.b.c = date '2023-02-29'",
        "a.b.c = date '20240101'",
        "(a.b.c, 1) = 1",
        "a.b.c = 1 and",
        "a.b.c b",
        "",
        "   ",
        "case a.b.c when 1 then 2 end",
        "case when a.b.c then 1",
        "every(a.b)",
        "exists(a)",
        "exists(a.b.c)",
        "has(a.b, has(a.c, x = 1))",
        "has(a.b, a.b.c = 1)",
        "total(a.b, x = 1) = 1",
        "if(a.b.c, 1, 2) = 1",
        "a.b.c in (a.b.d)",
        "contains(a.b.c, a.b.d)",
        "coalesce(a.b.c) = 1",
    ],
)
def test_what_is_not_in_the_language_is_a_fault_and_never_ignored(text: str) -> None:
    fault = first_fault(text)
    assert fault.message and fault.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a.b.c = ‘在保’", "straight quotes"),
        ("a.b.c = “在保”", "straight quotes"),
        ("a.b.c ＝ 1", "half-width ="),
        ("count（a.b） = 1", "half-width ("),
        ("a.b.c in ('x'，'y')", "half-width ,"),
        ("a.b.c ≥ 3", ">="),
        ("a.b.c、a.b.d", "commas"),
        ("policy.line > 1", "params.line"),
        ("input.x = 1", "form.x"),
        ("cuont(a.b) = 1", "did you mean count?"),
        ("a.b.c like 'x%'", "starts_with"),
        ("a.b.d <= date(today, '-3 years')", "today ± n days"),
        ("sum(a.b.c) > 1", "total("),
        ("a.b.c = 1 AND a.b = 2", "role.register.fact"),
        ("a.b.d + 3 months > today", "today - 30 days"),
    ],
)
def test_a_fault_says_what_to_write_instead(text: str, hint: str) -> None:
    fault = first_fault(text)
    assert hint in fault.hint


def test_a_link_is_compared_with_a_role_and_a_relation_is_between_two() -> None:
    assert parse("child.birth.mother = applicant", HERE) == Compare(
        "=", Fact("child", "birth", "mother"), Person("applicant")
    )
    assert parse("relation(applicant, child) in ('子女')", HERE) == In(
        Relation("applicant", "child"), (string("子女"),)
    )
    assert "between two people" in first_fault("relation(applicant.kinship, child) = '子女'").message


def test_a_national_text_is_no_name_of_a_role() -> None:
    assert first_fault("child.birth.mother = n'applicant'").code == "bad-name"


def test_full_width_signs_inside_a_text_are_text() -> None:
    assert parse("a.b.c = '（一）“甲”，乙'", HERE) == Compare("=", Fact("a", "b", "c"), string("（一）“甲”，乙"))


def test_a_doubled_quote_stands_for_one_quote() -> None:
    assert parse("a.b.c = 'it''s'", HERE) == Compare("=", Fact("a", "b", "c"), string("it's"))


def test_texts_are_composed_to_nfc() -> None:
    assert parse("a.b.c = 'e\u0301'", HERE) == Compare("=", Fact("a", "b", "c"), string("\u00e9"))


def test_faults_stand_at_line_and_column_of_the_pack() -> None:
    fault = first_fault("a.b.c = 1\n  and a.b = 2")
    assert (fault.file, fault.line, fault.column) == ("packs/items/x.yaml", 11, 11)
    same_line = first_fault("a.b.c ＝ 1")
    assert (same_line.line, same_line.column) == (10, 11)


def test_every_foreign_sign_is_reported_at_once() -> None:
    with pytest.raises(RuleFaults) as caught:
        parse("a.b.c ＝ ‘x’", HERE)
    assert len(caught.value.faults) >= 3


def test_a_node_keeps_its_place_for_later_faults() -> None:
    parsed = parse_rule("a.b.c = 1 and a.b.d = 'x'", HERE)
    assert isinstance(parsed.node, And)
    second = parsed.node.parts[1]
    assert parsed.fault(second, "c", "m", "h").column == 5 + 14


def test_two_thousand_characters_are_the_most() -> None:
    text = "a.b.c = '" + "长" * 1990 + "'"
    assert len(text) == 2000
    parse(text, HERE)
    assert first_fault(text + " ").code == "too-long"


def test_a_long_chain_is_flat_and_not_deep() -> None:
    tree = parse(" and ".join(f"a.b.c{n} = 1" for n in range(120)), HERE)
    assert isinstance(tree, And)
    assert len(tree.parts) == 120


@pytest.mark.parametrize(
    "text",
    [
        "(" * 41 + "a.b.c" + ")" * 41,
        "not " * 41 + "a.b.c",
        "(" * 1900,
        "- " * 900 + "1 = a.b.c",
        "case when " * 180 + "a.b.c",
        "a.b.c = " + "1 + " * 60 + "1",
        "not (" * 41 + "a.b.c" + ")" * 41,
    ],
)
def test_what_is_deeper_than_forty_is_a_fault(text: str) -> None:
    assert first_fault(text).code in ("too-deep", "syntax")


def test_a_rule_within_a_register_speaks_of_its_own_row() -> None:
    tree = parse_rule("hukou.place_code = '331082' and status = '正常'", HERE, within="hukou").node
    assert isinstance(tree, And)
    assert tree.parts[0] == Compare("=", Fact("", "hukou", "place_code"), string("331082"))
    for wrong in ("applicant.hukou.age > 1", "vehicle.use = 'x'", "has(applicant.vehicle, x = 1)"):
        with pytest.raises(RuleFaults):
            parse_rule(wrong, HERE, within="hukou")


PIECES = [
    "a.b.c", "applicant.hukou.age", "and", "or", "not", "(", ")", "=", "<>", ">=", "in",
    "('x', 'y')", "1", "-", "'中文'", "between", "is null", "is distinct from", "case when", "then",
    "else", "end", "today", "- 3 months", "has(a.b, ", ",", "count(", "every(", "coalesce(",
    "date '2024-01-01'", "params.x", "form.y", "＝", "“", ";", "--", "*", "true", "exists(a.b)",
    "interval", "distinct", "from", "null", ".", "1.5", "over", "select", "months", "@", "\x00",
    "\n",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)))
def test_any_text_is_a_tree_or_faults_and_never_a_crash(text: str) -> None:
    try:
        tree = parse(text, HERE)
    except RuleFaults as faults:
        assert all(fault.line >= 10 and fault.column >= 1 and fault.message and fault.hint for fault in faults.faults)
    else:
        assert isinstance(tree, Node)
