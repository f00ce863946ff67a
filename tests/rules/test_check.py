"""The type check: every fault at once, with its place and a hint; and what a rule is settled to."""

from __future__ import annotations

from typing import Any

import pytest

from mianzheng.model.facts import Absence, Derivation, FactCatalogue, Type
from mianzheng.model.text import Fault
from mianzheng.rules.compile import compile_item
from mianzheng.rules.identity import encode
from mianzheng.rules.parse import RuleFaults, Where
from tests.rules.city import FACTS, HUKOU, PARAMS, condition, fact, item, register


def faults(*rules: Any, facts: FactCatalogue = FACTS, **more: Any) -> tuple[Fault, ...]:
    with pytest.raises(RuleFaults) as caught:
        compile_item(item(*rules, **more), facts, PARAMS)
    assert all(fault.hint for fault in caught.value.faults)  # whatever is wrong, the author reads what to write
    return caught.value.faults


def first(rule: str) -> Fault:
    return faults(rule)[0]


def settled(rule: str, **more: Any) -> str:
    """The canonical text of the one question of a rule."""
    compiled = compile_item(item(rule, **more), FACTS, PARAMS)
    (placed,) = compiled.questions.values()
    return encode(placed.question.expression)


@pytest.mark.parametrize(
    ("rule", "code", "hint"),
    [
        ("applicant.hukou.is_loca", "unknown-fact", "did you mean hukou.is_local?"),
        ("applicant.hukuo.is_local", "unknown-register", "did you mean hukou?"),
        ("aplicant.hukou.is_local", "unknown-role", "did you mean applicant?"),
        ("applicant.hukou.area_m2 is null", "unknown-fact", "area_m2 is a fact of real_estate"),
        ("form.purpos is not null", "unknown-form", "did you mean form.purpose?"),
        ("params.lin > 1", "unknown-params", "did you mean params.line?"),
        ("finding.house_save", "unknown-finding", "did you mean finding.house_safe?"),
        ("applicant.social_assistance.status = '在宝'", "unknown-word", "did you mean 在保?"),
        ("applicant.diploma.level in ('本科', '博士后')", "unknown-word", "专科、本科、硕士"),
        ("form.kind = '丙'", "unknown-word", "甲、乙"),
        ("applicant.hukou.age", "age", ">= 60"),
        ("applicant.hukou.age + 1 > 60", "age", ">= 60"),
        ("applicant.hukou.age > applicant.social_insurance.months_paid", "age", ">= 60"),
        ("applicant.hukou.sex", "not-a-condition", "compare"),
        ("applicant.social_insurance.months_paid and true", "not-a-condition", "compare"),
        ("applicant.hukou.sex > '男性'", "order", "in"),
        ("applicant.hukou.place_code between '1' and '2'", "order", "in"),
        ("applicant.social_insurance.is_flexible > true", "order", "in"),
        ("applicant.social_insurance.is_flexible = 0", "type", "fact = false"),
        ("applicant.social_insurance.months_paid = '12'", "type", "without quotes"),
        ("applicant.hukou.birth_date = '1990-13-01'", "type", "date '2024-01-01'"),
        ("applicant.hukou.birth_date > 1990", "type", ""),
        ("applicant.hukou.birth_date + 1 > today", "date", "today - 30 days"),
        ("applicant.hukou.moved_in_on - applicant.hukou.birth_date > 3", "date", "today - 30 days"),
        ("applicant.hukou.sex * 2 = 4", "type", ""),
        ("applicant.hukou.birth_date >= today - params.line months", "type", ""),
        ("age(applicant.hukou.sex) > 3", "type", ""),
        ("contains(applicant.social_insurance.months_paid, '1')", "type", ""),
        ("applicant.vehicle.use = '营运'", "many-rows", "has(applicant.vehicle"),
        ("has(applicant.hukou, sex = '男性')", "one-row", "applicant.hukou.fact"),
        ("total(applicant.vehicle.use) > 1", "type", ""),
        ("lowest(applicant.vehicle.pledged) > 1", "type", ""),
        ("total(applicant.vehicle.registered_on) > 1", "type", ""),
        ("every(applicant.vehicle, pledged = false)", "empty-every", "exists"),
        ("has(applicant.vehicle, colour = 'x')", "unknown-fact", ""),
        ("has(applicant.vehicle, pledged or finding.house_safe)", "finding-in-set", "beside the set"),
        ("children.hukou.age < 18", "many-people", "has(children"),
        ("spouse.hukou.is_local", "many-people", "has(spouse"),
        ("has(applicant, applicant.hukou.age > 3)", "not-many", "write applicant."),
        ("has(child, child.hukou.age > 3)", "not-many", "did you mean children?"),
        ("total(children, children.hukou.sex) > 1", "type", ""),
        ("coalesce(lowest(applicant.vehicle.seats), 0) > 1", "hidden-unknown", "count"),
        ("lowest(applicant.vehicle.seats) is null", "hidden-unknown", "count"),
        ("coalesce(case when form.months > 1 then 1 else 2 end, 0) > 1", "hidden-unknown", "count"),
        ("case when applicant.hukou.is_local then true else 3 end", "type", ""),
        ("case when applicant.hukou.sex then true else false end", "not-a-condition", ""),
    ],
)
def test_a_wrong_rule_is_a_fault_that_says_what_to_write(rule: str, code: str, hint: str) -> None:
    fault = first(rule)
    assert fault.code == code
    assert hint in fault.hint


