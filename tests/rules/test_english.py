"""English of yes/no labels and of amounts: what a label begins with says how it is asked and denied."""

from __future__ import annotations

import pytest

from mianzheng.model.text import Text
from mianzheng.rules.agreement import counted, many, pointed, stated
from mianzheng.rules.english import known, predicate


@pytest.mark.parametrize(
    ("label", "asked", "said", "denied"),
    [
        ("registered in Linhai", "are they registered in Linhai", "they are registered in Linhai", "they are not r"),
        ("a boarder", "are they a boarder", "they are a boarder", "they are not a boarder"),
        ("an officer who is named", "are they an officer who is named", "they are an officer", "they are not an"),
        ("was once struck off", "were they once struck off", "they were once struck off", "they were not once struck"),
        ("has cold storage", "do they have cold storage", "they have cold storage", "they do not have cold storage"),
        ("has taken an oath", "have they taken an oath", "they have taken an oath", "they have not taken an oath"),
        ("owns houses", "do they own houses", "they own houses", "they do not own houses"),
        ("must file a plan", "must they file a plan", "they must file a plan", "they need not file a plan"),
        ("may raise funds", "may they raise funds", "they may raise funds", "they may not raise funds"),
        ("can take waste", "can they take waste", "they can take waste", "they cannot take waste"),
        (
            "the show was subsidised",
            "is it so that the show was subsidised",
            "the show was subsidised",
            "it is not so that the show was subsidised",
        ),
        ("a case is open", "is it so that a case is open", "a case is open", "it is not so that a case is open"),
        (
            "its land is filed",
            "is it so that their land is filed",
            "their land is filed",
            "it is not so that their land",
        ),
    ],
)
def test_a_label_is_asked_said_and_denied_by_its_first_words(label: str, asked: str, said: str, denied: str) -> None:
    kind = predicate(label)
    assert kind.question("they", "their", plural=True, no=False) == asked
    assert kind.statement("they", "their", plural=True, no=False).startswith(said)
    assert kind.statement("they", "their", plural=True, no=True).startswith(denied)


def test_one_subject_takes_the_verb_of_one() -> None:
    for label, asked, said in (
        ("has cold storage", "does the firm have cold storage", "the firm has cold storage"),
        ("has taken an oath", "has the firm taken an oath", "the firm has taken an oath"),
        ("owns houses", "does the firm own houses", "the firm owns houses"),
        ("was evacuated", "was the firm evacuated", "the firm was evacuated"),
    ):
        assert predicate(label).question("the firm", "the firm's", plural=False, no=False) == asked
        assert predicate(label).statement("the firm", "the firm's", plural=False, no=False) == said


def test_a_clause_with_its_own_subject_still_says_of_whom_it_is_asked() -> None:
    clause, own = predicate("the union has agreed"), predicate("its debts are cleared")
    assert clause.question("the firm", "the firm's", plural=False, no=False) == (
        "is it so for the firm that the union has agreed"
    )
    assert clause.statement("the firm", "the firm's", plural=False, no=True) == (
        "it is not so for the firm that the union has agreed"
    )
    assert own.question("the firm", "the firm's", plural=False, no=False) == (
        "is it so that the firm's debts are cleared"
    )


def test_what_need_not_be_is_asked_without_doubt_of_what_must_not() -> None:
    asked = predicate("must file a plan").question("they", "their", plural=True, no=True)
    assert asked == "is it so that they need not file a plan"


def test_a_label_that_tells_no_kind_is_said_with_be() -> None:
    assert known("hygiene test passed") is None
    assert predicate("hygiene test passed").kind == "be"


def test_one_of_a_unit_is_said_in_the_singular() -> None:
    assert counted("1", "months") == "1 month"
    assert counted("1", "hours of instruction") == "1 hour of instruction"
    assert counted("1", "gross tons") == "1 gross ton"
    assert counted("1", "US dollars") == "1 US dollar"
    assert counted("12", "months") == "12 months"


def test_what_is_several_takes_are() -> None:
    assert many("nights in hospital this year") and many("posts granted") and many("people in post")
    assert not many("number of nights") and not many("status of the licence") and not many("registered address")
    assert not many("series of the title") and not many("if the fees are paid, then the fees; else 0")


def test_what_a_person_states_is_named_without_a_second_article() -> None:
    assert stated("area") == "the area that was stated"
    assert stated("beds") == "the beds that were stated"
    assert stated("the kind asked for") == "the kind asked for that was stated"
    assert stated("what is screened") == "the answer to “what is screened”"


def test_a_role_has_its_article_once_whether_its_label_begins_with_it_or_not() -> None:
    assert pointed(Text("未成年子女", "the minor child")) == Text("未成年子女", "the minor child")
    assert pointed(Text("配偶", "spouse")) == Text("配偶", "the spouse")
