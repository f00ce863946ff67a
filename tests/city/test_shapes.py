"""What lies in the departments' own tables, in their own shapes, is the truth.

The reader here is written apart from the city's writers and from the product's SQL.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import psycopg
import pytest

from mianzheng.city import trouble
from mianzheng.city.build import REGISTERS
from mianzheng.city.engines.postgresql import reader_of, schema_of
from mianzheng.city.layout import NotStorable, layout_of
from mianzheng.city.sampler import stored_facts
from mianzheng.city.truth import TRUTH
from mianzheng.model.facts import Register, Type
from tests.city.conftest import RESIDENTS, City, packs, troubled

NAMES = sorted(packs().facts.registers)
MANY = 1500  # rows in which every form of a number stands somewhere


def raw_rows(city: City, register: Register) -> list[dict[str, Any]]:
    table = register.source.table
    file = city.folder / REGISTERS / f"{register.register}.{register.engine}"
    if register.engine == "sqlite":
        with sqlite3.connect(file) as connection:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
    if register.engine == "duckdb":
        with duckdb.connect(str(file), read_only=True) as connection:
            result = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    with psycopg.connect(city.postgres) as server:
        schema = schema_of(register.department)
        found = server.execute(f'SELECT * FROM "{schema}"."{table}"'.encode())
        assert found.description is not None
        names = [column.name for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]


def whole_number(text: str) -> str:
    """Return the canonical number of a person or body in any form a source holds."""
    text = text.strip().upper().replace("Ｘ", "X").replace("Ⅹ", "X")
    if len(text) != 15 or not text.isdigit():
        return text
    body = text[:6] + "19" + text[6:]
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def decoded(register: Register, name: str, raw: Any) -> Any:
    """Return the fact's value that a stored value stands for."""
    column, fact = register.source.columns[name], register.facts[name]
    if isinstance(raw, bytes):
        raw = raw.decode(column.encoding)
    if raw is None or raw in column.none_values:
        return None
    if column.codes:
        return column.codes[str(raw)]
    if fact.type is Type.DATE and isinstance(raw, str):
        digits = "".join(sign for sign in raw if sign.isdigit())
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if fact.type is Type.BOOLEAN:
        return bool(raw)
    if fact.type is Type.DECIMAL:
        return Decimal(str(raw)) / column.scale
    return raw


def comparable(value: Any) -> Any:
    return value.normalize() if isinstance(value, Decimal) else value


def truth_rows(city: City, register: Register) -> Iterator[tuple[Any, ...]]:
    names = stored_facts(register)
    columns = ", ".join(["subject", *(f'"{name}"' for name in names)])
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as connection:
        for row in connection.execute(f'SELECT {columns} FROM "{register.register}"').fetchall():
            yield tuple(map(comparable, row))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_department_holds_decodes_to_the_truth(city: City, name: str) -> None:
    register = city.rules.facts.registers[name]
    names, key = stored_facts(register), register.source.key.column
    spoilt = troubled(city, "unknown_code", "no_date")
    stored = Counter(
        (whole_number(raw[key]), *(comparable(decoded(register, fact, raw[_column(register, fact)])) for fact in names))
        for raw in raw_rows(city, register)
        if whole_number(raw[key]) not in spoilt
    )
    assert stored == Counter(row for row in truth_rows(city, register) if row[0] not in spoilt)
    assert stored.total() > city.manifest.rows[name] / 2 > 0


def _column(register: Register, fact: str) -> str:
    return register.source.columns[fact].column


@pytest.fixture(scope="module")
def keys_held(city: City) -> dict[str, list[str]]:
    registers = city.rules.facts.registers
    return {name: [raw[registers[name].source.key.column] for raw in raw_rows(city, registers[name])] for name in NAMES}


def test_some_rows_keep_old_numbers_lower_x_and_padding(city: City, keys_held: dict[str, list[str]]) -> None:
    for name, stored in keys_held.items():
        key = city.rules.facts.registers[name].source.key
        old = any(is_old(number) for number in stored)
        wide = any(is_wide(number) for number in stored)
        assert key.wide_x or not wide, name
        small = any(is_small(number) for number in stored)
        if len(stored) >= MANY or old:
            assert old is key.old_numbers, name
        if len(stored) >= MANY or small:
            assert small is key.lower_x, name
        if key.padded:
            assert {len(number) for number in stored} == {key.padded}


