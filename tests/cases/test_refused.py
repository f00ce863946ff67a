"""A refusal is proposed; the person accepts it, contests an answer, or asks for a person."""

from __future__ import annotations

from typing import Any

import pytest

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.signed_step import BadStep
from mianzheng.cases.steps import (
    accept_refusal,
    ask_person,
    contest,
    contest_name,
    escalate,
    withdraw,
)
from mianzheng.cases.view import answers_of, reasons_of, view_of
from mianzheng.credentials.assertion import BadAssertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.exchange.peers import Refusal
from mianzheng.model.case import AnswerView, State
from mianzheng.model.errors import NotFound
from mianzheng.store.cases import flips_of
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step
from tests.cases.test_granted import entries_of, states_of
from tests.gateway.world import CHILD, DRAWS, OLD, YOUNG, register_told


async def proposed(here: HubWorld, number: str = YOUNG, item: str = "old-age-allowance", **form: Any) -> LiveCase:
    live = await go(await here.authorised(number, item, **form))
    assert live.state is State.PROPOSED
    return live


def failing(live: LiveCase) -> AnswerView:
    return next(answer for answer in answers_of(live) if answer.value is False)


def test_a_refusal_is_only_proposed_and_names_every_reason() -> None:
    async def work() -> None:
        async with hub_world() as here:
            view = await view_of(await proposed(here))
            assert (view.decision, view.decided_by, view.credential, view.amount) == ("refused", "proposed", None, None)
            (reason,) = view.reasons
            assert (reason.condition, reason.department, reason.zh) == ("aged", "public-security", "未满 80 周岁")
            assert reason.contest is not None and reason.contest.zh
            assert here.peers.asked("/decisions") == []

    run(work())


def test_accepted_by_the_person_it_is_final_and_signed_by_the_department() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
            live = await go(live)
            view = await view_of(live)
            assert (live.state, view.decision, view.decided_by) == (State.REFUSED, "refused", "machine")
            assert [e.purpose for e in await entries_of(here, live.id) if e.kind == "decision"] == ["refused"]

    run(work())


def test_an_acceptance_twice_is_one_refusal() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            signed = sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live))
            await accept_refusal(live, signed)
            await accept_refusal(live, signed)
            assert (await go(live)).state is State.REFUSED
            assert len(here.peers.asked("/decisions")) == 1

    run(work())


def test_an_acceptance_committed_before_a_crash_is_carried_through() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
            assert (await advance(here.new_hub(), live.id)).state is State.REFUSED

    run(work())


def test_what_was_granted_in_another_case_is_proposed_as_a_refusal_that_says_so() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with register_told(here.world.gateways["civil-affairs"]):
                assert (await go(await here.authorised(OLD))).state is State.DELIVERED
                live = await proposed(here, OLD)
                (reason,) = (await view_of(live)).reasons
                assert "另一件" in reason.zh and live.row.decision == "refused"
                await accept_refusal(live, sign_step(here.world, OLD, live.id, "accept-refusal", reasons_of(live)))
                assert (await go(live)).state is State.REFUSED

    run(work())


def test_a_refused_licence_goes_to_an_officer_even_when_accepted() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            here.peers.instead = lambda letter: (
                Refusal(code="refusal-needs-officer", detail="", status=409) if letter.path == "/decisions" else None
            )
            await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
            live = await go(live)
            assert live.state is State.WAITING_PERSON
            assert "refusal-needs-officer" in await reasons_of_flips(here, live.id)

    run(work())


def test_a_child_needs_a_higher_presence_and_goes_to_a_person() -> None:
    async def work() -> None:
        async with hub_world() as here:
            assert (await go(await here.authorised(CHILD, "night-permit"))).state is State.WAITING_PERSON

    run(work())


async def reasons_of_flips(here: HubWorld, case: str) -> list[str]:
    async with here.hub.store.connection() as connection:
        return [flip.reason for flip in await flips_of(connection, case)]


@pytest.mark.parametrize("how", ["other key", "other case", "other step", "other reasons", "long ago", "no assertion"])
def test_an_acceptance_that_is_not_this_persons_of_this_refusal_is_refused(how: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            case = "another" if how == "other case" else live.id
            name = "withdraw" if how == "other step" else "accept-refusal"
            shown: object = () if how == "other reasons" else reasons_of(live)
            key = PrivateKey.generate() if how == "other key" else None
            signed = sign_step(here.world, YOUNG, case, name, shown, key=key, iat=1 if how == "long ago" else 0)
            if how == "no assertion":
                signed = type(signed)(
                    step=sign_step(here.world, YOUNG, case, name, ()).step, assertion=signed.assertion
                )
            with pytest.raises((BadStep, BadAssertion)):
                await accept_refusal(live, signed)
            assert (await advance(here.new_hub(), live.id)).state is State.PROPOSED

    run(work())


def test_a_contested_answer_counts_as_unknown_and_a_person_takes_the_case() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here, DRAWS)
            answer = failing(live)
            at = (answer.question, answer.role)
            await contest(live, at, sign_step(here.world, DRAWS, live.id, contest_name(at), answer))
            live = await go(live)
            view = await view_of(live)
            assert (live.state, view.decision, view.decided_by) == (State.WAITING_PERSON, "undecided", "")
            shown = {one.question: one.status for one in view.answers}
            assert shown[answer.question] == "contested"
            assert (await states_of(here, live.id))[-2:] == ["contested", "waiting_person"]
            again = await advance(here.new_hub(), live.id)
            assert again.state is State.WAITING_PERSON and list(again.contests) == [at]

    run(work())


def test_an_answer_nobody_gave_cannot_be_contested() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            at = ("q-unknown", "applicant")
            with pytest.raises(NotFound):
                await contest(live, at, sign_step(here.world, YOUNG, live.id, contest_name(at)))

    run(work())


def test_a_contest_of_one_answer_does_not_serve_for_another() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            wrong, other = failing(live), answers_of(live)[0]
            at = (wrong.question, wrong.role)
            signed = sign_step(here.world, YOUNG, live.id, contest_name((other.question, other.role)), other)
            with pytest.raises(BadStep):
                await contest(live, at, signed)

    run(work())


def test_instead_of_accepting_the_person_may_ask_for_a_person() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            await ask_person(live, sign_step(here.world, YOUNG, live.id, "ask-person"))
            view = await view_of(await go(live))
            assert (view.state, view.decision) == (State.WAITING_PERSON, "undecided")

    run(work())


def test_a_person_may_say_that_it_cannot_be_done() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await proposed(here)
            await ask_person(live, sign_step(here.world, YOUNG, live.id, "ask-person"))
            await escalate(live, sign_step(here.world, YOUNG, live.id, "escalate"))
            assert (await go(live)).state is State.ESCALATED

    run(work())


def test_after_a_withdrawal_nothing_more_is_asked() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await here.authorised(OLD)
            await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))
            live = await go(live)
            assert live.state is State.WITHDRAWN and here.peers.asked("/answers") == []
            await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))

    run(work())


def test_a_case_that_nobody_signed_yet_can_be_withdrawn() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await here.apply(OLD)
            await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))
            assert live.state is State.WITHDRAWN

    run(work())


def test_what_is_decided_cannot_be_withdrawn_or_accepted() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            with pytest.raises(NotInThisState):
                await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))
            with pytest.raises(NotInThisState):
                await accept_refusal(live, sign_step(here.world, OLD, live.id, "accept-refusal"))

    run(work())
