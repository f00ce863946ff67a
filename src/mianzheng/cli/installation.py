"""A city's folder made ready: key folders, one settings file for each process, approvals and marks.

Everything here is done once for a new folder; a restart finds it and starts the processes only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from mianzheng.cases.timings import Timings
from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.tree import CITY, HEAD, PRESENCE
from mianzheng.city.build import POSTGRES, REGISTERS
from mianzheng.city.engines.postgresql import reader_of
from mianzheng.city.personas import ENROLMENT
from mianzheng.cli.connecting import connected_of
from mianzheng.cli.keys import AUDITOR, CALL_LINE, COMPARER, HUB, PROVIDER, READER, WINDOW, gateway_party, parties
from mianzheng.cli.ports import PORTS, ports_of
from mianzheng.cli.processes import free_ports
from mianzheng.cli.provider import bodies_site, install_site, site_url
from mianzheng.cli.window import window_url
from mianzheng.credentials.ceremony import hold_ceremony
from mianzheng.gateway.config import GatewayConfig
from mianzheng.gateway.config import write_config as write_gateway
from mianzheng.model.facts import Department, Register
from mianzheng.model.sites import SiteConfig
from mianzheng.settings import Settings
from mianzheng.store import embedded
from mianzheng.web.auditor_config import AuditorConfig, write_auditor_config
from mianzheng.web.config import HubConfig
from mianzheng.web.config import write_config as write_hub

RETRY_SECONDS = 1.0  # the demo's registers are asked again soon; a city's own hub.json says minutes


def install(data: Path, packs: Path, catalogue: Catalogue, settings: Settings) -> None:
    """Hold the ceremony and write every process's settings, unless this folder has them already."""
    departments = catalogue.facts.departments.values()
    if not (data / "keys" / "public" / "trust.json").exists():
        hold_ceremony(data / "keys", parties=parties(departments), demo=True)
    ports = _ports(
        data,
        [
            HUB,
            AUDITOR,
            READER,
            COMPARER,
            CALL_LINE,
            WINDOW,
            PROVIDER,
            *(gateway_party(one.department) for one in departments),
        ],
        settings.port,
    )
    for department in departments:
        own = [one for one in catalogue.facts.registers.values() if one.department == department.department]
        config = _gateway_config(data, department, own, ports, departments)
        _copy_packs(packs, data / "gateways" / department.department / "packs", of_hub=False)
        write_gateway(
            data / "gateways" / department.department,
            msgspec.structs.replace(config, grants_shown=settings.grants_shown),
        )
    _install_hub(data, packs, catalogue, ports, settings)
    gateways = _addresses(catalogue, ports)
    auditor = AuditorConfig(
        port=ports[AUDITOR],
        hub_url=f"http://127.0.0.1:{ports[HUB]}",
        gateways=gateways,
        keys=f"../keys/{AUDITOR}",
        poll_seconds=settings.witness_seconds,
    )
    write_auditor_config(data / "auditor", auditor)


def _ports(data: Path, names: list[str], wanted: int) -> dict[str, int]:
    path = data / PORTS
    known = ports_of(data) if path.exists() else {}
    fresh = dict(zip(names, free_ports(len(names)), strict=True))
    ports = {name: known.get(name) or (wanted if name == HUB and wanted else fresh[name]) for name in names}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(ports))
    return ports


def _gateway_config(
    data: Path,
    department: Department,
    registers: list[Register],
    ports: Mapping[str, int],
    departments: Iterable[Department],
) -> GatewayConfig:
    name, party = department.department, gateway_party(department.department)
    folder = data / "gateways" / name
    return GatewayConfig(
        party=party,
        department=name,
        hub=HUB,
        port=ports[party],
        registers={register.register: _register_url(data, register) for register in registers},
        keys=f"../../keys/{party}",
        enrolment=f"../../{ENROLMENT}/{name}.sqlite" if department.authority else "",
        devices=_devices(ports) if department.authority == "person" else {},
        site=_site(data, folder, department, departments, ports),
    )


