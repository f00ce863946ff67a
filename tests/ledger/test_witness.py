"""Heads, witnesses and bundles: a fork is named with its evidence, two thirds make a head witnessed."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted
from mianzheng.ledger.entry import BadEntry, Entry, leaf_hash, new_salt
from mianzheng.ledger.heads import (
    HEAD_TYP,
    Head,
    cosign,
    is_witnessed,
    needed,
    read_cosignature,
    read_head,
    sign_head,
)
from mianzheng.ledger.proven import EntryProof, make_proof, verify_proof
from mianzheng.ledger.tree import MemoryNodes, append, consistency_proof, inclusion_proof, root
from mianzheng.ledger.witness import Fork, ProofElsewhere, examine, read_proof
from mianzheng.model.canonical import b64, canonical
from tests.ledger.parties import LOG, NOW, SIGN, TRUST, WITNESSES

LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(20)]
STORE = MemoryNodes()
append(STORE, 0, LEAVES)


def head(size: int, **changes: object) -> Head:
    made = Head(ledger="hub", suite="intl", size=size, root=b64(root(STORE, size)), at=NOW)
    return msgspec.structs.replace(made, **changes)


def signed(size: int) -> str:
    return sign_head("hub", size=size, root=root(STORE, size), at=NOW, key=LOG["hub"])


def by(witness: str, what: Head) -> str:
    return cosign(what, witness=witness, at=NOW, key=LOG[witness])


def test_a_signed_head_reads_back() -> None:
    assert read_head(signed(7), trust=TRUST, role="hub", at=NOW) == head(7)


def test_a_gateway_signs_heads_of_its_own_log() -> None:
    token = sign_head("civil", size=0, root=root(STORE, 0), at=NOW, key=LOG["civil"])
    assert read_head(token, trust=TRUST, role="gateway", at=NOW).ledger == "civil"


def test_a_head_in_the_name_of_another_is_refused() -> None:
    token = sign_head("hub", size=1, root=LEAVES[0], at=NOW, key=LOG["civil"])
    with pytest.raises(Untrusted):
        read_head(token, trust=TRUST, role="gateway", at=NOW)
    with pytest.raises(Untrusted):
        read_head(token, trust=TRUST, role="hub", at=NOW)


def test_a_head_signed_with_the_key_for_requests_is_refused() -> None:
    token = sign_head("hub", size=1, root=LEAVES[0], at=NOW, key=SIGN["hub"])
    with pytest.raises(Untrusted):
        read_head(token, trust=TRUST, role="hub", at=NOW)


@pytest.mark.parametrize("changes", [{"root": "AAAA"}, {"root": "="}, {"size": -1}, {"suite": "guomi"}])
def test_a_malformed_head_is_refused(changes: dict[str, object]) -> None:
    token = jws.sign(msgspec.structs.replace(head(3), **changes), key=LOG["hub"], typ=HEAD_TYP)
    with pytest.raises(BadToken):
        read_head(token, trust=TRUST, role="hub", at=NOW)


@given(st.integers(1, 20), st.data())
def test_a_witness_signs_what_only_appends(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = consistency_proof(STORE, first=first, second=second)
    examine(head(second), last=head(first), consistency=proof, begins=first, now=NOW)


def test_the_first_head_a_witness_sees_needs_no_proof() -> None:
    examine(head(9), last=None, consistency=[], begins=0, now=NOW)


def test_a_proof_from_an_earlier_head_is_asked_for_anew_and_is_no_fork() -> None:
    with pytest.raises(ProofElsewhere):
        examine(head(12), last=head(9), consistency=consistency_proof(STORE, first=7, second=12), begins=7, now=NOW)
    examine(head(9), last=head(9), consistency=consistency_proof(STORE, first=7, second=9), begins=7, now=NOW)


def test_the_same_head_may_be_signed_again() -> None:
    examine(head(9, at=NOW + 5), last=head(9), consistency=[], begins=9, now=NOW)


def fork_of(offered: Head, last: Head, proof: list[bytes]) -> Fork:
    with pytest.raises(Fork) as error:
        examine(offered, last=last, consistency=proof, begins=last.size, now=NOW)
    assert (error.value.last, error.value.offered) == (last, offered)
    return error.value


def test_a_rewritten_entry_is_a_fork() -> None:
    rewritten = MemoryNodes()
    append(rewritten, 0, [LEAVES[0], hashlib.sha256(b"x").digest(), *LEAVES[2:]])
    offered = head(12, root=b64(root(rewritten, 12)))
    proof = consistency_proof(rewritten, first=9, second=12)
    assert fork_of(offered, head(9), proof).code == "ledger-fork"


def test_two_roots_of_one_size_are_a_fork() -> None:
    assert fork_of(head(9, root=b64(LEAVES[0])), head(9), []).code == "ledger-fork"


def test_a_shorter_ledger_is_a_finding() -> None:
    assert fork_of(head(8), head(9), []).code == "ledger-shrunk"


def test_a_missing_proof_is_a_fork() -> None:
    assert fork_of(head(12), head(9), []).code == "ledger-fork"


def test_another_suite_or_ledger_is_a_fork() -> None:
    fork_of(head(9, suite="guomi"), head(9), [])
    fork_of(head(9, ledger="other"), head(9), [])


def test_a_head_from_the_future_is_refused() -> None:
    with pytest.raises(BadToken):
        examine(head(9, at=NOW + 120), last=None, consistency=[], begins=0, now=NOW)


def test_a_proof_that_is_not_base64url_is_refused() -> None:
    with pytest.raises(BadToken):
        read_proof(["AA=="])


@pytest.mark.parametrize(("witnesses", "enough"), [(1, 1), (2, 2), (3, 2), (4, 3), (10, 7), (11, 8)])
def test_two_thirds_of_the_witnesses_are_needed(witnesses: int, enough: int) -> None:
    assert needed(witnesses) == enough


@pytest.mark.parametrize(
    ("names", "enough"),
    [
        (("civil", "police", "auditor"), True),
        (WITNESSES, True),
        (("civil", "police"), False),
        (("civil", "civil", "civil"), False),
        ((), False),
    ],
)
def test_a_head_is_witnessed_by_two_thirds_different_ones(names: tuple[str, ...], enough: bool) -> None:
    tokens = [by(name, head(9)) for name in names]
    assert is_witnessed(head(9), tokens, witnesses=WITNESSES, trust=TRUST, at=NOW) is enough


def test_co_signatures_of_another_head_do_not_count() -> None:
    tokens = [by(name, head(8)) for name in WITNESSES]
    assert not is_witnessed(head(9), tokens, witnesses=WITNESSES, trust=TRUST, at=NOW)


def test_those_who_are_no_witness_here_do_not_count() -> None:
    tokens = [by(name, head(9)) for name in WITNESSES]
    assert not is_witnessed(head(9), tokens, witnesses=("civil", "health", "transport"), trust=TRUST, at=NOW)


@pytest.mark.parametrize("who", ["hub", "reader"])
def test_the_owner_or_a_reader_is_no_witness(who: str) -> None:
    with pytest.raises(Untrusted):
        read_cosignature(by(who, head(9)), trust=TRUST, at=NOW)


def test_a_co_signature_in_the_name_of_another_is_refused() -> None:
    token = cosign(head(9), witness="police", at=NOW, key=LOG["civil"])
    with pytest.raises(Untrusted):
        read_cosignature(token, trust=TRUST, at=NOW)


def test_a_head_is_no_co_signature() -> None:
    token = jws.sign(head(9), key=LOG["civil"], typ=HEAD_TYP)
    with pytest.raises(BadToken):
        read_cosignature(token, trust=TRUST, at=NOW)


ENTRY = Entry(kind="asked", at=NOW, request="r1", department="civil")
SALT = new_salt()


def bundle(**changes: object) -> EntryProof:
    content = canonical(ENTRY)
    store = MemoryNodes()
    leaves = [*LEAVES[:4], leaf_hash(SALT, content), *LEAVES[5:]]
    append(store, 0, leaves)
    token = sign_head("hub", size=9, root=root(store, 9), at=NOW, key=LOG["hub"])
    read = read_head(token, trust=TRUST, role="hub", at=NOW)
    made = make_proof(
        salt=SALT,
        content=content,
        index=4,
        inclusion=inclusion_proof(store, index=4, size=9),
        head=token,
        cosignatures=[by(name, read) for name in WITNESSES],
    )
    return msgspec.structs.replace(made, **changes)


def proven(proof: EntryProof) -> str:
    return verify_proof(proof, trust=TRUST, witnesses=WITNESSES, at=NOW).status


def test_a_bundle_proves_a_witnessed_entry() -> None:
    read = verify_proof(bundle(), trust=TRUST, witnesses=WITNESSES, at=NOW)
    assert (read.entry, read.status) == (ENTRY, "witnessed")


def test_a_bundle_without_co_signatures_is_only_signed() -> None:
    assert proven(bundle(cosignatures=())) == "signed"


def test_a_bundle_without_a_head_is_pending() -> None:
    assert proven(make_proof(salt=SALT, content=canonical(ENTRY))) == "pending"


def test_a_bundle_survives_json() -> None:
    assert proven(msgspec.json.decode(msgspec.json.encode(bundle()), type=EntryProof)) == "witnessed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"index": 5}, "not-included"),
        ({"inclusion": ()}, "not-included"),
        ({"salt": b64(b"s" * 16)}, "changed-row"),
        ({"salt": "AA"}, "bad-entry"),
        ({"leaf": b64(LEAVES[0])}, "changed-row"),
        ({"content": b64(canonical(Entry(kind="asked", at=NOW)))}, "changed-row"),
        ({"content": b64(b"{}")}, "bad-entry"),
        ({"content": "="}, "bad-entry"),
    ],
)
def test_a_bundle_of_which_a_part_was_changed_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadEntry) as error:
        proven(bundle(**changes))
    assert error.value.code == code


def test_a_bundle_whose_head_is_not_the_owner_s_is_refused() -> None:
    forged = sign_head("hub", size=9, root=LEAVES[0], at=NOW, key=LOG["civil"])
    with pytest.raises(Untrusted):
        proven(bundle(head=forged))


def test_a_bundle_with_a_head_and_no_index_is_refused() -> None:
    with pytest.raises(BadToken):
        proven(bundle(index=None))
