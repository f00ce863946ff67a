"""Evidence: what is known when a case is decided. Unknown is a value here, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.item import ParamTable
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text

QuestionAt = tuple[str, str]  # (question id, role)


class Status(StrEnum):
    """How a question ended."""

    VALUE = "value"
    NOT_HELD = "not_held"
    UNAVAILABLE = "unavailable"  # the exchange's word: waits, then the fall-back
    CONTESTED = "contested"  # the person's contest stands open beside the sheet


class RestsOn(StrEnum):
    """What an answer rests on: a row, a NULL in it, an absent row (closed), or a missing one (open)."""

    ROW = "row"
    NULL = "null"
    ABSENT = "absent"
    MISSING = "missing"


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer as it stands in a sheet's disclosure."""

    status: Status
    value: Wire | None = None  # in wire form; the question knows its type
    rests_on: RestsOn | None = None
    as_of: datetime | None = None  # when the register's data were true
    scope: Literal["here", "country"] | None = None
    reason: str = ""  # for the operator, when unavailable; holds no personal data
    sealed: str = ""  # of a need: the value as JWE to the handling gateway; value is then None
    linked: tuple[str, ...] = ()  # of a link: digests of the bundles made, in order; value is their number


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that `decide` may look at. Answers of roles of many people stand under `role#n`."""

    answers: Mapping[QuestionAt, Answer] = {}
    forms: Mapping[str, Wire] = {}
    findings: Mapping[str, Wire] = {}
    params: Mapping[str, ParamTable] = {}
    contested: frozenset[QuestionAt] = frozenset()
    members: Mapping[str, int] = {}  # of a role without a link: how many people it has; else its link's answer says so
    declared: frozenset[str] = frozenset()  # conditions with fall-back `declare` that the person declared 告知承诺
    settled: Mapping[str, bool] = {}  # condition -> what an officer found and signed where answers leave it open
    computed: Mapping[
        str, Wire
    ] = {}  # `amount`, `claims.<name>` -> what an officer entered where it cannot be computed
    granted_before: bool = False  # the handling department granted this payment already; its register may not show it


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a condition failed: which answers were false, whose they are, where to contest them."""

    condition: str
    text: Text
    department: str
    answers: tuple[QuestionAt, ...] = ()


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that stays undecided, with its lawful way on."""

    condition: str
    fallback: Literal["wait", "person", "accept_incomplete", "declare"]
    waits_for: tuple[QuestionAt, ...]  # unavailable ones: the next try may settle them


class Granted(msgspec.Struct, frozen=True, kw_only=True, tag="granted"):
    """The case is granted. `amount` in yuan; `claims` of the credential.

    Answers met all conditions but those named: `declared` rest on the person's declaration, `settled` on an
    officer's finding.
    """

    amount: Decimal | None = None
    claims: dict[str, Wire] = {}
    declared: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The case would be refused; `not_examined`: conditions no answer decided, `settled`: those an officer failed."""

    reasons: tuple[Reason, ...]
    not_examined: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


class Undecided(msgspec.Struct, frozen=True, kw_only=True, tag="undecided"):
    """Neither yet: each open condition with its fall-back, and failing ones already known."""

    open: tuple[Open, ...]
    reasons: tuple[Reason, ...] = ()


Decision = Granted | Refused | Undecided
