"""Faults gathered while one document is checked, each with the place it points at."""

from __future__ import annotations

from collections.abc import Iterable

from mianzheng.catalogue.yaml import Document, Path
from mianzheng.model.text import Fault


class Findings:
    """The faults of one document; paths lead from its root, as in `Document`."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []

    def at(self, path: Path, code: str, message: str, hint: str) -> None:
        """Add a fault at the value at `path`; `hint` says what to write instead."""
        mark = self.document.mark(path)
        self._add(mark.line, mark.column, code, message, hint)

    def at_key(self, path: Path, code: str, message: str, hint: str) -> None:
        """Add a fault at the key that leads to `path`."""
        mark = self.document.key_mark(path)
        self._add(mark.line, mark.column, code, message, hint)

    def inside(self, path: Path, faults: Iterable[Fault]) -> None:
        """Add faults whose line and column count within the text at `path`."""
        for fault in faults:
            mark = self.document.inside(path, line=fault.line, column=fault.column)
            self._add(mark.line, mark.column, fault.code, fault.message, fault.hint)

    def _add(self, line: int, column: int, code: str, message: str, hint: str) -> None:
        self.faults.append(
            Fault(file=self.document.file, line=line, column=column, code=code, message=message, hint=hint)
        )
