"""Over people whom links reach, split, ask and residual mean what the whole rule means to the oracle.

The oracle knows no links: it is given who stands in each role, and reads `x.book.mother = a` as a comparison of the
number in that row with a's. Rules about the roles are those of `test_oracle_split`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from mianzheng.model.evidence import Answer, Evidence, QuestionAt
from mianzheng.model.facts import Absence, Fact, FactCatalogue, KeyColumn, Link, Register, Sensitivity, Type
from mianzheng.model.item import Role
from mianzheng.model.scalar import to_wire
from mianzheng.rules.answer import answer
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.evaluate import evaluate
from tests.rules.city import condition, item, not_held
from tests.rules.engines import DIALECTS
from tests.rules.families import reached
from tests.rules.generate import AS_OF, FORMS, params, table_rows
from tests.rules.oracle import judge
from tests.rules.registers import SAY, a_register
from tests.rules.rule_texts import rules
from tests.rules.test_oracle_split import (
    BINDINGS,
    FORM_FIELDS,
    SUBJECTS,
    Rows,
    ask_all,
    cities,
    members,
    put,
    world,
)

NUMBER_OF = {"a": SUBJECTS["a"][0], "d": "331082200802291241"}
_KEY = KeyColumn(column="k")
_LED: dict[str, Role] = {
    "a": Role(kind="person", label=SAY),
    "s": Role(kind="person", label=SAY, optional=True, link="a.book.spouse"),
    "c": Role(kind="person", label=SAY, many=True, link="a.book.children"),
    "d": Role(kind="person", label=SAY, link="one of a.book.children"),
}
ATOMS = (  # as the item says it, and as the oracle reads it
    ("d.book.mother = a", "d.book.mother_no = '{a}'"),
    ("not d.book.mother = a", "not d.book.mother_no = '{a}'"),
    ("has(a.kin, to = d)", "has(a.kin, to_no = '{d}')"),
    ("relation(a, d) in ('甲', '乙')", "has(a.kin, to_no = '{d}' and kind in ('甲', '乙'))"),
    ("relation(a, d) <> '甲'", "not has(a.kin, to_no = '{d}' and kind = '甲')"),
    ("count(c) >= 1 and every(c, c.book.mother = a)", "count(c) >= 1 and every(c, c.book.mother_no = '{a}')"),
    ("has(s, relation(s, a) = '丙')", "has(s, has(s.kin, to_no = '{a}' and kind = '丙'))"),
    ("count(c, has(c.kin, to = a)) >= 2", "count(c, has(c.kin, to_no = '{a}')) >= 2"),
)


def _register(name: str, rows: str, absence: Absence, links: dict[str, Link]) -> Register:
    kind = Fact(label=SAY, type=Type.ENUM, sensitivity=Sensitivity.L2, values=("甲", "乙", "丙"))
    numbers = {
        f"{link}_no": Fact(label=SAY, type=Type.STRING, sensitivity=Sensitivity.L2, identifier=True) for link in links
    }
    made = a_register({"kind": kind, **numbers}, {}, rows=rows, absence=absence)
    return msgspec.structs.replace(made, register=name, links=links)


def _link(most: int = 1, kind: str = "") -> Link:
    return Link(label=SAY, to="person", key=_KEY, most=most, kind=kind)


@st.composite
def books(draw: st.DrawFn) -> dict[str, Register]:
    """The two registers with links: one row of each person, and many."""
    absence = st.sampled_from(list(Absence))
    links = {"spouse": _link(), "mother": _link(), "children": _link(9)}
    return {
        "book": _register("book", "one", draw(absence), links),
        "kin": _register("kin", "many", draw(absence), {"to": _link(9, "kind")}),
    }


@st.composite
def led_rows(draw: st.DrawFn, register: Register) -> list[dict[str, Any]]:
    """Rows that lead to one of the case, to somebody else, or to nobody that stands there."""
    rows = []
    for _ in range(draw(st.integers(0, 1 if register.rows == "one" else 2))):
        row: dict[str, Any] = {"kind": draw(st.sampled_from(["甲", "乙", "丙", None]))}
        for link in register.links:
            row[link] = row[f"{link}_no"] = draw(st.sampled_from([*NUMBER_OF.values(), "331082190001011231", None]))
        rows.append(row)
    return rows


def answers_of(
    item_: CompiledItem, here: dict[str, Register], rows: dict[tuple[str, str], list[dict[str, Any]]], people: Any
) -> dict[QuestionAt, Answer]:
    """Every question of the two registers, answered about each person; each link, with who stands there."""
    found: dict[QuestionAt, Answer] = {}
    for role, placed in item_.links.items():
        listed = people[role]
        found[placed.question.id, placed.role] = not_held() if listed is None else reached(len(listed))
    for placed in item_.questions.values():
        if placed.question.register not in ("book", "kin"):
            continue
        other = NUMBER_OF.get(placed.question.other, "")
        for place, number in enumerate(people[placed.role] or [], 1):
            label = f"{placed.role}#{place}" if placed.role in ("s", "c") else placed.role
            bound = msgspec.structs.replace(BINDINGS, other=other)
            register = here[placed.question.register]
            found[placed.question.id, label] = answer(placed.question, register, rows[register.register, number], bound)
    return found


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_over_linked_people_split_ask_and_residual_equal_the_whole_rule(
    connections: dict[str, Connection], data: st.DataObject
) -> None:
    here, led, scope = data.draw(cities()), data.draw(books()), data.draw(st.sampled_from(["here", "country"]))
    rule, (said, read) = data.draw(rules(here)), data.draw(st.sampled_from(ATOMS))
    join = data.draw(st.sampled_from(["({}) and ({})", "({}) or ({})", "case when {1} then {0} else {1} end"]))
    assume(len(rule) < 900)
    people: dict[str, list[str] | None] = {**data.draw(members()), "d": [NUMBER_OF["d"]]}
    numbers = [number for listed in people.values() for number in listed or []]
    rows: Rows = {(name, n): data.draw(table_rows(register)) for name, register in here.items() for n in numbers}
    led_to = {(name, n): data.draw(led_rows(register)) for name, register in led.items() for n in numbers}
    facts = FactCatalogue(departments={}, registers={**here, **led})
    one = item(condition(join.format(rule, said), scope=scope, value="试验"), roles=_LED, form=FORM_FIELDS)
    item_ = compile_item(one, facts, params())
    engine_of = {name: data.draw(st.sampled_from(DIALECTS)) for name in here}
    put(connections, engine_of, here, rows)
    asked = msgspec.structs.replace(item_, questions={at: q for at, q in item_.questions.items() if at_in(here, q)})
    answers = ask_all(connections, engine_of, here, asked, people) | answers_of(item_, led, led_to, people)
    evidence = Evidence(
        answers=answers, forms={name: to_wire(value) for name, (_, value) in FORMS.items()}, params=params()
    )
    got = evaluate(item_.conditions[0].residual, item_, evidence, AS_OF)
    whole = world({**here, **led}, rows, people)
    whole = msgspec.structs.replace(whole, rows={**whole.rows, **led_to})
    expected = judge(join.format(rule, read.format(**NUMBER_OF)), whole, scope)
    assert (got if isinstance(got, bool) else None) is expected, (rule, said, expected, got, led_to)


def at_in(here: dict[str, Register], placed: Any) -> bool:
    return placed.question.register in here
