"""What a person calls the city's departments and items, for tables in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from mianzheng.city.rulebook import read_rulebook
from mianzheng.model.errors import NotFound
from mianzheng.model.text import Text


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Names by id; an id without a name is shown as it is."""

    departments: Mapping[str, Text] = {}  # as sentences call them: 民政部门
    items: Mapping[str, Text] = {}

    def department(self, name: str) -> str:
        """Return a department's Chinese name."""
        return self.departments[name].zh if name in self.departments else name

    def item(self, name: str) -> str:
        """Return an item's Chinese name."""
        return self.items[name].zh if name in self.items else name


def names_of(data: Path) -> Names:
    """Return the names of the city in `data`; none for a folder that holds no synthetic city."""
    try:
        rules = read_rulebook(data)
    except NotFound:
        return Names()
    return Names(
        departments={name: department.short for name, department in rules.facts.departments.items()},
        items={name: item.name for name, item in rules.items.items()},
    )
