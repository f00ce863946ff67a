"""Another adult signs for themself: invited once, asked about only then, and free to withdraw."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from mianzheng.cases import desk
from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.deciding import prepare_decision
from mianzheng.cases.inviting import BadInvitation, ConsentNotMeant, invite, open_invitation, refuse_stranger, sign
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.signed_step import BadStep
from mianzheng.cases.steps import contest, contest_name, withdraw, withdraw_consent
from mianzheng.cases.view import answers_of, view_of
from mianzheng.client.checks import HubLied, check_invitation
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import BadAssertion
from mianzheng.decision.audience import Viewer
from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import Bundle, BundleRequest, plan_digest
from mianzheng.model.case import AnswerView, State
from mianzheng.model.deciding import DecisionRequest
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.invitations import Invitation
from tests.cases.hub_world import HubWorld, applicant_of, hub_world, run, sign_step
from tests.cases.link_world import CONSENT, Kin, authorised, consent, with_spouse
from tests.gateway.world import ABSENT, DRAWS, OLD, YOUNG

ITEM = with_spouse(CONSENT)
ROLE = "spouse#1"
SPOUSE = Viewer(kind="linked", role=ROLE)


async def waiting(here: HubWorld) -> tuple[LiveCase, Kin]:
    """A case that waits for the spouse's signature."""
    kin = Kin(here)
    live = await go(await authorised(here, ITEM, OLD))
    assert live.state is State.WAITING_SIGNATURE
    return live, kin


async def joined(here: HubWorld, live: LiveCase, number: str = YOUNG) -> Invitation:
    """Invite and let an adult open the invitation."""
    made = await invite(live, "spouse")
    return await open_invitation(here.hub, made.code, applicant_of(here.world, number))


async def signed(here: HubWorld, case: str, number: str = YOUNG) -> LiveCase:
    live = await load(here.hub, case)
    await sign(live, ROLE, applicant_of(here.world, number), consent(here, live, number, ROLE))
    return await go(live)


def test_the_rest_is_asked_and_nothing_about_who_has_not_signed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            assert {one.role for one in kin.asked} == {"applicant"}
            (missing,) = (await view_of(live)).signatures
            assert (missing.role, missing.state) == (ROLE, "missing")
            assert live.row.due_at == live.row.waits_until

    run(work())


def test_who_signed_is_asked_about_with_the_authoritys_bundle_of_them_and_the_case_goes_on() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            await joined(here, live)
            live = await signed(here, live.id)
            assert live.state is State.DELIVERED
            (about,) = [one for one in kin.asked if one.role == ROLE]
            assert about.consent is not None and about.consent_assertion is not None
            bundle = msgspec.json.decode(jws.unverified_payload(about.consent.bundle), type=Bundle)
            assert (bundle.issuer, bundle.role, bundle.case) == ("public-security", ROLE, live.id)
            assert bundle.signer == here.world.people[YOUNG].kid
            assert about.consent.bundle != about.bundle

    run(work())


def test_an_invitation_opens_once_and_in_time() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            made, late = await invite(live, "spouse"), await invite(live, ROLE)
            person = applicant_of(here.world, YOUNG)
            await open_invitation(here.hub, made.code, person)
            for code in (made.code, "nonsense"):
                with pytest.raises(BadInvitation):
                    await open_invitation(here.hub, code, person)
            here.ahead = timedelta(hours=73)
            with pytest.raises(BadInvitation):
                await open_invitation(here.hub, late.code, person)

    run(work())


def test_the_database_holds_no_code() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            made = await invite(live, "spouse")
            async with here.hub.store.connection() as connection:
                rows = (await connection.execute(text("select * from invitations"))).all()
            assert rows and made.code not in repr(rows)

    run(work())


def test_the_applicant_does_not_sign_for_another_and_only_who_was_invited_signs() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            made = await invite(live, "spouse")
            with pytest.raises(WrongUse) as own:
                await open_invitation(here.hub, made.code, applicant_of(here.world, OLD))
            assert own.value.code == "invitation-own"
            await joined(here, live)
            with pytest.raises(NotFound):
                await signed(here, live.id, DRAWS)

    run(work())


