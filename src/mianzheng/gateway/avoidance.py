"""Avoidance 回避 at the handling gateway: an officer's signature counts only beside the authorities' clearance.

The clearance names case, staff key and the bundles of the case; it is made before the signature, and the
signature falls within its time. Who the officer or the subject is, it does not say.
"""

from __future__ import annotations

from collections.abc import Iterable

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Role, TrustStore, Untrusted
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.requests import CLOCK_SKEW
from mianzheng.model.avoidance import Clearance

_ROLES: tuple[Role, ...] = ("authority:person", "authority:enterprise")


def check_clearance(
    tokens: Iterable[str], *, case: str, staff: str, bundles: Iterable[str], signed_at: int, trust: TrustStore
) -> None:
    """Raise `Refused` unless clearances cover a staff key's signature over a case.

    `staff`: thumbprint of the key that signed; `bundles`: digests of every bundle of the case that an authority made;
    `signed_at`: when the step was signed, seconds.
    """
    cleared: set[str] = set()
    for token in tokens:
        found = _read(token, trust, signed_at)
        if (found.case, found.staff) == (case, staff) and found.iat - CLOCK_SKEW <= signed_at < found.exp:
            cleared.update(found.bundles)
    if missing := set(bundles) - cleared:
        raise Refused(
            "clearance-missing",
            f"no authority cleared this officer for {len(missing)} subject(s) of the case",
            hint="the desk asks with POST /avoidance before the officer signs",
        )


def _read(token: str, trust: TrustStore, at: int) -> Clearance:
    for role in _ROLES:
        try:
            party, found = trust.read(token, typ="mz-clearance", type=Clearance, role=role, at=at)
        except (BadToken, Untrusted):
            continue
        if party.party == found.iss:
            return found
    raise Refused("clearance-missing", "a clearance is no authority's")
