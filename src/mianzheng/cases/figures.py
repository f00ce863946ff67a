"""The city's public figures, read at most once a minute; what counts fewer than ten people's cases is not published."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from mianzheng.cases.hub import Hub
from mianzheng.cases.library import read_item
from mianzheng.store import figures as stored

_log = logging.getLogger(__name__)
FLOOR = 10  # cases: a smaller figure could be somebody's own
FRESH_SECONDS = 60.0
NEWEST = 1000  # cases the median is taken of


class PublicFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`decided`, `median_seconds` and `spared` are None below the floor.

    `papers`: how many papers an item asked for before, on average; `at_once`: items the machine decides on the spot.
    """

    items: int
    departments: int
    papers: float
    at_once: int
    decided: int | None
    median_seconds: float | None
    spared: int | None


class FigureBoard:
    """The figures of one process; nobody but its first reader waits for them."""

    def __init__(self) -> None:
        self._figures: PublicFigures | None = None
        self._read_at = float("-inf")
        self._first = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def figures(self, hub: Hub) -> PublicFigures:
        """Return the figures; those older than a minute are shown once more, while they are read anew."""
        async with self._first:
            if self._figures is None:
                self._figures, self._read_at = await read_figures(hub), time.monotonic()
        if time.monotonic() - self._read_at >= FRESH_SECONDS and self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(hub))
        return self._figures

    async def _renew(self, hub: Hub) -> None:
        try:
            self._figures = await read_figures(hub)
        except SQLAlchemyError as error:  # the old ones stay for another minute
            _log.warning("the public figures were not read: %s", type(error).__name__)
        finally:
            self._read_at, self._renewing = time.monotonic(), None


async def read_figures(hub: Hub) -> PublicFigures:
    """Return the figures as they are now."""
    items = (await hub.library.index(hub.today)).all()
    async with hub.store.connection() as connection:
        decided = await stored.decided(connection)
        median = await stored.median_seconds(connection, NEWEST)
        brought = await stored.documents(connection)
    total = sum(decided.values())
    shown = total >= FLOOR
    before = sum(len(item.replaces) for item in items)
    return PublicFigures(
        items=len(items),
        departments=len(hub.library.facts.departments),
        papers=round(before / len(items), 1) if items else 0.0,
        at_once=sum(item.decided_at_once for item in items),
        decided=total if shown else None,
        median_seconds=median if shown else None,
        spared=max(0, _replaced(hub, decided) - brought) if shown else None,
    )


def _replaced(hub: Hub, decided: Mapping[tuple[str, int], int]) -> int:
    """Return how many papers the decided cases would have asked for before."""
    rows = ((count, hub.library.signed(*version)) for version, count in decided.items())
    return sum(count * len(read_item(row.signed).replaces) for count, row in rows)
