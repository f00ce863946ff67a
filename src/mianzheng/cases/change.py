"""What one step of a case changes, and why a step may not be taken."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from mianzheng.cases.parts import Opening, Outcome, Participant, Permit, Sent
from mianzheng.cases.procedure import Procedure
from mianzheng.model.errors import MianzhengError
from mianzheng.store.cases import ContestRow
from mianzheng.store.edges import NewEntry
from mianzheng.store.procedure import Beside


class Overtaken(MianzhengError):
    """Another process moved the case first; what this one meant to do is done or void."""

    code = "overtaken"
    permanent = False


class NotInThisState(MianzhengError):
    """The step does not exist from where the case stands."""

    code = "not-in-this-state"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger entry ready to be committed, and the leaf hash that travels."""

    leaf: str  # base64url
    row: NewEntry


class Change(msgspec.Struct, kw_only=True):
    """All that one step changes besides the state."""

    reason: str
    entries: list[Made] = []
    requests: list[Sent] = []
    answers: dict[str, bytes | None] = {}  # request id → its verified answer; None: void
    permit: Permit | None = None
    outcome: Outcome | None = None
    as_of: date | None = None
    wave: int | None = None
    decision: str | None = None
    decided_by: str | None = None
    attempts: int = 0
    authorised_at: datetime | None = None
    settled_at: datetime | None = None
    waits_until: datetime | None = None
    due_at: datetime | None = None
    contest: ContestRow | None = None
    participants: dict[str, Participant] = {}  # role as asked about -> how that other adult now stands
    by_job: bool = False  # a job looks at the case at due_at; else only the sweep does
    procedure: Procedure | None = None
    beside: Beside | None = None  # rows written in the step's own transaction
    opening: Opening | None = None  # where the person corrected what they stated
    handler: str | None = None