def test_a_signature_over_the_authorisation_alone_is_no_consent() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            await joined(here, live)
            live = await load(here.hub, live.id)
            person = applicant_of(here.world, YOUNG)
            with pytest.raises(BadAssertion):
                await sign(live, ROLE, person, live.signed.assertion)
            with pytest.raises(BadAssertion):
                await sign(live, ROLE, person, consent(here, live, YOUNG, "applicant"))

    run(work())


def test_nobody_is_invited_for_a_role_that_needs_no_signature() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            for role in ("applicant", "child", "spouse#2"):
                with pytest.raises(WrongUse) as refused:
                    await invite(live, role)
                assert refused.value.code == "no-signature-due"

    run(work())


def test_a_stranger_who_signs_learns_nothing_and_the_right_one_still_can() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            kin.meant = applicant_of(here.world, YOUNG).pairwise
            await joined(here, live, ABSENT)
            live = await signed(here, live.id, ABSENT)
            with pytest.raises(ConsentNotMeant) as refused:
                refuse_stranger(live, ROLE)
            assert "spouse" not in refused.value.message
            assert live.state is State.WAITING_SIGNATURE
            assert (await view_of(live)).signatures[0].state == "refused"
            assert {sheet.role for _, sheet in live.sheets} == {"applicant"}
            await joined(here, live)
            live = await signed(here, live.id)
            assert live.state is State.DELIVERED

    run(work())


def test_whose_key_the_authority_does_not_know_is_refused() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            await joined(here, live)
            live = await load(here.hub, live.id)
            other = consent(here, live, DRAWS, ROLE)  # made by another person's key
            await sign(live, ROLE, applicant_of(here.world, YOUNG), other)
            live = await go(live)
            assert live.state is State.WAITING_SIGNATURE
            assert live.participants[ROLE].state == "refused"

    run(work())


def test_the_same_signature_again_changes_nothing() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            await joined(here, live)
            live = await signed(here, live.id)
            count = len(kin.asked)
            await sign(live, ROLE, applicant_of(here.world, YOUNG), consent(here, live, YOUNG, ROLE))
            assert len(kin.asked) == count

    run(work())


def test_a_signature_that_does_not_come_in_time_leaves_the_case_to_a_person() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            assert (await advance(here.new_hub(), live.id)).state is State.WAITING_SIGNATURE
            here.ahead = timedelta(minutes=10)
            late = await advance(here.new_hub(), live.id)
            assert late.state is State.WAITING_PERSON

    run(work())


def test_who_withdraws_is_asked_about_no_more_and_what_was_answered_does_not_count() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            kin.values[("elder_care", ROLE)] = False
            await joined(here, live)
            live = await signed(here, live.id)
            assert live.state is State.PROPOSED  # the answer about the spouse refuses
            step = sign_step(here.world, YOUNG, live.id, f"withdraw-consent:{ROLE}")
            await withdraw_consent(live, ROLE, step)
            live = await go(live)
            assert live.state is State.WAITING_PERSON
            assert (await view_of(live)).decision == "undecided"
            count = len(kin.asked)
            here.ahead = timedelta(hours=2)
            await advance(here.new_hub(), live.id)
            assert len(kin.asked) == count

    run(work())


def test_only_who_signed_withdraws_their_consent() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            kin.values[("elder_care", ROLE)] = False
            await joined(here, live)
            live = await signed(here, live.id)
            with pytest.raises(BadStep):
                await withdraw_consent(live, ROLE, sign_step(here.world, OLD, live.id, f"withdraw-consent:{ROLE}"))

    run(work())


def test_the_applicant_withdraws_while_a_signature_is_missing() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, kin = await waiting(here)
            await withdraw(live, sign_step(here.world, OLD, live.id, "withdraw"))
            assert live.state is State.WITHDRAWN
            count = len(kin.asked)
            await advance(here.new_hub(), live.id)
            assert len(kin.asked) == count

    run(work())


