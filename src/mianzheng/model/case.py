"""Cases 办件: their states and what the outside sees of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.papers import PaperView
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text


class State(StrEnum):
    """Every state of a case; `EDGES` says which may follow which."""

    APPLIED = "applied"
    ACCEPTED = "accepted"  # 受理: as_of is fixed
    CORRECTION = "correction"  # 补正: told once and completely what to correct
    NOT_ACCEPTED = "not_accepted"  # 不予受理, with an officer's reason
    AUTHORISED = "authorised"
    ASKING = "asking"
    UNDECIDED = "undecided"
    ACCEPTED_INCOMPLETE = "accepted_incomplete"  # 容缺受理: what is missing is supplied within a term
    VISIT_BOOKED = "visit_booked"  # a site visit, test, expert review or hearing has its day
    PUBLIC_NOTICE = "public_notice"  # 公示: anybody may object
    SUSPENDED = "suspended"  # 中止: the law's clock stands still
    PROPOSED = "proposed"  # a refusal nobody accepted yet, or a decision that an officer must sign
    GRANTED = "granted"
    REFUSED = "refused"
    ISSUED = "issued"
    FEE_DUE = "fee_due"
    DECLARED = "declared"  # 告知承诺: delivered, and what was declared is still to be checked
    DELIVERED = "delivered"
    WAITING_REGISTER = "waiting_register"
    WAITING_PERSON = "waiting_person"
    WAITING_SIGNATURE = "waiting_signature"  # of another adult whom the item asks about
    CONTESTED = "contested"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"  # 办不成事
    REOPENED = "reopened"
    REVOKED = "revoked"
    ENDED = "ended"
    ARCHIVED = "archived"  # 归档: what was not relied on is gone


_S = State
EDGES: dict[State, frozenset[State]] = {
    _S.APPLIED: frozenset({_S.ACCEPTED, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset({_S.AUTHORISED, _S.WITHDRAWN}),
    _S.AUTHORISED: frozenset({_S.ASKING, _S.WITHDRAWN, _S.WAITING_PERSON}),
    _S.ASKING: frozenset(
        {
            _S.ASKING,
            _S.UNDECIDED,
            _S.PROPOSED,
            _S.PUBLIC_NOTICE,
            _S.GRANTED,
            _S.WITHDRAWN,
            _S.CONTESTED,
            _S.WAITING_SIGNATURE,
        }
    ),
    _S.UNDECIDED: frozenset(
        {_S.WAITING_REGISTER, _S.WAITING_PERSON, _S.ACCEPTED_INCOMPLETE, _S.WITHDRAWN, _S.ESCALATED}
    ),
    _S.WAITING_REGISTER: frozenset({_S.ASKING, _S.WAITING_PERSON, _S.ACCEPTED_INCOMPLETE, _S.WITHDRAWN, _S.CONTESTED}),
    _S.WAITING_SIGNATURE: frozenset({_S.ASKING, _S.WAITING_PERSON, _S.WITHDRAWN, _S.CONTESTED, _S.ESCALATED}),
    _S.ACCEPTED_INCOMPLETE: frozenset({_S.ASKING, _S.WAITING_PERSON, _S.WITHDRAWN, _S.CONTESTED, _S.ESCALATED}),
    _S.WAITING_PERSON: frozenset(
        {
            _S.ASKING,
            _S.CORRECTION,
            _S.NOT_ACCEPTED,
            _S.VISIT_BOOKED,
            _S.SUSPENDED,
            _S.PROPOSED,
            _S.PUBLIC_NOTICE,
            _S.GRANTED,
            _S.CONTESTED,
            _S.ESCALATED,
            _S.WITHDRAWN,
        }
    ),
    _S.CORRECTION: frozenset({_S.ACCEPTED, _S.WAITING_PERSON, _S.WITHDRAWN, _S.ESCALATED}),
    _S.VISIT_BOOKED: frozenset({_S.ASKING, _S.WAITING_PERSON, _S.WITHDRAWN, _S.ESCALATED}),
    _S.SUSPENDED: frozenset({_S.WAITING_PERSON, _S.WITHDRAWN, _S.ESCALATED}),
    _S.PROPOSED: frozenset(
        {
            _S.REFUSED,
            _S.GRANTED,
            _S.PUBLIC_NOTICE,
            _S.ASKING,  # a finding is entered anew before anybody signs
            _S.CONTESTED,
            _S.WAITING_PERSON,
            _S.WITHDRAWN,
        }
    ),
    _S.PUBLIC_NOTICE: frozenset({_S.GRANTED, _S.WAITING_PERSON, _S.WITHDRAWN}),
    _S.CONTESTED: frozenset({_S.WAITING_PERSON, _S.WITHDRAWN, _S.ESCALATED}),
    # the handling gateway may not agree; a mandate may end before it signed
    _S.GRANTED: frozenset({_S.ISSUED, _S.PROPOSED, _S.WAITING_PERSON, _S.WITHDRAWN}),
    _S.ISSUED: frozenset({_S.FEE_DUE, _S.DECLARED, _S.DELIVERED}),
    _S.FEE_DUE: frozenset({_S.ISSUED, _S.WITHDRAWN, _S.ESCALATED}),
    _S.DECLARED: frozenset({_S.DELIVERED, _S.REVOKED}),
    _S.DELIVERED: frozenset({_S.ENDED, _S.REVOKED}),
    _S.REFUSED: frozenset({_S.ENDED, _S.ESCALATED, _S.REOPENED}),
    _S.NOT_ACCEPTED: frozenset({_S.ENDED, _S.ESCALATED, _S.REOPENED}),
    _S.ESCALATED: frozenset({_S.WAITING_PERSON, _S.FEE_DUE, _S.REOPENED}),
    _S.REOPENED: frozenset({_S.ASKING, _S.WAITING_PERSON}),
    _S.REVOKED: frozenset({_S.ENDED}),
    _S.WITHDRAWN: frozenset({_S.ENDED}),
    _S.ENDED: frozenset({_S.REOPENED, _S.REVOKED, _S.ARCHIVED}),
    _S.ARCHIVED: frozenset(),
}


CaseAct = Literal["accept-refusal", "corrected", "supply", "ask-person", "escalate", "withdraw"]
"""What the one who opened a case may do with it as a whole, each a step that they sign."""


class OverdueView(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that ran out, as it is published: which one, since when, and why."""

    what: Literal["promise", "legal", "signature", "contest", "delivery", "check"]
    since: date
    publish: Text
    reason: Text


