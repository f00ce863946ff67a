"""Who signs and who is seen: keys, assertions, sign-ins, presence.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from mianzheng.model.canonical import canonical
from mianzheng.model.ids import Id

KeyKind = Literal["passkey", "software", "remote"]


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """A public EC key P-256 (RFC 7517). Its id is its RFC 7638 thumbprint."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """A WebAuthn-shaped signature over a 32-byte digest, which is the challenge.

    `software` keys make an equal assertion and vouch for themselves: refused unless the trust
    list is marked demo. A `remote` key is kept by the authority for one person alone, who signs in
    anew for each use of it. All fields but kind and key are base64url; `signature` is DER.
    """

    kind: KeyKind
    key: Jwk
    authenticator_data: str
    client_data: str
    signature: str


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """How the authority saw the person: method and level 1–3."""

    method: str
    level: int


class ChipRead(msgspec.Struct, frozen=True, kw_only=True):
    """A registered reader's word that the chip of this number's card was read (JWS `mz-chip-read`).

    `challenge` (b64) is that of the assertion it replaces or vouches for. `issued_on` (YYYY-MM-DD) stands on the
    chip: of two cards of one person only the last counts; "" from a reader that does not read it.
    """

    reader: str
    number: str
    challenge: str
    iat: int
    issued_on: str = ""


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed by the client to the authority, as `mz-sign-in-request`.

    The assertion's challenge is SHA-256 of the canonical list [audience, nonce, number]; a chip
    reader's JWS over the same challenge may stand in its place. One of the two is set.
    """

    audience: str
    nonce: Id
    number: str  # GB 11643 number or GB 32100 code
    assertion: Assertion | None = None
    chip: str = ""  # JWS of ChipRead


def sign_in_challenge(audience: str, nonce: str, number: str) -> bytes:
    """Return the 32 bytes that a sign-in's assertion is made over."""
    return hashlib.sha256(canonical([audience, nonce, number])).digest()


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as a page asks for it: its credential id (base64url) and public key."""

    credential: str
    key: Jwk


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the authority for one audience. `sealed_number` only for a gateway audience."""

    audience: str
    nonce: str
    authority: str
    pairwise: str
    display: str
    method: str
    level: int
    iat: int
    exp: int
    sealed_number: str = ""
    presence: str = ""  # id of the presence it rests on: the case is signed by the clerk's key then
    clerk: str = ""  # thumbprint of that key
    passkeys: tuple[Passkey, ...] = ()  # with which a page may ask this person to sign
    holder: Jwk | None = None  # kept by the authority: a result may be sealed to it for who has no key in a browser
    frozen_until: int = 0  # for an authority of bodies alone: until then this person grants nothing in a body's name


class Nonce(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /nonces`: good for one sign-in within five minutes."""

    nonce: str
    audience: str


class SealedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Body of an authority's `POST /sign-ins`."""

    sealed: str  # JWE of SignInRequest


class SignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of an authority's `POST /sign-ins`."""

    sign_in: str  # JWS of SignIn


class SignInForwarded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of the hub's `POST /sign-ins`: which authority, and the JWE only it can open."""

    authority: str
    sealed: str


class SessionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of the hub's `POST /sign-ins`; `session` is the bearer token."""

    session: str
    display: str
    level: int
    method: str
    presence: str = ""
    holder: Jwk | None = None  # kept by the authority for this person: a result may be sealed to it
