"""Whose answer it was sees it whole; others read that one condition is not met, and not which."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from mianzheng.decision.audience import AGENT, CLERK, RESIDENT, WITHHELD, Viewer, reasons_for, sees, sees_condition
from mianzheng.model.evidence import QuestionAt, Reason
from mianzheng.model.facts import Department, Type
from mianzheng.model.item import Basis, Condition, Item, Outcome, Reference, Role
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledCondition, CompiledItem
from mianzheng.rules.expression import Asked, Node
from mianzheng.rules.question import Placed, Question

WIFE = Viewer(kind="linked", role="spouse#1")
WORDS = Text(zh="不符", en="not met")
LAW = Reference(text="通行做法", verified=False)
ROLES = {
    "applicant": Role(kind="person", label=WORDS),
    "spouse": Role(kind="person", label=WORDS, link="applicant.marriage.spouse", optional=True),
    "child": Role(kind="person", label=WORDS, link="one of applicant.kinship.children"),
    "home": Role(kind="property", label=WORDS, link="one of applicant.title.homes"),
}
ASKED: dict[str, tuple[str, bool]] = {  # question -> role, special
    "income": ("applicant", False),
    "record": ("applicant", True),
    "wage": ("spouse", False),
    "school": ("child", False),
    "area": ("home", False),
}
DEPARTMENTS = {
    name: Department(
        department=name, uscc="11331082X00000019P", number="01", name=WORDS, short=WORDS, contact=Text(zh=name, en=name)
    )
    for name in ("housing", "police")
}


def condition(name: str) -> Condition:
    return Condition(id=name, rule="true", otherwise=WORDS, reference=LAW)


def compiled() -> CompiledItem:
    """An item with one condition for each question, and one that asks nobody."""
    placed = {
        name: Placed(role=role, question=question(name, special=special)) for name, (role, special) in ASKED.items()
    }
    conditions = [
        CompiledCondition(condition=condition(name), residual=residual(name), placed=(one,))
        for name, one in placed.items()
    ]
    conditions.append(CompiledCondition(condition=condition("own"), residual=residual("income"), placed=()))
    item = Item(
        item="home", version=1, code="1", name=WORDS, department="housing", kind="公共服务", who=("自然人",),
        promise_days=0, legal_days=20, replaces={}, effective=date(2024, 1, 1), basis=Basis(duty="法"), presence=3,
        roles=ROLES, conditions=tuple(one.condition for one in conditions),
        outcome=Outcome(credential=WORDS, credential_type="home"), reference=LAW,
    )  # fmt: skip
    return CompiledItem(
        item=item, conditions=tuple(conditions), amount=None, claims={}, claim_types={}, needs={},
        questions={(name, one.role): one for name, one in placed.items()}, purposes={}, levels={},
    )  # fmt: skip


def question(name: str, *, special: bool) -> Question:
    return Question(
        id=name, register="r", expression=residual(name), kind="boolean", type=Type.BOOLEAN, scope="country",
        sensitive=special,
    )  # fmt: skip


def residual(name: str) -> Node:
    return Asked(role=ASKED[name][0], question=name, type=Type.BOOLEAN)


ITEM = compiled()
AT: dict[str, QuestionAt] = {
    name: (name, "spouse#1" if role == "spouse" else role) for name, (role, _) in ASKED.items()
}


def reason(*names: str) -> Reason:
    return Reason(condition=names[0], text=WORDS, department="police", answers=tuple(AT[name] for name in names))


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (RESIDENT, {"income", "record", "school", "area"}),
        (AGENT, {"income", "area"}),
        (CLERK, {"income", "area"}),
        (WIFE, {"wage"}),
    ],
)
def test_each_viewer_sees_the_answers_that_are_theirs(viewer: Viewer, seen: set[str]) -> None:
    assert {name for name, at in AT.items() if sees(viewer, at, ITEM)} == seen


def test_a_linked_person_does_not_see_the_answers_of_another_one_of_their_role() -> None:
    assert not sees(WIFE, ("wage", "spouse#2"), ITEM)


@pytest.mark.parametrize("viewer", [AGENT, CLERK])
def test_a_special_reason_is_withheld_from_agent_and_clerk_and_read_by_the_resident(viewer: Viewer) -> None:
    (withheld,) = reasons_for(viewer, (reason("record"),), ITEM, DEPARTMENTS)
    assert (withheld.zh, withheld.en) == (WITHHELD.zh, WITHHELD.en)
    assert (withheld.condition, withheld.department, withheld.contest) == ("", "housing", None)
    (whole,) = reasons_for(RESIDENT, (reason("record"),), ITEM, DEPARTMENTS)
    assert (whole.condition, whole.department, whole.contest) == ("record", "police", DEPARTMENTS["police"].contact)


def test_the_reason_of_another_person_is_withheld_from_the_applicant_and_read_by_that_person() -> None:
    assert reasons_for(RESIDENT, (reason("wage"),), ITEM, DEPARTMENTS)[0].condition == ""
    assert reasons_for(WIFE, (reason("wage"),), ITEM, DEPARTMENTS)[0].condition == "wage"
    assert reasons_for(WIFE, (reason("income"),), ITEM, DEPARTMENTS)[0].condition == ""


def test_a_reason_that_rests_on_any_answer_of_another_is_withheld_whole() -> None:
    assert reasons_for(RESIDENT, (reason("income", "wage"),), ITEM, DEPARTMENTS)[0].condition == ""


def test_two_withheld_reasons_cannot_be_told_apart() -> None:
    first, second = reasons_for(CLERK, (reason("record"), reason("wage")), ITEM, DEPARTMENTS)
    assert first == second


def test_a_reason_that_rests_on_no_answer_is_the_departments_own_and_open_to_all_but_linked_persons() -> None:
    own = msgspec.structs.replace(reason("income"), condition="own", answers=())
    assert {reasons_for(viewer, (own,), ITEM, DEPARTMENTS)[0].condition for viewer in (RESIDENT, AGENT, CLERK)} == {
        "own"
    }
    assert reasons_for(WIFE, (own,), ITEM, DEPARTMENTS)[0].condition == ""


def test_what_a_condition_came_to_is_seen_by_whoever_sees_every_answer_behind_it() -> None:
    def seen(viewer: Viewer) -> set[str]:
        return {one.id for one in ITEM.item.conditions if sees_condition(viewer, one, ITEM)}

    assert seen(RESIDENT) == {"income", "record", "school", "area", "own"}
    assert seen(CLERK) == {"income", "area", "own"}
    assert seen(WIFE) == {"wage"}


def test_a_question_that_the_item_does_not_ask_is_taken_for_special() -> None:
    assert not sees(CLERK, ("unknown", "applicant"), ITEM)
