"""The truth of the city: `DIR/truth.duckdb`, a table for each register under catalogue names, in clean form.

Columns are `subject`, the facts that the register stores and, under its name, the number each link's column
holds; where a link leads nowhere its `where` says so. `_people` names the residents and bodies that can apply,
`_troubles` who stands in the registers as no textbook has it, `_planted` who stands for which role of which example.
Only `city people` and the oracle read it; no gateway or hub does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from mianzheng.city.dirt import Spoilt
from mianzheng.city.engines.columns import quoted
from mianzheng.city.engines.duckdb import CsvTable
from mianzheng.city.rows import Row, link_fields
from mianzheng.city.sampler import stored_facts
from mianzheng.model.facts import Register, Type

TRUTH = "truth.duckdb"
PEOPLE = "_people"
TROUBLES = "_troubles"
PLANTED = "_planted"
MEMORY = "2GB"
_TYPES = {Type.BOOLEAN: "BOOLEAN", Type.INTEGER: "BIGINT", Type.DECIMAL: "DECIMAL(18, 4)", Type.DATE: "DATE"}


class Truth:
    """Collects rows of truth and writes them at the end."""

    def __init__(self, path: Path, registers: Sequence[Register], scratch: Path) -> None:
        """Collect for `path`; `scratch` is a folder for files on their way."""
        self._path = path
        self._registers = {register.register: register for register in registers}
        self._tables = {name: CsvTable(scratch / f"{name}.truth.csv") for name in self._registers}
        self._fields = {
            name: (*stored_facts(register), *link_fields(register).values())
            for name, register in self._registers.items()
        }
        self._people = CsvTable(scratch / f"{PEOPLE}.csv")
        self._troubles = CsvTable(scratch / f"{TROUBLES}.csv")
        self._planted = CsvTable(scratch / f"{PLANTED}.csv")

    def write(self, register: str, rows: Iterable[Row]) -> None:
        """Append rows of one register."""
        names = self._fields[register]
        self._tables[register].write([subject, *(_true(facts.get(name)) for name in names)] for subject, facts in rows)

    def write_people(self, people: Iterable[tuple[str, str, str]]) -> None:
        """Append (number, name, kind); kind is person or enterprise."""
        self._people.write(people)

    def write_troubles(self, troubles: Iterable[tuple[str, str]]) -> None:
        """Append (trap, number)."""
        self._troubles.write(troubles)

    def write_planted(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Append (item, example, role, number)."""
        self._planted.write(rows)

    @contextmanager
    def written(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Write the database, and yield its connection for what is filled by queries; it is closed afterwards."""
        with duckdb.connect(str(self._path), config={"memory_limit": MEMORY}) as connection:
            create_tables(connection, self._registers.values())
            self._people.load(connection, PEOPLE)
            self._troubles.load(connection, TROUBLES)
            self._planted.load(connection, PLANTED)
            for name, table in self._tables.items():
                table.load(connection, quoted(name))
            yield connection


def _true(value: object) -> object:
    return value.true if isinstance(value, Spoilt) else value


def create_tables(connection: duckdb.DuckDBPyConnection, registers: Iterable[Register]) -> None:
    """Make the empty tables of the truth."""
    connection.execute(f"CREATE TABLE {PEOPLE} (resident VARCHAR, name VARCHAR, kind VARCHAR)")
    connection.execute(f"CREATE TABLE {TROUBLES} (trap VARCHAR, subject VARCHAR)")
    connection.execute(f"CREATE TABLE {PLANTED} (item VARCHAR, example VARCHAR, role VARCHAR, subject VARCHAR)")
    create_registers(connection, registers)


def create_registers(connection: duckdb.DuckDBPyConnection, registers: Iterable[Register]) -> None:
    """Make the empty tables of registers."""
    for register in registers:
        columns = [
            f"{quoted(name)} {_TYPES.get(register.facts[name].type, 'VARCHAR')}" for name in stored_facts(register)
        ]
        columns += [f"{quoted(link)} VARCHAR" for link in register.links]
        connection.execute(f"CREATE TABLE {quoted(register.register)} ({', '.join(['subject VARCHAR', *columns])})")
