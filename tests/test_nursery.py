"""Many processes from one nursery: each is a process of its own, and none is left when starting is broken off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from mianzheng.cli.nursery import LOG, StartFailed, can_fork, hatched
from mianzheng.cli.processes import ProcessSpec, free_ports, recorded, start_missing

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not can_fork(), reason="every process is started by itself here"),
]


def waits(folder: Path) -> tuple[str, ...]:
    """A command that waits: nobody writes into the pipe that it reads."""
    os.mkfifo(folder / "credential")
    return ("credential", "verify", str(folder / "credential"))


@pytest.fixture
def waiting(tmp_path: Path) -> tuple[str, ...]:
    return waits(tmp_path)


def until(good: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not good():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


class Brood(NamedTuple):
    """What one nursery started: two that wait, one that says how it is used, one that finds no city."""

    logs: Path
    pids: dict[str, int]
    waiting: tuple[str, ...]

    def log(self, name: str) -> str:
        """Return what a process wrote, once it has ended."""
        until(lambda: not runs(self.pids[name]))
        return (self.logs / f"{name}.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def brood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brood]:
    logs = tmp_path_factory.mktemp("logs")
    waiting = waits(logs)
    commands = {
        "one": waiting,
        "other": waiting,
        "good": ("catalogue", "--help"),
        "wrong": ("gateway", "serve", "--department", "none", "--data", "/"),
    }
    with hatched(logs, commands, environment={"GIVEN": "to all"}) as pids:
        pass
    yield Brood(logs, pids, waiting)
    for pid in filter(runs, pids.values()):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("name", ["one", "other"])
def test_each_is_a_process_of_its_own_and_outlives_the_nursery(brood: Brood, name: str) -> None:
    pid = brood.pids[name]
    assert os.getsid(pid) == pid
    assert psutil.Process(pid).environ()["GIVEN"] == "to all"


def test_each_shows_its_own_command(brood: Brood) -> None:
    until(lambda: set(brood.waiting) <= set(psutil.Process(brood.pids["one"]).cmdline()))


def test_each_writes_its_own_log(brood: Brood) -> None:
    assert "usage: mianzheng catalogue" in brood.log("good")
    assert brood.log("wrong").startswith("mianzheng: ")


def test_one_that_is_killed_takes_no_other_with_it(brood: Brood) -> None:
    os.kill(brood.pids["other"], signal.SIGKILL)
    until(lambda: not runs(brood.pids["other"]))
    assert runs(brood.pids["one"])


def test_what_is_broken_off_leaves_nothing_running(tmp_path: Path, waiting: tuple[str, ...]) -> None:
    pids: dict[str, int] = {}
    with (
        pytest.raises(KeyboardInterrupt),
        hatched(tmp_path, {"one": waiting, "other": waiting}, environment={}) as hatching,
    ):
        pids |= hatching
        raise KeyboardInterrupt
    assert len(pids) == 2
    until(lambda: not any(map(runs, pids.values())))


def test_a_starter_that_is_killed_leaves_nothing_running(tmp_path: Path, waiting: tuple[str, ...]) -> None:
    program = f"""
import json, time
from pathlib import Path
from mianzheng.cli.nursery import hatched
with hatched(Path({str(tmp_path)!r}), {{"one": {waiting!r}}}, environment={{}}) as pids:
    print(pids["one"], flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert runs(pid)
        starter.kill()
    until(lambda: not runs(pid))


def test_a_nursery_that_fails_names_its_log(tmp_path: Path) -> None:
    broken = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    (tmp_path / "duckdb.py").write_text("raise ImportError('no duckdb here')\n", encoding="utf-8")
    with (
        pytest.raises(StartFailed, match="cannot be imported"),
        hatched(tmp_path, {"one": ("keys",)}, environment=broken),
    ):
        raise AssertionError("nothing was started")
    assert "no duckdb here" in (tmp_path / LOG).read_text(encoding="utf-8")


def test_all_that_is_started_together_is_recorded(tmp_path: Path, waiting: tuple[str, ...]) -> None:
    specs = [ProcessSpec(name=name, arguments=waiting, port=0) for name in ("a", "b", "c")]
    started = start_missing(tmp_path, specs)
    try:
        assert [one.name for one in started] == ["a", "b", "c"]
        assert recorded(tmp_path) == started
        assert start_missing(tmp_path, specs) == started
    finally:
        for one in started:
            os.kill(one.pid, signal.SIGKILL)


def test_the_ports_of_a_city_differ() -> None:
    ports = free_ports(200)  # of 28,000: chosen one by one, half of the time two were the same
    assert len(set(ports)) == 200
