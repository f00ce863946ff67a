"""Waves: nothing that cannot matter, the sensitive last, one branch of an `or` at a time."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.decision import decide
from mianzheng.model.evidence import Answer, Evidence, Granted, QuestionAt, Refused, Undecided
from mianzheng.plan import need_wave, next_wave, waves_preview
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.identity import encode
from mianzheng.rules.question import Placed
from tests.rules.city import AS_OF, FACTS, PARAMS, condition, item, no, not_held, unavailable, yes

LOCAL = "applicant.hukou.is_local"
AGED = "applicant.hukou.age >= 60"
WOMAN = "applicant.hukou.sex = '女性'"
INSURED = "applicant.social_insurance.status = '正常参保'"
GRADUATE = "applicant.diploma.level = '本科'"
POOR = "applicant.social_assistance.status = '在保'"
CARS = "has(applicant.vehicle, use = '营运')"
NAMES = {
    "local": LOCAL, "aged": AGED, "woman": WOMAN, "insured": INSURED, "graduate": GRADUATE, "poor": POOR, "cars": CARS,
}  # fmt: skip


def compiled(*rules: Any, **more: Any) -> CompiledItem:
    return compile_item(item(*rules, **more), FACTS, PARAMS)


_TEXTS = {
    encode(next(iter(compiled(rule).questions.values())).question.expression): name for name, rule in NAMES.items()
}


def name(placed: Placed) -> str:
    return _TEXTS.get(encode(placed.question.expression), encode(placed.question.expression))


class Case:
    """A case asked wave by wave."""

    def __init__(self, item_: CompiledItem, **evidence: Any) -> None:
        self.item = item_
        self.answers: dict[QuestionAt, Answer] = {}
        self.more = evidence

    @property
    def evidence(self) -> Evidence:
        return Evidence(answers=self.answers, params=PARAMS, **self.more)

    def wave(self) -> list[str]:
        return sorted(name(placed) for placed in next_wave(self.item, self.evidence, AS_OF))

    def answer(self, **answers: Answer) -> Case:
        for at, placed in self.item.questions.items():
            if name(placed) in answers:
                self.answers[at] = answers[name(placed)]
        return self


def test_the_first_wave_asks_all_that_decides_and_is_not_sensitive_in_parallel() -> None:
    case = Case(compiled(LOCAL, f"{INSURED} and {GRADUATE}", POOR))
    assert case.wave() == ["graduate", "insured", "local"]


def test_sensitive_questions_come_last_and_only_while_the_outcome_is_open() -> None:
    item_ = compiled(LOCAL, INSURED, POOR)
    assert Case(item_).answer(local=yes(), insured=yes()).wave() == ["poor"]
    assert Case(item_).answer(local=no(), insured=yes()).wave() == []
    assert Case(item_).answer(local=yes(), insured=not_held()).wave() == ["poor"]  # it may still refuse


def test_what_failed_does_not_stop_the_other_reasons_from_being_found() -> None:
    assert Case(compiled(LOCAL, INSURED)).answer(local=no()).wave() == ["insured"]


def test_a_branch_of_an_or_is_asked_only_after_the_one_before() -> None:
    item_ = compiled(f"{GRADUATE} or {INSURED} or {CARS}")
    assert Case(item_).wave() == ["graduate"]
    assert Case(item_).answer(graduate=no()).wave() == ["insured"]
    assert Case(item_).answer(graduate=not_held()).wave() == ["insured"]
    assert Case(item_).answer(graduate=yes()).wave() == []
    assert Case(item_).answer(graduate=no(), insured=no(), cars=no()).wave() == []


def test_the_least_sensitive_branch_of_an_or_goes_first() -> None:
    item_ = compiled(f"{POOR} or {GRADUATE}")
    assert Case(item_).wave() == ["graduate"]
    assert Case(item_).answer(graduate=no()).wave() == ["poor"]


def test_once_refused_no_further_branch_is_opened() -> None:
    item_ = compiled(LOCAL, f"{GRADUATE} or {INSURED}")
    assert Case(item_).wave() == ["graduate", "local"]
    assert Case(item_).answer(local=no(), graduate=no()).wave() == []


def test_within_a_failed_condition_nothing_more_is_asked() -> None:
    item_ = compiled(f"({GRADUATE} or {CARS}) and {INSURED}")
    assert Case(item_).wave() == ["graduate", "insured"]
    assert Case(item_).answer(insured=no()).wave() == []


def test_a_case_asks_its_conditions_first_and_then_only_the_branch_that_counts() -> None:
    item_ = compiled(f"case when {GRADUATE} then {INSURED} else {CARS} end")
    assert Case(item_).wave() == ["graduate"]
    assert Case(item_).answer(graduate=yes()).wave() == ["insured"]
    assert Case(item_).answer(graduate=no()).wave() == ["cars"]
    assert Case(item_).answer(graduate=not_held()).wave() == []


def test_amount_and_claims_are_asked_once_all_conditions_are_met_and_in_one_wave() -> None:
    item_ = compiled(INSURED, amount=f"case when {AGED} then 3 when {WOMAN} then 2 else 1 end")
    assert Case(item_).wave() == ["insured"]
    assert Case(item_).answer(insured=yes()).wave() == ["aged", "woman"]
    assert Case(item_).answer(insured=no()).wave() == []
    assert Case(item_).answer(insured=yes(), aged=yes()).wave() == []
    assert Case(item_).answer(insured=yes(), aged=not_held()).wave() == []


def test_a_value_is_asked_only_on_the_branch_that_needs_it() -> None:
    item_ = compiled(
        INSURED,
        amount=f"case when {GRADUATE} then applicant.social_insurance.wage else 1 end",
        amount_value="按工资",
    )
    assert Case(item_).answer(insured=yes()).wave() == ["graduate"]
    assert Case(item_).answer(insured=yes(), graduate=no()).wave() == []
    assert Case(item_).answer(insured=yes(), graduate=yes()).wave() == ["social_insurance.wage"]


def test_what_the_form_settles_is_not_asked() -> None:
    item_ = compiled(f"form.kind = '甲' or {GRADUATE}", f"form.kind = '甲' and {INSURED}")
    assert Case(item_, forms={"kind": "甲"}).wave() == ["insured"]
    assert Case(item_, forms={"kind": "乙"}).wave() == []


def test_a_condition_not_in_force_asks_nothing() -> None:
    item_ = compiled(condition(LOCAL, "a", until=date(2020, 1, 1)), condition(INSURED, "b"))
    assert Case(item_).wave() == ["insured"]


def test_an_unavailable_answer_is_not_asked_again_until_it_is_taken_out() -> None:
    case = Case(compiled(LOCAL)).answer(local=unavailable())
    assert case.wave() == []
    case.answers.clear()
    assert case.wave() == ["local"]


def test_people_are_asked_each_and_of_has_one_after_another() -> None:
    minor = "children.hukou.age < 18"
    count = Case(compiled(f"count(children, {minor}) >= 2"), members={"children": 3})
    roles = [placed.role for placed in next_wave(count.item, count.evidence, AS_OF)]
    assert roles == ["children#1", "children#2", "children#3"]
    ((id_, _),) = count.item.questions
    count.answers.update({(id_, "children#1"): yes(), (id_, "children#2"): yes()})
    assert count.wave() == []
    has = Case(compiled(f"has(children, {minor})"), members={"children": 2})
    assert [placed.role for placed in next_wave(has.item, has.evidence, AS_OF)] == ["children#1"]


def test_needs_are_asked_apart() -> None:
    item_ = compiled(LOCAL, needs={"account": "applicant.social_insurance.card_account"})
    (need,) = need_wave(item_, Evidence())
    assert need.question.kind == "need"
    assert need_wave(item_, Evidence(answers={(need.question.id, need.role): yes("x")})) == ()
    assert Case(item_).answer(local=yes()).wave() == []


def test_the_preview_names_every_question_once_in_the_order_of_asking() -> None:
    item_ = compiled(
        LOCAL, f"{GRADUATE} or {INSURED}", POOR, amount=f"case when {AGED} then 3 when {WOMAN} then 2 else 1 end"
    )
    waves = [sorted(name(placed) for placed in wave) for wave in waves_preview(item_, AS_OF)]
    assert waves == [["graduate", "local"], ["insured"], ["poor"], ["aged", "woman"]]


rules = st.recursive(
    st.sampled_from(sorted(NAMES)),
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a} and {b})", inner, inner),
        st.builds(lambda a, b: f"({a} or {b})", inner, inner),
        st.builds(lambda a: f"not {a}", inner),
        st.builds(lambda a, b, c: f"(case when {a} then {b} else {c} end)", inner, inner, inner),
    ),
    max_leaves=4,
)
KINDS = [yes(), no(), not_held(), unavailable()]


def written(rule: str) -> str:
    for short in sorted(NAMES, key=len, reverse=True):
        rule = rule.replace(short, f"<{list(NAMES).index(short)}>")
    for index, text in enumerate(NAMES.values()):
        rule = rule.replace(f"<{index}>", text)
    return rule


@settings(max_examples=60, deadline=None)
@given(st.lists(rules, min_size=1, max_size=3), st.data())
def test_every_question_asked_can_change_the_result_and_nothing_is_left_that_could_grant(
    texts: list[str], data: Any
) -> None:
    item_ = compiled(*map(written, texts))
    case = Case(item_)
    for _ in range(12):
        wave = next_wave(item_, case.evidence, AS_OF)
        if not wave:
            break
        for placed in wave:
            assert can_change(item_, case.evidence, (placed.question.id, placed.role))
        for placed in wave:
            case.answers[placed.question.id, placed.role] = data.draw(st.sampled_from(KINDS))
    else:
        pytest.fail("asking does not end")
    decision = decide(item_, FACTS, case.evidence, AS_OF)
    open_ = [at for at in item_.questions if at not in case.answers]
    if isinstance(decision, Undecided):  # then no answer still open could have settled it
        assert not any(can_change(item_, case.evidence, at) for at in open_)
    if isinstance(decision, Granted):
        assert isinstance(full(item_, case.evidence, open_, [no()] * len(open_)), Granted)


def can_change(item_: CompiledItem, evidence: Evidence, at: QuestionAt) -> bool:
    """Whether two values of a question, all other open ones equal, give two decisions."""
    beside = {
        (placed.question.id, placed.role)
        for one in item_.conditions
        if at in {(placed.question.id, placed.role) for placed in one.placed}
        for placed in one.placed
    }
    open_ = [other for other in item_.questions if other in beside - set(evidence.answers) - {at}]
    return any(
        len({repr(result(full(item_, evidence, [at, *open_], [value, *others]))) for value in KINDS[:3]}) > 1
        for others in product(KINDS[:3], repeat=len(open_))
    )


def full(item_: CompiledItem, evidence: Evidence, open_: list[QuestionAt], values: Any) -> Any:
    answers = {**evidence.answers, **dict(zip(open_, values, strict=True))}
    return decide(item_, FACTS, Evidence(answers=answers, params=PARAMS), AS_OF)


def result(decision: Any) -> Any:
    """The outcome and its reasons, without the answers they rest on."""
    if isinstance(decision, Refused):
        return sorted(reason.condition for reason in decision.reasons), decision.not_examined
    return sorted(open_.condition for open_ in decision.open) if isinstance(decision, Undecided) else decision


def test_nothing_more_is_asked_for_a_condition_that_an_officer_settled() -> None:
    assert Case(compiled(LOCAL, INSURED), settled={"c1": True}).wave() == ["local"]
