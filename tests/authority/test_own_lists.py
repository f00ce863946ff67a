"""Words for a person's own lists: earned by their signature on a wish of this hub, each good at one gateway once."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.identity import Nonce, SignIn
from mianzheng.model.own_lists import ListsRequest, ListsWish, ListWords
from tests.gateway.world import OLD, ORIGIN, RP_ID, YOUNG, World, sign_in

HERE = "civil-affairs"


def ask(world: World, /, *, signer: str = OLD, sender: str = "hub", sent: int = 0, **changes: Any) -> Any:
    """Hand a wish of OLD to their authority, `sent` seconds from now; `changes` alter the wish."""
    now = int(time.time())
    fields: dict[str, Any] = {
        "hub": "hub",
        "pairwise": sign_in(world, OLD, "hub").pairwise,
        "nonces": {HERE: nonce(world)},
        "iat": now,
        "salt": b64(secrets.token_bytes(16)),
    }
    wish = canonical(ListsWish(**(fields | changes)))
    assertion = make_assertion(world.people[signer], hashlib.sha256(wish).digest(), origin=ORIGIN, rp_id=RP_ID)
    request = ListsRequest(aud="public-security", iat=now + sent, wish=b64(wish), assertion=assertion)
    token = jws.sign(request, key=world.key(sender), typ="mz-lists-request")
    return world.clients["public-security"].post("/lists", content=token.encode())


def nonce(world: World, party: str = HERE) -> str:
    return msgspec.json.decode(world.clients[party].post("/nonces").content, type=Nonce).nonce


def code(reply: Any) -> str:
    assert reply.status_code >= 400, reply.text
    return str(reply.json()["code"])


def test_each_gateway_gets_a_word_that_it_alone_can_use_and_lists_the_person_by_it(world: World) -> None:
    reply = ask(world)
    assert reply.status_code == 200, reply.text
    words = msgspec.json.decode(reply.content, type=ListWords).words
    assert set(words) == {HERE} and OLD not in reply.text
    found = jws.verify_as(words[HERE], typ="mz-sign-in", key=world.key("public-security").public, type=SignIn)
    assert found.audience == HERE
    assert jwe.open_sealed(found.sealed_number, key=world.key(HERE, "seal"), typ="mz-number") == OLD.encode()
    mine = world.clients[HERE].get("/mine", headers={"authorization": f"SignIn {words[HERE]}"})
    assert mine.status_code == 200
    again = world.clients[HERE].get("/mine", headers={"authorization": f"SignIn {words[HERE]}"})
    assert again.status_code >= 400


def test_anothers_signature_earns_nothing(world: World) -> None:
    assert code(ask(world, signer=YOUNG)) == "sign-in-refused"
    assert code(ask(world, pairwise="nobody-here")) == "sign-in-refused"


def test_a_nonce_earns_one_word(world: World) -> None:
    used = {HERE: nonce(world)}
    assert ask(world, nonces=used).status_code == 200
    assert code(ask(world, nonces=used)) == "nonce-used"
    assert code(ask(world, nonces={"human-resources": nonce(world, "human-resources"), **used})) == "nonce-used"


def test_a_wish_of_another_hub_or_for_no_gateway_is_refused(world: World) -> None:
    assert ask(world, hub="other-hub").status_code >= 400
    assert ask(world, nonces={"hub": "abc"}).status_code >= 400
    assert ask(world, nonces={}).status_code >= 400


def test_a_wish_signed_or_sent_long_ago_is_refused(world: World) -> None:
    assert ask(world, sent=-3600).status_code >= 400
    assert ask(world, iat=int(time.time()) - 7200).status_code >= 400


def test_nobody_but_a_hub_hands_a_wish_in(world: World) -> None:
    assert ask(world, sender=HERE).status_code >= 400
