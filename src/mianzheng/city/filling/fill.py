"""Fills registers one after the other: rows drawn once, kept as truth, and handed to the writer of their engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb

from mianzheng.city.blocks import Block
from mianzheng.city.engines.columns import Writer, quoted
from mianzheng.city.engines.duckdb import CsvTable
from mianzheng.city.filling.draws import drawn, hashed
from mianzheng.city.filling.stored import stored
from mianzheng.city.layout import Layout
from mianzheng.city.sampler import stored_facts
from mianzheng.model.facts import Register
from mianzheng.model.population import Population

_DRAWN = "_drawn"


class Subjects:
    """The numbers of the natural population by the kind of key; they wait in files until registers are filled."""

    def __init__(self, scratch: Path, seed: int) -> None:
        """Collect for a city of this seed; `scratch` is a folder for files on their way."""
        self._seed = seed
        self._tables = {kind: CsvTable(scratch / f"{kind}.csv") for kind in ("person", "enterprise", "property")}

    def add(self, block: Block) -> None:
        """Take those of a block: its residents, bodies and homes."""
        self._tables["person"].write([person.number] for person in block.residents)
        self._tables["enterprise"].write([body.number] for body in block.bodies)
        self._tables["property"].write([home.unit_no] for home in block.homes)

    def load(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the tables `_of_person` … (subject, h), which last as long as the connection."""
        for kind, table in self._tables.items():
            connection.execute(f"CREATE TEMP TABLE _numbers_{kind} (subject VARCHAR)")
            table.load(connection, f"_numbers_{kind}")
            made = f"SELECT subject, {hashed('subject', self._seed)} AS h FROM _numbers_{kind}"
            connection.execute(f"CREATE TEMP TABLE _of_{kind} AS {made}")
            connection.execute(f"DROP TABLE _numbers_{kind}")


def fill(
    connection: duckdb.DuckDBPyConnection,
    registers: Iterable[Register],
    population: Mapping[str, Population],
    layouts: Mapping[str, Layout],
    writers: Mapping[str, Writer],
    today: date,
    scratch: Path,
) -> dict[str, int]:
    """Fill each register over the subjects loaded, truth in this database; return how many rows each was given."""
    counts: dict[str, int] = {}
    for register in registers:
        name = register.register
        connection.execute(
            f"CREATE TEMP TABLE {_DRAWN} AS {drawn(register, f'_of_{register.key}', today, population.get(name))}"
        )
        facts = ", ".join(["subject", *map(quoted, stored_facts(register))])
        connection.execute(f"INSERT INTO {quoted(name)} ({facts}) SELECT {facts} FROM {_DRAWN}")
        writers[name].fill(connection, stored(register, layouts[name], _DRAWN), scratch)
        counts[name] = int(connection.execute(f"SELECT count(*) FROM {_DRAWN}").fetchall()[0][0])
        connection.execute(f"DROP TABLE {_DRAWN}")
    return counts
