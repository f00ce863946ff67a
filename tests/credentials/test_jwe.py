"""Compact JWE: what is sealed opens for one key and one type only; jwcrypto is the second implementation."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import BadKey, PrivateKey
from mianzheng.credentials.suites import BadSeal
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk

KEY, OTHER = PrivateKey.generate(), PrivateKey.generate()
TOKEN = jwe.seal("李〇〇".encode(), to=KEY.public, typ="mz-number")


def foreign(**changes: object) -> str:
    """Return a token sealed by jwcrypto, with another header."""
    protected = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": KEY.kid, "typ": "mz-number"} | changes
    token = JWE(b"plain", protected=json.dumps({k: v for k, v in protected.items() if v is not None}))
    token.allowed_algs = [*token.allowed_algs, "A128CBC-HS256"]
    token.add_recipient(JWK(**msgspec.to_builtins(KEY.public.jwk)))
    return token.serialize(compact=True)


def test_what_is_sealed_opens_for_its_key() -> None:
    assert jwe.open_sealed(TOKEN, key=KEY, typ="mz-number").decode() == "李〇〇"


def test_a_key_may_be_given_as_jwk() -> None:
    token = jwe.seal(b"plain", to=KEY.public.jwk, typ="mz-number")
    assert jwe.open_sealed(token, key=KEY, typ="mz-number") == b"plain"


def test_the_same_plaintext_is_never_sealed_alike() -> None:
    assert jwe.seal(b"x", to=KEY.public, typ="t") != jwe.seal(b"x", to=KEY.public, typ="t")


def test_jwcrypto_opens_what_we_seal() -> None:
    token = JWE()
    token.deserialize(TOKEN, key=JWK(**msgspec.to_builtins(KEY.to_jwk())))
    assert token.payload.decode() == "李〇〇"


def test_we_open_what_jwcrypto_seals() -> None:
    assert jwe.open_sealed(foreign(), key=KEY, typ="mz-number") == b"plain"


@pytest.mark.parametrize(
    "changes",
    [
        {"zip": "DEF"},
        {"enc": "A128GCM"},
        {"enc": "A128CBC-HS256"},
        {"alg": "ECDH-ES"},
        {"alg": "ECDH-ES+A128KW"},
        {"typ": None},
        {"kid": None},
        {"typ": "mz-need"},
        {"kid": OTHER.kid},
        {"cty": "JWT"},
        {"apu": "YWJj"},
    ],
)
def test_another_header_is_refused_though_sealed_to_the_key(changes: dict[str, object]) -> None:
    with pytest.raises(BadToken):
        jwe.open_sealed(foreign(**changes), key=KEY, typ="mz-number")


def test_another_key_cannot_open_it() -> None:
    with pytest.raises(BadToken):
        jwe.open_sealed(TOKEN, key=OTHER, typ="mz-number")


def test_another_key_cannot_open_it_under_its_own_name() -> None:
    header, *rest = TOKEN.split(".")
    renamed = unb64(header).replace(KEY.kid.encode(), OTHER.kid.encode())
    with pytest.raises(BadSeal):
        jwe.open_sealed(".".join([b64(renamed), *rest]), key=OTHER, typ="mz-number")


def test_an_ephemeral_key_off_the_curve_is_refused() -> None:
    header, *rest = TOKEN.split(".")
    members = json.loads(unb64(header))
    members["epk"]["y"] = members["epk"]["x"]
    with pytest.raises(BadSeal):
        jwe.open_sealed(".".join([b64(json.dumps(members).encode()), *rest]), key=KEY, typ="mz-number")


def test_a_private_ephemeral_key_is_refused() -> None:
    header, *rest = TOKEN.split(".")
    members = json.loads(unb64(header))
    members["epk"]["d"] = KEY.to_jwk().d
    with pytest.raises(BadToken):
        jwe.open_sealed(".".join([b64(json.dumps(members).encode()), *rest]), key=KEY, typ="mz-number")


@pytest.mark.parametrize("token", ["", "....", "a.b.c.d.e", TOKEN + ".x", TOKEN + "=", TOKEN.rpartition(".")[0]])
def test_a_malformed_token_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        jwe.open_sealed(token, key=KEY, typ="mz-number")


@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_an_empty_part_is_refused(part: int) -> None:
    parts = TOKEN.split(".")
    parts[part] = ""
    with pytest.raises((BadToken, BadSeal)):
        jwe.open_sealed(".".join(parts), key=KEY, typ="mz-number")


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
@settings(max_examples=100)
def test_any_flipped_byte_is_refused(at: int, flip: int) -> None:
    changed = TOKEN[:at] + chr(ord(TOKEN[at]) ^ flip) + TOKEN[at + 1 :]
    with pytest.raises((BadToken, BadSeal)):
        jwe.open_sealed(changed, key=KEY, typ="mz-number")


def test_what_is_too_large_to_be_opened_is_not_sealed() -> None:
    largest = b"x" * jwe.MOST_BYTES
    assert jwe.open_sealed(jwe.seal(largest, to=KEY.public, typ="t"), key=KEY, typ="t") == largest
    with pytest.raises(WrongUse):
        jwe.seal(largest + b"x", to=KEY.public, typ="t")


def test_sealing_to_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(BadKey):
        jwe.seal(b"x", to=Jwk(kty="EC", crv="P-256", x="AA", y="AA"), typ="t")
