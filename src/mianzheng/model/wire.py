"""What travels between client, hub, authority, gateways and auditor (docs/protocol.md, design/trust.md).

Each struct is the payload of a JWS, JWE or SD-JWT. Times are whole seconds since the epoch.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

import msgspec

from mianzheng.model.canonical import canonical, digest
from mianzheng.model.case import ReasonView
from mianzheng.model.item import Basis
from mianzheng.model.plan import PlanLine
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """A public EC key P-256 (RFC 7517). Its id is its RFC 7638 thumbprint."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """A WebAuthn-shaped signature over a 32-byte digest, which is the challenge.

    `software` keys make an equal assertion and vouch for themselves: refused unless the trust
    list is marked demo. All fields but kind and key are base64url; `signature` is DER.
    """

    kind: Literal["passkey", "software"]
    key: Jwk
    authenticator_data: str
    client_data: str
    signature: str


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """How the authority saw the person: method and level 1–3."""

    method: str
    level: int


class FormValue(msgspec.Struct, frozen=True, kw_only=True):
    """A form value opened to a gateway: SHA-256 of canonical [salt, name, value] stands in the authorisation."""

    name: str
    value: Wire
    salt: str


def form_digest(value: FormValue) -> str:
    """Return the salted digest of a form value that stands in `Authorisation.forms`."""
    return digest(canonical([value.salt, value.name, value.value]))


def plan_digest(lines: tuple[PlanLine, ...]) -> str:
    """Return the digest of a plan: questions, roles, sentences and bases, in their order."""
    return digest(canonical(lines))


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What `POST /cases` returns: all that the client needs to check and sign an authorisation."""

    case: str
    as_of: date
    item: str
    item_version: int
    item_digest: str
    name: Text
    suite: str
    trigger: Literal["application", "accepted_offer", "statute"]
    plan: tuple[PlanLine, ...]
    plan_digest: str
    notice: Text  # 告知: what will be asked, on which basis; digest below is over its canonical bytes
    notice_digest: str
    handling: str  # gateway that decides
    exp: int  # the authorisation's own end, seconds


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """The signed permission for one plan; its canonical bytes' SHA-256 is the authorisation digest."""

    suite: str
    case: str
    as_of: date
    item: str
    item_version: int
    item_digest: str
    trigger: Literal["application", "accepted_offer", "statute"]
    plan_digest: str
    forms: tuple[str, ...]  # salted digests, sorted
    notice_digest: str
    acts_for: str | None  # role acted for; None: the applicant for themself
    holder: Jwk  # the credential is sealed to this key
    iat: int
    exp: int
    salt: str


class ChipRead(msgspec.Struct, frozen=True, kw_only=True):
    """A registered reader's word that the chip of this number's card was read (JWS `mz-chip-read`).

    `challenge` (b64) is that of the assertion it replaces or vouches for.
    """

    reader: str
    number: str
    challenge: str
    iat: int


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed by the client to the authority, as `mz-sign-in-request`.

    The assertion's challenge is SHA-256 of the canonical list [audience, nonce, number]; a chip
    reader's JWS over the same challenge may stand in its place. One of the two is set.
    """

    audience: str
    nonce: str
    number: str  # GB 11643 number or GB 32100 code
    assertion: Assertion | None = None
    chip: str = ""  # JWS of ChipRead


def sign_in_challenge(audience: str, nonce: str, number: str) -> bytes:
    """Return the 32 bytes that a sign-in's assertion is made over."""
    return hashlib.sha256(canonical([audience, nonce, number])).digest()


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the authority for one audience. `sealed_number` only for a gateway audience."""

    audience: str
    nonce: str
    authority: str
    pairwise: str
    display: str
    method: str
    level: int
    iat: int
    exp: int
    sealed_number: str = ""


class BundleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the hub to the authority: bind this pairwise id to this case and these gateways."""

    aud: str
    iat: int
    request: str
    pairwise: str
    case: str
    role: str
    authorisation: str  # digest
    exp: int
    assertion: Assertion  # over the authorisation digest
    gateways: tuple[str, ...]
    handling: str  # the gateway whose statement carries the name
    chip: str = ""  # JWE to the authority of a reader's JWS; the assertion is then made by the reader's key


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed inside of a bundle for one gateway; signed by the authority before sealing."""

    number: str
    bundle: str
    role: str
    case: str
    authorisation: str
    aud: str
    iat: int
    exp: int
    name: str = ""  # only to the handling gateway


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The outer, signed part: names each sealed statement by digest, the signer and the presence."""

    suite: str
    bundle: str
    issuer: str
    case: str
    authorisation: str
    role: str
    subject_kind: Literal["person", "enterprise"]
    signer: str  # thumbprint of the key that signed the authorisation
    presence: Presence
    iat: int
    exp: int
    sealed: dict[str, str]  # gateway -> SHA-256 (b64) of its JWE


