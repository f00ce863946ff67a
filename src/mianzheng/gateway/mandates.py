"""Acting for another, before a gateway: the mandate, its standing, what it allows; the handling one counts uses.

1. The authorisation names role and mandate; the subject's bundle was made on it, for the key that signed.
2. The authority said within minutes that it still stands for this case.
3. The item is named in it and may be done by another; the result goes where the principal said.

A refusal stands in the principal's own list: what was tried in their name.
"""

from __future__ import annotations

import sqlite3

from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.permission import Permitted
from mianzheng.gateway.refusals import Refused
from mianzheng.mandates import scope, standing, token
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.authorisation import Bundle, Permission
from mianzheng.model.item import Item
from mianzheng.model.mandate import Mandate

NARROW_COUNTS_AS = 2  # a mandate without an own key names its items, waits a day and pays the principal only


def check_acting(
    permission: Permission, permitted: Permitted, item: Item, *, trust: TrustStore, at: int, log_subject: str = ""
) -> Mandate | None:
    """Return the mandate of a verified permission, None where nobody or a body's own representative acts for another.

    `Refused` unless it stands now and allows this item; `log_subject` is who reads of it.
    """
    authorisation = permitted.authorisation
    if authorisation.acts_for is None:
        if permission.mandate or permission.standing:
            raise Refused("mandate-invalid", "a mandate travels, but nobody acts for another", subject=log_subject)
        return None
    try:
        standing.read(permission.standing, case=authorisation.case, mandate=authorisation.mandate, trust=trust, at=at)
        if not permission.mandate:
            return None  # the bundle of the body names its sealed code: who speaks for it acts in their own right
        mandate = token.read(permission.mandate, trust=trust, at=at)
        if mandate.digest != authorisation.mandate:
            raise MandateRefused("mandate-invalid", "another mandate travels than the one that was signed for")
        scope.check_item(mandate, item)
        scope.check_holder(mandate, authorisation.holder)
    except MandateRefused as refusal:
        raise Refused(refusal.code, refusal.message, hint=refusal.hint, subject=log_subject) from None
    return mandate


def check_standing(signed: str, mandate: str, *, case: str, trust: TrustStore, at: int, log_subject: str = "") -> None:
    """Raise `Refused` unless the mandate on which a case was decided ("": none) still stands now."""
    if not mandate:
        if signed:
            raise Refused("mandate-invalid", "a mandate's standing travels, but nobody acted for another")
        return
    try:
        standing.read(signed, case=case, mandate=mandate, trust=trust, at=at)
    except MandateRefused as refusal:
        raise Refused(refusal.code, refusal.message, hint=refusal.hint, subject=log_subject) from None


def check_principal(bundle: Bundle, permitted: Permitted) -> None:
    """Raise `Refused` unless a bundle was made on the mandate of this authorisation, for the key that signed it."""
    authorisation, actor = permitted.authorisation, permitted.actor
    made_for = (bundle.mandate, bundle.signer, bundle.role)
    if made_for != (authorisation.mandate, actor.signer, authorisation.acts_for) or not bundle.mandate:
        raise Refused("bundle-of-another-person", "the bundle was not made on this mandate for this acting person")


def granted_level(permitted: Permitted, bundle: Bundle) -> int:
    """Return at which presence the subject let this be done: their own, or when they granted the mandate."""
    if permitted.authorisation.acts_for is None or bundle.role != permitted.authorisation.acts_for:
        return permitted.actor.presence.level
    return min(permitted.actor.presence.level, bundle.presence.level)


def item_level(permitted: Permitted, bundle: Bundle) -> int:
    """Return the presence that counts towards an item's least level."""
    actor = permitted.actor.presence.level
    return min(actor, max(granted_level(permitted, bundle), NARROW_COUNTS_AS))


def count_use(connection: sqlite3.Connection, mandate: Mandate | None, case: str, *, at: int) -> None:
    """Count a decided case as one use of a mandate, once each, in the caller's transaction; `Refused` when used up."""
    if mandate is None:
        return
    query = 'SELECT count(*) FROM mandate_uses WHERE mandate = ? AND "case" <> ?'
    (others,) = connection.execute(query, (mandate.digest, case)).fetchone()
    if others >= mandate.uses:
        raise Refused("mandate-used-up", "the mandate was used as often as it says")
    row = (mandate.digest, case, at, mandate.until)
    connection.execute("INSERT OR IGNORE INTO mandate_uses VALUES (?, ?, ?, ?)", row)


def check_limit(mandate: Mandate | None, amount: str | None) -> None:
    """Raise `Refused` when an outcome in yuan is above what a body's agent may bind it to."""
    if mandate is None:
        return
    try:
        scope.check_amount(mandate, amount)
    except MandateRefused as refusal:
        raise Refused(refusal.code, refusal.message, hint=refusal.hint) from None


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop uses of mandates that are over."""
    connection.execute("DELETE FROM mandate_uses WHERE until < ?", (at,))
