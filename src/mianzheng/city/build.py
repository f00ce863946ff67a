"""Builds a city: blocks of people, their rows in every register, the truth, the personas.

1. What was planned from the items' examples is planted first, then the natural population fills
   the city up to the number of residents asked for.
2. Block by block each register's rows go, clean, into the truth, and in the source's own shape into
   its engine. Registers without a generator are filled whole at the end (`city/filling`).
3. Equal parameters and packs give equal registers; only the personas' secret is drawn anew.
4. A large city is built by a few processes: each makes all people, and writes its own registers (`city/shares`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

import duckdb
import msgspec
import psycopg

from mianzheng.catalogue.side_by_side import Child, forked
from mianzheng.city.blocks import BLOCK_SIZE, Block, Population
from mianzheng.city.dirt import dirtied
from mianzheng.city.engines.columns import Writer, quoted
from mianzheng.city.engines.duckdb import DuckdbWriter
from mianzheng.city.engines.postgresql import PostgresqlWriter, prepare_department
from mianzheng.city.engines.sqlite import SqliteWriter
from mianzheng.city.filling.fill import Subjects, fill
from mianzheng.city.filling.stored import fillable
from mianzheng.city.layout import Layout, layout_of
from mianzheng.city.manifest import MANIFEST, Manifest, known_city, refuse_foreign
from mianzheng.city.personas import ENROLMENT, PERSONAS, Enrolment, Personas, new_secret, write_personas
from mianzheng.city.plans import Part, plans_of
from mianzheng.city.planting import bent, chosen, planted_block
from mianzheng.city.registers import GENERATORS
from mianzheng.city.rows import Row
from mianzheng.city.rulebook import RULEBOOK, Rulebook, write_rulebook
from mianzheng.city.sampler import completed, sampled_rows, stored_facts
from mianzheng.city.shares import shares
from mianzheng.city.truth import TRUTH, Truth, create_registers
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.facts import FactCatalogue, Register

REGISTERS = "registers"  # folder of SQLite and DuckDB files, and name of the PostgreSQL database
POSTGRES = "postgres"
ENGINES = ("postgresql", "sqlite", "duckdb")
SCRATCH = ".building"


class BuildFailed(MianzhengError):
    """A city was not finished."""

    code = "build-failed"


def build_city(
    rules: Rulebook,
    *,
    residents: int,
    seed: int,
    today: date,
    into: Path,
    start_postgres: Callable[[Path, str], str],
    progress: Callable[[str], None],
    elsewhere: Collection[str] = (),
    processes: int = 1,
) -> Manifest:
    """Build the city in the folder `into`, or return the one that is there if it has the same parameters.

    `processes`: how many build it; more than one only where no thread runs. Registers named in `elsewhere` lie in a
    department's own database: nothing is written for them. `start_postgres(folder, database)` starts the embedded
    server and returns a superuser's URL. `WrongUse` when the folder holds something else, or the packs name an engine
    that the city does not run; `BuildFailed` when a process broke off.
    """
    if residents < 1:
        raise WrongUse(f"a city of {residents} residents", hint="--residents is 1 or more")
    wanted = Manifest(residents=residents, seed=seed, today=today, packs=b64(hashlib.sha256(canonical(rules)).digest()))
    found = known_city(into, wanted)
    if found is not None:
        return found
    refuse_engines(rules.facts)
    refuse_foreign(into, (REGISTERS, POSTGRES, TRUTH, ENROLMENT, RULEBOOK, PERSONAS, SCRATCH))
    scratch = into / SCRATCH
    scratch.mkdir(parents=True)
    (into / REGISTERS).mkdir()
    every = [rules.facts.registers[name] for name in sorted(rules.facts.registers)]
    lead, *rest = shares([register for register in every if register.register not in elsewhere], processes)
    empty = [register for register in every if register.register in elsewhere]
    helpers = [
        _Helper(forked(lambda own: _built(rules, wanted, into, own[0], own[1]), (own, scratch / str(number))), own)
        for number, own in enumerate(rest, 1)
    ]
    with ExitStack() as stack:
        building = _Building(rules, wanted, into, scratch, stack, lead, start_postgres, progress)
        finished = building.run(helpers, empty)
    shutil.rmtree(scratch)
    write_rulebook(into, rules)
    (into / MANIFEST).write_bytes(canonical(finished))
    return finished


class _Helper(NamedTuple):
    """Another process that builds, and the registers that it writes."""

    child: Child
    registers: list[Register]

    def take_over(self, connection: duckdb.DuckDBPyConnection, scratch: Path) -> dict[str, int]:
        """Wait for it, take over its truth, and return how many rows it wrote; `BuildFailed` when it broke off."""
        rows = self.child.brought()
        if rows is None:
            raise BuildFailed("a process that built registers broke off", hint="remove the folder and build again")
        connection.execute(f"ATTACH '{str(scratch / TRUTH).replace(chr(39), chr(39) * 2)}' AS helper (READ_ONLY)")
        for register in self.registers:
            name = quoted(register.register)
            connection.execute(f"CREATE TABLE {name} AS FROM helper.{name}")
        connection.execute("DETACH helper")
        return dict(rows)


def _built(rules: Rulebook, wanted: Manifest, into: Path, registers: list[Register], scratch: Path) -> dict[str, int]:
    """Write some registers and their truth, as one process of several; return how many rows each was given."""
    scratch.mkdir()
    with ExitStack() as stack:
        building = _Building(rules, wanted, into, scratch, stack, registers)
        return building.run_beside()


class _Building:
    """One process's share of the work; without a server to start it is a helper, which writes registers and no more."""

    def __init__(
        self,
        rules: Rulebook,
        wanted: Manifest,
        into: Path,
        scratch: Path,
        stack: ExitStack,
        registers: list[Register],
        start_postgres: Callable[[Path, str], str] | None = None,
        progress: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._facts = rules.facts
        self._population = rules.population
        self._plans = plans_of(rules.items.values(), rules.facts, wanted.today)
        self._wanted = wanted
        self._into = into
        self._progress = progress
        self._scratch = scratch
        self._leads = start_postgres is not None
        self._registers = registers
        self._stored = {register.register: stored_facts(register) for register in self._registers}
        self._layouts = {register.register: layout_of(register) for register in self._registers}
        self._writers = open_writers(self._facts, self._layouts, into, scratch, stack, start_postgres)
        self._truth = Truth((into if self._leads else scratch) / TRUTH, registers, scratch)
        self._secret = new_secret()
        self._enrolments = self._open_enrolments() if self._leads else {}
        self._rows = dict.fromkeys(self._layouts, 0)
        self._filled = [one for one in self._registers if one.register not in GENERATORS and fillable(one)]
        self._subjects = Subjects(scratch, wanted.seed)
        self._counts = {"person": 0, "enterprise": 0}

    def run(self, helpers: Sequence[_Helper], empty: Sequence[Register]) -> Manifest:
        """Build all but what helpers write, take over their truth; `empty`: registers of which nothing is written."""
        planted = self._write_all()
        self._progress("truth, registers filled whole, indexes")
        with self._filled_truth() as connection:
            create_registers(connection, empty)
            for number, helper in enumerate(helpers, 1):
                self._rows |= helper.take_over(connection, self._scratch / str(number))
        for enrolment in self._enrolments.values():
            enrolment.close()
        residents, bodies = self._counts["person"], self._counts["enterprise"]
        write_personas(self._into, Personas(secret=self._secret, residents=residents, bodies=bodies))
        rows = {name: self._rows[name] for name in sorted(self._rows)}
        return msgspec.structs.replace(self._wanted, bodies=bodies, planted=planted, rows=rows)

    def run_beside(self) -> dict[str, int]:
        """Write these registers and their truth beside others; return how many rows each was given."""
        self._write_all()
        with self._filled_truth():
            return self._rows

    def _write_all(self) -> int:
        """Write the rows of every block; return how many plans were planted."""
        wanted = self._wanted
        population = Population(wanted.residents, wanted.seed, wanted.today)
        plans = chosen(self._plans, wanted.residents)
        if plans:
            planted = planted_block(population, plans, -1)
            population.residents -= len(planted.block.residents)
            self._write(planted.block, planted.parts, self._registers)
            if self._leads:
                self._truth.write_planted(planted.rows)
        one_by_one = [one for one in self._registers if one not in self._filled]
        for block in population.blocks():
            self._write(block, {}, one_by_one)
            self._write_added(block)
            self._subjects.add(block)
            done = min((block.index + 1) * BLOCK_SIZE, population.residents)
            self._progress(f"{done:,} of {population.residents:,} residents")
        return len(plans)

    @contextmanager
    def _filled_truth(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Write the truth, fill what has no generator, close the registers; yield the truth's connection."""
        with self._truth.written() as connection:
            self._subjects.load(connection)
            counts = fill(
                connection,
                self._filled,
                self._population,
                self._layouts,
                self._writers,
                self._wanted.today,
                self._scratch,
            )
            for name, count in counts.items():
                self._rows[name] += count
            for writer in self._writers.values():
                writer.close()
            yield connection

    def _write(self, block: Block, parts: Mapping[str, Part], registers: Sequence[Register]) -> None:
        if self._leads:
            self._write_people(block)
        for register in registers:
            self._put(register, list(self._rows_of(register, block, parts)))

    def _write_added(self, block: Block) -> None:
        """Write the rows that traps add to the registers that are filled whole."""
        for register in self._filled:
            rng = Random(f"{self._wanted.seed}/{register.register}/{block.index}")
            rows = dirtied(iter(()), register, block.troubles, rng, self._wanted.today)
            names = self._stored[register.register]
            self._put(register, [completed(register, names, row, rng, self._wanted.today) for row in rows])

    def _put(self, register: Register, rows: Sequence[Row]) -> None:
        self._truth.write(register.register, rows)
        layout, start = self._layouts[register.register], self._rows[register.register]
        self._writers[register.register].write(
            [layout.encode(subject, facts, start + place) for place, (subject, facts) in enumerate(rows)]
        )
        self._rows[register.register] += len(rows)

    def _write_people(self, block: Block) -> None:
        self._truth.write_troubles((trap, number) for number, traps in block.troubles.items() for trap in sorted(traps))
        keyless = {number for number, traps in block.troubles.items() if "no_key" in traps}
        people = [(person.number, person.name) for person in block.residents if person.number not in keyless]
        self._enrol("person", people)
        if "person" in self._enrolments:
            bare = [(person.number, person.name) for person in block.residents if person.number in keyless]
            self._enrolments["person"].enrol_keyless(bare)
        self._enrol("enterprise", [(body.number, body.name) for body in block.bodies if body.active])

    def _rows_of(self, register: Register, block: Block, parts: Mapping[str, Part]) -> Iterator[Row]:
        today = self._wanted.today
        rng = Random(f"{self._wanted.seed}/{register.register}/{block.index}")
        generator = GENERATORS.get(register.register)
        rows = generator(block, rng, today) if generator else sampled_rows(register, block, rng, today)
        names = self._stored[register.register]
        rows = (completed(register, names, row, rng, today) for row in rows)
        if block.troubles:
            rows = dirtied(rows, register, block.troubles, rng, today)
            rows = (completed(register, names, row, rng, today) for row in rows)
        return bent(rows, register, parts, rng, today) if parts else rows

    def _enrol(self, kind: str, people: list[tuple[str, str]]) -> None:
        self._counts[kind] += len(people)
        self._truth.write_people((number, name, kind) for number, name in people)
        if kind in self._enrolments:
            self._enrolments[kind].enrol(people)

    def _open_enrolments(self) -> dict[str, Enrolment]:
        folder = self._into / ENROLMENT
        return {
            department.authority: Enrolment(folder, department.department, self._secret)
            for department in self._facts.departments.values()
            if department.authority is not None
        }


def open_writers(
    facts: FactCatalogue,
    layouts: Mapping[str, Layout],
    into: Path,
    scratch: Path,
    stack: ExitStack,
    start_postgres: Callable[[Path, str], str] | None,
) -> dict[str, Writer]:
    """Return a writer for each register; the PostgreSQL server is started only if a register lies in it."""
    connection: psycopg.Connection | None = None
    prepared: set[str] = set()
    writers: dict[str, Writer] = {}
    for name, layout in layouts.items():
        engine = facts.registers[name].engine
        if engine == "postgresql":
            if connection is None:
                assert start_postgres is not None  # `shares` gives a helper none of these registers
                url = start_postgres(into / POSTGRES, REGISTERS)
                connection = stack.enter_context(psycopg.connect(url))
                connection.execute("SET synchronous_commit = off")
            if layout.department not in prepared:
                prepare_department(connection, layout.department)
                prepared.add(layout.department)
            writers[name] = PostgresqlWriter(connection, layout)
        elif engine == "sqlite":
            writers[name] = SqliteWriter(into / REGISTERS / f"{name}.sqlite", layout)
        else:
            writers[name] = DuckdbWriter(into / REGISTERS / f"{name}.duckdb", layout, scratch)
    return writers


def refuse_engines(facts: FactCatalogue) -> None:
    """Raise `WrongUse` when a register names an engine that the city does not run."""
    for name, register in facts.registers.items():
        if register.engine not in ENGINES:
            raise WrongUse(
                f"the city has no {register.engine} for register {name}",
                hint=f"write engine: {', '.join(ENGINES)}; a real gateway is given a URL of any engine",
            )
