"""The operator's log: one JSON line for each event on standard error; codes and ids, no personal data."""

from __future__ import annotations

import logging
import sys
import time

import msgspec

_FIELDS = ("code", "request", "where", "register", "reason")


class _Line(logging.Formatter):
    def __init__(self, party: str) -> None:
        super().__init__()
        self._party = party

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON; messages of other libraries are passed on as they are."""
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created)),
            "level": record.levelname.lower(),
            "party": self._party,
            "event": record.getMessage(),
        }
        line |= {name: value for name in _FIELDS if (value := getattr(record, name, ""))}
        return msgspec.json.encode(line).decode()


def set_up_log(party: str, level: str) -> None:
    """Send every log record of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(party))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mianzheng").setLevel(level.upper())
