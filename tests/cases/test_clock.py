"""The law's clock in cases: computed, published when it runs out, counted again when a notice moves a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from mianzheng.cases import overdue
from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.clock import Facts, next_turn
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.procedure import AskedCorrection, Booked, Procedure
from mianzheng.cases.steps import ask_person, contest, contest_name
from mianzheng.cases.view import answers_of, view_of
from mianzheng.cases.worker import recount
from mianzheng.cases.working_days import WorkingDays, start_of
from mianzheng.deadlines import Notice, Standstill, Suspension
from mianzheng.model.case import EDGES, State
from mianzheng.model.officers import Explain, Sign
from mianzheng.store.cases import due_cases
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step, world
from tests.cases.procedure_world import LAW, act, later, on, published, taken
from tests.gateway.world import DRAWS, OLD, YOUNG


@pytest.fixture(autouse=True)
def _gateways_own_time() -> Iterator[None]:
    """Give the gateways, which all tests of a process share, their own time back."""
    yield
    world().ahead = 0.0


async def waiting(here: HubWorld) -> LiveCase:
    live = await go(await here.authorised(YOUNG))
    await ask_person(live, sign_step(here.world, YOUNG, live.id, "ask-person"))
    return live


def test_a_case_shows_both_last_days_counted_in_working_days() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await here.authorised(OLD)
            view = await view_of(live)
            days, today = here.hub.days, here.hub.today
            assert view.promised_on == days.due(0, after=today).on
            assert view.legal_on == days.due(20, after=today).on
            assert view.overdue == () and view.still == ()

    run(work())


def test_a_limit_that_runs_out_is_published_once_with_its_reason_and_nobodys_name() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await waiting(here)
            legal = (await view_of(live)).legal_on
            assert legal is not None
            live = await on(here, live.id, legal)
            assert {one.what for one in (await view_of(live)).overdue} == {"promise", "signature"}
            live = await later(here, live.id, 1)
            live = await advance(here.hub, live.id)
            found = [one for one in (await view_of(live)).overdue if one.what == "legal"]
            assert [one.since for one in found] == [legal + timedelta(days=1)]
            assert "逾期原因须公开" in found[0].publish.zh and found[0].reason.zh == "等待工作人员办理。"
            text = msgspec.json.encode(await overdue.published(here.hub)).decode()
            assert live.id not in text and YOUNG not in text

    run(work())


def test_the_department_may_say_why_in_its_own_words() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await waiting(here)
            await later(here, live.id, 40)
            await taken(here, live.id)
            live = await act(here, live.id, Explain(what="legal", reason="经办人员休假，已补派"))
            assert "经办人员休假，已补派" in {one.reason.zh for one in (await view_of(live)).overdue}

    run(work())


def test_what_was_overdue_ends_with_the_decision() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await waiting(here)
            await later(here, live.id, 10)
            await taken(here, live.id)
            live = await act(here, live.id, Sign(outcome="refused"))
            assert live.state is State.REFUSED
            lines = await overdue.published(here.hub)
            assert here.hub.today in {line.ended_on for line in lines}

    run(work())


def test_a_proposed_refusal_is_put_to_an_officer_after_a_working_day() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(YOUNG))
            assert live.state is State.PROPOSED
            last = here.hub.days.due(1, after=here.hub.today).on
            assert (await on(here, live.id, last)).state is State.PROPOSED
            assert (await later(here, live.id, 1)).state is State.WAITING_PERSON

    run(work())


def test_a_contest_nobody_answers_in_ten_working_days_is_published() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(DRAWS))
            answer = next(one for one in answers_of(live) if one.value is False)
            at = (answer.question, answer.role)
            await contest(live, at, sign_step(here.world, DRAWS, live.id, contest_name(at), answer))
            last = here.hub.days.due(10, after=here.hub.today).on
            live = await on(here, live.id, last)
            assert "contest" not in {one.what for one in (await view_of(live)).overdue}
            live = await later(here, live.id, 1)
            assert "contest" in {one.what for one in (await view_of(live)).overdue}

    run(work())


def test_the_sweep_finds_a_case_whose_clock_turns_though_it_waits_for_a_person() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await waiting(here)
            assert live.row.due_at is None and live.row.clock_at is not None
            async with here.hub.store.connection() as connection:
                assert live.id not in await due_cases(connection, here.hub.clock(), limit=10_000)
                assert live.id in await due_cases(connection, live.row.clock_at, limit=10_000)

    run(work())


def _with_notices(here: HubWorld, *notices: Notice) -> Hub:
    """Another process of the hub that knows other notices on working days."""
    other = here.new_hub()
    other.days = WorkingDays(lambda: other.clock(), notices)
    return other


def test_days_of_a_year_not_yet_published_are_provisional_and_counted_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            here.ahead = timedelta(days=(date(2031, 3, 3) - here.hub.today).days)
            live, _ = await here.apply(OLD)
            view = await view_of(live)
            assert view.provisional and view.legal_on is not None
            off = tuple(date(2031, 3, day) for day in range(10, 15))
            known = Notice(source="国办发明电", published=date(2031, 3, 4), year=2031, off=off)
            here.ahead += timedelta(days=2)
            again = await view_of(await load(_with_notices(here, known), live.id))
            assert not again.provisional and again.legal_on is not None and again.legal_on > view.legal_on

    run(work())


def test_a_worker_that_starts_counts_provisional_dates_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            live = await waiting(here)
            async with here.hub.store.connection() as connection:
                await connection.exec_driver_sql(
                    "update cases set provisional = true, clock_at = now() + interval '9 years'"
                )
            assert await recount(here.hub) == 1
            live = await advance(here.hub, live.id)
            assert live.row.clock_at == start_of(here.hub.days.due(0, after=here.hub.today).on + timedelta(days=1))

    run(work())


def test_a_clock_that_turns_twice_is_taken_once() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await waiting(here)
            await later(here, live.id, 3)
            first, second = await advance(here.new_hub(), live.id), await advance(here.hub, live.id)
            assert first.procedure.published == second.procedure.published
            assert len((await view_of(second)).overdue) == len(second.procedure.published)

    run(work())


BY_STAFF = {State.WAITING_PERSON, State.ESCALATED, State.DECLARED}
BY_MACHINE = {
    State.APPLIED,
    State.AUTHORISED,
    State.ASKING,
    State.UNDECIDED,
    State.WAITING_REGISTER,
    State.WAITING_SIGNATURE,
    State.CONTESTED,
    State.GRANTED,
    State.ISSUED,
    State.REOPENED,
    State.ACCEPTED,
}
ENDS = {State.ENDED, State.ARCHIVED}


@pytest.mark.parametrize("state", sorted(set(State) - ENDS))
def test_no_state_is_dead_a_lawful_end_is_reached_by_somebodys_step_or_by_the_clock(state: State) -> None:
    reached, frontier = {state}, [state]
    while frontier:
        frontier = [target for one in frontier for target in EDGES[one] if target not in reached]
        reached.update(frontier)
    assert State.ENDED in reached
    assert state in BY_STAFF | BY_MACHINE or _by_clock(state), "nobody and nothing moves a case from here"


def _by_clock(state: State) -> bool:
    """Tell whether the clock leaves this state by itself, whoever sleeps."""
    today = world().gateways["civil-affairs"].today()
    kept = Procedure(proposed_on=today, notice_until=today, incomplete_since={"alive": today}, delivered_on=today)
    kept = msgspec.structs.replace(kept, **_entered(today))
    item = world().loaded["old-age-allowance"].item
    facts = Facts(item=item, state=state, as_of=today, authorised_at=None, procedure=kept, since=today)
    days = WorkingDays(lambda: start_of(today) + timedelta(hours=12))
    term = next_turn(facts, days)
    return term is not None


def _entered(today: date) -> dict[str, object]:
    stands = Suspension(kind=Standstill.TEST, since=today, until=today, told_on=today, reason="检测", reference=LAW)
    return {
        "asked_correction": AskedCorrection(what=("甲",), told_on=today, within=5),
        "booked": Booked(finding="at_home", on=today, place="家"),
        "suspensions": (stands,),
    }


def test_a_decided_case_ends_by_the_clock() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "licence")))
            assert live.state is State.DELIVERED
            assert (await later(here, live.id, 40)).state is State.ENDED

    run(work())


def test_a_refused_case_ends_once_the_time_for_a_review_is_over() -> None:
    async def work() -> None:
        async with hub_world() as here:
            refused = await waiting(here)
            await taken(here, refused.id)
            refused = await act(here, refused.id, Sign(outcome="refused"))
            assert (await later(here, refused.id, 62)).state is State.ENDED

    run(work())
