"""Avoidance 回避: themself, a relative, a body they hold a share in: another handler, and nothing more is said."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import Certificate, certify
from mianzheng.gateway.avoidance import check_clearance
from mianzheng.gateway.refusals import Refused
from mianzheng.model.avoidance import AvoidanceRequest, AvoidanceResponse, Clearance
from mianzheng.model.canonical import digest
from tests.gateway.family_rows import BABY, BOY, GIRL
from tests.gateway.world import CHILD, FIRM, HEAD, HOLDER, OFFICER, OLD, SON, YOUNG, Case, World

PERSONS, BODIES = "public-security", "market-regulation"


@contextmanager
def officer_is(world: World, number: str) -> Iterator[None]:
    """The officer of civil affairs is this person meanwhile."""
    _enrol(world, number)
    try:
        yield
    finally:
        _enrol(world, OFFICER)


def _enrol(world: World, number: str) -> None:
    with sqlite3.connect(Path(world.gateways[PERSONS].config.enrolment)) as connection:
        connection.execute("UPDATE staff SET number = ?", (number,))
    connection.close()


def request(world: World, about: Case, authority: str = PERSONS, **changes: Any) -> AvoidanceRequest:
    fields: dict[str, Any] = {
        "aud": authority,
        "iat": int(world.now()),
        "request": secrets.token_hex(8),
        "case": about.case,
        "certificate": world.staff("civil-affairs", "officer").certificate,
        "bundles": (about.sealed.bundle,),
    }
    return AvoidanceRequest(**(fields | changes))


def post(world: World, asked: AvoidanceRequest, *, hub: str = "hub") -> Any:
    token = jws.sign(asked, key=world.key(hub), typ="mz-avoidance-request")
    return world.clients[asked.aud].post("/avoidance", content=token)


def cleared(world: World, asked: AvoidanceRequest) -> AvoidanceResponse:
    reply = post(world, asked)
    assert reply.status_code == 200, reply.text
    return msgspec.json.decode(reply.content, type=AvoidanceResponse)


def code(world: World, asked: AvoidanceRequest, *, hub: str = "hub") -> str:
    reply = post(world, asked, hub=hub)
    assert reply.status_code >= 400, reply.text
    return str(reply.json()["code"])


def test_a_stranger_is_cleared_for_one_case_and_key(world: World) -> None:
    case = Case(world)
    token = cleared(world, request(world, case)).clearance
    found = jws.verify_as(token, typ="mz-clearance", key=world.key(PERSONS).public, type=Clearance)
    officer = world.staff("civil-affairs", "officer")
    assert (found.case, found.staff) == (case.case, officer.key.kid)
    assert found.bundles == (digest(case.sealed.bundle.encode()),)
    assert OLD.encode() not in jws.unverified_payload(token)


@pytest.mark.parametrize("number", [OLD, SON])
def test_nobody_handles_their_own_case_or_a_relatives(world: World, number: str) -> None:
    with officer_is(world, number):
        assert code(world, request(world, Case(world))) == "another-handler"


def test_nobody_handles_a_case_of_their_relatives_family(world: World) -> None:
    """Brother and sister, by way of their mother: so are those whom the sister's case reaches beside her."""
    with officer_is(world, BOY):
        assert code(world, request(world, Case(world, number=GIRL))) == "another-handler"


def test_who_shares_no_relative_with_the_applicant_may_handle_the_case(world: World) -> None:
    with officer_is(world, BABY):
        assert cleared(world, request(world, Case(world, number=GIRL))).clearance


def test_a_kinship_that_ended_hinders_nobody(world: World) -> None:
    with officer_is(world, CHILD):
        assert cleared(world, request(world, Case(world, "care-aid", YOUNG, forms={"town": "331082001"}))).clearance


def test_own_case_and_relatives_case_are_refused_in_the_same_bytes(world: World) -> None:
    replies = []
    for number in (OLD, SON):
        with officer_is(world, number):
            replies.append(post(world, request(world, Case(world))).content)
    assert replies[0] == replies[1]


