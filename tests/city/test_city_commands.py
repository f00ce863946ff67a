"""`mianzheng city`, as typed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mianzheng.city import trouble
from mianzheng.city.people import find_people
from mianzheng.cli.main import main
from mianzheng.credentials.keys import KeyFolder, PrivateKey
from mianzheng.gateway.grants import pseudonym
from mianzheng.gateway.schema import SCHEMA
from mianzheng.gateway.vault import Vault
from mianzheng.model.item import Item
from tests.city.conftest import RESIDENTS, SEED, TODAY, City, troubled
from tests.core_packs import core_packs


def test_people_prints_one_json_document(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["city", "people", "--data", str(city.folder), "--item", "old-age-allowance", "--expect", "granted"]
    assert main([*words, "--today", str(TODAY), "--limit", "2", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["people"]) == 2
    assert {person["expect"] for person in printed["people"]} == {"granted"}
    assert set(printed["people"][0]) == {"resident", "name", "expect", "choose"}


def test_form_values_are_read_in_the_types_of_their_fields(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["city", "people", "--data", str(city.folder), "--item", "hs-public-rental", "--today", str(TODAY)]
    assert main([*words, "--form", "household_size=2", "--limit", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["form"] == {"household_size": 2}


def test_a_table_names_the_form_it_holds_for(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["city", "people", "--data", str(city.folder), "--item", "hs-public-rental", "--today", str(TODAY)]
    assert main([*words, "--limit", "1"]) == 0
    assert "--form household_size=1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--expect", "granted"], "speak of an item"),
        (["--item", "no-such"], "no item no-such"),
        (["--item", "hs-public-rental", "--form", "household_size"], "--form household_size=3"),
    ],
)
def test_wrong_use_is_exit_2(city: City, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["city", "people", "--data", str(city.folder), *words]) == 2
    assert said in capsys.readouterr().err


def test_whoever_has_dirty_rows_is_listed_under_their_trap_and_not_with_the_others(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "city",
        "people",
        "--data",
        str(city.folder),
        "--item",
        "old-age-allowance",
        "--today",
        str(TODAY),
        "--json",
    ]
    planted = troubled(city, *trouble.TRAPS)
    assert main(words) == 0
    assert {one["resident"] for one in json.loads(capsys.readouterr().out)["people"]}.isdisjoint(planted)
    assert main([*words, "--trap", "no_key"]) == 0
    widows = json.loads(capsys.readouterr().out)["people"]
    assert {one["resident"] for one in widows} == troubled(city, "no_key")
    assert "granted" in {one["expect"] for one in widows}


def test_building_again_into_a_city_keeps_it(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["city", "build", "--residents", str(RESIDENTS), "--seed", str(SEED), "--into", str(city.folder)]
    assert main([*words, "--packs", str(core_packs()), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bodies"] == city.manifest.bodies


def test_building_into_a_broken_off_city_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "truth.duckdb").touch()
    assert main(["city", "build", "--residents", "10", "--into", str(tmp_path)]) == 2
    assert "broken off" in capsys.readouterr().err


def test_whom_this_city_granted_it_already_is_not_listed_as_to_be_granted(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    item = city.rules.items["old-age-allowance"]
    people = find_people(city.folder, item.item, "granted", as_of=TODAY, limit=3)
    granted_to(tmp_path, item, people[0].resident)
    for part in ("truth.duckdb", "rulebook.json", "personas"):
        (tmp_path / part).symlink_to(city.folder / part)
    words = ["city", "people", "--data", str(tmp_path), "--item", item.item, "--expect", "granted"]
    assert main([*words, "--today", str(TODAY), "--limit", "2", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [one["resident"] for one in printed["people"]] == [one.resident for one in people[1:]]


def granted_to(data: Path, item: Item, number: str) -> None:
    """Keep in a gateway's own state that it granted this item to somebody."""
    folder = data / "gateways" / item.department
    (folder / "keys").mkdir(mode=0o700, parents=True)
    PrivateKey.generate().to_file(folder / "keys" / "log.jwk.json")
    config = {"party": f"gateway-{item.department}", "department": item.department, "hub": "hub", "port": 1}
    (folder / "gateway.json").write_text(json.dumps(config))
    benefit = pseudonym(Vault(KeyFolder(folder / "keys").load("log")), item.item, number)
    with closing(sqlite3.connect(folder / "state.sqlite")) as state, state:
        state.executescript(SCHEMA)
        state.execute("INSERT INTO decisions VALUES ('c', 'granted', x'', x'', 1, NULL, 1)")
        state.execute("INSERT INTO grants VALUES (?, 'c', NULL, NULL)", (benefit,))
