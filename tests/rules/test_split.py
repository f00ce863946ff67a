"""How an item is cut into questions and residuals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mianzheng.model.facts import Type
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.expression import And, Asked, Case, Compare, Form, Literal_, Node, Not, Or, OverRole
from mianzheng.rules.identity import encode
from mianzheng.rules.parse import RuleFaults
from tests.rules.city import FACTS, PARAMS, condition, item

LOCAL = "applicant.hukou.is_local"
AGED = "applicant.hukou.age >= 60"
WOMAN = "applicant.hukou.sex = '女性'"
INSURED = "applicant.social_insurance.status = '正常参保'"
GRADUATE = "applicant.diploma.level = '本科'"


def compiled(*rules: Any, **more: Any) -> CompiledItem:
    return compile_item(item(*rules, **more), FACTS, PARAMS)


def texts(result: CompiledItem) -> list[str]:
    return sorted(encode(placed.question.expression) for placed in result.questions.values())


def residual(rule: str) -> Node:
    return compiled(rule).conditions[0].residual


def code(rule: str, **more: Any) -> str:
    with pytest.raises(RuleFaults) as caught:
        compiled(rule, **more)
    return caught.value.faults[0].code


def test_all_that_one_register_knows_of_one_role_is_one_question() -> None:
    result = compiled(f"{LOCAL} and ({AGED} or {WOMAN})")
    assert len(result.questions) == 1
    assert isinstance(result.conditions[0].residual, Asked)


def test_parts_of_one_register_are_joined_across_those_of_another() -> None:
    result = compiled(f"{LOCAL} and {INSURED} and {AGED}")
    assert len(result.questions) == 2


def test_a_part_asked_elsewhere_too_is_not_joined_when_that_asks_more() -> None:
    result = compiled(f"{WOMAN} and {INSURED} and {AGED}", WOMAN, AGED)
    assert len(result.questions) == 3  # joined it would be four


def test_two_roles_are_two_questions_with_one_id() -> None:
    result = compiled(f"{WOMAN} or owner.hukou.sex = '女性'")
    ids = {placed.question.id for placed in result.questions.values()}
    assert len(result.questions) == 2
    assert len(ids) == 1


def test_negation_is_left_in_the_residual_so_that_yes_and_no_share_a_question() -> None:
    result = compiled(f"not {WOMAN} and {INSURED}", f"{WOMAN} or {INSURED}")
    assert len(result.questions) == 2
    assert isinstance(result.conditions[0].residual, And)
    assert isinstance(result.conditions[0].residual.parts[0], Not)


def test_negation_passes_through_and_and_or_and_nothing_else() -> None:
    assert isinstance(residual(f"not ({WOMAN} and {INSURED})"), Or)
    assert isinstance(residual(f"not (applicant.hukou.age < 60 or {INSURED})"), And)
    question = compiled("not (applicant.social_insurance.months_paid < 60)")
    assert texts(question) == ["(< social_insurance.months_paid integer:60)"]


def test_what_the_form_says_is_decided_without_asking_and_goes_to_no_gateway() -> None:
    result = compiled(f"form.kind = '甲' and {WOMAN}", f"(form.kind = '乙' and {INSURED}) or {AGED}")
    assert all("form." not in text for text in texts(result))


def test_a_fact_compared_with_a_statement_is_asked_with_it() -> None:
    assert texts(compiled("applicant.social_insurance.months_paid >= form.months")) == [
        "(>= social_insurance.months_paid form.months)"
    ]


def test_a_case_over_registers_is_cut_at_its_conditions() -> None:
    tree = residual(f"case when {WOMAN} then {INSURED} else {GRADUATE} end")
    assert isinstance(tree, Case)
    assert all(isinstance(part, Asked) for part in (*tree.branches[0], tree.default))


def test_a_limit_that_depends_on_another_register_is_cut_at_its_conditions() -> None:
    rule = f"applicant.social_insurance.months_paid >= case when {WOMAN} then 120 else 180 end"
    tree = residual(rule)
    assert isinstance(tree, Case)
    assert len(compiled(rule).questions) == 3


def test_a_limit_that_depends_on_the_form_tells_the_gateway_nothing_of_it() -> None:
    tree = residual("applicant.social_insurance.months_paid >= case when form.kind = '甲' then 12 else 24 end")
    assert isinstance(tree, Case)
    assert tree.branches[0][0] == Compare("=", Form("kind"), Literal_(Type.STRING, "甲"))


def test_an_age_limit_within_one_register_is_one_question() -> None:
    result = compiled(f"applicant.hukou.age >= case when {WOMAN} then 55 else 60 end")
    assert len(result.questions) == 1


@pytest.mark.parametrize(
    "rule",
    [
        "applicant.social_insurance.wage + applicant.social_assistance.income < params.line",
        "applicant.hukou.place_code is distinct from owner.hukou.place_code",
        "coalesce(applicant.social_insurance.wage, applicant.social_assistance.income) > 3",
        "finding.house_safe = applicant.social_insurance.is_flexible",
        "applicant.social_insurance.months_paid >= count(children)",
    ],
)
def test_values_of_two_registers_never_meet_at_the_hub(rule: str) -> None:
    assert code(rule) == "across-registers"


def test_an_amount_asks_yes_or_no_unless_it_says_why_it_needs_a_value() -> None:
    amount = f"case when {AGED} then 200 when {WOMAN} then params.line else 100 end"
    result = compiled("true", amount=amount)
    assert {placed.question.kind for placed in result.questions.values()} == {"boolean"}
    assert code("true", amount="applicant.social_insurance.wage * 0.5") == "asks-value"
    wage = compiled("true", amount="applicant.social_insurance.wage * 0.5", amount_value="按缴费工资计发")
    (placed,) = wage.questions.values()
    assert (placed.question.kind, placed.question.type) == ("value", Type.DECIMAL)


def test_a_case_marked_value_is_asked_whole() -> None:
    amount = f"case when {AGED} then 200 when {WOMAN} then 150 else 100 end"
    result = compiled("true", amount=amount, amount_value="分档")
    (placed,) = result.questions.values()
    assert (placed.question.kind, placed.question.type) == ("value", Type.INTEGER)
    across = compiled("true", amount=f"case when {AGED} and {INSURED} then 200 else 100 end", amount_value="分档")
    assert {placed.question.kind for placed in across.questions.values()} == {"boolean"}


def test_words_over_people_are_asked_of_each_and_folded_in_the_residual() -> None:
    tree = residual("count(children, children.hukou.age < 18 and children.diploma.verified) >= 2")
    assert isinstance(tree, Compare)
    assert isinstance(tree.left, OverRole)
    assert isinstance(tree.left.body, And)
    assert {at[1] for at in compiled("has(children, children.hukou.age < 18)").questions} == {"children"}


def test_a_sum_over_people_needs_the_mark_value() -> None:
    rule = "total(children, children.social_insurance.wage) <= params.line"
    assert code(rule) == "asks-value"
    marked = compiled(condition(rule, value="家庭收入核对"))
    (placed,) = marked.questions.values()
    assert placed.question.kind == "value"


def test_a_need_is_one_fact_and_serves_delivery() -> None:
    result = compiled("true", needs={"account": "applicant.social_insurance.card_account"})
    placed = result.needs["account"]
    assert placed.question.kind == "need"
    assert result.questions == {}
    assert result.purposes[placed.question.id, "applicant"] == ("need", ("account",))
    assert code("true", needs={"account": "1"}) == "need"


def test_what_a_question_serves_is_noted_strongest_first() -> None:
    result = compiled(AGED, f"{AGED} or {INSURED}", amount=f"case when {AGED} then 2 else 1 end")
    purposes = {encode(placed.question.expression): result.purposes[at] for at, placed in result.questions.items()}
    assert purposes["(<= hukou.birth_date (cutoff integer:60 years))"] == ("condition", ("c0", "c1", "amount"))


def test_special_personal_data_makes_a_question_sensitive_also_through_a_derived_name() -> None:
    def sensitive(rule: str) -> bool:
        return next(iter(compiled(rule).questions.values())).question.sensitive

    assert sensitive("applicant.social_assistance.status = '在保'")
    assert not sensitive("applicant.social_assistance.months > 3")
    assert sensitive("exists(applicant.criminal_record)")
    assert not sensitive("exists(applicant.vehicle)")


def test_scope_counts_only_where_absence_is_an_answer_for_the_city() -> None:
    def scopes(rule: str) -> set[str]:
        result = compiled(condition(rule, "a", scope="here"), condition(rule, "b"))
        return {placed.question.scope for placed in result.questions.values()}

    assert scopes(INSURED) == {"here", "country"}
    assert scopes(WOMAN) == {"country"}


def test_conditions_of_every_date_are_compiled() -> None:
    old = condition(AGED, "old", until=date(2026, 1, 1))
    new = condition("applicant.hukou.age >= 65", "new", effective=date(2026, 1, 1))
    result = compiled(old, new)
    assert len(result.conditions) == 2
    in_force = [one.condition.id for one in result.conditions if one.in_force(date(2025, 12, 31))]
    assert in_force == ["old"]
    assert [one.condition.id for one in result.conditions if one.in_force(date(2026, 1, 1))] == ["new"]


def test_a_condition_that_is_always_true_or_rests_on_the_form_alone_asks_nothing() -> None:
    assert compiled("true", "form.months > 3", "finding.house_safe").questions == {}


def test_a_denied_derived_fact_asks_the_fact_itself() -> None:
    denied, plain = compiled(f"not {LOCAL}"), compiled(LOCAL)
    assert list(denied.questions) == list(plain.questions)
    assert isinstance(denied.conditions[0].residual, Not)
