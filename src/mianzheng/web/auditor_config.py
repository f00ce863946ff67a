"""The auditor's settings: one file `auditor.json`, checked as `hub.json` is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mianzheng.credentials.client_tls import ClientTls
from mianzheng.web.config import LOG_LEVELS, BadConfig

FILE = "auditor.json"


class AuditorConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of the auditor. Paths in the file are relative to its folder; once read, absolute."""

    port: int
    hub_url: str
    gateways: dict[str, str]  # department → base URL, to read their logs
    tls: ClientTls | None = None  # shown to hub and gateways, as in hub.json
    party: str = "auditor"
    hub: str = "hub"
    host: str = "127.0.0.1"
    keys: str = "keys"
    state: str = "audit.sqlite"
    poll_seconds: float = 10.0
    timeout_seconds: float = 5.0
    log_level: str = "info"


def read_auditor_config(folder: Path) -> AuditorConfig:
    """Return the settings in `folder`/auditor.json with absolute paths; `BadConfig` names what is wrong."""
    path = folder / FILE
    try:
        config = msgspec.json.decode(path.read_bytes(), type=AuditorConfig)
    except FileNotFoundError:
        raise BadConfig(f"no settings at {path}", hint="`mianzheng up` writes them for the demo city") from None
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path}: {error}", hint="docs/running.md lists every setting") from None
    if not 0 < config.port < 65536 or config.poll_seconds <= 0 or config.timeout_seconds <= 0:
        raise BadConfig(f"{path}: port, poll_seconds and timeout_seconds must be greater than 0")
    if config.log_level not in LOG_LEVELS:
        raise BadConfig(f"{path}: log_level is {config.log_level!r}; it must be one of {', '.join(LOG_LEVELS)}")
    base = folder.resolve()
    tls = None if config.tls is None else config.tls.within(base)
    return msgspec.structs.replace(config, tls=tls, keys=str(base / config.keys), state=str(base / config.state))


def write_auditor_config(folder: Path, config: AuditorConfig) -> None:
    """Write auditor.json."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2))
    fresh.replace(folder / FILE)
