"""A wallet that is never written: at a window each person's keys and numbers last as long as their sitting."""

from __future__ import annotations

from pathlib import Path

from mianzheng.client.wallet import Kept, Wallet
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.errors import NotFound
from mianzheng.model.identity import Jwk


class Drawer(Wallet):
    """The cases and holder keys of one sitting, in memory only."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"))  # whatever would be written after all fails
        self._kept: dict[str, Kept] = {}
        self._keys: dict[str, PrivateKey] = {}
        self._holders: dict[str, Jwk] = {}

    def keep(self, kept: Kept) -> None:
        """Keep the record of one case."""
        self._kept[kept.case] = kept

    def find(self, case: str) -> Kept:
        """Return the record of a case of this sitting; `NotFound` for another."""
        if case not in self._kept:
            raise NotFound(f"no case {case} of this sitting", hint="begin it anew")
        return self._kept[case]

    def new_holder_key(self, case: str) -> PrivateKey:
        """Make the key to which this case's credential will be sealed."""
        self._keys[case] = PrivateKey.generate()
        return self._keys[case]

    def holder_key(self, case: str) -> PrivateKey:
        """Return the holder key of a case."""
        if case not in self._keys:
            raise NotFound(f"no key of case {case} in this sitting")
        return self._keys[case]

    def opening_key(self, case: str, jwk: Jwk | None) -> PrivateKey | None:
        """Return the key that opens a case's credential, None where the authority keeps it for its person."""
        return self._keys.get(case) if jwk is None else None

    def keep_holder(self, case: str, jwk: Jwk) -> None:
        """Keep to whose key the result of a case is sealed: the one that the authority keeps for its person."""
        self._holders[case] = jwk

    def holder_of(self, case: str) -> Jwk | None:
        """Return the authority's key of a case, None where one was made here."""
        return self._holders.get(case)
