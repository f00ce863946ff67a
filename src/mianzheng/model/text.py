"""Text in the two languages of the UI, and faults that point into a file."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text, Chinese first and English complete."""

    zh: str
    en: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault in a pack or a rule; `line` and `column` count from 1, `hint` says what to write."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.message} ({self.hint})"
