"""Answers about two people and of links, in words."""

from __future__ import annotations

import pytest

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.rules.audience import beside_of
from mianzheng.rules.question import Placed
from mianzheng.rules.sentences import answer_sentence
from tests.rules.city import no, not_held, yes
from tests.rules.families import CHILD, CHILDREN, FAMILY_FACTS, SPOUSE, family, reached

NONE = Answer(status=Status.VALUE, value=0, rests_on=RestsOn.ABSENT)
FAMILY = family(
    "has(spouse, spouse.hukou.is_local)",
    "child.birth.mother = applicant and relation(applicant, child) = '子女'",
    "count(children) >= 2",
    "child.hukou.place_code = applicant.hukou.place_code",
    spouse=SPOUSE,
    child=CHILD,
    children=CHILDREN,
)


def words(placed: Placed, answer: Answer) -> str:
    role = FAMILY.item.roles[placed.role]
    beside = beside_of(FAMILY, FAMILY_FACTS, placed)
    return answer_sentence(placed.question, answer, FAMILY_FACTS, role, FAMILY.item.form, beside).zh


@pytest.mark.parametrize(
    ("role", "answer", "zh"),
    [
        ("spouse", reached(1), "民政部门的记录中，其配偶有1人。"),
        ("spouse", reached(0), "民政部门的记录中，没有其配偶。"),
        ("spouse", not_held(), "民政部门的记录没有填写这一项，不能据此判断。"),
        ("children", NONE, "公安部门没有其kinship记录；据此，没有其子女。"),
        ("children", reached(2, RestsOn.MISSING), "公安部门的kinship记录中，其子女有2人。"),
        ("child", reached(1), "公安部门的kinship记录中，本人指明的在其子女之中。"),
    ],
)
def test_a_links_answer_says_how_many_and_never_who(role: str, answer: Answer, zh: str) -> None:
    assert words(FAMILY.links[role], answer) == zh


def test_an_answer_about_two_names_the_other() -> None:
    asked = {placed.question.register: placed for placed in FAMILY.questions.values() if placed.question.other}
    assert words(asked["birth"], no()) == "教育部门的记录中，子女的母亲不是申请人。"
    assert words(asked["kinship"], yes()) == "公安部门的kinship记录中，其登记有子女为子女。"


def test_an_operand_says_only_that_it_was_sealed() -> None:
    (operand,) = FAMILY.operands.values()
    sealed = Answer(status=Status.VALUE, rests_on=RestsOn.ROW, sealed="jwe")
    assert words(operand, sealed) == "公安部门的记录中，其户籍地代码已密封交给比对的部门。"
