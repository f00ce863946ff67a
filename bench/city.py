"""A running city for a measurement: its processes, their CPU, and signed-in applicants of hub and script."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import msgspec
import psutil

from bench.applying import Applicant, Known, know
from bench.bare import BareScript
from mianzheng.catalogue.load import load
from mianzheng.city.build import POSTGRES
from mianzheng.city.people import find
from mianzheng.city.personas import PERSONAS, Personas
from mianzheng.cli.bring_up import bring_up
from mianzheng.cli.city_session import api_url
from mianzheng.cli.keys import HUB
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import recorded
from mianzheng.cli.up import stop_city
from mianzheng.client.hub_client import HubClient
from mianzheng.client.person import Person
from mianzheng.client.wallet import Wallet
from mianzheng.credentials.keys import KeyFolder
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.config import read_config as read_gateway
from mianzheng.model.scalar import Wire
from mianzheng.settings import Settings, packs_folder, read_settings

PEOPLE = 12  # who apply in turn
TIMEOUT = aiohttp.ClientTimeout(total=60)


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One applicant, signed in at the hub and, for the script, at their authority under the hub's name."""

    hub: HubClient
    bare: Applicant


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """All that running cases of one item needs."""

    known: Known
    form: Mapping[str, Wire]
    clients: tuple[Client, ...]
    script: BareScript

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments whose gateways the case asks."""
        return self.known.departments


@contextmanager
def bench_city(wanted: Settings) -> Iterator[Path]:
    """Bring up a city in a temporary folder; end it and remove the folder afterwards."""
    data = Path(tempfile.mkdtemp(prefix="mianzheng-bench-"))
    data.chmod(0o755)  # the embedded server runs as another user when we are root
    try:
        with city_in(data, msgspec.structs.replace(wanted, home=str(data / "home"))):
            yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def city_in(data: Path, wanted: Settings) -> Iterator[Path]:
    """Bring up the city in a folder, whatever of it is there already; end its processes and leave the folder.

    Its departments' systems show a grant at once: a measurement grants the same few people the same over and over.
    Its packs are those of the environment (`MIANZHENG_PACKS`).
    """
    try:
        shown = msgspec.structs.replace(wanted, grants_shown="at-once", packs=read_settings().packs)
        bring_up(data, shown, tell=lambda text: print(f"bench: {text}"))
        refuse_told(data)
        yield data
    finally:
        stop_city(data)


def refuse_told(data: Path) -> None:
    """Raise `SystemExit` for a city brought up by somebody else in which a payment is granted once (decision 31)."""
    for folder in sorted((data / "gateways").iterdir()):
        if read_gateway(folder).grants_shown != "at-once":
            raise SystemExit(
                f"bench: {folder} shows a grant when it is told: nobody is granted twice, and nothing can be repeated."
                " Bring a new city up with MIANZHENG_GRANTS_SHOWN=at-once"
            )


@asynccontextmanager
async def stage_of(data: Path, item: str) -> AsyncIterator[Stage]:
    """Sign in those who are to be granted the item, at hub and authority, over one long-lived client each."""
    catalogue = load(packs_folder(read_settings()))
    compiled = catalogue.item(item)
    assert compiled is not None, item
    found = find(data, item, "granted", limit=PEOPLE)
    keys = data / "keys" / HUB
    trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
    async with aiohttp.ClientSession(timeout=TIMEOUT) as to_hub, aiohttp.ClientSession(timeout=TIMEOUT) as to_gateways:
        script = BareScript(
            to_gateways,
            addresses={name: f"http://127.0.0.1:{port}" for name, port in ports_of(data).items()},
            trust=trust,
            hub=HUB,
            key=KeyFolder(keys).load("sign"),
            facts=catalogue.facts,
            params=catalogue.params,
        )
        personas = Personas.read(data / PERSONAS)
        clients = [await _sign_in(data, to_hub, script, one.resident, personas, trust) for one in found.people]
        yield Stage(known=know(compiled, catalogue.facts), form=found.form, clients=tuple(clients), script=script)


async def _sign_in(
    data: Path, http: aiohttp.ClientSession, script: BareScript, number: str, personas: Personas, trust: TrustStore
) -> Client:
    key, hub = personas.key_of(number), HubClient(api_url(data), http)
    await Person(number, key, hub=hub, trust=trust, wallet=Wallet(data / "wallet")).sign_in()
    return Client(hub=hub, bare=await script.sign_in(number, key))


def cpu_seconds(data: Path) -> dict[str, float]:
    """Return the CPU seconds used so far: this process, hub (web), worker, gateways, window, the hub's database server.

    The bare script is this process.
    """
    found = {"client": time.process_time(), "hub": 0.0, "worker": 0.0, "gateways": 0.0, "database": 0.0, "window": 0.0}
    for process in recorded(data):
        group = "gateways" if process.name.startswith("gateway-") else process.name.partition("-")[0]
        if group in found:
            found[group] += _seconds(process.pid)
    postmaster = data / "hub" / POSTGRES / "postmaster.pid"
    if postmaster.exists():
        server = psutil.Process(int(postmaster.read_text().splitlines()[0]))
        found["database"] = sum(_seconds(one.pid) for one in (server, *server.children()))
    return found


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:  # a database connection that closed, a worker that was stopped
        return 0.0
    return float(times.user + times.system)
