"""Assertions: a person's signature over 32 bytes; each thing WebAuthn binds is refused when it differs."""

from __future__ import annotations

import hashlib
import json
import struct

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.credentials.assertion import BadAssertion, make_assertion, verify_assertion
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.identity import Assertion, Jwk

KEY = PrivateKey.generate()
CHALLENGE = hashlib.sha256(b"authorisation").digest()
ORIGIN, RP_ID = "http://localhost", "localhost"
MADE = make_assertion(KEY, CHALLENGE, origin=ORIGIN, rp_id=RP_ID)


def check(assertion: Assertion, challenge: bytes = CHALLENGE, *, allow_software: bool = True) -> str:
    return verify_assertion(assertion, challenge, rp_ids=(RP_ID,), origins=(ORIGIN,), allow_software=allow_software)


def browser(*, flags: int = 0x05, extra: bytes = b"", rp_id: str = RP_ID, **client_data: object) -> Assertion:
    """Return a passkey's assertion as a browser would make it, with what is asked changed."""
    authenticator_data = hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, 7) + extra
    told: dict[str, object] = {"type": "webauthn.get", "challenge": b64(CHALLENGE), "origin": ORIGIN}
    client = json.dumps(told | {"crossOrigin": False} | client_data).encode()
    signature = KEY.sign_der(authenticator_data + hashlib.sha256(client).digest())
    return Assertion(
        kind="passkey",
        key=KEY.public.jwk,
        authenticator_data=b64(authenticator_data),
        client_data=b64(client),
        signature=b64(signature),
    )


def refused(assertion: Assertion) -> str:
    with pytest.raises(BadAssertion) as error:
        check(assertion)
    return error.value.code


def test_a_software_key_is_known_by_its_thumbprint() -> None:
    assert check(MADE) == KEY.kid


def test_a_software_key_is_refused_unless_allowed() -> None:
    with pytest.raises(BadAssertion) as error:
        check(MADE, allow_software=False)
    assert error.value.code == "assertion-software"


def test_a_passkey_needs_no_allowance() -> None:
    assert check(browser(), allow_software=False) == KEY.kid


def test_client_data_is_parsed_and_not_compared() -> None:
    assert check(browser(extraData="browsers may add members", origin=ORIGIN)) == KEY.kid


def test_another_challenge_is_refused() -> None:
    with pytest.raises(BadAssertion) as error:
        check(MADE, hashlib.sha256(b"another authorisation").digest())
    assert error.value.code == "assertion-challenge"


def test_a_challenge_that_is_no_digest_is_neither_made_nor_verified() -> None:
    with pytest.raises(BadAssertion):
        make_assertion(KEY, b"short", origin=ORIGIN, rp_id=RP_ID)
    with pytest.raises(BadAssertion):
        check(browser(challenge=b64(b"short")), b"short")


def test_another_origin_is_refused() -> None:
    assert refused(browser(origin="http://localhost.evil.example")) == "assertion-origin"


def test_a_cross_origin_frame_is_refused() -> None:
    assert refused(browser(crossOrigin=True)) == "assertion-origin"


def test_another_site_is_refused() -> None:
    assert refused(browser(rp_id="evil.example")) == "assertion-rp-id"


def test_a_registration_is_no_signature() -> None:
    assert refused(browser(type="webauthn.create")) == "assertion-type"


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x04, 0x19])
def test_a_user_who_was_not_present_and_verified_is_refused(flags: int) -> None:
    assert refused(browser(flags=flags)) == "assertion-user-verification"


@pytest.mark.parametrize(("flags", "extra"), [(0x45, b""), (0x45, b"x" * 20), (0x05, b"x"), (0x85, b"")])
def test_authenticator_data_of_another_shape_is_refused(flags: int, extra: bytes) -> None:
    assert refused(browser(flags=flags, extra=extra)) == "bad-assertion"


def test_extensions_are_let_be() -> None:
    assert check(browser(flags=0x85, extra=b"\xa0")) == KEY.kid


@pytest.mark.parametrize("name", ["authenticator_data", "client_data", "signature"])
@pytest.mark.parametrize("text", ["", "AA", "=", "a b", "中"])
def test_a_field_that_is_malformed_is_refused(name: str, text: str) -> None:
    refused(msgspec.structs.replace(MADE, **{name: text}))


def test_client_data_that_names_a_member_twice_is_refused() -> None:
    twice = unb64(MADE.client_data).replace(b'"type"', b'"origin":"http://localhost","type"')
    assert refused(msgspec.structs.replace(MADE, client_data=b64(twice))) == "bad-assertion"


def test_a_raw_signature_is_refused() -> None:
    raw = KEY.sign(unb64(MADE.authenticator_data) + hashlib.sha256(unb64(MADE.client_data)).digest())
    assert refused(msgspec.structs.replace(MADE, signature=b64(raw))) == "assertion-signature"


def test_the_signature_of_another_key_is_refused() -> None:
    other = PrivateKey.generate().public.jwk
    assert refused(msgspec.structs.replace(MADE, key=other)) == "assertion-signature"


def test_a_key_off_the_curve_is_refused() -> None:
    assert refused(msgspec.structs.replace(MADE, key=Jwk(kty="EC", crv="P-256", x="AA", y="AA"))) == "assertion-key"


@given(st.sampled_from(["authenticator_data", "client_data", "signature"]), st.integers(0), st.integers(1, 255))
@settings(max_examples=150)
def test_any_flipped_byte_is_refused(name: str, at: int, flip: int) -> None:
    data = bytearray(unb64(getattr(MADE, name)))
    data[at % len(data)] ^= flip
    refused(msgspec.structs.replace(MADE, **{name: b64(bytes(data))}))


# W3C WebAuthn Level 3 §16.2, none attestation, ES256: an authenticator that did not verify its user
W3C_KEY = Jwk(
    kty="EC",
    crv="P-256",
    x=b64(bytes.fromhex("afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61")),
    y=b64(bytes.fromhex("930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220")),
)
W3C_CHALLENGE = bytes.fromhex("39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408")
W3C_AUTHENTICATOR_DATA = bytes.fromhex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000")
W3C_CLIENT_DATA = bytes.fromhex(
    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a22"
    "4f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167"
    "222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d"
)
W3C_SIGNATURE = bytes.fromhex(
    "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6"
    "e486013f937295ea13653e331e87"
)


def test_the_signature_of_the_w3c_vector_holds() -> None:
    signed = W3C_AUTHENTICATOR_DATA + hashlib.sha256(W3C_CLIENT_DATA).digest()
    assert PublicKey(W3C_KEY).verify_der(signed, W3C_SIGNATURE)


def test_the_w3c_vector_is_refused_for_want_of_user_verification_only() -> None:
    vector = Assertion(
        kind="passkey",
        key=W3C_KEY,
        authenticator_data=b64(W3C_AUTHENTICATOR_DATA),
        client_data=b64(W3C_CLIENT_DATA),
        signature=b64(W3C_SIGNATURE),
    )
    with pytest.raises(BadAssertion) as error:
        verify_assertion(
            vector, W3C_CHALLENGE, rp_ids=("example.org",), origins=("https://example.org",), allow_software=False
        )
    assert error.value.code == "assertion-user-verification"
