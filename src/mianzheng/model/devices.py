"""What programs at the edge are asked and answer: the chip reader's card and requests (docs/protocol.md)."""

from __future__ import annotations

import msgspec

from mianzheng.model.identity import Assertion


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """The card simulator's file: what a reader finds on a chip. `issued_on` YYYY-MM-DD."""

    number: str
    issued_on: str

    def __repr__(self) -> str:
        """Return a text without the number."""
        return f"Card(issued_on={self.issued_on!r})"


class ChipSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a reader's `POST /sign-ins`: a nonce of that audience."""

    audience: str
    nonce: str


class ChipSignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of a reader's `POST /sign-ins`: a `SignInRequest` sealed to this authority."""

    authority: str
    sealed: str


class ChipAuthorise(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a reader's `POST /authorisations`: the digest (b64) that is to be signed."""

    digest: str


class SignedAtReader(msgspec.Struct, frozen=True, kw_only=True):
    """An authorisation signed at a reader: what `BundleRequest` carries as `assertion` and `chip`."""

    assertion: Assertion
    chip: str  # JWE to the authority
