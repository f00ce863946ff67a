"""`mianzheng catalogue`: check packs, list items, show one item with all it will ask."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import urllib.request
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from mianzheng.catalogue.beyond import beyond_registers
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.law import sources
from mianzheng.catalogue.load import Catalogue, Checked, check
from mianzheng.catalogue.reading import kept_for_presence
from mianzheng.catalogue.thrift import advise, askers_of
from mianzheng.catalogue.tree import tree_of
from mianzheng.cli import catalogue_diff, catalogue_exchange, catalogue_mutate, catalogue_site
from mianzheng.cli.data import add_data_argument, find_data, named_data
from mianzheng.cli.days import typed_day
from mianzheng.cli.documents import print_json
from mianzheng.cli.item_tables import draw_item
from mianzheng.cli.item_view import view_of
from mianzheng.cli.packs import REASONING, add_packs_argument, find_item, packs_of, packs_or_city
from mianzheng.cli.processes import recorded
from mianzheng.cli.wrapping import MOST, WIDE, Wrapped
from mianzheng.model.errors import WrongUse
from mianzheng.model.publishing import ItemSummary
from mianzheng.model.text import Fault, Text
from mianzheng.settings import read_settings


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One item in the list."""

    item: str
    version: int
    department: str
    kind: str
    status: str  # draft | approved | published | retired


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What `catalogue list --json` prints."""

    items: tuple[Line, ...]


class _AtHub(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /items` of a hub."""

    items: tuple[ItemSummary, ...]


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `catalogue` and its commands."""
    catalogue = subparsers.add_parser("catalogue", help="list, show, check items 事项")
    commands = catalogue.add_subparsers(metavar="COMMAND", required=True)
    checking = commands.add_parser("check", help="report every fault of the packs, with file and line")
    checking.add_argument("path", nargs="?", metavar="PATH", help="packs, a department's folder or one file")
    checking.add_argument("--advice", action="store_true", help="what a person should look at too, which is no fault")
    add_packs_argument(checking)
    listing = commands.add_parser("list", help="every item and where it stands")
    add_packs_argument(listing)
    showing = commands.add_parser("show", help="what an item asks of whom, in words and in SQL")
    showing.add_argument("item", metavar="ITEM")
    showing.add_argument("--as-of", type=typed_day, default=None, metavar="DATE", help="the law of that day")
    add_packs_argument(showing)
    catalogue_mutate.add_parser(commands)
    catalogue_diff.add_parser(commands)
    catalogue_exchange.add_parsers(commands)
    catalogue_site.add_parser(commands)
    for parser, func in ((checking, _check), (listing, _list), (showing, _show)):
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
        add_data_argument(parser)
        parser.set_defaults(func=func)


def lines(catalogue: Catalogue, statuses: Mapping[tuple[str, int], str]) -> Listing:
    """Return the catalogue's items with their status by (item, version); one not named is a draft."""
    return Listing(
        items=tuple(
            Line(
                item=compiled.item.item,
                version=compiled.item.version,
                department=compiled.item.department,
                kind=compiled.item.kind,
                status=statuses.get((compiled.item.item, compiled.item.version), "draft"),
            )
            for compiled in catalogue.items
        )
    )


def checked_at(path: Path) -> Checked:
    """Return the packs at `path` checked with their examples: a tree, or a part of one with the facts of all of it."""
    root = tree_of(path)
    within = None if root is None else path
    gc.disable()  # much is made and nothing thrown away: looking for garbage takes a tenth of the time
    try:
        return check(root or path, reasoning=REASONING, within=within, processes=len(os.sched_getaffinity(0)))
    finally:
        gc.freeze()  # what was read stays to the end of the command
        gc.enable()


def advice_at(path: Path, checked: Checked) -> tuple[Fault, ...]:
    """Return what a person should look at in the packs at `path`, which were checked."""
    root, catalogue = tree_of(path), checked.catalogue
    findings = {place: Findings(document) for place, document in checked.documents.items()}
    kept = kept_for_presence(root or path, catalogue.facts)
    return advise(catalogue.items, catalogue.facts, findings, whole=root is None, kept=kept)


