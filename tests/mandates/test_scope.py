"""What may be granted at which presence, and what a mandate allows."""

from __future__ import annotations

from typing import Any

import pytest

from mianzheng.credentials.keys import PrivateKey
from mianzheng.mandates import scope
from mianzheng.mandates.refusals import CODES, MandateRefused
from mianzheng.model.mandate import Granted, Mandate
from tests.mandates.terms import DAY, HOLDER, NOW, terms

TOMORROW = NOW + DAY


def code_of(work: Any, *args: Any, **named: Any) -> str:
    with pytest.raises(MandateRefused) as refused:
        work(*args, **named)
    assert refused.value.code in CODES
    return refused.value.code


def mandate(**changes: Any) -> Mandate:
    fields: dict[str, Any] = {
        "digest": "d",
        "iss": "public-security",
        "kind": "person",
        "hub": "hub",
        "principal": "p",
        "agent": "a",
        "items": ("old-age-allowance",),
        "purpose": "x",
        "uses": 1,
        "valid_from": NOW,
        "until": NOW + DAY,
        "holder": HOLDER,
        "sub_delegation": False,
        "passes_on": "",
        "limit": "",
        "granted": Granted(method="passkey", level=3),
    }
    return Mandate(**(fields | changes))


def test_with_an_own_key_a_mandate_holds_at_once() -> None:
    scope.check_terms(terms(), level=3, at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"items": ()},
        {"items": ("a", "a")},
        {"items": ("",)},
        {"uses": 0},
        {"uses": 5000},
        {"purpose": " "},
        {"valid_from": NOW - DAY},
        {"until": NOW},
        {"until": NOW + 4 * 366 * DAY},
        {"limit": "viel"},
        {"limit": "-1"},
        {"limit": "NaN"},
    ],
)
def test_terms_that_name_too_much_or_nothing_are_refused(changes: dict[str, Any]) -> None:
    assert code_of(scope.check_terms, terms(**changes), level=3, at=NOW) == "mandate-refused"


@pytest.mark.parametrize("level", [1, 2])
def test_without_an_own_key_a_mandate_holds_from_tomorrow_and_pays_the_principal_only(level: int) -> None:
    scope.check_terms(terms(valid_from=TOMORROW), level=level, at=NOW)
    for changes in (
        {"valid_from": NOW},
        {"valid_from": TOMORROW, "holder": None},
        {"valid_from": TOMORROW, "sub_delegation": True},
        {"valid_from": TOMORROW, "until": NOW + 100 * DAY},
    ):
        assert code_of(scope.check_terms, terms(**changes), level=level, at=NOW) == "mandate-refused"


def test_what_is_passed_on_lies_within_a_mandate_that_allows_it() -> None:
    parent = terms(items=("a", "b"), uses=3, sub_delegation=True, limit="100")
    scope.check_passed_on(terms(items=("a",), uses=3, limit="100"), parent)
    wrong: list[dict[str, Any]] = [
        {"items": ("a", "c")},
        {"uses": 4},
        {"sub_delegation": True},
        {"until": parent.until + 1},
        {"valid_from": parent.valid_from - 1},
        {"holder": PrivateKey.generate().public.jwk},
        {"hub": "other"},
        {"limit": ""},
        {"limit": "101"},
    ]
    for changes in wrong:
        fields = {"items": ("a",), "uses": 1, "limit": "100"} | changes
        assert code_of(scope.check_passed_on, terms(**fields), parent) == "mandate-refused"


def test_nothing_is_passed_on_unless_granted() -> None:
    assert code_of(scope.check_passed_on, terms(), terms()) == "mandate-refused"


def test_the_result_goes_to_the_key_that_the_principal_named() -> None:
    scope.check_holder(mandate(), HOLDER)
    other = PrivateKey.generate().public.jwk
    assert code_of(scope.check_holder, mandate(), other) == "mandate-other-holder"
    scope.check_holder(mandate(holder=None), other)


def test_an_outcome_above_the_sum_is_the_representatives_own_to_sign() -> None:
    scope.check_amount(mandate(limit="100"), "100.00")
    scope.check_amount(mandate(limit="100"), None)
    scope.check_amount(mandate(), "1000000")
    assert code_of(scope.check_amount, mandate(limit="100"), "100.01") == "mandate-over-limit"
