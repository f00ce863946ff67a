"""Flatten, sort, de-duplicate and fold are exact under three values and three ways of having none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.model.facts import Type
from mianzheng.rules.bind import Bindings
from mianzheng.rules.expression import (
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    Fact,
    In,
    IsNull,
    Literal_,
    Node,
    Not,
    Or,
)
from mianzheng.rules.identity import encode, ordered
from mianzheng.rules.meaning import COMMON, Meaning, Methods
from mianzheng.rules.normal import FALSE, TRUE, normal
from mianzheng.rules.values import ABSENT, MISSING, NULL, NoValue, Value, truth


class Given(Meaning):
    """Facts have the values they are given."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__(Bindings(as_of=date(2026, 1, 1), params={}, forms={}))
        self.values = values

    def fact(self, node: Fact) -> Value:
        return self.values[node.name]

    METHODS: ClassVar[Methods] = {**COMMON, Fact: fact}


def number(value: int) -> Node:
    return Literal_(Type.INTEGER, value)


FLAGS = [Fact("", "r", name) for name in "abc"]
NUMBERS = [Fact("", "r", name) for name in "xyz"]
FLAG_VALUES: list[Value] = [True, False, NULL, MISSING, ABSENT]
NUMBER_VALUES: list[Value] = [0, 1, 2, NULL, MISSING, ABSENT]
VALUES = st.fixed_dictionaries(
    {
        **{f.name: st.sampled_from(FLAG_VALUES) for f in FLAGS},
        **{f.name: st.sampled_from(NUMBER_VALUES) for f in NUMBERS},
    }
)
literals = st.integers(0, 2).map(number)


def numbers(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Arithmetic, st.sampled_from("+-*"), inner, inner),
        st.builds(lambda a, b: Coalesce((a, b)), inner, inner),
    )


number_trees = st.recursive(st.one_of(st.sampled_from(NUMBERS), literals), numbers, max_leaves=4)
atoms = st.one_of(
    st.sampled_from(FLAGS),
    st.sampled_from([TRUE, FALSE]),
    st.builds(Compare, st.sampled_from(["=", "<", "<=", ">", ">="]), number_trees, number_trees),
    st.builds(lambda v, o: In(v, tuple(o)), number_trees, st.lists(literals, min_size=1, max_size=3)),
    st.builds(IsNull, number_trees),
    st.builds(Distinct, number_trees, number_trees),
)


def conditions(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(lambda c, v, d: Case(((c, v),), d), inner, inner, inner),
    )


trees = st.recursive(atoms, conditions, max_leaves=12)


@settings(max_examples=250, deadline=None)
@given(trees, VALUES)
def test_the_normal_form_means_the_same(tree: Node, values: Mapping[str, Any]) -> None:
    meaning = Given(values)
    expected = known(meaning.holds(tree))
    assert known(meaning.holds(normal(tree))) == expected
    assert known(meaning.holds(ordered(normal(tree)))) == expected


@settings(max_examples=80, deadline=None)
@given(trees)
def test_a_normal_form_is_its_own_normal_form(tree: Node) -> None:
    once = normal(tree)
    assert normal(once) == once
    canonical = ordered(once)
    assert ordered(canonical) == canonical


@settings(max_examples=80, deadline=None)
@given(trees, trees)
def test_different_trees_have_different_texts(one: Node, other: Node) -> None:
    assert (encode(one) == encode(other)) == (one == other)


def known(value: Value) -> bool | None:
    """True, False, or None for unknown: null and missing are alike to a decision."""
    held = truth(value)
    return None if isinstance(held, NoValue) else held


a, b, c = FLAGS


@pytest.mark.parametrize(
    ("tree", "form"),
    [
        (And((a, And((b, a)))), And((a, b))),
        (Or((a, Or((b, FALSE)))), Or((a, b))),
        (And((a, TRUE)), a),
        (And((a, FALSE)), FALSE),
        (Or((a, TRUE)), TRUE),
        (Not(Not(a)), a),
        (Not(And((a, b))), Or((Not(a), Not(b)))),
        (Not(Or((a, Not(b)))), And((Not(a), b))),
        (Case(((FALSE, a), (TRUE, b)), c), b),
        (Compare("<", number(1), number(2)), TRUE),
        (In(NUMBERS[0], (number(1), number(1))), Compare("=", NUMBERS[0], number(1))),
        (Coalesce((NUMBERS[0], number(1), NUMBERS[1])), Coalesce((NUMBERS[0], number(1)))),
    ],
)
def test_flat_and_folded(tree: Node, form: Node) -> None:
    assert normal(tree) == form


@pytest.mark.parametrize(
    "tree",
    [
        Or((a, Not(a))),  # no excluded middle
        And((a, Not(a))),
        Not(Compare("<", NUMBERS[0], number(1))),  # absent: not false, but `>=` is
        Not(Case(((a, b),), c)),
        Case(((a, b),), b),  # an unknown condition decides nothing, whatever the results
        Compare("=", NUMBERS[0], NUMBERS[0]),
    ],
)
def test_what_two_valued_logic_would_simplify_stays(tree: Node) -> None:
    assert normal(tree) == tree
