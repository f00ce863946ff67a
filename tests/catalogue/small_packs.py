"""The small packs tree of these tests, copied and bent."""

from __future__ import annotations

import shutil
from pathlib import Path

SMALL = Path(__file__).parent / "packs_small"
FAMILY = Path(__file__).parent / "packs_family"  # with links: marriage, kinship, and an item over linked people
HUKOU = "public-security/registers/hukou.yaml"
VEHICLE = "public-security/registers/vehicle.yaml"
ELDER_CARE = "civil-affairs/registers/elder_care.yaml"
PARAM = "civil-affairs/params/allowance_old.yaml"
ITEM = "civil-affairs/items/old-age.yaml"
DEPARTMENT = "civil-affairs/department.yaml"


def copy_of(folder: Path, tree: Path = SMALL) -> Path:
    """Return a fresh copy of the small tree inside `folder`."""
    return Path(shutil.copytree(tree, folder / "packs"))


def bent(folder: Path, file: str, old: str, new: str, tree: Path = SMALL) -> Path:
    """Return a copy of the small tree in which one place of one file is other."""
    root = copy_of(folder, tree)
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return root
