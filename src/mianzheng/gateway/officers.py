"""Staff before the handling gateway: certified steps and findings, checked here and nowhere else relied on.

An officer's signature counts only over the very recommendation that this gateway comes to itself: what was shown
is computed again from the sheets and findings that travel, and its digest is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PublicKey
from mianzheng.credentials.trust import Certificate, StaffRole, TrustStore, Untrusted, verify_certificate
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import CLOCK_SKEW
from mianzheng.model.asking import Step
from mianzheng.model.facts import Type
from mianzheng.model.item import Item
from mianzheng.model.officers import CONDITION, Seen
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import BadScalar, Wire, from_wire

STEP_TYP = "mz-step"
FINDING_TYP = "mz-finding"
COMPUTED = "computed:"
OFFICER: tuple[StaffRole, ...] = ("officer",)
T = TypeVar("T", Step, Seen)


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Findings by what they are of: the item's own, conditions settled, figures entered."""

    findings: dict[str, Wire]
    settled: dict[str, bool]
    computed: dict[str, Wire]


def read_step(
    certified: Certified,
    *,
    trust: TrustStore,
    department: str,
    case: str,
    at: int,
    roles: Collection[StaffRole] = OFFICER,
) -> tuple[Certificate, Step]:
    """Return a staff step of this case and whose it is; `Refused` unless this department vouches for them."""
    certificate, step = _read(certified, STEP_TYP, Step, trust=trust, department=department, roles=roles)
    if step.case != case or step.iat > at + CLOCK_SKEW:
        raise Refused("officer-step-invalid", "the officer's step is of another case, or of the future")
    return certificate, step


def read_findings(
    signed: Iterable[Certified], item: Item, *, trust: TrustStore, case: str, at: int
) -> tuple[Findings, Mapping[str, Certified]]:
    """Return the findings of a case, typed, and by name as they were signed; `Refused` for one that does not hold."""
    read, by_name = Findings(findings={}, settled={}, computed={}), {}
    for one in signed:
        seen = read_finding(one, trust=trust, department=item.department, case=case, at=at)
        if seen.name in by_name:
            raise Refused("finding-invalid", f"{seen.name} was found twice")
        by_name[seen.name] = one
        _sort(seen, item, read)
    return read, by_name


def read_finding(certified: Certified, *, trust: TrustStore, department: str, case: str, at: int) -> Seen:
    """Return what an officer of the department saw in this case; `Refused` otherwise."""
    _, seen = _read(certified, FINDING_TYP, Seen, trust=trust, department=department, roles=OFFICER)
    if seen.case != case or seen.iat > at + CLOCK_SKEW:
        raise Refused("finding-invalid", "the finding is of another case, or of the future")
    return seen


def _sort(seen: Seen, item: Item, read: Findings) -> None:
    if seen.name.startswith(CONDITION):
        if not isinstance(seen.value, bool) or not seen.note.strip():
            raise Refused("finding-invalid", f"{seen.name} is settled by yes or no, with the reason")
        read.settled[seen.name.removeprefix(CONDITION)] = seen.value
    elif seen.name.startswith(COMPUTED):
        read.computed[seen.name.removeprefix(COMPUTED)] = seen.value
        if seen.name == f"{COMPUTED}amount":
            _check_type(seen, Type.DECIMAL)
    elif seen.name in item.findings:
        _check_type(seen, item.findings[seen.name].type)
        read.findings[seen.name] = seen.value
    else:
        raise Refused("finding-invalid", f"{item.item} has no finding {seen.name}")


def _check_type(seen: Seen, type_: Type) -> None:
    try:
        from_wire(type_, seen.value)
    except BadScalar as error:
        raise Refused("finding-invalid", f"{seen.name}: {error.message}") from None


def _read(
    certified: Certified,
    typ: str,
    type: type[T],
    *,
    trust: TrustStore,
    department: str,
    roles: Collection[StaffRole],
) -> tuple[Certificate, T]:
    """Return what a member of the department's staff signed, at the time it states, and whose it is."""
    try:
        stated = jws.payload_as(jws.unverified_payload(certified.token), type=type)
        certificate, key = _holder(certified, trust=trust, department=department, at=stated.iat, roles=roles)
        return certificate, jws.verify_as(certified.token, typ=typ, key=key, type=type)
    except (BadToken, Untrusted) as error:
        raise Refused("officer-unknown", error.message, hint="an officer of the department signs it") from None


def _holder(
    certified: Certified, *, trust: TrustStore, department: str, at: int, roles: Collection[StaffRole]
) -> tuple[Certificate, PublicKey]:
    stated = jws.payload_as(jws.unverified_payload(certified.certificate), type=Certificate)
    if stated.role not in roles:
        raise Untrusted(f"{stated.staff} is {stated.role}, not {' or '.join(roles)}", code="certificate-role")
    return verify_certificate(certified.certificate, trust=trust, department=department, role=stated.role, at=at)
