"""`POST /witness`: co-sign the hub's ledger head, if it only appends to the last head *this* gateway signed.

The new head is committed before the co-signature leaves, so that no crash lets this witness sign
both sides of a fork.
"""

from __future__ import annotations

import sqlite3

import msgspec

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import Untrusted
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.refusals import Refused
from mianzheng.ledger.heads import Head, cosign, read_head
from mianzheng.ledger.witness import examine, read_proof
from mianzheng.model.witnessing import WitnessRequest, WitnessResponse


class LastSigned(msgspec.Struct, frozen=True, kw_only=True):
    """Size and root (b64) of the last head this gateway co-signed; size 0 when there is none."""

    size: int
    root: str


def witness(gateway: Gateway, body: bytes) -> bytes:
    """Return the `WitnessResponse` (JSON) with this gateway's co-signature; `Fork` or `Refused` otherwise."""
    at = gateway.now()
    try:
        request = msgspec.json.decode(body, type=WitnessRequest)
        head = read_head(request.head, trust=gateway.trust, role="hub", at=at)
        consistency = read_proof(request.consistency)
    except msgspec.DecodeError:
        raise Refused("malformed-request", "the body is not a head and a proof") from None
    except (BadToken, Untrusted) as error:
        raise Refused("head-invalid", error.message) from None

    def keep(connection: sqlite3.Connection) -> None:
        last = _last(connection, head.ledger)
        examine(head, last=last, consistency=consistency, begins=request.begins, now=at)
        row = (head.ledger, msgspec.json.encode(head).decode(), request.head)
        connection.execute("INSERT OR REPLACE INTO witnessed VALUES (?, ?, ?)", row)

    gateway.state.commit(keep)
    signed = cosign(head, witness=gateway.party, at=at, key=gateway.log_key)
    return msgspec.json.encode(WitnessResponse(cosignature=signed))


def last_signed(gateway: Gateway, ledger: str) -> LastSigned:
    """Return the last head of a ledger that this gateway co-signed."""
    head = last_head(gateway, ledger)
    return LastSigned(size=0, root="") if head is None else LastSigned(size=head.size, root=head.root)


def last_head(gateway: Gateway, ledger: str) -> Head | None:
    """Return the last head of a ledger that this gateway co-signed, None when there is none."""
    return _last(gateway.state.reader(), ledger)


def _last(connection: sqlite3.Connection, ledger: str) -> Head | None:
    row = connection.execute("SELECT head FROM witnessed WHERE ledger = ?", (ledger,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Head)
