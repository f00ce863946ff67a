"""People beyond the applicant: asked about with their own bundles, kept apart, forgotten when the case is decided."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.explaining import explain
from mianzheng.cases.loading import load
from mianzheng.cases.opening import BadForm, open_case
from mianzheng.cases.view import view_of
from mianzheng.credentials import jws
from mianzheng.decision.audience import Viewer
from mianzheng.exchange.peers import Letter, Silent
from mianzheng.ledger.entry import Entry, seen_by
from mianzheng.model.asking import AnswerResponse
from mianzheng.model.authorisation import SealedBundle
from mianzheng.model.canonical import digest
from mianzheng.model.case import State
from mianzheng.model.deciding import DecisionRequest
from mianzheng.model.item import Item
from mianzheng.store.cases import findings_of
from tests.cases.hub_world import applicant_of, hub_world, run
from tests.cases.link_world import HERE, KIN, Kin, authorised, choice, publish, with_child, with_spouse
from tests.cases.test_granted import entries_of
from tests.gateway.world import OLD, SON, YOUNG


def test_the_one_a_link_reaches_is_asked_about_with_their_own_bundle_and_statement() -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            live = await go(await authorised(here, with_spouse(), OLD))
            assert live.state is State.DELIVERED
            (about,) = [one for one in kin.asked if one.role == "spouse#1"]
            assert about.aud == HERE and about.bundle != live.bundle.bundle
            named = {name for _, sheet in live.sheets for one in sheet.answers.values() for name in one.linked}
            assert named == {digest(about.bundle.encode())}
            assert about.statement.count(".") == 4

    run(work())


def test_with_nobody_reached_nothing_more_is_asked() -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            kin.reached = 0
            live = await go(await authorised(here, with_spouse(), OLD))
            assert live.state is State.DELIVERED
            assert {one.role for one in kin.asked} == {"applicant"}

    run(work())


@pytest.mark.parametrize(("item", "role"), [(with_spouse(), ""), (with_child(), "child")])
def test_a_condition_that_waits_for_a_link_names_it_in_the_explanation(item: Item, role: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            here.peers.instead = lambda letter: (
                Silent(reason="down") if (letter.party, letter.path) == (KIN, "/answers") else kin.reply(letter)
            )
            live = await go(await authorised(here, item, OLD, *([choice(here, role, SON)] if role else [])))
            assert live.state is State.WAITING_REGISTER
            waits = next(one for one in explain(live).conditions if one.result == "unknown")
            assert {(one.department, one.status) for one in waits.answers} >= {(KIN, "unavailable")}
            here.peers.instead = kin.reply
            here.ahead += timedelta(seconds=9)
            reached = explain(await advance(here.hub, live.id)).conditions
            assert "unavailable" not in {answer.status for one in reached for answer in one.answers}

    run(work())


def test_the_decision_gets_bundle_and_statement_of_every_role_the_acting_one_first() -> None:
    async def work() -> None:
        async with hub_world() as here:
            Kin(here)
            await go(await authorised(here, with_spouse(), OLD))
            sent = next(letter for letter in here.peers.sent if letter.path == "/decisions")
            request = msgspec.json.decode(jws.unverified_payload(sent.body.decode()), type=DecisionRequest)
            assert list(request.bundles) == ["applicant", "spouse#1"]
            assert all(text.count(".") == 4 for text in request.statements.values())

    run(work())


@pytest.mark.parametrize("how", ["other bundle", "one more", "other statement", "none"])
def test_a_link_whose_bundles_are_not_those_its_sheet_names_is_no_answer(how: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)

            def change(response: AnswerResponse) -> AnswerResponse:
                if not response.links:
                    return response
                ((question, (one,)),) = response.links.items()
                other = kin.bundle(kin.asked[-1], question, "spouse#1")
                swapped = {
                    "other bundle": (other,),
                    "one more": (one, other),
                    "other statement": (SealedBundle(bundle=one.bundle, sealed=other.sealed),),
                    "none": (),
                }[how]
                return msgspec.structs.replace(response, links={question: swapped})

            kin.change = change
            live = await go(await authorised(here, with_spouse(), OLD))
            assert live.state is State.WAITING_REGISTER
            async with here.hub.store.connection() as connection:
                codes = {code for code, _, _ in await findings_of(connection, live.id)}
            assert codes <= {"bundle-not-linked", "bundle-sealed"} and codes
            assert all(one.role == "applicant" for one in kin.asked)

    run(work())


def test_a_bundle_of_another_role_is_no_answer() -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            kin.named = lambda role: "applicant"
            live = await go(await authorised(here, with_spouse(), OLD))
            assert live.state is State.WAITING_REGISTER

    run(work())


def test_references_to_others_go_when_the_case_is_decided() -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            seen: list[str] = []

            async def look(letter: Letter) -> None:
                if letter.path == "/decisions":
                    live = await load(here.new_hub(), _case(letter))
                    seen.extend(one.bundle for _, sheet in live.sheets for many in sheet.links.values() for one in many)

            here.peers.before = look
            live = await go(await authorised(here, with_spouse(), OLD))
            (about,) = [one for one in kin.asked if one.role == "spouse#1"]
            assert seen == [about.bundle]
            kept = await load(here.new_hub(), live.id)
            whole = "".join(f"{sent.token}{(sent.answer or b'').decode()}" for sent in kept.requests)
            assert about.bundle not in whole and about.statement not in whole
            assert (await view_of(kept)).decision == "granted"
            assert digest(about.bundle.encode()) in {sheet_bundle(one.token) for _, one in kept.sheets}

    run(work())


def _case(letter: Letter) -> str:
    return str(msgspec.json.decode(jws.unverified_payload(letter.body.decode()))["case"])


def sheet_bundle(token: str) -> str:
    return str(msgspec.json.decode(jws.unverified_payload(token))["bundle"])


def test_the_reason_of_another_person_is_withheld_from_the_applicant_and_signed_as_such() -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            kin.values[("elder_care", "spouse#1")] = False
            live = await go(await authorised(here, with_spouse(), OLD))
            assert live.state is State.PROPOSED
            view = await view_of(live)
            (reason,) = view.reasons
            assert (reason.condition, reason.department, reason.contest) == ("", HERE, None)
            assert {(one.role, one.status, one.value) for one in view.answers if one.role == "spouse#1"} == {
                ("spouse#1", "withheld", None)
            }
            hers = await view_of(live, Viewer(kind="linked", role="spouse#1"))
            assert [one.condition for one in hers.reasons] == ["wed"]
            assert [(one.role, one.value) for one in hers.answers] == [("spouse#1", False)]

    run(work())


def test_an_entry_about_another_person_has_a_view_of_theirs_masked_where_the_item_says_so() -> None:
    async def work() -> None:
        async with hub_world() as here:
            Kin(here)
            one = msgspec.structs.replace(with_spouse(view="masked"), item="masked-aid")
            live = await go(await authorised(here, one, OLD))
            found = [entry for entry in await entries_of(here, live.id) if entry.role == "spouse#1"]
            assert {entry.kind for entry in found} == {"asked", "answered"}
            for entry in found:
                masked = seen_by(entry, "role:spouse#1", now=entry.at)
                assert masked == Entry(kind=entry.kind, at=entry.at, department=HERE)

    run(work())


# -- choosing


def test_who_is_chosen_travels_sealed_and_only_to_the_links_gateway() -> None:
    async def work() -> None:
        async with hub_world() as here:
            kin = Kin(here)
            meant = choice(here, "child", "陈小明")
            live = await go(await authorised(here, with_child(), OLD, meant))
            assert live.state is State.DELIVERED
            carried = {(one.aud, one.role): one.choices for one in kin.asked}
            assert carried == {(KIN, "applicant"): (meant,), (KIN, "child"): ()}
            assert meant.digest in live.authorisation.forms
            assert "陈小明" not in meant.sealed

    run(work())


def test_a_role_that_is_chosen_needs_one_choice_and_no_other_role_takes_one() -> None:
    async def work() -> None:
        async with hub_world() as here:
            await publish(here, with_child())
            person, meant = applicant_of(here.world, OLD), choice(here, "child", "陈小明")
            other = msgspec.structs.replace(meant, role="spouse")
            for wrong in ((), (meant, meant), (meant, other), (msgspec.structs.replace(meant, sealed="x"),)):
                with pytest.raises(BadForm) as refused:
                    await open_case(here.hub, person, "child-aid", (), choices=wrong)
                assert refused.value.code == "bad-choice"

    run(work())


def test_nobody_else_gains_sight_of_a_case_by_being_asked_about() -> None:
    async def work() -> None:
        async with hub_world() as here:
            Kin(here)
            live = await go(await authorised(here, with_spouse(), OLD))
            assert live.participants == {}
            async with here.hub.store.connection() as connection:
                who = here.hub.vault.pseudonym("participants", applicant_of(here.world, YOUNG).pairwise)
                query = text("select 1 from participants where who = :who and case_id = :case")
                found = await connection.execute(query, {"who": who, "case": live.id})
                assert found.first() is None

    run(work())
