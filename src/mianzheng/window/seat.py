"""A seat at the window: a member of staff's key, closed at rest, opened by their PIN, closed again by rest.

Wrong PINs are counted beside the key's file, so that a new start forgets none: five in a row, and the seat rests for a
quarter of an hour. What was begun waits in memory; nothing of it is shown while the seat is closed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from mianzheng.client.staff import stated_of
from mianzheng.client.window import Staff
from mianzheng.credentials.keys import BadKey
from mianzheng.credentials.pin_key import SUFFIX, ClosedKey, WrongPin
from mianzheng.credentials.staff_key import Steward, read_steward
from mianzheng.model.errors import MianzhengError

MOST_WRONG = 5
REST_SECONDS = 900


class SeatRests(MianzhengError):
    """Too many wrong PINs: nobody opens this seat for a while."""

    code = "seat-rests"


class _Tries(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside the key: wrong PINs in a row, and until when (seconds) none is taken."""

    wrong: int = 0
    until: float = 0.0


class Seat:
    """One member of staff at this machine."""

    def __init__(self, key_file: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Read the closed key of a file and the certificate beside it; `BadKey` for a key that lies open."""
        if not key_file.name.endswith(SUFFIX):
            raise BadKey(f"{key_file} is closed by no PIN", hint="`mianzheng window lock` closes it")
        self.holder: Steward = read_steward(key_file)
        self.staff = Staff(self.holder.key, self.holder.certificate)
        self.stated = stated_of(self.holder)
        self._clock = clock
        self._tries_file = key_file.with_name(key_file.name.removesuffix(SUFFIX) + ".tries.json")

    @property
    def _key(self) -> ClosedKey:
        key = self.holder.key
        if not isinstance(key, ClosedKey):
            raise BadKey("this key cannot be closed")
        return key

    @property
    def is_open(self) -> bool:
        """Whether its owner sits there: the key signs."""
        return self._key.is_open

    @property
    def rests_until(self) -> float:
        """Until when (seconds) no PIN is taken; 0 for now."""
        tries = self._tries()
        return tries.until if tries.until > self._clock() else 0.0

    async def open(self, pin: str) -> None:
        """Open the seat; `WrongPin`, or `SeatRests` after too many."""
        if self.rests_until:
            raise SeatRests("too many wrong PINs", hint="in a quarter of an hour again, or the head has a new key made")
        tries = self._tries()
        try:
            await asyncio.to_thread(self._key.unlock, pin)
        except WrongPin:
            wrong = tries.wrong + 1
            resting = self._clock() + REST_SECONDS if wrong >= MOST_WRONG else 0.0
            self._note(_Tries(wrong=0 if resting else wrong, until=resting))
            raise
        self._tries_file.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it: the key is gone from memory."""
        self._key.lock()

    def _tries(self) -> _Tries:
        try:
            return msgspec.json.decode(self._tries_file.read_bytes(), type=_Tries)
        except FileNotFoundError:
            return _Tries()
        except msgspec.DecodeError:  # whoever wrote something else there gains nothing
            return _Tries(until=self._clock() + REST_SECONDS)

    def _note(self, tries: _Tries) -> None:
        fresh = self._tries_file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(tries))
        fresh.chmod(0o600)
        fresh.replace(self._tries_file)
