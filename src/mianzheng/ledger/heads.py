"""Signed tree heads, and the co-signatures of witnesses that make a head *witnessed*.

The ledger's owner signs a head with its log key as `mz-head`. A witness that found it consistent
with the last head *it* signed repeats it, with its own name and time, as `mz-head-witness`. Two
thirds of the witnesses make it witnessed; a third of them honest is then enough to name a fork.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.suites import INTL
from mianzheng.credentials.trust import Role, TrustStore, Untrusted
from mianzheng.ledger.proofs import HASH_BYTES
from mianzheng.model.canonical import b64, unb64

HEAD_TYP = "mz-head"
WITNESS_TYP = "mz-head-witness"
WITNESS_ROLES: tuple[Role, ...] = ("gateway", "auditor")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger of `size` leaves had this root at `at` (seconds). `ledger` is its owner's party name."""

    ledger: str
    suite: str
    size: int
    root: str  # b64
    at: int

    def root_bytes(self) -> bytes:
        """Return the root; `BadToken` unless it is a hash in base64url."""
        try:
            data = unb64(self.root)
        except ValueError as error:
            raise BadToken(f"the head's root is {error}") from None
        if len(data) != HASH_BYTES or self.size < 0:
            raise BadToken("the head's root or size is malformed")
        return data


class WitnessedHead(msgspec.Struct, frozen=True, kw_only=True):
    """A witness's own word for a head, at its own time."""

    witness: str
    at: int
    head: Head


def sign_head(ledger: str, *, size: int, root: bytes, at: int, key: PrivateKey) -> str:
    """Return the head signed by the ledger's owner with its log key."""
    head = Head(ledger=ledger, suite=INTL.name, size=size, root=b64(root), at=at)
    return jws.sign(head, key=key, typ=HEAD_TYP)


def read_head(token: str, *, trust: TrustStore, role: Role, at: int) -> Head:
    """Return a head signed by a ledger's owner of `role` (hub, or a gateway for its own log).

    `Untrusted` or `BadToken` unless it is the owner's, whole, and of a suite this build holds.
    """
    party, head = trust.read(token, typ=HEAD_TYP, type=Head, role=role, at=at, use="log")
    if party.party != head.ledger:
        raise Untrusted(f"{party.party} signed a head of {head.ledger}")
    if head.suite != INTL.name:
        raise BadToken(f"the ledger is of suite {head.suite}, which is not built in", code="suite-unknown")
    head.root_bytes()
    return head


def cosign(head: Head, *, witness: str, at: int, key: PrivateKey) -> str:
    """Return a witness's co-signature; only `witness.examine` decides whether it may be given."""
    return jws.sign(WitnessedHead(witness=witness, at=at, head=head), key=key, typ=WITNESS_TYP)


def read_cosignature(token: str, *, trust: TrustStore, at: int) -> WitnessedHead:
    """Return a co-signature of a gateway or auditor; `Untrusted` or `BadToken` otherwise."""
    party, key = trust.owner(token, use="log", at=at)
    if not set(WITNESS_ROLES) & set(party.roles):
        raise Untrusted(f"{party.party} is no witness")
    witnessed = jws.verify_as(token, typ=WITNESS_TYP, key=key, type=WitnessedHead)
    if witnessed.witness != party.party:
        raise Untrusted(f"{party.party} co-signed as {witnessed.witness}")
    return witnessed


def is_witnessed(
    head: Head, cosignatures: Sequence[str], *, witnesses: Collection[str], trust: TrustStore, at: int
) -> bool:
    """Return whether two thirds of `witnesses` co-signed this size and root; a bad co-signature is an error."""
    signed = [read_cosignature(token, trust=trust, at=at) for token in cosignatures]
    names = {
        one.witness
        for one in signed
        if (one.head.ledger, one.head.size, one.head.root) == (head.ledger, head.size, head.root)
    }
    return len(names & set(witnesses)) >= needed(len(witnesses))


def needed(witnesses: int) -> int:
    """Return how many of so many witnesses make a head witnessed: two thirds, and at least one."""
    return max(1, -(-2 * witnesses // 3))
