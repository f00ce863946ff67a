"""Avoidance 回避: may the one behind this staff key handle the case of the one behind this bundle?

1. The hub asks with the staff key's certificate and the case's bundles; it knows neither number.
2. Whose the key is stands in the enrolment file; for the authority of bodies it comes sealed from that of persons.
3. Themself, a relative or a body they hold a share in: "another handler", always in the same words.
"""

from __future__ import annotations

import msgspec

from mianzheng.authority.authority import Authority
from mianzheng.authority.bundles import REQUEST_SECONDS, named_in
from mianzheng.authority.refusals import (
    AnotherHandler,
    BadSealedRequest,
    NoBundle,
    StaffNotEnrolled,
)
from mianzheng.authority.requests import read_of_hub
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import thumbprint
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Certificate, Role, Untrusted
from mianzheng.model.authorisation import Bundle
from mianzheng.model.avoidance import AvoidanceRequest, AvoidanceResponse, Clearance, StaffNumber
from mianzheng.model.canonical import digest

CLEARANCE_SECONDS = 1800  # within which the officer signs
_ROLES: tuple[Role, ...] = ("authority:person", "authority:enterprise")


def clear(authority: Authority, body: bytes) -> bytes:
    """Return the `AvoidanceResponse` (JSON) to a hub's signed `AvoidanceRequest`; `AnotherHandler` instead of a no."""
    at = int(authority.clock())
    _, request = read_of_hub(
        authority,
        body,
        typ="mz-avoidance-request",
        type=AvoidanceRequest,
        what="an avoidance request",
        at=at,
        seconds=REQUEST_SECONDS,
    )
    staff = _certified(authority, request, at)
    number = _number(authority, request, staff, at)
    own: list[str] = []
    others: set[str] = set()
    for token in dict.fromkeys(request.bundles):
        issuer, bundle = _bundle(authority, token, at)
        if bundle.case != request.case:
            raise BadSealedRequest("a bundle is of another case")
        if issuer == authority.party:
            own.append(_cleared(authority, digest(token.encode("ascii")), number))
        else:
            others.add(issuer)
    clearance = _sign(authority, request.case, staff, tuple(own), at) if own else ""
    handed_on = {party: _hand_on(authority, request.case, staff, number, party, at) for party in sorted(others)}
    return msgspec.json.encode(AvoidanceResponse(clearance=clearance, staff=handed_on))


def _cleared(authority: Authority, bundle: str, staff: str) -> str:
    """Return a bundle's digest; `AnotherHandler` when its subject is the member of staff or close to them."""
    subject = named_in(authority, bundle)
    if subject is None:
        raise NoBundle("the bundle is none that this authority remembers")
    close = (
        subject == staff or authority.records.are_related(staff, subject)
        if authority.kind == "person"
        else authority.records.holds_share(staff, subject)
    )
    if close:
        raise AnotherHandler
    return bundle


def _certified(authority: Authority, request: AvoidanceRequest, at: int) -> str:
    """Return the thumbprint of the staff key that a department's gateway vouches for."""
    try:
        _, certificate = authority.trust.read(
            request.certificate, typ="mz-certificate", type=Certificate, role="gateway", at=at
        )
    except (BadToken, Untrusted) as error:
        raise StaffNotEnrolled(f"the certificate is no department's: {error.message}") from None
    return thumbprint(certificate.key)


def _number(authority: Authority, request: AvoidanceRequest, staff: str, at: int) -> str:
    number = _handed_on(authority, request, staff, at) if request.staff else authority.enrolment.staff_number(staff)
    if number is None:
        raise StaffNotEnrolled(
            "nobody enrolled this staff key with the authority",
            hint="the department enrols its staff's own numbers with public security",
        )
    return number


def _handed_on(authority: Authority, request: AvoidanceRequest, staff: str, at: int) -> str | None:
    """Return the number that the authority of persons sealed to this one for this case and key."""
    try:
        token = jwe.open_sealed(request.staff, key=authority.seal, typ="mz-staff-number").decode("ascii")
        _, inner = authority.trust.read(token, typ="mz-staff-number", type=StaffNumber, role="authority:person", at=at)
    except (BadToken, BadSeal, Untrusted, UnicodeDecodeError):
        return None
    stated = (inner.aud, inner.case, inner.staff)
    return inner.number if stated == (authority.party, request.case, staff) and at < inner.exp else None


def _bundle(authority: Authority, token: str, at: int) -> tuple[str, Bundle]:
    for role in _ROLES:
        try:
            party, bundle = authority.trust.read(token, typ="mz-bundle", type=Bundle, role=role, at=at)
        except (BadToken, Untrusted):
            continue
        return party.party, bundle
    raise BadSealedRequest("a bundle is no authority's")


def _hand_on(authority: Authority, case: str, staff: str, number: str, to: str, at: int) -> str:
    if authority.kind != "person":
        raise BadSealedRequest("only the authority of persons knows whose a staff key is")
    inner = StaffNumber(aud=to, case=case, staff=staff, number=number, iat=at, exp=at + CLEARANCE_SECONDS)
    token = jws.sign(inner, key=authority.sign, typ="mz-staff-number")
    return jwe.seal(token.encode("ascii"), to=authority.trust.current(to, "seal", at), typ="mz-staff-number")


def _sign(authority: Authority, case: str, staff: str, bundles: tuple[str, ...], at: int) -> str:
    clearance = Clearance(
        iss=authority.party, case=case, staff=staff, bundles=bundles, iat=at, exp=at + CLEARANCE_SECONDS
    )
    return jws.sign(clearance, key=authority.sign, typ="mz-clearance")