def _check(args: argparse.Namespace) -> int:
    path = packs_of(args.path or args.packs)
    checked = checked_at(path)
    advice = advice_at(path, checked) if args.advice else ()
    if args.json:
        print_json({"faults": checked.faults, "advice": advice} if args.advice else checked.faults)
    else:
        for fault in (*checked.faults, *advice):
            print(fault)
        print(_summary(checked, advice if args.advice else None), file=sys.stderr)
        print(beyond_registers(checked.catalogue.items), file=sys.stderr)
    return 1 if checked.faults else 0


def _summary(checked: Checked, advice: tuple[Fault, ...] | None) -> str:
    catalogue = checked.catalogue
    unread = {
        source.text
        for compiled in catalogue.items
        for source in sources(compiled, catalogue.params, max(compiled.item.effective, date.today()))
        if not source.verified
    }
    sound = f"{len(catalogue.facts.registers)} registers, {len(catalogue.items)} items sound"
    askers = askers_of(catalogue.items)
    alone = f"{sum(count == 1 for count in askers.values())} of {len(askers)} questions are asked by one item"
    advised = "" if advice is None else f" {_advised(advice)}; {alone};"
    return f"{len(checked.faults)} faults;{advised} {sound}; {len(unread)} sources of law not yet read (未核)"


def _advised(advice: tuple[Fault, ...]) -> str:
    """Return how much advice there is, by kind, the most frequent first."""
    kinds = ", ".join(f"{count} {code}" for code, count in Counter(one.code for one in advice).most_common())
    return f"{len(advice)} pieces of advice{f' ({kinds})' if kinds else ''}"


def _list(args: argparse.Namespace) -> int:
    checked = packs_or_city(args.packs, named_data(args.data, read_settings()))
    listing = lines(checked.catalogue, _statuses(args))
    if args.json:
        print_json(listing)
    else:
        _draw(listing, {compiled.item.item: compiled.item.name for compiled in checked.catalogue.items})
    _mention(checked.faults)
    return 1 if checked.faults else 0


def _show(args: argparse.Namespace) -> int:
    checked = packs_or_city(args.packs, named_data(args.data, read_settings()), args.item)
    compiled = find_item(checked, args.item)
    view = view_of(compiled, checked.catalogue, args.as_of or date.today())
    if args.json:
        print_json(view)
    else:
        draw_item(view, Console())
    return 0


def _mention(faults: tuple[Fault, ...]) -> None:
    if faults:
        text = f"mianzheng: {len(faults)} faults, first {faults[0]}; `mianzheng catalogue check` lists them all"
        print(text, file=sys.stderr)


def _statuses(args: argparse.Namespace) -> dict[tuple[str, int], str]:
    """Return the status of each item version at the hub of the city meant; none without a city that answers."""
    data = find_data(args.data, read_settings())
    if data is None:
        return {}
    try:
        with urllib.request.urlopen(f"{_hub(data)}/api/items", timeout=5) as answer:
            found = msgspec.json.decode(answer.read(), type=_AtHub)
    except (WrongUse, OSError, msgspec.MsgspecError) as error:
        if args.data:
            raise WrongUse(f"the city in {data}: {error}", hint="`mianzheng up` starts what died") from error
        print(f"mianzheng: that city does not answer ({error}); the packs alone know only drafts", file=sys.stderr)
        return {}
    return {(line.item, line.version): line.status for line in found.items}


def _hub(data: Path) -> str:
    for process in recorded(data):
        if process.name == "hub":
            return f"http://127.0.0.1:{process.port}"
    raise WrongUse("it has no hub", hint=f"start it with `mianzheng up --data {data}`")


def _draw(listing: Listing, names: Mapping[str, Text]) -> None:
    console = Console()
    table = Table(box=box.SIMPLE_HEAD, width=min(console.width, MOST))
    table.add_column("事项", ratio=1)
    table.add_column("版", justify="right", no_wrap=True)
    for heading in ("部门", "类型", "状态"):
        table.add_column(heading, no_wrap=True)
    for line in listing.items:
        name = names[line.item]
        words = Wrapped(f"{name.zh} {name.en}" if console.width >= WIDE else name.zh, line.item)
        table.add_row(words, str(line.version), line.department, line.kind, line.status)
    console.print(table)
