"""A question's id is its form: equal form, equal id; another meaning, another id."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.model.facts import Absence, FactCatalogue
from mianzheng.rules.compile import compile_item
from tests.rules.city import FACTS, PARAMS, condition, item


def id_of(rule: str, *, facts: FactCatalogue = FACTS, **more: Any) -> str:
    compiled = compile_item(item(condition(rule, **more)), facts, PARAMS)
    (placed,) = compiled.questions.values()
    return placed.question.id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "applicant.hukou.sex = '女性' and applicant.hukou.age >= 60",
            "applicant.hukou.age >= 60 and applicant.hukou.sex = '女性'",
        ),
        ("applicant.hukou.sex in ('女性', '男性')", "applicant.hukou.sex in ('男性', '女性', '男性')"),
        ("applicant.hukou.sex in ('女性')", "applicant.hukou.sex = '女性'"),
        ("60 <= applicant.hukou.age", "applicant.hukou.age >= 60"),
        ("applicant.hukou.age > 59", "applicant.hukou.age >= 60"),
        ("applicant.social_insurance.wage >= 100", "applicant.social_insurance.wage >= 100.00"),
        ("applicant.social_insurance.wage * 2 > 3", "2 * applicant.social_insurance.wage > 3"),
        (
            "applicant.hukou.place_code = applicant.hukou.status",
            "applicant.hukou.status = applicant.hukou.place_code",
        ),
        ("applicant.diploma.school = 'e\u0301cole'", "applicant.diploma.school = '\u00e9cole'"),
        ("applicant.hukou.sex <> '女性'", "applicant.hukou.sex = '女性'"),
        ("not not applicant.hukou.sex = '女性'", "applicant.hukou.sex = '女性' or applicant.hukou.sex = '女性'"),
        ("owner.hukou.is_local", "applicant.hukou.is_local"),
        (
            "has(applicant.vehicle, use = '营运' and seats > 4)",
            "has(applicant.vehicle, seats > 4 and use = '营运')",
        ),
    ],
)
def test_equal_form_has_an_equal_id(one: str, other: str) -> None:
    assert id_of(one) == id_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("applicant.hukou.age >= 60", "applicant.hukou.age >= 61"),
        ("applicant.hukou.age >= 60", "applicant.hukou.age >= params.retire"),
        ("applicant.social_insurance.months_paid < 12", "applicant.social_insurance.months_paid >= 12"),
        ("applicant.diploma.school = '1'", "applicant.diploma.year = 1"),
        (
            "applicant.hukou.sex = '女性' and applicant.hukou.age >= 60",
            "applicant.hukou.sex = '女性' or applicant.hukou.age >= 60",
        ),
        ("applicant.social_insurance.is_flexible = false", "applicant.social_insurance.is_flexible"),
        ("exists(applicant.vehicle)", "exists(applicant.real_estate)"),
    ],
)
def test_another_meaning_has_another_id(one: str, other: str) -> None:
    assert id_of(one) != id_of(other)


def test_the_id_holds_scope_where_it_counts_and_not_where_it_does_not() -> None:
    insured, woman = "applicant.social_insurance.status = '正常参保'", "applicant.hukou.sex = '女性'"
    assert id_of(insured, scope="here") != id_of(insured)
    assert id_of(woman, scope="here") == id_of(woman)


def test_the_id_holds_what_a_missing_row_means_and_the_declared_values() -> None:
    def changed(**more: Any) -> FactCatalogue:
        register = msgspec.structs.replace(FACTS.registers["criminal_record"], **more)
        return msgspec.structs.replace(FACTS, registers={**FACTS.registers, "criminal_record": register})

    rule = "applicant.criminal_record.count = 0"
    facts = FACTS.registers["criminal_record"].facts
    undeclared = {**facts, "count": msgspec.structs.replace(facts["count"], when_absent=None)}
    assert id_of(rule, facts=changed(absence=Absence.OPEN)) != id_of(rule)
    assert id_of(rule, facts=changed(facts=undeclared)) != id_of(rule)
    assert id_of(rule, facts=changed(note="another note")) == id_of(rule)


def test_the_id_does_not_hold_the_figures_value() -> None:
    later = {**PARAMS, "retire": msgspec.structs.replace(PARAMS["retire"], values=())}
    rule = item("applicant.hukou.age >= params.retire")
    ids = [next(iter(compile_item(rule, FACTS, params).questions))[0] for params in (PARAMS, later)]
    assert ids[0] == ids[1]


def test_an_id_is_q_and_26_characters_of_base32() -> None:
    id_ = id_of("applicant.hukou.is_local")
    assert len(id_) == 27
    assert id_[0] == "q"
    assert set(id_[1:]) <= set("abcdefghijklmnopqrstuvwxyz234567")
