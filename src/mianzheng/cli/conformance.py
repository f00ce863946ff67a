"""`mianzheng conformance`: every published item, for people of every outcome, against the city's truth."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import duckdb
import msgspec
from rich.console import Console
from rich.table import Table

from mianzheng.catalogue.tree import survey
from mianzheng.city.calendar import shanghai_today
from mianzheng.city.rulebook import Rulebook, read_rulebook
from mianzheng.city.truth import TRUTH
from mianzheng.cli.city_session import open_city
from mianzheng.cli.conformance_town import RunningTown, own_city
from mianzheng.cli.data import require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.played_memory import memory_of
from mianzheng.cli.played_residents import PlayedResidents
from mianzheng.cli.played_staff import PlayedStaff
from mianzheng.cli.played_ways import PlayedWays
from mianzheng.conformance.compare import Difference, noticed
from mianzheng.conformance.entered import booked_for, entered_for
from mianzheng.conformance.examples import check_examples
from mianzheng.conformance.judge import Judge
from mianzheng.conformance.measure import (
    DepartmentLine,
    ItemLine,
    Measured,
    Report,
    Supposed,
    Totals,
    by_parity,
    faults,
    from_packs,
    read_strictly,
    report,
)
from mianzheng.conformance.play import Player
from mianzheng.conformance.run import MANY, WAITING_EACH, Cast, Run, bounded, cast_of, choose, each_of, lacking
from mianzheng.conformance.staff import Desk
from mianzheng.conformance.truth import people_for
from mianzheng.conformance.wanted import Wanted, Way
from mianzheng.conformance.ways import company, with_ways
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Item
from mianzheng.model.publishing import ItemSummary
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.settings import Settings, packs_folder, read_settings

RESIDENTS, SEED = 4_000, 42
RESIDENTS_EACH = 15  # of each item: room for the people of its first examples among three times as many others
_THREADS = 2  # DuckDB plans and reads without holding Python up
_WAYS: dict[Way, str] = {
    "self": "with the own key",
    "mandate": "by an agent with a mandate",
    "representative": "by a body's legal representative",
    "window": "at a window with two questions",
    "face": "at a window by the face",
}


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `conformance`."""
    parser = subparsers.add_parser("conformance", help="every published item against the city's truth")
    parser.add_argument("--data", metavar="DIR", help="folder of a running city (else one of its own, removed again)")
    parser.add_argument("--residents", type=int, metavar="N", help="of the city of its own")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help="of the city, and of who is chosen")
    parser.add_argument("--item", action="append", default=[], metavar="ITEM", help="only this item")
    parser.add_argument("--every", action="store_true", help="several people of each outcome, of many items too")
    parser.add_argument("--faults", action="store_true", help="with one gateway in ten away at random")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(func=_conformance)


def _conformance(args: argparse.Namespace) -> int:
    with _city(args) as (data, settings):
        measured, wrong = asyncio.run(_run(data, settings, args))
    found = report(measured)
    wrong = (*wrong, *faults(measured))
    if args.json:
        print_json(found)
    else:
        _draw(found, read_strictly(measured))
    if strictly := read_strictly(measured):
        where = ", ".join(f"{item} {count}" for item, count in sorted(strictly.items()))
        _tell(f"{sum(strictly.values())} questions asked beside a condition that stays unknown: {where}")
    _tell_supposed("settled for every other person, because the truth does not hold it", by_parity(measured))
    _tell_supposed("with a sum or word taken from the packs, because nothing computes it", from_packs(measured))
    for case in (one.played for one in measured if noticed(one.played)):
        _tell(f"{case.wanted.item} {case.case} is under public notice and ends by itself")
    for one in wrong:
        _tell(f"{one.item} {one.case or '-'} {one.resident}: {one.what}")
    return 1 if wrong else 0


@contextmanager
def _city(args: argparse.Namespace) -> Iterator[tuple[Path, Settings]]:
    for ending in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: what was started is ended
        signal.signal(ending, signal.default_int_handler)
    settings = read_settings()
    if args.data:
        yield require_data(args.data, settings), settings
        return
    residents = args.residents or max(RESIDENTS, RESIDENTS_EACH * _items_of(packs_folder(settings)))
    with own_city(settings, residents=residents, seed=args.seed, tell=_tell) as city:
        yield city


def _items_of(packs: Path) -> int:
    """Return how many items a tree holds; whether they are sound is found out when the city is made."""
    return sum(file.kind == "item" for file in survey(packs)[0])


async def _run(
    data: Path, settings: Settings, args: argparse.Namespace
) -> tuple[list[Measured], tuple[Difference, ...]]:
    rules = read_rulebook(data)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_city(data))
        published = await session.hub().get("/items", dict[str, list[ItemSummary]])
        names = _named(args.item, {one.item for one in published["items"] if one.status == "published"})
        compiled = {name: compile_item(rules.items[name], rules.facts, rules.params) for name in names}
        cast, nobody = _cast(data, rules, compiled, seed=args.seed, own=not args.data, every=args.every)
        _tell("the oracle against the packs' examples")
        wrong = (*_against_examples(rules, names), *nobody)
        town = RunningTown(data, settings, rules, own=not args.data)
        await asyncio.to_thread(town.start)
        if args.data:
            await asyncio.to_thread(town.take_over_payments)  # who was granted before is played anew
        desk = Desk(
            PlayedStaff(session, town.now),
            entered={name: entered_for(one.item, one.claim_types) for name, one in compiled.items()},
            booked={name: booked_for(one.item) for name, one in compiled.items()},
        )
        authority = session.trust.with_role("authority:person")[0].department or ""
        residents = PlayedResidents(session, PlayedWays(session, stack.enter_context(memory_of(data, authority))))
        player = Player(residents, desk)
        run = Run(player, Judge(compiled, rules.params), town, today=shanghai_today(), tell=_tell)
        if args.faults:
            measured = await run.faults((*cast.calm, *cast.waiting), seed=args.seed)
        else:
            measured = [*await run.calm(cast.calm), *await run.waiting(cast.waiting)]
        measured = await run.after_notice(measured, seed=args.seed if args.faults else None)
        _tell("opened: " + ", ".join(f"{count} {_WAYS[way]}" for way, count in sorted(residents.came.items())))
        return measured, wrong


