"""The chip reader's program: reads the card that lies in its slot, and signs with its own registered key.

`POST /sign-ins` and `POST /authorisations` answer with what is sealed to the authority: the number leaves the
reader in no other way. The slot is a file; a card is the simulator's file in it, and a real chip is not copied.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypeVar

import msgspec

from mianzheng.authority.reader import Reader
from mianzheng.credentials import jwe
from mianzheng.credentials.keys import KeyFolder, PublicKey, refuse_if_shared
from mianzheng.credentials.trust import TrustStore
from mianzheng.devices.serving import Device, DeviceRefused
from mianzheng.model.canonical import unb64
from mianzheng.model.devices import Card, ChipAuthorise, ChipSignedIn, ChipSignIn, SignedAtReader

T = TypeVar("T", bound=msgspec.Struct)


class ChipReader:
    """One reader with a slot."""

    def __init__(self, party: str, keys: Path, slot: Path) -> None:
        """Read keys and trust list of `party` from its own folder."""
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        self.slot = slot
        origin, rp_id = self.trust.origins[0], self.trust.rp_ids[0]
        self._reader = Reader(party, KeyFolder(keys).load("sign"), origin=origin, rp_id=rp_id)

    def device(self, port: int) -> Device:
        """Return the server of this reader."""
        return Device(
            port,
            {
                "POST /sign-ins": lambda _, body: msgspec.json.encode(self.sign_in(body)),
                "POST /authorisations": lambda _, body: msgspec.json.encode(self.authorise(body)),
            },
        )

    def sign_in(self, body: bytes) -> ChipSignedIn:
        """Read the card for a nonce; `DeviceRefused` when the slot is empty."""
        asked, card, at = _asked(body, ChipSignIn), self._card(), int(time.time())
        request = self._reader.sign_in(
            card.number, audience=asked.audience, nonce=asked.nonce, at=at, issued_on=card.issued_on
        )
        sealed = jwe.seal(msgspec.json.encode(request), to=self._authority(at), typ="mz-sign-in-request")
        return ChipSignedIn(authority=self._party(), sealed=sealed)

    def authorise(self, body: bytes) -> SignedAtReader:
        """Sign an authorisation digest for whoever's card lies in the slot."""
        asked, card, at = _asked(body, ChipAuthorise), self._card(), int(time.time())
        try:
            digest = unb64(asked.digest)
        except ValueError:
            raise DeviceRefused("the digest is not base64url") from None
        return self._reader.authorise(
            card.number, digest, authority=self._authority(at), at=at, issued_on=card.issued_on
        )

    def _card(self) -> Card:
        try:
            refuse_if_shared(self.slot)
            return msgspec.json.decode(self.slot.read_bytes(), type=Card)
        except FileNotFoundError:
            raise DeviceRefused("no card lies in the reader", code="no-card", hint="put the card in") from None
        except msgspec.DecodeError:
            raise DeviceRefused("the card cannot be read", code="bad-card") from None

    def _party(self) -> str:
        return self.trust.with_role("authority:person")[0].party

    def _authority(self, at: int) -> PublicKey:
        return self.trust.current(self._party(), "seal", at)


def _asked(body: bytes, type: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.DecodeError:
        raise DeviceRefused("the request cannot be read", code="malformed-request") from None
