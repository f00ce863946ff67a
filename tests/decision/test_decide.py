"""The decision: refused for every failing reason found, undecided for what is unknown, granted only when all is met."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from mianzheng.decision import decide
from mianzheng.model.evidence import Answer, Evidence, Granted, QuestionAt, Refused, Undecided
from mianzheng.model.item import Fallback
from mianzheng.rules.compile import CompiledItem, compile_item
from tests.rules.city import AS_OF, FACTS, PARAMS, condition, item, no, not_held, unavailable, yes
from tests.rules.families import FAMILY_FACTS, HUSBAND, SPOUSE, family, reached

LOCAL = "applicant.hukou.is_local"
INSURED = "applicant.social_insurance.status = '正常参保'"
GRADUATE = "applicant.diploma.level = '本科'"
CARS = "has(applicant.vehicle, use = '营运')"


def compiled(*rules: Any, **more: Any) -> CompiledItem:
    return compile_item(item(*rules, **more), FACTS, PARAMS)


def evidence(item_: CompiledItem, *answers: Answer, contest: tuple[int, ...] = (), **more: Any) -> Evidence:
    """Answers in order of the item's questions."""
    given = dict(zip(item_.questions, answers, strict=False))
    contested = frozenset(list(item_.questions)[index] for index in contest)
    return Evidence(answers=given, params=PARAMS, contested=contested, **more)


def decided(item_: CompiledItem, *answers: Answer, **more: Any) -> Any:
    return decide(item_, FACTS, evidence(item_, *answers, **more), AS_OF)


def at(item_: CompiledItem, index: int) -> QuestionAt:
    return list(item_.questions)[index]


def test_granted_when_every_condition_is_met() -> None:
    assert decided(compiled(LOCAL, INSURED), yes(), yes()) == Granted()


def test_a_refusal_names_every_failing_condition_its_answers_and_whose_they_are() -> None:
    item_ = compiled(LOCAL, INSURED, GRADUATE)
    decision = decided(item_, no(), no(), not_held())
    assert isinstance(decision, Refused)
    assert [(reason.condition, reason.department, reason.answers) for reason in decision.reasons] == [
        ("c0", "public-security", (at(item_, 0),)),
        ("c1", "human-resources", (at(item_, 1),)),
    ]
    assert decision.not_examined == ("c2",)
    assert decision.reasons[0].text.zh == "不符合c0"


def test_a_refusal_blames_only_the_answers_that_failed_the_condition() -> None:
    both = compiled(f"{LOCAL} and {INSURED} and {GRADUATE}")
    assert decided(both, yes(), no(), not_held()).reasons[0].answers == (at(both, 1),)
    either = compiled(f"{INSURED} or {GRADUATE}")
    assert len(decided(either, no(), no()).reasons[0].answers) == 2
    neither = compiled(f"not ({INSURED} or {GRADUATE})")
    assert decided(neither, no(), yes()).reasons[0].answers == (at(neither, 1),)
    people = compiled("count(children) >= 1 and every(children, children.hukou.is_local)")
    ((id_, _),) = people.questions
    given = {(id_, "children#1"): yes(), (id_, "children#2"): no()}
    decision: Any = decide(people, FACTS, Evidence(answers=given, members={"children": 2}), AS_OF)
    assert decision.reasons[0].answers == ((id_, "children#2"),)


def test_a_condition_on_the_form_fails_in_the_handling_department() -> None:
    decision = decided(compiled("form.months > 3"), forms={"months": 2})
    assert decision.reasons[0].department == "civil-affairs"
    assert decision.reasons[0].answers == ()


def test_unknown_is_never_refused() -> None:
    item_ = compiled(LOCAL, INSURED)
    for unknown in (not_held(), unavailable()):
        decision = decided(item_, yes(), unknown)
        assert isinstance(decision, Undecided)
        assert [open_.condition for open_ in decision.open] == ["c1"]
    assert isinstance(decided(item_, yes()), Undecided)


def test_a_contested_answer_counts_as_unknown() -> None:
    item_ = compiled(LOCAL)
    decision = decided(item_, no(), contest=(0,))
    assert isinstance(decision, Undecided)
    assert decision.open[0].waits_for == ()


