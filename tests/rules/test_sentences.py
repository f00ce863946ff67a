"""Questions and answers in plain sentences, Chinese and English."""

from __future__ import annotations

from typing import Any

import pytest

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.text import Text
from mianzheng.rules.compile import compile_item
from mianzheng.rules.question import Question
from mianzheng.rules.sentences import answer_sentence, sentence
from tests.rules.city import FACTS, PARAMS, ROLES, condition, item, no, not_held, unavailable, yes

FORMS = item().form


def question(rule: str, **more: Any) -> tuple[Question, str]:
    compiled = compile_item(item(condition(rule, **more)), FACTS, PARAMS)
    ((_, role), placed) = next(iter(compiled.questions.items()))
    return placed.question, role


def say(rule: str, **more: Any) -> Text:
    asked, role = question(rule, **more)
    return sentence(asked, FACTS, ROLES[role], FORMS)


def answered(rule: str, answer: Answer, **more: Any) -> Text:
    asked, role = question(rule, **more)
    return answer_sentence(asked, answer, FACTS, ROLES[role], FORMS)


@pytest.mark.parametrize(
    ("rule", "zh"),
    [
        ("applicant.hukou.is_local", "公安部门的记录中，其是否属于本市户籍？"),
        ("applicant.hukou.age >= 80", "公安部门的记录中，其年龄是否满80周岁？"),
        ("applicant.hukou.age < 18", "公安部门的记录中，其年龄是否未满18周岁？"),
        ("applicant.social_assistance.months >= 6", "民政部门的记录中，其享受月数是否满6个月？"),
        (
            "applicant.social_insurance.verified_on >= today - 12 months",
            "人社部门的记录中，其资格认证日期是否在受理之日前12个月以内？",
        ),
        ("applicant.diploma.level in ('本科', '硕士')", "教育部门的记录中，其学历层次是否为本科或硕士？"),
        ("applicant.social_insurance.months_paid >= 60", "人社部门的记录中，其缴费月数是否不低于60个月？"),
        ("applicant.criminal_record.in_proceedings", "公安部门的记录中，其是否正在接受侦查？"),
        ("applicant.criminal_record.has_record = false", "公安部门的记录中，其是否没有犯罪记录？"),
        ("applicant.criminal_record.ended_on is null", "公安部门的记录中，其刑满日期是否没有登记？"),
        ("exists(applicant.diploma)", "教育部门的记录中，其是否有记录？"),
        (
            "applicant.hukou.is_local and applicant.hukou.age >= 60 and applicant.hukou.sex = '女性'",
            "公安部门的记录中，其是否同时符合（属于本市户籍；年龄满60周岁；性别为女性）？",
        ),
        (
            "applicant.criminal_record.ended_on is null or applicant.criminal_record.ended_on < today - 3 years",
            "公安部门的记录中，其是否至少符合一项（刑满日期早于受理之日前3年；刑满日期没有登记）？",
        ),
        (
            "has(applicant.vehicle, use = '营运')",
            "公安部门的vehicle记录中，其是否有符合“使用性质为营运”的记录？",
        ),
        (
            "count(applicant.vehicle, use = '营运') <= 2",
            "公安部门的vehicle记录中，其符合“使用性质为营运”的记录条数是否不超过2条？",
        ),
        (
            "coalesce(applicant.social_insurance.wage, 0) < 3000.5",
            "人社部门的记录中，其缴费工资（没有登记时按0计）是否低于3000.5元？",
        ),
        ("owner.hukou.sex = '女性'", "公安部门的记录中，产权人的性别是否为女性？"),
        ("count(children, children.hukou.age < 18) >= 1", "公安部门的记录中，子女的年龄是否未满18周岁？"),
    ],
)
def test_a_question_reads_as_a_plain_chinese_sentence(rule: str, zh: str) -> None:
    assert say(rule).zh == zh


