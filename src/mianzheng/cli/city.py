"""`mianzheng city`: build a synthetic city, find people in it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import get_args

import msgspec
from rich.console import Console
from rich.table import Table

from mianzheng.catalogue.load import load
from mianzheng.city.build import POSTGRES, build_city
from mianzheng.city.calendar import shanghai_today
from mianzheng.city.manifest import built_on
from mianzheng.city.people import Expect, Found, everyone, find
from mianzheng.city.rulebook import Rulebook, read_rulebook, rulebook_of
from mianzheng.city.shares import builders
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.days import typed_day
from mianzheng.cli.granted_here import GrantedHere
from mianzheng.cli.knowing import add_knows
from mianzheng.cli.packs import add_packs_argument, packs_of
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Type
from mianzheng.model.item import Item
from mianzheng.model.scalar import Wire
from mianzheng.settings import read_settings
from mianzheng.store import embedded

_SHOWN = 20


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `city build`, `city people` and `city knows`."""
    city = subparsers.add_parser("city", help="build a synthetic city; find people in it")
    commands = city.add_subparsers(metavar="COMMAND", required=True)
    _add_build(commands.add_parser("build", help="fill every register of the packs with a synthetic city"))
    add_knows(commands.add_parser("knows", help="what a resident of a demo city says to the known questions"))
    _add_people(commands.add_parser("people", help="residents and bodies, and what an item must come to for them"))


def _add_build(build: argparse.ArgumentParser) -> None:
    settings = read_settings()
    build.add_argument(
        "--residents", type=int, default=settings.residents, metavar="N", help="how many people live there"
    )
    build.add_argument("--seed", type=int, default=settings.seed, metavar="S", help="equal seeds give equal cities")
    build.add_argument("--today", type=typed_day, metavar="DATE", help="the day the city is of (else today)")
    build.add_argument("--into", required=True, metavar="DIR", help="an empty or new folder")
    build.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_packs_argument(build)
    build.set_defaults(func=_build)


def _add_people(people: argparse.ArgumentParser) -> None:
    people.add_argument("--item", metavar="ITEM", help="say for each what a case of this item must come to")
    people.add_argument("--expect", choices=get_args(Expect), help="only those")
    people.add_argument("--trap", metavar="NAME", help="those planted for a trap of dirty data (docs/city.md)")
    people.add_argument("--limit", type=_count, metavar="N", help=f"at most N (a table shows {_SHOWN} unless told)")
    people.add_argument("--form", action="append", default=[], metavar="K=V", help="form values (else an example's)")
    people.add_argument("--today", type=typed_day, metavar="DATE", help="a case of that day (else today)")
    people.add_argument("--packs", metavar="PATH", help="packs to judge by (else those the city was built with)")
    people.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(people)
    people.set_defaults(func=_people)


def _build(args: argparse.Namespace) -> int:
    into = Path(args.into).resolve()
    began = time.monotonic()

    def progress(text: str) -> None:
        print(f"mianzheng: city: {text} ({time.monotonic() - began:.1f} s)", file=sys.stderr, flush=True)

    was_running = embedded.running(into / POSTGRES)
    manifest = build_city(
        rulebook_of(load(packs_of(args.packs))),
        residents=args.residents,
        seed=args.seed,
        today=args.today or built_on(into) or shanghai_today(),
        into=into,
        start_postgres=embedded.start,
        progress=progress,
        processes=builders(args.residents),
    )
    if not was_running:
        embedded.stop(into / POSTGRES)
    if args.json:
        print(msgspec.json.encode(manifest).decode())
        return 0
    rows = sum(manifest.rows.values())
    print(f"{into}: {manifest.residents:,} residents, {manifest.bodies:,} bodies, {rows:,} rows of {manifest.today}")
    return 0


def _people(args: argparse.Namespace) -> int:
    data = require_data(args.data, read_settings())
    if args.item is None and (args.expect or args.form):
        raise WrongUse("--expect and --form speak of an item", hint="name it with --item")
    limit = args.limit if args.limit is not None or args.json else _SHOWN
    if args.item is None:
        found = everyone(data, limit=limit, trap=args.trap)
    else:
        rules = rulebook_of(load(packs_of(args.packs))) if args.packs else read_rulebook(data)
        forms = _forms(args.form, rules.items.get(args.item)) if args.form else None
        found = _judged(data, args, limit=limit, rules=rules, forms=forms)
    if args.json:
        print(msgspec.json.encode(found).decode())
    else:
        _draw(found)
    return 0


def _judged(
    data: Path, args: argparse.Namespace, *, limit: int | None, rules: Rulebook, forms: dict[str, Wire] | None
) -> Found:
    """Return what a case must come to for whom, without those whom this city granted the very payment already.

    Whoever stands in the registers as no textbook has it is listed under their trap alone: a person may decide there.
    """
    item = rules.items.get(args.item)
    granted = GrantedHere(data, item.department) if item is not None else ()
    more = None if limit is None else limit + len(granted)
    found = find(data, args.item, args.expect, limit=more, rules=rules, as_of=args.today, forms=forms, trap=args.trap)
    if item is None or not granted:
        return found
    return msgspec.structs.replace(found, people=granted.left(item, found.people)[:limit])


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of people")
    return int(text)


def _forms(given: list[str], item: Item | None) -> dict[str, Wire]:
    forms: dict[str, Wire] = {}
    for text in given:
        name, equal, value = text.partition("=")
        if not equal or not name:
            raise WrongUse(f"--form {text}", hint="write it like --form household_size=3")
        field = item.form.get(name) if item is not None else None
        forms[name] = _typed(value, field.type if field is not None else Type.STRING)
    return forms


def _typed(text: str, type_: Type) -> Wire:
    if type_ is Type.BOOLEAN and text in ("true", "false"):
        return text == "true"
    return int(text) if type_ is Type.INTEGER and text.lstrip("-").isdigit() else text


def _draw(found: Found) -> None:
    table = Table("resident", "name", "expect", "choose", box=None)
    for person in found.people:
        chosen = " ".join(f"{role}={number}" for role, number in person.choose.items())
        table.add_row(person.resident, person.name, person.expect or "", chosen)
    console = Console()
    console.print(table)
    if found.form:
        stated = " ".join(f"--form {name}={value}" for name, value in found.form.items())
        console.print(f"[dim]with {stated}[/]")
