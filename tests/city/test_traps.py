"""Dirty data: who is planted for each trap, and that nobody of them is wrongly granted or refused.

The product's own compiled questions run on the city's engines; the truth says what is lawful, and a person may always
be left to look where a source says nothing. `make traps` tries twenty people of each trap instead of one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache

import duckdb
import pytest

from mianzheng.city import trouble
from mianzheng.city.blocks import Block, Population
from mianzheng.city.people import Expected, find
from mianzheng.city.truth import TROUBLES, TRUTH
from mianzheng.model.evidence import Granted, Refused
from tests.city.conftest import TODAY, City, packs
from tests.city.product import Product
from tests.core_packs import core_catalogue

EACH = int(os.environ.get("MIANZHENG_TRAPS", "1"))
TRAPS = (*trouble.TRAPS, trouble.OF_THE_DEAD, *trouble.OF_BODIES, trouble.OF_HOMES)
NATURAL = "none"  # people beside the traps


@cache
def block() -> Block:
    return next(Population(4000, 3, TODAY).blocks())


@pytest.fixture(scope="module")
def product(city: City) -> Iterator[Product]:
    product = Product(city, core_catalogue())
    yield product
    product.close()


@pytest.mark.parametrize("trap", TRAPS)
def test_twenty_people_are_planted_for_each_trap(trap: str) -> None:
    assert sum(trap in traps for traps in block().troubles.values()) == trouble.EACH


def test_nobody_is_planted_twice() -> None:
    assert all(len(traps) == 1 for traps in block().troubles.values())


def test_numbers_given_before_the_eighteen_digits_and_under_other_codes_are_common() -> None:
    numbers = [person.number for person in block().residents]
    assert sum(number.startswith(("332621", "332602")) for number in numbers) > len(numbers) / 3
    assert sum(number.endswith("X") for number in numbers) > trouble.EACH


def traps_of(city: City) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with duckdb.connect(str(city.folder / TRUTH), read_only=True) as truth:
        for trap, subject in truth.execute(f"SELECT trap, subject FROM {TROUBLES} ORDER BY ALL").fetchall():
            found[subject] = (*found.get(subject, ()), trap)
    return found


def some_of_each(people: tuple[Expected, ...], traps: dict[str, tuple[str, ...]]) -> Iterator[Expected]:
    """Yield EACH people of each trap, in themselves or in whom they choose, and as many others."""
    seen: Counter[str] = Counter()
    for person in people:
        of_both = [trap for number in (person.resident, *person.choose.values()) for trap in traps.get(number, ())]
        here = of_both or [NATURAL]
        if any(seen[trap] < EACH for trap in here):
            seen.update(here)
            yield person


@pytest.mark.parametrize("name", sorted(packs().items))
def test_nobody_with_dirty_rows_is_wrongly_granted_or_refused(city: City, product: Product, name: str) -> None:
    found = find(city.folder, name, as_of=TODAY, dirty=True)
    tried = list(some_of_each(found.people, traps_of(city)))
    assert tried
    for person in tried:
        decision = product.decided(name, person.resident, TODAY, found.form, person.choose)
        if isinstance(decision, Granted):
            assert person.expect == "granted", (person, "wrongly granted")
        elif isinstance(decision, Refused):
            assert person.expect == "refused", (person, decision.reasons, "wrongly refused")
