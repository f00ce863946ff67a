"""The same work for many things in a few processes, each forked from this one, which does its own share.

A child gives back what it made over a pipe of `multiprocessing`. What a child does not bring (it was killed, or its
work failed) is done here, so that an error is raised where it can be seen. Only for callers without threads.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
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

    process: ForkProcess
    pipe: Connection

    def brought(self) -> Any:
        """Return what the child made, once it has; None when it did not come to its end."""
        try:
            return self.pipe.recv()
        except EOFError:
            return None
        finally:
            self.pipe.close()
            self.process.join()


def forked(make: Callable[[T], object], of: T) -> Child:
    """Return a child that makes something, neither None nor what cannot be pickled, and ends."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_make, args=(make, of, sending))
    process.start()
    sending.close()
    return Child(process, receiving)


def _make(make: Callable[[T], object], of: T, pipe: Connection) -> None:
    with contextlib.suppress(BaseException):  # what failed is done again by the parent, where it can be seen
        pipe.send(make(of))
