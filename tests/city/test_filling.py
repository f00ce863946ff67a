"""Registers that are filled by queries: what lies in each engine is, in the source's own shape, what the truth says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import psycopg
import pytest

from mianzheng.city.build import POSTGRES, REGISTERS
from mianzheng.city.filling.draws import drawn, even, hashed
from mianzheng.city.filling.stored import fillable
from mianzheng.city.numbers import whole_id_number
from mianzheng.city.rulebook import Rulebook
from mianzheng.city.truth import TRUTH
from mianzheng.model.facts import Absence, FactCatalogue, Register
from mianzheng.model.population import Drawn, Population
from mianzheng.store import embedded
from tests.city.conftest import TODAY, build, packs

LABEL = {"zh": "一", "en": "a"}
FACT = {"label": LABEL, "sensitivity": "L3"}
CODES = {"1": "甲", "2": "乙", "9": "甲"}
FACTS = {
    "id_number": FACT | {"type": "string", "identifier": True},
    "grade": FACT | {"type": "enum", "values": ["甲", "乙"]},
    "word": FACT | {"type": "enum", "values": ["甲", "乙"]},
    "donor": FACT | {"type": "boolean"},
    "since": FACT | {"type": "date"},
    "until": FACT | {"type": "date"},
    "litres": FACT | {"type": "decimal"},
    "paid": FACT | {"type": "decimal"},
    "times": FACT | {"type": "integer"},
    "note": FACT | {"type": "string"},
}
COLUMNS = {
    "id_number": {"column": "id_number"},
    "grade": {"column": "grade", "codes": CODES, "code_type": "integer", "none_values": [0]},
    "word": {"column": "word", "encoding": "gbk"},
    "donor": {"column": "donor", "codes": {"Y": True, "N": False}},
    "since": {"column": "since", "form": "YYYYMMDD", "none_values": ["00000000", "99991231"]},
    "until": {"column": "until"},
    "litres": {"column": "litres"},
    "paid": {"column": "paid", "scale": 100},
    "times": {"column": "times"},
    "note": {"column": "note"},
}
KEY = {"column": "holder", "padded": 20, "old_numbers": True, "lower_x": True, "wide_x": True}
ENGINES = ("sqlite", "duckdb", "postgresql")


def register(engine: str) -> Register:
    source = {"table": "blood", "key": KEY, "columns": COLUMNS}
    stated = {"register": "blood", "name": LABEL, "department": "health", "key": "person", "rows": "one"}
    stated |= {"absence": "fault", "rhythm": LABEL, "mark_hours": 1, "deadline_hours": 1, "engine": engine}
    return msgspec.convert(stated | {"facts": FACTS, "source": source}, Register)


def rules(engine: str) -> Rulebook:
    facts = FactCatalogue(departments=packs().facts.departments, registers={"blood": register(engine)})
    return Rulebook(facts=facts, items={}, params={})


@pytest.fixture(scope="module", params=ENGINES)
def lying(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Any]]]:
    folder = tmp_path_factory.mktemp("filled") / "city"
    folder.parent.chmod(0o755)
    build(folder, rules(request.param), residents=1_000)
    yield folder, list(held(folder, request.param))
    if request.param == "postgresql":
        embedded.stop(folder / POSTGRES)


def held(folder: Path, engine: str) -> list[tuple[Any, ...]]:
    names = ", ".join(["holder", *COLUMNS])
    if engine == "postgresql":
        with psycopg.connect(embedded.start(folder / POSTGRES, REGISTERS)) as server:
            return list(server.execute(f"SELECT {names} FROM health.blood").fetchall())  # type: ignore[arg-type]
    if engine == "sqlite":
        with sqlite3.connect(folder / REGISTERS / "blood.sqlite") as file:
            return file.execute(f"SELECT {names} FROM blood").fetchall()
    with duckdb.connect(str(folder / REGISTERS / "blood.duckdb"), read_only=True) as database:
        return database.execute(f"SELECT {names} FROM blood").fetchall()


def test_each_row_says_in_its_own_shape_what_the_truth_says(lying: tuple[Path, list[Any]]) -> None:
    folder, rows = lying
    with duckdb.connect(str(folder / TRUTH), read_only=True) as truth:
        true = {row[0]: row[1:] for row in truth.execute(f"SELECT subject, {', '.join(FACTS)} FROM blood").fetchall()}
    assert len(rows) == len(true) > 900
    for holder, number, grade, word, donor, since, until, litres, paid, times, note in rows:
        whole = whole_id_number(holder.strip().replace("Ｘ", "X").replace("Ⅹ", "X"))
        told = (
            number,
            {1: "甲", 2: "乙"}.get(grade),
            None if word is None else bytes(word).decode("gbk"),
            None if donor is None else donor == "Y",
            None if since in (None, "00000000", "99991231") else date.fromisoformat(since),
            date.fromisoformat(until) if isinstance(until, str) else until,
            None if litres is None else Decimal(str(litres)),
            None if paid is None else Decimal(paid) / 100,
            times,
            note,
        )
        assert len(holder) == 20 and told == true[whole]


def test_numbers_come_in_every_form_that_the_key_allows_and_nothing_in_every_form_of_nothing(
    lying: tuple[Path, list[Any]],
) -> None:
    _, rows = lying
    ends = {row[0].strip()[-1] for row in rows}
    assert {"X", "x", "Ｘ", "Ⅹ"} <= ends
    assert {row[2] for row in rows} == {0, 1, 2, None}


def test_chances_are_even_and_independent_of_each_other_whatever_the_order() -> None:
    names = [even(f"r/fact{number}") for number in range(4)]
    hashes = f"SELECT {hashed('CAST(i AS VARCHAR)', 7)} AS h FROM range(20000) AS t(i)"
    means = [f"avg({name})" for name in names] + [f"corr({names[0]}, {name})" for name in names[1:]]
    found = duckdb.sql(f"SELECT {', '.join(means)} FROM ({hashes})").fetchall()[0]
    assert all(abs(mean - 0.5) < 0.01 for mean in found[:4]) and all(abs(one) < 0.03 for one in found[4:])


def test_a_population_says_how_many_have_rows_and_what_they_hold() -> None:
    said = Population(
        population="blood",
        per_mille=500,
        facts={
            "grade": Drawn(words={"甲": 0, "乙": 3}),
            "donor": Drawn(yes=100),
            "until": Drawn(days=(10, 20)),
            "times": Drawn(between=(3, 4)),
            "paid": Drawn(between=(7, 7)),
        },
    )
    open_ = msgspec.structs.replace(register("sqlite"), absence=Absence.CLOSED_HERE)
    subjects = (
        f"(SELECT CAST(i AS VARCHAR) AS subject, {hashed('CAST(i AS VARCHAR)', 7)} AS h FROM range(4000) AS t(i))"
    )
    rows = duckdb.sql(
        f"SELECT grade, donor, until, times, paid FROM ({drawn(open_, subjects, TODAY, said)})"
    ).fetchall()
    assert 1800 < len(rows) < 2200
    kinds = [{value for value in column if value is not None} for column in zip(*rows, strict=True)]
    days = {TODAY + timedelta(days=ahead) for ahead in range(10, 21)}
    assert kinds == [{"乙"}, {True}, days, {3, 4}, {Decimal(7)}]


def test_free_text_in_another_encoding_is_left_to_the_row_by_row_way() -> None:
    assert fillable(register("sqlite"))
    columns = COLUMNS | {"note": {"column": "note", "encoding": "gbk"}}
    stated = msgspec.to_builtins(register("sqlite")) | {"source": {"table": "blood", "key": KEY, "columns": columns}}
    assert not fillable(msgspec.convert(stated, Register))
