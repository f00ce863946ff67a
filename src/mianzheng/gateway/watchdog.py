"""One thread that stops database work which takes too long; work itself runs where it was asked for.

A thread per register would do the same and cost two hand-overs for each question.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Limit:
    """One running piece of work; `stop` is called once if it is still running at its deadline."""

    def __init__(self, stop: Callable[[], None]) -> None:
        """Watch work that `stop` can end."""
        self._stop = stop
        self._lock = threading.Lock()
        self._over = False
        self.tripped = False

    def trip(self) -> None:
        """Stop the work, unless it is over already."""
        with self._lock:
            if not self._over:
                self.tripped = True
                self._stop()

    def end(self) -> None:
        """Say that the work is over: from now on nothing is stopped."""
        with self._lock:
            self._over = True


class Watchdog:
    """Trips limits at their deadlines; thread-safe."""

    def __init__(self) -> None:
        """Begin with nothing to watch; the thread starts with the first limit."""
        self._heap: list[tuple[float, int, Limit]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def limit(self, seconds: float, stop: Callable[[], None]) -> Iterator[Limit]:
        """Run the body under a limit."""
        limit = Limit(stop)
        with self._changed:
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._numbers), limit))
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is limit:
                self._changed.notify()
        try:
            yield limit
        finally:
            limit.end()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._heap or self._heap[0][0] > time.monotonic():
                    wait = self._heap[0][0] - time.monotonic() if self._heap else None
                    self._changed.wait(wait)
                limit = heapq.heappop(self._heap)[2]
            limit.trip()
