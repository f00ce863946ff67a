"""What `--json` prints: one JSON document on standard output, and nothing else."""

from __future__ import annotations

import sys

import msgspec


def print_json(value: object) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
