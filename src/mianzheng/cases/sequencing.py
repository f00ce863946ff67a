"""The sequencer: pending ledger entries get their places in the RFC 9162 tree, and each batch a signed head.

Writers never wait for it: their entries are rows of their own transactions. One process folds at
a time (an advisory lock); a batch and its head are one transaction, so no head is ever without
its nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.credentials.keys import PrivateKey
from mianzheng.ledger.entry import opening_leaf
from mianzheng.ledger.heads import sign_head
from mianzheng.ledger.tree import Span, consistency_spans, cover, fold, grow, inclusion_spans, peaks
from mianzheng.store import ledger as stored
from mianzheng.store.engine import Store
from mianzheng.store.ledger import HeadRow

BATCH = 5000


async def fold_pending(store: Store, *, ledger: str, key: PrivateKey, now: datetime) -> HeadRow | None:
    """Fold one batch and return its signed head; None when nothing is pending or another process folds."""
    async with store.transaction() as connection:
        if not await stored.lock_sequencer(connection):
            return None
        size = await stored.tree_size(connection)
        opening = [] if size else [await _open(connection, ledger, now)]
        waiting = await stored.pending(connection, BATCH)
        leaves = [*opening, *(leaf for _, leaf in waiting)]
        if not leaves:
            return None
        frontier = await stored.nodes(connection, peaks(size))
        made = grow(frontier, size, leaves)
        end = size + len(leaves)
        known = frontier | made
        root = fold([known[peak] for peak in peaks(end)])
        await stored.fold(connection, [row for row, _ in waiting], size + len(opening))
        await stored.add_nodes(connection, made)
        signed = sign_head(ledger, size=end, root=root, at=int(now.timestamp()), key=key)
        head = HeadRow(size=end, root=root, signed=signed, at=now)
        await stored.add_head(connection, head)
    return head


async def consistency(connection: AsyncConnection, first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of `second` leaves only appended to that of `first`."""
    return await _hash_spans(connection, consistency_spans(first, second))


async def inclusions(
    connection: AsyncConnection, indexes: Sequence[int], size: int
) -> dict[tuple[int, int], list[bytes]]:
    """Return the audit path of each leaf in the tree of `size` leaves, by (index, size), in one query."""
    spans = {index: inclusion_spans(index, size) for index in indexes}
    hashes = await _hash_spans(connection, [span for path in spans.values() for span in path])
    found = iter(hashes)
    return {(index, size): [next(found) for _ in path] for index, path in spans.items()}


async def _open(connection: AsyncConnection, ledger: str, now: datetime) -> bytes:
    """Write the ledger's first leaf: whose it is and the suite of its hashes; nothing in it is secret."""
    salt, content, leaf = opening_leaf(ledger, at=int(now.timestamp()))
    await stored.add_opening(connection, leaf, salt + content)
    return leaf


async def _hash_spans(connection: AsyncConnection, spans: list[Span]) -> list[bytes]:
    covers = [cover(span) for span in spans]
    found = await stored.nodes(connection, {node for nodes in covers for node in nodes})
    return [fold([found[node] for node in nodes]) for nodes in covers]
