"""Bundles: only who signed can be named, to the gateways of one case, for one role."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from mianzheng.authority.reader import Reader
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.authorisation import Bundle, BundleRequest, SealedBundle, Statement
from mianzheng.model.canonical import b64, digest
from tests.gateway.world import (
    ABSENT,
    DEPARTMENTS,
    FIRM,
    NAMES,
    OLD,
    ORIGIN,
    RP_ID,
    YOUNG,
    Case,
    World,
    protection_order,
    sign_in,
)

AUTHORITY = "public-security"


def post(world: World, request: BundleRequest, *, hub: str = "hub", authority: str = AUTHORITY) -> Any:
    token = jws.sign(request, key=world.key(hub), typ="mz-bundle-request")
    return world.clients[authority].post("/bundles", content=token)


def code(world: World, request: BundleRequest, **how: str) -> str:
    reply = post(world, request, **how)
    assert reply.status_code >= 400, reply.text
    return str(reply.json()["code"])


def opened(world: World, sealed: SealedBundle, gateway: str) -> Statement:
    token = jwe.open_sealed(sealed.sealed[gateway], key=world.key(gateway, "seal"), typ="mz-statement").decode()
    return jws.verify_as(token, typ="mz-statement", key=world.key(AUTHORITY).public, type=Statement)


def test_a_bundle_names_case_authorisation_role_signer_and_presence_and_no_number(world: World) -> None:
    case = Case(world)
    bundle = jws.verify_as(case.sealed.bundle, typ="mz-bundle", key=world.key(AUTHORITY).public, type=Bundle)
    assert (bundle.case, bundle.authorisation, bundle.role) == (case.case, case.digest, "applicant")
    assert (bundle.signer, bundle.issuer, bundle.subject_kind) == (world.people[OLD].kid, AUTHORITY, "person")
    assert (bundle.presence.method, bundle.presence.level) == ("software", 3)
    assert bundle.exp == case.authorisation.exp
    assert bundle.sealed == {gateway: digest(token.encode()) for gateway, token in case.sealed.sealed.items()}
    shown = msgspec.json.encode(case.sealed) + jws.unverified_payload(case.sealed.bundle)
    assert OLD.encode() not in shown
    assert NAMES[OLD].encode() not in shown


def test_each_gateway_opens_its_own_statement_and_only_the_handling_one_reads_the_name(world: World) -> None:
    case = Case(world)
    for gateway in DEPARTMENTS:
        inner = opened(world, case.sealed, gateway)
        assert (inner.number, inner.aud, inner.bundle) == (OLD, gateway, case.bundle.bundle)
        assert (inner.case, inner.role, inner.authorisation) == (case.case, "applicant", case.digest)
        assert inner.name == (NAMES[OLD] if gateway == case.item.department else "")


def test_a_protection_order_is_told_to_gateways_and_shows_the_hub_nothing(world: World) -> None:
    plain = Case(world)
    with protection_order(world, OLD):
        case = Case(world)
    assert [opened(world, one.sealed, "civil-affairs").protected for one in (plain, case)] == [0, 1]
    lengths = [{gateway: len(text) for gateway, text in one.sealed.sealed.items()} for one in (plain, case)]
    assert lengths[0] == lengths[1]
    assert "protected" not in msgspec.json.decode(jws.unverified_payload(case.sealed.bundle))


def test_the_same_request_gives_the_same_bundle_again(world: World) -> None:
    case = Case(world)
    request = case.bundle_request(AUTHORITY)
    first, again = post(world, request), post(world, request)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content == msgspec.json.encode(case.sealed)


def test_an_authorisation_has_one_bundle_for_a_role(world: World) -> None:
    case = Case(world)
    fewer = case.bundle_request(AUTHORITY, gateways=DEPARTMENTS[:2])
    assert code(world, fewer) == "replayed-with-another-body"
    assert post(world, case.bundle_request(AUTHORITY, role="guardian")).status_code == 200


def test_nobody_is_named_who_did_not_sign(world: World) -> None:
    case = Case(world)
    other = sign_in(world, ABSENT, "hub").pairwise
    unsigned = b64(hashlib.sha256(b"forged").digest())
    wrong = [
        {"pairwise": other, "role": "a"},
        {"authorisation": unsigned},
        {"authorisation": unsigned, "assertion": case.vouch(hashlib.sha256(b"forged").digest(), PrivateKey.generate())},
        {"authorisation": unsigned, "assertion": case.vouch(hashlib.sha256(b"forged").digest(), world.people[ABSENT])},
        {"pairwise": "unknown", "role": "b"},
    ]
    replies = [post(world, case.bundle_request(AUTHORITY, **changes)) for changes in wrong]
    assert {reply.json()["code"] for reply in replies} == {"bundle-refused"}
    assert len({reply.content for reply in replies}) == 1
    assert code(world, case.bundle_request(AUTHORITY, authorisation="%%")) == "malformed-request"


def test_a_pairwise_id_of_another_hub_names_nobody(world: World) -> None:
    case = Case(world)
    there = sign_in(world, OLD, "other-hub").pairwise
    assert code(world, case.bundle_request(AUTHORITY, pairwise=there, role="c")) == "bundle-refused"
    assert post(world, case.bundle_request(AUTHORITY, pairwise=there, role="c"), hub="other-hub").status_code == 200


def test_only_a_hub_asks_for_bundles(world: World) -> None:
    case = Case(world)
    for party in ("civil-affairs", "auditor"):
        assert code(world, case.bundle_request(AUTHORITY), hub=party) == "wrong-hub-key"
    stranger = jws.sign(case.bundle_request(AUTHORITY), key=PrivateKey.generate(), typ="mz-bundle-request")
    assert world.clients[AUTHORITY].post("/bundles", content=stranger).json()["code"] == "wrong-hub-key"
    for body in ("", "a.b.c", "ÿ"):
        assert world.clients[AUTHORITY].post("/bundles", content=body).json()["code"] == "malformed-request"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"aud": "civil-affairs"}, "wrong-audience"),
        ({"iat": 0}, "request-expired"),
        ({"exp": 0}, "malformed-request"),
        ({"exp": 2**40}, "malformed-request"),
        ({"handling": "market-regulation", "gateways": ("civil-affairs",)}, "malformed-request"),
        ({"gateways": ("civil-affairs", "civil-affairs")}, "malformed-request"),
        ({"gateways": ("civil-affairs", "hub")}, "malformed-request"),
        ({"gateways": ("civil-affairs", "nobody")}, "malformed-request"),
    ],
)
def test_a_request_that_cannot_be_served_says_why(world: World, changes: dict[str, Any], expected: str) -> None:
    assert code(world, Case(world).bundle_request(AUTHORITY, role="again", **changes)) == expected


def test_a_body_is_named_by_the_authority_for_bodies(world: World) -> None:
    case = Case(world, "good-standing", FIRM)
    assert (case.bundle.issuer, case.bundle.subject_kind) == ("market-regulation", "enterprise")


def test_at_a_reader_the_reader_signs_and_presence_is_the_chip(world: World) -> None:
    """Someone enrolled at presence 2 is seen at 3, and gateways take the reader's signature."""
    reader = Reader("reader", world.key("reader"), origin=ORIGIN, rp_id=RP_ID)
    form = {"town": "331082001"}
    case = Case(world, "care-aid", YOUNG, forms=form, reader=reader)
    assert (case.bundle.presence.method, case.bundle.presence.level) == ("chip", 3)
    assert case.bundle.signer == world.key("reader").kid
    assert case.ask("civil-affairs")
    assert Case(world, "care-aid", YOUNG, forms=form).refused("civil-affairs") == "presence-too-low"


