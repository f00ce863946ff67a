"""The call line's program: a double of an operator that calls a telephone and says six digits.

`POST /calls` takes the authority's signed `Call`, `POST /messages` its `Message`; nobody else can make it ring. What
was said stays with the telephone: `GET /phones/<telephone>` and `GET /messages/<telephone>` are the ear and the eye
of whoever holds it, and of a test.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TypeVar

import msgspec

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.devices.serving import Device, DeviceRefused
from mianzheng.model.presence import Call, Message

CALL_SECONDS = 60
T = TypeVar("T", Call, Message)


class CallLine:
    """One operator's line; what was said is in memory only."""

    def __init__(self, party: str, keys: Path) -> None:
        """Read the trust list of `party` from its own folder."""
        self.party = party
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        self._said: dict[str, list[str]] = {}
        self._sent: dict[str, list[str]] = {}
        self._calls: set[str] = set()
        self._lock = threading.Lock()

    def device(self, port: int) -> Device:
        """Return the server of this line."""
        return Device(
            port,
            {
                "POST /calls": lambda _, body: self.call(body),
                "POST /messages": lambda _, body: self.message(body),
                "GET /phones": self.heard,
                "GET /messages": self.read,
            },
        )

    def call(self, body: bytes) -> bytes:
        """Call a telephone; `DeviceRefused` unless an authority says so now, once."""
        call = self._told(body, "mz-call", Call)
        self._keep(call.call, self._said, call.to, call.code)
        return b"{}"

    def message(self, body: bytes) -> bytes:
        """Send a message to a telephone; `DeviceRefused` unless an authority says so now, once."""
        message = self._told(body, "mz-message", Message)
        self._keep(message.message, self._sent, message.to, message.text)
        return b"{}"

    def heard(self, phone: str, _: bytes) -> bytes:
        """Return every code said to a telephone, oldest first."""
        with self._lock:
            return msgspec.json.encode(self._said.get(phone, []))

    def read(self, phone: str, _: bytes) -> bytes:
        """Return every message sent to a telephone, oldest first."""
        with self._lock:
            return msgspec.json.encode(self._sent.get(phone, []))

    def _told(self, body: bytes, typ: str, type: type[T]) -> T:
        now = int(time.time())
        try:
            token = body.decode("ascii")
            _, told = self.trust.read(token, typ=typ, type=type, role="authority:person", at=now)
        except (UnicodeDecodeError, BadToken, Untrusted):
            raise DeviceRefused("only an authority has telephones called") from None
        if told.aud != self.party or abs(now - told.iat) > CALL_SECONDS:
            raise DeviceRefused("the call is for another line, or of another time")
        return told

    def _keep(self, once: str, where: dict[str, list[str]], phone: str, text: str) -> None:
        with self._lock:
            if once not in self._calls:
                self._calls.add(once)
                where.setdefault(phone, []).append(text)
