"""Views of a line: what whoever was reached by a link reads of it, at once or after half a year."""

from __future__ import annotations

from mianzheng.gateway.readers import HIDDEN_SECONDS, in_view
from mianzheng.model.item import Basis
from mianzheng.model.text import Text
from mianzheng.model.witnessing import MineEntry

AT = 1_800_000_000
LINE = MineEntry(
    seq=1,
    kind="answered",
    at=AT,
    hub="hub",
    case="c",
    role="spouse#1",
    item="family-aid",
    purpose="condition",
    basis=Basis(duty="法"),
    question="q",
    sentence=Text("问", "asked"),
    entry="e",
    leaf="l",
    department="civil-affairs",
    item_kind="行政给付",
)
TWO = (LINE, LINE)


def test_a_line_of_nobody_else_stands_as_it_is() -> None:
    assert in_view(TWO, None, at=AT) == TWO


def test_a_full_view_says_that_the_reader_was_reached() -> None:
    found = in_view(TWO, "full", at=AT)
    assert [(one.linked, one.question, one.item) for one in found] == [(True, "q", "family-aid")] * 2


def test_a_masked_line_does_not_even_say_how_many_questions_there_were() -> None:
    (one,) = in_view(TWO, "masked", at=AT)
    assert (one.item, one.question, one.sentence, one.basis, one.purpose) == ("", "", None, None, "")
    assert (one.department, one.item_kind) == ("civil-affairs", "行政给付")


def test_a_line_that_waits_for_a_date_is_hidden_until_then_and_whole_afterwards() -> None:
    assert in_view(TWO, "after_date", at=AT + HIDDEN_SECONDS - 1) == ()
    assert [one.question for one in in_view(TWO, "after_date", at=AT + HIDDEN_SECONDS)] == ["q", "q"]
