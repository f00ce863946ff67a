"""What the department's own payment system takes over: complete payment orders, until the register shows them.

An order holds name, number and account: it is read on the gateway's own machine by the command `gateway payments`, and
no route gives it out.
"""

from __future__ import annotations

import sqlite3

import msgspec

from mianzheng.gateway.decisions import read_record
from mianzheng.gateway.deliveries import PaymentOrder
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.log import Line
from mianzheng.gateway.state import State

_WAITING = """
SELECT grants."case", payment FROM grants JOIN deliveries USING ("case") JOIN decisions USING ("case")
WHERE shown_at IS NULL AND revoked_at IS NULL AND complete = 1 ORDER BY deliveries.at, grants."case"
"""


def waiting_payments(gateway: Gateway) -> tuple[PaymentOrder, ...]:
    """Return the payment orders that the department's register does not show yet, the oldest first."""
    rows = gateway.state.reader().execute(_WAITING).fetchall()
    return tuple(
        msgspec.json.decode(gateway.vault.open("payment", shut, row=case), type=PaymentOrder) for case, shut in rows
    )


def all_shown(state: State, *, at: int) -> None:
    """Keep that the registers show every grant: what a department's system does that takes over all at once."""
    state.commit(lambda connection: connection.execute("UPDATE grants SET shown_at = ? WHERE shown_at IS NULL", (at,)))


def taken_over(gateway: Gateway, case: str) -> bool:
    """Keep that the department's register shows a grant from now on; return False when it lacked none of this case."""
    at = gateway.now()

    def keep(connection: sqlite3.Connection) -> bool:
        update = 'UPDATE grants SET shown_at = ? WHERE "case" = ? AND shown_at IS NULL'
        won = connection.execute(update, (at, case)).rowcount > 0
        if won:
            (shut,) = connection.execute('SELECT record FROM decisions WHERE "case" = ?', (case,)).fetchone()
            record = read_record(gateway, case, shut)
            line = Line(kind="taken-over", at=at, case=case, item=record.item)
            gateway.log.append(connection, line, subject=gateway.log.subject(record.number))
        return won

    return gateway.state.commit(keep)
