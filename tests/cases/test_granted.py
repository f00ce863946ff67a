"""The way of a granted case: few steps, intent first, each thing once."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.cases.explaining import explain
from mianzheng.cases.loading import load
from mianzheng.cases.steps import received
from mianzheng.cases.view import view_of
from mianzheng.credentials import jws
from mianzheng.exchange.peers import Letter
from mianzheng.ledger.entry import Entry
from mianzheng.model.asking import AnswerRequest
from mianzheng.model.canonical import b64
from mianzheng.model.case import State
from mianzheng.store.cases import flips_of, requests_of
from mianzheng.store.ledger import entries_of_case
from tests.cases.hub_world import HubWorld, hub_world, run
from tests.gateway.world import ABSENT, FIRM, OLD


async def states_of(here: HubWorld, case: str) -> list[str]:
    async with here.hub.store.connection() as connection:
        return [flip.target for flip in await flips_of(connection, case)]


async def entries_of(here: HubWorld, case: str) -> list[Entry]:
    live = await load(here.hub, case)
    async with here.hub.store.connection() as connection:
        rows = await entries_of_case(connection, live.ledger_key.whose.case_ref)
    found = [here.hub.vault.open_entry(live.ledger_key.key, row.leaf, row.content or b"")[1] for row in rows]
    return [msgspec.json.decode(content, type=Entry) for content in found]


def test_a_case_is_granted_issued_and_delivered_in_one_run() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            assert await states_of(here, live.id) == [
                "applied",
                "accepted",
                "authorised",
                "asking",  # conditions
                "asking",  # what the amount rests on
                "granted",
                "issued",
                "issued",  # the account is sealed to the handling gateway
                "delivered",
            ]
            view = await view_of(live)
            assert (view.decision, view.decided_by, view.amount) == ("granted", "machine", Decimal(200))
            assert (view.questions_asked, view.waves, view.documents_replaced, view.documents_carried) == (6, 3, 2, 0)
            assert view.credential is not None and view.credential.count(".") == 4

    run(work())


def test_no_request_leaves_before_it_and_its_asked_entry_are_committed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            seen: list[str] = []

            async def check(letter: Letter) -> None:
                if letter.path == "/sign-ins":
                    return
                case = msgspec.json.decode(jws.unverified_payload(letter.body.decode()))["case"]
                live = await load(here.new_hub(), case)  # another process sees only what is committed
                kept = next(sent for sent in live.requests if sent.token.encode() == letter.body)
                assert kept.status == "open"
                if letter.path != "/bundles":
                    request = msgspec.json.decode(jws.unverified_payload(letter.body.decode()), type=_WithEntry)
                    async with here.hub.store.connection() as connection:
                        rows = await entries_of_case(connection, live.ledger_key.whose.case_ref)
                    assert request.entry in {b64(row.leaf) for row in rows}
                seen.append(letter.path)

            here.peers.before = check
            await go(await here.authorised(OLD))
            assert seen.count("/answers") == 5 and {"/bundles", "/decisions", "/deliveries"} <= set(seen)

    run(work())


class _WithEntry(msgspec.Struct):
    entry: str


def test_every_request_has_an_asked_entry_in_words_and_an_answered_one_with_the_sheets_digest() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            entries = await entries_of(here, live.id)
            asked = {entry.request: entry for entry in entries if entry.kind == "asked"}
            answered = {entry.request: entry for entry in entries if entry.kind == "answered"}
            for sent, sheet in live.sheets:
                assert answered[sent.id].digest == sheet.digest
                assert {line.digest for line in answered[sent.id].lines} == set(sheet.disclosures.values())
                assert all(line.sentence.zh and line.basis for line in asked[sent.id].lines)
                assert asked[sent.id].department == sent.party
            assert [entry.purpose for entry in entries if entry.kind == "decision"] == ["granted"]
            assert sum(entry.kind == "state" for entry in entries) == 9
            assert {view.subject for entry in entries for view in entry.subjects} == {
                b64(live.ledger_key.whose.subject)
            }

    run(work())


def test_only_what_is_needed_is_asked_and_each_gateway_once_a_wave() -> None:
    async def work() -> None:
        async with hub_world() as here:
            await go(await here.authorised(OLD))
            first, later = here.peers.asked("/answers")[:3], here.peers.asked("/answers")[3:]
            assert sorted(first) == ["civil-affairs", "human-resources", "public-security"]
            assert later == ["public-security", "human-resources"]
            assert here.peers.asked("/decisions") == ["civil-affairs"]

    run(work())


def test_a_case_that_has_ended_asks_nothing_when_it_is_looked_at_again() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            count = len(here.peers.sent)
            again = await advance(here.new_hub(), live.id)
            assert again.state is State.DELIVERED and len(here.peers.sent) == count
            await received(again)
            assert again.state is State.ENDED
            await received(again)

    run(work())


def test_a_form_value_travels_only_to_the_gateway_that_binds_it_and_to_the_handling_one() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, "care-aid", town="331082001"))
            assert live.state is State.DELIVERED
            forms = {
                letter.party: msgspec.json.decode(
                    jws.unverified_payload(letter.body.decode()), type=AnswerRequest
                ).forms
                for letter in here.peers.sent
                if letter.path == "/answers"
            }
            assert [value.name for value in forms["public-security"]] == ["town"]
            assert forms["human-resources"] == ()

    run(work())


def test_a_body_applies_through_its_own_authority() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(FIRM, "good-standing"))
            assert live.state is State.DELIVERED
            assert here.peers.asked("/bundles") == ["market-regulation"]
            assert (await view_of(live)).amount is None

    run(work())


def test_a_case_without_needs_asks_for_no_delivery() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD, "night-permit"))
            assert live.state is State.DELIVERED and here.peers.asked("/deliveries") == []

    run(work())


def test_an_explanation_leads_from_condition_to_who_signed() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(ABSENT))
            found = explain(await load(here.new_hub(), live.id))
            by_name = {condition.condition: condition for condition in found.conditions}
            assert {condition.result for condition in found.conditions} == {"true"}
            assert found.decision_signed_by == "civil-affairs"
            (other,) = by_name["no-other"].answers
            assert (other.signed_by, other.rests_on, other.status) == ("civil-affairs", "absent", "value")
            assert other.key == here.world.key("civil-affairs").kid
            assert other.answer is not None and "没有其养老服务记录" in other.answer.zh
            leaves = {b64(row.leaf) for row in await _rows(here, live.id)}
            assert all(answer.entry in leaves for condition in found.conditions for answer in condition.answers)

    run(work())


async def _rows(here: HubWorld, case: str) -> list[_Row]:
    live = await load(here.hub, case)
    async with here.hub.store.connection() as connection:
        return [_Row(row.leaf) for row in await entries_of_case(connection, live.ledger_key.whose.case_ref)]


class _Row(msgspec.Struct):
    leaf: bytes


def test_the_requests_of_a_case_are_kept_with_their_answers() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await here.authorised(OLD))
            async with here.hub.store.connection() as connection:
                rows = await requests_of(connection, live.id)
            assert {row.status for row in rows} == {"answered"}
            assert sorted(row.kind for row in rows) == ["answers"] * 5 + ["bundle", "decision", "delivery"]

    run(work())
