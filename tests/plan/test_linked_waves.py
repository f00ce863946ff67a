"""Links in plans: asked before what is about whom they reach, and only while something about them is worth asking."""

from __future__ import annotations

from typing import Any

import msgspec

from mianzheng.model.evidence import Answer, Evidence, QuestionAt, RestsOn
from mianzheng.plan import full_plan, next_wave, waves_preview
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.evaluate import Answers, evaluate
from mianzheng.rules.reachable import F, T, U, matters, reachable
from mianzheng.rules.values import MISSING
from tests.rules.city import AS_OF, PARAMS, condition, no, not_held, unavailable, yes
from tests.rules.families import (
    CHILD,
    CHILDREN,
    CONSENT,
    FAMILY_FACTS,
    HUSBAND,
    MOTHER,
    SPOUSE,
    STATUS,
    family,
    reached,
)

WORKS = "has(spouse, spouse.social_insurance.status = '正常参保')"
LOCAL = "applicant.hukou.is_local"


class Case:
    """A case asked wave by wave; questions go by register and role, `marriage@applicant`."""

    def __init__(self, item: CompiledItem, **more: Any) -> None:
        self.item, self.more = item, more
        self.answers: dict[QuestionAt, Answer] = {}

    @property
    def evidence(self) -> Evidence:
        return Evidence(answers=self.answers, params=PARAMS, **self.more)

    def wave(self) -> list[str]:
        wave = next_wave(self.item, self.evidence, AS_OF)
        self.asked = {f"{one.question.register}@{one.role}": (one.question.id, one.role) for one in wave}
        return sorted(self.asked)

    def answer(self, **answers: Answer) -> list[str]:
        """Answer what the last wave asked, and return the next one."""
        for name, answer in answers.items():
            self.answers[self.asked[name.replace("__", "@").replace("_no", "#")]] = answer
        return self.wave()

    def worth(self, place: int = 0) -> object:
        return evaluate(self.item.conditions[place].residual, self.item, self.evidence, AS_OF)

    def state(self, place: int = 0) -> frozenset[int]:
        return reachable(self.item.conditions[place].residual, Answers(self.item, self.evidence, AS_OF))


def test_a_link_is_asked_before_what_is_about_whom_it_reaches() -> None:
    case = Case(family(WORKS, spouse=SPOUSE))
    assert case.wave() == ["marriage@applicant"]
    assert case.state() == {F, U, T}
    assert case.answer(marriage__applicant=reached(1)) == ["social_insurance@spouse#1"]
    assert case.answer(social_insurance__spouse_no1=yes()) == []
    assert case.worth() is True


def test_nobody_is_asked_about_when_the_link_reaches_none() -> None:
    case = Case(family(WORKS, "every(spouse, spouse.hukou.is_local)", spouse=SPOUSE))
    case.wave()
    assert case.answer(marriage__applicant=reached(0)) == []
    assert (case.worth(0), case.worth(1)) == (False, True)


def test_a_link_not_held_leaves_everything_about_the_role_unknown() -> None:
    for answer in (not_held(), unavailable()):
        case = Case(family(WORKS, "every(spouse, spouse.hukou.is_local)", spouse=SPOUSE))
        case.wave()
        assert case.answer(marriage__applicant=answer) == []
        assert (case.worth(0), case.worth(1)) == (MISSING, MISSING)


def test_a_required_role_that_is_none_leaves_its_conditions_unknown() -> None:
    case = Case(family("husband.hukou.is_local", "not husband.diploma.level = '本科'", husband=HUSBAND))
    case.wave()
    assert case.answer(marriage__applicant=reached(0)) == []
    assert (case.worth(0), case.worth(1)) == (MISSING, MISSING)
    assert case.state() == {U}


def test_a_required_role_stands_under_its_own_name() -> None:
    case = Case(family("husband.hukou.is_local", husband=HUSBAND))
    case.wave()
    assert case.answer(marriage__applicant=reached(1)) == ["hukou@husband"]


