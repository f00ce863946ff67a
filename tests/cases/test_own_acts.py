"""A page offers exactly what the steps allow: nothing that would be refused, nothing left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import open_case
from mianzheng.cases.own_acts import may_contest, open_acts
from mianzheng.cases.to_sign import NothingToSign, authorisation_of, end, find, keep, step_of
from mianzheng.cases.view import answers_of
from mianzheng.model.case import EDGES, AnswerView, State
from mianzheng.model.evidence import Refused
from mianzheng.model.text import Text
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run
from tests.gateway.world import OLD, YOUNG


def standing(
    state: State,
    *,
    decision: str = "undecided",
    approval: str = "automatic",
    kind: str = "行政给付",
    settled: tuple[str, ...] = (),
    findings: dict[str, object] | None = None,
) -> LiveCase:
    """A signed case in a state, as far as acts look at it."""
    procedure = SimpleNamespace(incomplete_since={}, upheld={}, findings=findings or {})
    made = SimpleNamespace(
        state=state,
        row=SimpleNamespace(decision=decision),
        permit=object(),
        procedure=procedure,
        contests={},
        outcome=SimpleNamespace(decision=Refused(reasons=(), not_examined=(), settled=settled)),
        version=SimpleNamespace(item=SimpleNamespace(approval=approval, kind=kind)),
        open_requests=lambda of: [],
    )
    return cast(LiveCase, made)


@pytest.mark.parametrize("state", list(State))
def test_withdrawal_and_escalation_are_offered_where_a_way_leads_there(state: State) -> None:
    acts = open_acts(standing(state))
    assert ("withdraw" in acts) is (State.WITHDRAWN in EDGES[state] and state is not State.GRANTED)
    assert ("escalate" in acts) is (State.ESCALATED in EDGES[state])


def test_a_refusal_is_the_persons_to_accept_and_a_grant_is_not() -> None:
    assert "accept-refusal" in open_acts(standing(State.PROPOSED, decision="refused"))
    assert "accept-refusal" not in open_acts(standing(State.PROPOSED, decision="granted"))
    assert "accept-refusal" not in open_acts(standing(State.REFUSED, decision="refused"))


@pytest.mark.parametrize(
    "changes",
    [
        {"approval": "clerk"},
        {"approval": "departments"},
        {"kind": "行政许可"},
        {"settled": ("aged",)},
        {"findings": {"condition:aged": object()}},
    ],
)
def test_a_refusal_is_not_the_persons_to_accept_where_an_officer_must_sign_it(changes: dict[str, Any]) -> None:
    assert "accept-refusal" not in open_acts(standing(State.PROPOSED, decision="refused", **changes))


@pytest.mark.parametrize("name", ["objection", "declaration:aged"])
def test_a_finding_that_decides_nothing_leaves_acceptance_to_the_person(name: str) -> None:
    live = standing(State.PROPOSED, decision="refused", findings={name: object()})
    assert "accept-refusal" in open_acts(live)


@pytest.mark.parametrize(
    "state", [State.WAITING_PERSON, State.VISIT_BOOKED, State.SUSPENDED, State.PUBLIC_NOTICE, State.CORRECTION]
)
def test_nobody_asks_for_a_person_who_has_one(state: State) -> None:
    assert "ask-person" not in open_acts(standing(state))


def test_a_correction_is_offered_while_it_is_asked_for() -> None:
    assert [one for one in State if "corrected" in open_acts(standing(one))] == [State.CORRECTION]


def _answer(status: Any) -> AnswerView:
    return AnswerView(
        department="d",
        register="r",
        role="applicant",
        question="q",
        sentence=Text(zh="甲", en="a"),
        status=status,
        value=None,
        wave=1,
    )


@pytest.mark.parametrize(
    ("status", "may"),
    [("value", True), ("not_held", True), ("unavailable", False), ("contested", False), ("withheld", False)],
)
def test_an_answer_is_contested_that_was_given_and_shown(status: str, may: bool) -> None:
    assert may_contest(standing(State.PROPOSED), _answer(status)) is may
    assert not may_contest(standing(State.GRANTED), _answer(status))


def test_what_is_put_together_is_opened_by_its_token_and_its_person_alone() -> None:
    async def work(here: HubWorld) -> None:
        applicant = applicant_of(here.world, OLD)
        live = await open_case(here.hub, applicant, "old-age-allowance", ())
        made = authorisation_of(live, here.world.people[OLD].public.jwk)
        token = await keep(here.hub, made)
        assert await find(here.hub, token, applicant.pairwise) == made
        for other, who in (("wrong", applicant.pairwise), (token, applicant_of(here.world, YOUNG).pairwise)):
            with pytest.raises(NothingToSign):
                await find(here.hub, other, who)
        await end(here.hub, token)
        with pytest.raises(NothingToSign):
            await find(here.hub, token, applicant.pairwise)

    run(_in(work))


def test_the_words_of_two_equal_steps_differ_by_their_salt() -> None:
    async def work(here: HubWorld) -> None:
        live = await open_case(here.hub, applicant_of(here.world, OLD), "old-age-allowance", ())
        first, second = step_of(live, "withdraw", live.id), step_of(live, "withdraw", live.id)
        assert first.challenge != second.challenge and first.case == second.case == live.id
        assert answers_of(live) == ()
        assert msgspec.structs.replace(first, challenge="", words="") == msgspec.structs.replace(
            second, challenge="", words=""
        )

    run(_in(work))


async def _in(work: Any) -> None:
    async with hub_world() as here:
        await work(here)
