"""What a question means over rows, a NULL, and a row that is not there (design/rules.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mianzheng.model.evidence import RestsOn, Status
from mianzheng.model.facts import Type
from mianzheng.rules.answer import answer, answer_absent
from mianzheng.rules.bind import Bindings, Unbound
from mianzheng.rules.expression import Fact, Node
from mianzheng.rules.parse import Where, parse, parse_rule
from mianzheng.rules.question import Question
from tests.rules.city import AS_OF, FACTS, PARAMS

BIND = Bindings(as_of=AS_OF, params=PARAMS, forms={})
YES, NO, OPEN = True, False, None


def ask(text: str, register: str, rows: list[dict[str, Any]], *, scope: str = "country", bind: Bindings = BIND) -> Any:
    """The boolean answer of a rule over rows: True, False, or None when not held."""
    result = answer(question(text, register, scope=scope), FACTS.registers[register], rows, bind)
    assert (result.status is Status.NOT_HELD) == (result.value is None)
    return result.value


def question(text: str, register: str, *, scope: str = "country", kind: str = "boolean") -> Question:
    expression = own(text, register)
    return Question(
        id="q", register=register, expression=expression, kind=kind, type=Type.BOOLEAN, scope=scope, sensitive=False
    )  # type: ignore[arg-type]


def own(text: str, register: str) -> Node:
    try:
        return parse_rule(text, Where("t", 1, 1), within=register).node
    except Exception:
        return parse(text, Where("t", 1, 1))


def row(**facts: Any) -> list[dict[str, Any]]:
    return [facts]


@pytest.mark.parametrize(
    ("text", "closed", "otherwise"),
    [
        ("status = '正常参保'", NO, OPEN),
        ("not status = '正常参保'", YES, OPEN),
        ("status <> '正常参保'", YES, OPEN),
        ("status not in ('正常参保')", YES, OPEN),
        ("status is null", YES, OPEN),
        ("status is not null", NO, OPEN),
        ("status is distinct from '正常参保'", YES, OPEN),
        ("status is not distinct from '正常参保'", NO, OPEN),
        ("months_paid >= 12", NO, OPEN),
        ("months_paid < 12", YES, OPEN),
        ("is_flexible", NO, OPEN),
        ("is_flexible = false", YES, OPEN),
        ("not is_flexible", YES, OPEN),
        ("wage < 100", NO, OPEN),
        ("wage >= 100", NO, OPEN),
        ("wage between 1 and 2", NO, OPEN),
        ("wage not between 1 and 2", YES, OPEN),
        ("coalesce(wage, 0) < 100", YES, OPEN),
        ("case when status = '停保' then false else true end", YES, OPEN),
        ("verified_on >= today - 12 months", NO, OPEN),
    ],
)
def test_a_closed_register_answers_from_absence_and_only_for_the_city(text: str, closed: Any, otherwise: Any) -> None:
    assert ask(text, "social_insurance", [], scope="here") is closed
    assert ask(text, "social_insurance", [], scope="country") is otherwise


@pytest.mark.parametrize("text", ["level is null", "coalesce(level, '专科') = '专科'", "level is distinct from '本科'"])
def test_missing_passes_through_what_would_hide_it(text: str) -> None:
    assert ask(text, "diploma", []) is OPEN
    assert ask(text, "diploma", row(level=None)) is YES


def test_a_declared_value_stands_only_for_an_absent_row_and_never_for_a_null() -> None:
    assert ask("count = 0", "criminal_record", []) is YES
    assert ask("count = 0", "criminal_record", row(count=None)) is OPEN


def test_a_yes_no_fact_without_declared_value_is_false_over_an_absent_row_either_way() -> None:
    assert ask("in_proceedings", "criminal_record", []) is NO
    assert ask("in_proceedings = false", "criminal_record", []) is NO
    assert ask("not in_proceedings", "criminal_record", []) is YES


def test_in_a_register_that_must_have_everyone_no_row_is_not_held() -> None:
    assert ask("status is distinct from '正常'", "hukou", []) is OPEN
    assert ask("exists(applicant.hukou)", "hukou", []) is NO


@pytest.mark.parametrize("register", ["hukou", "social_insurance", "criminal_record", "diploma"])
def test_exists_speaks_of_the_register_and_is_always_true_or_false(register: str) -> None:
    assert ask(f"exists(applicant.{register})", register, []) is NO
    assert ask(f"not exists(applicant.{register})", register, []) is YES
    assert ask(f"exists(applicant.{register})", register, row()) is YES


def test_null_is_unknown_to_every_comparison_and_to_its_negation() -> None:
    for text in (
        "level = '本科'",
        "level <> '本科'",
        "level in ('本科')",
        "not level in ('本科')",
        "verified",
        "not verified",
    ):
        assert ask(text, "diploma", row(level=None, verified=None)) is OPEN
    assert ask("level = '本科' or school = '浙大'", "diploma", row(level=None, school="浙大")) is YES
    assert ask("level = '本科' and school = '浙大'", "diploma", row(level=None, school="x")) is NO


def test_a_case_with_an_unknown_condition_is_not_held_where_sql_takes_else() -> None:
    text = "case when level = '本科' then true else true end"
    assert ask(text, "diploma", row(level=None)) is OPEN
    assert ask(text, "diploma", row(level="专科")) is YES


def test_an_answer_says_what_it_rests_on() -> None:
    def rests(text: str, register: str, rows: list[dict[str, Any]], scope: str = "country") -> RestsOn | None:
        return answer(question(text, register, scope=scope), FACTS.registers[register], rows, BIND).rests_on

    assert rests("level = '本科'", "diploma", row(level="本科")) is RestsOn.ROW
    assert rests("level = '本科'", "diploma", row(level=None)) is RestsOn.NULL
    assert rests("level = '本科'", "diploma", []) is RestsOn.MISSING
    assert rests("count = 0", "criminal_record", []) is RestsOn.ABSENT
    assert rests("status is null", "social_insurance", [], "here") is RestsOn.ABSENT
    assert rests("status is null", "social_insurance", [], "country") is RestsOn.MISSING


def test_two_rows_where_one_belongs_are_unavailable_and_never_an_answer() -> None:
    result = answer(question("level = '本科'", "diploma"), FACTS.registers["diploma"], [{}, {}], BIND)
    assert result.status is Status.UNAVAILABLE
    assert result.reason


CARS: list[dict[str, Any]] = [
    {"status": "正常", "use": "营运", "price": Decimal(10), "seats": 5, "registered_on": date(2020, 1, 1)},
    {"status": "注销", "use": "营运", "price": Decimal(20), "seats": 7, "registered_on": date(2022, 1, 1)},
    {"status": None, "use": "非营运", "price": None, "seats": 4, "registered_on": None},
]


@pytest.mark.parametrize(
    ("rule", "rows", "expected"),
    [
        ("has(applicant.vehicle, status = '正常' and use = '营运')", CARS, YES),
        ("has(applicant.vehicle, status = '正常' and use = '非营运')", CARS, OPEN),
        ("has(applicant.vehicle, seats > 9)", CARS, NO),
        ("has(applicant.vehicle, seats > 9)", [], NO),
        ("every(applicant.vehicle, seats > 3)", CARS, YES),
        ("every(applicant.vehicle, status = '正常')", CARS, NO),
        ("every(applicant.vehicle, status in ('正常', '注销'))", CARS, OPEN),
        ("every(applicant.vehicle, seats > 3)", [], YES),
        ("count(applicant.vehicle) = 3", CARS, YES),
        ("count(applicant.vehicle, status = '正常') >= 1", CARS, YES),
        ("count(applicant.vehicle, status = '正常') >= 2", CARS, OPEN),
        ("count(applicant.vehicle, status = '正常') >= 3", CARS, NO),
        ("count(applicant.vehicle, status = '正常') = 1", CARS, OPEN),
        ("2 <= count(applicant.vehicle)", CARS, YES),
        ("total(applicant.vehicle.seats) = 16", CARS, YES),
        ("total(applicant.vehicle.seats, status = '正常') <= 9", CARS, YES),
        ("total(applicant.vehicle.seats, status = '正常') > 5", CARS, OPEN),
        ("total(applicant.vehicle.price) > 5", CARS, OPEN),
        ("total(applicant.vehicle.price, use = '营运') = 30", CARS, YES),
        ("total(applicant.vehicle.price) = 0", [], YES),
        ("lowest(applicant.vehicle.seats) = 4", CARS, YES),
        ("lowest(applicant.vehicle.price) <= 10", CARS, YES),
        ("lowest(applicant.vehicle.price) >= 10", CARS, OPEN),
        ("highest(applicant.vehicle.registered_on, use = '营运') < today - 3 years", CARS, YES),
        ("highest(applicant.vehicle.seats, status = '正常') >= 5", CARS, YES),
        ("lowest(applicant.vehicle.seats, status = '正常') >= 4", CARS, YES),
        ("lowest(applicant.vehicle.seats) >= 0", [], NO),
        ("not lowest(applicant.vehicle.seats) >= 0", [], YES),
    ],
)
def test_a_null_that_matters_leaves_a_set_open_unless_bounds_settle_it(
    rule: str, rows: list[dict[str, Any]], expected: Any
) -> None:
    assert ask(rule, "vehicle", rows) is expected


HOMES: list[dict[str, Any]] = [{"use": "住宅", "area_m2": Decimal(80)}, {"use": "商业", "area_m2": Decimal(20)}]


@pytest.mark.parametrize(
    ("rule", "here", "country"),
    [
        ("has(applicant.real_estate, use = '住宅')", YES, YES),
        ("has(applicant.real_estate, area_m2 > 500)", NO, OPEN),
        ("every(applicant.real_estate, area_m2 > 5)", YES, OPEN),
        ("every(applicant.real_estate, area_m2 > 50)", NO, NO),
        ("count(applicant.real_estate) <= 2", YES, OPEN),
        ("count(applicant.real_estate) <= 1", NO, NO),
        ("count(applicant.real_estate) >= 2", YES, YES),
        ("total(applicant.real_estate.area_m2) >= 100", YES, OPEN),
        ("highest(applicant.real_estate.area_m2) >= 80", YES, YES),
        ("highest(applicant.real_estate.area_m2) >= 81", NO, OPEN),
        ("lowest(applicant.real_estate.area_m2) < 21", YES, YES),
    ],
)
def test_rows_here_say_nothing_against_further_rows_elsewhere(rule: str, here: Any, country: Any) -> None:
    assert ask(rule, "real_estate", HOMES, scope="here") is here
    assert ask(rule, "real_estate", HOMES, scope="country") is country


def test_no_home_here_is_no_home_only_for_the_city() -> None:
    rule = "count(applicant.real_estate, use = '住宅') = 0"
    assert ask(rule, "real_estate", [], scope="here") is YES
    assert ask(rule, "real_estate", [], scope="country") is OPEN


def test_figures_of_the_day_are_bound_and_a_figure_not_in_force_is_an_error() -> None:
    assert ask("wage >= params.line", "social_insurance", row(wage=Decimal("1150"))) is NO
    before = Bindings(as_of=date(2026, 6, 30), params=PARAMS, forms={})
    assert ask("wage >= params.line", "social_insurance", row(wage=Decimal("1150")), bind=before) is YES
    with pytest.raises(Unbound):
        ask("months_paid >= params.later", "social_insurance", row(months_paid=3))


def test_a_value_question_answers_in_wire_form() -> None:
    asked = Question(
        id="q",
        register="social_insurance",
        expression=Fact("", "social_insurance", "wage"),
        kind="value",
        type=Type.DECIMAL,
        scope="here",
        sensitive=False,
    )
    register = FACTS.registers["social_insurance"]
    assert answer(asked, register, row(wage=Decimal("1150.50")), BIND).value == "1150.5"
    absent = answer_absent(asked, register, BIND)
    assert (absent.status, absent.rests_on, absent.scope) == (Status.NOT_HELD, RestsOn.ABSENT, "here")
