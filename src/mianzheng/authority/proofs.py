"""How someone proves who they are: their own enrolled key, the chip of their card in a registered reader, a presence.

A card that was reported lost, or is not the last one issued, proves nothing; nor does anything of one who died.
"""

from __future__ import annotations

import msgspec

from mianzheng.authority.authority import Authority
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import BadAssertion, verify_assertion
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.canonical import b64
from mianzheng.model.identity import Assertion, ChipRead

CHIP_SECONDS = 300  # a chip read proves presence for this long
CHIP_LEVEL = 3


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Who was seen, by which key, and how: method and level are the presence assertion."""

    name: str
    signer: str  # thumbprint of the key that signed, "" for a chip read without an assertion
    method: str
    level: int


def seen_by_key(assertion: Assertion, challenge: bytes, *, number: str, authority: Authority) -> Seen | None:
    """Return who signed `challenge` with a key of `number`, None for nobody; the work is always the same."""
    enrolled, trust = authority.keys_of(number), authority.trust
    signer = signed_by(assertion, challenge, trust=trust, allow_software=trust.demo)
    key = next((key for key in enrolled if key.thumbprint == signer and key.kind == assertion.kind), None)
    return None if key is None else Seen(name=key.name, signer=signer, method=key.kind, level=key.level)


def signed_by(assertion: Assertion, challenge: bytes, *, trust: TrustStore, allow_software: bool) -> str:
    """Return the thumbprint of the key that made the assertion over `challenge`, "" when none did."""
    try:
        return verify_assertion(
            assertion, challenge, rp_ids=trust.rp_ids, origins=trust.origins, allow_software=allow_software
        )
    except BadAssertion:
        return ""


def seen_by_chip(token: str, challenge: bytes, *, number: str, authority: Authority, at: int) -> Seen | None:
    """Return whose card a registered reader read for `challenge`, None for nobody."""
    name = authority.enrolment.name_of(number)
    sound = card_is_sound(authority, number, _issued(token)) and not is_barred(authority, number)
    try:
        party, read = authority.trust.read(token, typ="mz-chip-read", type=ChipRead, role="reader", at=at)
    except (BadToken, Untrusted):
        return None
    stated = (read.reader, read.number, read.challenge)
    if stated != (party.party, number, b64(challenge)) or not at - CHIP_SECONDS <= read.iat <= at + 60:
        return None
    return Seen(name=name, signer="", method="chip", level=CHIP_LEVEL) if name and sound else None


def card_is_sound(authority: Authority, number: str, issued: str) -> bool:
    """Tell whether the card of a number still stands: not reported lost, and the last one issued.

    Where the register of cards does not answer no card is taken; where the department keeps none, all are.
    """
    cards = authority.rules.cards
    if cards is None or authority.registers is None:
        return True
    status = authority.registers.values(cards.register, cards.status, number)
    last = authority.registers.values(cards.register, cards.issued, number)
    if status is None or last is None:
        return False
    return not set(status) & set(cards.void) and (not issued or not last or issued >= max(last))


def is_barred(authority: Authority, number: str) -> bool:
    """Tell whether nobody may stand for a number: its person died."""
    if authority.registers is None:
        return False
    return any(
        set(authority.registers.values(mark.register, mark.fact, number) or ()) & set(mark.values)
        for mark in authority.rules.barred
    )


def _issued(token: str) -> str:
    try:
        return jws.payload_as(jws.unverified_payload(token), type=ChipRead).issued_on
    except BadToken:
        return ""