@pytest.mark.parametrize(
    "rule",
    [
        "applicant.hukou.name = '张三'",
        "applicant.hukou.name in ('张三', '李四')",
        "applicant.hukou.name is distinct from '张三'",
        "starts_with(applicant.hukou.name, '张')",
        "coalesce(applicant.hukou.name, '无') = '张三'",
        "case when applicant.hukou.sex = '男性' then applicant.hukou.name else '无' end = '张三'",
        "has(applicant.vehicle, plate = '浙J12345')",
    ],
)
def test_what_identifies_is_never_compared_with_a_literal(rule: str) -> None:
    assert first(rule).code == "identifier"


def test_what_identifies_may_be_missing_or_equal_another_fact_or_statement() -> None:
    compile_item(item("applicant.hukou.name is not null"), FACTS, PARAMS)
    compile_item(item("applicant.hukou.name = form.purpose"), FACTS, PARAMS)
    compile_item(item("applicant.hukou.name = applicant.hukou.place_code"), FACTS, PARAMS)


def test_what_identifies_is_never_an_answer() -> None:
    assert faults("true", claims={"who": "applicant.hukou.name"})[0].code == "identifier"
    assert faults("true", claims={"who": "coalesce(applicant.hukou.name, '无')"})[0].code == "identifier"


def test_all_faults_of_all_rules_come_at_once_with_their_places() -> None:
    rules = (
        condition("applicant.hukou.sex = '男' and\n  applicant.hukou.agee > 3", "a"),
        condition("form.nope = 1", "b"),
    )
    places = {
        "conditions.a.rule": Where("packs/x.yaml", 20, 11),
        "conditions.b.rule": Where("packs/x.yaml", 30, 11),
        "outcome.pay.amount": Where("packs/x.yaml", 40, 13),
        "needs.account.fact": Where("packs/x.yaml", 50, 9),
    }
    with pytest.raises(RuleFaults) as caught:
        compile_item(
            item(*rules, amount="'x'", needs={"account": "applicant.social_insurance.card"}),
            FACTS,
            PARAMS,
            where=places.__getitem__,
        )
    found = [(fault.line, fault.column, fault.code) for fault in caught.value.faults]
    assert found == [
        (20, 11, "unknown-word"),
        (21, 13, "unknown-fact"),
        (30, 11, "unknown-form"),
        (40, 13, "type"),
        (50, 9, "unknown-fact"),
    ]


def test_a_fault_of_the_parser_does_not_hide_those_of_other_rules() -> None:
    codes = {fault.code for fault in faults("applicant.hukou.sex ＝ '男性'", "applicant.hukou.agee > 3")}
    assert codes == {"full-width", "unknown-fact"}


