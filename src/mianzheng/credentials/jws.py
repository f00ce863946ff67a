"""Compact JWS (RFC 7515), one strict form: ES256, and a header of exactly alg, kid and typ.

RFC 8725's lessons are built in: the verifier names algorithm, type and key; a header cannot bring
its own key or extension (`jwk`, `x5c`, `crit` and every other member are refused); base64url must
be canonical, so that no two texts are the same token.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import msgspec

from mianzheng.credentials import strict_json
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import MianzhengError

T = TypeVar("T")


class BadToken(MianzhengError):
    """A token is malformed, or its signature, type, key or time is not what the verifier asks for."""

    code = "bad-token"


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The only protected header there is."""

    alg: str
    kid: str
    typ: str


def sign(payload: msgspec.Struct | bytes, *, key: PrivateKey, typ: str) -> str:
    """Return the compact JWS over the canonical JSON of a struct, or over bytes as they are."""
    body = payload if isinstance(payload, bytes) else canonical(payload)
    signed = f"{_header_segment(key.kid, typ)}.{b64(body)}"
    return f"{signed}.{b64(key.sign(signed.encode('ascii')))}"


def unverified_kid(token: str) -> str:
    """Return the key id a token names (an SD-JWT too), not yet verified; `BadToken` when there is none."""
    return _header(token.partition("~")[0].partition(".")[0]).kid


def unverified_payload(token: str) -> bytes:
    """Return the payload of a token (an SD-JWT too), not yet verified; `BadToken` unless it has three parts."""
    parts = token.partition("~")[0].split(".")
    if len(parts) != 3:
        raise BadToken("a compact JWS has three parts")
    return _unb64(parts[1])


def verify(token: str, *, typ: str, key: PublicKey) -> bytes:
    """Return the payload; `BadToken` unless `key` signed exactly this token as a `typ`."""
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken("a compact JWS has three parts")
    header = _header(parts[0])
    if header.alg != INTL.alg:
        raise BadToken(f"algorithm {header.alg!r} is not {INTL.alg}", code="token-algorithm")
    if header.typ != typ:
        raise BadToken(f"type {header.typ!r} is not {typ!r}", code="token-type")
    if header.kid != key.kid:
        raise BadToken("the token names another key", code="token-key")
    payload, signature = _unb64(parts[1]), _unb64(parts[2])
    if not key.verify(token[: len(parts[0]) + 1 + len(parts[1])].encode("ascii"), signature):
        raise BadToken("the signature is not this key's", code="token-signature")
    return payload


def verify_as(token: str, *, typ: str, key: PublicKey, type: type[T]) -> T:
    """Return the payload as `type`; `BadToken` when token, JSON or shape are wrong."""
    return payload_as(verify(token, typ=typ, key=key), type=type)


def payload_as(payload: bytes, *, type: type[T]) -> T:
    """Return signed JSON as `type`; `BadToken` for another shape or a member named twice."""
    try:
        return strict_json.parse(payload, type=type)
    except ValueError as error:  # msgspec.DecodeError is one
        raise BadToken(f"the payload is not a {type.__name__}: {error}") from None


@lru_cache(maxsize=1024)
def _header_segment(kid: str, typ: str) -> str:
    return b64(canonical(Header(alg=INTL.alg, kid=kid, typ=typ)))


@lru_cache(maxsize=1024)
def _header(segment: str) -> Header:
    """Return the header; a process sees the same few over and over."""
    try:
        return strict_json.parse(unb64(segment), type=Header)
    except ValueError as error:
        raise BadToken(f"the header is not exactly alg, kid and typ: {error}") from None


def _unb64(segment: str) -> bytes:
    try:
        return unb64(segment)
    except ValueError as error:
        raise BadToken(f"a part of the token is {error}") from None
