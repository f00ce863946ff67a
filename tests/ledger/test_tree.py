"""The Merkle tree against the reference vectors of RFC 6962/9162, and against the RFC's own recursion."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.ledger.proofs import EMPTY_ROOT, verify_consistency, verify_inclusion
from mianzheng.ledger.tree import (
    MemoryNodes,
    NodeAt,
    append,
    consistency_proof,
    grow,
    inclusion_proof,
    peaks,
    root,
)
from mianzheng.model.errors import WrongUse

# the test tree of Certificate Transparency: leaf inputs, and the root of each prefix
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


CT_LEAVES = [leaf(bytes.fromhex(text)) for text in INPUTS]


def tree(leaves: Sequence[bytes]) -> MemoryNodes:
    store = MemoryNodes()
    append(store, 0, leaves)
    return store


def recursive_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root as RFC 9162 §2.1.1 defines it."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + recursive_root(leaves[:k]) + recursive_root(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference_tree(size: int) -> None:
    assert root(tree(CT_LEAVES), size).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_audit_paths_are_those_of_the_reference_tree(index: int, size: int) -> None:
    path = inclusion_proof(tree(CT_LEAVES), index=index, size=size)
    assert [item.hex() for item in path] == PATHS[index, size]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_the_consistency_proofs_are_those_of_the_reference_tree(first: int, second: int) -> None:
    proof = consistency_proof(tree(CT_LEAVES), first=first, second=second)
    assert [item.hex() for item in proof] == CONSISTENCY[first, second]


def test_the_root_of_three_letters_is_that_of_rfc_9162() -> None:
    leaves = [leaf(letter) for letter in (b"a", b"b", b"c")]
    assert leaves[0].hex() == "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"
    assert root(tree(leaves), 3).hex() == "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root(MemoryNodes(), 0) == EMPTY_ROOT


LEAVES = [leaf(bytes([number])) for number in range(40)]
STORE = tree(LEAVES)


@pytest.mark.parametrize("size", range(41))
def test_every_root_is_that_of_the_rfc_s_recursion(size: int) -> None:
    assert root(STORE, size) == recursive_root(LEAVES[:size])


def test_every_leaf_of_every_tree_is_proved() -> None:
    for size in range(1, 41):
        top = root(STORE, size)
        for index in range(size):
            path = inclusion_proof(STORE, index=index, size=size)
            assert verify_inclusion(LEAVES[index], index=index, size=size, proof=path, root=top)


def test_every_tree_is_proved_consistent_with_every_smaller_one() -> None:
    for second in range(41):
        for first in range(second + 1):
            proof = consistency_proof(STORE, first=first, second=second)
            assert verify_consistency(
                first=first, second=second, proof=proof, first_root=root(STORE, first), second_root=root(STORE, second)
            )


@given(st.lists(st.integers(0, 9), max_size=12))
def test_batches_of_any_size_give_the_same_tree(batches: list[int]) -> None:
    store, size = MemoryNodes(), 0
    for batch in batches:
        top = append(store, size, [leaf(f"{number}".encode()) for number in range(size, size + batch)])
        size += batch
        assert top == root(store, size) == recursive_root([leaf(f"{number}".encode()) for number in range(size)])


class CountingNodes(MemoryNodes):
    """Counts calls and nodes read."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.nodes = 0

    def read(self, nodes: Sequence[NodeAt]) -> list[bytes]:
        self.calls, self.nodes = self.calls + 1, self.nodes + len(nodes)
        return super().read(nodes)


def test_a_proof_reads_a_few_nodes_in_one_call() -> None:
    store = CountingNodes()
    append(store, 0, [leaf(f"{number}".encode()) for number in range(100_001)])
    for work in (
        lambda: root(store, 100_001),
        lambda: inclusion_proof(store, index=77_777, size=100_001),
        lambda: consistency_proof(store, first=66_666, second=100_001),
        lambda: append(store, 100_001, [leaf(b"next")]),
    ):
        store.calls = store.nodes = 0
        work()
        assert store.calls == 1
        assert store.nodes <= 40


def test_the_new_nodes_of_an_append_are_found_without_a_store() -> None:
    at = peaks(5)
    frontier = dict(zip(at, STORE.read(at), strict=True))
    new: Mapping[NodeAt, bytes] = grow(frontier, 5, LEAVES[5:8])
    assert set(new) == {(0, 5), (0, 6), (0, 7), (1, 2), (1, 3), (2, 1), (3, 0)}
    assert new[3, 0] == root(STORE, 8)


def test_a_node_never_changes() -> None:
    store = tree(CT_LEAVES)
    with pytest.raises(WrongUse):
        store.write({(0, 0): b"x" * 32})


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(WrongUse):
        inclusion_proof(STORE, index=index, size=size)


@pytest.mark.parametrize(("first", "second"), [(-1, 5), (6, 5)])
def test_a_larger_tree_is_not_consistent_with_a_smaller_one(first: int, second: int) -> None:
    with pytest.raises(WrongUse):
        consistency_proof(STORE, first=first, second=second)
