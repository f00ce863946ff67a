"""`happenings.yaml` and `contacts.yaml` of a packs tree: read, fitted, and checked against its items and departments.

A hub's own packs hold no items (they reach it signed), so there the names of items are left unchecked; the hub shows
of each happening what is published.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.items import check_span
from mianzheng.catalogue.procedure import check_reference
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.catalogue.yaml import Path
from mianzheng.model.guide import Contacts, Guide, Happening, Happenings

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_NUMBER = re.compile(r"\+?[0-9]+([ -][0-9]+)*\Z")


def guide_of(happenings: Happenings | None, contacts: Contacts | None) -> Guide:
    """Return the guide of a tree; empty where it has none."""
    return Guide(
        happenings=happenings.happenings if happenings else (),
        also_called=happenings.also_called if happenings else {},
        papers=happenings.papers if happenings else {},
        telephones=contacts.telephones if contacts else (),
        counters=contacts.counters if contacts else (),
    )


def check_happenings(stated: Happenings, items: Collection[str], papers: Collection[str], found: Findings) -> None:
    """Add every fault of what may happen; `items` are the ids of the tree's item files, none: unchecked.

    `papers` are those that the items replace.
    """
    _check_ids("happenings", [one.id for one in stated.happenings], found)
    for number, one in enumerate(stated.happenings):
        _check_happening(one, ("happenings", number), items, found)
    for item, names in stated.also_called.items():
        _check_item(item, ("also_called", item), items, found)
        if not names or not all(name.strip() for name in names):
            found.at_key(
                ("also_called", item), "empty-text", f"{item} is called by no name", "name it, or leave it out"
            )

    for paper, english in stated.papers.items():
        if items and paper not in papers:
            found.at_key(("papers", paper), "unknown-paper", f"no item replaces {paper}", did_you_mean(paper, papers))
        if not english.strip():
            found.at_key(("papers", paper), "empty-text", f"{paper} has no name", "say it in English")


def check_contacts(stated: Contacts, departments: Collection[str], found: Findings) -> None:
    """Add every fault of telephones and windows."""
    if not stated.telephones:
        found.at(("telephones",), "contacts", "nobody answers a telephone", "name the city's hotline")
    for number, one in enumerate(stated.telephones):
        _check_dated(one.effective, one.until, ("telephones", number), found)
        if not _NUMBER.match(one.number):
            message = f"{one.number!r} cannot be dialled"
            found.at(("telephones", number, "number"), "contacts", message, 'digits, in quotes: "12345"')
    _check_ids("counters", [one.id for one in stated.counters], found)
    for number, counter in enumerate(stated.counters):
        path = ("counters", number)
        _check_dated(counter.effective, counter.until, path, found)
        check_reference((*path, "reference"), counter.reference, found)
        for place, name in enumerate(counter.departments):
            if name not in departments:
                hint = did_you_mean(name, departments)
                found.at((*path, "departments", place), "unknown-department", f"no department {name}", hint)


def _check_happening(one: Happening, path: Path, items: Collection[str], found: Findings) -> None:
    _check_dated(one.effective, one.until, path, found)
    if not one.items:
        found.at((*path, "items"), "happening", f"{one.id} opens no item", "name what can be done then")
    for place, item in enumerate(one.items):
        _check_item(item, (*path, "items", place), items, found)
        if item in one.items[:place]:
            found.at((*path, "items", place), "duplicate-id", f"{item} stands here twice", "once is enough")


def _check_item(item: str, path: Path, items: Collection[str], found: Findings) -> None:
    if items and item not in items:
        found.at_key(path, "unknown-item", f"no item {item}", did_you_mean(item, items))


def _check_ids(name: str, ids: list[str], found: Findings) -> None:
    for number, one in enumerate(ids):
        if not _ID.match(one):
            found.at((name, number, "id"), "name", f"{one} cannot be an id", "small letters and digits, joined by -")
        if one in ids[:number]:
            found.at((name, number, "id"), "duplicate-id", f"a second {one}", "each has its own id")


def _check_dated(effective: date, until: date | None, path: Path, found: Findings) -> None:
    check_span(effective, until, (*path, "until"), found)
