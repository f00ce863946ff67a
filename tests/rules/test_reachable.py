"""What a condition can still become, and which questions matter, against trying everything."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mianzheng.model.evidence import Answer, Evidence, QuestionAt
from mianzheng.model.facts import Type
from mianzheng.rules.compile import compile_item
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import And, Asked, Case, Compare, Literal_, Node, Not, Or, OverRole
from mianzheng.rules.reachable import F, T, U, code, matters, open_questions, reachable
from tests.rules.city import AS_OF, FACTS, PARAMS, item, no, not_held, yes

COMPILED = compile_item(item("true"), FACTS, PARAMS)
VALUES = {T: yes(), F: no(), U: not_held()}


def asked(name: str, role: str = "applicant") -> Asked:
    return Asked(name, role, Type.BOOLEAN)


def people(how: Any, name: str) -> Node:
    return OverRole(how, "children", asked(name, "children"))


def number(value: int) -> Node:
    return Literal_(Type.INTEGER, value)


leaves = st.one_of(
    st.sampled_from([asked(name) for name in "abcd"]),
    st.sampled_from([people("has", "p"), people("every", "q")]),
    st.builds(
        lambda op, limit: Compare(op, people("count", "p"), number(limit)),
        st.sampled_from(["=", "<", ">="]),
        st.integers(0, 3),
    ),
)


def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(lambda c, v, d: Case(((c, v),), d), inner, inner, inner),
    )


residuals = st.recursive(leaves, grow, max_leaves=5)
known = st.dictionaries(st.sampled_from("abcd"), st.sampled_from([yes(), no(), not_held()]), max_size=2)
members = st.sampled_from([{}, {"children": 0}, {"children": 2}])


def results(residual: Node, evidence: Evidence, open_: list[QuestionAt]) -> dict[tuple[int, ...], int]:
    """The value of a residual for every way the open questions could be answered."""
    table = {}
    for values in product((T, F, U), repeat=len(open_)):
        answers: dict[QuestionAt, Answer] = {**evidence.answers}
        answers.update({at: VALUES[value] for at, value in zip(open_, values, strict=True)})
        full = Evidence(answers=answers, members=evidence.members)
        table[values] = code(Answers(COMPILED, full, AS_OF).value(residual))
    return table


@settings(max_examples=150, deadline=None)
@given(residuals, known, members)
def test_reachable_and_matters_are_exact(residual: Node, given_: dict[str, Answer], people_: dict[str, int]) -> None:
    evidence = Evidence(answers={(name, "applicant"): one for name, one in given_.items()}, members=people_)
    answers = Answers(COMPILED, evidence, AS_OF)
    open_ = list(dict.fromkeys(open_questions(residual, answers)))
    if len(open_) > 5:
        return  # 243 answers to try are enough
    table = results(residual, evidence, open_)
    assert reachable(residual, answers) == set(table.values())
    for index, at in enumerate(open_):
        others: dict[tuple[int, ...], set[int]] = {}
        for values, result in table.items():
            others.setdefault(values[:index] + values[index + 1 :], set()).add(result)
        assert matters(residual, at, answers) == any(len(found) > 1 for found in others.values())


def test_a_question_that_stands_twice_is_followed_in_both_places() -> None:
    a, b = asked("a"), asked("b")
    answers = Answers(COMPILED, Evidence(), AS_OF)
    assert reachable(Or((a, Not(a))), answers) == {T, U}
    assert reachable(And((a, Not(a))), answers) == {F, U}
    assert matters(Or((And((a, b)), And((a, Not(b))))), ("b", "applicant"), answers)


def test_neither_of_two_pairs_settles_alone_yet_each_matters() -> None:
    tree = Or((And((asked("a"), asked("b"))), And((asked("c"), asked("d")))))
    answers = Answers(COMPILED, Evidence(), AS_OF)
    assert all(matters(tree, (name, "applicant"), answers) for name in "abcd")


def test_what_is_settled_waits_for_nothing() -> None:
    tree = And((asked("a"), asked("b")))
    answers = Answers(COMPILED, Evidence(answers={("a", "applicant"): no()}), AS_OF)
    assert reachable(tree, answers) == {F}
    assert not matters(tree, ("b", "applicant"), answers)


def test_more_repeated_questions_than_are_enumerated_give_too_much_and_never_too_little() -> None:
    names = [asked(name) for name in "abcdefgh"]
    tree = And(tuple(Or((one, Not(one))) for one in names))
    found = reachable(tree, Answers(COMPILED, Evidence(), AS_OF))
    assert {T, U} <= found
