"""Which questions could have mattered: by trying out everything that is open, and by trying out less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from mianzheng.conformance.meaning import _METHODS, UNKNOWN, Meaning, Setting
from mianzheng.conformance.people import People
from mianzheng.conformance.questions import Answered, Rules, mattered, superfluous, unneeded
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import Type
from mianzheng.model.item import Finding, FormField
from mianzheng.rules.compile import compile_item
from mianzheng.rules.expression import Node
from tests.rules.city import AS_OF, FACTS, PARAMS, item, text
from tests.rules.families import CHILD, family

LOCAL = "applicant.hukou.is_local"
AGED = "applicant.hukou.age >= 60"
INSURED = "applicant.social_insurance.status = '正常参保'"
GRADUATE = "applicant.diploma.level = '本科'"
POOR = "applicant.social_assistance.status = '在保'"  # special personal data
WORDS = {"正常参保": "insured", "本科": "graduate", "在保": "poor"}


def rules(*texts: Any, **more: Any) -> Rules:
    return Rules(compile_item(item(*texts, **more), FACTS, PARAMS), Setting(as_of=AS_OF, params=PARAMS, forms={}))


def called(found: Rules) -> dict[str, QuestionAt]:
    """Return the questions of an item by a word for each; the one about the residence is `local`."""
    names = {}
    for at, placed in found.compiled.questions.items():
        text = str(placed.question.expression)
        names[next((word for sign, word in WORDS.items() if sign in text), "local")] = at
    return names


def case(found: Rules, *waves: dict[str, Any]) -> tuple[Answered, ...]:
    names = called(found)
    return tuple(
        Answered(at=names[name], wave=number, values=(value,))
        for number, wave in enumerate(waves, 1)
        for name, value in wave.items()
    )


def words(found: Rules, ats: tuple[QuestionAt, ...]) -> set[str]:
    return {name for name, at in called(found).items() if at in ats}


def test_nothing_of_a_first_wave_of_independent_conditions_is_superfluous() -> None:
    found = rules(LOCAL, INSURED, GRADUATE)
    assert superfluous(found, case(found, {"local": True, "insured": False, "graduate": UNKNOWN})) == ()


def test_whom_a_link_reaches_counts_for_a_question_that_does_no_more_than_compare_them() -> None:
    compiled = family("relation(applicant, child) = '子女'", child=CHILD)
    reaching = compiled.links["child"]
    found = Rules(compiled, Setting(as_of=AS_OF, params=PARAMS, forms={}))
    assert mattered(found, (reaching.question.id, reaching.role), ())


def test_a_finding_is_tried_with_values_of_its_own_type() -> None:
    seen = Finding(label=text("看到的日期"), type=Type.DATE, how="record")
    found = rules(f"finding.seen_on <= today - 30 days or {LOCAL}", findings={"seen_on": seen})
    assert superfluous(found, case(found, {"local": False})) == ()


def test_a_second_branch_is_superfluous_once_the_first_holds() -> None:
    found = rules(f"{INSURED} or {GRADUATE}")
    assert words(found, superfluous(found, case(found, {"insured": True}, {"graduate": True}))) == {"graduate"}


def test_a_second_branch_is_not_superfluous_while_the_first_is_not_held() -> None:
    found = rules(f"{INSURED} or {GRADUATE}")
    assert superfluous(found, case(found, {"insured": UNKNOWN}, {"graduate": True})) == ()


def test_another_reason_of_a_refusal_is_never_superfluous() -> None:
    found = rules(LOCAL, INSURED)
    assert superfluous(found, case(found, {"local": False}, {"insured": True})) == ()


def test_a_sensitive_reason_does_not_count_once_the_outcome_stands() -> None:
    found = rules(LOCAL, POOR)
    assert words(found, superfluous(found, case(found, {"local": False}, {"poor": True}))) == {"poor"}


def test_a_sensitive_question_counts_while_it_may_still_refuse() -> None:
    found = rules(LOCAL, POOR)
    assert superfluous(found, case(found, {"local": UNKNOWN}, {"poor": True})) == ()


def test_what_came_late_was_still_open_to_those_who_asked_on() -> None:
    found = rules(f"{INSURED} or {GRADUATE}")
    first, second = case(found, {"insured": True}, {"graduate": True})
    late = Answered(at=first.at, wave=1, values=(True,), meanwhile=(True, False, UNKNOWN))
    hasty = Answered(at=second.at, wave=2, values=(True,), hasty=True)
    assert superfluous(found, (late, hasty)) == ()


def test_what_is_not_held_is_settled_by_a_person_so_another_condition_still_counts() -> None:
    found = rules(LOCAL, f"{INSURED} or {GRADUATE}")
    assert superfluous(found, case(found, {"local": UNKNOWN, "insured": UNKNOWN}, {"graduate": True})) == ()
    assert words(found, superfluous(found, case(found, {"local": False, "insured": UNKNOWN}, {"graduate": True}))) == {
        "graduate"
    }


def test_read_as_an_end_what_is_not_held_leaves_no_grant_to_ask_for() -> None:
    """The other reading of design/rules.md, counted beside ours: a diploma could only raise unknown to true."""
    found = rules(LOCAL, f"{INSURED} or {GRADUATE}")
    asked = case(found, {"local": UNKNOWN, "insured": UNKNOWN}, {"graduate": True})
    assert words(found, superfluous(found, asked, still_open=frozenset())) == {"graduate"}
    assert superfluous(found, asked, still_open=frozenset({"c0", "c1"})) == ()


def test_an_answer_is_unneeded_afterwards_when_the_end_would_be_the_same_without_it() -> None:
    found = rules(f"{INSURED} or {GRADUATE}", LOCAL)
    ended = case(found, {"insured": True, "graduate": True, "local": True})
    assert words(found, unneeded(found, ended, {})) == {"insured", "graduate"}


VALUES = (True, False, UNKNOWN)
RULES = [
    (f"{INSURED} or {GRADUATE}", f"not ({LOCAL} and {INSURED})"),
    (f"case when {INSURED} then {GRADUATE} else {POOR} end", LOCAL),
    (f"({INSURED} or {POOR}) and {GRADUATE}", f"{LOCAL} or {POOR}"),
    (f"{INSURED} and ({INSURED} or {GRADUATE})", AGED),
]


@pytest.mark.parametrize("texts", RULES)
def test_no_question_is_accused_that_an_enumeration_of_all_answers_clears(texts: tuple[str, ...]) -> None:
    found = rules(*texts)
    for known, name in tried(found):
        assert mattered(found, called(found)[name], case(found, known)) or not could_matter(found, known, name)


def test_where_conditions_share_no_question_both_find_the_same() -> None:
    found = rules(f"case when {INSURED} then {GRADUATE} else {POOR} end", LOCAL)
    for known, name in tried(found):
        assert mattered(found, called(found)[name], case(found, known)) == could_matter(found, known, name)


def tried(found: Rules) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what is known (nothing, or one answer) and a question that is open."""
    names = called(found)
    for known in [{}, *({name: value} for name in names for value in VALUES)]:
        yield from ((known, name) for name in names.keys() - known.keys())