def test_at_a_window_the_clerks_certificate_and_the_presence_go_to_the_authority() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            await joined(here, live)
            live = await load(here.hub, live.id)
            seen = msgspec.structs.replace(applicant_of(here.world, YOUNG), presence="p1", level=2)
            given = consent(here, live, YOUNG, ROLE)
            with pytest.raises(WrongUse):
                await sign(live, ROLE, seen, given)
            with pytest.raises(WrongUse):
                await sign(live, ROLE, applicant_of(here.world, YOUNG), given, certificate="a.b.c")
            await sign(live, ROLE, seen, given, certificate="a.b.c")
            request = live.open_requests("bundle")[0].payload(BundleRequest)
            assert (request.presence, request.certificate, request.consent) == ("p1", "a.b.c", True)
            live = await go(live)  # the authority saw nobody in such a presence
            assert live.participants[ROLE].state == "refused"

    run(work())


# -- a linked adult contests what is said of them


async def refused_by_spouse(here: HubWorld) -> tuple[LiveCase, AnswerView]:
    """A refusal that rests on an answer about the spouse; the answer as the spouse reads it."""
    live, kin = await waiting(here)
    kin.values[("elder_care", ROLE)] = False
    await joined(here, live)
    live = await signed(here, live.id)
    assert live.state is State.PROPOSED
    return live, next(one for one in answers_of(live, SPOUSE) if one.register == "elder_care")


def contesting(here: HubWorld, live: LiveCase, one: AnswerView, number: str) -> SignedStep:
    return sign_step(here.world, number, live.id, contest_name((one.question, one.role)), one)


def test_a_linked_adult_contests_an_answer_about_themselves_and_the_case_waits_for_its_department() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, one = await refused_by_spouse(here)
            await contest(live, (one.question, one.role), contesting(here, live, one, YOUNG), SPOUSE)
            live = await go(await load(here.hub, live.id))
            assert live.state is State.WAITING_PERSON
            assert (await view_of(live)).decision == "undecided"
            again = next(each for each in answers_of(live, SPOUSE) if each.question == one.question)
            assert again.status == "contested"
            assert "answer-contest" in (await desk.view_after(live)).acts

    run(work())


def test_a_linked_adult_contests_nothing_of_others_and_nobody_else_for_them() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, one = await refused_by_spouse(here)
            own = next(each for each in answers_of(live) if each.role == "applicant")
            with pytest.raises(NotFound):
                await contest(live, (own.question, own.role), contesting(here, live, own, YOUNG), SPOUSE)
            with pytest.raises(BadStep):
                await contest(live, (one.question, one.role), contesting(here, live, one, OLD), SPOUSE)

    run(work())


def test_the_handling_gateway_hears_of_a_linked_adults_contest_with_whose_key_it_is() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, one = await refused_by_spouse(here)
            await contest(live, (one.question, one.role), contesting(here, live, one, YOUNG), SPOUSE)
            sent, _ = prepare_decision(await load(here.hub, live.id))
            request = sent.payload(DecisionRequest)
            (given,) = request.contesters
            bundle = msgspec.json.decode(jws.unverified_payload(given.bundle), type=Bundle)
            assert (bundle.role, bundle.signer) == (ROLE, here.world.people[YOUNG].kid)
            assert len(request.contests) == 1

    run(work())


# -- what the invited adult's client checks


def test_a_client_signs_only_the_plan_it_was_shown_and_only_in_a_linked_role() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live, _ = await waiting(here)
            shown = await joined(here, live)
            check_invitation(shown)
            assert plan_digest(shown.plan) == live.authorisation.plan_digest
            for wrong in (
                msgspec.structs.replace(shown, plan=shown.plan[:-1]),
                msgspec.structs.replace(shown, role="applicant"),
                msgspec.structs.replace(shown, case="another"),
                msgspec.structs.replace(shown, authorisation="x"),
            ):
                with pytest.raises(HubLied):
                    check_invitation(wrong)

    run(work())
