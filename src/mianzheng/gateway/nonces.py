"""Nonces for sign-ins to this gateway: each good for one sign-in within five minutes.

A nonce carries its own time and a MAC under a secret of this run, so that asking for many of them
fills no memory; only used ones are remembered, until they would have ended anyway.
"""

from __future__ import annotations

import secrets
import threading

from mianzheng.credentials.suites import INTL, KEY_BYTES
from mianzheng.model.canonical import b64, unb64

NONCE_SECONDS = 300
_TIME_BYTES, _RANDOM_BYTES, _MAC_BYTES = 8, 16, 16


class Nonces:
    """The nonces of one run of one process; thread-safe."""

    def __init__(self) -> None:
        """Begin with a new secret: nonces of an earlier run are not taken."""
        self._secret = secrets.token_bytes(KEY_BYTES)
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def new(self, at: int) -> str:
        """Return a nonce made at time `at`."""
        body = at.to_bytes(_TIME_BYTES, "big") + secrets.token_bytes(_RANDOM_BYTES)
        return b64(body + INTL.mac(self._secret, body)[:_MAC_BYTES])

    def take(self, nonce: str, at: int) -> bool:
        """Use a nonce up; False when it is not ours, too old, or was used before."""
        made = self._made_at(nonce)
        if made is None or not made <= at < made + NONCE_SECONDS:
            return False
        with self._lock:
            for old in [used for used, end in self._used.items() if end <= at]:
                del self._used[old]
            if nonce in self._used:
                return False
            self._used[nonce] = made + NONCE_SECONDS
            return True

    def _made_at(self, nonce: str) -> int | None:
        try:
            data = unb64(nonce)
        except ValueError:
            return None
        body, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
        if len(data) != _TIME_BYTES + _RANDOM_BYTES + _MAC_BYTES or not secrets.compare_digest(
            mac, INTL.mac(self._secret, body)[:_MAC_BYTES]
        ):
            return None
        return int.from_bytes(body[:_TIME_BYTES], "big")
