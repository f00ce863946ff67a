"""The city that `conformance` runs over: its processes by their pids, and a small one of its own when none is named."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

from mianzheng.city.rulebook import Rulebook
from mianzheng.cli.bring_up import Tell, bring_up, process_specs
from mianzheng.cli.keys import COMPARER, gateway_party
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import ProcessSpec, end_all, only_one, recorded, start_missing
from mianzheng.cli.stewards import mark_all
from mianzheng.cli.up import stop_city
from mianzheng.credentials.turned_clock import DAY_SECONDS
from mianzheng.gateway.config import read_config
from mianzheng.gateway.payments import all_shown
from mianzheng.gateway.state import State
from mianzheng.model.errors import WrongUse
from mianzheng.settings import PREFIX, Settings

_START = 120.0  # seconds for all processes to answer
_WITNESS = 15.0  # seconds between two rounds: no case waits for one, and each asks every gateway
_WAIT = 5.0  # seconds for a killed process to be gone


class RunningTown:
    """The processes of one running city."""

    def __init__(self, data: Path, settings: Settings, rules: Rulebook, *, own: bool) -> None:
        """`own`: made for this run, by `own_city`."""
        self._data = data
        self._settings = settings
        self._own = own
        self._days = 0
        self._departments = tuple(rules.facts.departments)
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
            start_missing(self._data, self._specs(), timeout=_START, environment=self._variables())

    def take_over_payments(self) -> None:
        """Play the departments' own systems: what was granted so far is theirs to know from now on."""
        for name in self._all:
            state = State(Path(read_config(self._data / "gateways" / name).state))
            try:
                all_shown(state, at=int(self.now()))
            finally:
                state.close()

    def may_turn(self) -> bool:
        """Tell whether this city was made for this run."""
        return self._own

    def turn(self, days: int) -> None:
        """End every process, let each load program mark its registers on that day, and start all again."""
        if not self._own:
            raise WrongUse("the clock of a city that others may use is not turned")
        end_all(self._data)
        self._days = days
        mark_all(self._data, self._departments, days_ahead=days)
        self.start()

    def now(self) -> float:
        """Return the city's own time, seconds since the epoch."""
        return time.time() + self._days * DAY_SECONDS

    def _specs(self) -> Sequence[ProcessSpec]:
        """Return what runs; of an own city a window's face comparer too."""
        specs = process_specs(self._data, self._settings)
        if not self._own:
            return specs
        where = ("device", "comparer", "--data", str(self._data))
        return (*specs, ProcessSpec(name=COMPARER, arguments=where, port=ports_of(self._data)[COMPARER]))

    def _variables(self) -> dict[str, str]:
        return {f"{PREFIX}DAYS_AHEAD": str(self._days)} if self._days else {}


def _is(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


@contextmanager
def own_city(settings: Settings, *, residents: int, seed: int, tell: Tell) -> Iterator[tuple[Path, Settings]]:
    """Build and start a small city in a folder of its own; end its processes and remove it afterwards."""
    data = Path(tempfile.mkdtemp(prefix="mianzheng-conformance-"))
    data.chmod(0o755)  # the embedded server runs as another user when we are root
    wanted = msgspec.structs.replace(
        settings,
        residents=residents,
        seed=seed,
        home=str(data / "home"),
        data="",
        window="no",
        witness_seconds=max(settings.witness_seconds, _WITNESS),
    )
    try:
        bring_up(data, wanted, tell=tell)
        yield data, wanted
    finally:
        stop_city(data)
        shutil.rmtree(data, ignore_errors=True)
