"""A person at a window with their own phone: a code that lets the clerk open a case for them, and sign nothing."""

from __future__ import annotations

import msgspec


class MeetingMade(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /meetings`: eight digits, said or shown to one clerk within `until` (seconds)."""

    code: str
    until: int


class MeetingJoined(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /meetings/guests`."""

    code: str
