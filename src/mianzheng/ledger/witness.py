"""What a witness checks before it co-signs: that the new head only appends to the last one *it* signed.

A pure function. The caller keeps the last head it signed and commits the new one before the
co-signature leaves; otherwise a crash between the two could let it sign both sides of a fork.
"""

from __future__ import annotations

from collections.abc import Sequence

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.sdjwt import CLOCK_SKEW
from mianzheng.ledger.heads import Head
from mianzheng.ledger.proofs import verify_consistency
from mianzheng.model.canonical import unb64
from mianzheng.model.errors import MianzhengError


class Fork(MianzhengError):
    """The owner of a ledger offers a head that does not continue the one this witness signed: evidence, both signed."""

    code = "ledger-fork"

    def __init__(self, message: str, *, last: Head, offered: Head, code: str) -> None:
        """Keep both heads; who holds their signed tokens can prove the fork to anyone."""
        super().__init__(message, hint="keep both signed heads, do not co-sign, tell the auditor", code=code)
        self.last = last
        self.offered = offered


class ProofElsewhere(MianzhengError):
    """The proof begins from another head than this witness signed last: its owner asks how far, and proves anew.

    Who offers it may have died before it heard of the last co-signature, so it accuses nobody.
    """

    code = "proof-elsewhere"


def examine(offered: Head, *, last: Head | None, consistency: Sequence[bytes], begins: int, now: int) -> None:
    """Return if `offered` may be co-signed; `Fork` if it does not continue `last`, `BadToken` if it is malformed.

    `last` is the head this witness signed last, None the first time; `consistency` proves the way from the head of
    `begins` leaves (RFC 9162), `ProofElsewhere` unless that is `last`. A head of the same size and root may be signed
    again.
    """
    if offered.at > now + CLOCK_SKEW:
        raise BadToken("the head comes from the future", code="token-not-yet-valid")
    if last is None:
        offered.root_bytes()
        return
    if (offered.ledger, offered.suite) != (last.ledger, last.suite):
        raise Fork("the head is of another ledger or suite", last=last, offered=offered, code="ledger-fork")
    if offered.size < last.size:
        raise Fork(
            f"the ledger shrank from {last.size} to {offered.size} leaves",
            last=last,
            offered=offered,
            code="ledger-shrunk",
        )
    if offered.size == last.size and offered.root == last.root:
        return
    if offered.size > last.size != begins:
        raise ProofElsewhere(
            f"the proof begins from {begins} leaves, the last head signed here has {last.size}",
            hint="ask `GET /witness` how far this witness is",
        )
    continues = verify_consistency(
        first=last.size,
        second=offered.size,
        proof=consistency,
        first_root=last.root_bytes(),
        second_root=offered.root_bytes(),
    )
    if not continues:
        raise Fork(
            f"the head of {offered.size} leaves does not continue the one of {last.size}",
            last=last,
            offered=offered,
            code="ledger-fork",
        )


def read_proof(proof: Sequence[str]) -> list[bytes]:
    """Return a proof's hashes from base64url; `BadToken` when one is malformed."""
    try:
        return [unb64(item) for item in proof]
    except ValueError as error:
        raise BadToken(f"a hash of the proof is {error}") from None
