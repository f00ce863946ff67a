"""A command as typed, run in this very process: the same `main`, without a second Python to start."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from mianzheng.cli.main import main

if TYPE_CHECKING:
    from tests.city_wide.running_city import RunningCity


class Done(NamedTuple):
    """What came of a command."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the one document on standard output; anything else there is a fault."""
        assert self.status in (0, 1), self.err
        return json.loads(self.out)


def typed(*words: str, environ: Mapping[str, str]) -> Done:
    """Run a command with these settings and return exit status, standard output and standard error."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")}
    with patch.dict(os.environ, clean | environ, clear=True), redirect_stdout(out), redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as end:  # argparse
            status = end.code if isinstance(end.code, int) else 1
    out.flush()
    return Done(status, out.buffer.getvalue().decode("utf-8"), err.getvalue())


def at(city: RunningCity, *words: str) -> Done:
    """Run a command against a city."""
    return city.command(*words)


def told(city: RunningCity, *words: str, status: int = 0) -> Any:
    """Run a command with `--json` against a city and return its document."""
    done = at(city, *words, "--json")
    assert done.status == status, f"{words}: exit {done.status}\n{done.out}\n{done.err}"
    return json.loads(done.out)
