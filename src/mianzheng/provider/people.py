"""The people whom the demo's provider vouches for, as one file of its folder lists them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.credentials.keys import refuse_if_shared
from mianzheng.model.errors import NotFound
from mianzheng.model.text import Text

FILE = "people.json"
SECRET = "client-secret"
CLIENT = "authority"
FACE, MESSAGE = "urn:mianzheng:demo:face", "urn:mianzheng:demo:message"
LEVELS = {FACE: 3, MESSAGE: 1}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or some body whom a demo's person knows by name and number, as people know their child."""

    label: Text
    name: str
    number: str

    def __repr__(self) -> str:
        """Return a text without the person."""
        return "Known()"


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An invented person: who they are in the story, and how surely the provider knows them (acr).

    `knows` and `steps` are for whoever plays them: whom they know by number, and what to do in which order.
    """

    id: str
    number: str
    name: str
    story: Text
    acr: str = FACE
    knows: tuple[Known, ...] = ()
    steps: tuple[Text, ...] = ()

    def __repr__(self) -> str:
        """Return a text without the person."""
        return f"DemoPerson(id={self.id!r})"


def read_people(folder: Path) -> tuple[DemoPerson, ...]:
    """Return the people in `folder`/people.json; `NotFound` when there is no such file."""
    path = folder / FILE
    try:
        refuse_if_shared(path)
        return msgspec.json.decode(path.read_bytes(), type=tuple[DemoPerson, ...])
    except FileNotFoundError:
        raise NotFound(f"no people at {path}", hint="`mianzheng up` writes them for a demo city") from None
