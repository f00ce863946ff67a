"""What a whole catalogue costs to compile, and how that grows with ten and a hundred times as many items.

The copies are renamed items of the packs, against the same registers. Each is parsed, compiled (parsed, checked, split,
questions named), planned, and let go again, so that memory does not decide. `files`: `catalogue check` of a tree that
holds them as files, with all that compares items with each other (codes, variants). CPU time, of children too.
Run: `python -m bench catalogue`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
from rich.table import Table

from bench.report import console, machine, write
from mianzheng.catalogue.load import Catalogue, check, load
from mianzheng.model.item import Item
from mianzheng.plan.full import full_plan
from mianzheng.rules.compile import compile_item
from mianzheng.rules.parse import Where, parse
from mianzheng.settings import packs_folder, read_settings

TIMES = (1, 10, 100)
FILES_UP_TO = 10  # as many files as a county will ever have, tenfold
_ITEM = re.compile("^item: .*$", re.MULTILINE)
_CODE = re.compile('^(code: "?[0-9A-Z]{9})...', re.MULTILINE)
HERE = Where(file="", line=1, column=1)
STEPS = ("parse", "compile", "plan", "files")


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """A number of items, and CPU seconds of each step; None for one that was not taken."""

    items: int
    seconds: dict[str, float | None]


def main() -> None:
    """Measure, print the table, write the JSON."""
    root = packs_folder(read_settings())
    catalogue = load(root)
    found = [growth_of(catalogue, root, times) for times in TIMES]
    _show(found)
    write("catalogue", {**machine(), "growth": [msgspec.to_builtins(one) for one in found]})


def growth_of(catalogue: Catalogue, root: Path, times: int) -> Growth:
    """Return what so many times the packs' items cost."""
    parsed = planned = compiled = 0.0
    for item in copies(catalogue, times):
        begun = time.process_time()
        _parse(item)
        read = time.process_time()
        made = compile_item(item, catalogue.facts, catalogue.params)
        split = time.process_time()
        full_plan(made, catalogue.facts, date.today())
        parsed, compiled, planned = (
            parsed + read - begun,
            compiled + split - read,
            planned + time.process_time() - split,
        )
    return Growth(
        items=len(catalogue.items) * times,
        seconds={
            "parse": parsed,
            "compile": compiled,
            "plan": planned,
            "files": _files(root, times) if times <= FILES_UP_TO else None,
        },
    )


def copies(catalogue: Catalogue, times: int) -> Iterator[Item]:
    """Yield each item so many times, every copy under a name of its own."""
    for number in range(times):
        for one in catalogue.items:
            name = f"{one.item.item}-{number}" if number else one.item.item
            yield msgspec.structs.replace(one.item, item=name)


def _parse(item: Item) -> None:
    for rule in [*(condition.rule for condition in item.conditions), *item.outcome.claims.values()]:
        parse(rule, HERE)


def _files(root: Path, times: int) -> float:
    """Return what the check of a tree costs in which every item stands so many times."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(shutil.copytree(root, Path(folder) / "packs"))
        for path in sorted(tree.glob("*/items/*.yaml")):
            text = path.read_text(encoding="utf-8")
            for number in range(1, times):
                name = f"{path.stem}-{number}"
                renamed = re.sub(r"^item: .*$", f"item: {name}", text, count=1, flags=re.MULTILINE)
                renamed = re.sub(
                    r'^(code: "?[0-9A-Z]{9})...', rf"\g<1>{number:03d}", renamed, count=1, flags=re.MULTILINE
                )
                path.with_stem(name).write_text(renamed, encoding="utf-8")
        start = _cpu()
        check(tree)
        return _cpu() - start


def _cpu() -> float:
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def _show(found: list[Growth]) -> None:
    table = Table(title="a whole catalogue, CPU seconds (and against one item of the packs)", title_justify="left")
    table.add_column("items", justify="right")
    for step in STEPS:
        table.add_column(step, justify="right")
    first = found[0]
    for one in found:
        cells = []
        for step in STEPS:
            taken, base = one.seconds[step], first.seconds[step]
            ratio = "" if not taken or not base else f" (× {taken / one.items / (base / first.items):.2f})"
            cells.append("—" if taken is None else f"{taken:.2f}{ratio}")
        table.add_row(f"{one.items:,}", *cells)
    console().print(table)
