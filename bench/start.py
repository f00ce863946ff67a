"""What a city of the whole catalogue costs to start: the hub, all gateways together, and their memory.

Beside each start stands that of the bare libraries: a process that imports what the hub or a gateway imports and serves
one path, as nothing can start sooner in Python. Every city process is killed before it is started again.
Run: `python -m bench start`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil
from rich.table import Table

from bench.city import bench_city
from bench.report import console, machine, write
from mianzheng.catalogue.load import load
from mianzheng.city.manifest import read_manifest
from mianzheng.cli.bring_up import process_specs
from mianzheng.cli.keys import HUB, gateway_party
from mianzheng.cli.processes import ProcessSpec, recorded, start_missing
from mianzheng.settings import Settings, packs_folder, read_settings

RESIDENTS = 20_000
RUNS = 3
AIMS = {"hub": 3.0, "gateways": 20.0, "memory_gb": 3.0}
_BARE = """
import mianzheng.{module}, uvicorn.loops.auto, uvicorn.protocols.http.auto
from litestar import Litestar, get
@get("/health")
async def health() -> str: return "ok"
Litestar([health])
"""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds to start something, of each run; `bare`: of as many bare processes one after the other on each core."""

    what: str
    seconds: tuple[float, ...]
    bare: float

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)


def main() -> None:
    """Measure, print the table, write the JSON."""
    before = machine()
    settings = msgspec.structs.replace(read_settings(), residents=RESIDENTS, window="no")
    begun = time.monotonic()
    with bench_city(settings) as data:
        whole = time.monotonic() - begun
        manifest = read_manifest(data)
        gateways = [one for one in process_specs(data, settings) if one.name.startswith(gateway_party(""))]
        hub = [one for one in process_specs(data, settings) if one.name == HUB]
        found = (
            Start(what="hub", seconds=_starts(data, settings, hub), bare=_bare("web.app", 1)),
            Start(what="gateways", seconds=_starts(data, settings, gateways), bare=_bare("cli.gateway", len(gateways))),
        )
        memory = _gigabytes(data)
    items = len(load(packs_folder(settings)).items)
    sizes = {"residents": manifest.residents, "registers": len(manifest.rows), "rows": sum(manifest.rows.values())}
    _show(found, sizes | {"items": items, "gateways": len(gateways)}, whole, memory)
    starts = [msgspec.to_builtins(one) | {"median": one.median} for one in found]
    write("start", {**before, **sizes, "items": items, "up_seconds": whole, "memory_gb": memory, "starts": starts})


def _starts(data: Path, settings: Settings, specs: Sequence[ProcessSpec]) -> tuple[float, ...]:
    return tuple(_start(data, settings, {spec.name for spec in specs}) for _ in range(RUNS))


def _start(data: Path, settings: Settings, names: set[str]) -> float:
    """Kill these processes and return the seconds until all answer again."""
    victims = [psutil.Process(one.pid) for one in recorded(data) if one.name in names]
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=10)
    begun = time.monotonic()
    start_missing(data, process_specs(data, settings))
    return time.monotonic() - begun


def _bare(module: str, count: int) -> float:
    """Return the seconds that so many bare processes take, as many at a time as there are cores."""
    at_once = psutil.cpu_count() or 1
    command = [sys.executable, "-c", _BARE.format(module=module)]
    begun = time.monotonic()
    for done in range(0, count, at_once):
        batch = [subprocess.Popen(command) for _ in range(min(at_once, count - done))]
        for process in batch:
            process.wait()
    return time.monotonic() - begun


def _gigabytes(data: Path) -> float:
    """Return the memory of all gateways together; pages that they share count once (PSS)."""
    pids = [one.pid for one in recorded(data) if one.name.startswith(gateway_party(""))]
    return sum(float(psutil.Process(pid).memory_full_info().pss) for pid in pids) / 1_000_000_000


def _show(found: Sequence[Start], sizes: dict[str, int], whole: float, memory: float) -> None:
    told = ", ".join(f"{count:,} {name}" for name, count in sizes.items())
    table = Table(title=f"starting a city of {told}; from nothing to published {whole:.0f} s")
    for name in ("process", "s, each run", "median", "bare libraries", "ratio", "aim"):
        table.add_column(name, justify="left" if name == "process" else "right")
    for one in found:
        runs = ", ".join(f"{seconds:.1f}" for seconds in one.seconds)
        ratio = f"{one.median / one.bare:.2f}"
        table.add_row(one.what, runs, f"{one.median:.1f}", f"{one.bare:.1f}", ratio, f"{AIMS[one.what]:.0f}")
    table.add_row("memory of all gateways, GB (PSS)", "", f"{memory:.2f}", "", "", f"{AIMS['memory_gb']:.0f}")
    console().print(table)