class SealedBundle(msgspec.Struct, frozen=True, kw_only=True):
    """What the authority returns: the bundle as JWS and one JWE for each gateway."""

    bundle: str
    sealed: dict[str, str]


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What travels with every request so that a gateway can check it by itself."""

    authorisation: str  # b64 of the canonical bytes that were signed
    assertion: Assertion
    plan: tuple[PlanLine, ...]
    actor: str  # the acting person's bundle (JWS)


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /answers`, a JWS over this whole body signed by the hub."""

    aud: str
    iat: int
    request: str
    case: str
    role: str
    permission: Permission
    bundle: str  # JWS of the subject's bundle
    statement: str  # the JWE for this gateway
    questions: tuple[str, ...]
    forms: tuple[FormValue, ...] = ()
    entry: str  # leaf hash (b64) of the hub's asked entry


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


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """A person's signed word that an answer is wrong."""

    case: str
    question: str
    role: str
    iat: int
    salt: str


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


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /decisions` to the handling department's gateway: decide again from the sheets, and sign."""

    aud: str
    iat: int
    request: str
    case: str
    permission: Permission
    bundles: dict[str, str]  # role -> bundle JWS
    statements: dict[str, str]  # role -> JWE for the handling gateway
    sheets: tuple[str, ...]
    forms: tuple[FormValue, ...]
    contests: tuple[SignedStep, ...] = ()  # each a Step `contest:<question>:<role>`
    acceptance: SignedStep | None = None  # of a proposed refusal: a Step `accept-refusal`
    accepted: tuple[ReasonView, ...] = ()  # what was shown when it was signed; the step's `shown` digests it
    entry: str


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


class DecisionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The signed decision (JWS) and the credential sealed to the holder (JWE)."""

    decision: str
    credential: str
    status_index: int | None


class DeliveryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /deliveries`: the needs, each sealed by its holder's gateway, go to the handling one."""

    aud: str
    iat: int
    request: str
    case: str
    decision: str
    sheets: tuple[str, ...]
    entry: str


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


class SealedNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Inside of a need's JWE (`mz-need`): bound to case and question, so that none can be swapped."""

    case: str
    role: str
    question: str
    value: Wire


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """A JWS made by a staff key (item version, params table, approval) beside the certificate of that key."""

    token: str
    certificate: str  # `mz-certificate` by the department's sign key; "" when that key itself signed


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


class MineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a person's own list at a gateway."""

    seq: int
    kind: str  # asked and answered are one line here: answered, unavailable, refused, decision, delivery
    at: int
    hub: str
    case: str
    role: str
    item: str
    purpose: str
    basis: Basis | None
    question: str
    sentence: Text | None
    entry: str  # leaf hash of the hub's asked entry
    leaf: str  # leaf hash of this gateway's own line


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a gateway's log as hub and auditor see it: no subject, no question."""

    seq: int
    kind: str
    at: int
    request: str
    entry: str  # leaf hash of the hub's asked entry
    sheet: str  # digest of the sheet or decision, "" when none was given
    leaf: str


class LogRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a gateway's log signs this (`mz-log-request`), fresh, with its key for signing."""

    aud: str
    iat: int


class Nonce(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /nonces`: good for one sign-in within five minutes."""

    nonce: str
    audience: str


class SealedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Body of an authority's `POST /sign-ins`."""

    sealed: str  # JWE of SignInRequest


class SignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of an authority's `POST /sign-ins`."""

    sign_in: str  # JWS of SignIn


class WitnessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /witness`: a signed head, and the proof from the last head this witness signed."""

    head: str
    consistency: tuple[str, ...]  # b64 hashes


class WitnessResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The witness's co-signature (`mz-head-witness`)."""

    cosignature: str


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /revocations`: the index that the department's status list now names."""

    status_index: int


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /log?start=`: lines from `start` on, and the gateway's signed head over all of them."""

    gateway: str
    head: str
    lines: tuple[LogLine, ...]


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


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of the hub's `POST /cases`."""

    item: str
    openings: tuple[FormValue, ...] = ()


class AuthorisationSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/authorisation`."""

    authorisation: str  # b64 of the canonical bytes
    assertion: Assertion
    openings: tuple[FormValue, ...] = ()


class ContestSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/contests`."""

    question: str
    role: str
    signed: SignedStep


class SignInForwarded(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of the hub's `POST /sign-ins`: which authority, and the JWE only it can open."""

    authority: str
    sealed: str


class SessionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of the hub's `POST /sign-ins`; `session` is the bearer token."""

    session: str
    display: str
    level: int
    method: str


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


class LedgerHead(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /ledger/head`: the newest signed head ("" while the ledger is empty) and its co-signatures."""

    head: str
    cosignatures: tuple[str, ...]


class LeavesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /ledger/leaves?start=&end=`: leaf hashes (b64) from `start` on, at most 10,000."""

    start: int
    leaves: tuple[str, ...]


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /ledger/consistency?first=&second=`: RFC 9162 proof, hashes in b64."""

    first: int
    second: int
    proof: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error body of RFC 9457; `code` is stable, `hint` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
