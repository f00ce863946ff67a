"""The ports of a city's parties: chosen once, when its folder is made ready, and kept."""

from __future__ import annotations

from pathlib import Path

import msgspec

PORTS = "run/ports.json"


def ports_of(data: Path) -> dict[str, int]:
    """Return the port of each party, as chosen when the folder was made ready."""
    return msgspec.json.decode((data / PORTS).read_bytes(), type=dict[str, int])
