"""`mianzheng city`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mianzheng.cli.main import main
from tests.city.conftest import RESIDENTS, SEED, TODAY, City


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


def test_building_again_into_a_city_keeps_it(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["city", "build", "--residents", str(RESIDENTS), "--seed", str(SEED), "--into", str(city.folder)]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bodies"] == city.manifest.bodies


def test_building_into_a_broken_off_city_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "truth.duckdb").touch()
    assert main(["city", "build", "--residents", "10", "--into", str(tmp_path)]) == 2
    assert "broken off" in capsys.readouterr().err
