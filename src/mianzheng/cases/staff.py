"""Who of a department acts: certified keys, signed acts and findings, checked here and again by the gateway.

The hub holds no staff accounts: a certificate by the department's key says who somebody is and until when.
"""

from __future__ import annotations

from collections.abc import Collection

from mianzheng.cases.hub import Hub
from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PublicKey
from mianzheng.credentials.trust import Certificate, Untrusted, verify_certificate
from mianzheng.model.asking import Step
from mianzheng.model.canonical import digest
from mianzheng.model.errors import MianzhengError
from mianzheng.model.officers import Act, Approve, Seen, Sign, Staff, StaffRequest, act_digest, tag_of
from mianzheng.model.paper_acts import PaperDelivery, delivery_digest, delivery_tag
from mianzheng.model.publishing import Certified

STEP_TYP = "mz-step"
FINDING_TYP = "mz-finding"
REQUEST_TYP = "mz-staff"
REQUEST_SECONDS = 300
STEP_SECONDS = 900  # a signed act is good for a quarter of an hour
SKEW = 60


class NotStaff(MianzhengError):
    """No department vouches for this key, or not in the role that the act needs."""

    code = "not-staff"


class BadAct(MianzhengError):
    """What a member of staff signed is not this act of this case, or not what the desk shows."""

    code = "bad-act"


def read_request(hub: Hub, header: str) -> Staff:
    """Return who reads the desk, by `authorization: Staff <JWS> <certificate>`; `NotStaff` otherwise."""
    words = header.split()
    if len(words) != 3 or words[0].lower() != "staff":
        raise NotStaff("sign the request with your staff key", hint="authorization: Staff <mz-staff JWS> <certificate>")
    staff, key = _holder(hub, words[2])
    try:
        request = jws.verify_as(words[1], typ=REQUEST_TYP, key=key, type=StaffRequest)
    except BadToken as error:
        raise NotStaff(error.message) from None
    if request.aud != hub.party or not hub.seconds - REQUEST_SECONDS <= request.iat <= hub.seconds + SKEW:
        raise NotStaff("the request is for another hub, or was signed at another time", hint="check the clock")
    return staff


def read_act(hub: Hub, case: str, act: Act, signed: Certified) -> tuple[Staff, Step]:
    """Return who signed an act of a case; `BadAct` or `NotStaff` when it does not hold.

    Under `sign` and `approve` what was shown is the recommendation: whoever takes the act compares it.
    """
    staff, key = _holder(hub, signed.certificate)
    try:
        step = jws.verify_as(signed.token, typ=STEP_TYP, key=key, type=Step)
    except BadToken as error:
        raise BadAct(error.message) from None
    name = f"{tag_of(act)}:{act.outcome}" if isinstance(act, (Sign, Approve)) else tag_of(act)
    if (step.case, step.step) != (case, name):
        raise BadAct(f"a step {step.step!r} of case {step.case} is not {name!r} of {case}")
    if not isinstance(act, (Sign, Approve)) and step.shown != act_digest(act):
        raise BadAct("the step was signed over another act")
    _check_time(hub, step.iat)
    return staff, step


def read_delivery(hub: Hub, case: str, delivery: PaperDelivery) -> Staff:
    """Return who signed that a paper was handed over, posted or has arrived."""
    staff, key = _holder(hub, delivery.signed.certificate)
    try:
        step = jws.verify_as(delivery.signed.token, typ=STEP_TYP, key=key, type=Step)
    except BadToken as error:
        raise BadAct(error.message) from None
    if (step.case, step.step, step.shown) != (case, delivery_tag(delivery.act), delivery_digest(delivery.act)):
        raise BadAct("the step is of another case, or was signed over another delivery")
    _check_time(hub, step.iat)
    return staff


def read_finding(hub: Hub, case: str, signed: Certified) -> tuple[Staff, Seen]:
    """Return a finding of a case and who signed it."""
    staff, key = _holder(hub, signed.certificate)
    try:
        seen = jws.verify_as(signed.token, typ=FINDING_TYP, key=key, type=Seen)
    except BadToken as error:
        raise BadAct(error.message) from None
    if seen.case != case:
        raise BadAct("the finding is of another case")
    if seen.seen_on > hub.days.today:
        raise BadAct(f"seen on {seen.seen_on}: that day is still to come")
    _check_time(hub, seen.iat)
    return staff, seen


def require(staff: Staff, *, department: str, roles: Collection[str]) -> None:
    """Raise `NotStaff` unless this one is of the department, in one of these roles."""
    if staff.department != department:
        raise NotStaff(f"{staff.staff} is of {staff.department}; this is {department}'s to do")
    if staff.role not in roles:
        raise NotStaff(f"{staff.staff} is {staff.role}; this takes {' or '.join(sorted(roles))}")


def named(signed: Certified) -> str:
    """Return the digest by which a signed act stands in the ledger."""
    return digest(signed.token.encode("ascii", "replace"))


def _holder(hub: Hub, certificate: str) -> tuple[Staff, PublicKey]:
    try:
        stated = jws.payload_as(jws.unverified_payload(certificate), type=Certificate)
        held, key = verify_certificate(
            certificate, trust=hub.trust, department=stated.department, role=stated.role, at=hub.seconds
        )
    except (BadToken, Untrusted) as error:
        raise NotStaff(error.message, hint="the certificate is signed by the department's key") from None
    return Staff(department=held.department, staff=held.staff, role=held.role, key=key.kid), key


def _check_time(hub: Hub, iat: int) -> None:
    if not hub.seconds - STEP_SECONDS <= iat <= hub.seconds + SKEW:
        raise BadAct("it was signed at another time", hint="sign it now")
