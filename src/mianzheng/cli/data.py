"""Which running city a command talks to: `--data`, the setting, or the city last brought up."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mianzheng.model.errors import WrongUse
from mianzheng.settings import Settings, data_home

LAST = "last-city"


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """Give a command the option `--data DIR`."""
    parser.add_argument("--data", metavar="DIR", help="folder of the running city (else MIANZHENG_DATA, else the last)")


def find_data(given: str | None, settings: Settings) -> Path | None:
    """Return the folder of the city meant, or None when there is none to talk to."""
    named = given or settings.data
    if named:
        return Path(named).resolve()
    try:
        last = Path((data_home(settings) / LAST).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None
    if not last.is_dir():
        return None
    print(f"mianzheng: city in {last}", file=sys.stderr)
    return last


def require_data(given: str | None, settings: Settings) -> Path:
    """Return the folder of the city meant; `WrongUse` when there is none."""
    found = find_data(given, settings)
    if found is None or not found.is_dir():
        where = f" in {found}" if found else ""
        raise WrongUse(f"no city{where}", hint="bring one up with `mianzheng up --data DIR`, or name it with --data")
    return found


def named_data(given: str | None, settings: Settings) -> Path | None:
    """Return the folder that --data or the setting names, None when only a last city could be meant."""
    return require_data(given, settings) if given or settings.data else None


def remember(data: Path, settings: Settings) -> None:
    """Record `data` as the city last brought up."""
    home = data_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    (home / LAST).write_text(f"{data}\n", encoding="utf-8")
