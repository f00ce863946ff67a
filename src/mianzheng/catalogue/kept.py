"""Packs trees read once a process: the gateways of a city each hold a copy of the same files.

A tree is known by the content of its files, wherever it lies; one that changed is another.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from mianzheng.catalogue.load import Catalogue, load

_kept: dict[str, Catalogue] = {}


def kept(root: Path) -> Catalogue:
    """Return the catalogue of a packs tree, read before if one of the same content was; `PackFaults` as `load`."""
    content = content_of(root)
    if content not in _kept:
        _kept[content] = load(root)
    return _kept[content]


def content_of(root: Path, *, pattern: str = "*") -> str:
    """Return a digest (SHA-256, hex) of the files below a folder: their names, and what they hold."""
    found = hashlib.sha256()
    for path in sorted(path for path in root.rglob(pattern) if path.is_file()):
        written = path.read_bytes()
        found.update(f"{path.relative_to(root)}\0{len(written)}\0".encode())
        found.update(written)
    return found.hexdigest()
