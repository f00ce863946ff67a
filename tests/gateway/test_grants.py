"""A payment is granted once: until the register shows it, the gateway that granted it knows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mianzheng.decision.decide import GRANTED_BEFORE
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.payments import taken_over
from mianzheng.model.case import ReasonView
from tests.gateway.world import ABSENT, Case, World, register_told

HERE = "civil-affairs"


@pytest.fixture
def gateway(world: World) -> Iterator[Gateway]:
    """The gateway of a department whose system tells what its register shows."""
    with register_told(world.gateways[HERE]) as found:
        yield found


def _granted(world: World) -> Case:
    case = Case(world)
    assert case.decide(case.all_sheets())[1].outcome == "granted"
    return case


def test_the_same_payment_is_not_granted_in_a_second_case(world: World, gateway: Gateway) -> None:
    _granted(world)
    second = Case(world)
    assert second.undecided(second.all_sheets()) == "granted-before"


def test_the_person_accepts_the_refusal_and_it_says_why(world: World, gateway: Gateway) -> None:
    _granted(world)
    second = Case(world)
    shown = (
        ReasonView(
            condition=GRANTED_BEFORE,
            zh="同一待遇已在另一件里批准，不重复发放",
            en="the same payment was granted in another case; it is not paid twice",
            department=HERE,
            contest=None,
        ),
    )
    _, decision = second.decide(
        second.all_sheets(), granted_before=True, acceptance=second.step("accept-refusal", shown), accepted=shown
    )
    assert (decision.outcome, decision.reasons) == ("refused", (GRANTED_BEFORE,))


def test_a_hub_that_claims_an_earlier_grant_gets_no_refusal_for_it(world: World, gateway: Gateway) -> None:
    case = Case(world)
    assert case.decide(case.all_sheets(), granted_before=True)[1].outcome == "granted"


def test_of_two_cases_at_one_moment_one_is_granted(world: World, gateway: Gateway) -> None:
    cases = [Case(world), Case(world)]
    asked = [(case, case.all_sheets()) for case in cases]

    def outcome(case: Case, sheets: list[str]) -> str:
        token = case.token(case.decision(sheets), "mz-decision-request")
        answer = world.clients[HERE].post("/decisions", content=token)
        return "granted" if answer.status_code == 200 else str(answer.json()["code"])

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(outcome, *zip(*asked, strict=True))) == ["granted", "granted-before"]


def test_once_the_register_shows_it_the_items_own_condition_speaks(world: World, gateway: Gateway) -> None:
    first = _granted(world)
    assert taken_over(gateway, first.case)
    assert not taken_over(gateway, first.case)
    _granted(world)


def test_a_grant_that_was_revoked_stands_in_nobodys_way(world: World, gateway: Gateway) -> None:
    first = _granted(world)
    gateway.state.commit(lambda c: c.execute('UPDATE decisions SET revoked_at = 1 WHERE "case" = ?', (first.case,)))
    _granted(world)


def test_anothers_grant_stands_in_nobodys_way(world: World, gateway: Gateway) -> None:
    _granted(world)
    other = Case(world, number=ABSENT)
    assert other.decide(other.all_sheets())[1].outcome == "granted"
