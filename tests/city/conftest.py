"""One small city for all tests of it: 1,500 residents of a fixed day, on all three engines."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import msgspec
import pytest

from mianzheng.city.build import POSTGRES, build_city
from mianzheng.city.manifest import Manifest
from mianzheng.city.rulebook import Rulebook, rulebook_of
from mianzheng.city.truth import TROUBLES, TRUTH
from mianzheng.store import embedded
from tests.core_packs import core_catalogue

TODAY = date(2026, 11, 25)
RESIDENTS = 1500
SEED = 7


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A built city: its folder, the rules it was built with, its running server's URL."""

    folder: Path
    rules: Rulebook
    manifest: Manifest
    postgres: str


@cache
def packs() -> Rulebook:
    """Return the rules of the core of this repository's packs."""
    return rulebook_of(core_catalogue())


def silent(text: str) -> None:
    """Take progress and say nothing."""


def build(
    into: Path,
    rules: Rulebook,
    *,
    residents: int = RESIDENTS,
    seed: int = SEED,
    today: date = TODAY,
    processes: int = 1,
) -> Manifest:
    """Build a city with the tests' parameters unless told otherwise."""
    return build_city(
        rules,
        residents=residents,
        seed=seed,
        today=today,
        into=into,
        start_postgres=embedded.start,
        progress=silent,
        processes=processes,
    )


def without_postgres(rules: Rulebook) -> Rulebook:
    """Return the rules with every PostgreSQL register moved to SQLite, which needs no server."""
    registers = {
        name: msgspec.structs.replace(register, engine="sqlite") if register.engine == "postgresql" else register
        for name, register in rules.facts.registers.items()
    }
    return msgspec.structs.replace(rules, facts=msgspec.structs.replace(rules.facts, registers=registers))


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """Give the small city; its server ends with the session."""
    root = Path(tempfile.mkdtemp(prefix="mianzheng-city-"))
    folder = root / "city"
    manifest = build(folder, packs())
    yield City(folder=folder, rules=packs(), manifest=manifest, postgres=embedded.start(folder / POSTGRES, "registers"))
    embedded.stop(folder / POSTGRES)
    shutil.rmtree(root, ignore_errors=True)


def troubled(city: City, *traps: str) -> set[str]:
    """Return the numbers of those planted for any of these traps."""
    marks = ", ".join("?" * len(traps))
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as truth:
        rows = truth.execute(f"SELECT subject FROM {TROUBLES} WHERE trap IN ({marks})", traps).fetchall()
    return {number for (number,) in rows}


def keyless(city: City) -> int:
    """Return how many residents have no key, and so are not among those who can apply by themselves."""
    return len(troubled(city, "no_key"))
