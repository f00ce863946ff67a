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


async def write_papers(hub: Hub) -> int:
    """Write decisions nobody asked for yet, so that they can be delivered in time; return how many."""
    async with hub.store.connection() as connection:
        found = await stored.unpapered(connection, hub.clock() - hub.timings.hours(AFTER_HOURS))
    silent: set[str] = set()
    return sum([await _write(hub, case, silent) for case in found])


async def publish_late(hub: Hub) -> int:
    """Publish each decision that was not delivered within its term; return how many."""
    async with hub.store.connection() as connection:
        return await stored.publish_late(connection, hub.today, LATE, WAITS)


async def _write(hub: Hub, case: str, silent: set[str]) -> int:
    """Write a case's decision; one whose department does not answer is tried in the next round."""
    department = ""
    try:
        live = await load(hub, case)
        department = live.version.handling
        if department in silent:
            return 0
        async with hub.store.connection() as connection:
            rows = await stored.papers_of(connection, case)
        slugs = [one.slug for one in places_of(live, rows) if one.occasion.kind in DECISIONS]
        for slug in slugs:
            await make_paper(live, slug, RESIDENT)
    except NotFound:
        slugs = ["erased"]
    except NotSealed:
        return 0  # this one waits for a person; the department's other papers do not wait for it
    except (Unavailable, FontsMissing):
        silent.add(department)
        return 0
    if slugs:
        async with hub.store.connection() as connection:
            await stored.set_papered(connection, case)
    return len(slugs)
