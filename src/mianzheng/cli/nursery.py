"""Many processes of a city started at once, from one that has imported what they need.

Importing SQLAlchemy, Litestar, sqlglot and DuckDB costs a processor more than a second: twenty processes would each
pay it. The nursery pays it once and forks; each child then runs its own command as if it had been typed: a session,
a log and a name in `ps` of its own, killed and started again by itself. Only code and packs are shared, and a child
uses a packs tree that was read here only when its own files have the same content; keys, settings and databases are
read after the fork.

1. Imports, then writes `ready`.
2. Reads the commands and packs, forks, writes the process ids.
3. Reads `keep` and ends. Anything else, its starter's death too, and it ends the children again.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from mianzheng.catalogue.kept import kept
from mianzheng.cli.main import main
from mianzheng.model.errors import MianzhengError

PRELOADED = (
    "mianzheng.cli.gateway",
    "mianzheng.cli.hub",
    "mianzheng.web.app",
    "mianzheng.web.worker",
    "mianzheng.web.auditor",
    "mianzheng.window.app",
    "mianzheng.cli.device",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.lifespan.on",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "duckdb_engine",
)
MODULE = "mianzheng.cli.nursery"
FEWEST = 3  # fewer processes start sooner each by itself
LOG = "starting.log"
READY, KEEP = b"ready\n", b"keep\n"
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
Command = tuple[str, ...]  # the words after `mianzheng`


class StartFailed(MianzhengError):
    """A process of the city ended or did not answer while starting."""

    code = "start-failed"


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the nursery is told once it is ready; the commands by the names of their processes."""

    logs: str
    commands: dict[str, Command]
    packs: tuple[str, ...] = ()


def can_fork() -> bool:
    """Tell whether a process that has imported much may fork: macOS forbids it to libraries of its own."""
    return sys.platform == "linux"


@contextmanager
def hatched(
    logs: Path, commands: Mapping[str, Command], *, environment: Mapping[str, str], packs: Sequence[Path] = ()
) -> Iterator[dict[str, int]]:
    """Start every command and yield the process ids by name; an error inside the block ends them all again.

    `logs`: the folder in which each appends to `NAME.log`; `environment`: variables beside ours; `packs`: trees that
    they will read.
    `StartFailed` when the nursery itself fails.
    """
    with (logs / LOG).open("ab") as log:
        nursery = subprocess.Popen(
            [sys.executable, "-m", MODULE, max((" ".join(words) for words in commands.values()), key=len)],
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us: we tell the nursery what becomes of its children
        )
    told = False
    assert nursery.stdin is not None and nursery.stdout is not None
    try:
        if nursery.stdout.readline() != READY:
            raise StartFailed("what the processes of a city need cannot be imported", hint=f"see {logs / LOG}")
        told = True
        told_all = _Told(logs=str(logs), commands=dict(commands), packs=tuple(map(str, packs)))
        _write(nursery.stdin, msgspec.json.encode(told_all) + b"\n")
        yield _pids(nursery.stdout, logs)
        _write(nursery.stdin, KEEP)
    finally:
        if not told:
            nursery.kill()  # nothing is forked yet
        nursery.stdin.close()
        nursery.stdout.close()
        nursery.wait()


def _write(pipe: IO[bytes], words: bytes) -> None:
    pipe.write(words)
    pipe.flush()


def _pids(pipe: IO[bytes], logs: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(pipe.readline(), type=dict[str, int])
    except msgspec.DecodeError:
        raise StartFailed("the processes of the city could not be started", hint=f"see {logs / LOG}") from None


def tend() -> int:
    """Be the nursery, and in each child the command; return the exit status."""
    gc.disable()
    for name in PRELOADED:
        importlib.import_module(name)
    os.write(1, READY)
    told = msgspec.json.decode(sys.stdin.buffer.readline(), type=_Told)
    for packs in told.packs:
        with suppress(MianzhengError):  # whoever needs that tree reads it again, and says what is wrong
            kept(Path(packs))
    gc.freeze()  # what is imported and read stays: children look for garbage among their own objects only
    gc.enable()
    pids: dict[str, int] = {}
    for name, words in told.commands.items():
        pids[name] = os.fork()
        if not pids[name]:
            return _become(Path(told.logs) / f"{name}.log", words)
    os.write(1, msgspec.json.encode(pids) + b"\n")
    if sys.stdin.buffer.readline() == KEEP:
        return 0
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)  # our own children: nobody else has these ids before we end
    return 1


def _become(log: Path, words: Command) -> int:
    os.setsid()
    nothing, writing = os.open(os.devnull, os.O_RDONLY), os.open(log, APPEND, 0o600)
    for here, there in ((nothing, 0), (writing, 1), (writing, 2)):
        os.dup2(here, there)
    os.close(nothing)
    os.close(writing)
    _show_as((sys.executable, "-m", "mianzheng", *words))
    sys.argv = ["mianzheng", *words]
    return main(words)


def _show_as(words: Command) -> None:
    """Let `ps` show these words as this process's command, as far as the nursery's own leave room for them."""
    numbers = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    begin, end = int(numbers[45]), int(numbers[46])  # fields 48 and 49 of proc(5): where the arguments lie
    if 0 < begin < end:
        text = "\0".join(words).encode()[: end - begin - 1]
        ctypes.memmove(begin, text.ljust(end - begin, b"\0"), end - begin)


if __name__ == "__main__":
    sys.exit(tend())
