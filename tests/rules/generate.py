"""Random registers and rows, small enough that values meet and every corner is met often."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from mianzheng.model.facts import Absence, Column, Derivation, Fact, KeyColumn, Register, Sensitivity, Source, Type
from mianzheng.model.item import ParamTable, ParamValue, Reference
from mianzheng.model.scalar import Scalar
from mianzheng.model.text import Text
from tests.rules.wardrobe import COPIES, JUNK, KEY, SHAPES, TABLES, UNKNOWN, WORDS, Shape, column_name

AS_OF = date(2026, 2, 28)  # who was born on 29 February 2008 comes of age on this day
_SAY = Text("甲", "x")
_LAW = Reference(text="试验法", verified=False)
DAYS = (
    date(2008, 2, 28),
    date(2008, 2, 29),
    date(2008, 3, 1),
    date(2025, 2, 28),
    date(2026, 1, 31),
    AS_OF,
    AS_OF + timedelta(days=1),
)
TEXTS = ("X", "x", "西湖路", "西湖", "331082", "丙")
WHOLE = (-1, 0, 1, 2, 3)
DECIMALS = (Decimal("-1.5"), Decimal(0), Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal(2), Decimal("1200.5"))
PARAMS = {
    "line": (Type.DECIMAL, Decimal("0.3")),
    "least": (Type.INTEGER, 2),
    "age": (Type.INTEGER, 18),
    "since": (Type.DATE, date(2025, 2, 28)),
}
FORMS = {"months": (Type.INTEGER, 2), "since": (Type.DATE, date(2026, 1, 31)), "word": (Type.STRING, "西湖")}
COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])

Row = dict[str, object]  # fact -> value, None, UNKNOWN or JUNK


def params() -> dict[str, ParamTable]:
    """Return the figures that rules may use."""
    return {
        name: ParamTable(
            param=name,
            label=_SAY,
            owner="d",
            type=type_,
            values=(ParamValue(effective=date(2000, 1, 1), value=literal_wire(value), reference=_LAW),),
        )
        for name, (type_, value) in PARAMS.items()
    }


def literal_wire(value: Scalar) -> Any:
    """Return a figure as packs write it."""
    return str(value) if isinstance(value, (Decimal, date)) else value


@st.composite
def registers(draw: st.DrawFn, *, name: str = "r", rows: str | None = None, table: str = TABLES[0]) -> Register:
    """Return a register of any absence class whose facts lie in random shapes of the wardrobe."""
    how_many = rows or draw(st.sampled_from(["one", "many"]))
    absence = draw(st.sampled_from(list(Absence)))
    facts: dict[str, Fact] = {}
    columns: dict[str, Column] = {}
    for number, shape in enumerate(draw(st.lists(st.sampled_from(list(SHAPES)), min_size=2, max_size=5))):
        copy = sum(column.column.startswith(f"{shape.upper()} ") for column in columns.values())
        if copy < COPIES:
            fact, physical = f"f{number}", column_name(shape, copy)
            facts[fact] = draw(declared(SHAPES[shape], absence))
            columns[fact] = msgspec.structs.replace(SHAPES[shape].column, column=physical)
    facts |= draw(_derived(facts))
    return Register(
        register=name,
        name=_SAY,
        department="d",
        key="person",
        rows=how_many,  # type: ignore[arg-type]
        absence=absence,
        rhythm=_SAY,
        mark_hours=36,
        deadline_hours=24,
        engine="sqlite",
        facts=facts,
        source=Source(table=table, key=KeyColumn(column=KEY), columns=columns),
    )


@st.composite
def _derived(draw: st.DrawFn, facts: dict[str, Fact]) -> dict[str, Fact]:
    """Return sometimes an age of one of the dates, sometimes a yes or no that follows from another fact."""
    derived: dict[str, Fact] = {}
    dates = [name for name, fact in facts.items() if fact.type is Type.DATE]
    if dates and draw(st.booleans()):
        counted = {draw(st.sampled_from(["age_of", "months_since"])): draw(st.sampled_from(dates))}
        derived["age"] = _derived_fact(Type.INTEGER, Derivation(**counted))
    if draw(st.booleans()):
        name = draw(st.sampled_from(list(facts)))
        value = written(draw(st.sampled_from(domain(facts[name].type))))
        rule = draw(
            st.sampled_from([f"{name} = {value}", f"not ({name} = {value})", f"coalesce({name} = {value}, true)"])
        )
        derived["flag"] = _derived_fact(Type.BOOLEAN, Derivation(expression=rule))
    return derived


def _derived_fact(type_: Type, derive: Derivation) -> Fact:
    return Fact(label=_SAY, type=type_, sensitivity=Sensitivity.L2, derive=derive)


def stored_facts(register: Register) -> list[str]:
    """Return the facts that lie in columns."""
    return [name for name, fact in register.facts.items() if fact.derive is None]


@st.composite
def declared(draw: st.DrawFn, shape: Shape, absence: Absence) -> Fact:
    """Return a fact of a shape, with or without a value for an absent row."""
    when_absent: bool | int | None = None
    if absence in (Absence.CLOSED_NATIONWIDE, Absence.CLOSED_HERE):
        if shape.type is Type.BOOLEAN:
            when_absent = draw(st.sampled_from([None, False]))
        if shape.type in (Type.INTEGER, Type.DECIMAL):
            when_absent = draw(st.sampled_from([None, 0]))
    values = WORDS if shape.type is Type.ENUM else ()
    return Fact(label=_SAY, type=shape.type, sensitivity=Sensitivity.L2, values=values, when_absent=when_absent)


def shape_of(register: Register, fact: str) -> Shape:
    """Return the shape in which a fact lies."""
    physical = register.source.columns[fact].column
    return next(shape for shape in SHAPES.values() if physical in (column_name(shape.name, c) for c in range(COPIES)))


@st.composite
def table_rows(draw: st.DrawFn, register: Register, *, most: int | None = None, strange: bool = False) -> list[Row]:
    """Return the rows of one subject: values, NULLs, what stands for none, codes that nobody knows."""
    limit = most if most is not None else (1 if register.rows == "one" else 3)
    rows = []
    for _ in range(draw(st.integers(0, limit))):
        rows.append({name: draw(_stored(shape_of(register, name), strange)) for name in stored_facts(register)})
    return rows


def _stored(shape: Shape, strange: bool) -> st.SearchStrategy[object]:
    kinds: list[st.SearchStrategy[object]] = [st.sampled_from(domain(shape.type))] * 4 + [st.none()]
    if shape.junk:
        kinds.append(st.just(JUNK))
    if strange and shape.strange is not None:
        kinds.append(st.just(UNKNOWN))
    return st.one_of(kinds)


def domain(type_: Type) -> tuple[Any, ...]:
    """Return the values facts of a type take."""
    return {
        Type.DATE: DAYS,
        Type.STRING: TEXTS,
        Type.ENUM: WORDS,
        Type.BOOLEAN: (True, False),
        Type.INTEGER: WHOLE[1:],
        Type.DECIMAL: DECIMALS,
    }[type_]


def as_facts(row: Row) -> dict[str, Any]:
    """Return a row as rules see it: what means none, or cannot be read, is None."""
    return {name: None if value is JUNK or value is UNKNOWN else value for name, value in row.items()}


def as_stored(register: Register, number: str, row: Row, dialect: str, pick: int) -> dict[str, object]:
    """Return a row as a table of this dialect holds it."""
    stored: dict[str, object] = {KEY: number}
    for name, value in row.items():
        shape = shape_of(register, name)
        if value is JUNK:
            value = shape.junk[pick % len(shape.junk)]
        elif value is UNKNOWN:
            value = shape.strange
        stored[register.source.columns[name].column] = shape.store(value, dialect)
    return stored


def written(value: Scalar) -> str:
    """Return a literal of the language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return f"'{value}'" if isinstance(value, str) else str(value)
