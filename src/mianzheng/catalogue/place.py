"""Where a scalar stands in its file, and where a place inside its text falls.

A rule may be written plain, quoted, or as a block over several lines; YAML then folds and
unescapes it. A fault inside the rule's text is led back by counting: text and file hold the
same sequence of visible characters, and only blanks and line ends differ.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Style = Literal["plain", "single", "double", "block"]
_ESCAPE_LENGTH = {"x": 2, "u": 4, "U": 8}


class Mark(msgspec.Struct, frozen=True):
    """A place in a file; both count from 1."""

    line: int
    column: int


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A scalar's text as read, its style, and the place where it starts."""

    text: str
    style: Style
    start: Mark


def place_in(span: Span, lines: tuple[str, ...], *, line: int, column: int) -> Mark:
    """Return the place in the file of (`line`, `column`) of the text of `span`, both from 1.

    A place past the text's end gives the place just behind its last visible character.
    """
    offset = _offset(span.text, line, column)
    visible_before = sum(1 for sign in span.text[:offset] if not sign.isspace())
    found = None
    for number, (mark, _) in enumerate(_visible(span, lines)):
        found = mark
        if number == visible_before:
            return mark
        if number > visible_before:
            break
    return span.start if found is None else Mark(found.line, found.column + 1)


def _offset(text: str, line: int, column: int) -> int:
    before = text.split("\n")[: line - 1]
    return sum(len(part) + 1 for part in before) + column - 1


def _visible(span: Span, lines: tuple[str, ...]) -> list[tuple[Mark, str]]:
    """Return the visible characters of the scalar in the file, as many as the text has."""
    wanted = sum(1 for sign in span.text if not sign.isspace())
    found: list[tuple[Mark, str]] = []
    row = span.start.line - 1 + (1 if span.style == "block" else 0)
    column = 0 if span.style == "block" else span.start.column - 1
    if span.style in ("single", "double"):
        column += 1
    while row < len(lines) and len(found) < wanted:
        _read_line(span.style, lines[row], row=row, column=column, found=found)
        row, column = row + 1, 0
    return found[:wanted]


def _read_line(style: Style, line: str, *, row: int, column: int, found: list[tuple[Mark, str]]) -> None:
    while column < len(line):
        sign, length = line[column], 1
        if style == "single" and line[column : column + 2] == "''":
            length = 2
        elif style == "double" and sign == "\\":
            following = line[column + 1 : column + 2]
            length = 2 + _ESCAPE_LENGTH.get(following, 0)
            if following in ("", " ", "n", "t", "r", "_", "N", "L", "P", "v", "f"):
                column += length
                continue
        if not sign.isspace():
            found.append((Mark(row + 1, column + 1), sign))
        column += length
