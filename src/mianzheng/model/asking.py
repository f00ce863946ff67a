"""Questions asked of a gateway and the sheet it answers with; steps that a person signs about them.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

import msgspec

from mianzheng.model.authorisation import FormValue, Permission, SealedBundle, SealedChoice
from mianzheng.model.identity import Assertion
from mianzheng.model.ids import AskedRole, Digest, Id
from mianzheng.model.scalar import Wire


class OtherSubject(msgspec.Struct, frozen=True, kw_only=True):
    """Another subject of the same case: its role, bundle (JWS) and the statement sealed to this gateway."""

    role: str
    bundle: str
    statement: str


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /answers`, a JWS over this whole body signed by the hub."""

    aud: str
    iat: int
    request: Id
    case: Id
    role: AskedRole
    permission: Permission
    bundle: str  # JWS of the subject's bundle
    statement: str  # the JWE for this gateway
    questions: tuple[str, ...]
    forms: tuple[FormValue, ...] = ()
    choices: tuple[SealedChoice, ...] = ()  # of link questions that choose
    others: tuple[OtherSubject, ...] = ()  # second subjects of `ref = role` and `relation(a, b)`
    operands: dict[str, str] = {}  # operand question -> JWE `mz-operand` sealed to this gateway
    consent: OtherSubject | None = None  # the authority's own bundle of this role: that adult signed too
    consent_certificate: str = ""  # a clerk signed for them, beside a presence: the certificate of that key
    consent_assertion: Assertion | None = None
    entry: Digest  # leaf hash (b64) of the hub's asked entry


class SheetClaims(msgspec.Struct, frozen=True, kw_only=True):
    """The always-disclosed claims of a sheet; each answer is a disclosure named by question id."""

    iss: str
    iat: int
    use_before: int
    case: str
    role: str
    request: str
    bundle: str  # digest of the bundle JWS
    authorisation: str
    item: str
    item_version: int
    entry: str


class AnswerResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet as SD-JWT, and the leaf of the gateway's own log."""

    sheet: str
    log_leaf: str
    links: dict[str, tuple[SealedBundle, ...]] = {}  # link question -> a bundle for each one reached


class SealedNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Inside of a need's JWE (`mz-need`): bound to case and question, so that none can be swapped."""

    case: str
    role: str
    question: str
    value: Wire


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A signed step of a person or officer: acceptance of a refusal, withdrawal, contest."""

    case: str
    step: str
    shown: str  # digest of what was shown
    salt: str
    iat: int


class SignedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step and the assertion whose challenge is SHA-256 of its canonical bytes."""

    step: str  # b64 of the canonical bytes
    assertion: Assertion


class ContestSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/contests`."""

    question: str
    role: str
    signed: SignedStep