def could_matter(found: Rules, known: dict[str, Any], name: str) -> bool:
    others = sorted(called(found).keys() - known.keys() - {name})
    for chosen in product(VALUES, repeat=len(others)):
        rest = {**known, **dict(zip(others, chosen, strict=True))}
        if len({end(found, {**rest, name: value}, name) for value in VALUES}) > 1:
            return True
    return False


def end(found: Rules, known: dict[str, Any], asked: str) -> tuple[Any, ...]:
    """Return outcome and reasons; those of a sensitive question aside."""
    names = called(found)
    meaning = found.meaning({names[name]: value for name, value in known.items()})
    truths = {name: meaning.truth(residual) for name, residual in found.conditions.items()}
    failed = tuple(name for name, truth in truths.items() if truth is False)
    if failed:
        return ("refused", *(() if found.compiled.levels[names[asked][0]] == 4 else failed))
    open_ = tuple(name for name, truth in truths.items() if truth is None)  # what a person still has to settle
    return ("undecided", *open_) if open_ else ("granted",)


def test_every_kind_of_node_that_a_residual_may_hold_has_a_meaning() -> None:
    in_questions = {
        "Fact",
        "Elapsed",
        "Exists",
        "Aggregate",
        "Person",
        "Relation",
        "Reaches",
        "Linked",
        "Operand",
    }
    assert {one.__name__ for one in set(Node.__subclasses__()) - set(_METHODS)} == in_questions


def test_a_text_of_the_form_is_searched_and_one_left_out_is_unknown() -> None:
    form = {"firm": FormField(label=text("firm"), type=Type.STRING)}
    found = rules("contains(form.firm, '药') or starts_with(form.firm, '临海')", form=form)
    (residual,) = found.conditions.values()
    said = [
        Meaning(Setting(as_of=AS_OF, params=PARAMS, forms=forms), People(found.compiled), {}).truth(residual)
        for forms in ({"firm": "台州药房"}, {"firm": "临海茶社"}, {"firm": "台州茶社"}, {})
    ]
    assert said == [True, True, False, None]
