"""What `--json` prints: one JSON document on standard output, and nothing else; of an error too."""

from __future__ import annotations

import sys

import msgspec

AS_JSON = "--json"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An error as a command tells it: `code` is stable (docs/errors.md), `hint` says what to do."""

    code: str
    detail: str
    hint: str = ""


def print_json(value: object) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
