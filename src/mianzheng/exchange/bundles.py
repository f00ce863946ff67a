"""Verifying what names a person: an authority's word on a sign-in, its bundles, and those of a link."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.authorisation import Bundle, BundleRequest, SealedBundle
from mianzheng.model.canonical import digest
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import SignIn

T = TypeVar("T")

SIGN_IN_TYP = "mz-sign-in"
BUNDLE_TYP = "mz-bundle"


class BadBundle(MianzhengError):
    """What the authority returned does not fit what was asked of it."""

    code = "bundle-malformed"
    permanent = False


class BadSignIn(MianzhengError):
    """A sign-in is not the authority's word for this hub and nonce."""

    code = "bad-sign-in"


class _SignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    sign_in: str


def read_sign_in(unverified: bytes, *, authority: str, audience: str, trust: TrustStore, now: int) -> SignIn:
    """Return the authority's signed word for this audience; `BadSignIn` otherwise. The nonce is the caller's to use."""
    try:
        token = msgspec.json.decode(unverified, type=_SignInResponse).sign_in
        party, sign_in = _read(token, SIGN_IN_TYP, SignIn, authority, trust, now)
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        raise BadSignIn(f"not a sign-in: {error}") from None
    if (sign_in.audience, sign_in.authority) != (audience, party):
        raise BadSignIn("the sign-in is meant for another hub")
    if not sign_in.exp > now:
        raise BadSignIn("the sign-in has expired", hint="sign in again")
    return sign_in


def read_bundle(unverified: bytes, *, asked: BundleRequest, trust: TrustStore, now: int) -> tuple[SealedBundle, Bundle]:
    """Return the sealed bundle and its verified outer part; `BadBundle` unless it answers `asked`."""
    try:
        sealed = msgspec.json.decode(unverified, type=SealedBundle)
        party, bundle = _read(sealed.bundle, BUNDLE_TYP, Bundle, asked.aud, trust, now)
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        raise BadBundle(f"not a bundle: {error}") from None
    expected = (party, asked.case, asked.authorisation, asked.role)
    if (bundle.issuer, bundle.case, bundle.authorisation, bundle.role) != expected:
        raise BadBundle("the bundle is of another issuer, case, authorisation or role", code="bundle-other")
    if bundle.exp <= now:
        raise BadBundle("the bundle has expired", code="bundle-expired")
    digests = {gateway: digest(jwe.encode("ascii", "replace")) for gateway, jwe in sealed.sealed.items()}
    if digests != bundle.sealed or set(digests) != set(asked.gateways):
        raise BadBundle("the sealed parts are not those the bundle names", code="bundle-sealed")
    return sealed, bundle


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What every bundle of one link's answer must say: whose it is, and of what."""

    party: str  # the link's gateway
    question: str
    case: str
    authorisation: str  # digest
    roles: tuple[str, ...]  # one for each bundle, in order: spouse#1
    linked: tuple[str, ...]  # digests in the sheet's answer


def check_linked(bundles: tuple[SealedBundle, ...], *, reached: Reached, trust: TrustStore, now: int) -> None:
    """Raise `BadBundle` unless these are exactly the bundles that the link's sheet names."""
    if tuple(digest(one.bundle.encode("ascii", "replace")) for one in bundles) != reached.linked:
        raise BadBundle("the bundles are not those that the link's answer names", code="bundle-not-linked")
    if len(bundles) != len(reached.roles):
        raise BadBundle("the link reaches another number than its answer says", code="bundle-not-linked")
    for one, role in zip(bundles, reached.roles, strict=True):
        _check_linked(one, role, reached, trust, now)


def _check_linked(one: SealedBundle, role: str, reached: Reached, trust: TrustStore, now: int) -> None:
    try:
        party, key = trust.owner(one.bundle, use="sign", at=now)
        bundle = jws.verify_as(one.bundle, typ=BUNDLE_TYP, key=key, type=Bundle)
    except (BadToken, Untrusted) as error:
        raise BadBundle(f"not a bundle: {error}") from None
    if (party.party, bundle.issuer) != (reached.party, reached.party):
        raise BadBundle(f"made by {party.party}, not by the link's gateway {reached.party}", code="bundle-other")
    expected = (reached.case, reached.authorisation, role, reached.question, "")
    if (bundle.case, bundle.authorisation, bundle.role, bundle.link, bundle.signer) != expected:
        raise BadBundle("the bundle is of another case, authorisation, role or link", code="bundle-other")
    digests = {gateway: digest(jwe.encode("ascii", "replace")) for gateway, jwe in one.sealed.items()}
    if digests != bundle.sealed or bundle.exp <= now:
        raise BadBundle("the sealed parts are not those the bundle names", code="bundle-sealed")


def _read(token: str, typ: str, type_: type[T], authority: str, trust: TrustStore, now: int) -> tuple[str, T]:
    """Return party and payload of a token that this very authority signed."""
    party, key = trust.owner(token, use="sign", at=now)
    if party.party != authority or not any(role.startswith("authority:") for role in party.roles):
        raise Untrusted(f"signed by {party.party}, not by authority {authority}")
    return party.party, jws.verify_as(token, typ=typ, key=key, type=type_)
