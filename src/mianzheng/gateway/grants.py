"""Payments this department granted and whose register does not show them yet: none is granted twice in between.

Whether somebody draws a payment is the register's to say, by an ordinary condition of the item. Between the signed
decision and the day the department's own system has written it there, only the gateway knows (docs/decisions/0031).
A benefit is an item and whom it is paid for; it stands under a pseudonym, as everything in the state file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.issuing import valid_until
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.vault import Vault
from mianzheng.gateway.verified import Verified
from mianzheng.model.item import Item, base_of

_ALL_STANDING = """
SELECT benefit FROM grants JOIN decisions USING ("case")
WHERE shown_at IS NULL AND revoked_at IS NULL AND (until IS NULL OR until > ?)
"""
_STANDING = _ALL_STANDING + 'AND benefit = ? AND grants."case" <> ?'


def benefit(gateway: Gateway, item: Item, verified: Mapping[str, Verified]) -> str:
    """Return the pseudonym of what a case would pay and for whom; "" for an item that pays nothing."""
    pay = item.outcome.pay
    if pay is None:
        return ""
    if pay.whose:
        roles = {pay.whose}
    else:
        roles = {item.acting_role, *(name for name, role in item.roles.items() if role.chosen)}
    numbers = (one.subject.number for role, one in verified.items() if base_of(role) in roles)
    return pseudonym(gateway.vault, item.item, *numbers)


def pseudonym(vault: Vault, item: str, *numbers: str) -> str:
    """Return under which name a benefit stands in the state file."""
    return vault.pseudonym("grant", item, *sorted(numbers))


def is_granted(connection: sqlite3.Connection, benefit: str, *, case: str, at: int) -> bool:
    """Tell whether another case granted this benefit, and no register shows it yet."""
    return bool(benefit) and connection.execute(_STANDING, (at, benefit, case)).fetchone() is not None


def standing(connection: sqlite3.Connection, *, at: int) -> frozenset[str]:
    """Return every benefit that was granted and that no register shows yet."""
    return frozenset(benefit for (benefit,) in connection.execute(_ALL_STANDING, (at,)))


def keep_grant(
    connection: sqlite3.Connection, gateway: Gateway, item: Item, benefit: str, *, case: str, at: int
) -> None:
    """Keep that a case granted a benefit, in the transaction that signs; `Refused` when another just did."""
    if not benefit:
        return
    if is_granted(connection, benefit, case=case, at=at):
        raise Refused("granted-before", "this payment was granted in another case")
    shown = at if gateway.config.grants_shown == "at-once" else None
    until = valid_until(item.outcome.valid, at)
    connection.execute("INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?)", (benefit, case, until, shown))
