"""Our SD-JWT and the reference package read each other; where it is lax, ours refuses the same token."""

from __future__ import annotations

import msgspec
import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import b64, canonical, digest

KEY = PrivateKey.generate()
PRIVATE = JWK(**msgspec.to_builtins(KEY.to_jwk()))
PUBLIC = JWK(**msgspec.to_builtins(KEY.public.jwk))
NOW = 1_800_000_000


def package_reads(token: str) -> dict[str, object]:
    return SDJWTVerifier(token, lambda issuer, header: PUBLIC).get_verified_payload()


def package_issues(claims: dict[object, object], *, decoys: bool = False) -> str:
    header = {"typ": "mz-sheet", "kid": KEY.kid}
    return SDJWTIssuer(claims, PRIVATE, add_decoy_claims=decoys, extra_header_parameters=header).sd_jwt_issuance


def we_read(token: str) -> sdjwt.VerifiedSdJwt:
    return sdjwt.verify(token, typ="mz-sheet", key=KEY.public, now=NOW)


@pytest.mark.parametrize("answers", [0, 1, 8, 11])
def test_the_package_reads_our_sheet(answers: int) -> None:
    disclosed: list[tuple[str, object]] = [(f"q{i}", {"status": "value", "value": bool(i % 2)}) for i in range(answers)]
    token = sdjwt.issue({"iss": "民政", "iat": NOW}, disclosed, key=KEY, typ="mz-sheet")
    assert package_reads(token) == {"iss": "民政", "iat": NOW} | dict(disclosed)


def test_the_package_reads_our_presentation() -> None:
    token = sdjwt.issue({"iat": NOW}, [("a", 1), ("b", 2)], key=KEY, typ="mz-sheet")
    assert package_reads(sdjwt.present(token, ["b"])) == {"iat": NOW, "b": 2}


def test_we_read_a_token_of_the_package() -> None:
    read = we_read(package_issues({"iss": "民政", SDObj("q1"): {"value": True}, SDObj("q2"): "在保"}))
    assert (read.claims, read.disclosed) == ({"iss": "民政"}, {"q1": {"value": True}, "q2": "在保"})


def test_we_read_a_token_of_the_package_with_decoys() -> None:
    read = we_read(package_issues({"iss": "民政", SDObj("q"): "在保"}, decoys=True))
    assert (read.claims, read.disclosed) == ({"iss": "民政"}, {"q": "在保"})


def test_we_read_what_the_package_s_holder_presents() -> None:
    holder = SDJWTHolder(package_issues({"iss": "x", SDObj("q1"): 1, SDObj("q2"): 2}))
    holder.create_presentation({"q2": True})
    assert we_read(holder.sd_jwt_presentation).disclosed == {"q2": 2}


def test_nested_disclosures_of_the_package_are_refused() -> None:
    for claims in ({"a": {SDObj("b"): 1}}, {"a": [SDObj(1)]}, {SDObj("a"): {SDObj("b"): 1}}):
        with pytest.raises(BadToken):
            we_read(package_issues(claims))


def forge(claims: dict[str, object], *texts: str) -> str:
    return "~".join([jws.sign(canonical(claims), key=KEY, typ="mz-sheet"), *texts, ""])


def test_we_refuse_what_the_package_lets_through() -> None:
    stray, named_sd = b64(canonical(["salt", "q", 1])), b64(canonical(["salt", "_sd", 1]))
    lax = [
        forge({"iss": "x", "exp": NOW - 1}),
        forge({"iss": "x", "nbf": NOW + 9999}),
        forge({"iss": "x"}, stray),
        forge({"iss": "x", "_sd": [digest(named_sd.encode())]}, named_sd),
        forge({"iss": "x"})[:-1] + "~" + stray,
    ]
    for token in lax:
        with pytest.raises(BadToken):
            we_read(token)
