"""The remaining states, each entered and left through the code that does so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from mianzheng.cases import correction, declarations, objecting
from mianzheng.cases.advance import run as go
from mianzheng.cases.authorising import authorise
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.opening import draft_of
from mianzheng.cases.staff import BadAct
from mianzheng.cases.steps import ask_person, contest, contest_name, escalate, received, withdraw
from mianzheng.cases.view import answers_of, view_of
from mianzheng.deadlines import BadClock
from mianzheng.model.canonical import b64
from mianzheng.model.case import State
from mianzheng.model.errors import NotFound
from mianzheng.model.officers import (
    AnswerContest,
    AskCorrection,
    Assign,
    Book,
    Extend,
    NotAccept,
    Pay,
    Reopen,
    Resume,
    Revoke,
    Sign,
    Suspend,
)
from mianzheng.store.cases import requests_of
from mianzheng.store.procedure import reviews_of
from tests.cases.hub_world import HubWorld, applicant_of, form_values, hub_world, run, sign_draft, sign_step, world
from tests.cases.procedure_world import HERE, PROMISE, act, find, later, on, published, taken
from tests.cases.test_granted import states_of
from tests.gateway.world import DRAWS, OLD, YOUNG


@pytest.fixture(autouse=True)
def _gateways_own_time() -> Iterator[None]:
    """Give the gateways, which all tests of a process share, their own time back."""
    yield
    world().ahead = 0.0


async def with_person(here: HubWorld, number: str = OLD, name: str = "visited-allowance") -> LiveCase:
    live = await go(await here.authorised(number, await published(here, name)))
    if live.state is State.PROPOSED:
        await ask_person(live, sign_step(here.world, number, live.id, "ask-person"))
    assert live.state is State.WAITING_PERSON
    await taken(here, live.id)
    return await load(here.hub, live.id)


# -- 补正, 不予受理


def test_a_correction_is_told_once_and_the_case_is_accepted_anew_when_it_is_made() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            live = await act(here, live.id, AskCorrection(what=("乡镇写错了",), within=10))
            view = await view_of(live)
            assert live.state is State.CORRECTION and "乡镇写错了" in view.notices[-1].text.zh
            forms = form_values({})
            shown = tuple(forms)
            await correction.corrected(live, forms, sign_step(here.world, OLD, live.id, "corrected", shown))
            assert live.state is State.ACCEPTED
            live = await load(here.hub, live.id)
            draft = draft_of(live)
            signed, assertion = sign_draft(here.world, OLD, draft, forms)
            await authorise(live, b64(signed), assertion, forms)
            live = await go(live)
            assert live.state is State.WAITING_PERSON
            async with here.hub.store.connection() as connection:
                kept = await requests_of(connection, live.id)
            assert len({one.id for one in kept if one.kind == "bundle"}) == 1  # what was asked before is past
            await taken(here, live.id)
            with pytest.raises(NotInThisState, match="counts as accepted"):
                await act(here, live.id, AskCorrection(what=("还有",)))

    run(work())


def test_a_paper_that_a_correction_asks_for_is_told_and_counts_as_carried() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            live = await act(here, live.id, AskCorrection(what=("乡镇写错了",), papers=("租房合同", "离婚判决书")))
            view = await view_of(live)
            assert (live.state, view.documents_carried) == (State.CORRECTION, 2)
            assert view.correct == ("乡镇写错了", "租房合同", "离婚判决书")
            assert "离婚判决书" in view.notices[-1].text.zh

    run(work())


def test_a_correction_asked_too_late_is_as_not_asked_the_case_counts_as_accepted() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            assert correction.until(live) is not None
            live = await later(here, live.id, 20)
            assert correction.until(live) is None
            for one in (AskCorrection(what=("晚了",)), NotAccept(reason="晚了")):
                with pytest.raises(NotInThisState, match="counts as accepted"):
                    await act(here, live.id, one)

    run(work())


def test_what_nobody_corrects_goes_back_to_the_officer() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            live = await act(here, live.id, AskCorrection(what=("乡镇",), within=5))
            live = await later(here, live.id, 30)
            assert live.state is State.WAITING_PERSON
            live = await act(here, live.id, NotAccept(reason="逾期未补正"))
            assert live.state is State.NOT_ACCEPTED

    run(work())


def test_a_case_is_not_accepted_with_an_officers_reason_and_may_be_reopened() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            live = await act(here, live.id, NotAccept(reason="不属于本机关职权"))
            view = await view_of(live)
            assert live.state is State.NOT_ACCEPTED and "不属于本机关职权" in view.notices[-1].text.zh
            live = await act(here, live.id, Reopen(reason="属于本机关"))
            assert live.state is State.WAITING_PERSON
            assert (await states_of(here, live.id))[-5:-2] == ["not_accepted", "reopened", "asking"]

    run(work())


# -- a day for a finding, what stands still


def test_a_visit_has_its_day_stops_the_clock_and_ends_with_the_finding() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            before = (await view_of(live)).legal_on
            day = here.hub.today + timedelta(days=6)
            live = await act(here, live.id, Book(finding="at_home", on=day, place="家中"))
            view = await view_of(live)
            assert live.state is State.VISIT_BOOKED and [one.kind for one in view.still] == ["site_visit"]
            assert before is not None and view.legal_on is not None and view.legal_on > before
            assert view.still[0].told_on == here.hub.today and "家中" in view.notices[-1].text.zh
            live = await find(here, live.id, "at_home", True)
            assert live.state is State.DELIVERED

    run(work())


def test_a_visit_that_did_not_take_place_goes_back_to_the_officer_by_the_clock() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            live = await act(here, live.id, Book(finding="at_home", on=here.hub.today, place="家中"))
            assert (await later(here, live.id, 1)).state is State.WAITING_PERSON

    run(work())


def test_the_clock_stands_still_while_suspended_and_runs_again_by_itself() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            until = here.hub.today + timedelta(days=3)
            live = await act(here, live.id, Suspend(kind="expert_review", until=until, reason="专家评审"))
            assert live.state is State.SUSPENDED
            assert (await on(here, live.id, until)).state is State.SUSPENDED
            live = await later(here, live.id, 1)
            assert live.state is State.WAITING_PERSON and (await view_of(live)).still == ()

    run(work())


def test_an_officer_ends_a_suspension_early_and_the_days_left_count_again() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            before = (await view_of(live)).legal_on
            until = here.hub.today + timedelta(days=30)
            live = await act(here, live.id, Suspend(kind="hearing", until=until, reason="听证"))
            assert (await view_of(live)).legal_on != before
            live = await act(here, live.id, Resume(last=here.hub.today - timedelta(days=1)))
            assert live.state is State.WAITING_PERSON and (await view_of(live)).legal_on == before

    run(work())


def test_an_extension_is_signed_by_the_head_once_and_told() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            before = (await view_of(live)).legal_on
            live = await act(here, live.id, Extend(days=10, reason="案情复杂"), role="head")
            view = await view_of(live)
            assert before is not None and view.legal_on is not None and view.legal_on > before
            assert "案情复杂" in view.notices[-1].text.zh
            with pytest.raises(BadClock):
                await act(here, live.id, Extend(days=1, reason="再延"), role="head")

    run(work())


@pytest.mark.parametrize(("days", "role"), [(11, "head"), (5, "officer")])
def test_an_extension_beyond_the_law_or_without_the_head_is_refused(days: int, role: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            with pytest.raises(Exception, match=r"law allows|this takes head"):
                await act(here, live.id, Extend(days=days, reason="案情复杂"), role=role)

    run(work())


# -- 公示


async def noticed(here: HubWorld) -> LiveCase:
    live = await go(await here.authorised(OLD, await published(here, "noticed-allowance")))
    assert live.state is State.PUBLIC_NOTICE
    return live


def test_a_public_notice_runs_before_the_grant_and_is_not_counted() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await noticed(here)
            assert [one.kind for one in (await view_of(live)).still] == ["public_notice"]
            assert (await later(here, live.id, 7)).state is State.PUBLIC_NOTICE
            assert (await later(here, live.id, 1)).state is State.DELIVERED

    run(work())


def test_what_was_answered_and_signed_for_holds_through_a_notice_of_sixty_days() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "long-noticed-allowance")))
            assert (await later(here, live.id, 60)).state is State.PUBLIC_NOTICE
            assert (await later(here, live.id, 1)).state is State.DELIVERED

    run(work())


def test_an_objection_stops_the_grant_until_it_was_heard() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await noticed(here)
            await objecting.object_to(live, applicant_of(here.world, YOUNG), "不符合条件")
            live = await later(here, live.id, 8)
            assert live.state is State.WAITING_PERSON
            assert (await taken(here, live.id)).objections == 1
            day = here.hub.today + timedelta(days=7)
            live = await act(here, live.id, Book(finding="objection", on=day, place="听证室"))
            assert [one.kind for one in (await view_of(live)).still] == ["hearing"]
            live = await later(here, live.id, 7)
            live = await find(here, live.id, "objection", False, note="异议不成立")
            assert live.state is State.PROPOSED
            live = await act(here, live.id, Sign(outcome="granted"))
            assert live.state is State.DELIVERED and live.row.decided_by == "officer"

    run(work())


def test_who_objects_reads_when_they_are_heard_and_what_came_of_it_and_the_desk_never_who_they_are() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await noticed(here)
            person, other = applicant_of(here.world, YOUNG), applicant_of(here.world, DRAWS)
            await objecting.object_to(live, person, "不符合条件")
            live = await later(here, live.id, 8)
            view = await taken(here, live.id)
            assert view.objected == ("不符合条件",)
            assert person.pairwise.encode() not in msgspec.json.encode(view)
            day = here.hub.today + timedelta(days=7)
            live = await act(here, live.id, Book(finding="objection", on=day, place="听证室"))
            (told,) = await objecting.heard(live, person)
            assert (told.hearing_on, told.place, told.founded) == (day, "听证室", None)
            live = await later(here, live.id, 7)
            live = await find(here, live.id, "objection", True, note="异议成立")
            (told,) = await objecting.heard(live, person)
            assert (told.hearing_on, told.founded, told.answer) == (None, True, "异议成立")
            assert await objecting.heard(live, other) == ()

    run(work())


def test_a_hearing_is_told_seven_days_before() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await noticed(here)
            await objecting.object_to(live, applicant_of(here.world, YOUNG), "不符合条件")
            live = await later(here, live.id, 8)
            await taken(here, live.id)
            with pytest.raises(BadAct):
                await act(here, live.id, Book(finding="objection", on=here.hub.today, place="听证室"))

    run(work())


# -- 收费


def test_a_fee_keeps_the_credential_back_until_the_cashiers_receipt() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "paid-allowance")))
            view = await view_of(live)
            assert (live.state, view.credential, view.fee) == (State.FEE_DUE, None, 100)
            with pytest.raises(Exception, match="are due"):
                await act(here, live.id, Pay(amount="1", receipt="号1"))
            live = await act(here, live.id, Pay(amount="100", receipt="号1"), role="clerk")
            assert live.state is State.DELIVERED and (await view_of(live)).credential

    run(work())


async def fee_due(here: HubWorld) -> LiveCase:
    live = await go(await here.authorised(OLD, await published(here, "paid-allowance")))
    assert live.state is State.FEE_DUE
    return live


def test_a_fee_has_a_last_day_a_reminder_before_and_what_nobody_pays_for_ends_undelivered() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await fee_due(here)
            view = await view_of(live)
            assert view.fee_until is not None and f"{view.fee_until.day}日缴清" in view.notices[-1].text.zh
            live = await on(here, live.id, view.fee_until - timedelta(days=10))
            told = (await view_of(live)).notices[-1].text.zh
            assert live.state is State.FEE_DUE and told.startswith("提醒") and f"{view.fee_until.day}日缴清" in told
            live = await on(here, live.id, view.fee_until)
            assert live.state is State.FEE_DUE
            live = await later(here, live.id, 1)
            unpaid = await view_of(live)
            assert (live.state, unpaid.decision, unpaid.credential) == (State.WITHDRAWN, "undecided", None)
            assert "本件终结" in unpaid.notices[-1].text.zh
            live = await later(here, live.id, 11)
            assert live.state is State.ENDED and (await view_of(live)).credential is None

    run(work())


def test_who_will_not_pay_withdraws_what_was_granted_and_never_gets_it() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await fee_due(here)
            assert {"withdraw", "escalate"} <= set((await view_of(live)).acts)
            await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))
            live = await load(here.new_hub(), live.id)
            assert live.state is State.WITHDRAWN and (await view_of(live)).credential is None

    run(work())


def test_a_fee_that_cannot_be_paid_is_reported_and_comes_back_with_a_handler_and_a_new_term() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await fee_due(here)
            first = (await view_of(live)).fee_until
            await later(here, live.id, 5)
            live = await load(here.hub, live.id)
            await escalate(live, sign_step(here.world, OLD, live.id, "escalate"))
            live = await act(here, live.id, Assign(reason="收费处已恢复"), role="head")
            again = (await view_of(live)).fee_until
            assert live.state is State.FEE_DUE and first is not None and again is not None and again > first
            await act(here, live.id, Pay(amount="100", receipt="号1"), role="clerk")
            live = await go(await load(here.new_hub(), live.id))  # what was asked days ago is asked anew
            assert live.state is State.DELIVERED

    run(work())


# -- 告知承诺


async def declared(here: HubWorld) -> LiveCase:
    live = await with_person(here, name="declared-allowance")
    (offered,) = (await view_of(live)).declarations
    assert (offered.condition, offered.text, offered.signed) == ("alone", PROMISE.text, False)
    signed = sign_step(here.world, OLD, live.id, "declare:alone", PROMISE.text)
    await declarations.declare(live, "alone", signed)
    live = await go(live)
    assert live.state is State.DECLARED and (await view_of(live)).credential
    return live


def test_a_declaration_grants_and_a_kept_promise_ends_it() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await declared(here)
            with pytest.raises(NotInThisState):
                await received(live)
            live = await find(here, live.id, "declaration:alone", True, note="走访属实")
            assert live.state is State.DELIVERED

    run(work())


def test_a_broken_promise_reverses_the_grant_and_the_claw_back_is_told() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await declared(here)
            with pytest.raises(NotInThisState, match="no declaration was found untrue"):
                await act(here, live.id, Revoke(reason="想撤"))
            live = await find(here, live.id, "declaration:alone", False, note="与子女同住")
            assert live.state is State.DECLARED
            live = await act(here, live.id, Revoke(reason="承诺不实"))
            view = await view_of(live)
            assert live.state is State.REVOKED and PROMISE.claw_back.zh in view.notices[-1].text.zh
            gateway = here.world.gateways[HERE]
            row = gateway.state.reader().execute('SELECT revoked_at FROM decisions WHERE "case" = ?', (live.id,))
            assert row.fetchone()[0] is not None

    run(work())


def test_a_check_that_is_not_made_in_time_is_published() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await declared(here)
            live = await later(here, live.id, 30)
            assert [one.what for one in (await view_of(live)).overdue] == ["check"]

    run(work())


def test_another_text_than_the_items_is_no_declaration() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here, name="declared-allowance")
            with pytest.raises(Exception, match="not what the case shows"):
                signed = sign_step(here.world, OLD, live.id, "declare:alone", "别的话")
                await declarations.declare(live, "alone", signed)
            with pytest.raises(NotFound):
                signed = sign_step(here.world, OLD, live.id, "declare:aged", PROMISE.text)
                await declarations.declare(live, "aged", signed)

    run(work())


# -- 存疑


async def contested(here: HubWorld) -> tuple[LiveCase, tuple[str, str]]:
    live = await go(await here.authorised(DRAWS))
    answer = next(one for one in answers_of(live) if one.value is False)
    at = (answer.question, answer.role)
    await contest(live, at, sign_step(here.world, DRAWS, live.id, contest_name(at), answer))
    live = await go(live)
    assert live.state is State.WAITING_PERSON
    await taken(here, live.id)
    return await load(here.hub, live.id), at


def test_a_contest_that_is_upheld_lets_the_answer_count_again_with_the_reason() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, at = await contested(here)
            one = AnswerContest(question=at[0], role=at[1], outcome="upheld", reason="发放记录属实")
            live = await act(here, live.id, one, role="steward")
            view = await view_of(live)
            assert (live.state, view.decision) == (State.PROPOSED, "refused")
            assert "发放记录属实" in view.notices[-1].text.zh
            answer = next(each for each in view.answers if each.question == at[0])
            with pytest.raises(NotInThisState, match="upheld"):
                await contest(live, at, sign_step(here.world, DRAWS, live.id, contest_name(at), answer))

    run(work())


def test_a_contest_that_is_corrected_asks_afresh_and_lists_cases_for_review() -> None:
    async def work() -> None:
        async with hub_world() as here:
            other = await go(await here.authorised(DRAWS))
            live, at = await contested(here)
            _set_allowance(here, "未申请")
            try:
                one = AnswerContest(question=at[0], role=at[1], outcome="corrected", reason="已停发")
                live = await act(here, live.id, one)
            finally:
                _set_allowance(here, "发放中")
            view = await view_of(live)
            assert (live.state, view.decision) == (State.DELIVERED, "granted")
            assert next(each.value for each in view.answers if each.question == at[0]) is True
            async with here.hub.store.connection() as connection:
                listed = await reviews_of(connection, HERE)
            assert other.id in {row.case_id for row in listed if row.because == live.id}

    run(work())


def _set_allowance(here: HubWorld, status: str) -> None:
    """Let the department change what its register says of one person."""
    with sqlite3.connect(here.world.folder / "gateways" / HERE / "elder_care.sqlite") as connection:
        connection.execute("UPDATE elder_care SET allowance_status = ? WHERE id_number = ?", (status, DRAWS))


@pytest.mark.parametrize("department", ["human-resources", "public-security"])
def test_only_the_department_whose_answer_it_is_answers_a_contest(department: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, at = await contested(here)
            one = AnswerContest(question=at[0], role=at[1], outcome="upheld", reason="属实")
            with pytest.raises(Exception, match="this is civil-affairs's to do"):
                await act(here, live.id, one, department=department)

    run(work())


# -- ways back


def test_a_refused_case_runs_again_after_an_officer_reopened_it() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            live = await find(here, live.id, "at_home", False)
            live = await act(here, live.id, Sign(outcome="refused"))
            assert live.state is State.REFUSED
            live = await act(here, live.id, Reopen(reason="走错门"))
            assert live.state is State.PROPOSED
            await ask_person(live, sign_step(here.world, OLD, live.id, "ask-person"))
            live = await find(here, live.id, "at_home", True)
            live = await act(here, live.id, Sign(outcome="granted"))
            view = await view_of(live)
            assert (live.state, view.decision, view.decided_by) == (State.DELIVERED, "granted", "officer")

    run(work())


def test_what_could_not_be_done_gets_a_handler_by_the_head() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await with_person(here)
            await escalate(live, sign_step(here.world, OLD, live.id, "escalate"))
            with pytest.raises(BadAct):
                await act(here, live.id, Assign(reason=""), role="head")
            live = await act(here, live.id, Assign(reason="由某某办理"), role="head")
            assert live.state is State.WAITING_PERSON
            await taken(here, live.id)
            assert (await find(here, live.id, "at_home", True)).state is State.DELIVERED

    run(work())


def test_what_was_delivered_wrongly_is_revoked() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, await published(here, "signed-allowance")))
            await taken(here, live.id)
            live = await act(here, live.id, Sign(outcome="granted"))
            assert (await act(here, live.id, Revoke(reason="误发"))).state is State.REVOKED

    run(work())


@pytest.mark.parametrize("state", [State.CORRECTION, State.VISIT_BOOKED, State.SUSPENDED, State.PUBLIC_NOTICE])
def test_a_person_may_withdraw_while_others_have_the_case(state: State) -> None:
    async def work() -> None:
        async with hub_world() as here:
            if state is State.PUBLIC_NOTICE:
                live = await noticed(here)
            else:
                live = await with_person(here)
                one = {
                    State.CORRECTION: AskCorrection(what=("乡镇",)),
                    State.VISIT_BOOKED: Book(finding="at_home", on=here.hub.today, place="家"),
                    State.SUSPENDED: Suspend(kind="test", until=here.hub.today, reason="检测"),
                }[state]
                live = await act(here, live.id, one)
            assert live.state is state
            await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))
            assert (await later(here, live.id, 20)).state is State.ENDED

    run(work())
