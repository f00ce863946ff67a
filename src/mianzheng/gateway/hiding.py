"""Views `after_date`: a linked person reads their lines only after half a year, and that needs two keys.

The steward signs the item version that says so and names the statute; the auditor, who is no part of the city, signs
that very text beside it. A gateway loads neither half alone. How many entries are hidden is published with its log.
"""

from __future__ import annotations

import sqlite3

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.canonical import digest
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Item
from mianzheng.model.publishing import Certified, Hiding

TYP = "mz-hiding"


class NotCountersigned(MianzhengError):
    """An item version hides entries from those they are about, and the auditor did not sign that."""

    code = "not-countersigned"


def hidden_roles(item: Item) -> dict[str, str]:
    """Return the roles whose lines are hidden at first, with the statute that says so."""
    return {name: role.hidden_by for name, role in item.roles.items() if role.view == "after_date"}


def countersign(certified: Certified, *, key: PrivateKey, at: int) -> Certified:
    """Return a signed item version with the auditor's signature under what it hides; `BadToken` when it is none."""
    item = jws.payload_as(jws.unverified_payload(certified.token), type=Item)
    hiding = Hiding(
        item=item.item,
        item_version=item.version,
        signed=_named(certified),
        roles=hidden_roles(item),
        iat=at,
    )
    token = jws.sign(hiding, key=key, typ=TYP)
    return Certified(token=certified.token, certificate=certified.certificate, auditor=token)


def check_hiding(item: Item, certified: Certified, *, trust: TrustStore, at: int) -> None:
    """Raise `NotCountersigned` unless the auditor signed what a version hides, for this very text of it."""
    roles = hidden_roles(item)
    if not roles:
        return
    hint = "the auditor signs it with `mianzheng gateway countersign`"
    try:
        _, hiding = trust.read(certified.auditor, typ=TYP, type=Hiding, role="auditor", at=at)
    except (BadToken, Untrusted) as error:
        names = ", ".join(sorted(roles))
        what = f"{item.item} version {item.version} hides entries from {names}: {error.message}"
        raise NotCountersigned(what, hint=hint) from None
    stated = (hiding.item, hiding.item_version, hiding.signed, hiding.roles)
    if stated != (item.item, item.version, _named(certified), roles):
        raise NotCountersigned("the auditor signed for another text", hint=hint)


def keep_hiding(connection: sqlite3.Connection, item_digest: str, certified: Certified) -> None:
    """Store the auditor's signature beside the item version, in the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO hidings VALUES (?, ?)", (item_digest, certified.auditor))


def kept_hiding(connection: sqlite3.Connection, item_digest: str) -> str:
    """Return the auditor's signature of a stored version, "" without one."""
    row = connection.execute("SELECT token FROM hidings WHERE digest = ?", (item_digest,)).fetchone()
    return "" if row is None else str(row[0])


def _named(certified: Certified) -> str:
    return digest(certified.token.encode("ascii"))
