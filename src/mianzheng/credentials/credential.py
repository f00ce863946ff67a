"""Credentials 证照 as SD-JWT VC (draft-ietf-oauth-sd-jwt-vc): what a decided case gives its holder.

The department's gateway signs one with its sign key and seals it to the holder's key, which stands
in `cnf`. Whether the holder must prove that key (key binding) and whether the status list is looked
at is the verifier's policy, never the holder's choice.
"""

from __future__ import annotations

import msgspec

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.credentials.sdjwt import CLOCK_SKEW, VerifiedSdJwt
from mianzheng.credentials.status import StatusList
from mianzheng.model.canonical import digest
from mianzheng.model.errors import WrongUse
from mianzheng.model.identity import Jwk

TYP = "dc+sd-jwt"
BINDING_TYP = "kb+jwt"
BINDING_SECONDS = 300  # how long a presentation stays good

# draft-ietf-oauth-sd-jwt-vc: these are for the verifier and may never be disclosed selectively
_ALWAYS_PLAIN = frozenset({"iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})


class StatusReference(msgspec.Struct, frozen=True, kw_only=True):
    """Where a credential's status stands: which bit of which list."""

    idx: int
    uri: str


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    status_list: StatusReference


class _Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    jwk: Jwk


class CredentialClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The always-disclosed claims; `exp` None is a credential without end."""

    iss: str
    vct: str
    iat: int
    cnf: _Confirmation
    nbf: int | None = None
    exp: int | None = None
    status: _Status | None = None


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A verified credential: its plain claims, what was disclosed, and whether the holder proved the key."""

    claims: CredentialClaims
    disclosed: dict[str, object]
    bound: bool


class _Binding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key binding JWT (RFC 9901 §4.3)."""

    iat: int
    aud: str
    nonce: str
    sd_hash: str


def issue_credential(
    claims: dict[str, object],
    *,
    key: PrivateKey,
    iss: str,
    vct: str,
    holder: Jwk,
    iat: int,
    nbf: int | None = None,
    exp: int | None = None,
    status: StatusReference | None = None,
) -> str:
    """Return the credential; every claim of `claims` is selectively disclosable. `WrongUse` for a plain one's name."""
    if not _ALWAYS_PLAIN.isdisjoint(claims):
        raise WrongUse(f"{', '.join(sorted(_ALWAYS_PLAIN & claims.keys()))} cannot be disclosed selectively")
    plain: dict[str, object] = {"iss": iss, "vct": vct, "iat": iat, "cnf": {"jwk": holder}}
    plain |= {name: value for name, value in (("nbf", nbf), ("exp", exp)) if value is not None}
    if status is not None:
        plain["status"] = {"status_list": status}
    return sdjwt.issue(plain, list(claims.items()), key=key, typ=TYP)


def present_credential(token: str, names: list[str], *, holder: PrivateKey, audience: str, nonce: str, now: int) -> str:
    """Return the credential with only the disclosures of `names`, bound to `audience` and `nonce` by the holder."""
    presented = sdjwt.present(token, names)
    binding = _Binding(iat=now, aud=audience, nonce=nonce, sd_hash=digest(presented.encode("ascii")))
    return presented + jws.sign(binding, key=holder, typ=BINDING_TYP)


def verify_credential(
    token: str,
    *,
    key: PublicKey,
    now: int,
    status_list: StatusList | None = None,
    audience: str | None = None,
    nonce: str | None = None,
) -> Credential:
    """Return the credential that `key` signed; `BadToken` for anything not exactly right.

    `audience` and `nonce`, given together, demand key binding. `status_list` (verified, of the uri the
    credential names) demands that its bit is not set. Expiry is looked at before status.
    """
    presented, _, binding = token.rpartition("~")
    verified = sdjwt.verify(f"{presented}~", typ=TYP, key=key, now=now)
    claims = _claims(verified)
    if status_list is not None:
        _check_status(claims, status_list)
    if binding or audience is not None or nonce is not None:
        _check_binding(f"{presented}~", binding, claims, audience=audience, nonce=nonce, now=now)
    return Credential(claims=claims, disclosed=verified.disclosed, bound=bool(binding))


def _claims(verified: VerifiedSdJwt) -> CredentialClaims:
    if not _ALWAYS_PLAIN.isdisjoint(verified.disclosed):
        raise BadToken("a claim that must stand plain was disclosed", code="credential-claims")
    try:
        return msgspec.convert(verified.claims, type=CredentialClaims)
    except msgspec.ValidationError as error:
        raise BadToken(f"not a credential: {error}", code="credential-claims") from None


def _check_status(claims: CredentialClaims, status_list: StatusList) -> None:
    if claims.status is None:
        raise BadToken("the credential names no status list", code="credential-status")
    reference = claims.status.status_list
    if reference.uri != status_list.uri:
        raise BadToken("this is not the credential's status list", code="credential-status")
    if status_list.is_revoked(reference.idx):
        raise BadToken("the credential is revoked 已撤销", code="credential-revoked")


def _check_binding(
    presented: str, binding: str, claims: CredentialClaims, *, audience: str | None, nonce: str | None, now: int
) -> None:
    if audience is None or nonce is None:
        raise BadToken("a key binding can only be checked with audience and nonce", code="credential-binding")
    if not binding:
        raise BadToken("the holder's key binding is missing", code="credential-binding")
    holder = PublicKey(claims.cnf.jwk)
    bound = jws.verify_as(binding, typ=BINDING_TYP, key=holder, type=_Binding)
    if bound.aud != audience or bound.nonce != nonce:
        raise BadToken("presented to another verifier, or before", code="credential-binding")
    if bound.sd_hash != digest(presented.encode("ascii")):
        raise BadToken("the key binding is of another presentation", code="credential-binding")
    if not bound.iat - CLOCK_SKEW <= now < bound.iat + BINDING_SECONDS:
        raise BadToken("the presentation is too old", code="credential-binding")
