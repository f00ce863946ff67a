"""Ledger entries: who asked which department what, for which case and purpose, on what basis, and when.

An entry never holds an answer's value, only its digest. Its leaf is H(00 ‖ salt ‖ canonical entry)
with 16 random bytes of salt, so that a leaf says nothing about its content and, once salt and
content are erased by rule, nobody can guess it back; the tree still verifies.

The first leaf of a ledger is its `opening`: it fixes the ledger's name and suite for good.
"""

from __future__ import annotations

import os
from typing import Literal

import msgspec

from mianzheng.credentials.suites import INTL
from mianzheng.model.canonical import canonical
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Basis
from mianzheng.model.text import Text

SALT_BYTES = 16
_LONGEST_DELAY = 184 * 24 * 3600  # six months, in seconds

Kind = Literal["asked", "answered", "refused", "state", "decision", "delivery", "paper", "view"]


class BadEntry(MianzhengError):
    """An entry, its salt or its leaf are not what they must be."""

    code = "bad-entry"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question of a request: one request asks several at once. `digest` of its answer's disclosure."""

    question: str
    sentence: Text
    basis: Basis | None = None
    purpose: str = ""
    digest: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one subject sees an entry: in full, masked to department and kind, or only after a time.

    `after` (seconds) needs the `statute` that allows it and two signed orders, one of the
    auditor's; at most six months. The number of hidden entries is published.
    """

    subject: str  # pseudonym of the ledger
    view: Literal["full", "masked", "after"] = "full"
    after: int = 0
    statute: str = ""
    orders: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. `actor` is who acted (hub, member of staff, gateway, applicant), `department` whose records or step.

    `lines` hold the questions of a request; the single fields speak of anything else (a state, a
    decision, a view by staff). `digest` is of the sheet, decision, receipt or refusal named by `kind`.
    """

    kind: Kind
    at: int  # seconds
    actor: str = ""
    department: str = ""
    case: str = ""
    item: str = ""
    role: str = ""
    request: str = ""  # joins asked and answered
    purpose: str = ""
    basis: Basis | None = None
    question: str = ""
    sentence: Text | None = None
    digest: str = ""
    lines: tuple[Line, ...] = ()
    subjects: tuple[View, ...] = ()


class Opening(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="opening"):
    """The first entry of a ledger: whose it is, and the suite of all its hashes."""

    ledger: str
    suite: str
    at: int


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return os.urandom(SALT_BYTES)


def leaf_hash(salt: bytes, entry: bytes) -> bytes:
    """Return the leaf of a salted entry: H(00 ‖ salt ‖ entry), the entry in canonical bytes."""
    if len(salt) != SALT_BYTES:
        raise BadEntry("a salt has 16 bytes")
    return INTL.hash(b"\x00" + salt + entry)


def opening_leaf(ledger: str, *, at: int) -> tuple[bytes, bytes, bytes]:
    """Return salt, content and leaf of a new ledger's first entry."""
    salt, content = new_salt(), canonical(Opening(ledger=ledger, suite=INTL.name, at=at))
    return salt, content, leaf_hash(salt, content)


def read_opening(first_leaf: bytes, salt: bytes, content: bytes) -> Opening:
    """Return what a ledger's first leaf fixes; `BadEntry` when content and leaf differ or it opens nothing."""
    if leaf_hash(salt, content) != first_leaf:
        raise BadEntry("this is not the content of the ledger's first leaf", code="changed-row")
    try:
        opening = msgspec.json.decode(content, type=Opening)
    except msgspec.DecodeError:
        raise BadEntry("the ledger's first leaf is no opening", hint="it must fix name and suite") from None
    if opening.suite != INTL.name:
        raise BadEntry(f"the ledger is of suite {opening.suite}, which is not built in", code="suite-unknown")
    return opening


def seen_by(entry: Entry, subject: str, *, now: int) -> Entry | None:
    """Return the entry as `subject` sees it at `now`; None when it is not theirs, or hidden for a time."""
    view = next((view for view in entry.subjects if view.subject == subject), None)
    if view is None or (view.view == "after" and now < view.after):
        return None
    if view.view == "masked":
        return Entry(kind=entry.kind, at=entry.at, department=entry.department)
    return msgspec.structs.replace(entry, subjects=(view,))


def hidden(entries: tuple[Entry, ...], *, now: int) -> int:
    """Return how many entries are hidden from one of their subjects at `now`: the number to publish."""
    return sum(any(view.view == "after" and now < view.after for view in entry.subjects) for entry in entries)


def check_delays(entry: Entry) -> None:
    """Raise `BadEntry` when a delayed view lacks statute or orders, or lasts longer than six months.

    Who signed the two orders is checked against the trust list by whoever grants the delay.
    """
    for view in entry.subjects:
        if view.view != "after":
            continue
        if not view.statute or len(set(view.orders)) < 2:
            raise BadEntry("a delayed view needs a statute and two orders", code="delay-unfounded")
        if view.after - entry.at > _LONGEST_DELAY:
            raise BadEntry("a delayed view lasts six months at most", code="delay-too-long")
