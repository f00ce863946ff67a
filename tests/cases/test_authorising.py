"""Only what was shown can be signed, and only what was signed is asked."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from mianzheng.cases.advance import advance
from mianzheng.cases.authorising import BadAuthorisation, authorise
from mianzheng.cases.change import Overtaken
from mianzheng.cases.listing import cases_page
from mianzheng.cases.loading import load
from mianzheng.cases.opening import BadForm, draft_of, open_case
from mianzheng.cases.unvouched import BY_ONESELF, Unvouched, refuse
from mianzheng.cases.view import view_of
from mianzheng.credentials.assertion import BadAssertion
from mianzheng.model.authorisation import Authorisation, FormValue, plan_digest
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.case import State
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.scalar import BadScalar
from tests.cases.hub_world import applicant_of, assert_as, form_values, hub_world, run, sign_draft
from tests.gateway.world import FIRM, OLD, YOUNG


def test_the_draft_is_what_the_person_checks_and_the_same_after_a_restart() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            assert live.state is State.ACCEPTED and live.as_of == here.hub.today
            assert draft.plan_digest == plan_digest(draft.plan)
            assert draft.notice_digest == digest(canonical(draft.notice))
            assert draft.item_digest == here.world.loaded["old-age-allowance"].digest
            assert "民政" in draft.notice.zh and draft.handling == "civil-affairs"
            assert draft_of(await load(here.new_hub(), live.id)) == draft

    run(work())


@pytest.mark.parametrize(
    "changes",
    [
        {"case": "another"},
        {"as_of": date(2020, 1, 1)},
        {"item": "care-aid"},
        {"item_version": 2},
        {"item_digest": "another"},
        {"trigger": "statute"},
        {"plan_digest": "another"},
        {"notice_digest": "another"},
        {"acts_for": "child"},
        {"suite": "guomi"},
        {"forms": ("digest",)},
        {"exp": 4_000_000_000},
        {"iat": 1},
        {"iat": 4_000_000_000},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_authorisation_of_anything_else_than_the_draft_is_refused(changes: dict[str, Any]) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            signed, assertion = sign_draft(here.world, OLD, draft, (), **changes)
            with pytest.raises(BadAuthorisation):
                await authorise(live, b64(signed), assertion, ())
            assert (await load(here.new_hub(), live.id)).state is State.ACCEPTED
            assert here.peers.sent == []

    run(work())


@pytest.mark.parametrize("text", ["", "!", "e30", b64(b"[]")])
def test_what_is_no_authorisation_is_refused(text: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            _, assertion = sign_draft(here.world, OLD, draft, ())
            with pytest.raises(BadAuthorisation):
                await authorise(live, text, assertion, ())

    run(work())


def test_an_authorisation_in_other_than_canonical_bytes_is_refused() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            signed, _ = sign_draft(here.world, OLD, draft, ())
            loose = msgspec.json.format(signed, indent=1)
            assertion = assert_as(here.world, OLD, hashlib.sha256(loose).digest())
            with pytest.raises(BadAuthorisation, match="canonical"):
                await authorise(live, b64(loose), assertion, ())

    run(work())


def test_an_assertion_over_something_else_is_refused() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            signed, _ = sign_draft(here.world, OLD, draft, ())
            _, other = sign_draft(here.world, OLD, draft, ())
            with pytest.raises(BadAssertion):
                await authorise(live, b64(signed), other, ())

    run(work())


def test_another_persons_signature_names_no_subject() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            signed, assertion = sign_draft(here.world, YOUNG, draft, ())
            await authorise(live, b64(signed), assertion, ())
            live = await advance(here.hub, live.id)
            assert live.state is State.WITHDRAWN and here.peers.asked("/answers") == []
            shown = await view_of(live)
            assert [one.text for one in shown.notices] == [BY_ONESELF]
            assert shown.legal_on is None and shown.papers == ()
            assert shown.next_step is not None and "没有受理" in shown.next_step.zh
            listed = await cases_page(here.hub, applicant_of(here.world, OLD))
            assert listed.cases[0].unvouched

    run(work())


def test_who_hands_in_a_presence_of_another_clerk_or_a_used_one_reads_which_it_was() -> None:
    async def work() -> None:
        async with hub_world() as here:
            seen = msgspec.structs.replace(applicant_of(here.world, OLD), presence="seen")
            first, again = [await open_case(here.hub, seen, "old-age-allowance", ()) for _ in range(2)]
            for live in (first, again):  # no authority knows this presence
                signed, assertion = sign_draft(here.world, YOUNG, draft_of(live), ())
                await authorise(live, b64(signed), assertion, (), certificate="a clerk's", presence="seen")
            assert (await advance(here.hub, again.id)).state is State.WITHDRAWN
            live = await load(here.hub, again.id)
            with pytest.raises(Unvouched, match="another clerk"):
                await refuse(live, clerk=here.world.people[OLD].kid)
            with pytest.raises(Unvouched, match=first.id):
                await refuse(live, clerk=here.world.people[YOUNG].kid)

    run(work())


def test_the_same_authorisation_twice_is_one_and_another_is_refused() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            signed, assertion = sign_draft(here.world, OLD, draft, ())
            await authorise(live, b64(signed), assertion, ())
            await authorise(await load(here.hub, live.id), b64(signed), assertion, ())
            other, over_other = sign_draft(here.world, OLD, draft, ())
            with pytest.raises(BadAuthorisation):
                await authorise(await load(here.hub, live.id), b64(other), over_other, ())
            sent = (await load(here.hub, live.id)).requests
            assert [request.kind for request in sent] == ["bundle"]

    run(work())


def test_of_two_authorisations_at_once_one_is_overtaken() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            other = await load(here.new_hub(), live.id)
            for one in (live, other):
                signed, assertion = sign_draft(here.world, OLD, draft, ())
                if one is live:
                    await authorise(one, b64(signed), assertion, ())
                else:
                    with pytest.raises(Overtaken):
                        await authorise(one, b64(signed), assertion, ())

    run(work())


def test_form_values_are_those_of_the_application() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD, "care-aid", town="331082001")
            signed, assertion = sign_draft(here.world, OLD, draft, live.opening.forms)
            with pytest.raises(BadAuthorisation):
                await authorise(live, b64(signed), assertion, form_values({"town": "331082002"}))

    run(work())


@pytest.mark.parametrize(
    ("item", "form"),
    [
        ("care-aid", {}),
        ("care-aid", {"town": "331082001", "more": 1}),
        ("care-aid", {"town": 7}),
        ("old-age-allowance", {"town": "331082001"}),
    ],
)
def test_a_form_that_does_not_fit_opens_no_case(item: str, form: dict[str, Any]) -> None:
    async def work() -> None:
        async with hub_world() as here:
            with pytest.raises((BadForm, BadScalar)):
                await here.apply(OLD, item, **form)

    run(work())


def test_a_short_salt_would_let_a_form_value_be_guessed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            value = FormValue(name="town", value="331082001", salt="short")
            with pytest.raises(BadForm, match="salt"):
                await open_case(here.hub, applicant_of(here.world, OLD), "care-aid", (value,))

    run(work())


def test_an_item_for_bodies_is_not_for_persons_and_an_unknown_one_is_for_nobody() -> None:
    async def work() -> None:
        async with hub_world() as here:
            with pytest.raises(WrongUse):
                await here.apply(OLD, "good-standing")
            with pytest.raises(WrongUse):
                await here.apply(FIRM, "old-age-allowance")
            with pytest.raises(NotFound):
                await here.apply(OLD, "nothing")

    run(work())


def test_when_the_time_to_sign_is_over_it_is_over() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, draft = await here.apply(OLD)
            here.ahead = timedelta(days=400)
            signed, assertion = sign_draft(here.world, OLD, draft, (), iat=draft.exp - 1)
            with pytest.raises(BadAuthorisation):
                await authorise(live, b64(signed), assertion, ())

    run(work())


def test_what_is_signed_decodes_to_what_was_meant() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await here.authorised(OLD)
            again = (await load(here.new_hub(), live.id)).authorisation
            assert isinstance(again, Authorisation) and again.case == live.id

    run(work())
