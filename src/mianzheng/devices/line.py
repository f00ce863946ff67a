"""The call line's program: a double of an operator that calls a telephone and says six digits.

`POST /calls` takes the authority's signed `Call`; nobody else can make it ring. What was said stays with the
telephone: `GET /phones/<telephone>` is the ear of whoever holds it, and of a test.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import msgspec

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.devices.serving import Device, DeviceRefused
from mianzheng.model.presence import Call

CALL_SECONDS = 60


class CallLine:
    """One operator's line; what was said is in memory only."""

    def __init__(self, party: str, keys: Path) -> None:
        """Read the trust list of `party` from its own folder."""
        self.party = party
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        self._said: dict[str, list[str]] = {}
        self._calls: set[str] = set()
        self._lock = threading.Lock()

    def device(self, port: int) -> Device:
        """Return the server of this line."""
        return Device(port, {"POST /calls": lambda _, body: self.call(body), "GET /phones": self.heard})

    def call(self, body: bytes) -> bytes:
        """Call a telephone; `DeviceRefused` unless an authority says so now, once."""
        now = int(time.time())
        try:
            token = body.decode("ascii")
            _, call = self.trust.read(token, typ="mz-call", type=Call, role="authority:person", at=now)
        except (UnicodeDecodeError, BadToken, Untrusted):
            raise DeviceRefused("only an authority has telephones called") from None
        if call.aud != self.party or abs(now - call.iat) > CALL_SECONDS:
            raise DeviceRefused("the call is for another line, or of another time")
        with self._lock:
            if call.call not in self._calls:
                self._calls.add(call.call)
                self._said.setdefault(call.to, []).append(call.code)
        return b"{}"

    def heard(self, phone: str, _: bytes) -> bytes:
        """Return every code said to a telephone, oldest first."""
        with self._lock:
            return msgspec.json.encode(self._said.get(phone, []))