class StillView(msgspec.Struct, frozen=True, kw_only=True):
    """What the law's clock stands still for today, told in writing on `told_on`."""

    kind: str
    since: date
    until: date
    told_on: date
    reason: str


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """One notice in writing 书面告知 of this case."""

    kind: str
    text: Text
    told_on: date


class DeclarationView(msgspec.Struct, frozen=True, kw_only=True):
    """What the person may declare 告知承诺 instead of a record, or declared; `text` is what is signed."""

    condition: str
    text: Text
    claw_back: Text
    check_within: int
    signed: bool = False
    check_on: date | None = None


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """One failing condition as its reader may see it; `condition` is "" where it is withheld (decision/audience)."""

    condition: str
    zh: str
    en: str
    department: str
    contest: Text | None = None  # where and how to contest the answer


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a case; `withheld` from a reader who is not the one it is about (decision/audience)."""

    department: str
    register: str
    role: str
    question: str
    sentence: Text
    status: Literal["value", "not_held", "unavailable", "contested", "withheld"]
    value: Wire | None
    wave: int


class StatedView(msgspec.Struct, frozen=True, kw_only=True):
    """What the person stated in a field of the form, in words; of whom they named only that it is sealed."""

    name: str  # of the field, or of the role that is chosen
    label: Text
    value: Text
    sealed: bool = False


class SignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """Another adult who must sign for themself before they are asked about: `role` as asked, spouse#1."""

    role: str
    label: Text
    state: Literal["missing", "invited", "signed", "refused", "withdrawn"]


class LedgerView(msgspec.Struct, frozen=True, kw_only=True):
    """How many ledger entries a case has, and the last signed root ("" while pending)."""

    entries: int
    root: str


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """What `case run --json` and `GET /cases/{id}` show (issue 3 §8)."""

    case: str
    item: str
    version: int
    state: State
    decision: Literal["granted", "refused", "undecided"]
    decided_by: Literal["machine", "officer", "proposed", ""]
    as_of: date
    reasons: tuple[ReasonView, ...]
    not_examined: tuple[str, ...]
    answers: tuple[AnswerView, ...]
    documents_replaced: int
    documents_carried: int
    visits: int
    questions_asked: int
    facts_held: int
    waves: int
    milliseconds: float
    credential: str | None  # sealed to the holder (JWE); the client opens it
    amount: Decimal | None
    ledger: LedgerView
    waits_until: datetime | None = None
    next_step: Text | None = None  # what the person can do now
    signatures: tuple[SignatureView, ...] = ()
    seen_as: Literal["resident", "agent", "clerk", "linked", "former"] = "resident"
    promised_on: date | None = None  # last day of the promise 承诺时限; None before acceptance
    legal_on: date | None = None  # last day of the legal limit 法定时限
    provisional: bool = False  # a notice on working days still to come may move them
    overdue: tuple[OverdueView, ...] = ()
    still: tuple[StillView, ...] = ()
    notices: tuple[NoticeView, ...] = ()
    declarations: tuple[DeclarationView, ...] = ()
    fee: Decimal | None = None  # due before delivery, in yuan
    fee_until: date | None = None  # the last day on which it is paid; afterwards the case ends without delivery
    papers: tuple[PaperView, ...] = ()  # the legal documents of the case, due or made
    acts: tuple[CaseAct, ...] = ()  # what the reader may do now with the whole case; nothing for anybody but its opener
    correct: tuple[str, ...] = ()  # what is to be corrected 补正, told once and completely
    stated: tuple[StatedView, ...] = ()  # what was typed into the form; to the person and who acts for them
    replaced: tuple[Text, ...] = ()  # the papers that nobody brought, by name
    decided_on: date | None = None  # from when the department's signed decision counts; None while there is none


class ExplainedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One question behind a condition: its answer, and which key of which gateway signed it."""

    question: str
    role: str
    department: str
    register: str
    sentence: Text
    answer: Text | None  # the answer in words, absence named: 民政局没有您的低保记录
    status: str  # value, not_held, unavailable, contested, "not_asked" or "withheld"
    value: Wire | None
    rests_on: str | None
    signed_by: str  # gateway party, "" while there is no sheet
    key: str  # thumbprint of the signing key
    sheet: str  # digest of the sheet
    entry: str  # ledger leaf of the asked entry


class ExplainedCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: its rule as the pack holds it, its law, what it came to, and the answers it rests on."""

    condition: str
    rule: str
    reference: str
    verified: bool
    result: Literal["true", "false", "unknown", "not_examined", "withheld"]
    otherwise: Text
    answers: tuple[ExplainedAnswer, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """`case explain`: condition → question → answer → who signed."""

    case: str
    item: str
    version: int
    as_of: date
    decision: str
    decided_by: str
    decision_signed_by: str  # handling gateway, "" while undecided or only proposed
    conditions: tuple[ExplainedCondition, ...]
