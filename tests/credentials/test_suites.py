"""Suite intl against the RFCs' own vectors; guomi is named and not built in."""

from __future__ import annotations

import pytest

from mianzheng.credentials.keys import PrivateJwk, PrivateKey, thumbprint
from mianzheng.credentials.suites import INTL, BadSeal, suite
from mianzheng.model.canonical import unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk

RFC_7515_A3 = PrivateJwk(
    kty="EC",
    crv="P-256",
    x="f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y="x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    d="jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
)
RFC_7515_A3_TOKEN = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
    "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def test_the_signature_of_rfc_7515_a3_holds() -> None:
    signed, _, signature = RFC_7515_A3_TOKEN.rpartition(".")
    assert PrivateKey.from_jwk(RFC_7515_A3).public.verify(signed.encode(), unb64(signature))


def test_our_signature_by_the_key_of_rfc_7515_a3_holds() -> None:
    key = PrivateKey.from_jwk(RFC_7515_A3)
    assert key.public.verify(b"data", key.sign(b"data"))


def test_the_thumbprint_is_that_of_rfc_9449() -> None:
    key = Jwk(
        kty="EC",
        crv="P-256",
        x="l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        y="9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    )
    assert thumbprint(key) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_the_mac_is_that_of_rfc_4231() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert INTL.mac(b"Jefe", b"what do ya want for nothing?").hex() == expected


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    assert not PrivateKey.generate().public.verify(b"data", b"x" * length)


def test_a_signature_of_zeros_is_refused() -> None:
    assert not PrivateKey.generate().public.verify(b"data", bytes(64))


def test_wrapped_bytes_open_only_in_their_context() -> None:
    wrapped = INTL.wrap(b"k" * 32, b"plain", context=b"row 1")
    assert INTL.unwrap(b"k" * 32, wrapped, context=b"row 1") == b"plain"
    with pytest.raises(BadSeal):
        INTL.unwrap(b"k" * 32, wrapped, context=b"row 2")


@pytest.mark.parametrize("data", [b"", b"short", b"x" * 28])
def test_bytes_that_were_never_wrapped_are_refused(data: bytes) -> None:
    with pytest.raises(BadSeal):
        INTL.unwrap(b"k" * 32, data, context=b"")


def test_guomi_says_that_it_is_not_built_in() -> None:
    with pytest.raises(WrongUse, match="guomi"):
        suite("guomi")


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(WrongUse):
        suite("rot13")


def test_intl_is_found_by_name() -> None:
    assert suite("intl") is INTL
