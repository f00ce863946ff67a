"""The corpus of everyday queries names items that there are, in words that are not the catalogue's."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from mianzheng.catalogue.yaml import read

HERE = Path(__file__).parent
PACKS = HERE.parents[1] / "packs"


@pytest.fixture(scope="module")
def corpus() -> list[dict[str, Any]]:
    """Return the queries as written: what is said, the right items, the half, and whether none is right."""
    path = HERE / "everyday_queries.yaml"
    document, faults = read(path.read_text(encoding="utf-8"), path.name)
    assert document is not None and not faults
    assert isinstance(document.value, list)
    return document.value


def departments() -> dict[str, str]:
    """Return the department of every item; a file of an item is called as the item."""
    return {file.stem: file.parents[1].name for file in PACKS.glob("*/items/*.yaml")}


def test_every_item_that_is_a_right_answer_is_in_the_catalogue(corpus: list[dict[str, Any]]) -> None:
    known = departments()
    assert [(one["said"], item) for one in corpus for item in one["items"] if item not in known] == []


def test_a_query_has_right_items_or_says_that_there_are_none(corpus: list[dict[str, Any]]) -> None:
    assert [one["said"] for one in corpus if bool(one["items"]) == one.get("nothing", False)] == []
    assert [one["said"] for one in corpus if len(set(one["items"])) != len(one["items"])] == []


def test_no_query_is_there_twice_and_the_halves_take_turns(corpus: list[dict[str, Any]]) -> None:
    assert len({one["said"] for one in corpus}) == len(corpus)
    assert all(one["half"] == half for one, half in zip(corpus, cycle("ab"), strict=False))


def test_people_ask_every_department_for_something(corpus: list[dict[str, Any]]) -> None:
    known = departments()
    assert {known[item] for one in corpus for item in one["items"]} == set(known.values())


def test_no_query_is_the_official_name_of_an_item(corpus: list[dict[str, Any]]) -> None:
    said = {f"name: {{zh: {one['said']}," for one in corpus}
    names = [line.strip() for file in PACKS.glob("*/items/*.yaml") for line in file.read_text("utf-8").splitlines()[:6]]
    assert [name for name in names if name.startswith(tuple(said))] == []
