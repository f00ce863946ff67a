"""Avoidance 回避 before hub and real authorities: who stands close to the applicant does nothing in the case.

What an authority compares is tested in `tests/authority/test_avoidance.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mianzheng.cases.acting import NotAssigned
from mianzheng.cases.advance import run as go
from mianzheng.cases.avoidance import MayNotHandle
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.steps import contest, contest_name, escalate
from mianzheng.cases.view import answers_of
from mianzheng.credentials import jws
from mianzheng.credentials.trust import Certificate
from mianzheng.model.case import State
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.officers import Act, AnswerContest, Assign, Extend, Pay, Take
from tests.authority.test_avoidance import officer_is
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step
from tests.cases.procedure_world import act, find, published
from tests.gateway.world import DRAWS, OLD, SON


def officer_of(here: HubWorld) -> str:
    """Return the name under which the officer's department certified them."""
    token = here.world.staff("civil-affairs", "officer").certificate
    return jws.payload_as(jws.unverified_payload(token), type=Certificate).staff


async def contested(here: HubWorld) -> tuple[LiveCase, QuestionAt]:
    """A case whose applicant contests an answer, that a clerk took who is nobody to them."""
    live = await go(await here.authorised(DRAWS))
    one = next(one for one in answers_of(live) if one.value is False)
    at = (one.question, one.role)
    await contest(live, at, sign_step(here.world, DRAWS, live.id, contest_name(at), one))
    live = await go(live)
    assert live.state is State.WAITING_PERSON
    return await act(here, live.id, Take(), role="clerk"), at


ACTS: dict[str, tuple[str, Callable[[QuestionAt], Act]]] = {
    "upheld": ("officer", lambda at: AnswerContest(question=at[0], role=at[1], outcome="upheld", reason="属实")),
    "corrected": ("officer", lambda at: AnswerContest(question=at[0], role=at[1], outcome="corrected", reason="已改")),
    "corrected by the steward": (
        "steward",
        lambda at: AnswerContest(question=at[0], role=at[1], outcome="corrected", reason="已改"),
    ),
    "extended": ("head", lambda at: Extend(days=5, reason="走访")),
}


@pytest.mark.parametrize("name", ACTS)
def test_nobody_does_anything_in_their_own_case_and_the_desk_learns_only_another_handler(name: str) -> None:
    role, made = ACTS[name]

    async def work() -> None:
        async with hub_world() as here:
            live, at = await contested(here)
            with officer_is(here.world, DRAWS), pytest.raises(MayNotHandle) as refused:
                await act(here, live.id, made(at), role=role)
            told = f"{refused.value.code} {refused.value.message} {refused.value.hint}"
            assert refused.value.code == "another-handler"
            assert DRAWS not in told and "own" not in told and "relative" not in told
            again = await load(here.hub, live.id)
            assert (again.state, set(again.contests)) == (State.WAITING_PERSON, {at})

    run(work())


def test_to_a_relatives_case_the_same_is_said_as_to_ones_own() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "visited-allowance")))
            told = []
            for number in (OLD, SON):
                with officer_is(here.world, number), pytest.raises(MayNotHandle) as refused:
                    await act(here, live.id, Take())
                told.append((refused.value.code, refused.value.message, refused.value.hint))
            assert told[0] == told[1]
            assert (await load(here.hub, live.id)).row.handler == ""
            with pytest.raises(NotAssigned):
                await find(here, live.id, "at_home", True)

    run(work())


def test_whom_the_head_gives_a_case_finds_nothing_in_it_when_they_are_close_to_its_applicant() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "visited-allowance")))
            await escalate(live, sign_step(here.world, OLD, live.id, "escalate"))
            given = Assign(reason="请尽快办", handler=officer_of(here))
            with officer_is(here.world, SON), pytest.raises(MayNotHandle):  # so is every member of staff, the head too
                await act(here, live.id, given, role="head")
            live = await act(here, live.id, given, role="head")
            with officer_is(here.world, SON), pytest.raises(MayNotHandle):
                await find(here, live.id, "at_home", True)
            assert (await find(here, live.id, "at_home", True)).state is State.DELIVERED

    run(work())


def test_a_cashier_hands_in_a_receipt_whosever_it_is() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "paid-allowance")))
            with officer_is(here.world, SON):
                live = await act(here, live.id, Pay(amount="100", receipt="号1"), role="clerk")
            assert live.state is State.DELIVERED

    run(work())
