"""Days as people type them on a command line."""

from __future__ import annotations

import argparse
from datetime import date


def typed_day(text: str) -> date:
    """Return a typed day; what is none is told with how to write one. For `type=` of an argument."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day of the calendar; write YYYY-MM-DD, for example 2026-01-31"
        ) from None
