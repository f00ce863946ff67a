"""The trust list: two different roots, never a lower number, one key for one use at its own time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey, Use
from mianzheng.credentials.trust import (
    Certificate,
    KeyEntry,
    Party,
    Roots,
    SignedList,
    TrustList,
    TrustStore,
    Untrusted,
    accept_newer,
    certify,
    sign_list,
    verify_certificate,
)
from mianzheng.model.canonical import canonical

ROOT_KEYS = tuple(PrivateKey.generate() for _ in range(3))
ROOTS = Roots(roots=(ROOT_KEYS[0].public.jwk, ROOT_KEYS[1].public.jwk, ROOT_KEYS[2].public.jwk))
HUB, HUB_SEAL, CIVIL, STEWARD, STRANGER = (PrivateKey.generate() for _ in range(5))


class Note(msgspec.Struct, frozen=True):
    """A payload."""

    text: str


def entry(key: PrivateKey, use: Use = "sign", **changes: object) -> KeyEntry:
    made = KeyEntry(use=use, jwk=key.public.jwk, valid_from=100, valid_to=200)
    return msgspec.structs.replace(made, **changes)


def trust_list(number: int = 1, **changes: object) -> TrustList:
    hub = Party(party="hub", roles=("hub",), keys=(entry(HUB), entry(HUB_SEAL, "seal")))
    civil = Party(party="civil", roles=("gateway",), department="civil-affairs", keys=(entry(CIVIL),))
    made = TrustList(
        number=number,
        issued_at=100,
        demo=True,
        rp_ids=("localhost",),
        origins=("http://localhost",),
        parties=(hub, civil),
    )
    return msgspec.structs.replace(made, **changes)


STORE = TrustStore(trust_list())


@pytest.mark.parametrize("signers", [*list(itertools.combinations(range(3), 2)), (0, 1, 2), (2, 0)])
def test_any_two_different_roots_are_enough(signers: tuple[int, ...]) -> None:
    data = sign_list(trust_list(), tuple(ROOT_KEYS[i] for i in signers))
    assert TrustStore.verified(data, roots=ROOTS).list == trust_list()


@pytest.mark.parametrize("signers", [(), (0,), (1, 1), (2, 2, 2)])
def test_fewer_than_two_different_roots_are_refused(signers: tuple[int, ...]) -> None:
    data = sign_list(trust_list(), tuple(ROOT_KEYS[i] for i in signers))
    with pytest.raises(Untrusted):
        TrustStore.verified(data, roots=ROOTS)


def test_a_stranger_does_not_count_as_the_second_root() -> None:
    with pytest.raises(Untrusted):
        TrustStore.verified(sign_list(trust_list(), (ROOT_KEYS[0], STRANGER)), roots=ROOTS)


def test_a_stranger_beside_two_roots_spoils_the_list() -> None:
    with pytest.raises(Untrusted):
        TrustStore.verified(sign_list(trust_list(), (*ROOT_KEYS[:2], STRANGER)), roots=ROOTS)


def test_the_signature_of_one_root_under_the_name_of_another_is_refused() -> None:
    signed = msgspec.json.decode(sign_list(trust_list(), (ROOT_KEYS[0], ROOT_KEYS[0])), type=SignedList)
    other = msgspec.json.decode(sign_list(trust_list(), (ROOT_KEYS[1],)), type=SignedList)
    renamed = msgspec.structs.replace(signed.signatures[0], protected=other.signatures[0].protected)
    forged = msgspec.structs.replace(signed, signatures=(signed.signatures[0], renamed))
    with pytest.raises(Untrusted):
        TrustStore.verified(canonical(forged), roots=ROOTS)


def test_two_roots_that_signed_different_lists_are_refused() -> None:
    one = msgspec.json.decode(sign_list(trust_list(1), (ROOT_KEYS[0],)), type=SignedList)
    two = msgspec.json.decode(sign_list(trust_list(2), (ROOT_KEYS[1],)), type=SignedList)
    forged = msgspec.structs.replace(two, signatures=one.signatures + two.signatures)
    with pytest.raises(Untrusted):
        TrustStore.verified(canonical(forged), roots=ROOTS)


def test_roots_that_are_not_three_different_keys_are_refused() -> None:
    twice = Roots(roots=(ROOTS.roots[0], ROOTS.roots[0], ROOTS.roots[1]))
    with pytest.raises(Untrusted):
        TrustStore.verified(sign_list(trust_list(), ROOT_KEYS[:2]), roots=twice)


SIGNED = sign_list(trust_list(), ROOT_KEYS[:2])


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=100)
def test_any_flipped_byte_of_the_list_is_refused(at: int, flip: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= flip
    with pytest.raises(Untrusted):
        TrustStore.verified(bytes(changed), roots=ROOTS)


def test_a_lower_number_is_refused() -> None:
    data = sign_list(trust_list(4), ROOT_KEYS[:2])
    assert TrustStore.verified(data, roots=ROOTS, at_least=4).list.number == 4
    with pytest.raises(Untrusted) as error:
        TrustStore.verified(data, roots=ROOTS, at_least=5)
    assert error.value.code == "trust-list-old"


def test_a_copy_is_replaced_only_by_a_higher_number(tmp_path: Path) -> None:
    path, roots = tmp_path / "trust.json", tmp_path / "roots.json"
    path.write_bytes(sign_list(trust_list(4), ROOT_KEYS[:2]))
    roots.write_bytes(canonical(ROOTS))
    store = TrustStore.load(path, roots)
    for number in (3, 4):
        with pytest.raises(Untrusted):
            accept_newer(path, sign_list(trust_list(number), ROOT_KEYS[:2]), roots=ROOTS, current=store)
    assert TrustStore.load(path, roots).list.number == 4
    assert accept_newer(path, sign_list(trust_list(5), ROOT_KEYS[1:]), roots=ROOTS, current=store).list.number == 5
    assert TrustStore.load(path, roots, at_least=5).list.number == 5


def test_a_missing_or_foreign_file_is_untrusted(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"{}")
    with pytest.raises(Untrusted):
        TrustStore.load(tmp_path / "none", tmp_path / "none")
    with pytest.raises(Untrusted):
        TrustStore.load(tmp_path / "other", tmp_path / "other")


def test_a_key_counts_for_its_party_and_use() -> None:
    assert STORE.key("hub", "sign", HUB.kid, 150).kid == HUB.kid


@pytest.mark.parametrize(
    ("party", "use", "key"),
    [("civil", "sign", HUB), ("hub", "seal", HUB), ("hub", "sign", HUB_SEAL), ("hub", "sign", STRANGER)],
)
def test_a_key_of_another_party_or_use_is_refused(party: str, use: Use, key: PrivateKey) -> None:
    with pytest.raises(Untrusted):
        STORE.key(party, use, key.kid, 150)


@pytest.mark.parametrize(("at", "holds"), [(99, False), (100, True), (199, True), (200, False)])
def test_a_key_holds_from_its_first_second_to_before_its_last(at: int, holds: bool) -> None:
    if holds:
        assert STORE.key("hub", "sign", HUB.kid, at)
        return
    with pytest.raises(Untrusted) as error:
        STORE.key("hub", "sign", HUB.kid, at)
    assert error.value.code == "key-not-valid"


def with_hub_key(**changes: object) -> TrustStore:
    return TrustStore(trust_list(parties=(Party(party="hub", roles=("hub",), keys=(entry(HUB, **changes),)),)))


def test_a_retired_key_still_counts_for_what_it_signed_in_its_time() -> None:
    store = with_hub_key(status="retired")
    assert store.key("hub", "sign", HUB.kid, 150)
    with pytest.raises(Untrusted):
        store.current("hub", "sign", 150)


def test_a_revoked_key_counts_for_nothing() -> None:
    with pytest.raises(Untrusted) as error:
        with_hub_key(status="revoked").key("hub", "sign", HUB.kid, 150)
    assert error.value.code == "key-revoked"


def test_the_newest_key_is_the_current_one() -> None:
    keys = (entry(HUB), entry(CIVIL, valid_from=140), entry(STRANGER, valid_from=160))
    store = TrustStore(trust_list(parties=(Party(party="hub", roles=("hub",), keys=keys),)))
    assert store.current("hub", "sign", 150).kid == CIVIL.kid


def test_one_key_cannot_stand_for_two_uses() -> None:
    with pytest.raises(Untrusted):
        TrustStore(trust_list(parties=(Party(party="hub", roles=("hub",), keys=(entry(HUB), entry(HUB, "seal"))),)))


def test_one_key_cannot_stand_for_two_parties() -> None:
    parties = tuple(Party(party=name, roles=("hub",), keys=(entry(HUB),)) for name in ("a", "b"))
    with pytest.raises(Untrusted):
        TrustStore(trust_list(parties=parties))


def test_one_name_cannot_stand_for_two_parties() -> None:
    parties = tuple(Party(party="a", roles=("hub",), keys=(entry(key),)) for key in (HUB, CIVIL))
    with pytest.raises(Untrusted):
        TrustStore(trust_list(parties=parties))


def test_a_token_is_read_with_its_party() -> None:
    token = jws.sign(Note(text="x"), key=CIVIL, typ="mz-note")
    party, note = STORE.read(token, typ="mz-note", type=Note, role="gateway", at=150)
    assert (party.department, note) == ("civil-affairs", Note(text="x"))


def test_a_token_of_a_party_without_the_role_is_refused() -> None:
    with pytest.raises(Untrusted):
        STORE.read(jws.sign(Note(text="x"), key=CIVIL, typ="t"), typ="t", type=Note, role="hub", at=150)


def test_a_token_signed_with_a_key_for_sealing_is_refused() -> None:
    with pytest.raises(Untrusted):
        STORE.read(jws.sign(Note(text="x"), key=HUB_SEAL, typ="t"), typ="t", type=Note, role="hub", at=150)


def test_a_token_of_nobody_in_the_list_is_refused() -> None:
    with pytest.raises(Untrusted):
        STORE.signer(jws.sign(b"{}", key=STRANGER, typ="t"), role="hub", at=150)


def test_a_token_that_only_names_a_trusted_key_is_refused() -> None:
    header = jws.sign(b"{}", key=HUB, typ="t").partition(".")[0]
    signature = jws.sign(b"{}", key=STRANGER, typ="t").rpartition(".")[2]
    with pytest.raises(BadToken):
        STORE.read(f"{header}.e30.{signature}", typ="t", type=Note, role="hub", at=150)


def certificate(**changes: object) -> Certificate:
    made = Certificate(
        department="civil-affairs", staff="s1", role="steward", key=STEWARD.public.jwk, valid_from=100, valid_to=180
    )
    return msgspec.structs.replace(made, **changes)


def test_a_certificate_gives_the_key_of_a_member_of_staff() -> None:
    read, key = verify_certificate(
        certify(certificate(), key=CIVIL), trust=STORE, department="civil-affairs", role="steward", at=150
    )
    assert (read.staff, key.kid) == ("s1", STEWARD.kid)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: certify(certificate(), key=STRANGER), "untrusted-key"),
        (lambda: certify(certificate(), key=HUB), "untrusted-key"),
        (lambda: certify(certificate(department="housing"), key=CIVIL), "certificate-department"),
        (lambda: certify(certificate(role="clerk"), key=CIVIL), "certificate-role"),
        (lambda: certify(certificate(valid_to=150), key=CIVIL), "certificate-time"),
        (lambda: certify(certificate(valid_from=151), key=CIVIL), "certificate-time"),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused(make: Callable[[], str], code: str) -> None:
    with pytest.raises(Untrusted) as error:
        verify_certificate(make(), trust=STORE, department="civil-affairs", role="steward", at=150)
    assert error.value.code == code


def test_the_certificate_of_another_department_is_refused() -> None:
    with pytest.raises(Untrusted):
        verify_certificate(certify(certificate(), key=CIVIL), trust=STORE, department="housing", role="steward", at=150)


PORTS = [("http://localhost:4711", True), ("http://localhost:1", True), ("http://localhost", True)]
NOT_LOCAL = [
    "https://localhost:4711",
    "http://localhost:",
    "http://localhost:0",
    "http://localhost:4711/",
    "http://localhost:4711.evil.example",
    "http://localhost.evil.example:80",
    "http://127.0.0.1:4711",
    "http://LOCALHOST:4711",
    "http://localhost:123456",
    "null",
    "",
]


@pytest.mark.parametrize(("origin", "holds"), [*PORTS, *((one, False) for one in NOT_LOCAL)])
def test_a_demos_list_lets_people_sign_on_any_port_of_this_machine_and_nowhere_else(origin: str, holds: bool) -> None:
    assert (origin in TrustStore(trust_list()).origins) is holds


@pytest.mark.parametrize("origin", ["http://localhost:4711", "http://localhost:1"])
def test_elsewhere_an_origin_stands_in_the_list_to_the_letter(origin: str) -> None:
    assert origin not in TrustStore(trust_list(demo=False)).origins
    assert "http://localhost" in TrustStore(trust_list(demo=False)).origins
    named = TrustStore(trust_list(origins=("https://hub.example",)))
    assert "https://hub.example" in named.origins and origin not in named.origins
