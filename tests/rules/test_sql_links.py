"""Links, second subjects and sealed operands in SQL: every engine says what the meaning in `rules` says."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import (
    Absence,
    Column,
    Fact,
    FactCatalogue,
    KeyColumn,
    Link,
    Register,
    Sensitivity,
    Source,
    Type,
)
from mianzheng.model.item import Role
from mianzheng.model.scalar import Scalar
from mianzheng.rules.answer import answer
from mianzheng.rules.bind import Bindings
from mianzheng.rules.compile import CompiledItem, compile_item
from mianzheng.rules.leads import Lead, full_number, leads_of, reach
from mianzheng.rules.question import Question
from mianzheng.rules.sql import compile_query
from mianzheng.rules.sql.dialects import DIALECTS
from tests.rules.city import AS_OF, condition, item
from tests.rules.registers import SAY

SUBJECT = "33108219460301123X"
OTHER = "33108219520202003X"
OLD = "331082520202003"
THIRD = "331082200802291233"
STORED: list[str | None] = [
    OTHER, OTHER.lower(), OLD, f"{OTHER}  ", f" {OLD} ", THIRD, "331082960101996", "无", "", "   ", None,
]  # fmt: skip
KINDS = ("子女", "父母")
_DDL = 'pid varchar(20), rel varchar(20), ok varchar(4), area decimal(10, 2), "TO:ID" char(22), "NAME%" varchar(40)'
_KEY = KeyColumn(column="pid", lower_x=True, old_numbers=True)


def a_register(rows: str, absence: Absence, key: KeyColumn, where: str, most: int, visible: str) -> Register:
    """A register r that leads from a to b: `to`, whose kind is `rel`, of rows that pass `where`."""

    def fact(type_: Type, **more: Any) -> Fact:
        return Fact(label=SAY, type=type_, sensitivity=Sensitivity.L3, **more)

    return Register(
        register="r",
        name=SAY,
        department="civil-affairs",
        key="person",
        rows=rows,  # type: ignore[arg-type]
        absence=absence,
        rhythm=SAY,
        mark_hours=36,
        deadline_hours=24,
        engine="sqlite",
        facts={
            "rel": fact(Type.ENUM, values=KINDS),
            "ok": fact(Type.BOOLEAN),
            "area": fact(Type.DECIMAL),
        },
        links={
            "to": Link(label=SAY, to="person", key=key, name="NAME%", where=where, kind="rel", most=most),
        },
        source=Source(
            table="T_LINK",
            key=_KEY,
            columns={
                "rel": Column(column="rel"),
                "ok": Column(column="ok", codes={"Y": True, "N": False}),
                "area": Column(column="area"),
            },
            visible_when=visible,
        ),
    )


@st.composite
def registers(draw: st.DrawFn, *, visible: bool = False) -> Register:
    key = KeyColumn(column="TO:ID", padded=20, lower_x=draw(st.booleans()), old_numbers=draw(st.booleans()))
    where = draw(st.sampled_from(["", "r.ok", "not r.ok", "r.rel = '子女'", "r.ok and r.rel in ('子女', '父母')"]))
    seen = draw(st.sampled_from(["", "r.area > 1"])) if visible else ""
    rows, most = draw(st.sampled_from(["one", "many"])), draw(st.integers(1, 3))
    return a_register(rows, draw(st.sampled_from(list(Absence))), key, where, most, seen)


@st.composite
def tables(draw: st.DrawFn, register: Register) -> list[dict[str, Any]]:
    """Rows of the subject as the table holds them, unknown codes among them."""
    most = 1 if register.rows == "one" and draw(st.integers(0, 4)) else 3
    return [
        {
            "rel": draw(st.sampled_from([*KINDS, *KINDS, None, "怪"])),
            "ok": draw(st.sampled_from(["Y", "Y", "N", None, "?"])),
            "area": draw(st.sampled_from([Decimal(1), Decimal("2.5"), None])),
            "TO:ID": draw(st.sampled_from(STORED)),
            "NAME%": draw(st.sampled_from([" 李𠮷 ", "王", None])),
        }
        for _ in range(draw(st.integers(0, most)))
    ]


@pytest.fixture(scope="module")
def linked(connections: dict[str, Connection]) -> Iterator[dict[str, Connection]]:
    for dialect, connection in connections.items():
        _run(connection, f"create table {_q('T_LINK', dialect)} ({_ddl(dialect)})")
    yield connections
    for dialect, connection in connections.items():
        _run(connection, f"drop table {_q('T_LINK', dialect)}")


def put(linked: dict[str, Connection], rows: list[dict[str, Any]]) -> None:
    """Write the subject's rows and one of somebody else."""
    others = {"rel": "子女", "ok": "Y", "area": Decimal(9), "TO:ID": OTHER, "NAME%": "甲"}
    for dialect, connection in linked.items():
        _run(connection, f"delete from {_q('T_LINK', dialect)}")
        for number, row in [(SUBJECT.lower(), row) for row in rows] + [(THIRD, others)]:
            names = ", ".join(_q(name, dialect) for name in ("pid", *row))
            marks = ", ".join(f":v{place}" for place in range(len(row) + 1))
            values = {f"v{place}": value for place, value in enumerate([number, *row.values()])}
            if dialect == "sqlite":
                values = {name: float(v) if isinstance(v, Decimal) else v for name, v in values.items()}
            insert = f"insert into {_q('T_LINK', dialect)} ({names}) values "
            connection.execute(text(insert.replace(":", r"\:") + f"({marks})"), values)


