"""Names by which one of several linked people is chosen: compared without the ways sources write them."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.model.evidence import Status
from mianzheng.model.facts import Absence, KeyColumn, Link, Type
from mianzheng.model.text import Text
from mianzheng.rules.expression import Linked
from mianzheng.rules.leads import Lead, full_number, reach
from mianzheng.rules.question import Question
from mianzheng.rules.sql.parameters import Number, number_form
from tests.rules.registers import a_register

NUMBER = "331082201801010012"
LINK = Link(label=Text("子女", "children"), to="person", key=KeyColumn(column="c"))
QUESTION = Question(
    id="q",
    register="r",
    expression=Linked("", "r", "children", "person", 20, True, None),
    kind="link",
    type=Type.INTEGER,
    scope="here",
    sensitive=False,
)


def chosen(typed: str, *stored: str) -> Status:
    register = a_register({}, {}, rows="many", absence=Absence.CLOSED_HERE)
    register = msgspec.structs.replace(register, links={"children": LINK})
    leads = [Lead(leads=True, number=f"33108220180101{place:03d}X", name=name) for place, name in enumerate(stored)]
    return reach(QUESTION, register, leads, one=True, chosen=typed).answer.status


@pytest.mark.parametrize(
    "stored", ["阿依古丽·买买提", "阿依古丽•买买提", "阿依古丽．买买提", "阿依古丽.买买提", "阿依古丽 · 买买提"]
)
def test_a_name_is_found_whatever_dot_the_source_writes(stored: str) -> None:
    assert chosen("阿依古丽·买买提", stored) is Status.VALUE


def test_blanks_within_a_name_are_not_part_of_it() -> None:
    assert chosen("王伟", "王 伟") is Status.VALUE
    assert chosen("王　伟", "王伟") is Status.VALUE


def test_a_name_that_two_bear_reaches_nobody() -> None:
    assert chosen("王伟", "王 伟", "王伟") is Status.NOT_HELD


@pytest.mark.parametrize(
    "stored", ["33108220180101001X", "33108220180101001x", "33108220180101001Ｘ", "33108220180101001Ⅹ "]
)
def test_a_number_is_read_with_its_last_sign_in_any_form(stored: str) -> None:
    assert full_number(stored, "person", KeyColumn(column="c")) == "33108220180101001X"


def test_a_full_width_x_is_looked_for_where_the_key_says_so() -> None:
    forms = [number_form("33108220180101001X", Number(form)) for form in ("wide_x", "roman_x")]  # type: ignore[arg-type]
    assert forms == ["33108220180101001Ｘ", "33108220180101001Ⅹ"]
    assert number_form(NUMBER, Number("wide_x")) == NUMBER
