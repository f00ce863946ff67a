"""Proofs that were changed, cut, stretched or moved prove nothing."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.ledger.proofs import EMPTY_ROOT, verify_consistency, verify_inclusion
from mianzheng.ledger.tree import MemoryNodes, append, consistency_proof, inclusion_proof, root

LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(64)]
STORE = MemoryNodes()
append(STORE, 0, LEAVES)
SIZES = st.integers(1, 64)


@given(SIZES, st.data())
def test_a_changed_audit_path_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(STORE, index=index, size=size)
    top = root(STORE, size)
    for wrong in (*cut_and_stretched(path), *flipped(path, data)):
        assert not verify_inclusion(LEAVES[index], index=index, size=size, proof=wrong, root=top)


@given(SIZES, st.data())
def test_an_audit_path_proves_one_leaf_at_one_place_only(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, top = inclusion_proof(STORE, index=index, size=size), root(STORE, size)
    other = data.draw(st.integers(-1, size + 1).filter(lambda at: at != index))
    assert not verify_inclusion(LEAVES[index], index=other, size=size, proof=path, root=top)
    assert not verify_inclusion(LEAVES[(index + 1) % 64], index=index, size=size, proof=path, root=top)
    assert not verify_inclusion(LEAVES[index], index=index, size=size, proof=path, root=EMPTY_ROOT)


@given(st.integers(1, 63), st.data())
def test_a_changed_consistency_proof_proves_nothing(first: int, data: st.DataObject) -> None:
    second = data.draw(st.integers(first + 1, 64))
    proof = consistency_proof(STORE, first=first, second=second)
    roots = {"first_root": root(STORE, first), "second_root": root(STORE, second)}
    for wrong in (*cut_and_stretched(proof), *flipped(proof, data)):
        assert not verify_consistency(first=first, second=second, proof=wrong, **roots)
    swapped = {"first_root": roots["second_root"], "second_root": roots["first_root"]}
    assert not verify_consistency(first=first, second=second, proof=proof, **swapped)


@given(st.integers(1, 63), st.data())
def test_a_rewritten_leaf_is_never_consistent(first: int, data: st.DataObject) -> None:
    second = data.draw(st.integers(first + 1, 64))
    at = data.draw(st.integers(0, first - 1))
    rewritten = MemoryNodes()
    leaves = [*LEAVES[:at], hashlib.sha256(b"another").digest(), *LEAVES[at + 1 :]]
    append(rewritten, 0, leaves)
    assert not verify_consistency(
        first=first,
        second=second,
        proof=consistency_proof(rewritten, first=first, second=second),
        first_root=root(STORE, first),
        second_root=root(rewritten, second),
    )


@pytest.mark.parametrize(("first", "second"), [(0, 0), (7, 7), (0, 9)])
def test_where_there_is_nothing_to_prove_a_proof_must_be_empty(first: int, second: int) -> None:
    roots = {"first_root": root(STORE, first), "second_root": root(STORE, second)}
    assert verify_consistency(first=first, second=second, proof=[], **roots)
    assert not verify_consistency(first=first, second=second, proof=[LEAVES[0]], **roots)


@pytest.mark.parametrize(("first", "second"), [(-1, 5), (6, 5)])
def test_sizes_in_the_wrong_order_prove_nothing(first: int, second: int) -> None:
    assert not verify_consistency(first=first, second=second, proof=[], first_root=EMPTY_ROOT, second_root=EMPTY_ROOT)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_proves_nothing(length: int) -> None:
    path = [b"x" * length, *inclusion_proof(STORE, index=3, size=8)[1:]]
    assert not verify_inclusion(LEAVES[3], index=3, size=8, proof=path, root=root(STORE, 8))
    assert not verify_consistency(first=3, second=8, proof=path, first_root=root(STORE, 3), second_root=root(STORE, 8))


def cut_and_stretched(proof: list[bytes]) -> list[list[bytes]]:
    extra = hashlib.sha256(b"extra").digest()
    cut = [proof[:-1], proof[1:]] if proof else []
    return [*cut, [*proof, extra], [extra, *proof]]


def flipped(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    if not proof:
        return []
    at = data.draw(st.integers(0, len(proof) - 1))
    byte, flip = data.draw(st.integers(0, 31)), data.draw(st.integers(1, 255))
    changed = bytearray(proof[at])
    changed[byte] ^= flip
    return [[*proof[:at], bytes(changed), *proof[at + 1 :]]]
