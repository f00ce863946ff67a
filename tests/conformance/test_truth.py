"""The truth beside the packs' own examples, and who is chosen for an item."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from mianzheng.catalogue.load import load
from mianzheng.city.rulebook import Rulebook, rulebook_of
from mianzheng.conformance.examples import check_examples
from mianzheng.conformance.play import end_of, played_truth
from mianzheng.conformance.run import EACH, MANY, ONE_EACH, Cast, bounded, cast_of, choose, each_of
from mianzheng.conformance.truth import given_by_examples
from mianzheng.conformance.wanted import Wanted
from tests.city_wide.few_departments import ITEM, copy_packs


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return rulebook_of(load(copy_packs(tmp_path_factory.mktemp("packs"))))


def wanted(**conditions: bool | None) -> Wanted:
    return Wanted(
        item="i",
        department="d",
        resident="r",
        name="n",
        choose={},
        form={},
        findings={},
        conditions=conditions,
        before=conditions,
        looked=conditions,
        computed=True,
        amount=None,
    )


def test_the_oracle_says_of_every_example_what_its_author_expects(rules: Rulebook) -> None:
    assert check_examples(rules, rules.items.values()) == ()


def test_an_example_that_expects_something_else_is_named(rules: Rulebook) -> None:
    item = rules.items[ITEM]
    wrong = msgspec.structs.replace(item.examples[0], expect="refused", reasons=("aged",))
    dearer = msgspec.structs.replace(item.examples[0], amount=Decimal(7))
    spoilt = msgspec.structs.replace(item, examples=(wrong, dearer))
    found = [one.what for one in check_examples(rules, [spoilt])]
    assert found == [
        "the example: refused is expected, the oracle says granted",
        "the example: 7 yuan are expected, the oracle says 100",
    ]


def test_form_values_are_tried_as_the_examples_state_them(rules: Rulebook) -> None:
    assert given_by_examples(rules.items[ITEM], rules.items[ITEM].examples[0].as_of) == [({}, {})]


def test_a_false_condition_refuses_an_unknown_one_leaves_it_open_and_a_missing_sum_too() -> None:
    assert wanted(a=True, b=False, c=None).expect == "refused"
    assert wanted(a=True, c=None).expect == "undecided"
    assert wanted(a=True).expect == "granted"
    assert msgspec.structs.replace(wanted(a=True), computed=False).expect == "undecided"


def test_who_fails_in_one_condition_alone_is_chosen_first() -> None:
    people = [wanted(a=False, b=False), wanted(a=False, b=True), wanted(a=True, b=False), wanted(a=True, b=True)]
    failing = [one.failing for one in choose(people) if one.expect == "refused"]
    assert failing == [{"a"}, {"b"}, {"a", "b"}]


def test_of_many_items_three_in_four_are_played_by_one_person_for_each_outcome() -> None:
    names = [f"item-{number}" for number in range(400)]
    few = [name for name in names if each_of(name, 400, seed=42, every=False) == ONE_EACH]
    assert 260 < len(few) < 340 and few != [n for n in names if each_of(n, 400, seed=7, every=False) == ONE_EACH]
    assert {each_of(name, MANY - 1, seed=42, every=False) == EACH for name in names} == {True}
    assert {each_of(name, 400, seed=42, every=True) == EACH for name in names} == {True}
    assert len(choose([wanted(a=True, b=True), wanted(a=True, b=None), wanted(a=None, b=True)], ONE_EACH)) == 2


def test_nobody_plays_an_item_twice_while_another_would_do() -> None:
    one, other = wanted(a=True), msgspec.structs.replace(wanted(a=True), resident="another")
    open_ = [msgspec.structs.replace(who, conditions={"a": None}, before={"a": None}) for who in (one, other)]
    assert [who.resident for who in choose([one, *open_], ONE_EACH)] == [one.resident, other.resident]
    assert [(who.resident, who.again) for who in choose([one, open_[0]], ONE_EACH)] == [(one.resident, True)] * 2


def test_of_two_who_play_for_the_same_person_whichever_ends_first_is_granted() -> None:
    open_ = msgspec.structs.replace(wanted(a=True), resident="another", conditions={"a": None}, before={"a": None})
    both = [msgspec.structs.replace(one, linked={"deceased": "their father"}) for one in (wanted(a=True), open_)]
    assert [who.again for who in choose(both, ONE_EACH)] == [True, True]
    assert [who.again for who in choose([wanted(a=True), open_], ONE_EACH)] == [False, False]


def test_no_more_than_so_many_cases_of_a_department_wait_and_the_others_play_at_once() -> None:
    people = tuple(msgspec.structs.replace(wanted(a=True), department=name) for name in "aaabbc")
    cast = bounded(Cast(calm=(), waiting=people), 2)
    assert [one.department for one in cast.waiting] == ["a", "a", "b", "b", "c"]
    assert [one.department for one in cast.calm] == ["a"]


def test_half_of_those_who_can_wait_do_where_other_departments_are_asked() -> None:
    open_, second, granted = wanted(a=None, b=True), wanted(a=True, b=None), wanted(a=True, b=True)
    refused = wanted(a=False, b=True)
    cast = cast_of([open_, second, granted, refused], asks_others=True)
    assert cast.waiting == (open_, granted) and cast.calm == (second, refused)
    assert cast_of([open_, granted], asks_others=False).waiting == ()


def test_an_officer_finds_the_truth_and_settles_every_condition() -> None:
    asked = msgspec.structs.replace(wanted(a=None, b=None, c=True), looked={"a": False, "b": None, "c": True})
    truths = played_truth(asked)
    assert truths["a"] is False and truths["c"] is True and isinstance(truths["b"], bool)
    assert end_of(asked) == "refused"
