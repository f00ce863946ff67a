"""The real packs, but of three departments and one item: a city that comes up in a third of the time."""

from __future__ import annotations

import shutil
from pathlib import Path

PACKS = Path(__file__).parents[2] / "packs"
ITEM = "old-age-allowance"
REGISTERS = {"civil-affairs": "elder_care", "human-resources": "social_insurance", "public-security": "hukou"}


def copy_packs(into: Path, *, more: tuple[str, ...] = ()) -> Path:
    """Return a folder of packs with the old-age allowance and the three registers it asks; `more` of the police."""
    for department, register in REGISTERS.items():
        shutil.copytree(PACKS / department, into / department, ignore=shutil.ignore_patterns("items", "registers"))
        (into / department / "registers").mkdir()
        shutil.copy(PACKS / department / "registers" / f"{register}.yaml", into / department / "registers")
    police = Path("public-security") / "registers"
    for register in more:
        shutil.copy(PACKS / police / f"{register}.yaml", into / police)
    (into / "civil-affairs" / "items").mkdir()
    shutil.copy(PACKS / "civil-affairs" / "items" / f"{ITEM}.yaml", into / "civil-affairs" / "items")
    return into
