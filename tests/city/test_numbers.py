"""Numbers of people and bodies are valid, unique, and of the code their year had."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc

from mianzheng.city.numbers import SEQUENCES_PER_SEX, Sequences, SequencesUsedUp, id_number, old_id_number, uscc
from mianzheng.city.places import ORIGINS, first_code

BIRTHS = st.dates(date(1900, 1, 1), date(2026, 11, 25))


def test_the_worked_examples_of_the_standards_come_out() -> None:
    assert id_number("331082", date(1890, 3, 7), 1) == "331082189003070017"
    assert id_number("331082", date(1890, 3, 7), 2) == "331082189003070025"
    assert uscc("11", "331082", 1) == "11331082X00000019P"
    assert uscc("91", "331082", 2) == "91331082X00000027A"


@given(BIRTHS, st.booleans())
def test_a_number_of_the_city_is_valid_by_an_independent_check(birth: date, male: bool) -> None:
    number = Sequences().number(first_code(birth.year), birth, male=male)
    assert ric.is_valid(number)
    assert ric.get_birth_date(number) == birth
    assert (int(number[16]) % 2 == 1) is male


@given(BIRTHS, st.sampled_from([code for code, _ in ORIGINS]))
def test_numbers_of_people_from_elsewhere_are_valid_in_every_year(birth: date, place: str) -> None:
    assert ric.is_valid(id_number(place, birth, 3))


@given(st.sampled_from(["91", "92", "93", "12", "52"]), st.integers(0, 9_999_999))
def test_a_code_of_a_body_is_valid_by_an_independent_check(kind: str, serial: int) -> None:
    assert stdnum_uscc.is_valid(uscc(kind, "331082", serial))


def test_no_sequence_is_given_twice_and_none_marks_a_birth_before_1900() -> None:
    sequences = Sequences()
    day = date(1980, 5, 5)
    numbers = [sequences.number("332621", day, male=male) for male in (True, False) for _ in range(SEQUENCES_PER_SEX)]
    assert len(set(numbers)) == 2 * SEQUENCES_PER_SEX
    assert {number[14:17] for number in numbers}.isdisjoint({"996", "997", "998", "999"})
    with pytest.raises(SequencesUsedUp):
        sequences.number("332621", day, male=True)
    assert sequences.number("332621", day, male=True, elsewhere=("430321",)).startswith("430321")


@given(BIRTHS)
def test_an_old_number_exists_only_for_births_before_the_new_ones_came(birth: date) -> None:
    number = id_number(first_code(birth.year), birth, 5)
    old = old_id_number(number)
    assert (old is None) is (birth >= date(1999, 10, 1))
    if old is not None:
        assert len(old) == 15
        assert old[:6] + "19" + old[6:] == number[:17]


def test_the_first_day_of_the_new_numbers_has_no_old_one() -> None:
    day = date(1999, 10, 1)
    assert old_id_number(id_number("331082", day, 1)) is None
    assert old_id_number(id_number("331082", day - timedelta(days=1), 1)) is not None
