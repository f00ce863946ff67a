"""What must wait: asked again with growing pauses, until the register's deadline; then the lawful fall-back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.steps import accept_refusal
from mianzheng.cases.timings import Timings
from mianzheng.cases.view import reasons_of, view_of
from mianzheng.exchange.peers import Letter, Refusal, Reply
from mianzheng.model.case import State
from mianzheng.store.cases import findings_of
from tests.cases.hub_world import HubWorld, hub_world, run, sign_step
from tests.cases.test_granted import entries_of, states_of
from tests.gateway.world import OLD, YOUNG

DAY = timedelta(days=1)


def test_a_case_waits_for_a_register_and_goes_on_when_it_is_back() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(OLD))
            view = await view_of(live)
            assert (view.state, view.decision) == (State.WAITING_REGISTER, "undecided")
            assert view.waits_until is not None and view.next_step is not None
            assert {a.status for a in view.answers if a.department == "human-resources"} == {"unavailable"}
            here.peers.down.clear()
            assert (await advance(here.hub, live.id)).state is State.WAITING_REGISTER  # not due yet
            here.ahead = timedelta(seconds=2)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED

    run(work())


def test_what_got_no_answer_is_sent_again_in_the_same_bytes() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.lost.add("human-resources")  # it answers, and the answer is lost
            live = await go(await here.authorised(OLD))
            assert live.state is State.WAITING_REGISTER
            here.peers.lost.clear()
            here.ahead = timedelta(seconds=2)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED
            asked = [x.body for x in here.peers.sent if x.party == "human-resources" and x.path == "/answers"]
            assert asked[0] == asked[1]

    run(work())


def test_pauses_grow_and_stay_under_their_cap() -> None:
    timings = Timings(retry_first_seconds=1, retry_cap_seconds=10)
    assert [timings.retry_after(n).total_seconds() for n in (0, 1, 2, 3, 4, 99)] == [1, 2, 4, 8, 10, 10]


def test_past_the_deadline_a_person_takes_the_case_and_the_register_is_still_asked() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(OLD))
            until = live.row.waits_until
            assert until is not None
            while live.state is State.WAITING_REGISTER:
                here.ahead += timedelta(seconds=9)
                live = await advance(here.hub, live.id)
            assert live.state is State.WAITING_PERSON and here.hub.clock() >= until
            assert live.outcome is not None and live.outcome.fallbacks == {"alive": "person"}
            here.peers.down.clear()
            here.ahead += timedelta(seconds=9)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED

    run(work())


def test_from_waiting_for_a_person_it_never_goes_back_to_waiting_for_a_register() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(OLD))
            for _ in range(12):
                here.ahead += timedelta(seconds=40)
                live = await advance(here.hub, live.id)
            states = await states_of(here, live.id)
            first = states.index("waiting_person")
            assert "waiting_register" not in states[first:]

    run(work())


def test_when_the_authorisation_ends_nothing_is_asked_any_more() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(OLD))
            here.ahead = 400 * DAY
            live = await advance(here.hub, live.id)
            live = await advance(here.hub, live.id)
            count = len(here.peers.sent)
            assert live.state is State.WAITING_PERSON
            here.ahead += DAY
            live = await advance(here.hub, live.id)
            assert live.row.due_at is None and len(here.peers.sent) == count

    run(work())


def test_an_accepted_case_that_nobody_signs_is_withdrawn_in_the_end() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await here.apply(OLD)
            assert (await advance(here.hub, live.id)).state is State.ACCEPTED
            here.ahead = 400 * DAY
            assert (await advance(here.hub, live.id)).state is State.WITHDRAWN
            assert here.peers.sent == []

    run(work())


@pytest.mark.parametrize(
    ("party", "state"),
    [("public-security", State.AUTHORISED), ("civil-affairs", State.WAITING_REGISTER)],
    ids=["the authority", "the handling gateway"],
)
def test_any_party_may_be_down_and_the_case_ends_as_it_would_have(party: str, state: State) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await here.authorised(OLD)
            here.peers.down.add(party)
            assert (await go(live)).state is state
            here.peers.down.clear()
            here.ahead = timedelta(seconds=3)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED

    run(work())


@pytest.mark.parametrize(
    ("path", "state"),
    [("/bundles", State.AUTHORISED), ("/decisions", State.GRANTED), ("/deliveries", State.ISSUED)],
)
def test_each_later_letter_may_get_no_answer_for_a_while(path: str, state: State) -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.instead = lambda letter: refuse(503, "bad-state") if letter.path == path else None
            live = await go(await here.authorised(OLD))
            assert live.state is state
            here.peers.instead = lambda letter: None
            here.ahead = timedelta(seconds=3)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED

    run(work())


def test_a_need_that_is_unavailable_delays_delivery_and_not_the_decision() -> None:
    async def work() -> None:
        async with hub_world() as here:

            async def down_after_decision(letter: Letter) -> None:
                if letter.path == "/decisions":
                    here.peers.down.add("human-resources")

            here.peers.after = down_after_decision
            live = await go(await here.authorised(OLD))
            view = await view_of(live)
            assert (view.state, view.decision) == (State.ISSUED, "granted") and view.credential
            here.peers.down.clear()
            here.ahead = timedelta(seconds=3)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED

    run(work())


@pytest.mark.parametrize("path", ["/bundles", "/decisions"])
def test_a_lasting_refusal_hands_the_case_to_a_person_and_is_written_down(path: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.instead = lambda letter: refuse(403, "presence-too-low") if letter.path == path else None
            live = await go(await here.authorised(OLD))
            assert live.state is State.WAITING_PERSON and live.row.due_at is None
            async with here.hub.store.connection() as connection:
                assert [code for code, _, _ in await findings_of(connection, live.id)] == ["presence-too-low"]

    run(work())


def test_a_question_that_a_gateway_refuses_is_unavailable_and_asked_anew_under_another_id() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.instead = only("human-resources", refuse(403, "question-not-approved"))
            live = await go(await here.authorised(OLD))
            assert live.state is State.WAITING_PERSON  # no deadline is waited for: the register is there
            assert [e.purpose for e in await entries_of(here, live.id) if e.kind == "refused"] == [
                "question-not-approved"
            ]
            here.peers.instead = lambda letter: None
            here.ahead = timedelta(seconds=3)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED
            asked = [x.body for x in here.peers.sent if x.party == "human-resources" and x.path == "/answers"]
            assert asked[0] != asked[1]

    run(work())


def test_a_request_that_came_too_late_is_made_anew_at_once() -> None:
    async def work() -> None:
        async with hub_world() as here:
            once: list[Letter] = []

            def late(letter: Letter) -> Reply | None:
                if letter.path == "/answers" and letter.party == "human-resources" and not once:
                    once.append(letter)
                    here.ahead = timedelta(0)
                    return refuse(403, "request-expired")
                return None

            here.peers.instead = late
            live = await here.authorised(OLD)
            here.ahead = timedelta(seconds=-600)  # the requests are made ten minutes ago
            assert (await go(live)).state is State.DELIVERED

    run(work())


@pytest.mark.parametrize("path", ["/bundles", "/answers", "/decisions", "/deliveries"])
def test_whatever_came_too_late_is_made_anew_and_the_case_ends_as_it_would_have(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        monkeypatch.setattr("mianzheng.cases.asking.OLD_SECONDS", -10)
        async with hub_world() as here:
            seen: list[str] = []

            def late(letter: Letter) -> Reply | None:
                if letter.path == path and path not in seen:
                    seen.append(path)
                    return refuse(403, "request-expired")
                return None

            here.peers.instead = late
            live = await go(await here.authorised(OLD))
            assert live.state is State.DELIVERED
            assert [sent.status for sent in live.requests].count("void") == 1

    run(work())


def test_an_acceptance_that_came_too_late_is_carried_by_a_new_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr("mianzheng.cases.asking.OLD_SECONDS", -10)
        async with hub_world() as here:
            live = await go(await here.authorised(YOUNG))
            once: list[Letter] = []

            def late(letter: Letter) -> Reply | None:
                if letter.path == "/decisions" and not once:
                    once.append(letter)
                    return refuse(403, "request-expired")
                return None

            here.peers.instead = late
            await accept_refusal(live, sign_step(here.world, YOUNG, live.id, "accept-refusal", reasons_of(live)))
            assert (await go(live)).state is State.REFUSED

    run(work())


def test_when_the_authorisation_has_ended_what_is_held_is_delivered() -> None:
    async def work() -> None:
        async with hub_world() as here:

            async def down_after_decision(letter: Letter) -> None:
                if letter.path == "/decisions":
                    here.peers.down.add("human-resources")

            here.peers.after = down_after_decision
            live = await go(await here.authorised(OLD))
            assert live.state is State.ISSUED
            here.ahead = 400 * DAY
            here.peers.instead = only_path("/deliveries", refuse(403, "need-invalid"))
            live = await advance(here.hub, live.id)
            assert live.state is State.DELIVERED and (await view_of(live)).credential

    run(work())


def test_clocks_that_differ_do_not_make_a_case_ask_round_and_round() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.instead = only("human-resources", refuse(403, "request-expired"))
            assert (await go(await here.authorised(OLD))).state is State.WAITING_PERSON
            assert here.peers.asked("/answers").count("human-resources") == 1

    run(work())


def test_a_handling_gateway_that_decides_otherwise_is_a_finding_and_no_decision() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.change = lambda letter, body: b"{}" if letter.path == "/decisions" else body
            live = await go(await here.authorised(OLD))
            assert live.state is State.GRANTED
            async with here.hub.store.connection() as connection:
                assert [code for code, _, _ in await findings_of(connection, live.id)] == ["decision-malformed"]
            assert (await view_of(live)).credential is None

    run(work())


def test_a_case_that_fails_anyway_does_not_wait_for_the_register_that_is_down() -> None:
    async def work() -> None:
        async with hub_world() as here:
            here.peers.down.add("human-resources")
            live = await go(await here.authorised(YOUNG))
            assert live.state is State.PROPOSED
            assert "alive" in (await view_of(live)).not_examined

    run(work())


def refuse(status: int, code: str) -> Refusal:
    return Refusal(code=code, detail="", status=status)


def only_path(path: str, reply: Reply) -> Callable[[Letter], Reply | None]:
    return lambda letter: reply if letter.path == path else None


def only(party: str, reply: Reply) -> Callable[[Letter], Reply | None]:
    return lambda letter: reply if (letter.party, letter.path) == (party, "/answers") else None


__all__ = ["HubWorld"]
