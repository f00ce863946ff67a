"""A process that dies between two steps of the procedure leaves nothing undone and nothing done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mianzheng.cases import acting, desk, objecting
from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.change import Overtaken
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.view import view_of
from mianzheng.exchange.peers import Letter, Refusal, Reply, Silent
from mianzheng.model.case import State
from mianzheng.model.officers import AnswerContest, Book, Revoke, Sign
from mianzheng.store.cases import flips_of
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run, world
from tests.cases.procedure_world import act, find, later, published, staff_act, taken
from tests.cases.test_procedure import contested, noticed, with_person
from tests.gateway.world import OLD, YOUNG


@pytest.fixture(autouse=True)
def _gateways_own_time() -> Iterator[None]:
    """Give the gateways, which all tests of a process share, their own time back."""
    yield
    world().ahead = 0.0


def silent_on(path: str) -> object:
    """Let letters for a path be lost."""

    def instead(letter: Letter) -> Reply | None:
        return Silent(reason="lost") if letter.path == path else None

    return instead


async def signed_only(here: HubWorld) -> LiveCase:
    """A case whose officer signed, in a process that died before anything left."""
    live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
    shown = (await taken(here, live.id)).shown
    live = await load(here.hub, live.id)
    await acting.act(live, staff_act(here, live.id, Sign(outcome="granted"), shown=shown))
    return live


def test_a_signature_committed_before_a_crash_is_carried_through_by_another_process() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await signed_only(here)
            assert here.peers.asked("/decisions") == []
            again = await advance(here.new_hub(), live.id)
            assert again.state is State.DELIVERED and again.row.decided_by == "officer"

    run(work())


def test_of_two_processes_that_take_the_same_signature_one_wins() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            shown = (await taken(here, live.id)).shown
            first, second = await load(here.hub, live.id), await load(here.new_hub(), live.id)
            one = staff_act(here, live.id, Sign(outcome="granted"), shown=shown)
            await acting.act(first, one)
            with pytest.raises(Overtaken):
                await acting.act(second, one)
            assert (await go(first)).state is State.DELIVERED
            assert len(here.peers.asked("/decisions")) == 1

    run(work())


def test_a_decision_whose_answer_was_lost_is_the_same_decision_when_asked_again() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await signed_only(here)
            here.peers.lost.add("civil-affairs")
            live = await go(live)
            assert live.state is State.GRANTED
            here.peers.lost.clear()
            here.ahead += timedelta(seconds=3)
            assert (await advance(here.new_hub(), live.id)).state is State.DELIVERED

    run(work())


def test_a_correction_whose_answer_was_lost_is_told_again_and_asks_afresh_once() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, at = await contested(here)
            here.peers.lost.add("civil-affairs")
            one = AnswerContest(question=at[0], role=at[1], outcome="corrected", reason="已核对")
            live = await act(here, live.id, one)
            assert live.state is State.WAITING_PERSON and live.contests
            here.peers.lost.clear()
            here.ahead += timedelta(seconds=3)
            live = await advance(here.new_hub(), live.id)
            assert live.state is State.PROPOSED and not live.contests  # the record still says the same
            assert len({letter.body for letter in here.peers.sent if letter.path == "/corrections"}) == 1

    run(work())


def test_a_correction_that_the_gateway_refuses_leaves_the_contest_open() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, at = await contested(here)
            here.peers.instead = lambda letter: (
                Refusal(code="officer-unknown", detail="", status=403) if letter.path == "/corrections" else None
            )
            one = AnswerContest(question=at[0], role=at[1], outcome="corrected", reason="已核对")
            live = await act(here, live.id, one)
            assert live.state is State.WAITING_PERSON and list(live.contests) == [at]
            assert "answer-contest" in (await desk.view_after(live)).acts

    run(work())


def test_a_revocation_reaches_the_gateway_though_it_was_down() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            await taken(here, live.id)
            live = await act(here, live.id, Sign(outcome="granted"))
            here.peers.instead = silent_on("/revocations")  # type: ignore[assignment]
            live = await act(here, live.id, Revoke(reason="误发"))
            assert live.state is State.REVOKED and live.row.due_at is not None
            here.peers.instead = lambda letter: None
            here.ahead += timedelta(seconds=3)
            live = await advance(here.new_hub(), live.id)
            gateway = here.world.gateways["civil-affairs"]
            row = gateway.state.reader().execute('SELECT revoked_at FROM decisions WHERE "case" = ?', (live.id,))
            assert row.fetchone()[0] is not None and live.row.due_at is None

    run(work())


def test_a_notice_is_told_in_the_very_step_it_tells_of() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            stale = await load(here.hub, live.id)
            live = await act(here, live.id, Book(finding="at_home", on=here.hub.today, place="家"))
            one = staff_act(here, live.id, Book(finding="at_home", on=here.hub.today, place="又一处"))
            with pytest.raises(Overtaken):
                await acting.act(stale, one)
            view = await view_of(await load(here.hub, live.id))
            assert [notice.kind for notice in view.notices].count("visit") == 1
            async with here.hub.store.connection() as connection:
                assert [flip.target for flip in await flips_of(connection, live.id)][-1] == "visit_booked"

    run(work())


def test_founded_objections_keep_anybody_from_signing_until_they_are_found_otherwise() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await noticed(here)
            await objecting.object_to(live, applicant_of(here.world, YOUNG), "不符合条件")
            await later(here, live.id, 8)
            await taken(here, live.id)
            live = await find(here, live.id, "objection", True, note="异议成立")
            assert live.state is State.WAITING_PERSON
            assert (await desk.view_after(live)).recommendation is None
            live = await find(here, live.id, "objection", False, note="复核后不成立")
            assert live.state is State.PROPOSED
            assert (await act(here, live.id, Sign(outcome="granted"))).state is State.DELIVERED

    run(work())
