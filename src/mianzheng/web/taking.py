"""Taking a step of a case from outside: a case that a job moves at the same moment is read and tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mianzheng.cases.change import Overtaken
from mianzheng.cases.live import LiveCase

TRIES = 3


async def take(find: Callable[[], Awaitable[LiveCase]], act: Callable[[LiveCase], Awaitable[None]]) -> LiveCase:
    """Return the case that `find` reads, with the step taken; `Overtaken` when another was first each time.

    `find` is called anew before each try, and checks each time that the case is the caller's.
    """
    for _ in range(TRIES - 1):
        live = await find()
        try:
            await act(live)
        except Overtaken:
            continue
        return live
    live = await find()
    await act(live)
    return live
