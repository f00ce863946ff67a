"""Compact JWE (RFC 7516), one strict form: ECDH-ES+A256KW with A256GCM to a named key.

The header is exactly alg, enc, epk, kid and typ, and every part is canonical base64url; only then
is anything decrypted. So there is no compression, no other algorithm, and one text per token.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.credentials import strict_json
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.model.canonical import unb64
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk

MOST_BYTES = 48 * 1024  # joserfc opens no more than 64 KiB of base64url


class _Epk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sender's ephemeral key: a public key and nothing else."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class _Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The only protected header there is."""

    alg: Literal["ECDH-ES+A256KW"]
    enc: Literal["A256GCM"]
    epk: _Epk
    kid: str
    typ: str


def seal(plaintext: bytes, *, to: Jwk | PublicKey, typ: str) -> str:
    """Return a compact JWE that only the holder of `to` can open; `WrongUse` past 48 KiB of plaintext."""
    if len(plaintext) > MOST_BYTES:
        raise WrongUse(f"{len(plaintext)} bytes are too many to seal", hint=f"at most {MOST_BYTES}")
    key = to if isinstance(to, PublicKey) else PublicKey(to)
    return key.seal(plaintext, typ=typ)


def open_sealed(token: str, *, key: PrivateKey, typ: str) -> bytes:
    """Return the plaintext; `BadToken` for another form, type or key, `BadSeal` when it does not open."""
    header = _read_header(token)
    if header.typ != typ:
        raise BadToken(f"type {header.typ!r} is not {typ!r}", code="token-type")
    if header.kid != key.kid:
        raise BadToken("the token is sealed to another key", code="token-key")
    return key.open(token)


def key_named(token: str) -> str:
    """Return the thumbprint of the key that a token says it is sealed to; `BadToken` for another form."""
    return _read_header(token).kid


def _read_header(token: str) -> _Header:
    parts = token.split(".")
    if len(parts) != 5:
        raise BadToken("a compact JWE has five parts")
    try:
        header, *_ = [unb64(part) for part in parts]
        return strict_json.parse(header, type=_Header)
    except ValueError as error:
        raise BadToken(f"the JWE is malformed: {error}") from None
