"""Who is meant: the subject that the authority sealed to this gateway, for one case and role.

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
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.gateway.mandates import check_principal
from mianzheng.gateway.permission import AUTHORITY, Permitted, read_bundle
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import CLOCK_SKEW
from mianzheng.model.authorisation import Bundle, Statement
from mianzheng.model.canonical import digest

CHILD_YEARS = 14  # every fact about a person under 14 is special (PIPL art. 28)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A verified subject. `name` is told only to the handling gateway."""

    number: str
    name: str
    role: str
    bundle: Bundle
    bundle_digest: str
    until: int

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
    trust: TrustStore,
    seal: PrivateKey,
    party: str,
    at: int,
) -> Subject:
    """Return the subject of a role; `Refused` unless bundle and sealed statement agree and are for this gateway."""
    outer = permitted.actor
    if bundle != permitted.actor_token:
        case = permitted.authorisation.case
        outer = read_bundle(bundle, case=case, authorisation=permitted.digest, trust=trust, at=at)
        if permitted.authorisation.acts_for is None:
            raise Refused("bundle-of-another-person", "only the acting person's own bundle is taken here")
        check_principal(outer, permitted)
    if outer.role != role:
        raise Refused("bundle-of-another-role", f"the bundle is of role {outer.role!r}, not {role!r}")
    if outer.sealed.get(party) != digest(statement.encode()):
        raise Refused("statement-mismatch", "the sealed statement is not the one the bundle names for this gateway")
    inner = _open(statement, outer, trust=trust, seal=seal, at=at)
    _check_inner(inner, outer, party=party, at=at)
    return Subject(
        number=inner.number,
        name=inner.name,
        role=role,
        bundle=outer,
        bundle_digest=digest(bundle.encode()),
        until=min(outer.exp, inner.exp),
    )


def _open(statement: str, outer: Bundle, *, trust: TrustStore, seal: PrivateKey, at: int) -> Statement:
    try:
        token = jwe.open_sealed(statement, key=seal, typ="mz-statement").decode("ascii")
        role = AUTHORITY[outer.subject_kind]
        party, inner = trust.read(token, typ="mz-statement", type=Statement, role=role, at=at)
    except (BadToken, BadSeal, Untrusted, UnicodeDecodeError) as error:
        detail = "it does not open" if isinstance(error, UnicodeDecodeError) else error.message
        raise Refused("statement-mismatch", f"the sealed statement: {detail}") from None
    if party.party != outer.issuer:
        raise Refused("statement-mismatch", "statement and bundle are of two authorities")
    return inner


def _check_inner(inner: Statement, outer: Bundle, *, party: str, at: int) -> None:
    stated = (inner.bundle, inner.role, inner.case, inner.authorisation)
    if stated != (outer.bundle, outer.role, outer.case, outer.authorisation):
        raise Refused("statement-mismatch", "the sealed statement is of another bundle, role, case or authorisation")
    if inner.aud != party:
        raise Refused("statement-mismatch", "the sealed statement is for another gateway")
    if not inner.iat - CLOCK_SKEW <= at < inner.exp:
        raise Refused("bundle-expired", "the sealed statement does not hold now", hint="the person signs again")
