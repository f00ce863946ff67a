"""The same work for many things in a few processes, each forked from this one, which does its own share.

A child gives back what it made, pickled, over a pipe. What a child does not bring (it was killed, or its work failed)
is done here, so that an error is raised where it can be seen. Only for callers without threads of their own.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")
FEWEST = 100  # things for which a process is worth its start


def side_by_side(work: Callable[[T], R], things: Sequence[T], processes: int) -> list[R]:
    """Return what `work` makes of each thing, in their order."""
    count = min(processes, max(len(things) // FEWEST, 1)) if hasattr(os, "fork") else 1
    children = [forked(lambda own: [work(thing) for thing in own], things[share::count]) for share in range(1, count)]
    found: list[Any] = [None] * len(things)
    found[::count] = [work(thing) for thing in things[::count]]
    for share, child in enumerate(children, 1):
        brought = child.brought()
        found[share::count] = [work(thing) for thing in things[share::count]] if brought is None else brought
    return found


class Child(NamedTuple):
    """A process that was forked to make something."""

    pid: int
    pipe: int

    def brought(self) -> Any:
        """Return what the child made, once it has; None when it did not come to its end."""
        with open(self.pipe, "rb") as pipe:
            written = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        return pickle.loads(written) if status == 0 else None  # by our own child


def forked(make: Callable[[T], object], of: T) -> Child:
    """Return a child that makes something, neither None nor what cannot be pickled, and ends."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading)
    status = 1
    with contextlib.suppress(BaseException):
        os.close(reading)
        made = pickle.dumps(make(of), pickle.HIGHEST_PROTOCOL)
        with open(writing, "wb") as pipe:
            pipe.write(made)
        status = 0
    os._exit(status)
