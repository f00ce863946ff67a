"""A city brought up: built, installed, signed, started, published; or whatever of that is missing.

1. Build the synthetic city unless the folder holds one.
2. Ceremony, settings files, stewards' signatures and marks (`installation`, `stewards`).
3. Start every process that does not run and wait until all answer.
4. Publish the signed item versions to the hub.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import psutil

from mianzheng.catalogue.load import Catalogue, load
from mianzheng.city.build import POSTGRES, REGISTERS, build_city
from mianzheng.city.calendar import shanghai_today
from mianzheng.city.manifest import MANIFEST, built_on
from mianzheng.city.rulebook import rulebook_of
from mianzheng.city.shares import builders
from mianzheng.cli.city_session import api_url
from mianzheng.cli.connected_people import enrol_connected
from mianzheng.cli.connecting import connected_of
from mianzheng.cli.installation import install
from mianzheng.cli.keys import AUDITOR, HUB, PROVIDER, gateway_party
from mianzheng.cli.made_from import is_made, keep_made
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import ProcessSpec, Running, start_missing
from mianzheng.cli.staff_enrolment import enrol_staff
from mianzheng.cli.stewards import mark_all, publish_all, sign_all
from mianzheng.cli.window import install_window, window_specs
from mianzheng.model.errors import WrongUse
from mianzheng.settings import Settings, packs_folder
from mianzheng.store import embedded

Tell = Callable[[str], None]


class UpView(msgspec.Struct, frozen=True, kw_only=True):
    """What `up --json` prints."""

    url: str
    processes: tuple[ProcessView, ...]


class ProcessView(msgspec.Struct, frozen=True, kw_only=True):
    """One process; `port` 0 for one that serves nothing."""

    name: str
    pid: int
    port: int


def refuse_strange(data: Path) -> None:
    """Raise `WrongUse` when a folder holds something, and no city: `down --remove` must never take more."""
    if data.is_dir() and any(data.iterdir()) and not (data / MANIFEST).exists() and not (data / "run").is_dir():
        raise WrongUse(f"{data} holds other things than a city", hint="name a new or empty folder with --data")


def bring_up(data: Path, settings: Settings, *, tell: Tell) -> UpView:
    """Bring the city in `data` up, whatever of it exists already; return its address and processes."""
    packs = packs_folder(settings)
    wanted = None if is_made(data, packs) else load(packs)
    if wanted:
        _build(data, wanted, settings, tell)
    if (data / REGISTERS).is_dir():
        embedded.start(data / POSTGRES, REGISTERS)
    if not settings.database_url:
        embedded.start(data / "hub" / POSTGRES)
    if wanted:
        tell("keys, settings, and what the stewards sign")
        install(data, packs, wanted, settings)
        enrol_staff(data, wanted.facts)
        sign_all(data, wanted)
    if settings.window == "yes":
        install_window(data)
    mark_all(data, gateways_of(data))
    tell("starting hub, worker, auditor and gateways")
    begun = time.monotonic()
    processes = start_missing(data, process_specs(data, settings))
    tell(f"all answer after {time.monotonic() - begun:.1f} s; {weight_of(processes)}")
    if wanted:
        tell("publishing items")
        asyncio.run(publish_all(data, api_url(data), wanted))
        keep_made(data, packs, wanted)
    return view_of(data, processes)


def weight_of(processes: Iterable[Running]) -> str:
    """Return in words how many gateways run and what memory they take together; shared pages count once (PSS)."""
    pids = [one.pid for one in processes if one.name.startswith(gateway_party(""))]
    whole = 0
    for pid in pids:
        with contextlib.suppress(psutil.Error):  # it ended, or is another user's
            memory = psutil.Process(pid).memory_full_info()
            whole += getattr(memory, "pss", memory.rss)
    return f"{len(pids)} gateways take {whole / 1_000_000_000:.2f} GB of memory together"


def view_of(data: Path, processes: tuple[Running, ...]) -> UpView:
    """Return what `up --json` prints of these processes."""
    views = tuple(ProcessView(name=one.name, pid=one.pid, port=one.port) for one in processes)
    return UpView(url=site_of(data), processes=views)


def process_specs(data: Path, settings: Settings) -> tuple[ProcessSpec, ...]:
    """Return every process of the city: the gateways first, for the hub asks them at once."""
    ports, where = ports_of(data), ("--data", str(data))
    specs = [
        ProcessSpec(
            name=gateway_party(name),
            arguments=("gateway", "serve", "--department", name, *where),
            port=ports[gateway_party(name)],
        )
        for name in gateways_of(data)
    ]
    if PROVIDER in ports:
        specs.append(ProcessSpec(name=PROVIDER, arguments=("device", "provider", *where), port=ports[PROVIDER]))
    specs.append(ProcessSpec(name=AUDITOR, arguments=("hub", "audit", *where), port=ports[AUDITOR]))
    sharing = ("--share-port",) if settings.web_processes > 1 else ()
    for number in range(1, settings.web_processes + 1):
        name = HUB if number == 1 else f"{HUB}-{number}"
        specs.append(ProcessSpec(name=name, arguments=("hub", "serve", *sharing, *where), port=ports[HUB]))
    for number in range(1, settings.workers + 1):
        name = "worker" if settings.workers == 1 else f"worker-{number}"
        specs.append(ProcessSpec(name=name, arguments=("hub", "work", *where), port=0))
    if settings.window == "yes":
        specs.extend(window_specs(data))
    return tuple(specs)


def gateways_of(data: Path) -> list[str]:
    """Return the departments that have a gateway here."""
    return sorted(path.parent.name for path in (data / "gateways").glob("*/gateway.json"))


def _build(data: Path, catalogue: Catalogue, settings: Settings, tell: Tell) -> None:
    known = built_on(data)
    if known is not None:
        return
    tell(f"building a city of {settings.residents:,} residents (seed {settings.seed}) in {data}")
    build_city(
        rulebook_of(catalogue),
        residents=settings.residents,
        seed=settings.seed,
        today=shanghai_today(),
        into=data,
        start_postgres=embedded.start,
        progress=lambda text: None,
        elsewhere=connected_of(data),
        processes=builders(settings.residents),
    )
    enrol_connected(data, catalogue.facts, connected_of(data))


def site_of(data: Path) -> str:
    """Return the address of the hub's pages, as a browser on this machine opens them."""
    return f"http://localhost:{ports_of(data)[HUB]}"  # by name: passkeys are bound to one, never to an IP address