def bodies(world: World, case: Case) -> AvoidanceRequest:
    staff = cleared(world, request(world, case)).staff[BODIES]
    return request(world, case, BODIES, staff=staff)


def test_for_a_body_the_number_of_the_staff_goes_sealed_to_the_authority_of_bodies(world: World) -> None:
    case = Case(world, "good-standing", FIRM)
    first = cleared(world, request(world, case))
    assert first.clearance == ""
    assert OFFICER not in str(first.staff)
    assert cleared(world, bodies(world, case)).clearance


@pytest.mark.parametrize("number", [HEAD, HOLDER])
def test_nobody_handles_the_case_of_a_body_they_speak_for_or_hold_a_share_in(world: World, number: str) -> None:
    with officer_is(world, number):
        assert code(world, bodies(world, Case(world, "good-standing", FIRM))) == "another-handler"


def test_who_sold_their_share_may_handle_it(world: World) -> None:
    with officer_is(world, YOUNG):
        assert cleared(world, bodies(world, Case(world, "good-standing", FIRM))).clearance


def test_the_sealed_number_of_another_case_names_nobody(world: World) -> None:
    case, other = Case(world, "good-standing", FIRM), Case(world, "good-standing", FIRM)
    assert code(world, msgspec.structs.replace(bodies(world, other), **_of(case))) == "staff-not-enrolled"


def _of(case: Case) -> dict[str, Any]:
    return {"case": case.case, "bundles": (case.sealed.bundle,)}


def test_a_staff_key_that_nobody_enrolled_clears_nothing(world: World) -> None:
    known = world.staff("human-resources", "officer").certificate
    stated = msgspec.structs.replace(
        jws.payload_as(jws.unverified_payload(known), type=Certificate), key=PrivateKey.generate().public.jwk
    )
    stranger = certify(stated, key=world.key("human-resources"))
    assert code(world, request(world, Case(world), certificate=stranger)) == "staff-not-enrolled"
    assert code(world, request(world, Case(world), certificate="x.y.z")) == "staff-not-enrolled"


def test_only_a_hub_asks_and_only_about_bundles_of_its_case(world: World) -> None:
    case = Case(world)
    assert code(world, request(world, case), hub="civil-affairs") == "wrong-hub-key"
    assert code(world, request(world, case, case="another")) == "malformed-request"
    assert code(world, request(world, case, bundles=("x.y.z",))) == "malformed-request"
    assert code(world, request(world, case, iat=0)) == "request-expired"


def check(world: World, tokens: tuple[str, ...], about: Case, **changes: Any) -> None:
    fields: dict[str, Any] = {
        "case": about.case,
        "staff": world.staff("civil-affairs", "officer").key.kid,
        "bundles": (digest(about.sealed.bundle.encode()),),
        "signed_at": int(world.now()),
    }
    check_clearance(tokens, trust=world.trust, **(fields | changes))


def test_a_signature_counts_beside_a_clearance_of_its_case_key_subjects_and_time(world: World) -> None:
    case = Case(world)
    token = cleared(world, request(world, case)).clearance
    check(world, (token,), case)
    wrong: list[dict[str, Any]] = [
        {"case": "another"},
        {"staff": "another"},
        {"bundles": (digest(case.sealed.bundle.encode()), digest(b"another"))},
        {"signed_at": int(world.now()) + 86_400},
        {"signed_at": int(world.now()) - 3600},
    ]
    for changes in wrong:
        with pytest.raises(Refused) as refused:
            check(world, (token,), case, **changes)
        assert refused.value.code == "clearance-missing"
    with pytest.raises(Refused):
        check(world, (), case)


def test_a_clearance_that_no_authority_signed_is_none(world: World) -> None:
    case = Case(world)
    token = cleared(world, request(world, case)).clearance
    forged = jws.sign(jws.unverified_payload(token), key=world.key("hub"), typ="mz-clearance")
    with pytest.raises(Refused):
        check(world, (forged,), case)
