"""A mandate as SD-JWT VC, from the terms that the principal signed and back to a verified value.

Everything a gateway needs stands in the signed part but the items, which are disclosed one by one. The
token's digest names the mandate, the same however much of it is shown. There is no `cnf`: who acts is the
authority's to say, with the acting person's own bundle.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.credential import TYP, StatusReference
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import Role, TrustStore, Untrusted
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.identity import Jwk
from mianzheng.model.mandate import ITEM, MANDATE_TYPE, Granted, Mandate, MandateTerms

_AUTHORITY: dict[str, Role] = {"person": "authority:person", "enterprise": "authority:enterprise"}


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Principal and agent by the authority's pairwise ids for the hub, and how the principal was seen."""

    kind: Literal["person", "enterprise"]
    principal: str
    agent: str
    granted: Granted
    passes_on: str = ""


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    vct: str
    iat: int
    nbf: int
    exp: int
    kind: Literal["person", "enterprise"]
    hub: str
    principal: str
    agent: str
    purpose: str
    uses: int
    holder: Jwk | None
    sub_delegation: bool
    passes_on: str
    limit: str
    granted: Granted


def issue(
    terms: MandateTerms, parties: Parties, *, iss: str, key: PrivateKey, status: StatusReference, iat: int
) -> str:
    """Return the mandate with every item disclosed."""
    claims = {
        "iss": iss,
        "vct": MANDATE_TYPE,
        "iat": iat,
        "nbf": terms.valid_from,
        "exp": terms.until,
        "kind": parties.kind,
        "hub": terms.hub,
        "principal": parties.principal,
        "agent": parties.agent,
        "purpose": terms.purpose,
        "uses": terms.uses,
        "holder": terms.holder,
        "sub_delegation": terms.sub_delegation,
        "passes_on": parties.passes_on,
        "limit": terms.limit,
        "granted": parties.granted,
        "status": {"status_list": status},
    }
    return sdjwt.issue(claims, [(f"{ITEM}{item}", True) for item in terms.items], key=key, typ=TYP)


def show(token: str, item: str) -> str:
    """Return the mandate with one item disclosed; `MandateRefused` when it does not hold that item."""
    try:
        return sdjwt.present(token, [f"{ITEM}{item}"])
    except BadToken:
        raise MandateRefused("mandate-not-for-this-item", f"the mandate does not hold for {item}") from None


def digest_of(token: str) -> str:
    """Return the digest that names a mandate."""
    try:
        return sdjwt.token_digest(token)
    except UnicodeEncodeError:
        raise MandateRefused("mandate-invalid", "not a mandate") from None


def read(token: str, *, trust: TrustStore, at: int) -> Mandate:
    """Return a mandate that an authority issued and that holds at `at`; `MandateRefused` otherwise."""
    try:
        kind = jws.payload_as(jws.unverified_payload(token), type=_Kind).kind
        party, key = trust.signer(token, role=_AUTHORITY[kind], at=at)
        verified = sdjwt.verify(token, typ=TYP, key=key, now=at)
        claims = msgspec.convert(verified.claims, type=_Claims)
    except (BadToken, Untrusted, msgspec.ValidationError) as error:
        raise _refusal(error) from None
    if claims.iss != party.party or claims.vct != MANDATE_TYPE:
        raise MandateRefused("mandate-invalid", "issued by another authority, or no mandate")
    if not claims.nbf <= at:
        raise MandateRefused("mandate-not-yet", "the mandate does not hold yet")
    return Mandate(
        digest=sdjwt.token_digest(token),
        valid_from=claims.nbf,
        until=claims.exp,
        items=tuple(sorted(name.removeprefix(ITEM) for name in verified.disclosed if name.startswith(ITEM))),
        **{name: getattr(claims, name) for name in _ALIKE},
    )


class _Kind(msgspec.Struct, frozen=True):
    kind: Literal["person", "enterprise"]


_ALIKE = (
    "iss", "kind", "hub", "principal", "agent", "purpose", "uses", "holder", "sub_delegation", "passes_on", "limit",
    "granted",
)  # fmt: skip
_CODES = {"token-expired": "mandate-expired", "token-not-yet-valid": "mandate-not-yet"}


def _refusal(error: Exception) -> MandateRefused:
    code = _CODES.get(getattr(error, "code", ""), "mandate-invalid")
    return MandateRefused(code, f"the mandate: {getattr(error, 'message', error)}")
