"""Who grants or ends a mandate: the principal's key, a presence with its clerk's key beside, a representative's word.

Every failed proof is one refusal: nobody learns which number exists, or which part was wrong.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from mianzheng.authority import presences, telephones
from mianzheng.authority.authority import Authority
from mianzheng.authority.proofs import is_barred, seen_by_key
from mianzheng.authority.staff import read_step
from mianzheng.credentials import jwe
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.identity import Assertion, SignIn
from mianzheng.model.mandate import Granted
from mianzheng.model.publishing import Certified

SIGN_IN_SKEW = 60


class Proof(Protocol):
    """What a grant or a change carries; one of the ways is set."""

    @property
    def assertion(self) -> Assertion | None:
        """By the person's or body's own key."""

    @property
    def sign_in(self) -> str:
        """The authority of persons' word for this authority."""

    @property
    def presence(self) -> str:
        """Id of a presence that passed."""

    @property
    def clerk(self) -> Certified | None:
        """The step of the clerk of that presence."""


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """How the one behind a number was seen; `number` is theirs, `clerk` the member of staff who signed beside."""

    granted: Granted
    number: str
    clerk: str = ""
    presence: str = ""  # to be bound
    frozen_until: int = 0  # of a representative, as the authority for persons knows it


def refused(detail: str = "parties, proof and terms do not belong together") -> MandateRefused:
    """Return the one refusal of every proof that fails."""
    return MandateRefused("mandate-refused", detail)


def prove(
    authority: Authority, proof: Proof, *, number: str, hub: str, shown: str, challenge: bytes, step: str, at: int
) -> Proven:
    """Return how the one behind `number` signed; `MandateRefused` for every proof that does not hold.

    `shown` is what a clerk or a representative signed over, `challenge` what an own key did, `step` the clerk's.
    """
    if proof.assertion is not None:
        return _by_key(authority, proof.assertion, number, challenge)
    if proof.sign_in:
        return _by_representative(authority, proof.sign_in, shown, at)
    return _by_presence(authority, proof, number=number, hub=hub, shown=shown, step=step, at=at)


def refuse_frozen(authority: Authority, proven: Proven, *, at: int) -> None:
    """Raise `MandateRefused` while whoever signed is frozen after a change of telephone or device: here, or there."""
    telephones.refuse_frozen(authority.journal.reader(), authority.secrets, proven.number, at=at)
    if at < proven.frozen_until:
        raise refused("telephone or device of who signs was changed within three days")


def read_word(authority: Authority, token: str, *, nonce: str, at: int) -> tuple[str, SignIn]:
    """Return the number of whoever signed in for this very thing with the authority of persons, and its word."""
    try:
        _, word = authority.trust.read(token, typ="mz-sign-in", type=SignIn, role="authority:person", at=at)
        opened = jwe.open_sealed(word.sealed_number, key=authority.seal, typ="mz-number")
        number = opened.decode("ascii")
    except (BadToken, BadSeal, Untrusted, UnicodeDecodeError):
        raise refused() from None
    if (word.audience, word.nonce) != (authority.party, nonce) or not word.iat - SIGN_IN_SKEW <= at < word.exp:
        raise refused()
    return number, word


def _by_key(authority: Authority, assertion: Assertion, number: str, challenge: bytes) -> Proven:
    seen = seen_by_key(assertion, challenge, number=number, authority=authority)
    if seen is None or is_barred(authority, number):
        raise refused()
    return Proven(granted=Granted(method=seen.method, level=seen.level), number=number)


def _by_representative(authority: Authority, token: str, shown: str, at: int) -> Proven:
    if authority.kind != "enterprise":
        raise refused()
    signed_in, word = read_word(authority, token, nonce=shown, at=at)
    granted = Granted(method="representative", level=3)
    return Proven(granted=granted, number=signed_in, frozen_until=word.frozen_until)


def _by_presence(
    authority: Authority, proof: Proof, *, number: str, hub: str, shown: str, step: str, at: int
) -> Proven:
    row = presences.find(authority.journal.reader(), authority.secrets, proof.presence)
    if row is None or proof.clerk is None or authority.kind != "person":
        raise refused()
    clerk = read_step(proof.clerk, step, shown, roles=("clerk",), trust=authority.trust, at=at)
    content = row.content
    if row.state != "passed" or at >= row.until or row.bound not in ("", shown):
        raise refused()
    if (content.number, content.audience, content.clerk) != (number, hub, clerk.key):
        raise refused()
    granted = Granted(method=content.method, level=content.level)
    return Proven(granted=granted, number=number, clerk=clerk.staff, presence=proof.presence)