def _named(wanted: list[str], published: set[str]) -> list[str]:
    unknown = sorted(set(wanted) - published)
    if unknown:
        raise WrongUse(f"no published item {', '.join(unknown)}", hint="`mianzheng catalogue list` lists them")
    return sorted(wanted or published)


def _cast(
    data: Path, rules: Rulebook, compiled: dict[str, CompiledItem], *, seed: int, own: bool, every: bool
) -> tuple[Cast, list[Difference]]:
    """Return who is played, and a difference for each item for which nobody can be."""
    _tell(f"{len(compiled)} items: who is to be granted, refused, left undecided")
    calm: list[Wanted] = []
    waiting: list[Wanted] = []
    nobody: list[Difference] = []
    empty: list[str] = []
    authorities = {name for name, one in rules.facts.departments.items() if one.authority}
    with duckdb.connect(str(data / TRUTH), read_only=True) as connection, ThreadPoolExecutor(_THREADS) as pool:
        connection.execute("SET threads = 1")  # what takes time is to plan a query, which one thread does

        eaches = {name: each_of(name, len(compiled), seed=seed, every=every) for name in compiled}

        def people_of(item: Item) -> list[Wanted]:
            people = people_for(connection.cursor(), rules, item, shanghai_today(), salt=str(seed))
            return choose(people, eaches[item.item])

        everyone = pool.map(people_of, [one.item for one in compiled.values()])
        for (name, one), chosen in zip(compiled.items(), everyone, strict=True):
            asked = {rules.facts.registers[placed.question.register].department for placed in one.questions.values()}
            cast = cast_of(chosen, bool(asked - authorities))
            calm += cast.calm
            waiting += cast.waiting
            empty += [f"{name} {outcome}" for outcome in lacking(chosen, eaches[name])]
            if not chosen:
                nobody.append(Difference(case="", item=name, resident="-", what="the truth has nobody for it"))
        others = company(connection, shanghai_today(), salt=str(seed))
    if empty:
        _tell(f"nobody in the city fits {len(empty)} outcomes: {', '.join(empty)}")
    items = {name: one.item for name, one in compiled.items()}
    cast = Cast(calm=tuple(calm), waiting=tuple(waiting))
    if len(compiled) > MANY and not every:
        cast = bounded(cast, WAITING_EACH)
    return msgspec.structs.replace(cast, calm=with_ways(cast.calm, items, others, faces=own)), nobody


def _against_examples(rules: Rulebook, names: Sequence[str]) -> Iterator[Difference]:
    """Yield the differences between oracle and examples, of half the items in each thread."""
    items = [rules.items[name] for name in names]
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(lambda part: check_examples(rules, items[part::_THREADS]), range(_THREADS)):
            yield from found


def _tell_supposed(why: str, supposed: Supposed) -> None:
    """Say of how many cases the end proves less: the played officer supposed something."""
    if supposed.cases:
        where = ", ".join(f"{item} {name} {count}" for (item, name), count in sorted(supposed.found.items()))
        _tell(f"{supposed.cases} cases ended {why}: {where}")


def _tell(text: str) -> None:
    print(f"mianzheng: {text}", file=sys.stderr)


_COLUMNS = {
    "cases": "cases",
    "as_expected": "as expected",
    "completed": "completed",
    "automatic": "automatic",
    "signed": "signed",
    "waited": "waited",
    "visits": "visits",
    "documents_replaced": "replaced",
    "documents_carried": "carried",
    "questions": "questions",
    "superfluous": "superfluous",
    "unneeded_afterwards": "unneeded",
    "milliseconds_p50": "ms p50",
}
_STRICTLY = "strictly"  # superfluous if a condition that stays unknown were an end (docs/conformance.md)
_WIDTH = 180  # also where nobody looks at a terminal


def _draw(found: Report, strictly: Counter[str]) -> None:
    """Print a line for each item; of many items one for each department instead, as the JSON has both."""
    lines: Sequence[tuple[str, ItemLine | DepartmentLine, int]]
    if len(found.items) > MANY:
        of = Counter[str]()
        for item in found.items:
            of[item.department] += strictly[item.item]
        lines = [(f"{line.department} {line.items}", line, of[line.department]) for line in found.departments]
    else:
        lines = [(line.item, line, strictly[line.item]) for line in found.items]
    table = Table(box=None)
    table.add_column("部门、事项数 department, items" if len(found.items) > MANY else "事项 item", no_wrap=True)
    for title in (*_COLUMNS.values(), _STRICTLY):
        table.add_column(title, justify="right", no_wrap=True)
    for words, line, more in lines:
        table.add_row(words, *_cells(line), str(line.superfluous + more))
    totals = found.totals
    table.add_section()
    words = f"{totals.items} items, {totals.departments} departments"
    table.add_row(words, *_cells(totals), str(totals.superfluous + strictly.total()))
    Console(width=max(_WIDTH, Console().width)).print(table)


def _cells(line: ItemLine | DepartmentLine | Totals) -> Iterator[str]:
    return (str(getattr(line, name)) for name in _COLUMNS)
