"""Building: equal parameters give equal registers; folders with something else in them are refused."""

from __future__ import annotations

import sqlite3
import stat
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import msgspec
import pytest
from stdnum.cn import ric, uscc

from mianzheng.city.build import REGISTERS
from mianzheng.city.personas import ENROLMENT, Personas, persona_jwk, persona_key
from mianzheng.city.rulebook import Rulebook
from mianzheng.city.truth import TRUTH
from mianzheng.credentials.keys import BadKey, thumbprint
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.facts import Fact, Register, Sensitivity, Source, Type
from mianzheng.model.text import Text
from tests.city.conftest import RESIDENTS, City, build, keyless, packs, troubled, without_postgres


def truth_digest(folder: Path) -> str:
    digest = sha256()
    with duckdb.connect(str(folder / TRUTH), read_only=True) as connection:
        for (table,) in sorted(connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()):
            for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY ALL').fetchall():
                digest.update(repr((table, row)).encode())
    return digest.hexdigest()


def sqlite_rows(folder: Path, register: str) -> list[tuple[object, ...]]:
    table = packs().facts.registers[register].source.table
    with sqlite3.connect(folder / REGISTERS / f"{register}.sqlite") as connection:
        return connection.execute(f'SELECT * FROM "{table}"').fetchall()


def test_equal_parameters_give_equal_registers_in_however_many_processes_and_other_seeds_others(tmp_path: Path) -> None:
    rules, made = without_postgres(packs()), {}
    for name, seed, processes in (("a", 1, 1), ("b", 1, 2), ("c", 2, 1)):
        made[name] = build(tmp_path / name, rules, residents=200, seed=seed, processes=processes)
    assert made["a"] == made["b"] and sum(made["a"].rows.values()) > 1000
    assert truth_digest(tmp_path / "a") == truth_digest(tmp_path / "b") != truth_digest(tmp_path / "c")
    for register in ("hukou", "social_assistance"):
        assert sqlite_rows(tmp_path / "a", register) == sqlite_rows(tmp_path / "b", register)


def test_a_city_of_the_same_parameters_is_kept_and_of_others_refused(tmp_path: Path) -> None:
    rules = without_postgres(packs())
    first = build(tmp_path, rules, residents=50)
    secret = (tmp_path / "personas").read_bytes()
    assert build(tmp_path, rules, residents=50) == first
    assert (tmp_path / "personas").read_bytes() == secret
    with pytest.raises(WrongUse, match=r"another city: residents 50 instead of 60 .*empty folder"):
        build(tmp_path, rules, residents=60)
    with pytest.raises(WrongUse, match="today"):
        build(tmp_path, rules, residents=50, today=date(2027, 1, 1))


def test_a_build_that_was_broken_off_is_named(tmp_path: Path) -> None:
    (tmp_path / REGISTERS).mkdir()
    with pytest.raises(WrongUse, match=r"holds registers and no finished city .*broken off"):
        build(tmp_path, packs(), residents=50)


def test_an_engine_that_the_city_does_not_run_is_named(tmp_path: Path) -> None:
    rules = without_postgres(packs())
    registers = {**rules.facts.registers, "student": _moved(rules.facts.registers["student"], "mysql")}
    facts = msgspec.structs.replace(rules.facts, registers=registers)
    with pytest.raises(WrongUse, match="no mysql for register student"):
        build(tmp_path, msgspec.structs.replace(rules, facts=facts), residents=50)


def _moved(register: Register, engine: str) -> Register:
    return msgspec.convert({**msgspec.to_builtins(register), "engine": engine}, Register)


def test_a_city_without_residents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="1 or more"):
        build(tmp_path, packs(), residents=0)


def test_a_register_that_nobody_wrote_code_for_is_filled_from_its_types(tmp_path: Path) -> None:
    build(tmp_path, _with_new_register(), residents=60)
    with duckdb.connect(str(tmp_path / TRUTH), read_only=True) as connection:
        rows = connection.execute("SELECT subject, id_number, level, since, amount FROM blood_donation").fetchall()
    assert len(rows) > 5
    assert all(subject == number for subject, number, *_ in rows)
    assert {level for _, _, level, *_ in rows} <= {"金奖", "银奖", None}
    assert any(amount is not None for *_, amount in rows)