@pytest.mark.parametrize(
    ("rule", "en"),
    [
        ("applicant.hukou.is_local", "In the records of the police department, are they registered in Linhai?"),
        ("owner.hukou.is_local", "In the records of the police department, is the owner registered in Linhai?"),
        ("applicant.hukou.age >= 80", "In the records of the police department, is their age at least 80 years?"),
        (
            "applicant.hukou.is_local and applicant.hukou.sex = '女性'",
            "In the records of the police department, do they meet all of this "
            "(they are registered in Linhai; their sex is 女性)?",
        ),
        ("exists(applicant.diploma)", "In the records of the education department, do they have a record?"),
        (
            "has(applicant.vehicle, use = '营运' and pledged)",
            "In the records of the police department on vehicle, do they have a record of which: "
            "it meets all of this (its use of the vehicle is 营运; it is pledged)?",
        ),
    ],
)
def test_and_as_a_plain_english_one(rule: str, en: str) -> None:
    assert say(rule).en == en


def test_the_sentence_of_the_issue() -> None:
    text = say("applicant.social_assistance.status = '在保'")
    assert text.zh == "民政部门的记录中，其低保状态是否为在保？"
    assert text.en == "In the records of the civil affairs department, is their subsistence allowance status 在保?"


def test_a_question_for_the_city_alone_says_so() -> None:
    assert say("applicant.social_assistance.status = '在保'", scope="here").zh.startswith("民政部门的本市记录中")


def test_a_value_and_a_need_ask_what() -> None:
    compiled = compile_item(
        item(
            "true",
            amount="applicant.social_insurance.wage",
            amount_value="why",
            needs={"account": "applicant.social_insurance.card_account"},
        ),
        FACTS,
        PARAMS,
    )
    (wage,) = compiled.questions.values()
    assert sentence(wage.question, FACTS, "applicant", {}).zh == "人社部门的记录中，其缴费工资是多少？"
    need = sentence(compiled.needs["account"].question, FACTS, "applicant", {}).zh
    assert need == "人社部门的记录中，其社保卡账户是什么？（密封交给办理部门，只用于送达）"


def test_an_answer_from_a_row_is_a_statement_or_its_denial() -> None:
    rule = "applicant.social_assistance.status = '在保'"
    assert answered(rule, yes()).zh == "民政部门的记录中，其低保状态为在保。"
    assert answered(rule, no()).zh == "民政部门的记录中，其低保状态不为在保。"


def test_an_answer_that_rests_on_an_absent_row_says_so() -> None:
    absent = Answer(status=Status.VALUE, value=True, rests_on=RestsOn.ABSENT)
    text = answered("applicant.social_assistance.status is distinct from '在保'", absent, scope="here")
    assert text.zh.startswith("民政部门没有其social_assistance记录；据此，")
    assert text.en.startswith("The civil affairs department has no record of them")


def test_what_decides_nothing_is_said_to() -> None:
    rule = "applicant.diploma.level = '本科'"
    missing = Answer(status=Status.NOT_HELD, rests_on=RestsOn.MISSING)
    assert answered(rule, missing).zh == "教育部门没有其diploma记录，不能据此判断。"
    assert "没有填写" in answered(rule, not_held()).zh
    assert answered(rule, unavailable()).zh == "教育部门暂时没有应答。"
    assert "异议" in answered(rule, Answer(status=Status.CONTESTED)).zh


def test_every_kind_of_condition_has_words_in_both_languages() -> None:
    for rule in [
        "applicant.hukou.sex <> '男性' and applicant.hukou.birth_date between date '1960-01-01' and today",
        "case when applicant.hukou.sex = '男性' then applicant.hukou.age >= 60 else applicant.hukou.age >= 55 end",
        "exists(applicant.vehicle) and every(applicant.vehicle, pledged = false and not use in ('营运', '非营运'))",
        "total(applicant.real_estate.area_m2, use = '住宅') < params.line",
        "lowest(applicant.vehicle.registered_on) <= today - 6 years or highest(applicant.vehicle.seats) = 5",
        "not contains(applicant.diploma.school, '大学') or starts_with(applicant.diploma.school, '浙')",
        "applicant.social_insurance.wage * 2 + 1 > form.months",
        "applicant.hukou.moved_in_on - today <= 30 and today - applicant.hukou.moved_in_on > params.retire",
        "applicant.diploma.level is not distinct from '本科' or not (applicant.diploma.year <= 2000)",
    ]:
        text = say(rule)
        assert "Node" not in text.zh + text.en
        assert text.zh.endswith("？")
        assert text.en.endswith("?")
