"""The packs a city was built with, kept in its folder: `DIR/rulebook.json` says what its truth means."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.catalogue.load import Catalogue
from mianzheng.model.canonical import canonical
from mianzheng.model.errors import NotFound
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Item, ParamTable
from mianzheng.model.population import Population

RULEBOOK = "rulebook.json"


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Facts, items and figures, uncompiled: all that the oracle and the planting read."""

    facts: FactCatalogue
    items: dict[str, Item]
    params: dict[str, ParamTable]
    population: dict[str, Population] = {}


def rulebook_of(catalogue: Catalogue) -> Rulebook:
    """Return the uncompiled rules of a catalogue."""
    items = {compiled.item.item: compiled.item for compiled in catalogue.items}
    return Rulebook(facts=catalogue.facts, items=items, params=catalogue.params, population=catalogue.population)


def write_rulebook(folder: Path, rules: Rulebook) -> None:
    """Write the rules into a city's folder."""
    (folder / RULEBOOK).write_bytes(canonical(rules))


def read_rulebook(folder: Path) -> Rulebook:
    """Return the rules that the city in `folder` was built with; `NotFound` when there is no city."""
    try:
        return msgspec.json.decode((folder / RULEBOOK).read_bytes(), type=Rulebook)
    except FileNotFoundError:
        raise NotFound(f"no city in {folder}", hint="build one with `mianzheng city build --into DIR`") from None
