"""A gateway's settings: one file `gateway.json`; a wrong or unknown value stops the start and is named."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from mianzheng.credentials.client_tls import ClientTls
from mianzheng.model.errors import WrongUse
from mianzheng.model.sites import SiteConfig

FILE = "gateway.json"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ORIGIN = re.compile(r"https://[^/?#@]+|http://localhost(:[0-9]+)?")
_ID = re.compile(r"[a-z0-9-]{1,40}")
LOG_LEVELS = ("debug", "info", "warning", "error")


class BadConfig(WrongUse):
    """The settings file is missing, malformed or says something impossible."""

    code = "bad-config"


class Budgets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much may be asked a day: distinct questions about one subject, and of one agent's or clerk's key; distinct
    subjects for such a key and for one hub.
    """

    subject_questions: int = 200
    agent_questions: int = 1_000
    agent_subjects: int = 200
    clerk_questions: int = 2_000
    clerk_subjects: int = 1_000
    hub_subjects: int = 20_000


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one gateway. Paths in the file are relative to its folder; once read they are absolute."""

    party: str  # its name in the trust list
    department: str
    hub: str  # the party whose requests are heard
    port: int
    host: str = "127.0.0.1"  # loopback; a TLS proxy stands in front (docs/running.md)
    url: str = ""  # where others reach it; credentials name their status list by it
    registers: dict[str, str] = {}  # register -> SQLAlchemy URL of a read-only user; {folder} is this folder
    keys: str = "keys"  # key folder, with this process's own trust.json and roots.json
    packs: str = "packs"  # this gateway's own copy of departments, registers and their mappings
    state: str = "state.sqlite"
    enrolment: str = ""  # an authority's enrolled keys (SQLite); empty: not an authority
    devices: dict[str, str] = {}  # an authority's face comparer and call line: party -> base URL
    tls: ClientTls | None = None  # shown to those devices; None: loopback, or https without a certificate
    site: SiteConfig | None = None  # of the authority for persons: its site for people
    budgets: Budgets = Budgets()
    pool: int = 4  # connections a register; those of one server database share twice as many
    register_seconds: float = 2.0  # a register that takes longer is unavailable
    request_seconds: int = 900  # a request made longer ago is refused
    grants_shown: Literal["told", "at-once"] = "told"  # when a register shows a grant: as `gateway payments` is told
    sheet_days: int = 30  # how long a sheet may be used for a decision
    log_level: str = "info"

    @property
    def public_url(self) -> str:
        """Where others reach this gateway."""
        return self.url.rstrip("/") or f"http://{self.host}:{self.port}"


def read_config(folder: Path) -> GatewayConfig:
    """Return the settings in `folder`/gateway.json with absolute paths; `BadConfig` names every fault at once."""
    path = folder / FILE
    try:
        config = msgspec.json.decode(path.read_bytes(), type=GatewayConfig)
    except FileNotFoundError:
        raise BadConfig(f"no settings at {path}", hint="`mianzheng up` writes them for the demo city") from None
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path}: {error}", hint="docs/gateway.md lists every setting") from None
    if faults := _faults(config):
        raise BadConfig(f"{path}: " + "; ".join(faults), hint="docs/gateway.md lists every setting")
    return _absolute(config, folder.resolve())


def write_config(folder: Path, config: GatewayConfig) -> None:
    """Write gateway.json, readable by its owner only: register URLs may hold a password."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(config), indent=2))
    fresh.replace(folder / FILE)


def _absolute(config: GatewayConfig, folder: Path) -> GatewayConfig:
    return msgspec.structs.replace(
        config,
        keys=str(folder / config.keys),
        packs=str(folder / config.packs),
        state=str(folder / config.state),
        enrolment=str(folder / config.enrolment) if config.enrolment else "",
        registers={name: url.replace("{folder}", str(folder)) for name, url in config.registers.items()},
        tls=None if config.tls is None else config.tls.within(folder),
        site=None if config.site is None else _absolute_site(config.site, folder),
    )


def _absolute_site(site: SiteConfig, folder: Path) -> SiteConfig:
    providers = tuple(msgspec.structs.replace(one, secret_file=str(folder / one.secret_file)) for one in site.providers)
    return msgspec.structs.replace(site, providers=providers)


def _faults(config: GatewayConfig) -> list[str]:
    faults = [f"{name} is empty" for name in ("party", "department", "hub") if not getattr(config, name)]
    if not 0 < config.port < 65536:
        faults.append(f"port is {config.port}; it must lie between 1 and 65535")
    for name in ("pool", "register_seconds", "request_seconds", "sheet_days"):
        if getattr(config, name) <= 0:
            faults.append(f"{name} is {getattr(config, name)}; it must be greater than 0")
    for name in Budgets.__struct_fields__:
        if getattr(config.budgets, name) <= 0:
            faults.append(f"budgets.{name} is {getattr(config.budgets, name)}; it must be greater than 0")
    if config.host not in _LOOPBACK:
        faults.append(f"host is {config.host}; it must be loopback, behind a proxy with TLS (docs/running.md)")
    if config.log_level not in LOG_LEVELS:
        faults.append(f"log_level is {config.log_level!r}; it must be one of {', '.join(LOG_LEVELS)}")
    if config.site is not None:
        faults += _site_faults(config, config.site)
    return faults + [fault for name, url in config.registers.items() if (fault := _url_fault(name, url))]


def _site_faults(config: GatewayConfig, site: SiteConfig) -> list[str]:
    faults = [] if config.enrolment else ["site is of an authority; this gateway has no enrolment"]
    origins = [("site.url", site.url), *((f"site.hubs.{name}", url) for name, url in site.hubs.items())]
    origins += [(f"site.bodies.{name}", url) for name, url in site.bodies.items()]
    origins += [("site.persons", site.persons)] if site.persons else []
    for name, url in origins:
        if not _ORIGIN.fullmatch(url):
            faults.append(f"{name} is {url!r}; it must be an origin: https://host, or http://localhost:port")
    for one in site.providers:
        if not _ID.fullmatch(one.id):
            faults.append(f"site.providers: {one.id!r} must be of letters, digits and -")
        if not one.levels or not set(one.levels.values()) <= {1, 2, 3}:
            faults.append(f"site.providers.{one.id}.levels must give each acr a level from 1 to 3")
        if not one.issuer.startswith(("https://", "http://localhost:")):
            faults.append(f"site.providers.{one.id}.issuer must be https, or of this very machine")
    if site.sign_ins_per_minute <= 0:
        faults.append(f"site.sign_ins_per_minute is {site.sign_ins_per_minute}; it must be greater than 0")
    return faults


def _url_fault(register: str, url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        return f"registers.{register} is no SQLAlchemy URL"
    known = ("postgresql", "mysql", "mariadb", "sqlite", "duckdb")
    return "" if backend in known else f"registers.{register}: {backend} is none of {', '.join(known)}"
