"""Canonical bytes: the one encoding over which digests and signatures are made.

JSON with sorted keys, no blanks, UTF-8, as msgspec writes it with `order="sorted"`. Whatever
is signed is carried as these bytes and is never encoded anew by a verifier.
"""

from __future__ import annotations

import binascii
import hashlib

import msgspec

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a struct or plain value."""
    return _encoder.encode(value)


def b64(data: bytes) -> str:
    """Return unpadded base64url, as JOSE writes it (RFC 7515)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Return the bytes of strict, unpadded base64url text; `ValueError` for anything else."""
    try:
        standard = text.encode("ascii").translate(_FROM_URL)
        data = _bytes_decoder.decode(b'"%b%b"' % (standard, _PADDING[len(text) & 3]))  # faster than binascii
    except ValueError:  # msgspec.DecodeError and UnicodeEncodeError are two
        raise ValueError("not base64url") from None
    if b64(data) != text:  # whatever a decoder lets through: only canonical text comes back the same
        raise ValueError("not canonical base64url")
    return data


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes as base64url: the digest of suite `intl`."""
    return b64(hashlib.sha256(data).digest())


_bytes_decoder = msgspec.json.Decoder(bytes)
_PADDING = (b"", b"===", b"==", b"=")  # by the length of the text, modulo 4
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
