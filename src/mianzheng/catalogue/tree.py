"""The files of a packs tree: `<department>/department.yaml`, `registers/`, `items/`, `params/`, `population/`.

Beside the departments stand `happenings.yaml` and `contacts.yaml`, which are the city's own.

A file's name is the id of what it holds. What lies elsewhere is a fault, not a silence: a
misspelt folder would otherwise take an item out of the catalogue without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from mianzheng.catalogue.shape import did_you_mean
from mianzheng.model.text import Fault

Kind = Literal["department", "register", "item", "param", "population", "happenings", "contacts"]
FOLDERS: dict[str, Kind] = {"registers": "register", "items": "item", "params": "param", "population": "population"}
CITY: dict[str, Kind] = {"happenings.yaml": "happenings", "contacts.yaml": "contacts"}
HEAD = "department.yaml"
PRESENCE = "presence.yaml"  # of the authority for persons, read by its process alone (docs/packs.md)
_REGISTER_OR_PARAM = re.compile(r"[a-z][a-z0-9_]*\Z")  # stands in rules as an identifier
_ITEM_OR_DEPARTMENT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


class PackFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the tree: what it holds, in whose folder ("": the city's), under which id."""

    kind: Kind
    department: str
    id: str
    path: Path


def tree_of(path: Path) -> Path | None:
    """Return the packs tree that `path` lies in, or None when it lies in none; relative where `path` is."""
    if path.name in CITY and path.is_file():
        return path.parent
    start = (path if path.is_dir() else path.parent).absolute()
    for folder in (start, *start.parents[:2]):
        if (folder / HEAD).is_file():
            here = Path.cwd()
            root = folder.parent
            return root if path.is_absolute() or not root.is_relative_to(here) else root.relative_to(here)
    return None


def survey(root: Path) -> tuple[tuple[PackFile, ...], tuple[Fault, ...]]:
    """Return the tree's files in a fixed order, and a fault for each file out of its place."""
    files: list[PackFile] = []
    faults: list[Fault] = []
    for folder in _entries(root):
        if folder.is_dir():
            for found in _department(folder):
                files.append(found) if isinstance(found, PackFile) else faults.append(found)
        elif folder.name in CITY:
            files.append(PackFile(kind=CITY[folder.name], department="", id=folder.stem, path=folder))
        elif folder.suffix in (".yaml", ".yml"):
            faults.append(_fault(folder, "file-place", "a file beside the departments", "move it into one"))
    if not files and not faults:
        faults.append(_fault(root, "no-packs", "no department here", "a packs tree holds <department>/department.yaml"))
    return tuple(files), tuple(faults)


def _department(folder: Path) -> Iterator[PackFile | Fault]:
    head = folder / HEAD
    if head.is_file():
        yield _named("department", folder.name, folder.name, head)
    else:
        yield _fault(folder, "no-department", f"no {HEAD} in {folder.name}", "each folder here is a department")
    for entry in _entries(folder):
        if entry.is_dir() and entry.name in FOLDERS:
            yield from _folder(entry, FOLDERS[entry.name], folder.name)
        elif entry.is_dir():
            yield _fault(entry, "folder-name", f"unknown folder {entry.name}", did_you_mean(entry.name, FOLDERS))
        elif entry != head and entry.name != PRESENCE and entry.suffix in (".yaml", ".yml"):
            yield _fault(entry, "file-place", f"{entry.name} lies beside {HEAD}", f"move it to {', '.join(FOLDERS)}")


def _folder(folder: Path, kind: Kind, department: str) -> Iterator[PackFile | Fault]:
    for entry in _entries(folder):
        if entry.is_file() and entry.suffix == ".yaml":
            yield _named(kind, department, entry.stem, entry)
        elif entry.is_dir() or entry.suffix == ".yml":
            yield _fault(entry, "file-place", f"{entry.name} is not read", f"pack files are {folder.name}/<id>.yaml")


def _named(kind: Kind, department: str, name: str, path: Path) -> PackFile | Fault:
    of_rules = kind in ("register", "param", "population")
    pattern = _REGISTER_OR_PARAM if of_rules else _ITEM_OR_DEPARTMENT
    if not pattern.match(name):
        joined = "a_b" if of_rules else "a-b"
        return _fault(path, "file-name", f"{name} cannot be an id", f"small letters and digits, joined like {joined}")
    return PackFile(kind=kind, department=department, id=name, path=path)


def _entries(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _fault(path: Path, code: str, message: str, hint: str) -> Fault:
    return Fault(file=str(path), line=1, column=1, code=code, message=message, hint=hint)
