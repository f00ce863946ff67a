"""One entry with all that proves it: content, salt, audit path, signed head, co-signatures.

The bundle can be kept by the person and checked by anybody with a trust list, long after the hub
has gone. Until the sequencer has folded an entry in, its proof is *pending*: there is no head.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from mianzheng.credentials import strict_json
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Role, TrustStore
from mianzheng.ledger.entry import BadEntry, Entry, leaf_hash
from mianzheng.ledger.heads import Head, is_witnessed, needed, read_cosignature, read_head
from mianzheng.ledger.proofs import verify_inclusion
from mianzheng.ledger.witness import read_proof
from mianzheng.model.canonical import b64, unb64


class EntryProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The bundle, as `ledger show` gives it out. `content` holds the canonical entry (b64)."""

    leaf: str
    salt: str
    content: str
    index: int | None = None
    inclusion: tuple[str, ...] = ()
    head: str = ""  # JWS of the ledger's owner; "" while pending
    cosignatures: tuple[str, ...] = ()


class LeafProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The bundle without content: what anybody may know of a leaf. Pending ones have no index and no head yet."""

    leaf: str
    index: int | None = None
    inclusion: tuple[str, ...] = ()
    head: str = ""
    cosignatures: tuple[str, ...] = ()


class ProvenLeaf(msgspec.Struct, frozen=True, kw_only=True):
    """What a leaf's proof proves. `cosigners`: who co-signed this very head, and when (seconds); `needed` of them."""

    status: Literal["pending", "signed", "witnessed"]
    leaf: str
    index: int | None = None
    head: Head | None = None
    cosigners: tuple[tuple[str, int], ...] = ()
    needed: int = 0


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle proves: pending (the owner only says so), signed by the owner, or witnessed."""

    entry: Entry
    status: Literal["pending", "signed", "witnessed"]
    leaf: str = ""  # b64
    index: int | None = None  # of the leaf in the tree; None while pending
    head: Head | None = None


def make_proof(
    *,
    salt: bytes,
    content: bytes,
    index: int | None = None,
    inclusion: Collection[bytes] = (),
    head: str = "",
    cosignatures: Collection[str] = (),
) -> EntryProof:
    """Return the bundle of an entry; without index and head it is pending."""
    return EntryProof(
        leaf=b64(leaf_hash(salt, content)),
        salt=b64(salt),
        content=b64(content),
        index=index,
        inclusion=tuple(b64(item) for item in inclusion),
        head=head,
        cosignatures=tuple(cosignatures),
    )


def verify_proof(
    proof: EntryProof, *, trust: TrustStore, witnesses: Collection[str], at: int, role: Role = "hub"
) -> Proven:
    """Return the entry and how well it is proven; `BadEntry`, `BadToken` or `Untrusted` when a part does not hold."""
    try:
        content = unb64(proof.content)
        leaf = leaf_hash(unb64(proof.salt), content)
        entry = strict_json.parse(content, type=Entry)
    except ValueError as error:
        raise BadEntry(f"the entry is malformed: {error}") from None
    if b64(leaf) != proof.leaf:
        raise BadEntry("content and leaf differ", code="changed-row")
    found = verify_leaf(leaf_of(proof), trust=trust, witnesses=witnesses, at=at, role=role)
    return Proven(entry=entry, status=found.status, leaf=proof.leaf, index=found.index, head=found.head)


def leaf_of(proof: EntryProof) -> LeafProof:
    """Return the bundle without its content."""
    return LeafProof(
        leaf=proof.leaf,
        index=proof.index,
        inclusion=proof.inclusion,
        head=proof.head,
        cosignatures=proof.cosignatures,
    )


def verify_leaf(
    proof: LeafProof, *, trust: TrustStore, witnesses: Collection[str], at: int, role: Role = "hub"
) -> ProvenLeaf:
    """Return where a leaf stands and who says so; `BadEntry`, `BadToken` or `Untrusted` when a part does not hold."""
    if not proof.head:
        return ProvenLeaf(status="pending", leaf=proof.leaf)
    if proof.index is None:
        raise BadToken("the proof names a head but no index")
    head = read_head(proof.head, trust=trust, role=role, at=at)
    (leaf,), path = read_proof((proof.leaf,)), read_proof(proof.inclusion)
    if not verify_inclusion(leaf, index=proof.index, size=head.size, proof=path, root=head.root_bytes()):
        raise BadEntry(f"leaf {proof.index} is not in the tree of this head", code="not-included")
    signed = [read_cosignature(token, trust=trust, at=at) for token in proof.cosignatures]
    same = [one for one in signed if (one.head.ledger, one.head.size, one.head.root) == _place(head)]
    return ProvenLeaf(
        status="witnessed"
        if is_witnessed(head, proof.cosignatures, witnesses=witnesses, trust=trust, at=at)
        else "signed",
        leaf=proof.leaf,
        index=proof.index,
        head=head,
        cosigners=tuple((one.witness, one.at) for one in same if one.witness in witnesses),
        needed=needed(len(witnesses)),
    )


def _place(head: Head) -> tuple[str, int, str]:
    return head.ledger, head.size, head.root