def test_links_lead_on_one_after_the_other() -> None:
    case = Case(family("mother.hukou.is_local", child=CHILD, mother=MOTHER))
    assert case.wave() == ["kinship@applicant"]
    assert case.answer(kinship__applicant=reached(1)) == ["birth@child"]
    assert case.answer(birth__child=reached(1)) == ["hukou@mother"]


def test_no_link_is_asked_once_the_role_cannot_matter() -> None:
    either = family(f"{LOCAL} or {WORKS}", spouse=SPOUSE)
    case = Case(either)
    assert case.wave() == ["hukou@applicant"]
    assert case.answer(hukou__applicant=yes()) == []
    other = Case(either)
    other.wave()
    assert other.answer(hukou__applicant=no()) == ["marriage@applicant"]


def test_no_link_is_asked_in_a_branch_of_or_once_the_case_is_refused() -> None:
    case = Case(family(LOCAL, f"applicant.diploma.level = '本科' or {WORKS}", spouse=SPOUSE))
    case.wave()
    assert case.answer(hukou__applicant=no(), diploma__applicant=no()) == []


def test_a_link_to_people_of_whom_only_sensitive_things_are_asked_waits_as_they_do() -> None:
    case = Case(family("has(spouse, spouse.social_assistance.status = '在保')", LOCAL, spouse=SPOUSE))
    assert case.wave() == ["hukou@applicant"]
    assert case.answer(hukou__applicant=no()) == []


def test_a_link_matters_when_only_how_many_are_reached_decides() -> None:
    case = Case(family("count(children) >= 2", children=CHILDREN))
    assert case.wave() == ["kinship@applicant"]
    link = case.asked["kinship@applicant"]
    assert matters(case.item.conditions[0].residual, link, Answers(case.item, case.evidence, AS_OF))
    assert case.answer(kinship__applicant=reached(2)) == []
    assert case.worth() is True


def test_people_who_may_stand_elsewhere_leave_a_set_open() -> None:
    rules = ("count(children) >= 2", "has(children, children.hukou.is_local)", "count(children) < 3")
    case = Case(family(*rules, children=CHILDREN))
    case.wave()
    assert case.answer(kinship__applicant=reached(2, RestsOn.MISSING)) == ["hukou@children#1"]
    assert (case.worth(0), case.worth(2)) == (True, MISSING)
    assert case.answer(hukou__children_no1=no()) == ["hukou@children#2"]
    assert case.answer(hukou__children_no2=no()) == []
    assert case.worth(1) is MISSING


def test_many_people_fold_with_bounds() -> None:
    case = Case(family("count(children, children.hukou.age < 18) >= 2", children=CHILDREN))
    case.wave()
    assert case.answer(kinship__applicant=reached(3)) == ["hukou@children#1", "hukou@children#2", "hukou@children#3"]
    assert case.answer(hukou__children_no1=yes(), hukou__children_no2=yes(), hukou__children_no3=not_held()) == []
    assert case.worth() is True


def test_a_second_subject_is_reached_before_the_question_about_two() -> None:
    case = Case(family("child.birth.mother = applicant and relation(applicant, child) = '子女'", child=CHILD))
    assert case.wave() == ["kinship@applicant"]
    assert case.answer(kinship__applicant=reached(1)) == ["birth@child", "kinship@applicant"]


def test_a_second_subject_who_is_not_reached_is_never_asked_about() -> None:
    case = Case(family("relation(applicant, child) = '子女'", child=CHILD))
    case.wave()
    assert case.answer(kinship__applicant=not_held()) == []
    assert case.worth() is MISSING


def test_an_operand_goes_before_the_comparison_and_after_the_link() -> None:
    case = Case(family("child.hukou.place_code = applicant.hukou.place_code", child=CHILD))
    assert case.wave() == ["kinship@applicant"]
    assert case.answer(kinship__applicant=reached(1)) == ["hukou@applicant"]
    sealed = Answer(status=yes().status, sealed="jwe", rests_on=RestsOn.ROW)
    assert case.answer(hukou__applicant=sealed) == ["hukou@child"]


