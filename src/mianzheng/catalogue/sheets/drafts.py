"""Drafts laid into a tree of packs: all of them or none, and never over a file that is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mianzheng.catalogue.sheets.contradictions import sequence_of
from mianzheng.catalogue.sheets.reading import Draft, Imported, Known, drafts_of
from mianzheng.catalogue.tree import HEAD
from mianzheng.catalogue.yaml import read
from mianzheng.model.errors import MianzhengError
from mianzheng.model.text import Text

_WIDTH = 120


class _Dumper(yaml.CSafeDumper):
    """Writes no anchors: packs have none."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that stands in two places twice."""
        return True


class NotTheSame(MianzhengError):
    """What was written would not be read back as it was meant; nothing was written."""

    code = "draft-differs"


def import_workbook(data: bytes, into: Path) -> tuple[Imported, tuple[Path, ...]]:
    """Read a workbook and lay its drafts into a tree; with a fault nothing is written. Returns the files written.

    A department that is there stays as it is; an item that is there is a fault of its row.
    """
    found = drafts_of(data, departments_in(into), codes_in(into))
    there = tuple(
        draft.line.at(
            "事项标识",
            Text(f"{draft.item} 在 {draft.department} 里已经有了", f"{draft.item} is in {draft.department} already"),
            Text("换一个目录，或先移走原文件再比较", "import into another folder and compare with `catalogue diff`"),
        )
        for draft in found.drafts
        if _path(draft, into).exists() and draft.item
    )
    if there or found.faults:
        return Imported(drafts=(), faults=(*found.faults, *there), lost=found.lost), ()
    return found, lay(found.drafts, into)


def departments_in(into: Path) -> Iterator[Known]:
    """Yield the departments of a tree, as far as their files can be read."""
    for path in sorted(into.glob(f"*/{HEAD}")):
        document, _ = read(path.read_text(encoding="utf-8"), str(path))
        value = document.value if document is not None else None
        if isinstance(value, dict):
            name = value.get("name")
            zh = name.get("zh", "") if isinstance(name, dict) else ""
            yield Known(department=path.parent.name, name=str(zh), uscc=str(value.get("uscc", "")))


def codes_in(into: Path) -> dict[str, str]:
    """Return which item of a tree has which code, by `sequence_of` the code, as far as the files can be read."""
    found: dict[str, str] = {}
    for path in sorted(into.glob("*/items/*.yaml")):
        document, _ = read(path.read_text(encoding="utf-8"), str(path))
        value = document.value if document is not None else None
        if isinstance(value, dict) and value.get("code"):
            found.setdefault(sequence_of(str(value["code"])), path.stem)
    return found


def lay(drafts: tuple[Draft, ...], into: Path) -> tuple[Path, ...]:
    """Write the drafts: first all of them beside the tree, then each into its place; on any failure none stays."""
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{into.name}-", dir=into.parent))
    placed: list[Path] = []
    try:
        for draft in drafts:
            waiting = _path(draft, beside)
            waiting.parent.mkdir(parents=True, exist_ok=True)
            waiting.write_text(text_of(draft.table), encoding="utf-8")
        for draft in drafts:
            path = _path(draft, into)
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(_path(draft, beside), path)  # fails where a file is, as a rename would not
            placed.append(path)
    except BaseException:
        for path in placed:
            path.unlink()
        raise
    finally:
        shutil.rmtree(beside)
    return tuple(placed)


def text_of(table: dict[str, Any]) -> str:
    """Return a table as a pack's YAML; `NotTheSame` when it would be read otherwise."""
    text = yaml.dump(table, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=None)
    document, faults = read(text, "")
    if faults or document is None or document.value != table:
        raise NotTheSame(f"{table.get('item')} cannot be written: {faults[0] if faults else 'it is read otherwise'}")
    return text


def _path(draft: Draft, root: Path) -> Path:
    folder = root / draft.department
    return folder / "items" / f"{draft.item}.yaml" if draft.item else folder / HEAD
