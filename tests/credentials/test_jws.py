"""Compact JWS: one strict form, each departure from it refused."""

from __future__ import annotations

import json
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import b64, canonical, unb64

KEY, OTHER = PrivateKey.generate(), PrivateKey.generate()


class Note(msgspec.Struct, frozen=True):
    """A payload."""

    text: str
    number: int


TOKEN = jws.sign(Note(text="免证", number=7), key=KEY, typ="mz-note")


def forge(header: object, payload: bytes = b"{}", *, key: PrivateKey = KEY) -> str:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{b64(raw)}.{b64(payload)}"
    return f"{signed}.{b64(key.sign(signed.encode()))}"


def header(**changes: object) -> dict[str, object]:
    return {"alg": "ES256", "kid": KEY.kid, "typ": "mz-note"} | changes


def test_a_signed_struct_reads_back() -> None:
    assert jws.verify_as(TOKEN, typ="mz-note", key=KEY.public, type=Note) == Note(text="免证", number=7)


def test_signed_bytes_travel_as_they_were() -> None:
    token = jws.sign(b"not { json", key=KEY, typ="mz-note")
    assert jws.verify(token, typ="mz-note", key=KEY.public) == b"not { json"


def test_the_key_id_is_read_without_trust() -> None:
    assert jws.unverified_kid(TOKEN) == KEY.kid
    assert jws.unverified_kid(TOKEN + "~WyJ4Il0~") == KEY.kid


def test_joserfc_accepts_our_token() -> None:
    read = joserfc_jws.deserialize_compact(TOKEN, ECKey.import_key(msgspec.to_builtins(KEY.public.jwk)))
    assert json.loads(read.payload) == {"text": "免证", "number": 7}


def test_we_accept_a_token_of_joserfc() -> None:
    key = ECKey.import_key(msgspec.to_builtins(KEY.to_jwk()))
    token = joserfc_jws.serialize_compact(header(), b'{"text":"a","number":1}', key)
    assert jws.verify_as(token, typ="mz-note", key=KEY.public, type=Note) == Note(text="a", number=1)


def test_we_accept_a_token_of_jwcrypto() -> None:
    token = JWS(b"{}")
    token.add_signature(JWK(**msgspec.to_builtins(KEY.to_jwk())), protected=json.dumps(header()))
    assert jws.verify(token.serialize(compact=True), typ="mz-note", key=KEY.public) == b"{}"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (header(alg="none"), "token-algorithm"),
        (header(alg="HS256"), "token-algorithm"),
        (header(alg="ES384"), "token-algorithm"),
        (header(alg="es256"), "token-algorithm"),
        (header(typ="mz-sheet"), "token-type"),
        (header(typ="MZ-NOTE"), "token-type"),
        (header(kid=OTHER.kid), "token-key"),
        (header(crit=["exp"]), "bad-token"),
        (header(jwk=msgspec.to_builtins(KEY.public.jwk)), "bad-token"),
        (header(x5c=["MII"]), "bad-token"),
        (header(b64=False), "bad-token"),
        (header(cty="JWT"), "bad-token"),
        ({"alg": "ES256", "kid": KEY.kid}, "bad-token"),
        ({"alg": "ES256", "typ": "mz-note"}, "bad-token"),
        ({"kid": KEY.kid, "typ": "mz-note"}, "bad-token"),
        ([], "bad-token"),
        (b"", "bad-token"),
    ],
)
def test_another_header_is_refused_though_signed(changed: object, code: str) -> None:
    with pytest.raises(BadToken) as error:
        jws.verify(forge(changed), typ="mz-note", key=KEY.public)
    assert error.value.code == code


def test_a_header_member_named_twice_is_refused() -> None:
    twice = f'{{"alg":"none","alg":"ES256","kid":"{KEY.kid}","typ":"mz-note"}}'.encode()
    with pytest.raises(BadToken):
        jws.verify(forge(twice), typ="mz-note", key=KEY.public)


def test_a_payload_member_named_twice_is_refused() -> None:
    token = forge(header(), b'{"text":"a","number":1,"number":2}')
    with pytest.raises(BadToken, match="twice"):
        jws.verify_as(token, typ="mz-note", key=KEY.public, type=Note)


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"text":1,"number":1}', b'{"number":1}', b'"' + b"x" * 9])
def test_a_payload_of_another_shape_is_refused(payload: bytes) -> None:
    with pytest.raises(BadToken):
        jws.verify_as(forge(header(), payload), typ="mz-note", key=KEY.public, type=Note)


def test_the_signature_of_another_key_is_refused() -> None:
    with pytest.raises(BadToken) as error:
        jws.verify(forge(header(), key=OTHER), typ="mz-note", key=KEY.public)
    assert error.value.code == "token-signature"


def test_a_der_signature_is_refused() -> None:
    signed = TOKEN.rpartition(".")[0]
    with pytest.raises(BadToken):
        jws.verify(f"{signed}.{b64(KEY.sign_der(signed.encode()))}", typ="mz-note", key=KEY.public)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c.d", TOKEN + ".", "." + TOKEN, TOKEN + "~", "中.文.字"])
def test_a_token_that_is_not_three_parts_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        jws.verify(token, typ="mz-note", key=KEY.public)


@pytest.mark.parametrize("spare", ["=", "==", " ", "\n", "A"])
def test_base64url_with_a_rest_is_refused(spare: str) -> None:
    with pytest.raises(BadToken):
        jws.verify(TOKEN + spare, typ="mz-note", key=KEY.public)


def test_base64url_with_spare_bits_is_refused() -> None:
    # 64 bytes end in a letter of which four bits count nothing: both letters decode to the same bytes
    token, last = TOKEN[:-1], TOKEN[-1]
    twin = chr(ord(last) + 1)
    with pytest.raises(ValueError):
        unb64(token.rpartition(".")[2] + twin)
    with pytest.raises(BadToken):
        jws.verify(token + twin, typ="mz-note", key=KEY.public)


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_refused(at: int, flip: int) -> None:
    changed = TOKEN[:at] + chr(ord(TOKEN[at]) ^ flip) + TOKEN[at + 1 :]
    with pytest.raises(BadToken):
        jws.verify(changed, typ="mz-note", key=KEY.public)


@given(st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,20}"))
@settings(max_examples=200)
def test_any_text_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(BadToken):
        jws.verify(text, typ="mz-note", key=KEY.public)


def test_headers_are_canonical() -> None:
    assert unb64(TOKEN.partition(".")[0]) == canonical(header())


def test_refusing_a_megabyte_is_quick() -> None:
    start = time.perf_counter()
    with pytest.raises(BadToken):
        jws.verify("A" * 1_000_000, typ="mz-note", key=KEY.public)
    assert time.perf_counter() - start < 0.5
