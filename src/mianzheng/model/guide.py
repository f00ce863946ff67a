"""What the city tells its people around the items: what may happen to them, how they call things, whom to reach.

Written by the city as dated data (`packs/happenings.yaml`, `packs/contacts.yaml`; docs/packs.md).
"""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.model.item import Reference
from mianzheng.model.text import Text


class Happening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that happens to a person or a firm, and the items it opens; `words` is how people say it."""

    id: str
    name: Text  # 家里添了宝宝
    hint: Text  # one line below it
    items: tuple[str, ...]  # in the order in which they are done
    words: tuple[str, ...] = ()
    firms: bool = False  # happens to firms, not to people: shown after what happens to people, and at no window
    effective: date
    until: date | None = None  # exclusive


class Happenings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`happenings.yaml`. `also_called`: the everyday names of an item (低保 for 最低生活保障).

    `papers`: what the papers that items replace are called in English.
    """

    happenings: tuple[Happening, ...]
    also_called: dict[str, tuple[str, ...]] = {}
    papers: dict[str, str] = {}


class Telephone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number where a person answers; the first of the file is the one on every page."""

    number: str
    name: Text
    hours: Text
    effective: date
    until: date | None = None


class Counter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A window 窗口 where somebody sits. `departments` empty: all of them; `stuck`: it has a 办不成事 counter."""

    id: str
    name: Text
    address: Text
    hours: Text
    effective: date
    until: date | None = None
    departments: tuple[str, ...] = ()
    stuck: bool = False
    reference: Reference
    reference_en: str = ""  # what the reference says, in English


class Contacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`contacts.yaml`: whom a person can reach, by telephone and in person."""

    telephones: tuple[Telephone, ...]
    counters: tuple[Counter, ...]


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; empty where a city has written none."""

    happenings: tuple[Happening, ...] = ()
    also_called: dict[str, tuple[str, ...]] = {}
    papers: dict[str, str] = {}
    telephones: tuple[Telephone, ...] = ()
    counters: tuple[Counter, ...] = ()

    def paper(self, name: str) -> Text:
        """Return a paper's name; in English too where the city has said it."""
        return Text(zh=name, en=self.papers.get(name, name))

    def on(self, day: date) -> Guide:
        """Return what is in force on a day."""
        return Guide(
            happenings=tuple(one for one in self.happenings if _in_force(one, day)),
            also_called=self.also_called,
            papers=self.papers,
            telephones=tuple(one for one in self.telephones if _in_force(one, day)),
            counters=tuple(one for one in self.counters if _in_force(one, day)),
        )


def _in_force(one: Happening | Telephone | Counter, day: date) -> bool:
    return one.effective <= day and (one.until is None or day < one.until)
