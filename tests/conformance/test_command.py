"""The command over a small running city: what it prints, and that it finds what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.city_wide.few_departments import ITEM, PACKS, copy_packs
from tests.city_wide.running_city import RunningCity, running_city
from tests.city_wide.typed import at

pytestmark = pytest.mark.process
COUNTS = {
    "cases": int,
    "as_expected": int,
    "completed": int,
    "automatic": int,
    "signed": int,
    "waited": int,
    "visits": int,
    "documents_replaced": int,
    "documents_carried": int,
    "questions": int,
    "superfluous": int,
    "unneeded_afterwards": float,
    "milliseconds_p50": float,
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    packs = copy_packs(tmp_path_factory.mktemp("packs"))
    kinship = "public-security/registers/kinship.yaml"  # avoidance 回避 asks it before an officer takes a case
    shutil.copy(PACKS / kinship, packs / kinship)
    with running_city(residents=400, packs=str(packs)) as city:
        yield city


@pytest.fixture(scope="module")
def document(small: RunningCity) -> Any:
    done = at(small, "conformance", "--data", str(small.data), "--json")
    assert done.status == 0, done.err
    return done.json()


def test_every_case_comes_to_what_the_truth_says_and_ends(document: Any) -> None:
    (line,) = document["items"]
    assert (line["item"], line["department"]) == (ITEM, "civil-affairs")
    assert line["cases"] == line["as_expected"] == line["completed"] >= 6
    assert line["automatic"] + line["signed"] == line["completed"] and line["signed"] > 0 and line["waited"] > 0


def test_nothing_is_carried_and_no_question_is_superfluous(document: Any) -> None:
    totals = document["totals"]
    assert (totals["documents_carried"], totals["visits"], totals["superfluous"]) == (0, 0, 0)
    assert totals["documents_replaced"] == 4 * totals["cases"]


def test_the_document_has_these_members_and_no_others(document: Any) -> None:
    assert document.keys() == {"items", "departments", "totals"}
    (line,) = document["items"]
    assert {name: type(value) for name, value in line.items()} == COUNTS | {"item": str, "department": str}
    (department,) = document["departments"]
    assert department == {name: value for name, value in line.items() if name != "item"} | {"items": 1}
    assert {name: type(value) for name, value in document["totals"].items()} == COUNTS | {
        "items": int,
        "departments": int,
    }


def test_every_case_ends_while_gateways_go_away_and_come_back(small: RunningCity) -> None:
    done = at(small, "conformance", "--data", str(small.data), "--faults", "--seed", "3", "--json")
    assert done.status == 0, done.err
    totals = done.json()["totals"]
    assert totals["cases"] == totals["as_expected"] == totals["completed"] >= 6


def test_what_differs_is_named_with_case_item_and_person(small: RunningCity) -> None:
    """The truth is told that everybody is old; the registers still say who is."""
    truth: Path = small.data / "truth.duckdb"
    with duckdb.connect(str(truth)) as connection:
        connection.execute("UPDATE hukou SET birth_date = DATE '1936-01-01'")
    done = at(small, "conformance", "--data", str(small.data), "--item", ITEM)
    assert done.status == 1
    assert f"{ITEM} c" in done.err and "the truth says granted" in done.err


def test_an_unknown_item_is_wrong_use(small: RunningCity) -> None:
    done = at(small, "conformance", "--data", str(small.data), "--item", "no-such-item")
    assert done.status == 2 and "no published item no-such-item" in done.err
