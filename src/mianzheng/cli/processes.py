"""The processes of a running city: started detached, recorded in `run/processes.json`, ended by `down`.

A process is known by pid *and* time of birth, so that a pid used again by something else is
never taken for ours. Ports are chosen once and kept, so that a restarted gateway is found
where the hub looks for it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil

from mianzheng.cli.nursery import APPEND, FEWEST, StartFailed, can_fork, hatched
from mianzheng.model.errors import WrongUse

RECORD = "run/processes.json"
_NO_VARIABLES: Mapping[str, str] = {}


class ProcessSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What to run: arguments after `mianzheng`; `port` 0 for a process that serves nothing."""

    name: str
    arguments: tuple[str, ...]
    port: int


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A started process; `born` is its creation time, seconds since the epoch."""

    name: str
    pid: int
    port: int
    born: float


def alive(process: Running) -> bool:
    """Tell whether this very process still runs."""
    try:
        found = psutil.Process(process.pid)
        return bool(abs(found.create_time() - process.born) < 1 and found.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def recorded(data: Path) -> tuple[Running, ...]:
    """Return the processes recorded for a city, dead ones included."""
    try:
        return msgspec.json.decode((data / RECORD).read_bytes(), type=tuple[Running, ...])
    except FileNotFoundError:
        return ()
    except msgspec.DecodeError as error:
        raise WrongUse(f"{data / RECORD} is damaged: {error}", hint="end its processes by hand and remove it") from None


def start_missing(
    data: Path, specs: Sequence[ProcessSpec], *, timeout: float = 60.0, environment: Mapping[str, str] = _NO_VARIABLES
) -> tuple[Running, ...]:
    """Start each process that does not run, wait until all answer, record and return them.

    `environment`: variables they are given beside ours.
    """
    known = {process.name: process for process in recorded(data) if alive(process)}
    processes = _start_those(data, specs, known, environment)
    deadline = time.monotonic() + timeout
    for spec in specs:
        if spec.name in known and not _answers(data, processes[spec.name], deadline):
            processes[spec.name] = _start(data, spec, environment)  # it was dying while we looked
            _record(data, tuple(processes.values()))
        _wait(data, processes[spec.name], deadline)
    return tuple(processes.values())


def end_all(data: Path, *, patience: float = 10.0) -> tuple[str, ...]:
    """End the recorded processes, politely and then by force; return the names of those that ran."""
    running = [process for process in recorded(data) if alive(process)]
    found = [psutil.Process(process.pid) for process in running]
    for process in found:
        _signal(process, force=False)
    _, stubborn = psutil.wait_procs(found, timeout=patience)
    for process in stubborn:
        _signal(process, force=True)
    psutil.wait_procs(stubborn, timeout=patience)
    return tuple(process.name for process in running)


def free_port(wanted: int = 0) -> int:
    """Return a port of the loopback interface that nobody uses now: the wanted one, if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> tuple[int, ...]:
    """Return so many different ports of the loopback interface that nobody uses now: all are held until the last."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return tuple(probe.getsockname()[1] for probe in probes)


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the city's lock: two `up` at once would start everything twice."""
    (data / "run").mkdir(parents=True, exist_ok=True)
    with (data / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_those(
    data: Path, specs: Sequence[ProcessSpec], known: Mapping[str, Running], environment: Mapping[str, str]
) -> dict[str, Running]:
    """Start and record what is not known to run: many from a nursery, few each by itself; return all, in order."""
    missing = {spec.name: spec for spec in specs if spec.name not in known}
    logs = data / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    if len(missing) < FEWEST or not can_fork():
        started = {name: _start(data, spec, environment) for name, spec in missing.items()}
        return _recorded_in_order(data, specs, {**known, **started})
    packs = [*sorted(data.glob("gateways/*/packs"))[:1], *data.glob("hub/packs")]  # each gateway has the same
    commands = {name: spec.arguments for name, spec in missing.items()}
    with hatched(logs, commands, environment=environment, packs=packs) as pids:
        started = {name: _running(spec, pids[name]) for name, spec in missing.items()}
        return _recorded_in_order(data, specs, {**known, **started})


def _recorded_in_order(data: Path, specs: Sequence[ProcessSpec], running: Mapping[str, Running]) -> dict[str, Running]:
    processes = {spec.name: running[spec.name] for spec in specs}
    _record(data, tuple(processes.values()))
    return processes


def _running(spec: ProcessSpec, pid: int) -> Running:
    return Running(name=spec.name, pid=pid, port=spec.port, born=psutil.Process(pid).create_time())


def _start(data: Path, spec: ProcessSpec, environment: Mapping[str, str]) -> Running:
    log = str(data / "logs" / f"{spec.name}.log")
    # not subprocess.Popen: the process shall outlive us, and an object that warns about that has no owner
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "mianzheng", *spec.arguments],
        os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return _running(spec, pid)


def _wait(data: Path, process: Running, deadline: float) -> None:
    if not _answers(data, process, deadline):
        tail = (data / "logs" / f"{process.name}.log").read_text(errors="replace").strip().splitlines()
        raise StartFailed(
            f"{process.name} ended{_how(process)} while starting: {tail[-1] if tail else 'no output'}",
            hint=f"see {data / 'logs' / process.name}.log",
        )


def _answers(data: Path, process: Running, deadline: float) -> bool:
    """Wait until a process answers; False when it ended instead, `StartFailed` when it does neither."""
    while not _healthy(process):
        if not alive(process):
            return False
        if time.monotonic() > deadline:
            raise StartFailed(f"{process.name} does not answer", hint=f"see {data / 'logs' / process.name}.log")
        time.sleep(0.05)
    return True


def _how(process: Running) -> str:
    """Return how a child of ours ended: " by signal 9", " with status 2"; "" for another's child."""
    try:
        ended, status = os.waitpid(process.pid, os.WNOHANG)
    except ChildProcessError:
        return ""
    code = os.waitstatus_to_exitcode(status) if ended else 0
    return f" by signal {-code}" if code < 0 else f" with status {code}"


def _healthy(process: Running) -> bool:
    if not process.port:
        return alive(process)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _record(data: Path, processes: Sequence[Running]) -> None:
    path = data / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(processes))
    fresh.replace(path)


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        process.kill() if force else process.terminate()
    except psutil.NoSuchProcess:
        return  # it ended by itself, which is what we want
