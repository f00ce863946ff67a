"""Assertions: a person's signature over 32 bytes, in the shape WebAuthn gives it.

The challenge is the raw digest of what the person signs (an authorisation, a step, a sign-in). An
authenticator signs authenticatorData ‖ SHA-256(clientDataJSON); browsers write clientDataJSON as
they like, so it is parsed and never compared as bytes (W3C WebAuthn Level 2 §7.2). A key of kind
`software` makes an equal assertion and vouches for its own user verification, so it is refused
wherever the trust list is not marked demo. Whose key it is, the caller must know.
"""

from __future__ import annotations

import struct
from collections.abc import Collection

import msgspec

from mianzheng.credentials import strict_json
from mianzheng.credentials.keys import BadKey, PrivateKey, PublicKey
from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Assertion, KeyKind

_USER_PRESENT = 0x01
_USER_VERIFIED = 0x04
_ATTESTED_DATA = 0x40
_EXTENSIONS = 0x80
_FIXED_BYTES = 37  # rpIdHash 32, flags 1, counter 4
_CHALLENGE_BYTES = 32


class BadAssertion(MianzhengError):
    """An assertion is malformed, or not the person's over this challenge, origin and rpId."""

    code = "bad-assertion"


class ClientData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the browser says it did; browsers may add members, so unknown ones are let be."""

    type: str
    challenge: str
    origin: str
    cross_origin: bool = False


def make_assertion(
    key: PrivateKey, challenge: bytes, *, origin: str, rp_id: str, kind: KeyKind = "software"
) -> Assertion:
    """Return the assertion of a key that this program holds over a 32-byte challenge, user present and verified."""
    if len(challenge) != _CHALLENGE_BYTES:
        raise BadAssertion("a challenge has 32 bytes", hint="sign the digest, not the text")
    flags = _USER_PRESENT | _USER_VERIFIED
    authenticator_data = INTL.hash(rp_id.encode()) + struct.pack(">BI", flags, 0)
    client_data = canonical(ClientData(type="webauthn.get", challenge=b64(challenge), origin=origin))
    return Assertion(
        kind=kind,
        key=key.public.jwk,
        authenticator_data=b64(authenticator_data),
        client_data=b64(client_data),
        signature=b64(key.sign_der(authenticator_data + INTL.hash(client_data))),
    )


def verify_assertion(
    a: Assertion, challenge: bytes, *, rp_ids: Collection[str], origins: Collection[str], allow_software: bool
) -> str:
    """Return the thumbprint of the key that signed `challenge`; `BadAssertion` says what is wrong."""
    if a.kind == "software" and not allow_software:
        raise BadAssertion(
            "a software key is not enough here", code="assertion-software", hint="use a passkey; see trust list, demo"
        )
    authenticator_data, client_data = _bytes(a.authenticator_data), _bytes(a.client_data)
    _check_authenticator_data(authenticator_data, rp_ids)
    _check_client_data(client_data, challenge, origins)
    try:
        key = PublicKey(a.key)
    except BadKey as error:
        raise BadAssertion(error.message, code="assertion-key") from None
    if not key.verify_der(authenticator_data + INTL.hash(client_data), _bytes(a.signature)):
        raise BadAssertion("the signature is not this key's", code="assertion-signature")
    return key.kid


def _check_authenticator_data(data: bytes, rp_ids: Collection[str]) -> None:
    if len(data) < _FIXED_BYTES:
        raise BadAssertion("authenticatorData is too short")
    flags = data[32]
    if flags & _ATTESTED_DATA or bool(flags & _EXTENSIONS) != (len(data) > _FIXED_BYTES):
        raise BadAssertion("authenticatorData is not that of a signature")
    if data[:32] not in {INTL.hash(rp_id.encode()) for rp_id in rp_ids}:
        raise BadAssertion("made for another site", code="assertion-rp-id", hint="rpIds stand in the trust list")
    if not flags & _USER_PRESENT or not flags & _USER_VERIFIED:
        raise BadAssertion("the user was not verified", code="assertion-user-verification")


def _check_client_data(data: bytes, challenge: bytes, origins: Collection[str]) -> None:
    try:
        client_data = strict_json.parse(data, type=ClientData)
    except ValueError as error:
        raise BadAssertion(f"clientDataJSON: {error}") from None
    if client_data.type != "webauthn.get":
        raise BadAssertion(f"{client_data.type!r} is not a signature", code="assertion-type")
    if len(challenge) != _CHALLENGE_BYTES or _bytes(client_data.challenge) != challenge:
        raise BadAssertion("signed over something else", code="assertion-challenge")
    if client_data.origin not in origins or client_data.cross_origin:
        raise BadAssertion("made on another page", code="assertion-origin", hint="origins stand in the trust list")


def _bytes(text: str) -> bytes:
    try:
        return unb64(text)
    except ValueError as error:
        raise BadAssertion(f"a field of the assertion is {error}") from None
