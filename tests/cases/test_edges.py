"""Every edge of the state graph is taken by somebody, and no step is taken that is none.

Which test takes which edge stands in `edges.txt`; `conftest.py` looks after each test whether it did. The tests
here take those edges that no other file needs: a person withdraws, contests or escalates wherever they may, also while
the machine is in between, and the ways back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mianzheng.cases import advance, opening
from mianzheng.cases.advance import run as go
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.steps import ask_person, contest, contest_name, escalate, received, withdraw
from mianzheng.cases.view import answers_of
from mianzheng.model.case import EDGES, State
from mianzheng.model.officers import AskCorrection, Assign, Book, NotAccept, Reopen, Revoke, Sign, Suspend
from tests.cases.conftest import edge_tests
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run, sign_step
from tests.cases.link_world import CONSENT, Kin, authorised, with_spouse
from tests.cases.procedure_world import act, later, published, taken
from tests.gateway.world import OLD, YOUNG

INSURANCE = "human-resources"
S = State


def test_every_edge_has_its_test_and_no_other_has() -> None:
    edges = {(source, target) for source, targets in EDGES.items() for target in targets if target is not source}
    assert set(edge_tests()) == edges
    for name in edge_tests().values():
        file, _, test = name.partition("::")
        assert f"def {test.partition('[')[0]}(" in (Path(__file__).parent / file).read_text(encoding="utf-8"), name


def test_a_step_that_is_no_edge_is_refused_and_nothing_is_written() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            for target in set(State) - EDGES[live.state] - {live.state}:
                with pytest.raises(NotInThisState):
                    await live.step(target, Change(reason="test"))
            again = await load(here.new_hub(), live.id)
            assert (again.state, again.row.version) == (S.DELIVERED, live.row.version)

    run(work())


# -- a case in each state, by the way that leads there


async def stands(live: LiveCase) -> bool:
    """The process ends here."""
    return False


async def applied(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    stop.setattr(opening, "accept", stands)
    return await opening.open_case(here.hub, applicant_of(here.world, OLD), "old-age-allowance", ())


async def undecided(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    stop.setitem(advance._STEPS, S.UNDECIDED, stands)
    return await with_person(here, stop)


async def asking(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    """Between the first answers and the sensitive question."""

    async def once(live: LiveCase) -> bool:
        await advance._ask(live)
        return False

    stop.setitem(advance._STEPS, S.ASKING, once)
    return await go(await here.authorised(OLD, "care-aid", town="331082001"))


async def waiting_register(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    here.peers.down.add(INSURANCE)
    return await go(await here.authorised(OLD))


async def accepted_incomplete(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    here.peers.down.add(INSURANCE)
    live = await go(await here.authorised(OLD, await published(here, "lacking-allowance")))
    here.ahead += timedelta(seconds=60)
    return await advance.advance(here.hub, live.id)


async def waiting_signature(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    Kin(here)
    return await go(await authorised(here, with_spouse(CONSENT), OLD))


async def with_person(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    return await go(await here.authorised(OLD, await published(here, "visited-allowance")))


async def proposed(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    return await go(await here.authorised(YOUNG))


async def contested(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    stop.setitem(advance._STEPS, S.CONTESTED, stands)
    live = await with_person(here, stop)
    await contests(here, live)
    return live


async def correction(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    live = await with_person(here, stop)
    await taken(here, live.id)
    return await act(here, live.id, AskCorrection(what=("乡镇",), within=10))


async def suspended(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    live = await with_person(here, stop)
    await taken(here, live.id)
    return await act(here, live.id, Suspend(kind="test", until=here.hub.today + timedelta(days=3), reason="检测"))


async def visit_booked(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    live = await with_person(here, stop)
    await taken(here, live.id)
    return await act(here, live.id, Book(finding="at_home", on=here.hub.today + timedelta(days=3), place="家中"))


async def refused(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    live = await proposed(here, stop)
    await taken(here, live.id)
    return await act(here, live.id, Sign(outcome="refused"))


async def not_accepted(here: HubWorld, stop: pytest.MonkeyPatch) -> LiveCase:
    live = await with_person(here, stop)
    await taken(here, live.id)
    return await act(here, live.id, NotAccept(reason="不属本机关"))


REACH: dict[State, Callable[[HubWorld, pytest.MonkeyPatch], Awaitable[LiveCase]]] = {
    S.APPLIED: applied,
    S.ASKING: asking,
    S.UNDECIDED: undecided,
    S.WAITING_REGISTER: waiting_register,
    S.ACCEPTED_INCOMPLETE: accepted_incomplete,
    S.WAITING_SIGNATURE: waiting_signature,
    S.WAITING_PERSON: with_person,
    S.PROPOSED: proposed,
    S.CONTESTED: contested,
    S.CORRECTION: correction,
    S.SUSPENDED: suspended,
    S.VISIT_BOOKED: visit_booked,
    S.REFUSED: refused,
    S.NOT_ACCEPTED: not_accepted,
}


async def contests(here: HubWorld, live: LiveCase) -> None:
    one = next(one for one in answers_of(live) if one.role == "applicant" and one.status == "value")
    at = (one.question, one.role)
    number = YOUNG if live.state is S.PROPOSED else OLD
    await contest(live, at, sign_step(here.world, number, live.id, contest_name(at), one))


def takes(state: State, target: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the person take their step from a state."""

    async def work() -> None:
        async with hub_world() as here:
            with monkeypatch.context() as stop:
                live = await REACH[state](here, stop)
            assert live.state is state
            number = YOUNG if state in (S.PROPOSED, S.REFUSED) else OLD
            if target is S.CONTESTED:
                await contests(here, live)
            elif target is S.WITHDRAWN:
                await withdraw(live, sign_step(here.world, number, live.id, "withdraw"))
            else:
                await escalate(live, sign_step(here.world, number, live.id, "escalate"))
            assert (await load(here.new_hub(), live.id)).state is target

    run(work())