def is_old(number: str) -> bool:
    return len(number.strip()) == 15


def is_small(number: str) -> bool:
    return number.strip().endswith("x")


def is_wide(number: str) -> bool:
    return number.strip()[-1:] in ("Ｘ", "Ⅹ")


@pytest.mark.parametrize("form", [is_old, is_small, is_wide], ids=["fifteen digits", "small x", "wide X"])
def test_as_many_people_as_of_a_trap_stand_somewhere_under_each_other_form_of_their_number(
    keys_held: dict[str, list[str]], form: Callable[[str], bool]
) -> None:
    people = {whole_number(number) for stored in keys_held.values() for number in stored if form(number)}
    assert len(people) >= trouble.EACH * RESIDENTS / 2500  # twenty, in a city in which each trap has twenty


def linked_numbers(city: City, register: Register, link: str) -> Iterator[tuple[str, str | None]]:
    key = register.source.key.column
    for raw in raw_rows(city, register):
        number = raw[register.links[link].key.column]
        yield whole_number(raw[key]), None if number is None else whole_number(number)


PLANTED = {  # links that no generator fills: of people planted from the examples of items that are not of the core
    ("martyr_family", "serviceman"),
    ("student", "attends"),
    ("tobacco_licence", "holder"),
}


@pytest.mark.parametrize("name", [name for name in NAMES if packs().facts.registers[name].links])
def test_a_link_column_holds_the_number_of_whom_the_truth_links(city: City, name: str) -> None:
    register, nameless = city.rules.facts.registers[name], troubled(city, trouble.OF_HOMES)
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as connection:
        for link in register.links:
            truth = connection.execute(f'SELECT subject, "{link}" FROM "{name}"').fetchall()
            held = Counter(one for one in linked_numbers(city, register, link) if one[0] not in nameless)
            assert held == Counter(one for one in truth if one[0] not in nameless)
            assert (name, link) in PLANTED or any(number is not None for _, number in truth)


def test_an_owner_of_an_old_deed_stands_in_the_land_register_by_name_alone(city: City) -> None:
    register = city.rules.facts.registers["title"]
    key, link = register.source.key.column, register.links["owners"]
    old = [raw for raw in raw_rows(city, register) if raw[key] in troubled(city, trouble.OF_HOMES)]
    assert old and all(raw[link.key.column] is None and raw[link.name] for raw in old)


def test_text_outside_unicode_columns_is_stored_in_its_own_bytes(city: City) -> None:
    gbk = [
        (register, column.column)
        for register in city.rules.facts.registers.values()
        for column in register.source.columns.values()
        if column.encoding == "gbk"
    ]
    assert gbk
    for register, column in gbk:
        values = {raw[column] for raw in raw_rows(city, register)} - {None}
        assert all(isinstance(value, bytes) for value in values)


def test_what_means_no_value_stands_in_some_rows_and_null_in_others(city: City) -> None:
    register = city.rules.facts.registers["hukou"]
    stored = Counter(raw["qrrq"] for raw in raw_rows(city, register))
    assert stored["00000000"] > stored[None] > 0


def test_a_word_without_a_code_is_refused_when_written() -> None:
    layout = layout_of(packs().facts.registers["hukou"])
    with pytest.raises(NotStorable, match=r"hukou\.sex has no code for '女'"):
        layout.encode("331082199003070013", {"sex": "女"}, 0)


def test_the_gateways_reader_reads_its_own_departments_columns_and_nothing_else(city: City) -> None:
    url = city.postgres.replace("postgres:@", f"{reader_of('education')}:@")
    with psycopg.connect(url, autocommit=True) as reader:
        assert reader.execute("SELECT count(id_number) FROM student").fetchone() != (0,)
        assert reader.execute("SHOW statement_timeout").fetchone() == ("5s",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SELECT count(gmsfhm) FROM public_security.t_hjrk")
        with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
            reader.execute("DELETE FROM student")
