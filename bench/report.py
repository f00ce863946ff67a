"""Where figures go: a JSON file for each measurement (not in git), with the machine they were taken on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, object]:
    """Return what figures must be read with: machine class, load at the start, time."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": [round(load, 2) for load in psutil.getloadavg()],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def console() -> Console:
    """Return a terminal wide enough for the tables, wherever they are printed."""
    return Console(width=max(Console().width, 112))


def write(name: str, report: Mapping[str, object]) -> None:
    """Write `bench/results/<name>.json` and say so."""
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
