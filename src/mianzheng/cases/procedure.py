"""What the procedure of a case knows beside its answers: one encrypted part, replaced whole by each step.

Nothing here is computed: dates that follow from working days are counted anew whenever they are needed.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from mianzheng.deadlines import Extension, Suspension
from mianzheng.model.asking import SignedStep
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.officers import Recommendation, StaffAct
from mianzheng.model.publishing import Certified


class AskedCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """补正: told once, everything; `within` working days to correct it."""

    what: tuple[str, ...]
    told_on: date
    within: int


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A day for a finding."""

    finding: str
    on: date
    place: str


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration the person signed; `kept` once it was checked."""

    signed: SignedStep
    kept: bool | None = None


class Upheld(msgspec.Struct, frozen=True, kw_only=True):
    """A contest that the answering department answered: its record stands, and why."""

    reason: str
    on: date
    signed: Certified


class Correcting(msgspec.Struct, frozen=True, kw_only=True):
    """An answer the department says it corrected; its gateway was not heard yet."""

    question: str
    role: str


class Procedure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it. Days are in Asia/Shanghai."""

    accepted_on: date | None = None  # where it is another day than that of the signature: corrected, reopened
    decided_on: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    extension: Extension | None = None
    asked_correction: AskedCorrection | None = None
    booked: Booked | None = None
    findings: dict[str, Certified] = {}
    signature: Certified | None = None
    shown: Recommendation | None = None  # what was signed
    approvals: dict[str, Certified] = {}  # department -> its officer's approval of `shown`
    clearances: tuple[str, ...] = ()  # of avoidance 回避, for whoever took, signed or decided anything
    cleared: tuple[str, ...] = ()  # thumbprints of their keys
    declared: dict[str, Declared] = {}  # condition -> what the person signed
    incomplete_since: dict[str, date] = {}  # condition -> accepted although it is open
    proposed_on: date | None = None
    contested_on: dict[str, date] = {}  # key of (question, role)
    upheld: dict[str, Upheld] = {}
    correcting: Correcting | None = None
    superseded: tuple[str, ...] = ()  # request:question of answers that were corrected since
    notice_until: date | None = None
    objected: bool = False  # somebody objected: an officer signs what follows
    granted_before: bool = False  # the handling gateway granted this payment in another case
    founded: bool = False  # the objections were founded: nothing is signed until a record was corrected
    fee: str | None = None  # due, in yuan
    fee_since: date | None = None  # told on this day; the term for paying runs from it
    fee_reminded: bool = False
    paid: Certified | None = None
    delivered_on: date | None = None
    published: tuple[str, ...] = ()  # limits whose running out was published
    reopened: Certified | None = None
    told: Literal["", "not-accepted", "revoked", "not-named"] = ""
    reason: str = ""  # why, of what was told
    acts: dict[str, StaffAct] = {}  # every act but taking and signing; by kind of paper and day, where a paper tells it


def key_of(at: QuestionAt) -> str:
    """Return a question about a role as one text."""
    return f"{at[0]}:{at[1]}"


def at_of(key: str) -> QuestionAt:
    """Return the question and role of a text that `key_of` made."""
    question, _, role = key.partition(":")
    return question, role
