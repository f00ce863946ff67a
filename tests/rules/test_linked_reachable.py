"""What a condition over linked people can become, against trying everything: each link, whatever the others."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mianzheng.model.evidence import Answer, Evidence, QuestionAt, RestsOn
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.evaluate import Answers, evaluate
from mianzheng.rules.reachable import code, matters, open_questions, reachable
from tests.rules.city import AS_OF, PARAMS, no, not_held, yes
from tests.rules.families import CHILD, CHILDREN, MOTHER, SPOUSE, family, reached

ATOMS = {
    "applicant": ["applicant.hukou.is_local", "applicant.diploma.level = '本科'"],
    "spouse": [
        "has(spouse, spouse.hukou.is_local)",
        "every(spouse, spouse.hukou.is_local)",
        "has(spouse, spouse.hukou.is_local or applicant.hukou.is_local)",
        "count(spouse) = 0",
    ],
    "children": [
        "has(children, children.hukou.is_local)",
        "count(children, children.hukou.is_local) >= 2",
        "count(children) >= 2",
        "count(children) >= 1 and every(children, children.hukou.is_local)",
    ],
    "child": [
        "child.hukou.is_local",
        "child.birth.mother = applicant",
        "relation(applicant, child) = '子女'",
        "child.hukou.place_code = applicant.hukou.place_code",
    ],
    "mother": ["mother.hukou.is_local"],
}
ROLES: dict[str, Any] = {"spouse": SPOUSE, "child": CHILD, "children": CHILDREN, "mother": MOTHER}


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return a rule over the applicant and one or two others."""
    roles = draw(st.lists(st.sampled_from(["spouse", "children", "child", "mother"]), min_size=1, max_size=2))
    atoms = [draw(st.sampled_from(ATOMS[role])) for role in roles]
    atoms += draw(st.lists(st.sampled_from(ATOMS["applicant"] + ATOMS[roles[0]]), max_size=1))
    said = [f"({atom})" if draw(st.booleans()) else f"not ({atom})" for atom in atoms]
    if len(said) == 3 and draw(st.booleans()):
        return f"case when {said[0]} then {said[1]} else {said[2]} end"
    return f" {draw(st.sampled_from(['and', 'or']))} ".join(said)


def links_of(item: CompiledItem) -> dict[str, tuple[str, bool]]:
    """Return each link question's id with the role it reaches, and whether that may be several."""
    return {one.question.id: (role, item.item.roles[role].many) for role, one in item.links.items()}


def everything(item: CompiledItem, known: dict[QuestionAt, Answer]) -> list[tuple[QuestionAt, list[Answer]]]:
    """Return every question that may ever be asked, with all its answers: of sets as many as two."""
    links, found = links_of(item), []
    for placed in (*item.links.values(), *item.operands.values(), *item.questions.values()):
        role = item.item.roles[placed.role]
        numbered, most = role.many or role.optional, 2 if role.many else 1
        for label in [f"{placed.role}#{n + 1}" for n in range(most)] if numbered else [placed.role]:
            at = (placed.question.id, label)
            if placed.question.kind == "link":
                _, many = links[placed.question.id]
                answers = [
                    not_held(),
                    reached(0),
                    reached(1),
                    *([reached(2), reached(1, RestsOn.MISSING)] if many else []),
                ]
            else:
                answers = [yes(), not_held()] if placed.question.kind == "operand" else [yes(), no(), not_held()]
            if at not in known:
                found.append((at, answers))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(rule=rules(), data=st.data())
def test_the_reachable_set_and_what_matters_are_what_trying_everything_gives(rule: str, data: st.DataObject) -> None:
    item = family(rule, **ROLES)
    all_ = everything(item, {})
    known: dict[QuestionAt, Answer] = {}
    for at, answers in all_:  # some is known already, in the order in which it could be asked
        if data.draw(st.integers(0, 3)) == 0 and at[0] in links_of(item):
            known[at] = data.draw(st.sampled_from(answers))
    rest = everything(item, known)
    total = 1
    for _, answers in rest:
        total *= len(answers)
    assume(total <= 6000)
    residual = item.conditions[0].residual
    results: dict[tuple[Answer, ...], int] = {}
    for values in product(*(answers for _, answers in rest)):
        evidence = Evidence(answers={**known, **dict(zip((at for at, _ in rest), values, strict=True))}, params=PARAMS)
        results[values] = code(evaluate(residual, item, evidence, AS_OF))
    here = Answers(item, Evidence(answers=known, params=PARAMS), AS_OF)
    exact = rule.count("(children") < 2  # of many people imagined twice, it is not followed who is who
    assert reachable(residual, here) >= set(results.values()), rule
    assert not exact or reachable(residual, here) == set(results.values()), rule
    open_ = set(open_questions(residual, here))
    for place, (at, _) in enumerate(rest):
        if at in open_ and at[1].endswith(("#1", "t", "d", "r")):
            groups: dict[tuple[Answer, ...], set[int]] = {}
            for values, result in results.items():
                groups.setdefault(values[:place] + values[place + 1 :], set()).add(result)
            tried = any(len(group) > 1 for group in groups.values())
            assert matters(residual, at, here) >= tried, (rule, at)
            assert not exact or matters(residual, at, here) is tried, (rule, at)