@pytest.mark.parametrize(
    ("rule", "tree"),
    [
        ("applicant.hukou.age >= 80", "(<= hukou.birth_date (cutoff integer:80 years))"),
        ("applicant.hukou.age < 80", "(> hukou.birth_date (cutoff integer:80 years))"),
        ("applicant.hukou.age > 80", "(<= hukou.birth_date (cutoff integer:81 years))"),
        ("applicant.hukou.age <= 80", "(> hukou.birth_date (cutoff integer:81 years))"),
        ("80 <= applicant.hukou.age", "(<= hukou.birth_date (cutoff integer:80 years))"),
        (
            "applicant.hukou.age > params.retire",
            "(<= hukou.birth_date (cutoff (+ integer:1 params.retire) years))",
        ),
        ("months_since(applicant.hukou.moved_in_on) >= 6", "(<= hukou.moved_in_on (cutoff integer:6 months))"),
        ("applicant.social_assistance.months < 6", "(> social_assistance.approved_on (cutoff integer:6 months))"),
        ("today - applicant.hukou.moved_in_on <= 90", "(>= hukou.moved_in_on (cutoff integer:90 days))"),
        ("today - applicant.hukou.moved_in_on > 90", "(< hukou.moved_in_on (cutoff integer:90 days))"),
        ("applicant.hukou.moved_in_on - today <= 90", "(<= hukou.moved_in_on (cutoff integer:-90 days))"),
        ("applicant.hukou.moved_in_on >= today - 12 months", "(>= hukou.moved_in_on (shift integer:12 months -))"),
        (
            "applicant.hukou.is_local",
            '(and (= hukou.place_code string:"331082") (= hukou.status string:"正常"))',
        ),
        ("applicant.hukou.birth_date > '1990-01-01'", '(> hukou.birth_date date:"1990-01-01")'),
        ("applicant.social_insurance.wage >= 100", '(>= social_insurance.wage decimal:"100")'),
        ("applicant.social_insurance.months_paid >= 12.0", "(>= social_insurance.months_paid integer:12)"),
        ("applicant.social_insurance.is_flexible = true", "social_insurance.is_flexible"),
        ("applicant.social_insurance.is_flexible = false", "(= social_insurance.is_flexible boolean:false)"),
        ("applicant.hukou.age is not null", "(null hukou.birth_date)"),
        (
            "lowest(applicant.vehicle.seats, use = '营运') >= 5",
            '(>= (lowest vehicle vehicle.seats (= vehicle.use string:"营运")) integer:5)',
        ),
    ],
)
def test_sugar_is_settled_before_anything_is_asked(rule: str, tree: str) -> None:
    assert settled(rule) == tree


def test_the_lowest_age_is_the_age_of_the_latest_date() -> None:
    held = fact(Type.INTEGER, "持有年数", "years held", derive=Derivation(years_since="registered_on"))
    estate = FACTS.registers["vehicle"]
    with_age = register(
        "vehicle", "public-security", Absence.CLOSED_NATIONWIDE, {**estate.facts, "held": held}, rows="many"
    )
    facts = FactCatalogue(departments=FACTS.departments, registers={**FACTS.registers, "vehicle": with_age})
    compiled = compile_item(item("lowest(applicant.vehicle.held) >= 6"), facts, PARAMS)
    (placed,) = compiled.questions.values()
    text = "(<= (highest vehicle vehicle.registered_on -) (cutoff integer:6 years))"
    assert encode(placed.question.expression) == text


def test_a_derived_fact_may_follow_from_another_but_never_from_itself() -> None:
    def with_facts(**more: Any) -> FactCatalogue:
        hukou = register("hukou", "public-security", Absence.FAULT, {**HUKOU.facts, **more})
        return FactCatalogue(departments=FACTS.departments, registers={**FACTS.registers, "hukou": hukou})

    def derived(expression: str) -> Any:
        return fact(Type.BOOLEAN, "甲", "a", derive=Derivation(expression=expression))

    compile_item(item("applicant.hukou.old_local"), with_facts(old_local=derived("is_local and age >= 60")), PARAMS)
    circle = with_facts(a=derived("hukou.b"), b=derived("hukou.a"))
    found = faults("applicant.hukou.a", facts=circle)
    assert found[0].code in ("circle", "bad-derivation")
    wrong = faults("applicant.hukou.a", facts=with_facts(a=derived("vehicle.use = '营运'")))
    assert wrong[0].code == "bad-derivation"
    typed = faults("applicant.hukou.a", facts=with_facts(a=derived("birth_date")))
    assert typed[0].code == "bad-derivation"


@pytest.mark.parametrize(
    "rule",
    [
        "exists(applicant.vehicle) and every(applicant.vehicle, seats > 3)",
        "count(applicant.vehicle) >= 1 and every(applicant.vehicle, seats > 3)",
        "0 < count(applicant.vehicle) and (every(applicant.vehicle, seats > 3) or applicant.hukou.is_local)",
        "has(applicant.vehicle, use = '营运') and every(applicant.vehicle, seats > 3)",
        "not exists(applicant.vehicle) or every(applicant.vehicle, seats > 3)",
        "every(spouse, spouse.hukou.is_local)",
        "count(children) >= 2 and every(children, children.hukou.is_local)",
    ],
)
def test_every_is_let_through_where_the_set_is_said_not_to_be_empty_or_may_be(rule: str) -> None:
    compile_item(item(rule), FACTS, PARAMS)


@pytest.mark.parametrize(
    "rule",
    [
        "exists(applicant.vehicle) or every(applicant.vehicle, seats > 3)",
        "count(applicant.vehicle) >= 0 and every(applicant.vehicle, seats > 3)",
        "exists(owner.vehicle) and every(applicant.vehicle, seats > 3)",
        "exists(applicant.real_estate) and every(applicant.vehicle, seats > 3)",
        "every(children, children.hukou.is_local)",
    ],
)
def test_every_of_what_may_be_nothing_is_a_fault(rule: str) -> None:
    assert first(rule).code == "empty-every"
