"""What staff sign about a case, and what they are shown: never the record behind an answer.

Each act is a `Step` (JWS `mz-step`) by a certified key: `step` is the act's tag, `shown` digests the act itself or,
under a decision, the recommendation that was on the desk. Times are whole seconds since the epoch.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from mianzheng.model.asking import SignedStep
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.case import NoticeView, OverdueView, ReasonView, State, StillView
from mianzheng.model.ids import AskedRole, Digest, Id
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text

CONDITION = "condition:"  # a finding that settles an open condition
DECLARATION = "declaration:"  # a finding on whether a declaration was true
OBJECTION = "objection"  # a finding on the objections to a public notice: true when they are founded


How = Literal["", "record", "paper", "visit"]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A finding 核查所见 (JWS `mz-finding`): of the item, `condition:<id>`, `declaration:<id>` or `objection`.

    `how` it was found: by a `record`, of this department or of the one that holds it, asked by their own channel; by a
    `paper` that the person had to hand over, upload or show: a document carried; by a `visit`, counted as one. Of the
    item's own findings the item says it, and "" is enough, as it is for objections.
    """

    case: str
    name: str
    value: Wire
    seen_on: date
    salt: str
    iat: int
    note: str = ""  # why, in the officer's words; for `condition:` never empty
    how: How = ""


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers and findings come to; an officer signs its digest, the handling gateway compares it."""

    case: str
    item: str
    item_version: int
    as_of: date
    outcome: Literal["granted", "refused"]
    reasons: tuple[ReasonView, ...]
    amount: str | None
    sheets: tuple[str, ...]  # digests
    findings: tuple[str, ...]  # digests of their tokens


class Take(msgspec.Struct, frozen=True, kw_only=True, tag="take"):
    """Take a case of the desk: from then on this one handles it."""


class Sign(msgspec.Struct, frozen=True, kw_only=True, tag="sign"):
    """Sign the recommended decision; `shown` of the step digests the recommendation."""

    outcome: Literal["granted", "refused"]


class Approve(msgspec.Struct, frozen=True, kw_only=True, tag="approve"):
    """Approve it for another department named in the item's `approvers`; `shown` as of `Sign`."""

    outcome: Literal["granted", "refused"]


class NotAccept(msgspec.Struct, frozen=True, kw_only=True, tag="not-accept"):
    """不予受理, within the term for corrections."""

    reason: str


class AskCorrection(msgspec.Struct, frozen=True, kw_only=True, tag="correct"):
    """补正: everything to correct, told once; `within` working days. `papers` to bring count as carried."""

    what: tuple[str, ...]
    within: int = 10
    papers: tuple[str, ...] = ()


class Book(msgspec.Struct, frozen=True, kw_only=True, tag="book"):
    """A day for a finding (site visit, test, expert review, hearing); `finding` may be `objection`: a hearing."""

    finding: str
    on: date
    place: str


class Suspend(msgspec.Struct, frozen=True, kw_only=True, tag="suspend"):
    """中止计时: `reference` is the law that lets the clock stand still; "" for what article 45 names itself."""

    kind: Literal["hearing", "test", "expert_review", "site_visit"]
    until: date
    reason: str
    reference: str = ""


class Resume(msgspec.Struct, frozen=True, kw_only=True, tag="resume"):
    """It runs again; `last` is the last day left out."""

    last: date


class Extend(msgspec.Struct, frozen=True, kw_only=True, tag="extend"):
    """延长, once, signed by the head 负责人."""

    days: int
    reason: str


class Reopen(msgspec.Struct, frozen=True, kw_only=True, tag="reopen"):
    """A case that was refused or not accepted runs again."""

    reason: str


class Revoke(msgspec.Struct, frozen=True, kw_only=True, tag="revoke-credential"):
    """What was granted is taken back: the handling gateway revokes the credential."""

    reason: str


class AnswerContest(msgspec.Struct, frozen=True, kw_only=True, tag="answer-contest"):
    """The answering department corrected its record, or upholds its answer with a reason."""

    question: str
    role: str
    outcome: Literal["corrected", "upheld"]
    reason: str


class Pay(msgspec.Struct, frozen=True, kw_only=True, tag="pay"):
    """The cashier's receipt 缴费: `amount` in yuan as a decimal text."""

    amount: str
    receipt: str


class Assign(msgspec.Struct, frozen=True, kw_only=True, tag="assign"):
    """A supervisor (the head 负责人) gives an escalated case to a handler: "" lets any officer take it."""

    reason: str
    handler: str = ""


class Explain(msgspec.Struct, frozen=True, kw_only=True, tag="explain-overdue"):
    """Why a limit ran out, in the department's own words; published."""

    what: Literal["promise", "legal", "signature", "contest", "delivery", "check"]
    reason: str


