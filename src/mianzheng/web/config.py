"""The hub's settings: one file `hub.json`; a wrong or unknown value stops the start and is named."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.cases.hub import ANY_OFFICE
from mianzheng.cases.timings import Timings
from mianzheng.credentials.client_tls import ClientTls
from mianzheng.model.errors import WrongUse

FILE = "hub.json"
LOG_LEVELS = ("debug", "info", "warning", "error")


class BadConfig(WrongUse):
    """The settings file is missing, malformed or says something impossible."""

    code = "bad-config"


class HubConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of the hub's processes. Paths in the file are relative to its folder; once read, absolute."""

    port: int
    database_url: str  # postgresql://…
    gateways: dict[str, str]  # department → base URL
    party: str = "hub"  # its name in the trust list
    host: str = "127.0.0.1"
    auditors: dict[str, str] = {}  # party → base URL
    tls: ClientTls | None = None  # shown to gateways and auditors; None: loopback, or https without a certificate
    sites: dict[str, str] = {}  # authority → origin of its site for people
    url: str = ""  # this hub's own origin, as browsers reach it; "" as they say themselves
    keys: str = "keys"  # key folder, with this party's own trust.json and roots.json
    keystore: str = "keystore"  # keys of personal data at rest; outside database and backups
    packs: str = "packs"  # the fact catalogue and figures
    timings: Timings = Timings()
    sign_ins_per_minute: int = 60  # from one address
    offices: dict[str, tuple[str, ...]] = msgspec.field(
        default_factory=lambda: dict(ANY_OFFICE)
    )  # service centre → departments that sit there, [] for all
    demo_people: str = ""  # of a demo alone: where its provider shows what its invented people know
    window_url: str = ""  # where /window leads: the window's program on the clerk's own machine
    body_bytes: int = 1_048_576  # the longest request body
    pool: int = 8  # database connections of one process
    log_level: str = "info"


def read_config(folder: Path) -> HubConfig:
    """Return the settings in `folder`/hub.json with absolute paths; `BadConfig` names every fault at once."""
    path = folder / FILE
    try:
        config = msgspec.json.decode(path.read_bytes(), type=HubConfig)
    except FileNotFoundError:
        raise BadConfig(f"no settings at {path}", hint="`mianzheng up` writes them for the demo city") from None
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path}: {error}", hint="docs/running.md lists every setting") from None
    if faults := _faults(config):
        raise BadConfig(f"{path}: " + "; ".join(faults), hint="docs/running.md lists every setting")
    base = folder.resolve()
    absolute = {name: str(base / getattr(config, name)) for name in ("keys", "keystore", "packs")}
    tls = None if config.tls is None else config.tls.within(base)
    return msgspec.structs.replace(config, tls=tls, **absolute)


def write_config(folder: Path, config: HubConfig) -> None:
    """Write hub.json, readable by its owner only: the database URL may hold a password."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2))
    fresh.replace(folder / FILE)


def _faults(config: HubConfig) -> list[str]:
    faults = [f"{name} is empty" for name in ("party", "database_url", "gateways") if not getattr(config, name)]
    if not 0 < config.port < 65536:
        faults.append(f"port is {config.port}; it must lie between 1 and 65535")
    for name in ("sign_ins_per_minute", "body_bytes", "pool"):
        if getattr(config, name) <= 0:
            faults.append(f"{name} is {getattr(config, name)}; it must be greater than 0")
    for name in Timings.__struct_fields__:
        if not 0 < getattr(config.timings, name) < 1e9:
            faults.append(f"timings.{name} is {getattr(config.timings, name)}; it must be greater than 0")
    if config.log_level not in LOG_LEVELS:
        faults.append(f"log_level is {config.log_level!r}; it must be one of {', '.join(LOG_LEVELS)}")
    return faults
