"""Who may come to the window of a demo city: personas for a visitor who plays them. No real window has this file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.model.text import Text


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """A resident of a synthetic city: their number, and what they say to each question (by its Chinese text)."""

    number: str
    name: str
    about: Text
    memories: dict[str, str]


def read_cast(path: str) -> tuple[Persona, ...]:
    """Return the personas of a file, nobody where a window has none."""
    if not path or not Path(path).is_file():
        return ()
    return msgspec.json.decode(Path(path).read_bytes(), type=tuple[Persona, ...])
