"""Sign-ins: only the authority learns the number, and nobody learns whom it knows."""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec
import pytest

from mianzheng.authority.enrolment import masked
from mianzheng.authority.reader import Reader
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.identity import SignIn, SignInRequest, SignInResponse, sign_in_challenge
from tests.gateway.world import ABSENT, FIRM, OLD, ORIGIN, RP_ID, YOUNG, World, seal_sign_in, sign_in

STRANGER = "331082197001010019"


def request(world: World, number: str = OLD, *, key: PrivateKey | None = None, **changes: Any) -> SignInRequest:
    fields: dict[str, Any] = {"audience": "hub", "nonce": secrets.token_urlsafe(16), "number": number}
    fields |= {name: changes.pop(name) for name in list(changes) if name in fields}
    signed_for = changes.pop("signed_for", number)
    challenge = sign_in_challenge(fields["audience"], fields["nonce"], signed_for)
    fields["assertion"] = make_assertion(key or world.people[OLD], challenge, origin=ORIGIN, rp_id=RP_ID)
    return SignInRequest(**(fields | changes))


def post(world: World, asked: SignInRequest, authority: str = "public-security") -> Any:
    return world.clients[authority].post("/sign-ins", json={"sealed": seal_sign_in(world, authority, asked)})


def code(world: World, asked: SignInRequest, authority: str = "public-security") -> str:
    reply = post(world, asked, authority)
    assert reply.status_code >= 400, reply.text
    return str(reply.json()["code"])


def test_a_hub_gets_a_pairwise_id_a_masked_name_and_no_number(world: World) -> None:
    reply = post(world, request(world))
    assert reply.status_code == 200
    token = msgspec.json.decode(reply.content, type=SignInResponse).sign_in
    found = jws.verify_as(token, typ="mz-sign-in", key=world.key("public-security").public, type=SignIn)
    assert (found.audience, found.authority, found.display) == ("hub", "public-security", "陈〇〇")
    assert (found.method, found.level, found.sealed_number) == ("software", 3, "")
    assert OLD not in token
    assert OLD.encode() not in jws.unverified_payload(token)


def test_two_hubs_know_one_person_by_two_ids_and_each_by_one(world: World) -> None:
    here, again, there = (sign_in(world, OLD, hub).pairwise for hub in ("hub", "hub", "other-hub"))
    assert here == again != there


def test_a_gateway_gets_the_number_sealed_to_it(world: World) -> None:
    found = sign_in(world, OLD, "civil-affairs")
    opened = jwe.open_sealed(found.sealed_number, key=world.key("civil-affairs", "seal"), typ="mz-number")
    assert opened.decode() == OLD


def test_a_body_signs_in_at_the_authority_for_bodies(world: World) -> None:
    assert sign_in(world, FIRM, "hub").display == "临海〇〇〇〇"


def test_unknown_number_wrong_key_and_bad_proof_are_one_refusal(world: World) -> None:
    failures = [
        request(world, STRANGER),
        request(world, STRANGER, key=PrivateKey.generate()),
        request(world, key=world.people[ABSENT]),
        request(world, key=PrivateKey.generate()),
        request(world, signed_for=ABSENT),
        request(world, FIRM, key=world.people[FIRM]),
        request(world, number="not a number"),
    ]
    replies = [post(world, failure) for failure in failures]
    assert {reply.status_code for reply in replies} == {403}
    assert len({reply.content for reply in replies}) == 1
    assert replies[0].json()["code"] == "sign-in-refused"


def test_a_refused_sign_in_takes_a_whole_tick(world: World) -> None:
    for asked in (request(world, STRANGER), request(world, key=PrivateKey.generate())):
        begun = time.monotonic()
        post(world, asked)
        assert time.monotonic() - begun >= 0.049


