"""Whose word stands behind a presence: steps signed by staff keys that a department certified."""

from __future__ import annotations

import msgspec

from mianzheng.authority.refusals import UnknownStaff
from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import BadKey, thumbprint
from mianzheng.credentials.trust import StaffRole, TrustStore, Untrusted, read_certificate
from mianzheng.model.asking import Step
from mianzheng.model.publishing import Certified

STEP_SECONDS = 300


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff whose signature was checked."""

    staff: str
    department: str
    key: str  # thumbprint


def read_step(
    signed: Certified, step: str, shown: str, *, roles: tuple[StaffRole, ...], trust: TrustStore, at: int
) -> Staff:
    """Return who signed this very step over `shown` within the last minutes; `UnknownStaff` otherwise."""
    try:
        certificate, key = read_certificate(signed.certificate, trust=trust, at=at)
        said = jws.verify_as(signed.token, typ="mz-step", key=key, type=Step)
    except (BadToken, BadKey, Untrusted) as error:
        raise UnknownStaff(error.message) from None
    if certificate.role not in roles:
        raise UnknownStaff(f"{certificate.staff} is no {' or '.join(roles)}")
    if (said.case, said.step, said.shown) != ("", step, shown):
        raise UnknownStaff(f"{certificate.staff} signed something else than {step}")
    if not at - STEP_SECONDS <= said.iat <= at + 60:
        raise UnknownStaff(f"{certificate.staff} signed at another time", hint="sign again")
    return Staff(staff=certificate.staff, department=certificate.department, key=thumbprint(certificate.key))


def clerk_key(certificate: str, *, trust: TrustStore, at: int) -> str:
    """Return the thumbprint of a clerk's certified key, "" when the certificate is no clerk's now."""
    try:
        found, key = read_certificate(certificate, trust=trust, at=at)
    except (BadToken, BadKey, Untrusted):
        return ""
    return key.kid if found.role == "clerk" else ""
