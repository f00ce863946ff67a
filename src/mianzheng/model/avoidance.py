"""Avoidance 回避: nobody handles a case of their own, of a relative, or of a body they hold a share in.

The authority compares the number behind a staff key with the one behind a case's bundle and says yes, or "another
handler" and nothing more. Neither desk nor hub learns either number. Times are whole seconds since the epoch; each
struct is the payload of a JWS, JWE or HTTP body (docs/protocol.md).
"""

from __future__ import annotations

import msgspec

from mianzheng.model.ids import Id


class AvoidanceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /avoidance` of an authority, a JWS `mz-avoidance-request` of the hub.

    `bundles`: every bundle of the case that an authority made (JWS). `staff`: for the authority of bodies, what the
    authority of persons sealed to it.
    """

    aud: str
    iat: int
    request: Id
    case: Id
    certificate: str  # of the member of staff who takes or signs
    bundles: tuple[str, ...]
    staff: str = ""


class StaffNumber(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed from one authority to the other (JWE `mz-staff-number` of a JWS): whose a staff key is."""

    aud: str
    case: str
    staff: str  # thumbprint of the staff key
    number: str
    iat: int
    exp: int


class Clearance(msgspec.Struct, frozen=True, kw_only=True):
    """JWS `mz-clearance`: this staff key may handle this case, as far as these bundles' subjects go.

    It covers what is signed between `iat` and `exp`.
    """

    iss: str
    case: str
    staff: str  # thumbprint of the staff key
    bundles: tuple[str, ...]  # digests
    iat: int
    exp: int


class AvoidanceResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`clearance` is "" when the authority made none of the bundles; `staff` is sealed to the other one, by party."""

    clearance: str
    staff: dict[str, str] = {}
