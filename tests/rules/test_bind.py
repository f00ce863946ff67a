"""Binding dates, figures and statements for one case."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mianzheng.model.facts import Type
from mianzheng.rules.bind import Bindings, Unbound, resolve
from mianzheng.rules.dates import OutsideCalendar
from mianzheng.rules.expression import Arithmetic, Cutoff, Fact, Form, Literal_, Node, Param, Shift, Today
from tests.rules.city import PARAMS


def bindings(as_of: date = date(2026, 11, 25)) -> Bindings:
    return Bindings(as_of=as_of, params=PARAMS, forms={"months": 3})


def number(value: int) -> Node:
    return Literal_(Type.INTEGER, value)


def test_a_figure_is_the_one_in_force_on_the_cases_date() -> None:
    assert resolve(Param("line"), bindings(date(2026, 7, 1))) == 1200
    assert resolve(Param("line"), bindings(date(2026, 6, 30))) == Decimal("1100.50")


@pytest.mark.parametrize("node", [Param("line"), Param("nowhere"), Fact("", "hukou", "age")])
def test_what_cannot_be_bound_is_an_error(node: Node) -> None:
    with pytest.raises(Unbound):
        resolve(node, bindings(date(2000, 1, 1)))


def test_dates_count_from_the_cases_date() -> None:
    assert resolve(Today(), bindings()) == date(2026, 11, 25)
    assert resolve(Shift(number(12), "months", -1), bindings()) == date(2025, 11, 25)
    assert resolve(Shift(Form("months"), "months", 1), bindings()) == date(2027, 2, 25)
    assert resolve(Cutoff(Param("retire"), "years"), bindings()) == date(1966, 11, 25)
    assert resolve(Cutoff(Arithmetic("+", Param("retire"), number(1)), "years"), bindings()) == date(1965, 11, 25)


def test_a_statement_left_out_has_no_value_and_neither_has_what_rests_on_it() -> None:
    assert resolve(Form("purpose"), bindings()) is None
    assert resolve(Arithmetic("+", Form("purpose"), number(1)), bindings()) is None
    assert resolve(Cutoff(Form("purpose"), "years"), bindings()) is None


def test_a_figure_of_a_wrong_kind_is_an_error_and_never_a_date() -> None:
    with pytest.raises(Unbound):
        resolve(Shift(Param("line"), "days", 1), bindings())
    with pytest.raises(OutsideCalendar):
        resolve(Cutoff(number(99999), "years"), bindings())