def as_facts(row: dict[str, Any], register: Register) -> dict[str, Scalar | None]:
    """A row as rules see it: the number it leads to in full, other text as it stands, nothing for what is blank."""
    stored = row["TO:ID"]
    key = register.links["to"].key
    blank = stored is None or not stored.strip()
    whole = None if blank else full_number(stored, "person", key) if _stored_so(stored.strip(), key) else None
    return {
        "rel": row["rel"] if row["rel"] in KINDS else None,
        "ok": {"Y": True, "N": False}.get(row["ok"] or ""),
        "area": row["area"],
        "to": None if blank else whole or stored.strip(),
        "to name": row["NAME%"],
    }


def _stored_so(stored: str, key: KeyColumn) -> bool:
    """Whether a number stands in a form that the mapping declares: another is nobody's in a comparison."""
    return not stored.endswith("x") or key.lower_x


def strange(row: dict[str, Any], names: set[str]) -> bool:
    """Whether a row holds a code that the mapping does not know, in what is asked."""
    return ("rel" in names and row["rel"] == "怪") or ("ok" in names and row["ok"] == "?")


def compiled(rule: str, register: Register, scope: str, *, one_of: bool = True, many: bool = False) -> CompiledItem:
    """An item over a, and b whom the register's link reaches."""
    link = "one of a.r.to" if one_of else "a.r.to"
    roles = {
        "a": Role(kind="person", label=SAY),
        "b": Role(kind="person", label=SAY, link=link, many=many),
        "c": Role(kind="person", label=SAY),
    }
    facts = FactCatalogue(departments={}, registers={"r": register})
    return compile_item(item(condition(rule, scope=scope), roles=roles), facts, {})


def ask(connection: Connection, question: Question, register: Register, bindings: Bindings) -> list[Any]:
    query = compile_query(question, register, connection.dialect.name)
    return list(connection.execute(text(query.sql), query.bind(SUBJECT, bindings)).mappings().all())


_SETTINGS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=40, **_SETTINGS)  # type: ignore[arg-type]
@given(data=st.data())
def test_every_engine_leads_where_the_meaning_says(linked: dict[str, Connection], data: st.DataObject) -> None:
    register, scope = data.draw(registers()), data.draw(st.sampled_from(["here", "country"]))
    one_of = data.draw(st.booleans()) or register.links["to"].most > 1
    item_ = compiled("exists(b.r)", register, scope, one_of=one_of)
    question = item_.links["b"].question
    rows = data.draw(tables(register))
    put(linked, rows)
    bindings = Bindings(as_of=AS_OF, params={}, forms={})
    chosen = data.draw(st.sampled_from([OTHER, OTHER.lower(), "李𠮷", "王", THIRD, "无"])) if one_of else None
    names = {name for name in ("rel", "ok") if name in register.links["to"].where}
    known = leads_of(question, register, [{**as_facts(row, register), "to": row["TO:ID"]} for row in rows], bindings)
    meant = [
        Lead(leads=None if strange(row, names) else lead.leads, number=lead.number, name=lead.name)
        for row, lead in zip(rows, known, strict=True)
    ]
    expected = reach(question, register, meant, one=True, chosen=chosen)
    for dialect, connection in linked.items():
        found = compile_query(question, register, dialect).leads(ask(connection, question, register, bindings))
        assert reach(question, register, found, one=True, chosen=chosen) == expected, (dialect, rows)
        assert all(lead.leads is not False or not lead.number for lead in found), "whom it does not lead to stays there"


