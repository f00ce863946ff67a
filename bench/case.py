"""A whole granted case over four gateways: the hub beside the bare script, and cases per second.

One case of the hub is `POST /cases` and `POST …/authorisation`; one of the script is every request that the hub
makes inside them. Runs of both alternate in order, so that a busy machine slows them alike: the figure is the
median run's, its spread stands beside it. Aim: the hub takes at most 2.5 times as long as the script at p50.
Run: `python -m bench case`, or `python -m bench case --data DIR` on a city that is up already; `--small`: a quarter of
the cases.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

import msgspec
from rich.table import Table

from bench.city import Client, Stage, bench_city, cpu_seconds, refuse_told, stage_of
from bench.report import console, machine, write
from bench.ways import hub_case, script_case
from mianzheng.settings import Settings

# The first asks four departments at once; the second three in three waves, and a fourth for the account to pay to.
ITEMS = ("hs-affordable-rental", "dp-nursing-subsidy")
RESIDENTS = 2_000
RUNS, CLIENTS = 5, 4  # clients of a throughput run
PROCESSES = ((1, 1), (1, 2), (2, 2))  # web and worker processes
PARTS = ("client", "hub", "worker", "database", "gateways")
Way = Callable[[Stage, Client], Awaitable[float]]


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases: of one run, before the first to warm up, and of a throughput run."""

    cases: int = 60
    warm: int = 20
    at_once: int = 200


SMALL = Size(cases=15, warm=5, at_once=50)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Cases one after another: milliseconds of each, and CPU milliseconds per case of each part of the city."""

    milliseconds: tuple[float, ...]
    cpu: dict[str, float]

    @property
    def p50(self) -> float:
        """The median case."""
        return statistics.median(self.milliseconds)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One way over all runs; `p50` is the median run's, its spread beside it; `p99` of all cases together."""

    p50: float
    p50_spread: tuple[float, float]
    p99: float
    cpu: dict[str, float]  # milliseconds per case, of the median run


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Hub and script on one item; `ratio` is the median of the runs' ratios at p50."""

    item: str
    departments: tuple[str, ...]
    hub: Figures
    script: Figures
    ratio: float
    ratio_spread: tuple[float, float]


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """The hub with several clients at once."""

    web: int
    workers: int
    cases_per_second: float
    cpu: dict[str, float]


def main(data: Path | None = None, *, small: bool = False) -> None:
    """Measure, print the tables, write the JSON."""
    about, size = machine(), SMALL if small else Size()
    if data is not None:
        refuse_told(data)
        beside, throughput = _one_city(data, ITEMS, size, web=1, workers=1)
        rates = [throughput]
    else:
        beside, rates = [], []
        for web, workers in PROCESSES:
            wanted = Settings(residents=RESIDENTS, web_processes=web, workers=workers, log_level="warning")
            with bench_city(wanted) as city:
                found, rate = _one_city(city, () if rates else ITEMS, size, web=web, workers=workers)
            beside += found
            rates.append(rate)
    _show(beside, rates)
    sizes = {"runs": RUNS, "clients": CLIENTS, **msgspec.structs.asdict(size)}
    write("case", {**about, **sizes, "beside": _plain(beside), "throughput": _plain(rates)})


def _one_city(
    data: Path, items: Sequence[str], size: Size, *, web: int, workers: int
) -> tuple[list[Beside], Throughput]:
    beside = [asyncio.run(_beside(data, item, size)) for item in items]
    return beside, asyncio.run(_throughput(data, ITEMS[0], size, web=web, workers=workers))


async def _beside(data: Path, item: str, size: Size) -> Beside:
    """Run hub and script by turns."""
    async with stage_of(data, item) as stage:
        ways: dict[str, Way] = {"hub": hub_case, "script": script_case}
        for way in ways.values():
            await _run(data, stage, way, size.warm)
        runs: dict[str, list[Run]] = {name: [] for name in ways}
        for number in range(RUNS):
            for name in ways if number % 2 else reversed(ways):
                runs[name].append(await _run(data, stage, ways[name], size.cases))
        ratios = [hub.p50 / script.p50 for hub, script in zip(runs["hub"], runs["script"], strict=True)]
        return Beside(
            item=item,
            departments=stage.departments,
            hub=_figures(runs["hub"]),
            script=_figures(runs["script"]),
            ratio=statistics.median(ratios),
            ratio_spread=(min(ratios), max(ratios)),
        )


async def _throughput(data: Path, item: str, size: Size, *, web: int, workers: int) -> Throughput:
    """Let several clients run cases, each one after another, until all are done."""
    async with stage_of(data, item) as stage:
        waiting = iter(list(islice(cycle(stage.clients), size.at_once)))

        async def client_after_client() -> None:
            for client in waiting:
                await hub_case(stage, client)

        before, start = cpu_seconds(data), time.perf_counter()
        await asyncio.gather(*(client_after_client() for _ in range(CLIENTS)))
        seconds = time.perf_counter() - start
        cpu = _per_case(before, cpu_seconds(data), size.at_once)
    return Throughput(web=web, workers=workers, cases_per_second=size.at_once / seconds, cpu=cpu)


async def _run(data: Path, stage: Stage, way: Way, cases: int) -> Run:
    before = cpu_seconds(data)
    times = [await way(stage, client) for client in islice(cycle(stage.clients), cases)]
    return Run(milliseconds=tuple(times), cpu=_per_case(before, cpu_seconds(data), cases))


def _figures(runs: Sequence[Run]) -> Figures:
    medians = sorted(run.p50 for run in runs)
    middle = sorted(runs, key=lambda run: run.p50)[len(runs) // 2]
    every = [one for run in runs for one in run.milliseconds]
    return Figures(
        p50=middle.p50,
        p50_spread=(medians[0], medians[-1]),
        p99=statistics.quantiles(every, n=100)[98],
        cpu=middle.cpu,
    )


def _per_case(before: dict[str, float], after: dict[str, float], cases: int) -> dict[str, float]:
    return {part: (after[part] - before[part]) * 1000 / cases for part in PARTS}


def _plain(values: Sequence[msgspec.Struct]) -> list[object]:
    return [msgspec.to_builtins(value) for value in values]


def _show(beside: Sequence[Beside], rates: Sequence[Throughput]) -> None:
    out = console()
    for one in beside:
        title = f"{one.item}: {', '.join(one.departments)}"
        table = Table("way", "p50 ms", "spread", "p99 ms", *(f"{part} CPU" for part in PARTS), title=title)
        for name, figures in (("hub", one.hub), ("bare script", one.script)):
            spread = f"{figures.p50_spread[0]:.1f}–{figures.p50_spread[1]:.1f}"
            cpu = (f"{figures.cpu[part]:.1f}" for part in PARTS)
            table.add_row(name, f"{figures.p50:.1f}", spread, f"{figures.p99:.1f}", *cpu)
        low, high = one.ratio_spread
        table.add_row("hub / script", f"{one.ratio:.2f}", f"{low:.2f}–{high:.2f}", "", *("" for _ in PARTS))
        out.print(table)
    table = Table("web", "workers", "cases/s", *(f"{part} CPU" for part in PARTS), title=f"{CLIENTS} clients at once")
    for rate in rates:
        cpu = (f"{rate.cpu[part]:.1f}" for part in PARTS)
        table.add_row(str(rate.web), str(rate.workers), f"{rate.cases_per_second:.1f}", *cpu)
    out.print(table)
