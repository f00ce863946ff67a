"""Failed sign-ins of one account: after too many it rests for a while, whether there is such an account or not.

The count lies under a pseudonym, in this process's memory. While an account rests every sign-in for it by that kind of
proof is refused like any other, in the same words and on the same tick; another proof is another way in, so nobody is
locked out by a stranger who knows the number.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 20  # failures
SECONDS = 900.0
KEPT = 10_000  # accounts; the one longest unused is forgotten


class Tries:
    """Counts failures by account; thread-safe."""

    def __init__(self, *, most: int = MOST, seconds: float = SECONDS) -> None:
        """Let an account rest that failed `most` times within `seconds`."""
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def rests(self, account: str, at: float) -> bool:
        """Tell whether an account failed too often of late."""
        with self._lock:
            return len(self._of(account, at)) >= self._most

    def failed(self, account: str, at: float) -> None:
        """Count a failure."""
        with self._lock:
            self._failed[account] = [*self._of(account, at), at][-self._most :]
            self._failed.move_to_end(account)
            if len(self._failed) > KEPT:
                self._failed.popitem(last=False)

    def _of(self, account: str, at: float) -> list[float]:
        return [one for one in self._failed.get(account, ()) if at - one < self._seconds]
