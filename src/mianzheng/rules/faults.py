"""Faults of a rule: where its text stands in the pack, and all that is wrong with it at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from mianzheng.model.errors import MianzhengError
from mianzheng.model.text import Fault


class Where(msgspec.Struct, frozen=True):
    """Where a rule's text starts in its pack; line and column count from 1."""

    file: str
    line: int
    column: int


_LISTED = 12  # known words that a hint names


class RuleFaults(MianzhengError):
    """One or more rules are wrong; `faults` holds every one that was found."""

    code = "bad-rule"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "; ".join(str(fault) for fault in self.faults),
            hint="see each fault's line, column and hint",
        )


class Source(msgspec.Struct, frozen=True):
    """A rule's text and where it stands; turns an offset in the text into a fault's line and column."""

    text: str
    where: Where

    def fault(self, offset: int, code: str, message: str, hint: str) -> Fault:
        """Return the fault at a character offset of the text; `hint` says what to write instead.

        In a YAML block every line of the text starts in the same column, which is assumed here.
        """
        before = self.text[: max(offset, 0)]
        return Fault(
            file=self.where.file,
            line=self.where.line + before.count("\n"),
            column=self.where.column + len(before) - (before.rfind("\n") + 1),
            code=code,
            message=message,
            hint=hint,
        )


def did_you_mean(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return `did you mean x?` for the nearest known word, or "" when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"did you mean {prefix}{near[0]}?" if near else ""


def one_of(word: str, known: Iterable[str]) -> str:
    """Return `did you mean x?`, or the known words, a dozen at most, when none is near."""
    words = list(known)
    listed = ", ".join(words[:_LISTED]) + (", …" if len(words) > _LISTED else "")
    return did_you_mean(word, words) or (f"there are {listed}" if words else "there is none yet: declare it first")
