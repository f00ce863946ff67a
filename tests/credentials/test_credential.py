"""Credentials: plain claims stay plain, holders prove their key, revoked and expired ones are refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.credential import (
    TYP,
    StatusReference,
    issue_credential,
    present_credential,
    verify_credential,
)
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.status import StatusList
from mianzheng.model.errors import WrongUse

GATEWAY, HOLDER, THIEF = (PrivateKey.generate() for _ in range(3))
NOW = 1_800_000_000
URI = "http://localhost:8101/status"
CLAIMS: dict[str, object] = {"name": "陈〇〇", "amount": "200", "every": "month"}
TOKEN = issue_credential(
    CLAIMS,
    key=GATEWAY,
    iss="civil",
    vct="old-age-allowance",
    holder=HOLDER.public.jwk,
    iat=NOW,
    exp=NOW + 1000,
    status=StatusReference(idx=5, uri=URI),
)
PRESENTED = present_credential(TOKEN, ["name"], holder=HOLDER, audience="hotel", nonce="n1", now=NOW + 10)


def refused(token: str, *, now: int = NOW, **policy: object) -> str:
    with pytest.raises(BadToken) as error:
        verify_credential(token, key=GATEWAY.public, now=now, **policy)  # type: ignore[arg-type]
    return error.value.code


def test_a_credential_reads_back() -> None:
    read = verify_credential(TOKEN, key=GATEWAY.public, now=NOW)
    assert (read.claims.iss, read.claims.vct, read.claims.cnf.jwk) == ("civil", "old-age-allowance", HOLDER.public.jwk)
    assert (read.disclosed, read.bound) == (CLAIMS, False)


def test_a_credential_without_end_or_status_reads_back() -> None:
    token = issue_credential({}, key=GATEWAY, iss="civil", vct="v", holder=HOLDER.public.jwk, iat=NOW)
    read = verify_credential(token, key=GATEWAY.public, now=NOW + 10**9)
    assert (read.claims.exp, read.claims.status) == (None, None)


@pytest.mark.parametrize("name", ["iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"])
def test_a_claim_that_must_stand_plain_is_never_made_selective(name: str) -> None:
    with pytest.raises(WrongUse):
        issue_credential({name: "x"}, key=GATEWAY, iss="civil", vct="v", holder=HOLDER.public.jwk, iat=NOW)
    if name in ("nbf", "exp", "aka_vcts", "vct#integrity", "status"):
        plain = {"iss": "civil", "vct": "v", "iat": NOW, "cnf": {"jwk": HOLDER.public.jwk}}
        assert refused(sdjwt.issue(plain, [(name, 1)], key=GATEWAY, typ=TYP)) == "credential-claims"


@pytest.mark.parametrize("missing", ["iss", "vct", "iat", "cnf"])
def test_a_credential_without_a_claim_it_needs_is_refused(missing: str) -> None:
    plain = {"iss": "civil", "vct": "v", "iat": NOW, "cnf": {"jwk": HOLDER.public.jwk}}
    del plain[missing]
    assert refused(sdjwt.issue(plain, [], key=GATEWAY, typ=TYP)) == "credential-claims"


def test_an_expired_credential_is_refused_before_its_status_is_looked_at() -> None:
    revoked = StatusList(URI)
    revoked.revoke(5)
    assert refused(TOKEN, now=NOW + 1000, status_list=revoked) == "token-expired"


def test_a_sheet_is_no_credential() -> None:
    assert refused(sdjwt.issue({"iat": NOW}, [], key=GATEWAY, typ="mz-sheet")) == "token-type"


def test_the_credential_of_another_issuer_is_refused() -> None:
    with pytest.raises(BadToken):
        verify_credential(TOKEN, key=THIEF.public, now=NOW)


def test_a_revoked_credential_is_refused() -> None:
    status_list = StatusList(URI)
    assert verify_credential(TOKEN, key=GATEWAY.public, now=NOW, status_list=status_list)
    status_list.revoke(5)
    assert refused(TOKEN, status_list=status_list) == "credential-revoked"


def test_another_status_list_does_not_count() -> None:
    assert refused(TOKEN, status_list=StatusList("http://localhost/other")) == "credential-status"


def test_an_index_outside_the_list_is_refused() -> None:
    assert refused(TOKEN, status_list=StatusList(URI, b"")) == "credential-status"


def test_a_credential_that_names_no_list_cannot_be_checked_against_one() -> None:
    token = issue_credential({}, key=GATEWAY, iss="civil", vct="v", holder=HOLDER.public.jwk, iat=NOW)
    assert refused(token, status_list=StatusList(URI)) == "credential-status"


def test_a_presentation_shows_one_claim_and_proves_the_holder() -> None:
    read = verify_credential(PRESENTED, key=GATEWAY.public, now=NOW + 20, audience="hotel", nonce="n1")
    assert (read.disclosed, read.bound) == ({"name": "陈〇〇"}, True)


@pytest.mark.parametrize(
    "policy",
    [
        {"audience": "hospital", "nonce": "n1"},
        {"audience": "hotel", "nonce": "n2"},
        {"audience": "hotel"},
        {"nonce": "n1"},
        {},
    ],
)
def test_a_presentation_to_somebody_else_is_refused(policy: dict[str, str]) -> None:
    assert refused(PRESENTED, now=NOW + 20, **policy) == "credential-binding"


def test_a_verifier_that_asks_for_the_holder_s_key_refuses_a_bare_credential() -> None:
    assert refused(TOKEN, audience="hotel", nonce="n1") == "credential-binding"


@pytest.mark.parametrize("now", [NOW + 10 - 61, NOW + 10 + 300])
def test_a_presentation_of_another_time_is_refused(now: int) -> None:
    assert refused(PRESENTED, now=now, audience="hotel", nonce="n1") in ("credential-binding", "token-not-yet-valid")


def test_a_thief_cannot_present_it() -> None:
    stolen = present_credential(TOKEN, ["name"], holder=THIEF, audience="hotel", nonce="n1", now=NOW)
    assert refused(stolen, audience="hotel", nonce="n1") == "token-key"


def test_a_binding_cannot_move_to_another_presentation() -> None:
    binding = PRESENTED.rpartition("~")[2]
    assert refused(TOKEN + binding, now=NOW + 20, audience="hotel", nonce="n1") == "credential-binding"


def test_a_binding_of_another_type_is_refused() -> None:
    payload = jws.unverified_payload(PRESENTED.rpartition("~")[2])
    presented = PRESENTED.rpartition("~")[0] + "~"
    other = presented + jws.sign(payload, key=HOLDER, typ="jwt")
    assert refused(other, now=NOW + 20, audience="hotel", nonce="n1") == "token-type"


@given(st.integers(0, len(PRESENTED) - 1), st.integers(1, 127))
@settings(max_examples=150)
def test_any_flipped_byte_is_refused(at: int, flip: int) -> None:
    changed = PRESENTED[:at] + chr(ord(PRESENTED[at]) ^ flip) + PRESENTED[at + 1 :]
    refused(changed, now=NOW + 20, audience="hotel", nonce="n1")


def test_a_credential_survives_being_a_struct_field() -> None:
    read = verify_credential(TOKEN, key=GATEWAY.public, now=NOW)
    assert read.claims.status is not None
    assert msgspec.to_builtins(read.claims)["status"] == {"status_list": {"idx": 5, "uri": URI}}