def test_a_declaration_never_follows_a_contested_answer() -> None:
    item_ = compiled(condition(LOCAL, "a", fallback=Fallback.DECLARE))
    assert decided(item_, not_held()).open[0].fallback == "declare"
    assert decided(item_, no(), contest=(0,)).open[0].fallback == "person"


def test_an_open_condition_waits_for_the_unavailable_answers_that_may_settle_it() -> None:
    item_ = compiled(condition(f"({INSURED} and {GRADUATE}) or {CARS}", "a", fallback=Fallback.WAIT))
    assert decided(item_, unavailable(), yes(), no()).open[0].waits_for == (at(item_, 0),)
    assert decided(item_, unavailable(), not_held(), no()).open[0].waits_for == (at(item_, 0),)
    gone = compiled(f"{INSURED} or {GRADUATE}", LOCAL)
    decision = decided(gone, not_held(), not_held(), unavailable())
    assert [open_.waits_for for open_ in decision.open] == [(), (at(gone, 2),)]


def test_a_case_is_decided_by_the_law_of_its_own_date() -> None:
    old = condition("applicant.hukou.age >= 60", "old", until=date(2026, 1, 1))
    new = condition("applicant.hukou.age >= 65", "new", effective=date(2026, 1, 1))
    item_ = compiled(old, new)
    given = evidence(item_, yes(), no())
    assert isinstance(decide(item_, FACTS, given, date(2025, 12, 31)), Granted)
    decision = decide(item_, FACTS, given, date(2026, 1, 1))
    assert isinstance(decision, Refused)
    assert [reason.condition for reason in decision.reasons] == ["new"]


def test_the_amount_is_computed_from_answers_and_the_figures_of_the_day() -> None:
    amount = f"case when {INSURED} then params.line when {GRADUATE} then 200 else 0.5 * 100 end"
    item_ = compiled(LOCAL, amount=amount)
    assert decided(item_, yes(), yes()).amount == Decimal(1200)
    assert decide(item_, FACTS, evidence(item_, yes(), yes()), date(2026, 6, 30)).amount == Decimal("1100.50")  # type: ignore[union-attr]
    assert decided(item_, yes(), no(), yes()).amount == 200
    assert decided(item_, yes(), no(), no()).amount == 50


def test_an_amount_that_cannot_be_computed_leaves_the_case_to_a_person() -> None:
    item_ = compiled(LOCAL, amount=f"case when {INSURED} then 2 else 1 end")
    decision = decided(item_, yes(), unavailable())
    assert isinstance(decision, Undecided)
    (open_,) = decision.open
    assert (open_.condition, open_.fallback, open_.waits_for) == ("amount", "person", (at(item_, 1),))
    assert isinstance(decided(item_, no(), unavailable()), Refused)
    unset = compiled(LOCAL, amount="form.months * 10")
    assert isinstance(decided(unset, yes()), Undecided)


def test_claims_are_computed_and_one_without_a_value_is_left_out() -> None:
    item_ = compiled(
        LOCAL,
        claims={"band": f"case when {INSURED} then '甲' else '乙' end", "purpose": "form.purpose", "local": LOCAL},
    )
    assert decided(item_, yes(), no()).claims == {"band": "乙", "local": True}
    assert decided(item_, yes(), no(), forms={"purpose": "上学"}).claims["purpose"] == "上学"
    decision = decided(item_, yes(), not_held())
    assert [open_.condition for open_ in decision.open] == ["claims.band"]


def test_findings_of_an_officer_decide_and_their_absence_does_not() -> None:
    item_ = compiled("finding.house_safe")
    assert isinstance(decided(item_), Undecided)
    assert isinstance(decided(item_, findings={"house_safe": True}), Granted)
    assert isinstance(decided(item_, findings={"house_safe": False}), Refused)


