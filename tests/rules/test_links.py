"""Links: the roles an item speaks of beyond the applicant, the questions that reach them, and their faults."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.model.canonical import canonical
from mianzheng.model.item import Item, Role
from mianzheng.rules.audience import audiences, line_sentence
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.expression import Asked, Compare, Linked, Not, Operand
from mianzheng.rules.faults import RuleFaults
from mianzheng.rules.identity import encode
from mianzheng.rules.question import Placed
from tests.rules.city import condition, text
from tests.rules.families import (
    CHILD,
    CHILDREN,
    FAMILY_FACTS,
    MOTHER,
    SPOUSE,
    STATUS,
    family,
)

WORKS = "has(spouse, spouse.social_insurance.status = '正常参保')"


def only(compiled: CompiledItem) -> Placed:
    (placed,) = compiled.questions.values()
    return placed


def faults(*rules: Any, **more: Any) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        family(*rules, **more)
    assert all(fault.hint for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


def fault(role: Role) -> Any:
    with pytest.raises(RuleFaults) as caught:
        family("applicant.hukou.is_local", other=role)
    return caught.value.faults[0]


def test_a_role_is_reached_by_one_question_about_the_role_it_starts_from() -> None:
    compiled = family(WORKS, spouse=SPOUSE)
    placed = compiled.links["spouse"]
    assert (placed.role, placed.question.kind, placed.question.register) == ("applicant", "link", "marriage")
    assert isinstance(placed.question.expression, Linked)
    assert compiled.purposes[placed.question.id, "applicant"] == ("link", ("spouse",))


def test_a_role_no_rule_speaks_of_is_reached_by_no_link() -> None:
    assert family("applicant.hukou.is_local", spouse=SPOUSE).links == {}


def test_a_link_brings_the_roles_it_starts_from() -> None:
    compiled = family("mother.hukou.is_local", child=CHILD, mother=MOTHER)
    assert list(compiled.links) == ["child", "mother"]
    assert compiled.links["mother"].role == "child"


def test_a_links_id_tells_one_chosen_from_all_and_digests_its_rule() -> None:
    one = family("child.hukou.is_local", child=CHILD).links["child"].question
    all_ = family("count(children) >= 1", children=CHILDREN).links["children"].question
    assert one.id != all_.id
    assert "kinship.valid" in encode(all_.expression)


def test_a_links_scope_is_here_when_every_condition_about_its_role_says_so() -> None:
    here = family(condition("count(children) >= 1", scope="here"), children=CHILDREN)
    mixed = family(
        condition("count(children) >= 1", "c0", scope="here"),
        condition("every(children, children.hukou.is_local) and count(children) >= 1", "c1"),
        children=CHILDREN,
    )
    assert here.links["children"].question.scope == "here"
    assert mixed.links["children"].question.scope == "country"


def test_a_link_compared_with_a_role_is_one_question_about_two_people() -> None:
    placed = only(family("child.birth.mother = applicant", child=CHILD))
    assert (placed.role, placed.question.register, placed.question.other) == ("child", "birth", "applicant")


def test_a_relation_is_asked_of_the_register_that_says_how_people_are_related() -> None:
    placed = only(family("relation(applicant, child) in ('子女')", child=CHILD))
    assert (placed.role, placed.question.register, placed.question.other) == ("applicant", "kinship", "child")
    assert encode(placed.question.expression) == (
        '(has kinship - (and (= kinship.relation string:"子女") (reaches kinship.relatives) kinship.valid))'
    )


def test_the_second_subject_is_in_the_id_by_its_presence_alone() -> None:
    one = only(family("relation(applicant, child) = '子女'", child=CHILD))
    other = only(family("has(spouse, relation(applicant, spouse) = '子女')", spouse=SPOUSE))
    assert one.question.id == other.question.id
    assert (one.question.other, other.question.other) == ("child", "spouse")


def test_a_link_of_many_rows_may_stand_among_conditions_on_the_row() -> None:
    home = Role(kind="property", label=text("住房"), link="child.birth.birthplace")
    placed = only(family("has(home.title, owners = applicant and area_m2 > 60)", child=CHILD, home=home))
    assert (placed.role, placed.question.other) == ("home", "applicant")
    assert "reaches title.owners" in encode(placed.question.expression)
    same = only(family("home.title.owners = applicant", child=CHILD, home=home))
    assert same.question.other == "applicant"


def test_facts_of_two_people_are_compared_by_a_sealed_operand() -> None:
    compiled = family("child.hukou.place_code = applicant.hukou.place_code", child=CHILD)
    ((id_, role),) = compiled.operands
    placed = only(compiled)
    assert role == "applicant"
    assert placed.role == "child"
    assert placed.question.expression == Compare(
        "=",
        placed.question.expression.left,
        Operand(id_, "applicant", compiled.operands[id_, role].question.type),  # type: ignore[attr-defined]
    )
    assert compiled.conditions[0].residual == Asked(placed.question.id, "child", compiled.conditions[0].residual.type)  # type: ignore[attr-defined]
    assert compiled.purposes[id_, role] == ("operand", ("c0",))


def test_many_people_are_asked_each_with_the_operand_of_the_one() -> None:
    rule = "has(children, applicant.hukou.place_code <> children.hukou.place_code)"
    compiled = family(rule, children=CHILDREN)
    assert only(compiled).role == "children"
    assert [role for _, role in compiled.operands] == ["applicant"]
    assert isinstance(compiled.conditions[0].residual.body, Not)  # type: ignore[attr-defined]


def test_the_less_sensitive_value_travels() -> None:
    compiled = family("applicant.social_insurance.wage > applicant.social_assistance.income")
    assert only(compiled).question.register == "social_assistance"


def test_audiences_are_those_asked_about_a_role_those_its_links_lead_on_to_and_the_handling_one() -> None:
    compiled = family(
        "mother.social_insurance.status = '正常参保'",
        "relation(applicant, child) = '子女'",
        child=CHILD,
        mother=MOTHER,
    )
    assert audiences(compiled, FAMILY_FACTS, "child") == ("civil-affairs", "education", "public-security")
    assert audiences(compiled, FAMILY_FACTS, "mother") == ("civil-affairs", "human-resources")


def test_roles_stand_below_where_their_links_start_though_what_is_signed_is_sorted() -> None:
    aunt = Role(kind="person", label=text("母亲"), link="child.birth.mother", basis=STATUS)
    asked = family("aunt.hukou.is_local", aunt=aunt, child=CHILD).item
    signed = msgspec.json.decode(canonical(asked), type=Item)
    assert list(signed.roles) == list(asked.roles) == ["applicant", "child", "aunt"]
    assert list(compile_item(signed, FAMILY_FACTS, {}).links) == ["child", "aunt"]


@pytest.mark.parametrize(
    ("link", "code", "hint"),
    [
        ("applicant.mariage.spouse", "unknown-register", "did you mean marriage?"),
        ("applicant.marriage.spose", "unknown-link", "did you mean marriage.spouse?"),
        ("applicant.marriage.mother", "unknown-link", "mother is a link of birth"),
        ("applicnt.marriage.spouse", "unknown-role", "did you mean applicant?"),
        ("other.marriage.spouse", "unknown-role", "leads back"),
        ("marriage.spouse", "link", "one of applicant.kinship.children"),
        ("applicant.birth.birthplace", "wrong-kind", ""),
        ("applicant.title.owners", "wrong-kind", ""),
        ("applicant.kinship.children", "many-people", "many: true"),
    ],
)
def test_a_link_that_leads_nowhere_is_a_fault_with_a_hint(link: str, code: str, hint: str) -> None:
    found = fault(Role(kind="person", label=text("某人"), link=link, basis=STATUS))
    assert found.code == code
    assert hint in found.hint
    assert found.file == "roles.other.link"


def test_who_is_chosen_is_one_and_there() -> None:
    role = Role(kind="person", label=text("某人"), link="one of applicant.kinship.children", optional=True)
    assert fault(role).code == "link"


def test_no_link_starts_at_many_people() -> None:
    grand = Role(kind="person", label=text("某人"), link="children.birth.mother", basis=STATUS)
    assert faults("count(children) >= 1", children=CHILDREN, grand=grand) == ["many-people"]


def test_two_roles_are_not_reached_by_the_same_link() -> None:
    assert faults("child.hukou.is_local", child=CHILD, other=CHILD) == ["link-twice"]


def test_a_role_alone_is_no_value_and_a_link_no_fact() -> None:
    assert faults("applicant.hukou.is_local = applicant") == ["link"]
    assert faults("applicant.marriage.spouse = 'x'") == ["link"]
    assert faults("applicant.marriage.spouse is null") == ["link"]
    assert faults("relation(applicant, child)", child=CHILD) == ["link"]
    assert faults("applicant.marriage.spouse > child", child=CHILD) == ["link"]


def test_a_second_subject_is_one_person_of_the_kind_the_link_leads_to() -> None:
    assert faults("relation(applicant, children) = '子女'", children=CHILDREN) == ["many-people"]
    assert faults("has(children, relation(applicant, children) = '子女')", children=CHILDREN) == ["many-people"]
    assert faults("relation(applicant, spouse) = '配偶'", spouse=SPOUSE) == ["many-people"]
    assert faults("relation(applicant, nobody) = '配偶'") == ["unknown-role"]
    home = Role(kind="property", label=text("住房"), link="child.birth.birthplace")
    assert faults("child.birth.mother = home", child=CHILD, home=home) == ["wrong-kind"]


def test_a_relation_knows_the_words_of_its_register() -> None:
    with pytest.raises(RuleFaults) as caught:
        family("relation(applicant, child) in ('子女', '父母亲')", child=CHILD)
    (found,) = caught.value.faults
    assert (found.code, found.hint) == ("unknown-word", "did you mean 父母?")


def test_one_question_never_speaks_of_two_others() -> None:
    rule = "relation(applicant, child) = '子女' and relation(applicant, mother) = '配偶'"
    compiled = family(rule, child=CHILD, mother=MOTHER)
    assert sorted(placed.question.other for placed in compiled.questions.values()) == ["child", "mother"]
    twice = "relation(applicant, child) = '子女' and relation(applicant, mother) = '子女'"
    assert faults(twice, child=CHILD, mother=MOTHER) == ["across-registers"]


@pytest.mark.parametrize(
    ("rules", "roles", "zh", "en"),
    [
        (
            (WORKS,),
            {"spouse": SPOUSE},
            "民政部门的记录中，其配偶是谁？（可能没有；密封交给民政部门、人社部门，平台看不到）",
            "In the records of the civil affairs department, who is their spouse? (there may be none; sealed to "
            "the civil affairs department, the human resources department; the platform cannot see it)",
        ),
        (
            ("child.diploma.level = '本科'",),
            {"child": CHILD},
            "公安部门的kinship记录中，其子女中，本人指明的是哪一位？"
            "（由本人按姓名或号码密封指明，不列名单；密封交给民政部门、教育部门，平台看不到）",
            "In the records of the police department on kinship, which of their children is meant? (named by the "
            "person, sealed, and no list is shown; sealed to the civil affairs department, the education department; "
            "the platform cannot see it)",
        ),
    ],
)
def test_a_links_sentence_says_who_is_told_and_that_there_may_be_none(
    rules: tuple[str, ...], roles: dict[str, Role], zh: str, en: str
) -> None:
    compiled = family(*rules, **roles)
    (placed,) = compiled.links.values()
    said = line_sentence(compiled, FAMILY_FACTS, placed)
    assert (said.zh, said.en) == (zh, en)


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        (
            "relation(applicant, child) in ('子女', '父母')",
            "公安部门的kinship记录中，其是否登记有子女为子女或父母？",
            "In the records of the police department on kinship, do they have a record of the child "
            "as their 子女 or 父母?",
        ),
        (
            "child.birth.mother = applicant",
            "教育部门的记录中，子女的母亲是否为申请人？",
            "In the records of the education department, is the child's mother the applicant?",
        ),
        (
            "child.hukou.place_code = applicant.hukou.place_code",
            "公安部门的记录中，子女的户籍地代码是否为公安部门记录的其户籍地代码？",
            "In the records of the police department, is the child's code of the place of registration their code of "
            "the place of registration in the records of the police department?",
        ),
    ],
)
def test_questions_about_two_people_say_who_the_other_is(rule: str, zh: str, en: str) -> None:
    compiled = family(rule, child=CHILD)
    said = line_sentence(compiled, FAMILY_FACTS, only(compiled))
    assert (said.zh, said.en) == (zh, en)


def test_an_operands_sentence_says_who_compares_it() -> None:
    compiled = family(
        "child.diploma.level = '本科' or child.social_insurance.wage > applicant.social_insurance.wage", child=CHILD
    )
    (placed,) = compiled.operands.values()
    said = line_sentence(compiled, FAMILY_FACTS, placed)
    assert said.zh == "人社部门的记录中，其缴费工资是多少？（密封交给人社部门比对，平台看不到）"
