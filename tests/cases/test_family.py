"""A husband's case before real gateways: what they learn of his wife, what she reads, what nobody joins."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import text

from mianzheng.cases.advance import run as go
from mianzheng.cases.inviting import ConsentNotMeant, invite, open_invitation, refuse_stranger, sign
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.view import view_of
from mianzheng.ledger.entry import Entry
from mianzheng.model.canonical import b64
from mianzheng.model.case import State
from mianzheng.model.identity import Nonce, SealedSignIn, SignInRequest, SignInResponse, sign_in_challenge
from mianzheng.model.witnessing import MineEntry
from mianzheng.store.ledger import EntryRow, entries_of_case
from mianzheng.web.pages.my_asked import is_mistyped
from tests.cases.hub_world import HubWorld, applicant_of, assert_as, hub_world, run
from tests.cases.link_world import CONSENT, HERE, authorised, choice, consent, with_child, with_spouse
from tests.gateway.world import HUSBAND, OLD, SON, WIFE, YOUNG, seal_sign_in

ROLE = "spouse#1"


def mine(here: HubWorld, number: str, gateway: str) -> list[MineEntry]:
    """What a gateway lists about somebody who signs in there: the hub has no part in it."""
    client = here.world.clients[gateway]
    nonce = msgspec.json.decode(client.post("/nonces", json={}).content, type=Nonce)
    assertion = assert_as(here.world, number, sign_in_challenge(gateway, nonce.nonce, number))
    request = SignInRequest(audience=gateway, nonce=nonce.nonce, number=number, assertion=assertion)
    sealed = SealedSignIn(sealed=seal_sign_in(here.world, "public-security", request))
    reply = here.world.clients["public-security"].post("/sign-ins", content=msgspec.json.encode(sealed))
    token = msgspec.json.decode(reply.content, type=SignInResponse).sign_in
    answer = client.get("/mine", headers={"authorization": f"SignIn {token}"})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=list[MineEntry])


def of_case(lines: Sequence[MineEntry], case: str) -> list[MineEntry]:
    return [line for line in lines if line.case == case]


def test_a_case_with_a_spouse_is_granted_by_real_gateways() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_spouse(), HUSBAND))
            assert live.state is State.DELIVERED
            assert {sheet.role for _, sheet in live.sheets} == {"applicant", ROLE}

    run(work())


def test_who_has_no_spouse_is_asked_about_alone() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_spouse(), SON))
            assert {sheet.role for _, sheet in live.sheets} == {"applicant"}

    run(work())


def test_a_wife_reads_the_question_of_her_husbands_case_at_the_gateway_that_was_asked() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_spouse(), HUSBAND))
            hers = of_case(mine(here, WIFE, HERE), live.id)
            asked = [line for line in hers if line.question]
            assert [(line.role, line.item) for line in asked] == [(ROLE, "spouse-aid")]
            assert asked[0].sentence is not None and asked[0].basis is not None
            leaves = {b64(row.leaf) for row in await rows_of(here, live)}
            assert asked[0].entry in leaves  # she finds the hub's own entry in its public tree

    run(work())


def test_she_reads_department_and_kind_where_the_item_says_masked() -> None:
    async def work() -> None:
        async with hub_world() as here:
            one = msgspec.structs.replace(with_spouse(view="masked"), item="masked-aid")
            live = await go(await authorised(here, one, HUSBAND))
            (masked, *_) = of_case(mine(here, WIFE, HERE), live.id)
            assert (masked.kind, masked.department, masked.view) == ("answered", HERE, "masked")
            assert (masked.item, masked.question, masked.sentence, masked.basis) == ("", "", None, None)

    run(work())


async def rows_of(here: HubWorld, live: LiveCase) -> Sequence[EntryRow]:
    async with here.hub.store.connection() as connection:
        return await entries_of_case(connection, live.ledger_key.whose.case_ref)


def test_nothing_of_the_hub_connects_a_wife_with_her_husbands_case() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_spouse(), HUSBAND))
            person = applicant_of(here.world, WIFE).pairwise
            names = [here.hub.vault.pseudonym(one, person) for one in ("cases", "ledger", "participants")]
            async with here.hub.store.connection() as connection:
                tables = await connection.execute(text("select tablename from pg_tables where schemaname = 'public'"))
                for table in tables.scalars().all():
                    found = (await connection.execute(text(f"select {table}::text from {table}"))).scalars().all()
                    whole = "\n".join(row for row in found if live.id in row or "\\\\x" in row)
                    assert WIFE not in whole and person not in whole
                    assert not any(live.id in row and name.hex() in row for row in found for name in names), table
            opened = [
                here.hub.vault.open_entry(live.ledger_key.key, row.leaf, row.content or b"")[1]
                for row in await rows_of(here, live)
            ]
            subjects = {view.subject for one in opened for view in msgspec.json.decode(one, type=Entry).subjects}
            assert subjects == {b64(live.ledger_key.whose.subject), f"role:{ROLE}"}

    run(work())


def test_a_wife_who_consents_is_the_one_the_register_names_and_nobody_else_will_do() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_spouse(CONSENT), HUSBAND))
            assert live.state is State.WAITING_SIGNATURE
            live = await _signed_by(here, live, YOUNG)
            with pytest.raises(ConsentNotMeant):
                refuse_stranger(live, ROLE)
            assert live.state is State.WAITING_SIGNATURE
            assert of_case(mine(here, YOUNG, HERE), live.id) == []
            live = await _signed_by(here, live, WIFE)
            assert live.state is State.DELIVERED
            assert {sheet.role for _, sheet in live.sheets} == {"applicant", ROLE}

    run(work())


async def _signed_by(here: HubWorld, live: LiveCase, number: str) -> LiveCase:
    made = await invite(live, "spouse")
    await open_invitation(here.hub, made.code, applicant_of(here.world, number))
    live = await load(here.hub, live.id)
    await sign(live, ROLE, applicant_of(here.world, number), consent(here, live, number, ROLE))
    return await go(live)


def test_a_child_is_chosen_by_number_and_no_list_is_shown() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_child(), OLD, choice(here, "child", SON)))
            assert "child" in {sheet.role for _, sheet in live.sheets}

    run(work())


def test_a_child_that_is_not_theirs_is_never_asked_about() -> None:
    async def work() -> None:
        async with hub_world() as here:
            live = await go(await authorised(here, with_child(), OLD, choice(here, "child", YOUNG)))
            assert {sheet.role for _, sheet in live.sheets} == {"applicant"}
            assert live.state is State.WAITING_PERSON
            shown = await view_of(live)
            assert shown.reasons == () and is_mistyped(live, shown.answers)

    run(work())