def test_without_an_operand_nothing_is_compared() -> None:
    case = Case(family("child.hukou.place_code = applicant.hukou.place_code", child=CHILD))
    case.wave()
    case.answer(kinship__applicant=reached(1))
    assert case.answer(hukou__applicant=not_held()) == []
    assert case.worth() is MISSING


def test_a_contested_link_makes_what_was_said_about_the_person_unknown() -> None:
    item = family("husband.hukou.is_local", husband=HUSBAND)
    case = Case(item)
    case.wave()
    link = case.asked["marriage@applicant"]
    case.answer(marriage__applicant=reached(1))
    case.answer(hukou__husband=no())
    assert case.worth() is False
    case.more = {"contested": frozenset({link})}
    assert case.worth() is MISSING
    assert case.wave() == []


def test_more_people_than_a_role_of_one_holds_are_nobody() -> None:
    case = Case(family(WORKS, spouse=SPOUSE))
    case.wave()
    assert case.answer(marriage__applicant=reached(2)) == []
    assert case.worth() is MISSING


def test_the_plan_has_a_line_of_each_link_on_the_roles_own_basis() -> None:
    consenting = msgspec.structs.replace(SPOUSE, basis=CONSENT)
    item = family(WORKS, "child.hukou.place_code = applicant.hukou.place_code", spouse=consenting, child=CHILD)
    lines = [(line.register, line.role, line.purpose, line.of) for line in full_plan(item, FAMILY_FACTS, AS_OF).lines]
    assert lines == [
        ("kinship", "applicant", "link", ("child",)),
        ("marriage", "applicant", "link", ("spouse",)),
        ("hukou", "applicant", "operand", ("c1",)),
        ("social_insurance", "spouse", "condition", ("c0",)),
        ("hukou", "child", "condition", ("c1",)),
    ]
    bases = {line.role: line.basis for line in full_plan(item, FAMILY_FACTS, AS_OF).lines}
    assert bases == {"applicant": item.item.basis, "spouse": consenting.basis, "child": STATUS}


def test_a_link_that_only_a_lapsed_condition_needs_has_no_line() -> None:
    lapsed = condition(WORKS, "c0", until=AS_OF)
    item = family(lapsed, LOCAL, spouse=SPOUSE)
    assert [line.purpose for line in full_plan(item, FAMILY_FACTS, AS_OF).lines] == ["condition"]


def test_the_preview_shows_links_in_waves_before_what_they_lead_to() -> None:
    item = family("mother.hukou.is_local", WORKS, spouse=SPOUSE, child=CHILD, mother=MOTHER)
    waves = [sorted(f"{one.question.register}@{one.role}" for one in wave) for wave in waves_preview(item, AS_OF)]
    assert waves == [
        ["kinship@applicant", "marriage@applicant"],
        ["birth@child", "social_insurance@spouse"],
        ["hukou@mother"],
    ]


CHILD_LOCAL = "child.hukou.is_local"


def test_what_is_asked_about_a_child_waits_for_all_else_and_is_not_asked_once_the_case_is_refused() -> None:
    case = Case(family(CHILD_LOCAL, LOCAL, child=CHILD))
    assert case.wave() == ["hukou@applicant"]
    assert case.answer(hukou__applicant=no()) == []
    granted = Case(family(CHILD_LOCAL, LOCAL, child=CHILD))
    granted.wave()
    assert granted.answer(hukou__applicant=yes()) == ["kinship@applicant"]


def test_the_same_question_is_special_about_a_child_and_not_about_the_parent() -> None:
    plan = full_plan(family(CHILD_LOCAL, LOCAL, child=CHILD), FAMILY_FACTS, AS_OF)
    marked = {line.role: line.sensitive for line in plan.lines if line.register == "hukou"}
    assert marked == {"child": True, "applicant": False}


def test_a_grown_up_child_who_consents_is_asked_like_any_adult() -> None:
    grown = msgspec.structs.replace(CHILD, basis=CONSENT)
    plan = full_plan(family(CHILD_LOCAL, LOCAL, child=grown), FAMILY_FACTS, AS_OF)
    assert not [line for line in plan.lines if line.sensitive]
