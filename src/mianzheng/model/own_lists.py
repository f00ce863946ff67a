"""A person's own lists at the gateways, read for them by a hub: what they sign for it, and the authority's words.

Times are whole seconds since the epoch; each struct is the payload of a JWS or HTTP body (docs/protocol.md).
"""

from __future__ import annotations

import msgspec

from mianzheng.model.identity import Assertion
from mianzheng.model.ids import Id


class ListsWish(msgspec.Struct, frozen=True, kw_only=True):
    """That a hub may fetch this person's own lists once: of which gateways, each by a nonce of that gateway."""

    hub: str
    pairwise: str
    nonces: dict[str, Id]  # gateway → nonce
    iat: int
    salt: str


class ListsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the hub to the authority (`mz-lists-request`): the wish as it was signed, and the signature."""

    aud: str
    iat: int
    wish: str  # b64 of the canonical bytes
    assertion: Assertion  # over SHA-256 of them


class BodyWish(msgspec.Struct, frozen=True, kw_only=True):
    """The same for a body, by who speaks for it; the person's own wish names its digest as nonce of that authority."""

    hub: str
    body: str  # `BodyCode`, sealed to the authority for bodies
    nonces: dict[str, Id]  # gateway → nonce
    iat: int
    salt: str


class BodyListsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the hub to the authority for bodies (`mz-body-lists-request`)."""

    aud: str
    iat: int
    wish: str  # b64 of the canonical bytes of `BodyWish`
    word: str  # sign-in (JWS) of the authority for persons, its nonce SHA-256 (b64) of them


class ListWords(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of an authority's `POST /lists`: for each gateway a sign-in (JWS) for that gateway alone."""

    words: dict[str, str]