def test_an_officer_settles_what_answers_leave_open_and_the_decision_says_so() -> None:
    item_ = compiled(LOCAL, INSURED)
    assert decided(item_, yes(), not_held(), settled={"c1": True}) == Granted(settled=("c1",))
    refused = decided(item_, yes(), not_held(), settled={"c1": False})
    assert isinstance(refused, Refused)
    assert refused.settled == ("c1",)
    assert [(one.condition, one.department, one.answers) for one in refused.reasons] == [("c1", "civil-affairs", ())]


def test_an_officers_finding_does_not_outweigh_an_answer() -> None:
    item_ = compiled(LOCAL, INSURED)
    refused = decided(item_, yes(), no(), settled={"c1": True})
    assert isinstance(refused, Refused)
    assert refused.reasons[0].answers == (at(item_, 1),)
    assert decided(item_, yes(), yes(), settled={"c1": False}) == Granted()


def test_a_declaration_counts_only_where_the_condition_allows_one_and_nothing_is_contested() -> None:
    item_ = compiled(condition(LOCAL, "c0", fallback=Fallback.DECLARE), condition(INSURED, "c1"))
    assert decided(item_, not_held(), yes(), declared=frozenset({"c0"})) == Granted(declared=("c0",))
    assert isinstance(decided(item_, yes(), not_held(), declared=frozenset({"c1"})), Undecided)
    assert isinstance(decided(item_, not_held(), yes(), declared=frozenset({"c0"}), contest=(0,)), Undecided)


def test_nothing_is_granted_on_what_may_follow() -> None:
    item_ = compiled(condition(LOCAL, "c0", fallback=Fallback.ACCEPT_INCOMPLETE), condition(INSURED, "c1"))
    for missing in (unavailable(), not_held()):
        found = decided(item_, missing, yes())
        assert isinstance(found, Undecided)
        assert [(one.condition, one.fallback) for one in found.open] == [("c0", "accept_incomplete")]


def test_an_amount_that_cannot_be_computed_may_be_entered_by_an_officer() -> None:
    amount = f"case when {INSURED} then 200 else 100 end"
    item_ = compiled(LOCAL, amount=amount)
    assert isinstance(decided(item_, yes(), not_held()), Undecided)
    assert decided(item_, yes(), not_held(), computed={"amount": 150}) == Granted(amount=Decimal(150))
    assert decided(item_, yes(), yes(), computed={"amount": 150}) == Granted(amount=Decimal(200))


def test_a_refusal_blames_the_person_it_rests_on_and_the_link_that_says_there_are_no_others() -> None:
    works = "has(spouse, spouse.social_insurance.status = '正常参保')"
    item_ = family(works, spouse=SPOUSE)
    link, (question,) = (item_.links["spouse"].question.id, "applicant"), [id_ for id_, _ in item_.questions]
    answers = {link: reached(1), (question, "spouse#1"): no()}
    refused = decide(item_, FAMILY_FACTS, Evidence(answers=answers, params=PARAMS), AS_OF)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].answers == ((question, "spouse#1"), link)
    assert refused.reasons[0].department == "human-resources"
    none = decide(item_, FAMILY_FACTS, Evidence(answers={link: reached(0)}, params=PARAMS), AS_OF)
    assert isinstance(none, Refused)
    assert (none.reasons[0].answers, none.reasons[0].department) == ((link,), "civil-affairs")


def test_a_required_role_that_nobody_stands_in_leaves_the_case_to_a_person() -> None:
    item_ = family("husband.hukou.is_local", husband=HUSBAND)
    link = (item_.links["husband"].question.id, "applicant")
    for answer in (reached(0), not_held()):
        decision = decide(item_, FAMILY_FACTS, Evidence(answers={link: answer}, params=PARAMS), AS_OF)
        assert isinstance(decision, Undecided)
        assert [(one.condition, one.fallback) for one in decision.open] == [("c0", "person")]


def test_a_link_that_has_not_answered_yet_is_waited_for() -> None:
    item_ = family("husband.hukou.is_local", husband=HUSBAND)
    link = (item_.links["husband"].question.id, "applicant")
    decision = decide(item_, FAMILY_FACTS, Evidence(answers={link: unavailable()}, params=PARAMS), AS_OF)
    assert isinstance(decision, Undecided)
    assert decision.open[0].waits_for == (link,)
