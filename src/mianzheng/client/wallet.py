"""The person's own folder on the client: which cases are theirs, holder keys, credentials.

In the demo one machine plays every resident, so the wallet of all personas lies in the city's
folder; the hub never reads it. Files are for their owner only (mode 600).
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from mianzheng.credentials.keys import PrivateKey, thumbprint
from mianzheng.model.errors import NotFound
from mianzheng.model.identity import Jwk


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One case in the wallet; `credential` is the opened SD-JWT VC, "" while there is none."""

    case: str
    resident: str
    item: str
    credential: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Another person's case in which a persona takes part, and in which role."""

    case: str
    resident: str
    role: str


class Wallet:
    """The cases and holder keys of the personas of one city."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, kept: Kept) -> None:
        """Write or replace the record of one case."""
        _write_private(self._file(kept.case), msgspec.json.encode(kept))

    def find(self, case: str) -> Kept:
        """Return the record of a case; `NotFound` when it was not applied for from here."""
        try:
            return msgspec.json.decode(self._file(case).read_bytes(), type=Kept)
        except FileNotFoundError:
            raise NotFound(f"no case {case} in this wallet", hint="`case run` keeps each case it opens") from None

    def keep_part(self, part: Part) -> None:
        """Write or replace the record of a persona's part in another's case."""
        _write_private(self._part_file(part.case, part.resident), msgspec.json.encode(part))

    def find_part(self, case: str, resident: str) -> Part:
        """Return a persona's part in another's case; `NotFound` when they opened no invitation from here."""
        try:
            return msgspec.json.decode(self._part_file(case, resident).read_bytes(), type=Part)
        except FileNotFoundError:
            raise NotFound(f"no part of this persona in case {case}", hint="`case consent` keeps each") from None

    def new_holder_key(self, case: str) -> PrivateKey:
        """Return the key to which this case's credential will be sealed: made once, and the same after a correction."""
        if self._key_file(case).exists():
            return self.holder_key(case)
        key = PrivateKey.generate()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key.to_file(self._key_file(case))
        return key

    def holder_key(self, case: str) -> PrivateKey:
        """Return the holder key of a case."""
        return PrivateKey.from_file(self._key_file(case))

    def new_mandate_key(self) -> Jwk:
        """Make and keep a key of the principal's, to which the results of a mandate will be sealed."""
        key = PrivateKey.generate()
        folder = self.folder / "mandates"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key.to_file(folder / f"{key.kid}.jwk.json")
        return key.public.jwk

    def opening_key(self, case: str, jwk: Jwk | None) -> PrivateKey | None:
        """Return the key that opens a case's credential: the case's own, or one of a mandate; None for another's."""
        if jwk is None:
            return self.holder_key(case) if self._key_file(case).exists() else None
        path = self.folder / "mandates" / f"{thumbprint(jwk)}.jwk.json"
        return PrivateKey.from_file(path) if path.exists() else None

    def keep_holder(self, case: str, jwk: Jwk) -> None:
        """Keep to whose key the result of a case is sealed that was opened on a mandate."""
        _write_private(self.folder / f"{_plain(case)}.holder.json", msgspec.json.encode(jwk))

    def holder_of(self, case: str) -> Jwk | None:
        """Return the principal's key of a case opened on a mandate, None for any other case."""
        path = self.folder / f"{_plain(case)}.holder.json"
        return msgspec.json.decode(path.read_bytes(), type=Jwk) if path.exists() else None

    def _file(self, case: str) -> Path:
        return self.folder / f"{_plain(case)}.json"

    def _part_file(self, case: str, resident: str) -> Path:
        return self.folder / "parts" / f"{_plain(case)}.{_plain(resident)}.json"

    def _key_file(self, case: str) -> Path:
        return self.folder / f"{_plain(case)}.holder.jwk.json"


def _plain(case: str) -> str:
    if not case.replace("-", "").isalnum():
        raise NotFound(f"{case!r} is not the id of a case", hint="ids are letters, digits and hyphens")
    return case


def _write_private(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.replace(path)