def _with_new_register() -> Rulebook:
    rules = without_postgres(packs())
    types = {"id_number": Type.STRING, "level": Type.ENUM, "since": Type.DATE, "amount": Type.DECIMAL}
    facts = {
        name: Fact(
            label=Text(name, name),
            type=type_,
            sensitivity=Sensitivity.L3,
            values=("金奖", "银奖") if type_ is Type.ENUM else (),
            identifier=name == "id_number",
        )
        for name, type_ in types.items()
    }
    known = rules.facts.registers["disability"]
    columns = {name: {"column": name} for name in facts}
    source = msgspec.convert({"table": "blood", "key": {"column": "id"}, "columns": columns}, Source)
    new = msgspec.structs.replace(known, register="blood_donation", facts=facts, source=source)
    registers = {**rules.facts.registers, "blood_donation": new}
    return msgspec.structs.replace(rules, facts=msgspec.structs.replace(rules.facts, registers=registers))


def test_every_resident_and_body_is_enrolled_with_the_key_that_its_persona_has(city: City) -> None:
    personas = Personas.read(city.folder / "personas")
    enrolled: dict[str, str] = {}
    for department, count in (("public-security", personas.residents), ("market-regulation", personas.bodies)):
        with sqlite3.connect(city.folder / ENROLMENT / f"{department}.sqlite") as connection:
            rows = connection.execute("SELECT number, name, thumbprint, kind, level FROM enrolled").fetchall()
        keyed = [row for row in rows if row[3] != "none"]
        assert len(keyed) == count > 0
        assert {(kind, level) for *_, kind, level in keyed} == {("software", 3)}
        assert all(name for _, name, *_ in rows)
        enrolled |= {number: mark for number, _, mark, *_ in keyed}
        bare = {number: row for number, *row in rows if row[2] == "none"}  # of them the authority has a name alone
        assert set(bare) == (troubled(city, "no_key") if department == "public-security" else set())
        assert all((mark, level) == ("", 0) for _, mark, _, level in bare.values())
    for number in sorted(enrolled)[::200]:
        assert thumbprint(persona_jwk(personas.secret, number)) == enrolled[number]
        assert personas.key_of(number).kid == enrolled[number]


def test_residents_are_as_many_as_asked_for_and_have_valid_numbers(city: City) -> None:
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as connection:
        people = connection.execute("SELECT resident, name, kind FROM _people").fetchall()
    residents = [number for number, _, kind in people if kind == "person"]
    bodies = [number for number, _, kind in people if kind == "enterprise"]
    assert len(set(residents)) == len(residents) == RESIDENTS - keyless(city)
    elsewhere = troubled(
        city, "identity_number_of_hongkong", "foreigner"
    )  # whose code the checker's list of places lacks
    assert all(ric.is_valid(number) for number in residents if number not in elsewhere)
    assert len(set(bodies)) == len(bodies) == city.manifest.bodies
    assert all(uscc.is_valid(number) for number in bodies)


def test_the_personas_are_for_their_owner_only(city: City, tmp_path: Path) -> None:
    path = city.folder / "personas"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret" not in repr(Personas.read(path))
    open_to_all = tmp_path / "personas"
    open_to_all.write_bytes(path.read_bytes())
    open_to_all.chmod(0o644)
    with pytest.raises(BadKey, match="open to others"):
        Personas.read(open_to_all)
    with pytest.raises(NotFound, match="no city"):
        Personas.read(tmp_path / "nothing" / "personas")


def test_a_personas_key_follows_from_secret_and_number_alone() -> None:
    secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert persona_key(secret, "331082199003070013").kid == persona_key(secret, "331082199003070013").kid
    assert persona_key(secret, "331082199003070013").kid != persona_key(secret, "331082199003070021").kid
