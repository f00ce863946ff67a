"""A small city of real processes for the tests, in a folder of its own under the temporary directory."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mianzheng.cli.bring_up import bring_up, process_specs
from mianzheng.cli.city_session import open_city
from mianzheng.cli.keys import HUB
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import only_one, recorded, start_missing
from mianzheng.cli.up import stop_city
from mianzheng.model.case import CaseView, State
from mianzheng.settings import Settings
from mianzheng.store import embedded
from tests.city_wide.typed import Done, typed
from tests.core_packs import core_packs

RESIDENTS = 1_000
ELSEWHERE = "hub_elsewhere"  # a database, and the folder of its server
SETTLED = frozenset(
    {State.DELIVERED, State.ENDED, State.PROPOSED, State.REFUSED, State.WAITING_PERSON, State.WITHDRAWN}
)


class RunningCity:
    """A city that is up; commands are run as a user would run them."""

    def __init__(self, data: Path, settings: Settings) -> None:
        self.data = data
        self.settings = settings

    def mianzheng(self, *words: str, check: int | None = 0) -> str:
        """Run one command against this city and return its standard output."""
        done = self.command(*words)
        if check is not None:
            assert done.status == check, f"{words}: exit {done.status}\n{done.out}\n{done.err}"
        return done.out

    def command(self, *words: str) -> Done:
        """Run one command against this city, in this process, and return all that came of it."""
        return typed(*words, environ=self.environ)

    def in_a_shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command against this city as a process of its own: a second and more of a processor."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")}
        return subprocess.run(
            [sys.executable, "-m", "mianzheng", *words],
            capture_output=True,
            text=True,
            env=environ | self.environ,
            timeout=120,
        )

    @property
    def environ(self) -> dict[str, str]:
        """The settings by which commands find this city."""
        return {
            "MIANZHENG_DATA": str(self.data),
            "MIANZHENG_HOME": str(self.data / "home"),
            "MIANZHENG_PACKS": self.settings.packs,
            "MIANZHENG_WINDOW": "no",
        }

    @property
    def url(self) -> str:
        """Where the hub serves."""
        return f"http://localhost:{ports_of(self.data)[HUB]}"

    @contextmanager
    def device(self, name: str, party: str, *words: str) -> Iterator[str]:
        """Run a device (`reader`, `comparer`, `line`) as a process, yield its address, and end it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "mianzheng", "device", name, *words],
            env=os.environ | {"MIANZHENG_DATA": str(self.data)},
            stdout=subprocess.DEVNULL,
        )
        url = f"http://127.0.0.1:{ports_of(self.data)[party]}"
        try:
            wait_until_it_answers(url)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)

    def json(self, *words: str, check: int | None = 0) -> Any:
        """Run one command with `--json` and return its document."""
        return json.loads(self.mianzheng(*words, "--json", check=check))

    def people(self, item: str, expect: str, limit: int, *more: str) -> list[str]:
        """Return numbers of people for whom an item must come out so; `more`: of whom else the command is to speak."""
        found = self.json("city", "people", "--item", item, "--expect", expect, "--limit", str(limit), *more)
        return [person["resident"] for person in found["people"]]

    def start_what_died(self) -> None:
        """Do what `up` does on a running city."""
        with only_one(self.data):
            start_missing(self.data, process_specs(self.data, self.settings))

    def pid(self, name: str) -> int:
        """Return the process id of one process of the city."""
        return next(process.pid for process in recorded(self.data) if process.name == name)

    def settled(self, case: str, *, seconds: float = 60.0) -> CaseView:
        """Wait until a case has come to rest and return it."""
        return asyncio.run(self._settled(case, seconds))

    async def _settled(self, case: str, seconds: float) -> CaseView:
        async with open_city(self.data) as city:
            person = await city.owner_of(case)
            for _ in range(int(seconds / 0.2)):
                view = await person.show(case)
                if view.state in SETTLED:
                    return view
                await asyncio.sleep(0.2)
        raise AssertionError(f"case {case} is still {view.state} after {seconds} s")


def wait_until_it_answers(url: str) -> None:
    """Wait for a server that starts."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{url} does not answer")


@contextmanager
def running_city(*, residents: int = RESIDENTS, elsewhere: bool = False, **settings: Any) -> Iterator[RunningCity]:
    """Build and bring up a city of the core of the packs; end its processes and remove its folder afterwards.

    `elsewhere`: the hub's database is one that somebody else keeps, named by URL.
    """
    data = Path(tempfile.mkdtemp(prefix="mianzheng-test-"))
    data.chmod(0o755)  # the embedded server runs as another user when we are root
    given = {"residents": residents, "seed": 7, "witness_seconds": 1.0, "gateway_timeout": 2.0, "window": "no"}
    given |= {"packs": str(core_packs()), "grants_shown": "at-once"} | settings
    if elsewhere:
        url = embedded.start(data / ELSEWHERE, ELSEWHERE)
        given["database_url"] = url.replace("postgresql://", "postgresql+psycopg://")  # as the setting wants it
    wanted = Settings(home=str(data / "home"), **given)
    try:
        bring_up(data, wanted, tell=lambda text: None)
        yield RunningCity(data, wanted)
    finally:
        stop_city(data)
        if elsewhere:
            embedded.stop(data / ELSEWHERE)
        if os.environ.get("MIANZHENG_TEST_KEEP"):
            print(f"kept: {data}")
        else:
            shutil.rmtree(data, ignore_errors=True)
