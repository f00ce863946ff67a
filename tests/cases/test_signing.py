"""Officers take, see, find and sign; the handling gateway checks each signature again."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.cases import acting, desk
from mianzheng.cases.acting import NotAssigned
from mianzheng.cases.advance import run as go
from mianzheng.cases.avoidance import MayNotHandle
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.loading import load
from mianzheng.cases.staff import BadAct, NotStaff
from mianzheng.cases.steps import accept_refusal, ask_person
from mianzheng.cases.view import reasons_of, view_of
from mianzheng.client.staff import stated_of
from mianzheng.model.case import State
from mianzheng.model.evidence import Undecided
from mianzheng.model.officers import Approve, Book, Sign, Staff, Take
from mianzheng.store.cases import findings_of
from tests.authority.test_avoidance import officer_is
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step
from tests.cases.procedure_world import HERE, act, find, published, seen, staff_act, taken
from tests.gateway.world import OLD, SON, YOUNG


def test_an_item_that_officers_approve_is_proposed_and_granted_by_a_signature() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            view = await view_of(live)
            assert (live.state, view.decision, view.decided_by) == (State.PROPOSED, "granted", "proposed")
            seen_ = await taken(here, live.id)
            assert seen_.recommendation is not None and seen_.recommendation.outcome == "granted"
            live = await act(here, live.id, Sign(outcome="granted"))
            view = await view_of(live)
            assert (live.state, view.decision, view.decided_by) == (State.DELIVERED, "granted", "officer")

    run(work())


def test_a_case_is_taken_before_it_is_seen_or_signed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            officer = Staff(department=HERE, staff="someone", role="officer", key="k")
            with pytest.raises(NotAssigned):
                await desk.view_for(live, officer)
            with pytest.raises(NotAssigned):
                await act(here, live.id, Sign(outcome="granted"))
            with pytest.raises(NotAssigned):
                await act(here, live.id, Book(finding="objection", on=here.hub.today, place="大厅"))

    run(work())


def test_who_tries_to_take_or_sign_their_own_or_a_relatives_case_is_noted() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            await taken(here, live.id)
            for number, tried in ((OLD, Take()), (SON, Sign(outcome="granted"))):
                with officer_is(here.world, number), pytest.raises(MayNotHandle):
                    await act(here, live.id, tried)
            async with here.hub.store.connection() as connection:
                noted = await findings_of(connection, live.id)
            officer = stated_of(here.world.staff(HERE, "officer")).staff
            assert list(noted) == [("another-handler", HERE, officer)] * 2
            assert (await load(here.hub, live.id)).state is State.PROPOSED

    run(work())


def test_the_desk_shows_ticks_and_no_value_name_or_number() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(YOUNG, await published(here, "signed-allowance")))
            view = await taken(here, live.id)
            assert {tick.condition: tick.result for tick in view.ticks} == {
                "resident": "true",
                "aged": "false",
                "alive": "true",
                "no-other": "true",
            }
            text = msgspec.json.encode(view).decode()
            assert YOUNG not in text and "王小明" not in text and '"value"' not in text

    run(work())


def test_a_refusal_nobody_accepted_is_signed_by_an_officer() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(YOUNG))
            assert live.state is State.PROPOSED
            await taken(here, live.id)
            live = await act(here, live.id, Sign(outcome="refused"))
            view = await view_of(live)
            assert (live.state, view.decision, view.decided_by) == (State.REFUSED, "refused", "officer")

    run(work())


def test_a_refusal_put_to_a_person_is_signed_from_there() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(YOUNG))
            await ask_person(live, sign_step(here.world, YOUNG, live.id, "ask-person"))
            await taken(here, live.id)
            assert (await act(here, live.id, Sign(outcome="refused"))).state is State.REFUSED

    run(work())


@pytest.mark.parametrize("name", ["licence", "signed-allowance", "joint-allowance"])
def test_a_refusal_that_an_officer_must_sign_is_not_the_persons_to_accept_and_waits_for_the_officer(name: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(YOUNG, await published(here, name)))
            view = await view_of(live)
            assert "accept-refusal" not in view.acts and "ask-person" in view.acts and view.next_step is not None
            assert "由办理部门的工作人员决定" in view.next_step.zh and "接受" not in view.next_step.zh
            with pytest.raises(NotInThisState, match="an officer of the department decides"):
                await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
            live = await go(await load(here.hub, live.id))
            assert live.state is State.PROPOSED and not here.peers.asked("/decisions")
            await taken(here, live.id)
            live = await act(here, live.id, Sign(outcome="refused"))
            assert live.state is State.REFUSED and live.row.decided_by == "officer"

    run(work())


def test_several_departments_approve_in_parallel_and_the_last_signature_grants() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "joint-allowance")))
            await taken(here, live.id)
            live = await act(here, live.id, Approve(outcome="granted"), department="human-resources")
            live = await act(here, live.id, Sign(outcome="granted"))
            assert live.state is State.PROPOSED
            assert (await desk.view_after(live)).approvals == {"public-security": False, "human-resources": True}
            live = await act(here, live.id, Approve(outcome="granted"), department="public-security")
            assert live.state is State.DELIVERED and live.row.decided_by == "officer"

    run(work())


@pytest.mark.parametrize("department", ["market-regulation", HERE])
def test_who_is_not_an_approver_approves_nothing(department: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "joint-allowance")))
            with pytest.raises(BadAct):
                await act(here, live.id, Approve(outcome="granted"), department=department)

    run(work())


@pytest.mark.parametrize("how", ["other case", "other step", "long ago", "other shown", "clerk", "other department"])
def test_a_signature_that_is_not_this_officers_under_what_the_desk_shows_is_refused(how: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            shown = (await taken(here, live.id)).shown
            role = "clerk" if how == "clerk" else "officer"
            department = "public-security" if how == "other department" else HERE
            changes = {
                "other case": {"case": "another"},
                "other step": {"step": "sign:refused"},
                "long ago": {"iat": here.hub.seconds - 3600},
            }.get(how, {})
            shown = "another" if how == "other shown" else shown
            one = staff_act(
                here, live.id, Sign(outcome="granted"), role=role, department=department, shown=shown, **changes
            )
            with pytest.raises((BadAct, NotStaff, NotAssigned)):
                await acting.act(await load(here.hub, live.id), one)
            assert (await load(here.hub, live.id)).state is State.PROPOSED

    run(work())


def test_a_finding_the_item_asks_for_decides_by_machine_and_counts_as_a_visit() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "visited-allowance")))
            assert live.state is State.WAITING_PERSON
            view = await taken(here, live.id)
            assert [(one.condition, one.findings) for one in view.open] == [("at-home", ("at_home",))]
            live = await find(here, live.id, "at_home", True)
            shown = await view_of(live)
            assert (live.state, shown.decided_by, shown.visits) == (State.DELIVERED, "machine", 1)

    run(work())


def test_what_an_officer_saw_may_refuse_and_is_proposed_first() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "visited-allowance")))
            await taken(here, live.id)
            live = await find(here, live.id, "at_home", False)
            view = await view_of(live)
            assert (live.state, [reason.condition for reason in view.reasons]) == (State.PROPOSED, ["at-home"])

    run(work())


async def open_condition(here: HubWorld) -> str:
    live = await go(await here.authorised(OLD, await published(here, "visited-allowance")))
    await taken(here, live.id)
    return live.id


def test_an_officer_settles_an_open_condition_and_then_signs() -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            live = await find(here, case, "condition:at-home", True, note="邻里证实")
            assert live.state is State.PROPOSED and live.row.decided_by == "proposed"
            live = await act(here, case, Sign(outcome="granted"))
            assert live.state is State.DELIVERED and live.row.decided_by == "officer"

    run(work())


@pytest.mark.parametrize(("how", "carried", "visits"), [("record", 0, 0), ("paper", 1, 0), ("visit", 0, 1)])
def test_what_a_person_had_to_do_for_a_finding_is_counted_by_how_it_was_found(
    how: str, carried: int, visits: int
) -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            view = await view_of(await find(here, case, "condition:at-home", True, note="邻里证实", how=how))
            assert (view.documents_carried, view.visits) == (carried, visits)

    run(work())


def test_a_condition_is_not_settled_without_saying_how_it_was_found() -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            with pytest.raises(BadAct, match="how was it found"):
                await find(here, case, "condition:at-home", True, note="邻里证实", how="")
            assert (await load(here.hub, case)).state is State.WAITING_PERSON

    run(work())


def test_a_paper_that_a_visit_of_the_item_took_besides_is_counted_too() -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            view = await view_of(await find(here, case, "at_home", True, how="paper"))
            assert (view.documents_carried, view.visits) == (1, 1)

    run(work())


def test_a_finding_that_was_a_mistake_is_entered_anew_before_anybody_signs() -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            live = await find(here, case, "condition:at-home", False, note="无人应门")
            assert live.state is State.PROPOSED and live.row.decision == "refused"
            live = await find(here, case, "condition:at-home", True, note="次日在家")
            assert live.state is State.PROPOSED and live.row.decision == "granted"
            assert (await act(here, case, Sign(outcome="granted"))).state is State.DELIVERED

    run(work())


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("condition:aged", True, "已满"),  # an answer decides it: it is contested, not overruled
        ("condition:at-home", True, ""),  # a condition is settled with a reason
        ("condition:at-home", "yes", "是"),
        ("at_home", "yes", "是"),
        ("unknown", True, "是"),
        ("computed:amount", 5, "是"),
    ],
)
def test_a_finding_that_is_not_open_to_be_found_is_refused(name: str, value: object, note: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            with pytest.raises(BadAct):
                await find(here, case, name, value, note=note)  # type: ignore[arg-type]
            live = await load(here.hub, case)
            assert live.state is State.WAITING_PERSON and live.outcome is not None
            assert isinstance(live.outcome.decision, Undecided)

    run(work())


def test_a_finding_of_another_case_or_another_day_is_refused() -> None:
    async def work() -> None:
        async with hub_world() as here:
            case = await open_condition(here)
            live = await load(here.hub, case)
            for changes in ({"case": "another"}, {"iat": here.hub.seconds - 3600}):
                with pytest.raises(BadAct):
                    await acting.find(live, seen(here, case, "at_home", True, **changes))

    run(work())


def test_a_colleague_cannot_take_what_is_taken() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            await taken(here, live.id)
            with pytest.raises(NotAssigned):
                await act(here, live.id, Take(), role="clerk")

    run(work())
