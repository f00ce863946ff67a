"""Which packs a command reads, and what examples are run through: wiring for `catalogue` and `rules`."""

from __future__ import annotations

import argparse
from pathlib import Path

from mianzheng.catalogue.examples import Reasoning
from mianzheng.catalogue.load import Catalogue, Checked, check
from mianzheng.catalogue.tree import tree_of
from mianzheng.city.rulebook import RULEBOOK, read_rulebook
from mianzheng.decision.decide import decide
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.plan.waves import next_wave
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.settings import packs_folder, read_settings

REASONING = Reasoning(next_wave=next_wave, decide=decide)


def add_packs_argument(parser: argparse.ArgumentParser) -> None:
    """Give a command the option `--packs PATH`."""
    parser.add_argument("--packs", metavar="PATH", help="folder of packs (else MIANZHENG_PACKS, else ./packs)")


def packs_of(given: str | None) -> Path:
    """Return the packs folder meant; `WrongUse` when there is none."""
    folder = Path(given) if given else packs_folder(read_settings())
    if not folder.exists():
        raise WrongUse(f"nothing at {folder}", hint="name the folder that holds the departments")
    if not folder.is_dir() and tree_of(folder) is None:
        hint = "name the folder that holds the departments; `mianzheng rules split --item FILE` checks any one file"
        raise WrongUse(f"{folder} is in no department's folder", hint=hint)
    return folder


def find_item(checked: Checked, name: str) -> CompiledItem:
    """Return the item of that id; `NotFound` says whether it does not exist or has faults."""
    found = checked.catalogue.item(name)
    if found is not None:
        return found
    faulty = [fault for fault in checked.faults if fault.file.endswith(f"/{name}.yaml")]
    if faulty:
        raise NotFound(f"{name} has faults: {faulty[0]}", hint="`mianzheng catalogue check` lists them all")
    known = ", ".join(compiled.item.item for compiled in checked.catalogue.items)
    raise NotFound(f"no item {name}", hint=f"one of: {known}" if known else "the packs hold no item without faults")


def packs_or_city(given: str | None, data: Path | None, item: str = "") -> Checked:
    """Return the packs meant, checked without running their examples: those named, else the city's, else ./packs.

    Of packs that hold `item` only that one is compiled.
    """
    if given or data is None or not (data / RULEBOOK).is_file():
        root = packs_of(given)
        return check(root, within=next(root.glob(f"*/items/{item}.yaml"), None) if item else None)
    rules = read_rulebook(data)
    in_order = sorted(rules.items.values(), key=lambda item: (item.department, item.item))  # as the packs' files
    items = tuple(compile_item(item, rules.facts, rules.params) for item in in_order)
    return Checked(catalogue=Catalogue(facts=rules.facts, items=items, params=rules.params), faults=())
