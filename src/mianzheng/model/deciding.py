"""What the handling gateway is asked to decide and deliver, and what it signs.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.asking import OtherSubject, SignedStep
from mianzheng.model.authorisation import FormValue, Permission
from mianzheng.model.case import ReasonView
from mianzheng.model.ids import Digest, Id, MaybeId
from mianzheng.model.publishing import Certified


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /decisions` to the handling department's gateway: decide again from the sheets, and sign."""

    aud: str
    iat: int
    request: Id
    case: Id
    permission: Permission
    bundles: dict[str, str]  # role -> bundle JWS
    statements: dict[str, str]  # role -> JWE for the handling gateway
    sheets: tuple[str, ...]
    forms: tuple[FormValue, ...]
    contests: tuple[SignedStep, ...] = ()  # each a Step `contest:<question>:<role>`
    contesters: tuple[
        OtherSubject, ...
    ] = ()  # the authority's bundles of linked adults who contest what is said of them
    acceptance: SignedStep | None = None  # of a proposed refusal: a Step `accept-refusal`
    accepted: tuple[ReasonView, ...] = ()  # what was shown when it was signed; the step's `shown` digests it
    findings: tuple[Certified, ...] = ()  # `Seen`, each by an officer of this department
    declarations: tuple[SignedStep, ...] = ()  # each a Step `declare:<condition>` over the declaration's text
    signature: Certified | None = None  # an officer's Step `sign:<outcome>` over the recommendation
    approvals: tuple[Certified, ...] = ()  # of the item's `approvers`: Steps `approve:<outcome>` over the same
    reopened: Certified | None = None  # an officer's Step `reopen`: what was refused is decided again
    clearances: tuple[str, ...] = ()  # JWS `mz-clearance` of those who signed: avoidance 回避 was asked
    granted_before: bool = False  # the hub knows that this payment was granted in another case: a refusal is meant
    halted: MaybeId = ""  # why nothing may be signed any more: give the decision that was made, or make none for ever
    entry: Digest


class SignedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The department's signed decision; `outcome` digests it, names no value but the amount."""

    iss: str
    case: str
    item: str
    item_version: int
    outcome: Literal["granted", "refused"]
    reasons: tuple[str, ...]
    amount: str | None
    sheets: tuple[str, ...]  # digests
    decided_by: Literal["machine", "officer"]
    iat: int
    credential: str  # digest of the sealed credential, "" when refused
    signed_by: tuple[str, ...] = ()  # staff whose signatures the department's rests on
    declared: tuple[str, ...] = ()  # conditions that rest on the person's declaration


class DecisionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The signed decision (JWS) and the credential sealed to the holder (JWE)."""

    decision: str
    credential: str
    status_index: int | None


class DeliveryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /deliveries`: the needs, each sealed by its holder's gateway, go to the handling one."""

    aud: str
    iat: int
    request: Id
    case: Id
    decision: str
    sheets: tuple[str, ...]
    standing: str = ""  # of the mandate on which another acts
    entry: Digest


class DeliveryResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The handling gateway's receipt (JWS of Receipt)."""

    receipt: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Which needs the handling gateway holds; `complete` when delivery waits for none."""

    iss: str
    case: str
    held: tuple[str, ...]  # names of needs
    waiting: tuple[str, ...]
    amount: str | None
    complete: bool
    iat: int


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /revocations`: the index that the department's status list now names."""

    status_index: int