@pytest.mark.parametrize(
    "state",
    [S.APPLIED, S.UNDECIDED, S.WAITING_REGISTER, S.ACCEPTED_INCOMPLETE, S.WAITING_PERSON, S.PROPOSED, S.CONTESTED],
)
def test_a_person_withdraws_wherever_nothing_was_decided(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    takes(state, S.WITHDRAWN, monkeypatch)


@pytest.mark.parametrize(
    "state",
    [
        *(S.UNDECIDED, S.WAITING_SIGNATURE, S.ACCEPTED_INCOMPLETE, S.CONTESTED, S.CORRECTION),
        *(S.SUSPENDED, S.VISIT_BOOKED, S.REFUSED, S.NOT_ACCEPTED),
    ],
)
def test_a_person_says_that_it_cannot_be_done_wherever_it_may_be_so(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(state, S.ESCALATED, monkeypatch)


@pytest.mark.parametrize(
    "state", [S.ASKING, S.WAITING_REGISTER, S.ACCEPTED_INCOMPLETE, S.WAITING_SIGNATURE, S.WAITING_PERSON]
)
def test_a_person_contests_an_answer_as_soon_as_they_read_it(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    takes(state, S.CONTESTED, monkeypatch)


# -- signatures from a person's desk, and the ways back


def test_what_a_person_was_asked_for_is_granted_from_the_desk() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            await ask_person(live, sign_step(here.world, OLD, live.id, "ask-person"))
            await taken(here, live.id)
            assert (await act(here, live.id, Sign(outcome="granted"))).state is S.DELIVERED

    run(work())


@pytest.mark.parametrize("by_person", [False, True])
def test_a_signature_under_a_grant_starts_the_public_notice(by_person: bool) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "noticed-signed-allowance")))
            if by_person:
                await ask_person(live, sign_step(here.world, OLD, live.id, "ask-person"))
            await taken(here, live.id)
            assert (await act(here, live.id, Sign(outcome="granted"))).state is S.PUBLIC_NOTICE

    run(work())


def test_a_refused_case_that_ended_is_reopened_and_a_person_has_it_when_its_answers_are_too_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here, monkeypatch)
            assert (await later(here, live.id, 62)).state is S.ENDED
            assert (await act(here, live.id, Reopen(reason="有新的情况"))).state is S.WAITING_PERSON

    run(work())


def test_a_refusal_that_cannot_be_is_reopened_by_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here, monkeypatch)
            await escalate(live, sign_step(here.world, YOUNG, live.id, "escalate"))
            live = await act(here, live.id, Assign(reason="重新核查"), role="head")
            assert live.state is S.PROPOSED and live.procedure.reopened is not None

    run(work())


def test_what_was_granted_is_revoked_after_the_case_ended_and_that_ends_too() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            await received(live)
            await taken(here, live.id)
            assert (await act(here, live.id, Revoke(reason="以欺骗取得"))).state is S.REVOKED
            assert (await later(here, live.id, 62)).state is S.ENDED

    run(work())


def test_what_was_not_accepted_ends_once_the_time_for_a_review_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await not_accepted(here, monkeypatch)
            assert (await later(here, live.id, 62)).state is S.ENDED

    run(work())
