"""The real packs, but of few departments and items: a city that comes up in a third of the time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

PACKS = Path(__file__).parents[2] / "packs"
ITEM = "old-age-allowance"
REGISTERS = {
    "civil-affairs": ("elder_care",),
    "human-resources": ("social_insurance",),
    "public-security": ("hukou",),
}


def copy_packs(into: Path, *, more: tuple[str, ...] = ()) -> Path:
    """Return a folder of packs with the old-age allowance and the three registers it asks; `more` of the police."""
    registers = REGISTERS | {"public-security": (*REGISTERS["public-security"], *more)}
    return copy_parts(into, registers, {"civil-affairs": (ITEM,)})


def copy_parts(into: Path, registers: Mapping[str, Sequence[str]], items: Mapping[str, Sequence[str]]) -> Path:
    """Return a folder of packs with these registers and items of each department, and no other department."""
    for department in registers:
        left_out = shutil.ignore_patterns("items", "registers", "population")
        shutil.copytree(PACKS / department, into / department, ignore=left_out)
    for kind, named in (("registers", registers), ("population", registers), ("items", items)):
        for department, names in named.items():
            folder = Path(department) / kind
            (into / folder).mkdir()
            for name in names:
                if kind != "population" or (PACKS / folder / f"{name}.yaml").exists():  # only some say who is in them
                    shutil.copy(PACKS / folder / f"{name}.yaml", into / folder)
    return into