Act = (
    Take
    | Sign
    | Approve
    | NotAccept
    | AskCorrection
    | Book
    | Suspend
    | Resume
    | Extend
    | Reopen
    | Revoke
    | AnswerContest
    | Pay
    | Assign
    | Explain
)


class StaffAct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /desk/cases/{case}/acts`."""

    signed: Certified
    act: Act


class StaffRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by a member of staff to read the desk (`mz-staff`, header `authorization: Staff <JWS> <certificate>`)."""

    aud: str
    iat: int


class DeclarationSigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/declarations`: a step `declare:<condition>` over the declaration's text."""

    condition: str
    signed: SignedStep


class ObjectionStated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /notices/{case}/objections`."""

    reason: str


class ObjectionHeard(msgspec.Struct, frozen=True, kw_only=True):
    """One's own objection to a public notice, and what became of it: `GET /notices/{case}/objections`."""

    case: str
    reason: str
    hearing_on: date | None = None  # the day of the hearing 听证, while it is still to come
    place: str = ""
    founded: bool | None = None  # None until an officer has heard it
    answer: str = ""  # the officer's reason


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """One condition as the desk sees it: what it came to, not the answers behind it."""

    condition: str
    otherwise: Text
    reference: str
    result: Literal["true", "false", "unknown", "withheld"]
    by: Literal["answers", "finding", "declaration", ""] = ""


class OpenView(msgspec.Struct, frozen=True, kw_only=True):
    """An open condition: what the law recommends, and the name of the finding that settles it."""

    condition: str
    otherwise: Text
    recommended: Literal["wait", "person", "accept_incomplete", "declare"]
    finding: str
    findings: tuple[str, ...] = ()  # of the item, that its rule asks for and nobody entered yet
    departments: tuple[str, ...] = ()  # whose answers are missing


class ContestView(msgspec.Struct, frozen=True, kw_only=True):
    """An open contest: which question of which department, since when, and until when it is answered."""

    question: str
    role: str
    department: str
    sentence: Text
    since: date
    due_on: date


class DeskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One case of a department's desk, by what its staff may do."""

    case: str
    item: str
    item_version: int
    state: State
    handler: str
    why: Literal["handle", "approve", "contest", "supervise"]
    since: date
    place: str = ""  # in the list: `after` this the next page begins


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its handler sees it: ticks, reasons by audience, a recommendation; no record, no number, no name."""

    case: str
    item: str
    item_version: int
    name: Text
    state: State
    handler: str
    as_of: date
    ticks: tuple[Tick, ...]
    open: tuple[OpenView, ...]
    contests: tuple[ContestView, ...]
    recommendation: Recommendation | None  # None while something is open
    shown: str  # its digest: what `sign` and `approve` sign
    approvals: dict[str, bool]  # department -> signed
    correction_until: date | None  # the last day on which a correction may be asked, or acceptance declined
    promised_on: date | None
    legal_on: date | None
    provisional: bool
    overdue: tuple[OverdueView, ...]
    still: tuple[StillView, ...]
    notices: tuple[NoticeView, ...]
    objections: int
    objected: tuple[str, ...]  # their reasons; who objects, the desk does not learn
    fee: str | None
    acts: tuple[str, ...]  # tags of what can be done now


class OverdueLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `GET /overdue`: no case, nobody's name."""

    item: str
    department: str
    what: str
    since: date
    publish: Text
    reason: Text
    ended_on: date | None


class PublicNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `GET /notices` 公示."""

    case: str
    item: str
    department: str
    until: date


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /corrections` to the answering gateway: its officer corrected a record; it may be asked afresh."""

    aud: str
    iat: int
    request: Id
    case: Id
    role: AskedRole
    question: str
    answered: Id  # id of the request whose answer was contested
    bundle: str  # JWS of the bundle it was asked about
    signed: Certified
    act: AnswerContest
    entry: Digest


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """Signed answer (JWS `mz-corrected`): `cases` of this hub that asked the same of the same one in the same role."""

    iss: str
    case: str
    role: str
    question: str
    cases: tuple[str, ...]
    iat: int


class CorrectedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /corrections`."""

    corrected: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """One case to look at again because the answer it rests on was corrected."""

    case: str
    question: str
    role: str
    because: str  # the case in which it was contested
    item: str = ""


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff whose certificate was verified."""

    department: str
    staff: str
    role: str
    key: str  # thumbprint


def tag_of(act: Act) -> str:
    """Return the name of the step under which an act is signed."""
    return str(type(act).__struct_config__.tag)


def act_digest(act: Act) -> str:
    """Return what the step of an act digests, except under `sign` and `approve`."""
    return digest(canonical(act))