def _site(
    data: Path, folder: Path, department: Department, departments: Iterable[Department], ports: Mapping[str, int]
) -> SiteConfig | None:
    """Return the site of a department that is an authority, None for any other."""
    party = gateway_party(department.department)
    if department.authority == "person":
        bodies = _parties(departments, "enterprise")
        return install_site(data, folder, ports[party], ports, bodies={one: site_url(ports[one]) for one in bodies})
    if department.authority == "enterprise" and (persons := _parties(departments, "person")):
        return bodies_site(party, persons[0], ports)
    return None


def _parties(departments: Iterable[Department], kind: str) -> list[str]:
    return [gateway_party(one.department) for one in departments if one.authority == kind]


def _devices(ports: Mapping[str, int]) -> dict[str, str]:
    """Return where the comparer and the call line listen once `mianzheng device …` starts them."""
    return {party: f"http://127.0.0.1:{ports[party]}" for party in (COMPARER, CALL_LINE)}


def _install_hub(data: Path, packs: Path, catalogue: Catalogue, ports: Mapping[str, int], settings: Settings) -> None:
    folder = data / "hub"
    _copy_packs(packs, folder / "packs", of_hub=True)
    url = settings.database_url or embedded.start(folder / POSTGRES)
    timings = Timings(
        gateway_seconds=settings.gateway_timeout,
        retry_first_seconds=RETRY_SECONDS,
        retry_cap_seconds=RETRY_SECONDS * 60,
        clock_scale=settings.clock_scale,
        sweep_seconds=1.0,
        witness_seconds=settings.witness_seconds,
    )
    gateways = _addresses(catalogue, ports)
    config = HubConfig(
        port=ports[HUB],
        database_url=url,
        gateways=gateways,
        auditors={AUDITOR: f"http://127.0.0.1:{ports[AUDITOR]}"},
        keys=f"../keys/{HUB}",
        window_url=window_url(ports),
        demo_people=f"{site_url(ports[PROVIDER])}/people",
        sites=_sites(catalogue, ports),
        timings=timings,
        sign_ins_per_minute=100_000,  # one address plays every resident of the demo
        log_level=settings.log_level,
    )
    write_hub(folder, config)


def _addresses(catalogue: Catalogue, ports: Mapping[str, int]) -> dict[str, str]:
    return {name: f"http://127.0.0.1:{ports[gateway_party(name)]}" for name in catalogue.facts.departments}


def _sites(catalogue: Catalogue, ports: Mapping[str, int]) -> dict[str, str]:
    """Return where people find the site of each authority that has one."""
    departments = tuple(catalogue.facts.departments.values())
    found = [*_parties(departments, "person"), *_parties(departments, "enterprise")]
    return {party: site_url(ports[party]) for party in found}


def _register_url(data: Path, register: Register) -> str:
    if own := connected_of(data).get(register.register):
        return own
    folder = (data / REGISTERS).resolve()
    if register.engine == "sqlite":
        return f"sqlite:///{folder / register.register}.sqlite"
    if register.engine == "duckdb":
        return f"duckdb:///{folder / register.register}.duckdb"
    url = embedded.start(data / POSTGRES, REGISTERS)
    socket = url.partition("host=")[2]
    return f"postgresql+psycopg://{reader_of(register.department)}@/{REGISTERS}?host={socket}"


def _copy_packs(packs: Path, into: Path, *, of_hub: bool) -> None:
    """Copy departments and registers; for the hub figures, and what the city tells its people.

    Items reach hub and gateways only as signed versions.
    """
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    for name in CITY if of_hub else ():
        if (packs / name).is_file():
            shutil.copy(packs / name, into)
    kept = ("registers", "params") if of_hub else ("registers",)
    for department in sorted(packs.iterdir()):
        if not (department / HEAD).is_file():
            continue
        target = into / department.name
        target.mkdir(parents=True)
        for head in (HEAD, PRESENCE):
            if (department / head).is_file():
                shutil.copy(department / head, target)
        for name in kept:
            if (department / name).is_dir():
                shutil.copytree(department / name, target / name)
