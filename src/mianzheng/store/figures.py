"""Public figures: cases decided by item, the newest times to a decision, papers that were asked for after all.

Each statement reads one index and no case; what a case is about stays encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_DECIDED = text(
    "select item, item_version, count(*) from cases"
    " where settled_at is not null and decision <> 'undecided' and decided_by <> 'proposed'"
    " group by item, item_version"
)
_SECONDS = text(
    "select percentile_cont(0.5) within group (order by seconds) from ("
    " select extract(epoch from settled_at - authorised_at) as seconds from cases"
    " where settled_at is not null and decision <> 'undecided' and decided_by <> 'proposed'"
    " order by settled_at desc limit :newest) as last where seconds >= 0"
)
_DOCUMENTS = text("select count(*) from burdens where kind = 'document'")


async def decided(connection: AsyncConnection) -> Mapping[tuple[str, int], int]:
    """Return how many cases of each item version are decided for good."""
    return {(row[0], row[1]): row[2] for row in (await connection.execute(_DECIDED)).all()}


async def median_seconds(connection: AsyncConnection, newest: int) -> float | None:
    """Return the median time from signing to decision of the newest decided cases, in seconds; None for none."""
    found = (await connection.execute(_SECONDS, {"newest": newest})).scalar_one()
    return None if found is None else float(found)


async def documents(connection: AsyncConnection) -> int:
    """Return how many papers people had to bring after all."""
    found: int = (await connection.execute(_DOCUMENTS)).scalar_one()
    return found
