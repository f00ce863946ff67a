"""The ground of the oracle: the world it judges, relations that grow columns, and SQL's small parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any, ClassVar

import duckdb
import msgspec

from mianzheng.model.facts import Absence, Register, Type
from mianzheng.rules import expression as x

Pair = tuple[str, str]  # columns: value, state
TYPES = {
    Type.BOOLEAN: "boolean",
    Type.INTEGER: "bigint",
    Type.DECIMAL: "decimal(28, 6)",
    Type.DATE: "date",
    Type.STRING: "varchar",
    Type.ENUM: "varchar",
}


class World(msgspec.Struct, frozen=True, kw_only=True):
    """All that is true: the rows of each subject in each register, and the people of each role."""

    registers: Mapping[str, Register]
    rows: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]  # (register, subject) -> rows
    people: Mapping[str, Sequence[str] | None]  # role -> subjects; None: nobody knows how many
    many: frozenset[str]  # roles spoken of by has, every, count …
    forms: Mapping[str, Any]
    params: Mapping[str, Any]
    as_of: date


class Chain:
    """A relation that grows columns; each row is a case, a person of a role, or a row of a register."""

    def __init__(self, oracle: Frame, relation: str, *, register: str = "") -> None:
        self.oracle = oracle
        self.relation = oracle.cte(relation)
        self.register = register  # inside a set: whose row this is
        self.known: dict[str, Pair] = {}

    def columns(self, *sqls: str) -> tuple[str, ...]:
        """Add columns and return their names."""
        names = tuple(f"c{next(self.oracle.numbers)}" for _ in sqls)
        added = ", ".join(f"{sql} as {name}" for sql, name in zip(sqls, names, strict=True))
        self.relation = self.oracle.cte(f"select *, {added} from {self.relation}")
        return names

    def pair(self, value: str, state: str) -> Pair:
        """Add a value (NULL unless the state is v) and its state."""
        names = self.columns(f"case when {state} = 'v' then {value} end", state)
        return names[0], names[1]


class Frame:
    """The relations of one query, and what every node may ask of them; `METHODS` says how each node is written."""

    METHODS: ClassVar[Mapping[type[x.Node], Callable[..., Pair]]] = {}

    def __init__(self, world: World, scope: str) -> None:
        self.world = world
        self.scope = scope
        self.ctes: list[str] = []
        self.numbers = count()

    def run(self, node: x.Node) -> tuple[Any, str]:
        single = {
            role: people[0] for role, people in self.world.people.items() if people and role not in self.world.many
        }
        subjects = ", ".join(f"'{subject}' as subject_{role}" for role, subject in single.items())
        chain = Chain(self, f"select 0 as k, {subjects}")
        value, state = self.of(node, chain)
        sql = f"with {', '.join(self.ctes)} select {value}, {state} from {chain.relation}"
        rows = _connection().execute(sql).fetchall()
        assert len(rows) == 1
        return rows[0]

    def cte(self, sql: str) -> str:
        name = f"t{next(self.numbers)}"
        self.ctes.append(f"{name} as materialized ({sql})")
        return name

    def of(self, node: x.Node, chain: Chain) -> Pair:
        key = repr(node)
        if key not in chain.known:
            chain.known[key] = self.METHODS[type(node)](self, node, chain)
        return chain.known[key]

    def truth(self, node: x.Node, chain: Chain) -> Pair:
        """Return a node as a condition: what is absent is false."""
        value, state = self.of(node, chain)
        if not isinstance(node, (x.Fact, x.Case, x.Coalesce)):
            return value, state  # a condition of its own is never absent
        return chain.pair(f"({state} = 'v' and {value})", f"case when {state} = 'a' then 'v' else {state} end")

    def joined(self, role: str, register: str, fact: str, chain: Chain) -> Pair:
        """Return whether the subject has a row in a register of one row, and the fact's column."""
        names = f"c{next(self.numbers)}", f"c{next(self.numbers)}"
        subject = f"subject_{role}"
        chain.relation = self.cte(
            f"select l.*, r.subject is not null as {names[0]}, r.f_{fact} as {names[1]} from {chain.relation} l "
            f"left join ({self.table(register)}) r on r.subject = l.{subject}"
        )
        return names

    def table(self, register: str) -> str:
        """Return a register's rows as a relation: subject, f_… of each fact."""
        facts = self.world.registers[register].facts
        facts = {name: fact for name, fact in facts.items() if fact.derive is None}
        types = {f"f_{name}": TYPES[fact.type] for name, fact in facts.items()}
        empty = ", ".join(
            ["cast(null as varchar) as subject", *(f"cast(null as {t}) as {n}" for n, t in types.items())]
        )
        selects = [f"select {empty} where false"]
        for (name, subject), rows in self.world.rows.items():
            for row in rows if name == register else ():
                cells = [f"{sql_of(row[fact], declared.type)}" for fact, declared in facts.items()]
                selects.append(f"select '{subject}', {', '.join(cells)}")
        return " union all ".join(selects)

    def closed(self, register: Register) -> bool:
        """Return whether no row is an answer."""
        if register.absence is Absence.CLOSED_HERE:
            return self.scope == "here"
        return register.absence is Absence.CLOSED_NATIONWIDE


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Return the oracle's own database; its queries are long and tiny, so nothing is optimised."""
    connection = duckdb.connect(":memory:")
    connection.execute("pragma disable_optimizer")
    connection.execute("set threads = 1")
    return connection


def first_of(*cases: tuple[str, str], otherwise: str) -> str:
    """Return the state of the first case that holds."""
    return "case " + " ".join(f"when {when} then {then}" for when, then in cases) + f" else {otherwise} end"


def comparison(holds: str, *states: str) -> Pair:
    listed = ", ".join(states)
    cases = [(f"'m' in ({listed})", "'m'"), (f"'a' in ({listed})", "'v'"), (f"'n' in ({listed})", "'n'")]
    state = first_of(*cases, otherwise="'v'")
    return f"'a' not in ({listed}) and ({holds})", state


def sql_of(value: Any, type_: Type | None = None) -> str:
    """Return a constant of the oracle's query; the test makes all values itself."""
    if value is None:
        return f"cast(null as {TYPES[type_ or Type.STRING]})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, Decimal) or type_ is Type.DECIMAL:
        return f"cast({value} as decimal(28, 6))"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def units_since(start: str, unit: str, as_of: date) -> str:
    """Return the whole units since a date: the most that can be added to it without passing the case's date."""
    now = sql_of(as_of)
    if unit == "days":
        return f"({now} - {start})"
    months = f"(year({now}) * 12 + month({now}) - year({start}) * 12 - month({start}))"
    units, add = (months, "to_months") if unit == "months" else (f"(year({now}) - year({start}))", "to_years")
    passed = f"cast({start} + {add}(cast({units} as integer)) as date) > {now}"
    return f"({units} - case when {passed} then 1 else 0 end)"
