"""The case file 一件一档: what it holds, and the signed list of it.

Times are whole seconds since the epoch (docs/protocol.md, "The case file").
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import FormValue
from mianzheng.model.case import ReasonView
from mianzheng.model.identity import Assertion
from mianzheng.model.officers import Recommendation, StaffAct
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text

ARCHIVE_TYP = "mz-archive"
SIGNED = "signed.json"  # the file of `SignedSteps`; a part of it that was left out is `signed.json:<part>`


class ApplicationFile(msgspec.Struct, frozen=True, kw_only=True):
    """`application.json`: what was applied for and signed, and the authority's word on who signed."""

    authorisation: str  # b64 of the canonical bytes
    assertion: Assertion
    actor: str  # bundle (JWS) of who signed
    subject: str  # bundle of whom the case is about: the same, unless somebody acts for them
    forms: tuple[FormValue, ...]
    notice: Text
    certificate: str = ""  # of the clerk whose key signed beside a presence
    mandate: str = ""  # SD-JWT VC on which another acted; of a body's own representative there is none


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `steps.json`: from where to where, why, when."""

    source: str
    target: str
    reason: str
    at: int


class ConsentSigned(msgspec.Struct, frozen=True, kw_only=True):
    """Another adult's own signature for their role, and the authority's word on whose key made it."""

    bundle: str  # JWS
    assertion: Assertion
    certificate: str = ""  # of the clerk whose key signed for them beside a presence


class SignedSteps(msgspec.Struct, frozen=True, kw_only=True):
    """`signed.json`: what was signed after the authorisation, and by whom.

    Of the person: `acceptance` of a refusal with the reasons shown, contests by `question:role`, declarations by
    condition. Of staff: findings, the signature and approvals under `recommended` with the authorities' clearances,
    and every other act. `consents` of other adults, by role.
    """

    acceptance: SignedStep | None = None
    accepted: tuple[ReasonView, ...] = ()
    contests: dict[str, SignedStep] = {}
    declarations: dict[str, SignedStep] = {}
    findings: tuple[Certified, ...] = ()
    recommended: Recommendation | None = None
    signature: Certified | None = None
    approvals: dict[str, Certified] = {}
    clearances: tuple[str, ...] = ()
    acts: tuple[StaffAct, ...] = ()
    consents: dict[str, ConsentSigned] = {}


class NoticeFile(msgspec.Struct, frozen=True, kw_only=True):
    """One notice in writing of `notices.json`."""

    kind: str
    text: Text
    at: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The list of a case file, signed by the hub (JWS `mz-archive`): each file by name with its SHA-256.

    `withheld`: what the file was made without, because its reader may not see it (decision/audience): files, and
    parts of one as `signed.json:findings`.
    """

    suite: str
    hub: str
    case: str
    item: str
    item_version: int
    item_digest: str
    department: str
    decision: Literal["granted", "refused", "undecided"]
    seen_as: Literal["resident", "agent", "clerk", "linked", "former"]
    withheld: tuple[str, ...]
    retention: Literal["永久", "30", "10"]
    ended_on: date
    keep_until: date | None  # None: for good
    made_at: int
    files: dict[str, str]


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `GET /cases/{case}/archive`: the signed manifest, and each file's text."""

    manifest: str
    files: dict[str, str]
