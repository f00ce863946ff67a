"""The RFC 9162 Merkle tree over a store of nodes: append, root, inclusion and consistency proofs.

Every complete subtree's hash is kept as the node (level, index), level 0 being the leaves; so a
root, a proof and an append each read O(log n) nodes, in one call of the store. A subtree on the
right edge that is not complete is folded from the complete ones it consists of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from mianzheng.ledger.proofs import EMPTY_ROOT, node_hash
from mianzheng.model.errors import WrongUse

NodeAt = tuple[int, int]  # level, index at that level
Span = tuple[int, int]  # leaves from (inclusive) to (exclusive)


class NodeStore(Protocol):
    """Where the nodes are kept. Nodes are written once and never changed."""

    def read(self, nodes: Sequence[NodeAt]) -> list[bytes]:
        """Return the hashes of `nodes` in their order; `KeyError` for one that is missing."""

    def write(self, nodes: Mapping[NodeAt, bytes]) -> None:
        """Keep new nodes."""


class MemoryNodes:
    """A node store in memory: for tests, and for whoever rebuilds a tree from its leaves."""

    def __init__(self) -> None:
        """Begin with an empty tree."""
        self._nodes: dict[NodeAt, bytes] = {}

    def read(self, nodes: Sequence[NodeAt]) -> list[bytes]:
        """Return the hashes of `nodes` in their order; `KeyError` for one that is missing."""
        return [self._nodes[node] for node in nodes]

    def write(self, nodes: Mapping[NodeAt, bytes]) -> None:
        """Keep new nodes; `WrongUse` when one would change."""
        for at, node in nodes.items():
            if self._nodes.setdefault(at, node) != node:
                raise WrongUse(f"node {at} of an append-only tree would change")


def grow(frontier: Mapping[NodeAt, bytes], size: int, leaves: Sequence[bytes]) -> dict[NodeAt, bytes]:
    """Return the new nodes of a tree of `size` leaves to which `leaves` are appended.

    `frontier` holds the hashes of `peaks(size)`; a caller without a `NodeStore` reads them as it can.
    """
    nodes: dict[NodeAt, bytes] = {}
    for index, leaf in enumerate(leaves, start=size):
        level, at, node = 0, index, leaf
        nodes[0, index] = leaf
        while at & 1:
            left = nodes.get((level, at - 1)) or frontier[level, at - 1]
            level, at, node = level + 1, at >> 1, node_hash(left, node)
            nodes[level, at] = node
    return nodes


def append(store: NodeStore, size: int, leaves: Sequence[bytes]) -> bytes:
    """Append `leaves` to the tree of `size` leaves and return the new root."""
    at = peaks(size)
    frontier = dict(zip(at, store.read(at), strict=True))
    nodes = grow(frontier, size, leaves)
    store.write(nodes)
    known = frontier | nodes
    return fold([known[peak] for peak in peaks(size + len(leaves))])


def root(store: NodeStore, size: int) -> bytes:
    """Return the root of the first `size` leaves."""
    return fold(store.read(peaks(size)))


def inclusion_proof(store: NodeStore, *, index: int, size: int) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree of `size` leaves, from the leaf up."""
    if not 0 <= index < size:
        raise WrongUse(f"leaf {index} is not in a tree of {size}")
    spans = inclusion_spans(index, size)
    return proof_of(spans, store.read(nodes_of(spans)))


def consistency_proof(store: NodeStore, *, first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of `second` leaves only appended to that of `first`."""
    if not 0 <= first <= second:
        raise WrongUse(f"a tree of {first} does not come before one of {second}")
    spans = consistency_spans(first, second)
    return proof_of(spans, store.read(nodes_of(spans)))


def peaks(size: int) -> list[NodeAt]:
    """Return the complete subtrees that a tree of `size` leaves consists of, from left to right."""
    return cover((0, size))


def cover(span: Span) -> list[NodeAt]:
    """Return the complete subtrees of an aligned span of leaves, from left to right."""
    start, end = span
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees, largest first."""
    if not hashes:
        return EMPTY_ROOT
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the spans whose hashes make the audit path of a leaf, from the leaf up (RFC 9162 §2.1.3.1)."""
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """Return the spans whose hashes make a consistency proof (RFC 9162 §2.1.4.1)."""
    if first in (0, second):
        return []
    spans, start, end, whole = [], 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    if not whole:
        spans.append((start, end))
    return spans[::-1]


def nodes_of(spans: Sequence[Span]) -> list[NodeAt]:
    """Return the nodes a proof over `spans` needs, for a caller that reads them in its own way."""
    return [node for span in spans for node in cover(span)]


def proof_of(spans: Sequence[Span], hashes: Sequence[bytes]) -> list[bytes]:
    """Return the proof over `spans` from the hashes of `nodes_of(spans)`, in that order."""
    remaining: Iterator[bytes] = iter(hashes)
    return [fold([next(remaining) for _ in cover(span)]) for span in spans]


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
