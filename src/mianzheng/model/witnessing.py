"""Logs, heads and proofs, as hub, gateways, auditor and a log's own subject exchange them.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

import msgspec

from mianzheng.model.item import Basis
from mianzheng.model.text import Text


class MineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a person's own list at a gateway.

    `linked`: the reader was reached by a link, or is spoken of beside the one asked about; `view` is then what the
    item lets them read: `full`, or `masked`, department and kind of item only.
    """

    seq: int
    kind: str  # asked and answered are one line here: answered, unavailable, refused, decision, delivery
    at: int
    hub: str
    case: str
    role: str
    item: str
    purpose: str
    basis: Basis | None
    question: str
    sentence: Text | None
    entry: str  # leaf hash of the hub's asked entry
    leaf: str  # leaf hash of this gateway's own line
    code: str = ""  # of a refusal; of a decision its outcome
    mandate: str = ""  # digest of the mandate on which another acted
    linked: bool = False
    view: str = "full"
    department: str = ""
    item_kind: str = ""  # 行政给付 …


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a gateway's log as hub and auditor see it: no subject, no question."""

    seq: int
    kind: str
    at: int
    request: str
    entry: str  # leaf hash of the hub's asked entry
    sheet: str  # digest of the sheet or decision, "" when none was given
    leaf: str


class LogRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a gateway's log signs this (`mz-log-request`), fresh, with its key for signing."""

    aud: str
    iat: int


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /log?start=`: lines from `start` on, and the gateway's signed head over all of them."""

    gateway: str
    head: str
    lines: tuple[LogLine, ...]
    hidden: int = 0  # entries that their readers see only after a date


class WitnessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /witness`: a signed head, and the proof from the last head this witness signed."""

    head: str
    consistency: tuple[str, ...]  # b64 hashes
    begins: int = 0  # size of the head that the proof begins from


class WitnessResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The witness's co-signature (`mz-head-witness`)."""

    cosignature: str


class LedgerHead(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /ledger/head`: the newest signed head ("" while the ledger is empty) and its co-signatures."""

    head: str
    cosignatures: tuple[str, ...]


class LeavesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /ledger/leaves?start=&end=`: leaf hashes (b64) from `start` on, at most 10,000."""

    start: int
    leaves: tuple[str, ...]


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /ledger/consistency?first=&second=`: RFC 9162 proof, hashes in b64."""

    first: int
    second: int
    proof: tuple[str, ...]
