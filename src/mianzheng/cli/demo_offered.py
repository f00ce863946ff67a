"""Whom a demo city offers to its visitor to play: the narration leaves them out, since a payment is granted once."""

from __future__ import annotations

from pathlib import Path

from mianzheng.provider.people import FILE, read_people
from mianzheng.window.cast import read_cast

PROVIDED = "provider"  # folder of the demo's identity provider
AT_WINDOW = "window"  # folder of the demo's window
CAST = "cast.json"


def provided(data: Path) -> tuple[str, ...]:
    """Return the numbers of those whom the provider vouches for, in its order; nobody where there is no provider."""
    folder = data / PROVIDED
    return tuple(one.number for one in read_people(folder)) if (folder / FILE).exists() else ()


def at_window(data: Path) -> tuple[str, ...]:
    """Return the numbers of those who may come to the window, the one shown first at the head."""
    return tuple(one.number for one in read_cast(str(data / AT_WINDOW / CAST)))