RULES = (
    "a.r.to = c",
    "has(a.r, to = c)",
    "has(a.r, to = c and rel = '子女')",
    "relation(a, c) in ('子女')",
    "relation(a, c) <> '子女'",
    "count(a.r, to = c) >= 2",
    "exists(a.r) and every(a.r, to = c or ok)",
    "total(a.r.area, to = c) > 2",
)


@settings(max_examples=50, **_SETTINGS)  # type: ignore[arg-type]
@given(data=st.data())
def test_every_engine_knows_the_second_subject_as_the_meaning_does(
    linked: dict[str, Connection], data: st.DataObject
) -> None:
    register, scope = data.draw(registers()), data.draw(st.sampled_from(["here", "country"]))
    rule = data.draw(st.sampled_from([r for r in RULES if register.rows == "many" or "(a.r" not in r]))
    item_ = compiled(rule, register, scope)
    ((placed),) = item_.questions.values()
    question, rows = placed.question, data.draw(tables(register))[: 1 if register.rows == "one" else 3]
    put(linked, rows)
    bindings = Bindings(as_of=AS_OF, params={}, forms={}, other=OTHER)
    asked = str(question.expression)
    names = {name for name in ("rel", "ok") if f"name='{name}'" in asked}
    expected = answer(question, register, [as_facts(row, register) for row in rows], bindings)
    for dialect, connection in linked.items():
        query = compile_query(question, register, dialect)
        got = query.read(ask(connection, question, register, bindings), question, register, bindings)
        if any(strange(row, names) for row in rows) and got.status is Status.NOT_HELD:
            assert got.rests_on is RestsOn.ROW, (dialect, rule, rows)
        else:
            assert got == expected, (dialect, rule, register.links, rows)


COMPARED = ("a.r.area >= c.r.area", "c.r.area < a.r.area", "a.r.rel = c.r.rel", "not a.r.rel = c.r.rel")


@settings(max_examples=30, **_SETTINGS)  # type: ignore[arg-type]
@given(data=st.data())
def test_every_engine_compares_a_sealed_operand_as_the_meaning_does(
    linked: dict[str, Connection], data: st.DataObject
) -> None:
    register = msgspec.structs.replace(data.draw(registers()), rows="one")
    rule = data.draw(st.sampled_from(COMPARED))
    item_ = compiled(rule, register, "country")
    ((placed),) = item_.questions.values()
    ((operand),) = item_.operands.values()
    value = data.draw(st.sampled_from([Decimal(1), Decimal("2.5"), None] if "area" in rule else ["子女", "父母", None]))
    bindings = Bindings(as_of=AS_OF, params={}, forms={}, operands={operand.question.id: value})
    rows = [row for row in data.draw(tables(register)) if row["rel"] != "怪"][:1]
    put(linked, rows)
    expected = answer(placed.question, register, [as_facts(row, register) for row in rows], bindings)
    for dialect, connection in linked.items():
        query = compile_query(placed.question, register, dialect)
        got = query.read(ask(connection, placed.question, register, bindings), placed.question, register, bindings)
        assert got == expected, (dialect, rule, value, rows)


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_every_dialect_writes_links_and_second_subjects(dialect: str) -> None:
    register = a_register("many", Absence.OPEN, KeyColumn(column="TO:ID", old_numbers=True), "r.ok", 3, "r.area > 1")
    for question in (
        compiled("exists(b.r)", register, "here", one_of=True).links["b"].question,
        next(iter(compiled("relation(a, c) = '子女'", register, "here").questions.values())).question,
    ):
        query = compile_query(question, register, dialect)
        assert OTHER not in query.sql
        kinds = {(one.origin.of, one.origin.form) for one in query.parameters if hasattr(one.origin, "of")}
        assert ("subject", "plain") in kinds
        assert (("other", "old") in kinds) == (question.kind == "boolean")


def test_a_row_that_may_not_be_seen_leads_nowhere(linked: dict[str, Connection]) -> None:
    register = a_register("many", Absence.CLOSED_NATIONWIDE, KeyColumn(column="TO:ID"), "", 3, "r.area > 1")
    question = compiled("exists(b.r)", register, "here", one_of=True).links["b"].question
    row = {"rel": "子女", "ok": "Y", "area": Decimal(1), "TO:ID": OTHER, "NAME%": "王"}
    put(linked, [row])
    bindings = Bindings(as_of=AS_OF, params={}, forms={})
    for dialect, connection in linked.items():
        assert compile_query(question, register, dialect).leads(ask(connection, question, register, bindings)) == ()


def leads(*found: tuple[bool | None, str, str]) -> list[Lead]:
    return [Lead(leads=on, number=number, name=name) for on, number, name in found]


