"""Did the person sign this plan? Checked by each gateway for itself, from its own trust list.

1. The acting person's bundle is the authority's word; it names the key that signed (`signer`).
2. The assertion is that key's, over the digest of the very authorisation bytes that travel. Where the
   authority saw the person in a presence, the key is a clerk's, and its certificate travels too.
3. The plan that travels is the plan whose digest was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.assertion import BadAssertion, verify_assertion
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import BadKey
from mianzheng.credentials.trust import Role, TrustStore, Untrusted, read_certificate
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import CLOCK_SKEW
from mianzheng.model.authorisation import Authorisation, Bundle, Permission, plan_digest
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.identity import Assertion
from mianzheng.model.mandate import AGENT, REPRESENTATIVE
from mianzheng.model.plan import PlanLine
from mianzheng.model.presence import STAFFED

AUTHORITY: Mapping[str, Role] = {"person": "authority:person", "enterprise": "authority:enterprise"}


class Permitted(msgspec.Struct, frozen=True, kw_only=True):
    """A verified permission; `digest` is the authorisation digest, `actor` the acting person's bundle."""

    authorisation: Authorisation
    digest: str
    lines: Mapping[QuestionAt, PlanLine]
    actor: Bundle
    actor_token: str
    until: int  # when the first of its parts ends
    by_clerk: bool = False  # a clerk signed, beside the authority's presence assertion


def verify_permission(permission: Permission, *, case: str, trust: TrustStore, at: int) -> Permitted:
    """Return the permission verified for `case`; `Refused` says which part does not hold."""
    signed, authorisation = _read_authorisation(permission.authorisation)
    named = b64(hashlib.sha256(signed).digest())
    if authorisation.case != case:
        raise Refused("bad-authorisation", "the authorisation is of another case")
    _check_scope(authorisation, at)
    actor = read_bundle(permission.actor, case=case, authorisation=named, trust=trust, at=at)
    if (authorisation.acts_for is not None) != (actor.role in (AGENT, REPRESENTATIVE)):
        raise Refused("bundle-of-another-role", f"the acting person's bundle is of role {actor.role!r}")
    by_clerk = signed_by_clerk(permission.certificate, actor, trust)
    challenge = hashlib.sha256(signed).digest()
    check_signer(permission.assertion, challenge, signer=actor.signer, trust=trust, by_clerk=by_clerk)
    if plan_digest(permission.plan) != authorisation.plan_digest:
        raise Refused("plan-differs", "the plan that travels is not the plan that was signed")
    return Permitted(
        authorisation=authorisation,
        digest=named,
        lines=_lines(permission.plan),
        actor=actor,
        actor_token=permission.actor,
        until=min(authorisation.exp, actor.exp),
        by_clerk=by_clerk,
    )


def read_bundle(token: str, *, case: str, authorisation: str, trust: TrustStore, at: int) -> Bundle:
    """Return a bundle that an authority signed for this case and authorisation; `Refused` otherwise."""
    try:
        stated = jws.payload_as(jws.unverified_payload(token), type=Bundle)
        if stated.link or stated.subject_kind not in AUTHORITY:
            raise Untrusted("a link made this bundle, no authority")
        party, bundle = trust.read(token, typ="mz-bundle", type=Bundle, role=AUTHORITY[stated.subject_kind], at=at)
    except (BadToken, Untrusted) as error:
        raise Refused("bundle-invalid", error.message, hint="only an authority makes a subject") from None
    check_bundle(bundle, issuer=party.party, case=case, authorisation=authorisation, at=at)
    return bundle


def check_bundle(bundle: Bundle, *, issuer: str, case: str, authorisation: str, at: int) -> None:
    """Raise `Refused` unless a bundle that `issuer` signed is of this case and authorisation, and holds now."""
    if bundle.issuer != issuer or bundle.suite != "intl":
        raise Refused("bundle-invalid", "the bundle names another issuer or suite")
    if bundle.case != case:
        raise Refused("bundle-of-another-case", "the bundle is of another case")
    if bundle.authorisation != authorisation:
        raise Refused("bundle-of-another-authorisation", "the bundle is of another authorisation")
    if not bundle.iat - CLOCK_SKEW <= at < bundle.exp:
        raise Refused("bundle-expired", "the bundle does not hold now", hint="the person signs again")


def check_signer(
    assertion: Assertion, challenge: bytes, *, signer: str, trust: TrustStore, by_clerk: bool = False
) -> None:
    """Raise `Refused` unless the key that the authority named made this assertion over `challenge`."""
    software = trust.demo or by_clerk or trust.is_reader(assertion.key)
    try:
        found = verify_assertion(
            assertion, challenge, rp_ids=trust.rp_ids, origins=trust.origins, allow_software=software
        )
    except BadAssertion as error:
        raise Refused("not-signed-by-the-person", error.message, hint=error.hint) from None
    if found != signer:
        raise Refused("not-signed-by-the-person", "another key signed than the authority saw")


def signed_by_clerk(certificate_token: str, actor: Bundle, trust: TrustStore) -> bool:
    """Tell whether a clerk signed; `Refused` unless the key that the authority named is one's, by its certificate."""
    if actor.presence.method not in STAFFED:
        if certificate_token:  # nothing rests on it: a request says no more than its gateway checks
            raise Refused("clerk-unknown", "a clerk's certificate travels, but the authority saw no clerk sign")
        return False
    try:
        certificate, key = read_certificate(certificate_token, trust=trust, at=actor.iat)
    except (BadToken, BadKey, Untrusted) as error:
        raise Refused("clerk-unknown", f"the certificate of the clerk: {error.message}") from None
    if certificate.role != "clerk" or key.kid != actor.signer:
        raise Refused("clerk-unknown", "the key that signed is not that of this certificate's clerk")
    return True


def _read_authorisation(text: str) -> tuple[bytes, Authorisation]:
    try:
        signed = unb64(text)
        return signed, jws.payload_as(signed, type=Authorisation)
    except (ValueError, BadToken) as error:
        raise Refused("bad-authorisation", f"the authorisation cannot be read: {error}") from None


def _check_scope(authorisation: Authorisation, at: int) -> None:
    if authorisation.suite != "intl":
        raise Refused("bad-authorisation", f"suite {authorisation.suite!r} is not built in")
    if not authorisation.iat - CLOCK_SKEW <= at < authorisation.exp:
        raise Refused("authorisation-expired", "the authorisation does not hold now", hint="the person signs again")
    if authorisation.trigger == "statute":
        raise Refused("trigger-not-supported", "a statute case needs an officer's key")
    if authorisation.acts_for is not None and not authorisation.mandate:
        raise Refused("mandate-missing", "acting for another needs a mandate")
    if authorisation.acts_for is None and authorisation.mandate:
        raise Refused("bad-authorisation", "a mandate is named, and nobody to act for")


def _lines(plan: tuple[PlanLine, ...]) -> dict[QuestionAt, PlanLine]:
    lines = {(line.question, line.role): line for line in plan}
    if len(lines) != len(plan):
        raise Refused("plan-differs", "the plan holds a question twice for one role")
    return lines
