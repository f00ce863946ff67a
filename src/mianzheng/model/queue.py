"""The queue of an office: tickets with a number, and nothing about the person who drew one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.ids import Label

Move = Literal["pause", "resume", "hand-over", "done", "absent"]
HandOverReason = Literal["", "avoidance", "rest", "stuck", "elsewhere"]
STUCK = "stuck"  # the window 办不成事 of every office


class TicketState(StrEnum):
    """Where a ticket stands."""

    WAITING = "waiting"
    CALLED = "called"
    PAUSED = "paused"  # its clerk goes on with another one meanwhile
    DONE = "done"
    ABSENT = "absent"  # called, and nobody came


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn number of one day; `meant_for` names the window it was handed to, "" any window."""

    ticket: str
    office: str
    number: int
    state: TicketState
    window: str
    meant_for: str
    why: HandOverReason
    issued_at: datetime
    called_at: datetime | None
    ended_at: datetime | None


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """An office's queue as one member of staff sees it: how many wait, and the tickets in their own hands."""

    office: str
    waiting: int
    first_waits_since: datetime | None
    mine: tuple[Ticket, ...]


class NextCalled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /queue/{office}/next`: at which window."""

    window: Label


class TicketMoved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /queue/{office}/tickets/{ticket}/moves`; `to` and `why` of a hand-over."""

    move: Move
    to: Label = ""
    why: HandOverReason = ""
