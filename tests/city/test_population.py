"""Families, bodies and work of the population agree with each other and look like a county city's."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache

from stdnum.cn import ric

from mianzheng.city.blocks import Block, Population
from mianzheng.city.calendar import add_years, years_between
from mianzheng.city.marriages import LEAST_AGE
from mianzheng.city.registers.population import marital_status
from mianzheng.city.work import retire_due

TODAY = date(2026, 11, 25)


@cache
def block() -> Block:
    return next(Population(2500, 3, TODAY, troubled=False).blocks())


def test_every_number_is_valid_says_birth_and_sex_and_is_nobody_elses() -> None:
    numbers = [person.number for person in block().people]
    assert len(set(numbers)) == len(numbers)
    for person in block().people:
        assert ric.is_valid(person.number)
        assert ric.get_birth_date(person.number) == person.birth
        assert (int(person.number[16]) % 2 == 1) is person.male


def test_both_spouses_know_the_same_marriage_and_were_old_enough() -> None:
    for person in block().people:
        for marriage in person.marriages:
            assert marriage in marriage.other(person).marriages
            assert marriage.husband.male and not marriage.wife.male
            for spouse in (marriage.husband, marriage.wife):
                assert years_between(spouse.birth, marriage.registered_on) >= LEAST_AGE[spouse.male]


def test_nobody_is_married_twice_at_one_time() -> None:
    for person in block().people:
        for first, second in zip(person.marriages, person.marriages[1:], strict=False):
            assert first.divorced_on is not None
            assert first.divorced_on < second.registered_on


def test_spouses_have_one_marital_status_between_them() -> None:
    for person in block().residents:
        if person.spouse is not None and person.spouse.resident:
            assert marital_status(person) in ("初婚", "再婚")
            assert marital_status(person.spouse) in ("初婚", "再婚")
            assert person.spouse.spouse is person


def test_children_are_their_parents_and_were_born_when_these_could_have_them() -> None:
    children = [person for person in block().people if person.mother is not None]
    assert len(children) > 600
    for child in children:
        assert child.mother is not None and child.father is not None
        assert child in child.mother.children and child in child.father.children
        assert 19 <= years_between(child.mother.birth, child.birth) <= 43
        assert child.surname == child.father.surname
        died = child.father.died_on
        assert died is None or child.birth <= died + timedelta(days=280)


def test_nearly_every_child_has_parents_here() -> None:
    minors = [person for person in block().residents if person.age < 18]
    assert sum(person.mother is not None for person in minors) > 0.75 * len(minors)


def test_everyone_alive_and_here_lives_in_one_household() -> None:
    members = [member for household in block().households for member in household.members]
    assert Counter(map(id, members)).most_common(1)[0][1] == 1
    assert {id(person) for person in block().residents} == {id(person) for person in members}


def test_employers_exist_and_their_staff_is_theirs() -> None:
    for body in block().bodies:
        assert body.person in block().people
        assert years_between(body.person.birth, body.established_on) >= 18
        for person in body.staff:
            assert person.work is not None and person.work.employer is body
            assert person.work.since is not None and person.work.since >= body.established_on


def test_the_ages_are_those_of_an_ageing_county() -> None:
    ages = [person.age for person in block().residents]
    assert 0.22 < sum(age >= 60 for age in ages) / len(ages) < 0.32
    assert 0.11 < sum(age < 15 for age in ages) / len(ages) < 0.18
    local = sum(person.local for person in block().residents) / len(ages)
    assert 0.84 < local < 0.94


def test_the_gradual_retirement_rule_is_that_of_the_decision() -> None:
    assert retire_due(date(1964, 12, 31), 60) == date(2024, 12, 31)
    assert retire_due(date(1965, 1, 15), 60) == date(2025, 2, 15)
    assert retire_due(date(1965, 5, 15), 60) == date(2025, 7, 15)
    assert retire_due(date(1975, 1, 15), 50) == date(2025, 2, 15)
    assert retire_due(date(1985, 6, 1), 50) == add_years(date(1985, 6, 1), 55)


def test_equal_seeds_give_equal_people_and_others_others() -> None:
    again = next(Population(2500, 3, TODAY, troubled=False).blocks())
    other = next(Population(2500, 4, TODAY, troubled=False).blocks())
    assert [person.number for person in again.people] == [person.number for person in block().people]
    assert [person.name for person in again.people] == [person.name for person in block().people]
    assert [person.number for person in other.people] != [person.number for person in block().people]
