"""Who is meant: the subject that an authority, or a link's gateway, sealed to this gateway for one case and role.

The acting one is named by an authority. Any other must have been reached by the very link by which the
item declares the role: its bundle is that link's gateway's, for the question that the person signed.

The number is known here for as long as the request runs and in a short cache; it is never
written down but as a pseudonym.
"""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Role, TrustStore, Untrusted
from mianzheng.gateway.mandates import check_principal
from mianzheng.gateway.people import Origin
from mianzheng.gateway.permission import AUTHORITY, Permitted, check_bundle, read_bundle
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import CLOCK_SKEW
from mianzheng.model.authorisation import Bundle, Statement
from mianzheng.model.canonical import digest

CHILD_YEARS = 14  # every fact about a person under 14 is special (PIPL art. 28)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A verified subject. `name` is told only to the handling gateway.

    `protected`: they, or the one from whom a link reached them, have a protection order.
    """

    number: str
    name: str
    role: str
    bundle: Bundle
    bundle_digest: str
    until: int
    protected: bool = False

    def is_child(self, day: date) -> bool:
        """Tell whether this is a person under 14 on `day`, by the birth date in the number (GB 11643)."""
        if self.bundle.subject_kind != "person":
            return False
        try:
            born = date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))
        except ValueError:
            return True  # unreadable: take the stricter rule
        return (day.year - born.year) - ((day.month, day.day) < (born.month, born.day)) < CHILD_YEARS

    def __repr__(self) -> str:
        """Return a text without the person: this value must not reach a log by way of a traceback."""
        return f"Subject(role={self.role!r}, bundle={self.bundle.bundle!r})"


def verify_subject(
    bundle: str,
    statement: str,
    *,
    role: str,
    permitted: Permitted,
    origin: Origin | None,
    trust: TrustStore,
    seal: PrivateKey,
    party: str,
    at: int,
) -> Subject:
    """Return the subject of a role; `Refused` unless bundle and sealed statement agree and are for this gateway.

    `origin`: the link by which the role is reached, None for the acting one.
    """
    outer = permitted.actor
    if origin is not None:
        outer = _read_reached(bundle, origin, permitted=permitted, trust=trust, at=at)
    elif bundle != permitted.actor_token:
        case = permitted.authorisation.case
        outer = read_bundle(bundle, case=case, authorisation=permitted.digest, trust=trust, at=at)
        if permitted.authorisation.acts_for is None:
            raise Refused("bundle-of-another-person", "only the acting person's own bundle is taken here")
        check_principal(outer, permitted)
    if outer.role != role:
        raise Refused("bundle-of-another-role", f"the bundle is of role {outer.role!r}, not {role!r}")
    return read_subject(bundle, statement, outer=outer, trust=trust, seal=seal, party=party, at=at)


def read_subject(
    bundle: str, statement: str, *, outer: Bundle, trust: TrustStore, seal: PrivateKey, party: str, at: int
) -> Subject:
    """Return whom a verified bundle names to this gateway; `Refused` unless the sealed statement is of that bundle."""
    if outer.sealed.get(party) != digest(statement.encode()):
        raise Refused("statement-mismatch", "the sealed statement is not the one the bundle names for this gateway")
    inner = _open(statement, outer, trust=trust, seal=seal, at=at)
    _check_inner(inner, outer, party=party, at=at)
    return Subject(
        number=inner.number,
        name=inner.name,
        role=outer.role,
        bundle=outer,
        bundle_digest=digest(bundle.encode()),
        until=min(outer.exp, inner.exp),
        protected=bool(inner.protected),
    )


def _read_reached(token: str, origin: Origin, *, permitted: Permitted, trust: TrustStore, at: int) -> Bundle:
    """Return a bundle that the link's own gateway made of one whom this link reached; `Refused` otherwise."""
    if (origin.question, origin.source) not in permitted.lines:
        raise Refused("not-in-plan", f"the link that reaches {origin.role} is not in the signed plan")
    try:
        party, bundle = trust.read(token, typ="mz-bundle", type=Bundle, role="gateway", at=at)
    except (BadToken, Untrusted) as error:
        raise Refused("bundle-invalid", error.message, hint="a linked role is named by its link's gateway") from None
    if party.party != origin.party:
        raise Refused("bundle-invalid", f"{party.party} is not whose register the link of {origin.role} stands in")
    check_bundle(bundle, issuer=party.party, case=permitted.authorisation.case, authorisation=permitted.digest, at=at)
    if not bundle.link or bundle.signer:
        raise Refused("bundle-invalid", "the bundle was not made by a link")
    if bundle.link != origin.question or bundle.subject_kind != origin.kind:
        raise Refused("bundle-of-another-link", f"the bundle was made by another link than that of {origin.role}")
    return bundle


def _open(statement: str, outer: Bundle, *, trust: TrustStore, seal: PrivateKey, at: int) -> Statement:
    try:
        token = jwe.open_sealed(statement, key=seal, typ="mz-statement").decode("ascii")
        role: Role = "gateway" if outer.link else AUTHORITY[outer.subject_kind]
        party, inner = trust.read(token, typ="mz-statement", type=Statement, role=role, at=at)
    except (BadToken, BadSeal, Untrusted, UnicodeDecodeError) as error:
        detail = "it does not open" if isinstance(error, UnicodeDecodeError) else error.message
        raise Refused("statement-mismatch", f"the sealed statement: {detail}") from None
    if party.party != outer.issuer:
        raise Refused("statement-mismatch", "statement and bundle are of two issuers")
    return inner


def _check_inner(inner: Statement, outer: Bundle, *, party: str, at: int) -> None:
    stated = (inner.bundle, inner.role, inner.case, inner.authorisation)
    if stated != (outer.bundle, outer.role, outer.case, outer.authorisation):
        raise Refused("statement-mismatch", "the sealed statement is of another bundle, role, case or authorisation")
    if inner.aud != party:
        raise Refused("statement-mismatch", "the sealed statement is for another gateway")
    if not inner.iat - CLOCK_SKEW <= at < inner.exp:
        raise Refused("bundle-expired", "the sealed statement does not hold now", hint="the person signs again")
