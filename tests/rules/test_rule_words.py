"""Whole rules in words: the questions as statements, and what joins them."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.catalogue.load import load
from mianzheng.model.facts import Type
from mianzheng.model.item import Condition, Finding, FormField, Payment, Reference
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.rule_words import amount_words, condition_words
from tests.catalogue.small_packs import SMALL

CATALOGUE = load(SMALL)
LAW = Reference(text="某条", verified=False)


def with_rule(rule: str, amount: str = "params.allowance_old") -> CompiledItem:
    item = CATALOGUE.items[0].item
    condition = Condition(id="one", rule=rule, otherwise=Text("不符", "not so"), reference=LAW)
    outcome = msgspec.structs.replace(item.outcome, pay=Payment(amount=amount, every="month", reference=LAW))
    changed = msgspec.structs.replace(
        item,
        conditions=(condition,),
        outcome=outcome,
        form={
            "area": FormField(label=Text("面积", "area"), type=Type.INTEGER),
            "use": FormField(label=Text("用途", "use"), type=Type.STRING),
        },
        findings={"seen": Finding(label=Text("现场相符", "the site fits"), type=Type.BOOLEAN)},
    )
    return compile_item(changed, CATALOGUE.facts, CATALOGUE.params)


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("applicant.hukou.age >= 80", "的记录中，其年龄满80周岁", "their age is at least 80 years"),
        ("not (applicant.hukou.age >= 80)", "其年龄未满80周岁", "their age is less than 80 years"),
        ("form.area <= 120", "本人填报的面积不超过120", "the area that was stated is at most 120"),
        (
            "years_since(date '2000-01-01') = form.area - 1999",
            "本人填报的面积为受理之年的上一年",
            "the area that was stated is the year before that of acceptance",
        ),
        (
            "years_since(date '2000-01-01') between form.area - 2000 and form.area - 1999",
            "本人填报的面积为受理之年或者受理之年的上一年",
            "the area that was stated is the year of acceptance or the year before that of acceptance",
        ),
        (
            "years_since(date '2000-01-01') = form.area - 1990",
            "同时符合：受理之日前本人填报的面积减1990年不早于2000年1月1日",
            "the area that was stated minus 1990 years before",
        ),
        ("contains(form.use, '住')", "本人填报的用途含有“住”", "the use that was stated does contain “住”"),
        (
            "count(applicant.vehicle, status = '正常') * 2 <= 3",
            "的记录条数乘以2不超过3",
            "number of records (only those of which: ",
        ),
        ("not finding.seen", "核查认定不成立：现场相符", "an officer does not find: the site fits"),
        (
            "finding.seen or (form.area > 3 and form.area < 9)",
            "至少符合一项：核查认定：现场相符；同时符合（本人填报的面积高于3；本人填报的面积低于9）",
            "at least one of this: an officer finds: the site fits; all of this (",
        ),
    ],
)
def test_a_rule_is_said_with_its_questions_as_statements(rule: str, zh: str, en: str) -> None:
    said = condition_words(with_rule(rule), CATALOGUE.facts, "one")
    assert zh in said.zh and en in said.en


def test_an_amount_says_when_which_figure_is_paid() -> None:
    amount = "case when applicant.hukou.age >= 90 then params.allowance_old * 2 else params.allowance_old end"
    said = amount_words(with_rule("form.area > 0", amount), CATALOGUE.facts)
    assert said is not None
    assert "满90周岁，则公布的" in said.zh and "乘以2；否则公布的" in said.zh
    assert "is at least 90 years, then the published figure" in said.en
