"""`DIR/city.json`: which city a folder holds. It is written last, so a folder without it holds no finished city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from mianzheng.model.errors import NotFound, WrongUse

MANIFEST = "city.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of a city and what came of them: `rows` by register, `planted` people and bodies."""

    residents: int
    seed: int
    today: date
    packs: str  # digest of facts and items
    bodies: int = 0
    planted: int = 0
    rows: dict[str, int] = {}


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the city in a folder; `NotFound` when it holds none."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise NotFound(f"no city in {folder}", hint="build one with `mianzheng city build --into DIR`") from None


def built_on(folder: Path) -> date | None:
    """Return the day of the city in a folder, None when it holds none."""
    return read_manifest(folder).today if (folder / MANIFEST).exists() else None


def known_city(folder: Path, wanted: Manifest) -> Manifest | None:
    """Return the city of the folder if its parameters are those wanted, None if there is none; else `WrongUse`."""
    if not (folder / MANIFEST).exists():
        return None
    found = read_manifest(folder)
    differing = [
        name for name in ("residents", "seed", "today", "packs") if getattr(found, name) != getattr(wanted, name)
    ]
    if not differing:
        return found
    told = ", ".join(f"{name} {getattr(found, name)} instead of {getattr(wanted, name)}" for name in differing)
    raise WrongUse(f"{folder} holds another city: {told}", hint="choose an empty folder, or remove this one first")


def refuse_foreign(folder: Path, own: Sequence[str]) -> None:
    """Raise `WrongUse` when a folder without a finished city holds what a city would write."""
    present = [name for name in own if (folder / name).exists()]
    if present:
        raise WrongUse(
            f"{folder} holds {', '.join(present)} and no finished city",
            hint="a build was broken off there: remove the folder, or choose an empty one",
        )
