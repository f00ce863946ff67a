"""Canonical bytes: the one encoding over which digests and signatures are made.

JSON with sorted keys, no blanks, UTF-8, as msgspec writes it with `order="sorted"`. Whatever
is signed is carried as these bytes and is never encoded anew by a verifier.
"""

from __future__ import annotations

import base64
import hashlib

import msgspec

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a struct or plain value."""
    return _encoder.encode(value)


def b64(data: bytes) -> str:
    """Return unpadded base64url, as JOSE writes it (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Return the bytes of strict, unpadded base64url text; `ValueError` for anything else."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:  # binascii.Error is one
        raise ValueError("not base64url") from None
    if b64(data) != text:  # a lax decoder skips foreign letters and spare bits; the way back shows it
        raise ValueError("not canonical base64url")
    return data


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes as base64url: the digest of suite `intl`."""
    return b64(hashlib.sha256(data).digest())
