"""Papers of real cases: numbered once, sealed by the department's own gateway, the same bytes ever after."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mianzheng.cases.advance import run as go
from mianzheng.cases.archiving import close_case, erase_case
from mianzheng.cases.file_check import check_file
from mianzheng.cases.filing import case_file
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.paper_making import make_paper
from mianzheng.cases.paper_sweep import Unwritten, publish_late
from mianzheng.cases.papers import check, open_paper, papers_view
from mianzheng.cases.steps import accept_refusal, received
from mianzheng.cases.view import reasons_of, view_of
from mianzheng.decision.audience import AGENT, CLERK, RESIDENT, Viewer
from mianzheng.model.case import State
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.officers import AskCorrection, NotAccept, Reopen, Sign, Suspend
from mianzheng.papers.signature import verify
from mianzheng.store.procedure import overdue_of
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step, world
from tests.cases.procedure_world import act, later, published, taken
from tests.gateway.world import OLD, YOUNG
from tests.papers.examples import text_of


@pytest.fixture(autouse=True)
def _gateways_at_their_own_time() -> Iterator[None]:
    yield
    world().ahead = 0.0


async def granted(here: HubWorld) -> LiveCase:
    live = await go(await here.authorised(OLD))
    assert live.state is State.DELIVERED
    return live


async def refused(here: HubWorld) -> LiveCase:
    live = await go(await here.authorised(YOUNG))
    await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
    live = await go(live)
    assert live.state is State.REFUSED
    return live


async def with_officer(here: HubWorld) -> LiveCase:
    name = await published(here, "visited-allowance")
    live = await go(await here.authorised(OLD, name))
    await taken(here, live.id)
    return await load(here.hub, live.id)


def test_a_granted_case_has_acceptance_and_decision_and_both_are_sealed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            assert [one.paper for one in await papers_view(live, RESIDENT)] == ["acceptance", "grant"]
            for slug, title in (("acceptance", "受理通知书"), ("grant", "准予")):
                made = await make_paper(live, slug, RESIDENT)
                root = here.hub.stamp_root
                assert root is not None
                found = await asyncio.to_thread(verify, made.pdf, root=root, at=here.hub.clock())
                assert (found.state, found.party) == ("holds", "civil-affairs")
                assert title in text_of(made.pdf)

    run(work())


def test_a_refused_case_names_reason_rule_and_remedies_in_its_decision() -> None:
    async def work() -> None:
        async with hub_world() as here:
            made = await make_paper(await refused(here), "refusal", RESIDENT)
            said = text_of(made.pdf)
            assert "未满 80 周岁" in said and "行政复议" in said and "行政诉讼" in said

    run(work())


def test_a_paper_once_made_is_the_same_bytes_again() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            first = await make_paper(live, "grant", RESIDENT)
            again = await make_paper(await load(here.new_hub(), live.id), "grant", RESIDENT)
            assert (first.pdf, first.row.number) == (again.pdf, again.row.number)
            assert here.peers.asked("/papers") == ["civil-affairs"]

    run(work())


def test_numbers_run_on_within_department_and_year() -> None:
    async def work() -> None:
        async with hub_world() as here:
            one, other = await granted(here), await refused(here)
            made = [await make_paper(*each, RESIDENT) for each in ((one, "grant"), (other, "refusal"))]
            first, second = (int(each.row.number.rpartition("-")[2]) for each in made)
            assert second == first + 1

    run(work())


def test_while_the_department_is_away_nothing_is_lost_and_the_same_bytes_go_again() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            here.peers.down = {"civil-affairs"}
            with pytest.raises(Unavailable):
                await make_paper(live, "grant", RESIDENT)
            (line,) = [one for one in await papers_view(live, RESIDENT) if one.paper == "grant"]
            assert (line.state, line.number) == ("due", "")
            here.peers.down = set()
            made = await make_paper(await load(here.new_hub(), live.id), "grant", RESIDENT)
            sent = [letter.body for letter in here.peers.sent if letter.path == "/papers"]
            assert len(sent) == 2 and sent[0] == sent[1]
            assert made.row.digest is not None

    run(work())


def test_a_seal_lost_on_the_way_is_asked_for_again_and_is_the_same() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            here.peers.lost = {"civil-affairs"}
            with pytest.raises(Unavailable):
                await make_paper(live, "grant", RESIDENT)
            here.peers.lost = set()
            assert (await make_paper(live, "grant", RESIDENT)).row.digest is not None

    run(work())


def test_something_else_than_a_seal_is_never_kept() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            here.peers.change = lambda letter, body: body[:-60] + b'AAAA"}' if letter.path == "/papers" else body
            with pytest.raises(Exception, match="seal"):
                await make_paper(live, "grant", RESIDENT)
            here.peers.change = lambda letter, body: body
            assert (await make_paper(live, "grant", RESIDENT)).row.digest is not None

    run(work())


def test_each_act_of_staff_has_its_paper_sealed_by_that_act() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_officer(here)
            until = here.hub.today + timedelta(days=7)
            stopped = await act(here, live.id, Suspend(kind="test", until=until, reason="送检"))
            made = await make_paper(stopped, "special-procedure", RESIDENT)
            assert "送检" in text_of(made.pdf) and "不计入办理期限" in text_of(made.pdf)

    run(work())


def test_what_is_to_be_corrected_is_on_paper() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_officer(here)
            asked = await act(here, live.id, AskCorrection(what=("请更正户名", "请补充姓名")))
            made = await make_paper(asked, "correction", RESIDENT)
            assert "请更正户名" in text_of(made.pdf) and "请补充姓名" in text_of(made.pdf)

    run(work())


def test_a_case_not_accepted_has_that_paper_and_no_acceptance() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_officer(here)
            told = await act(here, live.id, NotAccept(reason="依法不属于本机关职权范围"))
            assert [one.paper for one in await papers_view(told, RESIDENT)] == ["non-acceptance"]
            made = await make_paper(told, "non-acceptance", RESIDENT)
            assert "依法不属于本机关职权范围" in text_of(made.pdf)

    run(work())


def test_opened_on_screen_it_is_delivered_and_has_its_receipt() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            opened = await open_paper(live, "refusal", RESIDENT, on_screen=True)
            assert (opened.view.state, opened.view.way, opened.view.delivered_on) == (
                "delivered",
                "screen",
                here.hub.today,
            )
            made = await make_paper(live, "receipt", RESIDENT)
            assert opened.says.display in text_of(made.pdf) and "电子送达" in text_of(made.pdf)

    run(work())


def test_the_view_of_a_case_shows_its_papers_and_until_when_a_decision_is_delivered() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            (paper,) = [one for one in (await view_of(live)).papers if one.paper == "refusal"]
            assert paper.state == "due" and paper.deliver_by is not None and not paper.overdue

    run(work())


def test_a_decision_not_delivered_in_time_is_published_as_late_until_it_is() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            await make_paper(live, "refusal", RESIDENT)
            await later(here, live.id, 25)
            await publish_late(here.hub)
            live = await load(here.hub, live.id)
            (line,) = [one for one in await papers_view(live, RESIDENT) if one.paper == "refusal"]
            assert line.overdue
            async with here.hub.store.connection() as connection:
                (row,) = [one for one in await overdue_of(connection, live.id) if one.what == "delivery"]
                assert row.ended_on is None
                await open_paper(live, "refusal", RESIDENT, on_screen=True)
                (row,) = [one for one in await overdue_of(connection, live.id) if one.what == "delivery"]
                assert row.ended_on == here.hub.today

    run(work())


def test_the_worker_writes_a_decision_that_nobody_asked_for() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            here.ahead = timedelta(hours=3)
            here.world.ahead = here.ahead.total_seconds()
            unwritten = Unwritten(here.hub, page=1)  # whatever cannot be written holds back no other
            while await unwritten.write():
                pass
            (line,) = [one for one in await papers_view(live, RESIDENT) if one.paper == "refusal"]
            assert line.state == "made"

    run(work())


def test_a_case_decided_again_has_a_second_decision_and_keeps_the_first() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            first = await make_paper(live, "refusal", RESIDENT)
            await taken(here, live.id)
            await act(here, live.id, Reopen(reason="重新核查"))
            again = await act(here, live.id, Sign(outcome="refused"))
            assert again.state is State.REFUSED
            lines = [one.paper for one in await papers_view(again, RESIDENT)]
            assert ("refusal" in lines, "refusal-2" in lines) == (True, True)
            here.ahead = timedelta(hours=3)
            here.world.ahead = here.ahead.total_seconds()
            unwritten = Unwritten(here.hub, page=1)  # whatever cannot be written holds back no other
            while await unwritten.write():
                pass
            second = await make_paper(again, "refusal-2", RESIDENT)
            assert second.row.number != first.row.number
            assert (await make_paper(again, "refusal", RESIDENT)).pdf == first.pdf

    run(work())


def test_an_archived_case_keeps_its_papers_and_an_erased_one_only_their_numbers() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            made = await make_paper(live, "grant", RESIDENT)
            assert made.row.digest is not None
            await received(live)
            await close_case(live)
            kept = await make_paper(await load(here.hub, live.id), "grant", RESIDENT)
            assert kept.pdf == made.pdf
            await erase_case(here.hub, live.id)
            assert (await check(here.hub, made.row.number, made.row.digest.hex())).known
            with pytest.raises(NotFound):
                await load(here.hub, live.id)

    run(work())


def test_the_case_file_holds_the_sealed_papers_and_vouches_for_them() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            opened = await open_paper(live, "refusal", RESIDENT, on_screen=True)
            receipt = await make_paper(live, "receipt", RESIDENT)
            file = await case_file(live, RESIDENT)
            assert file.files[f"papers/{opened.view.number}.pdf.b64"] == opened.pdf
            assert f"papers/{receipt.row.number}.pdf.b64" in file.files
            assert not check_file(file, here.world.trust).faults

    run(work())


def test_a_check_says_yes_only_to_number_and_digest_together() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            made, other = await make_paper(live, "grant", RESIDENT), await make_paper(live, "acceptance", RESIDENT)
            assert made.row.digest is not None and other.row.digest is not None
            good = await check(here.hub, made.row.number, made.row.digest.hex().upper(), pdf=made.pdf)
            assert good.known and good.signature == "holds"
            assert not (await check(here.hub, other.row.number, made.row.digest.hex())).known
            assert not (await check(here.hub, made.row.number, "00" * 32)).known

    run(work())


def test_a_linked_person_gets_none_of_the_applicants_papers() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            assert await papers_view(live, Viewer(kind="linked", role="spouse#1")) == ()

    run(work())


@pytest.mark.parametrize("viewer", [AGENT, CLERK])
def test_who_may_read_every_reason_gets_the_residents_own_paper(viewer: Viewer) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await refused(here)
            own, theirs = await make_paper(live, "refusal", RESIDENT), await make_paper(live, "refusal", viewer)
            assert (own.row.number == theirs.row.number) is (reasons_of(live, viewer) == reasons_of(live, RESIDENT))

    run(work())


def test_a_case_has_no_paper_that_it_gives_no_rise_to() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await granted(here)
            with pytest.raises(NotFound):
                await make_paper(live, "refusal", RESIDENT)

    run(work())
