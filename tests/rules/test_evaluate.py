"""The residual over answers: unknown is never false, and missing people are never assumed."""

from __future__ import annotations

from typing import Any

import pytest

from mianzheng.model.evidence import Answer, Evidence, Status
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.evaluate import evaluate
from mianzheng.rules.values import MISSING, NULL
from tests.rules.city import AS_OF, FACTS, PARAMS, condition, item, no, not_held, unavailable, yes

A = "applicant.hukou.is_local"
B = "applicant.social_insurance.status = '正常参保'"
MINOR = "children.hukou.age < 18"


def of(rule: str) -> CompiledItem:
    return compile_item(item(rule), FACTS, PARAMS)


def value(rule: str, *answers: Answer, **evidence: Any) -> Any:
    """The value of a condition whose questions are answered in order of writing."""
    compiled = of(rule)
    given = dict(zip(compiled.questions, answers, strict=False))
    known = Evidence(answers=given, params=PARAMS, **evidence)
    return evaluate(compiled.conditions[0].residual, compiled, known, AS_OF)


@pytest.mark.parametrize("unknown", [not_held(), unavailable(), Answer(status=Status.CONTESTED)])
def test_what_is_not_answered_by_a_value_is_unknown(unknown: Answer) -> None:
    assert value(A, unknown) is MISSING
    assert value(f"not {A}", unknown) is MISSING
    assert value(f"{A} and {B}", unknown, no()) is False
    assert value(f"{A} and {B}", unknown, yes()) is MISSING
    assert value(f"{A} or {B}", unknown, yes()) is True
    assert value(f"{A} or {B}", unknown, no()) is MISSING


def test_a_contested_answer_counts_as_unknown_though_the_sheet_stands() -> None:
    compiled = of(A)
    (at,) = compiled.questions
    evidence = Evidence(answers={at: no()}, contested=frozenset({at}))
    assert evaluate(compiled.conditions[0].residual, compiled, evidence, AS_OF) is MISSING


def test_a_value_of_a_wrong_type_is_no_answer() -> None:
    assert value(A, yes("true")) is MISSING
    assert value(A, yes(1)) is MISSING


def test_a_statement_left_out_is_null_and_a_finding_not_made_is_unknown() -> None:
    assert value("form.purpose is not null") is False
    assert value("form.purpose is not null", forms={"purpose": "上学"}) is True
    assert value("form.months > 3") is NULL
    assert value("today - form.since <= 30", forms={"since": "2026-11-01"}) is True
    assert value("finding.house_safe") is MISSING
    assert value("not finding.house_safe") is MISSING
    assert value("finding.house_safe is null") is MISSING
    assert value("finding.house_safe", findings={"house_safe": False}) is False


def test_a_figure_not_in_force_is_unknown() -> None:
    assert value("form.months > params.later", forms={"months": 3}) is MISSING


def test_a_date_beyond_the_calendar_is_unknown() -> None:
    given = {"months": 10**9, "since": "2026-11-01"}
    assert value("today - form.since <= form.months", forms=given) is MISSING


def test_an_unknown_condition_of_a_case_decides_nothing() -> None:
    rule = f"case when {A} then {B} else {B} end"
    assert value(rule, not_held(), yes()) is MISSING
    assert value(rule, no(), yes()) is True


def people(rule: str, *answers: Answer, members: dict[str, int] | None = None) -> Any:
    """The value of a condition over children answered one after another."""
    compiled = of(rule)
    ((id_, _),) = compiled.questions
    given = {(id_, f"children#{number}"): one for number, one in enumerate(answers, 1)}
    evidence = Evidence(answers=given, members={"children": len(answers)} if members is None else members)
    return evaluate(compiled.conditions[0].residual, compiled, evidence, AS_OF)


def test_two_known_minors_settle_two_whatever_the_third_says() -> None:
    assert people(f"count(children, {MINOR}) >= 2", yes(), yes(), not_held()) is True
    assert people(f"count(children, {MINOR}) >= 3", yes(), yes(), not_held()) is MISSING
    assert people(f"count(children, {MINOR}) >= 3", yes(), no(), not_held()) is False


def test_has_and_every_over_people() -> None:
    assert people(f"has(children, {MINOR})", no(), yes(), not_held()) is True
    assert people(f"has(children, {MINOR})", no(), not_held()) is MISSING
    assert people(f"has(children, {MINOR})") is False
    assert people(f"count(children) >= 1 and every(children, {MINOR})", yes(), not_held()) is MISSING
    assert people(f"count(children) >= 1 and every(children, {MINOR})", no(), not_held()) is False
    assert people(f"count(children) >= 1 and every(children, {MINOR})") is False


def test_without_a_word_from_the_link_nobody_knows_whether_there_are_more() -> None:
    assert people(f"has(children, {MINOR})", members={}) is MISSING
    assert people(f"count(children, {MINOR}) = 0", members={}) is MISSING
    assert people(f"count(children, {MINOR}) >= 0", members={}) is True


def test_a_sum_over_people_is_open_while_one_is_unknown() -> None:
    compiled = compile_item(
        item(condition("total(children, children.social_insurance.wage) <= 3000", value="家庭收入")), FACTS, PARAMS
    )
    ((id_, _),) = compiled.questions
    given = {(id_, "children#1"): yes("1200.5"), (id_, "children#2"): yes("1700")}

    def total(**changed: Answer) -> Any:
        answers = {**given, **{(id_, name): one for name, one in changed.items()}}
        evidence = Evidence(answers=answers, members={"children": 2})
        return evaluate(compiled.conditions[0].residual, compiled, evidence, AS_OF)

    assert total() is True
    assert total(**{"children#2": yes("1800")}) is False
    assert total(**{"children#2": not_held()}) is MISSING