@pytest.mark.parametrize(
    ("absence", "rows", "scope", "found", "status", "value", "rests_on"),
    [
        (Absence.CLOSED_NATIONWIDE, "many", "country", [], "value", 0, "absent"),
        (Absence.CLOSED_HERE, "many", "here", [], "value", 0, "absent"),
        (Absence.CLOSED_HERE, "many", "country", [], "not_held", None, "missing"),
        (Absence.OPEN, "one", "country", [], "not_held", None, "missing"),
        (Absence.FAULT, "many", "country", [], "not_held", None, "missing"),
        (Absence.OPEN, "one", "country", [(False, OTHER, "")], "value", 0, "row"),
        (Absence.OPEN, "many", "country", [(False, OTHER, "")], "not_held", None, "missing"),
        (Absence.OPEN, "one", "country", [(True, OTHER, "")], "value", 1, "row"),
        (Absence.OPEN, "many", "country", [(True, OTHER, "")], "value", 1, "missing"),
        (Absence.FAULT, "many", "country", [(True, OTHER, "")], "value", 1, "row"),
        (Absence.CLOSED_HERE, "many", "country", [(None, OTHER, "")], "not_held", None, "null"),
        (Absence.CLOSED_HERE, "many", "country", [(True, "无", "")], "not_held", None, "null"),
        (Absence.CLOSED_HERE, "many", "here", [(True, OTHER, ""), (True, OLD, "")], "value", 1, "row"),
        (Absence.CLOSED_HERE, "many", "here", [(True, OTHER, ""), (True, THIRD, "")], "not_held", None, "row"),
        (Absence.OPEN, "one", "country", [(True, OTHER, ""), (True, OTHER, "")], "unavailable", None, None),
    ],
)
def test_what_a_link_of_one_answers(
    absence: Absence, rows: str, scope: str, found: Any, status: str, value: int | None, rests_on: str | None
) -> None:
    register = a_register(rows, absence, KeyColumn(column="x", old_numbers=True), "", 1, "")
    question = compiled("exists(b.r)", register, scope, one_of=False).links["b"].question
    got = reach(question, register, leads(*found), one=True).answer
    assert (got.status, got.value, got.rests_on) == (status, value, rests_on)


def test_who_is_chosen_is_found_by_number_in_any_form_or_by_a_name_that_one_bears() -> None:
    register = a_register("many", Absence.OPEN, KeyColumn(column="x", old_numbers=True), "", 9, "")
    question = compiled("exists(b.r)", register, "country", one_of=True).links["b"].question
    found = leads((True, OLD, "李𠮷 "), (True, THIRD, "王"), (None, "331082199001011236", "赵"), (True, "无", "钱"))

    def chosen(typed: str, *more: Lead) -> tuple[str, list[str]]:
        reached = reach(question, register, [*found, *more], one=True, chosen=typed)
        return str(reached.answer.status), [person.number for person in reached.people]

    assert chosen(OTHER) == ("value", [OTHER])
    assert chosen(OTHER.lower()) == ("value", [OTHER])
    assert chosen("李𠮷") == ("value", [OTHER])
    for nobody in ("赵", "钱", "孙", "", "331082199001011236"):
        assert chosen(nobody) == ("not_held", [])
    assert chosen("王", *leads((True, OTHER, "王"))) == ("not_held", [])
    assert reach(question, register, [], one=True, chosen="王").answer == Answer(
        status=Status.NOT_HELD, rests_on=RestsOn.MISSING, scope="country"
    )


def test_the_order_of_those_reached_does_not_tell_their_age() -> None:
    register = a_register("many", Absence.CLOSED_NATIONWIDE, KeyColumn(column="x"), "", 20, "")
    question = compiled("count(b) >= 1", register, "country", one_of=False, many=True).links["b"].question
    numbers = [f"3310822008{month:02d}01123{check}" for month in range(1, 10) for check in "4"]
    reached = reach(question, register, leads(*((True, number, "") for number in numbers)), one=False)
    again = reach(question, register, leads(*((True, number, "") for number in reversed(numbers))), one=False)
    found = [person.number for person in reached.people]
    assert found == [person.number for person in again.people]
    assert found not in (numbers, numbers[::-1])


def _run(connection: Connection, sql: str) -> None:
    connection.execute(text(sql.replace(":", r"\:")))


def _q(name: str, dialect: str) -> str:
    mark = "`" if dialect == "mysql" else '"'
    return f"{mark}{name}{mark}"


def _ddl(dialect: str) -> str:
    ddl = _DDL.replace('"', "`") if dialect == "mysql" else _DDL
    return ddl.replace(" char(22)", " varchar(22)") if dialect == "duckdb" else ddl
