"""`mianzheng gateway connect`: a department's own database behind its registers, instead of the synthetic one.

1. A dump is read into a file of the city's folder (`dump`), or a URL names the database itself.
2. The packs' mapping is tried against it, without asking about anybody.
3. `DIR/run/connected.json` remembers it: `up` builds no synthetic rows for these registers, and in the demo whom they
   name is enrolled as a persona, for nobody of them lives in the synthetic city.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import text

from mianzheng.catalogue.load import load
from mianzheng.city.manifest import built_on
from mianzheng.cli.data import add_data_argument
from mianzheng.cli.documents import print_json
from mianzheng.cli.dump import DIALECTS, read_dump
from mianzheng.gateway.registers import RegisterDatabase, RegisterFault, Rows, Statement
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Register
from mianzheng.rules.sql.probe import Finding, probe
from mianzheng.settings import data_home, packs_folder, read_settings

CONNECTED = "run/connected.json"
FOLDER = "connected"
SECONDS = 30.0  # a look at a whole database may take longer than a question


class ConnectView(msgspec.Struct, frozen=True, kw_only=True):
    """What `gateway connect --json` prints: rows of each table of a dump, and every look at the mapping."""

    registers: dict[str, str]
    tables: dict[str, int]
    checks: tuple[Finding, ...]


def connected_of(data: Path) -> dict[str, str]:
    """Return the registers that lie in a database of the department's own, each with its URL."""
    try:
        return msgspec.json.decode((data / CONNECTED).read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}


def add_connect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `connect` to the commands of `gateway`."""
    parser = commands.add_parser("connect", help="put the department's own database behind its registers")
    parser.add_argument("--department", required=True, metavar="ID", help="whose registers")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--dump", metavar="FILE", help="an SQL dump, read into a file of the city's folder")
    where.add_argument("--url", metavar="URL", help="SQLAlchemy URL of the database, with a read-only user")
    parser.add_argument("--dialect", choices=DIALECTS, default="mysql", help="in which SQL the dump is written")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(parser)
    parser.set_defaults(func=_connect)


def _connect(args: argparse.Namespace) -> int:
    settings = read_settings()
    data = Path(args.data or settings.data or data_home(settings) / "demo").resolve()
    if built_on(data) is not None:
        raise WrongUse(f"the city in {data} is built already", hint="connect before the first `mianzheng up`")
    registers = _registers_of(packs_folder(settings), args.department)
    if args.url:
        view = _looked_at(registers, args.url, {})
    else:
        view = _of_dump(registers, args, data / FOLDER / f"{args.department}.sqlite")
    sound = all(found.ok for found in view.checks)
    if sound:
        _remember(data, view.registers)
    _print(view, as_json=args.json)
    if not sound:
        print(f"没有接入 nothing is connected: {data} is as it was", file=sys.stderr)
    return 0 if sound else 1


def _of_dump(registers: list[Register], args: argparse.Namespace, file: Path) -> ConnectView:
    """Read a dump beside `file`, and put it there only if the mapping fits; else no file or folder is left."""
    with _folder_for(file) as tried:
        tables = read_dump(Path(args.dump), tried, dialect=args.dialect)
        view = _looked_at(registers, f"sqlite:///{tried}", tables)
        if all(found.ok for found in view.checks):
            tried.replace(file)
    return msgspec.structs.replace(view, registers={one.register: f"sqlite:///{file}" for one in registers})


@contextmanager
def _folder_for(file: Path) -> Iterator[Path]:
    """Yield where to try a database before it lies at `file`; the folders made for it go again if nothing does."""
    made = [folder for folder in file.parents if not folder.exists()]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tried = file.with_suffix(".tried")
    try:
        yield tried
    finally:
        tried.unlink(missing_ok=True)
        for folder in made if not file.exists() else ():
            folder.rmdir()


def _looked_at(registers: list[Register], url: str, tables: Mapping[str, int]) -> ConnectView:
    checks = tuple(found for register in registers for found in _look(register, url))
    return ConnectView(registers={one.register: url for one in registers}, tables=dict(tables), checks=checks)


def _registers_of(packs: Path, department: str) -> list[Register]:
    facts = load(packs).facts
    found = [one for one in facts.registers.values() if one.department == department]
    if not found:
        known = ", ".join(sorted({one.department for one in facts.registers.values()}))
        raise WrongUse(f"the packs have no register of {department}", hint=f"one of: {known}")
    return found


def _look(register: Register, url: str) -> tuple[Finding, ...]:
    """Try the mapping without asking about anybody."""
    database = RegisterDatabase(register.register, url, pool=1, seconds=SECONDS)

    def run(sql: str, values: Mapping[str, object]) -> Rows:
        (result,) = database.run([Statement(text(sql), values)])
        if isinstance(result, RegisterFault):
            raise result
        return result

    try:
        return probe(register, database.dialect, run)
    finally:
        database.close()


def _remember(data: Path, registers: Mapping[str, str]) -> None:
    path = data / CONNECTED
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode({**connected_of(data), **registers}))
    path.chmod(0o600)  # a URL may hold a password


def _print(view: ConnectView, *, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    for name, rows in view.tables.items():
        print(f"{name}: {rows} rows")
    for found in view.checks:
        if not found.ok:
            print(f"{found.register} {found.subject}: {found.message} ({found.hint})")
    faults = sum(1 for found in view.checks if not found.ok)
    print(f"{', '.join(view.registers)}: {len(view.checks) - faults} checks hold, {faults} do not")
