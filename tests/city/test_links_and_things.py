"""Examples with links in cells, with vehicles and projects, and with people whom a body's register leads to, become
people of the city: with each item somebody is granted and somebody refused, whom nobody but their plan made so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import pytest

from mianzheng.catalogue.load import load
from mianzheng.city.people import find_people
from mianzheng.city.rulebook import Rulebook, rulebook_of
from mianzheng.city.truth import TRUTH
from tests.city.conftest import TODAY, build

ITEMS = ("car-check", "project-driver", "mother-check", "uncle-check", "parents-check")


@cache
def rules() -> Rulebook:
    return rulebook_of(load(Path(__file__).parent / "packs_things"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("things") / "city"
    build(into, rules(), residents=60)
    return into


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("expect", ["granted", "refused"])
def test_the_examples_of_linked_things_and_people_have_somebody_in_the_city(
    folder: Path, item: str, expect: str
) -> None:
    assert find_people(folder, item, expect, rules=rules(), as_of=TODAY)  # type: ignore[arg-type]


def test_a_project_s_number_is_of_its_kind_and_its_own_register_knows_it(folder: Path) -> None:
    with duckdb.connect(str(folder / TRUTH), read_only=True) as truth:
        numbers = truth.execute(
            "SELECT DISTINCT o.projects FROM project_owner AS o JOIN project_file AS f ON f.subject = o.projects"
        ).fetchall()
    assert numbers and all(len(number) == 24 and number[4:12] == "-331082-" for (number,) in numbers)


def test_a_body_s_staff_are_not_who_runs_it(folder: Path) -> None:
    with duckdb.connect(str(folder / TRUTH), read_only=True) as truth:
        rows = truth.execute("SELECT staff FROM insured_staff WHERE staff IS NOT NULL").fetchall()
        names = truth.execute("SELECT resident FROM _people WHERE kind = 'person'").fetchall()
    assert rows and set(rows) <= set(names)


def test_the_truth_names_who_stands_for_which_role_of_which_example(folder: Path) -> None:
    with duckdb.connect(str(folder / TRUTH), read_only=True) as truth:
        acting = truth.execute(
            "SELECT subject FROM _planted WHERE (item, example, role) = ('project-driver', 'approved', 'enterprise')"
        ).fetchall()
        project = truth.execute("SELECT subject FROM _planted WHERE role = 'project'").fetchall()
        bodies = "SELECT subject FROM _planted WHERE role = 'enterprise'"
        assert not truth.execute(f"{bodies} AND subject NOT IN (SELECT resident FROM _people)").fetchall()
    granted = find_people(folder, "project-driver", "granted", rules=rules(), as_of=TODAY)
    assert acting and {number for (number,) in acting} <= {one.resident for one in granted}
    assert all(number[4:12] == "-331082-" for (number,) in project)


@pytest.mark.parametrize("seed", [1, 2, 3])  # the sex of those whom a plan tells none of is chance
def test_the_second_of_two_parents_does_not_take_the_first_one_s_place(tmp_path: Path, seed: int) -> None:
    build(tmp_path / "city", rules(), residents=120, seed=seed)
    with duckdb.connect(str(tmp_path / "city" / TRUTH), read_only=True) as truth:
        parents = truth.execute(
            """SELECT c.subject, count(DISTINCT k.parents) FROM _planted AS c
            LEFT JOIN kinship AS k ON k.subject = c.subject AND k.relation = '父母'
            WHERE (c.item, c.role) = ('parents-check', 'child') GROUP BY c.subject"""
        ).fetchall()
    assert len(parents) > 2 and {many for _, many in parents} == {2}
