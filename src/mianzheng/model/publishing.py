"""What stewards sign: item versions, approvals, completeness marks; and how the hub shows versions.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.item import Basis
from mianzheng.model.text import Text


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """A JWS made by a staff key (item version, params table, approval) beside the certificate of that key."""

    token: str
    certificate: str  # `mz-certificate` by the department's sign key; "" when that key itself signed
    auditor: str = ""  # of an item version that hides entries for a time: the auditor's `mz-hiding` of this token


class Hiding(msgspec.Struct, frozen=True, kw_only=True):
    """What an item version hides from linked persons for a time, signed by the auditor (`mz-hiding`)."""

    item: str
    item_version: int
    signed: str  # digest of the steward's JWS
    roles: dict[str, str]  # role -> statute
    iat: int


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A register's completeness mark after a load, signed by the department (`mz-mark`).

    `sound` is false when the count fell too far below the last mark's, or a canary row is gone.
    """

    register: str
    loaded_at: int
    rows: int
    canaries: int  # how many rows known to be there were looked for and found
    sound: bool
    reason: str = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A steward's signed approval of one question template for one item version, role and basis."""

    gateway: str
    question: str
    register: str
    mapping_digest: str
    sql_digest: str
    item: str
    item_version: int
    item_digest: str
    role: str
    basis: Basis
    steward: str
    iat: int


class ItemStep(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the handling department's steward (`mz-item-step`): publish or retire this very version."""

    item: str
    item_version: int
    item_digest: str
    step: Literal["publication", "retirement"]
    iat: int


class ItemSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `GET /items`."""

    item: str
    version: int
    name: Text
    department: str
    kind: str
    status: str  # draft, approved, published, retired
    digest: str


class ItemText(msgspec.Struct, frozen=True, kw_only=True):
    """A version as its steward signed it, with the approvals of the departments it asks."""

    summary: ItemSummary
    signed: Certified
    approvals: tuple[Certified, ...]
    missing: tuple[str, ...]  # departments that have not approved all of their questions
