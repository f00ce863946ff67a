"""Cases 办件: their states and what the outside sees of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text


class State(StrEnum):
    """Every state of a case; `EDGES` says which may follow which."""

    APPLIED = "applied"
    ACCEPTED = "accepted"  # 受理: as_of is fixed
    AUTHORISED = "authorised"
    ASKING = "asking"
    UNDECIDED = "undecided"
    PROPOSED = "proposed"  # a refusal the machine proposes; the person accepts, corrects or asks for a person
    GRANTED = "granted"
    REFUSED = "refused"
    ISSUED = "issued"
    DELIVERED = "delivered"
    WAITING_REGISTER = "waiting_register"
    WAITING_PERSON = "waiting_person"
    WAITING_SIGNATURE = "waiting_signature"  # of another adult whom the item asks about
    CONTESTED = "contested"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"  # 办不成事
    ENDED = "ended"


EDGES: dict[State, frozenset[State]] = {
    State.APPLIED: frozenset({State.ACCEPTED, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.AUTHORISED, State.WITHDRAWN}),
    State.AUTHORISED: frozenset({State.ASKING, State.WITHDRAWN, State.WAITING_PERSON}),
    State.ASKING: frozenset(
        {
            State.ASKING,
            State.UNDECIDED,
            State.PROPOSED,
            State.GRANTED,
            State.WITHDRAWN,
            State.CONTESTED,
            State.WAITING_SIGNATURE,
        }
    ),
    State.UNDECIDED: frozenset({State.WAITING_REGISTER, State.WAITING_PERSON, State.WITHDRAWN, State.ESCALATED}),
    State.WAITING_REGISTER: frozenset({State.ASKING, State.WAITING_PERSON, State.WITHDRAWN, State.CONTESTED}),
    State.WAITING_SIGNATURE: frozenset(
        {State.ASKING, State.WAITING_PERSON, State.WITHDRAWN, State.CONTESTED, State.ESCALATED}
    ),
    State.WAITING_PERSON: frozenset(
        {State.ASKING, State.ESCALATED, State.WITHDRAWN, State.CONTESTED, State.PROPOSED, State.GRANTED}
    ),
    State.PROPOSED: frozenset({State.REFUSED, State.CONTESTED, State.WAITING_PERSON, State.WITHDRAWN}),
    State.CONTESTED: frozenset({State.WAITING_PERSON, State.ASKING, State.WITHDRAWN, State.ESCALATED}),
    State.GRANTED: frozenset({State.ISSUED, State.WAITING_PERSON}),  # the handling gateway may not agree
    State.ISSUED: frozenset({State.DELIVERED}),
    State.DELIVERED: frozenset({State.ENDED}),
    State.REFUSED: frozenset({State.ENDED, State.ESCALATED}),
    State.ESCALATED: frozenset({State.WAITING_PERSON, State.ENDED}),
    State.WITHDRAWN: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}


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
    seen_as: Literal["resident", "agent", "clerk", "linked"] = "resident"


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
