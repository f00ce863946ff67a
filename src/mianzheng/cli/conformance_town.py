"""The city that `conformance` runs over: its processes by their pids, and a small one of its own when none is named."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

from mianzheng.city.rulebook import Rulebook
from mianzheng.cli.bring_up import Tell, bring_up, process_specs
from mianzheng.cli.keys import gateway_party
from mianzheng.cli.processes import only_one, recorded, start_missing
from mianzheng.cli.up import stop_city
from mianzheng.settings import Settings

_WAIT = 5.0  # seconds for a killed process to be gone


class RunningTown:
    """The processes of one running city."""

    def __init__(self, data: Path, settings: Settings, rules: Rulebook) -> None:
        self._data = data
        self._settings = settings
        self._authorities = {name for name, one in rules.facts.departments.items() if one.authority}
        self._all = tuple(sorted(path.parent.name for path in (data / "gateways").glob("*/gateway.json")))

    def departments(self) -> Sequence[str]:
        """Return the departments with a gateway, but for the two that name people and bodies."""
        return [name for name in self._all if name not in self._authorities]

    def gateways(self) -> Sequence[str]:
        """Return all departments with a gateway."""
        return self._all

    def stop(self, departments: Sequence[str]) -> None:
        """Kill the gateways of these departments, by the pids recorded."""
        names = {gateway_party(name) for name in departments}
        victims = [psutil.Process(one.pid) for one in recorded(self._data) if one.name in names and _is(one.pid)]
        for victim in victims:
            victim.kill()
        psutil.wait_procs(victims, timeout=_WAIT)

    def start(self) -> None:
        """Start what does not run; two at once would start everything twice, so one waits for the other."""
        with only_one(self._data):
            start_missing(self._data, process_specs(self._data, self._settings))


def _is(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


@contextmanager
def own_city(settings: Settings, *, residents: int, seed: int, tell: Tell) -> Iterator[tuple[Path, Settings]]:
    """Build and start a small city in a folder of its own; end its processes and remove it afterwards."""
    data = Path(tempfile.mkdtemp(prefix="mianzheng-conformance-"))
    data.chmod(0o755)  # the embedded server runs as another user when we are root
    wanted = msgspec.structs.replace(settings, residents=residents, seed=seed, home=str(data / "home"), data="")
    try:
        bring_up(data, wanted, tell=tell)
        yield data, wanted
    finally:
        stop_city(data)
        shutil.rmtree(data, ignore_errors=True)
