"""What the worker does about papers: decisions nobody asked for yet are written, and late deliveries are published."""

from __future__ import annotations

from mianzheng.cases.hub import Hub
from mianzheng.cases.loading import load
from mianzheng.cases.paper_making import NotSealed, make_paper, places_of
from mianzheng.decision.audience import RESIDENT
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.papers import PaperKind
from mianzheng.model.text import Text
from mianzheng.papers.typesetting import FontsMissing
from mianzheng.store import papers as stored

AFTER_HOURS = 1.0  # a decision nobody asked for in this time is written by the worker
DECISIONS = frozenset({PaperKind.GRANT, PaperKind.REFUSAL})
LATE = Text(
    "送达期限已届满，逾期原因须公开", "the term for delivery ended; the reason for the delay is to be published"
)
WAITS = Text("决定书等待送达。", "The decision waits to be delivered.")


class Unwritten:
    """Decisions nobody asked for yet, gone through page by page: those never sealed hold back no younger one."""

    def __init__(self, hub: Hub, *, page: int = 200) -> None:
        self._hub = hub
        self._page = page
        self._after = stored.NOTHING

    async def write(self) -> int:
        """Write a page of them, to be delivered in time; return how many were looked at, 0 at the end of all."""
        before = self._hub.clock() - self._hub.timings.hours(AFTER_HOURS)
        async with self._hub.store.connection() as connection:
            found = await stored.unpapered(connection, before, after=self._after, limit=self._page)
        silent: set[str] = set()
        for one in found:
            await _write(self._hub, one.case, silent)
        self._after = found[-1] if found else stored.NOTHING
        return len(found)


async def publish_late(hub: Hub) -> int:
    """Publish each decision that was not delivered within its term; return how many."""
    async with hub.store.connection() as connection:
        return await stored.publish_late(connection, hub.today, LATE, WAITS)


async def _write(hub: Hub, case: str, silent: set[str]) -> None:
    """Write a case's decision; one whose department does not answer is tried in the next round."""
    department = ""
    try:
        live = await load(hub, case)
        department = live.version.handling
        if department in silent:
            return
        async with hub.store.connection() as connection:
            rows = await stored.papers_of(connection, case)
        slugs = [one.slug for one in places_of(live, rows) if one.occasion.kind in DECISIONS]
        for slug in slugs:
            await make_paper(live, slug, RESIDENT)
    except NotFound:
        slugs = ["erased"]
    except NotSealed:
        return  # this one waits for a person; the department's other papers do not wait for it
    except (Unavailable, FontsMissing):
        silent.add(department)
        return
    if slugs:
        async with hub.store.connection() as connection:
            await stored.set_papered(connection, case)