def test_a_nonce_names_one_sign_in(world: World) -> None:
    first = request(world)
    assert post(world, first).status_code == 200
    assert code(world, first) == "nonce-used"
    assert code(world, request(world, nonce=first.nonce)) == "nonce-used"


def test_a_nonce_is_used_up_by_a_failed_sign_in_too(world: World) -> None:
    failed = request(world, key=PrivateKey.generate())
    assert code(world, failed) == "sign-in-refused"
    assert code(world, request(world, nonce=failed.nonce)) == "nonce-used"


@pytest.mark.parametrize("audience", ["nobody", "auditor", "reader"])
def test_only_hubs_and_gateways_are_audiences(world: World, audience: str) -> None:
    assert code(world, request(world, audience=audience)) == "malformed-request"


def test_what_is_not_sealed_to_this_authority_cannot_be_opened(world: World) -> None:
    elsewhere = seal_sign_in(world, "market-regulation", request(world))
    for sealed in (elsewhere, "", "a.b.c.d.e"):
        reply = world.clients["public-security"].post("/sign-ins", json={"sealed": sealed})
        assert (reply.status_code, reply.json()["code"]) == (400, "malformed-request")
    for body in (b"[]", b'{"sealed": "\xff"}'):
        assert world.clients["public-security"].post("/sign-ins", content=body).json()["code"] == "malformed-request"


def test_a_sign_in_has_exactly_one_proof(world: World) -> None:
    asked = request(world)
    assert code(world, msgspec.structs.replace(asked, assertion=None)) == "malformed-request"
    assert code(world, msgspec.structs.replace(asked, chip="x")) == "malformed-request"


def test_departments_that_are_no_authority_have_no_such_path(world: World) -> None:
    reply = world.clients["civil-affairs"].post("/sign-ins", json={"sealed": ""})
    assert (reply.status_code, reply.json()["code"]) == (404, "not-found")


def reader(world: World, key: PrivateKey | None = None) -> Reader:
    return Reader("reader", key or world.key("reader"), origin=ORIGIN, rp_id=RP_ID)


def test_the_chip_of_a_card_in_a_registered_reader_is_a_proof(world: World) -> None:
    nonce = secrets.token_urlsafe(16)
    asked = reader(world).sign_in(YOUNG, audience="hub", nonce=nonce, at=int(world.now()))
    reply = post(world, asked)
    assert reply.status_code == 200, reply.text
    token = msgspec.json.decode(reply.content, type=SignInResponse).sign_in
    found = jws.verify_as(token, typ="mz-sign-in", key=world.key("public-security").public, type=SignIn)
    assert (found.method, found.level) == ("chip", 3)
    assert found.pairwise == sign_in(world, YOUNG, "hub").pairwise


def test_an_unregistered_reader_an_old_read_and_an_unknown_card_prove_nothing(world: World) -> None:
    now = int(world.now())

    def chip(made_by: Reader, number: str, at: int) -> SignInRequest:
        return made_by.sign_in(number, audience="hub", nonce=secrets.token_urlsafe(16), at=at)

    assert code(world, chip(reader(world, PrivateKey.generate()), YOUNG, now)) == "sign-in-refused"
    assert code(world, chip(reader(world, world.key("hub")), YOUNG, now)) == "sign-in-refused"
    assert code(world, chip(reader(world), YOUNG, now - 400)) == "sign-in-refused"
    assert code(world, chip(reader(world), STRANGER, now)) == "sign-in-refused"
    moved = msgspec.structs.replace(chip(reader(world), YOUNG, now), nonce="another")
    assert code(world, moved) == "sign-in-refused"


MASKED = {"陈": "陈〇", "陈明": "陈〇", "陈阿婆": "陈〇〇", "欧阳娜娜": "欧〇〇〇", "临海市供水厂": "临海〇〇〇〇"}


@pytest.mark.parametrize(("name", "shown"), MASKED.items())
def test_a_screen_shows_a_name_masked(name: str, shown: str) -> None:
    assert masked(name) == shown
