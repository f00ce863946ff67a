"""Who may come to the window of a demo city: personas for a visitor who plays them. No real window has this file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import aiohttp
import msgspec

from mianzheng.model.text import Text


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """A resident of a synthetic city: their number, and what they say to each question (by its Chinese text)."""

    number: str
    name: str
    about: Text
    telephone: str = ""
    memories: dict[str, str]


def read_cast(path: str) -> tuple[Persona, ...]:
    """Return the personas of a file, nobody where a window has none."""
    if not path or not Path(path).is_file():
        return ()
    return msgspec.json.decode(Path(path).read_bytes(), type=tuple[Persona, ...])


async def heard(http: aiohttp.ClientSession, line: str, who: Persona, kind: Literal["phones", "messages"]) -> str:
    """Return the last thing said or sent to a persona's telephone, "" for nothing: the ear of a demo's visitor."""
    try:
        async with http.get(f"{line}/{kind}/{who.telephone}", timeout=aiohttp.ClientTimeout(total=2)) as answer:
            told = msgspec.json.decode(await answer.read(), type=list[str]) if answer.status == 200 else []
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError):
        return ""
    return told[-1] if told else ""
