"""The chip reader's program: it reads the card's chip and signs, with its own registered key, that it did.

The department registers the reader in the trust list (role `reader`). What it signs goes to the
authority only sealed, because it holds the number; over an authorisation it also makes the
assertion that gateways check, since a card has no key of its own here.
"""

from __future__ import annotations

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey, PublicKey
from mianzheng.model.canonical import b64
from mianzheng.model.devices import SignedAtReader
from mianzheng.model.identity import ChipRead, SignInRequest, sign_in_challenge


class Reader:
    """One registered reader; `number` arguments come from the chip, never from a keyboard."""

    def __init__(self, party: str, key: PrivateKey, *, origin: str, rp_id: str) -> None:
        """Name the reader as the trust list does, with its key for signing."""
        self.party = party
        self.key = key
        self.origin = origin
        self.rp_id = rp_id

    def sign_in(self, number: str, *, audience: str, nonce: str, at: int, issued_on: str = "") -> SignInRequest:
        """Return a sign-in that rests on the chip; the caller seals it to the authority."""
        chip = self._read(number, sign_in_challenge(audience, nonce, number), at, issued_on)
        return SignInRequest(audience=audience, nonce=nonce, number=number, chip=chip)

    def authorise(
        self, number: str, digest: bytes, *, authority: PublicKey, at: int, issued_on: str = ""
    ) -> SignedAtReader:
        """Return the signature over an authorisation digest, and the chip read sealed to the authority."""
        chip = jwe.seal(self._read(number, digest, at, issued_on).encode(), to=authority, typ="mz-chip-read")
        assertion = make_assertion(self.key, digest, origin=self.origin, rp_id=self.rp_id)
        return SignedAtReader(assertion=assertion, chip=chip)

    def _read(self, number: str, challenge: bytes, at: int, issued_on: str) -> str:
        read = ChipRead(reader=self.party, number=number, challenge=b64(challenge), iat=at, issued_on=issued_on)
        return jws.sign(read, key=self.key, typ="mz-chip-read")
