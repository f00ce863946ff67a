"""Status lists (draft-ietf-oauth-status-list): one bit for each credential, 1 is revoked.

A verifier fetches the whole list, so that the department does not learn whose credential is looked
at; an index is drawn at random, so that neighbours say nothing about each other.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable
from typing import Literal

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.credentials.sdjwt import CLOCK_SKEW
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import MianzhengError, WrongUse

TYP = "statuslist+jwt"
SIZE = 2**17  # credentials in one list: 16 KiB, a few hundred bytes while few are revoked
_MOST_BYTES = 2**21  # a list past 16 million credentials is refused: zlib could hide anything in it
_DRAWS = 128  # with half of a list free, that many draws all fail once in 2^128


class ListFull(MianzhengError):
    """No free index was found; open another list under another uri."""

    code = "status-list-full"


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    bits: Literal[1]
    lst: str


class _Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The claims of a status list token."""

    sub: str
    iat: int
    exp: int
    status_list: _Body
    ttl: int | None = None


class StatusList:
    """The bits of one list, known by its `uri`."""

    def __init__(self, uri: str, bits: bytes | None = None) -> None:
        """Hold `bits` (least significant first); a new list of `SIZE` valid credentials when None."""
        self.uri = uri
        self._bits = bytearray(SIZE // 8 if bits is None else bits)

    @classmethod
    def decompress(cls, uri: str, lst: str) -> StatusList:
        """Return the list of a token's `lst`; `ValueError` unless it is base64url of one zlib stream."""
        stream = zlib.decompressobj()
        try:
            bits = stream.decompress(unb64(lst), _MOST_BYTES)
        except zlib.error as error:
            raise ValueError(f"not a zlib stream: {error}") from None
        if not stream.eof or stream.unused_data:
            raise ValueError("not one whole zlib stream of at most 2 MiB")
        return cls(uri, bits)

    def __len__(self) -> int:
        """Return how many credentials the list can hold."""
        return len(self._bits) * 8

    def is_revoked(self, idx: int) -> bool:
        """Return whether the bit of `idx` is set; `BadToken` for one outside the list."""
        if not 0 <= idx < len(self):
            raise BadToken("the credential's index is not in its status list", code="credential-status")
        return bool(self._bits[idx // 8] >> idx % 8 & 1)

    def revoke(self, idx: int) -> None:
        """Set the bit of `idx`; `WrongUse` for one outside the list."""
        if not 0 <= idx < len(self):
            raise WrongUse(f"index {idx} is not in the status list")
        self._bits[idx // 8] |= 1 << idx % 8

    def compress(self) -> str:
        """Return `lst`: base64url of the zlib stream."""
        return b64(zlib.compress(bytes(self._bits), 9))


def draw_index(size: int, is_taken: Callable[[int], bool]) -> int:
    """Return a random free index; `ListFull` when none is found, which means that the list is nearly full."""
    for _ in range(_DRAWS):
        idx = secrets.randbelow(size)
        if not is_taken(idx):
            return idx
    raise ListFull("the status list has no free index", hint="open another list under another uri")


def issue_status_list(status_list: StatusList, *, key: PrivateKey, iat: int, exp: int, ttl: int | None = None) -> str:
    """Return the signed list; verifiers may keep it for `ttl` seconds."""
    body = _Body(bits=1, lst=status_list.compress())
    return jws.sign(_Claims(sub=status_list.uri, iat=iat, exp=exp, ttl=ttl, status_list=body), key=key, typ=TYP)


def verify_status_list(token: str, *, key: PublicKey, uri: str, now: int) -> StatusList:
    """Return the list that `key` signed for `uri`; `BadToken` when it is another's, too old or malformed."""
    claims = jws.verify_as(token, typ=TYP, key=key, type=_Claims)
    if claims.sub != uri:
        raise BadToken("this status list is another one", code="credential-status")
    if not claims.iat - CLOCK_SKEW <= now < claims.exp:
        raise BadToken("the status list is too old", code="token-expired")
    try:
        return StatusList.decompress(uri, claims.status_list.lst)
    except ValueError as error:
        raise BadToken(f"the status list is malformed: {error}", code="credential-status") from None