def test_a_chip_read_for_another_person_or_another_authorisation_names_nobody(world: World) -> None:
    case = Case(world, number=YOUNG)
    reader = Reader("reader", world.key("reader"), origin=ORIGIN, rp_id=RP_ID)
    to, now = world.trust.current(AUTHORITY, "seal", int(world.now())), int(world.now())
    for number, signed_digest, at in (
        (OLD, hashlib.sha256(case.signed).digest(), now),
        (YOUNG, hashlib.sha256(b"other").digest(), now),
        (YOUNG, hashlib.sha256(case.signed).digest(), now - 400),
    ):
        signed = reader.authorise(number, signed_digest, authority=to, at=at)
        request = case.bundle_request(AUTHORITY, assertion=signed.assertion, chip=signed.chip, role="d")
        assert code(world, request) == "bundle-refused"
    own = case.bundle_request(AUTHORITY, chip=signed.chip, role="d")
    assert code(world, own) == "bundle-refused"


def test_a_person_reads_that_a_bundle_was_made_about_them(world: World) -> None:
    case = Case(world)
    lines = world.gateways[AUTHORITY].log.mine(OLD)
    assert case.case in {line.case for line in lines if line.kind == "bundle"}


def test_a_bundle_that_was_asked_for_in_ones_name_stands_in_ones_own_list(world: World) -> None:
    case = Case(world)
    other = make_assertion(world.people[YOUNG], hashlib.sha256(case.signed).digest(), origin=ORIGIN, rp_id=RP_ID)
    request = case.bundle_request("public-security", assertion=other, role="another")
    assert code(world, request) == "bundle-refused"
    read = [line for line in world.gateways["public-security"].log.mine(OLD) if line.case == case.case]
    assert ("refused", "bundle-refused") in [(line.kind, line.code) for line in read]
    others = world.gateways["public-security"].log.mine(YOUNG)
    assert case.case not in {line.case for line in others if line.kind == "refused"}
