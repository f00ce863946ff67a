"""The plan a person authorises: every question once, in words, with its basis."""

from __future__ import annotations

from datetime import date

from mianzheng.model.item import Basis
from mianzheng.plan import full_plan
from mianzheng.rules.compile import compile_item
from tests.rules.city import AS_OF, FACTS, PARAMS, condition, item

CONSENT = Basis(consent="单独同意查询低保状态")
ITEM = item(
    "applicant.hukou.is_local",
    condition("applicant.social_assistance.status is distinct from '在保'", "poor", scope="here"),
    condition("applicant.diploma.level = '本科'", "old", until=date(2020, 1, 1)),
    amount="case when applicant.hukou.age >= 90 then 200 else 100 end",
    needs={"account": "applicant.social_insurance.card_account"},
    basis_by_register={"social_assistance": CONSENT},
)
PLAN = full_plan(compile_item(ITEM, FACTS, PARAMS), FACTS, AS_OF)


def test_a_line_for_each_question_that_may_be_asked_of_a_case_of_this_date() -> None:
    assert [(line.register, line.purpose, line.of) for line in PLAN.lines] == [
        ("hukou", "condition", ("c0",)),
        ("social_assistance", "condition", ("poor",)),
        ("hukou", "outcome", ("amount",)),
        ("social_insurance", "need", ("account",)),
    ]
    assert (PLAN.item, PLAN.version) == ("test-item", 1)


def test_the_basis_is_the_items_or_that_of_the_register() -> None:
    assert PLAN.lines[0].basis == ITEM.basis
    assert PLAN.lines[1].basis == CONSENT


def test_a_line_names_department_sentence_and_sensitivity() -> None:
    line = PLAN.lines[1]
    assert line.department == "civil-affairs"
    assert line.sensitive
    assert line.sentence.zh == "民政部门的本市记录中，其低保状态是否不为在保（包括没有登记）？"


def test_a_question_whose_condition_lapsed_may_still_serve_the_amount() -> None:
    aged = "applicant.hukou.age >= 90"
    lapsed = item(condition(aged, "old", until=date(2020, 1, 1)), amount=f"case when {aged} then 2 else 1 end")
    (line,) = full_plan(compile_item(lapsed, FACTS, PARAMS), FACTS, AS_OF).lines
    assert (line.purpose, line.of) == ("outcome", ("amount",))
