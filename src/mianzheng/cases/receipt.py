"""A receipt 凭证 that somebody holds: salt and content of one entry, checked against the tree as it stands.

Anybody can do the same without this hub: the steps are those of RFC 9162, and `check` names each with its values.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.proving import proof_of_leaf
from mianzheng.credentials import strict_json
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted
from mianzheng.ledger.entry import BadEntry, Entry, leaf_hash
from mianzheng.ledger.proven import LeafProof, ProvenLeaf, verify_leaf
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.errors import WrongUse

LONGEST = 100_000  # characters of a pasted receipt


class BadReceipt(WrongUse):
    """What was pasted is no receipt of this ledger."""

    code = "bad-receipt"


class AlteredReceipt(BadReceipt):
    """It has the form of a receipt, and its content is none: it was changed, cut off or mistyped."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a person keeps of an entry (`/my/ledger`, `ledger show --json`); other members are not looked at."""

    salt: str
    content: str
    leaf: str = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt read: the leaf that salt and content give, whether it is the one stated, and what it says."""

    leaf: str
    same: bool
    entry: Entry


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf in the tree. `fault`: why its proof does not hold; "" when it does."""

    proof: LeafProof
    proven: ProvenLeaf | None
    fault: str = ""

    @property
    def status(self) -> Literal["pending", "signed", "witnessed", "broken"]:
        """How well the leaf is proven."""
        return "broken" if self.proven is None else self.proven.status


async def check(hub: Hub, entry: str) -> Checked | None:
    """Return how a leaf stands in the tree, recomputed here; None when the ledger has no such leaf."""
    proof = await proof_of_leaf(hub, entry)
    if proof is None:
        return None
    try:
        proven = verify_leaf(proof, trust=hub.trust, witnesses=hub.witnesses, at=hub.seconds)
    except (BadEntry, BadToken, Untrusted) as error:
        return Checked(proof=proof, proven=None, fault=error.message)
    return Checked(proof=proof, proven=proven)


def open_receipt(pasted: str, stated: str = "") -> Opened:
    """Return what a pasted receipt says; `stated` is the leaf it should give. `BadReceipt` when it is none."""
    if len(pasted) > LONGEST:
        raise BadReceipt("this is too long for a receipt", hint="paste the receipt of one entry")
    try:
        receipt = msgspec.json.decode(pasted.strip().encode(), type=Receipt)
    except (ValueError, RecursionError):
        raise BadReceipt("this is no receipt", hint="a receipt is JSON with salt and content") from None
    try:
        content = unb64(receipt.content)
        leaf = b64(leaf_hash(unb64(receipt.salt), content))
        entry = strict_json.parse(content, type=Entry)
    except (ValueError, RecursionError, BadEntry):
        raise AlteredReceipt("its content is that of no entry", hint="paste the receipt as it was saved") from None
    return Opened(leaf=leaf, same=leaf == (stated or receipt.leaf or leaf), entry=entry)
