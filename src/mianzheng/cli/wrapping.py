"""Chinese text broken into terminal lines as a reader expects it.

Chinese has no spaces, so a line may end after any character, but not inside a number or a Latin
word, not before a closing mark and not after an opening one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text as RichText

WIDE = 100  # columns from which the English stands under the Chinese
MOST = 120  # no wider, however wide the terminal
_UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,:/%+-]*|\s+|.", re.DOTALL)
_CLOSING = "，。、；：？！）》」』】”’…,.;:?!)]}"
_OPENING = "（《「『【“‘([{"
_LEAST = 16  # cells below which a column of text is not worth reading


class Wrapped:
    """A text for a rich table cell: Chinese, and dimmed English under it when there is any."""

    def __init__(self, zh: str, en: str = "") -> None:
        self.zh = zh
        self.en = en

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines at the width there is."""
        yield RichText("\n".join(wrap(self.zh, options.max_width)))
        if self.en:
            yield RichText("\n".join(wrap(self.en, options.max_width)), style="dim")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the least and the best width."""
        best = max(cell_len(self.zh), cell_len(self.en), 1)
        return Measurement(min(_LEAST, best, options.max_width), min(best, options.max_width))


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of a text, each at most `width` cells wide."""
    lines: list[str] = []
    line = ""
    for unit in _units(text):
        if cell_len(line + unit.rstrip()) <= width:
            line += unit
            continue
        if line.strip():
            lines.append(line.rstrip())
        *full, line = list(_cut(unit.lstrip(), width)) or [""]
        lines += full
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _units(text: str) -> Iterator[str]:
    """Yield what stays together: words, numbers, a character with the marks that belong to it."""
    held = ""
    for unit in _UNIT.findall(text):
        if held and (held[-1] in _OPENING or unit in _CLOSING):
            held += unit
            continue
        if held:
            yield held
        held = unit
    if held:
        yield held


def _cut(unit: str, width: int) -> Iterator[str]:
    """Yield a unit in pieces that fit: only one longer than a whole line is cut."""
    piece = ""
    for character in unit:
        if piece and cell_len(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece
