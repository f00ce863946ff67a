"""A second meaning of the language, for tests: the whole rule as one DuckDB query over the joined rows.

It takes the parser's tree and nothing else of `rules`: no type check, normal form, split, answer or
evaluation. Every node becomes two columns, its value and its state, in a chain of common table
expressions, so that each step can be read:

- `v` there is a value, `n` the row is there and holds NULL, `a` there is no row and the register is closed,
  so that is an answer, `m` not known (no row in an open register).
- a comparison with `m` is `m`, else with `a` is false, else with `n` is `n`;
- a condition that is `a` is false; and, or, not are Kleene's, `m` before `n`;
- a case whose condition is `n` or `m` is `m`.

Ages and months are counted forwards from the date, not by a cutoff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

import duckdb
import msgspec

from mianzheng.model.facts import Absence, Derivation, Register, Type
from mianzheng.rules import expression as x
from mianzheng.rules.faults import Where
from mianzheng.rules.parse import parse, parse_rule

Pair = tuple[str, str]  # columns: value, state
_TYPES = {
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


def judge(rule: str, world: World, scope: str) -> bool | None:
    """Return the truth of a rule over a world; None: unknown."""
    value, state = _Oracle(world, scope).run(parse(rule, Where("oracle", 1, 1)))
    return False if state == "a" else (bool(value) if state == "v" else None)


def worth(rule: str, world: World, scope: str) -> Any:
    """Return the value of a rule over a world; None: it has none."""
    value, state = _Oracle(world, scope).run(parse(rule, Where("oracle", 1, 1)))
    return value if state == "v" else None


class _Chain:
    """A relation that grows columns; each row is a case, a person of a role, or a row of a register."""

    def __init__(self, oracle: _Oracle, relation: str, *, register: str = "") -> None:
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


class _Oracle:
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
        chain = _Chain(self, f"select 0 as k, {subjects}")
        value, state = self.of(node, chain)
        sql = f"with {', '.join(self.ctes)} select {value}, {state} from {chain.relation}"
        rows = _connection().execute(sql).fetchall()
        assert len(rows) == 1
        return rows[0]

    def cte(self, sql: str) -> str:
        name = f"t{next(self.numbers)}"
        self.ctes.append(f"{name} as materialized ({sql})")
        return name

    def of(self, node: x.Node, chain: _Chain) -> Pair:
        key = repr(node)
        if key not in chain.known:
            chain.known[key] = _METHODS[type(node)](self, node, chain)
        return chain.known[key]

    def truth(self, node: x.Node, chain: _Chain) -> Pair:
        """Return a node as a condition: what is absent is false."""
        value, state = self.of(node, chain)
        if not isinstance(node, (x.Fact, x.Case, x.Coalesce)):
            return value, state  # a condition of its own is never absent
        return chain.pair(f"({state} = 'v' and {value})", f"case when {state} = 'a' then 'v' else {state} end")

    # leaves

    def literal(self, node: x.Literal_, chain: _Chain) -> Pair:
        return _sql(node.value, node.type), "'v'"

    def form(self, node: x.Form, chain: _Chain) -> Pair:
        value = self.world.forms.get(node.name)
        return ("null", "'n'") if value is None else (_sql(value), "'v'")

    def param(self, node: x.Param, chain: _Chain) -> Pair:
        return _sql(self.world.params[node.name]), "'v'"

    def today(self, node: x.Node, chain: _Chain) -> Pair:
        return _sql(self.world.as_of), "'v'"

    def shift(self, node: x.Shift, chain: _Chain) -> Pair:
        amount, _ = self.of(node.amount, chain)
        unit = f"to_{node.unit}(cast({amount} as integer))"
        return f"cast({_sql(self.world.as_of)} {'+' if node.sign > 0 else '-'} {unit} as date)", "'v'"

    def fact(self, node: x.Fact, chain: _Chain) -> Pair:
        derive = self.world.registers[node.register].facts[node.name].derive
        if derive is not None:
            return self.of(_derived(node, derive), chain)
        if chain.register:
            column = f"f_{node.name}"
            return chain.pair(column, f"case when {column} is null then 'n' else 'v' end")
        here, column = self.joined(node.role, node.register, node.name, chain)
        register = self.world.registers[node.register]
        if not self.closed(register):
            absent, default = "'m'", "null"
        else:
            declared = register.facts[node.name].when_absent
            absent, default = ("'a'", "null") if declared is None else ("'v'", _sql(declared))
        state = f"case when not {here} then {absent} when {column} is null then 'n' else 'v' end"
        return chain.pair(f"case when {here} then {column} else {default} end", state)

    def joined(self, role: str, register: str, fact: str, chain: _Chain) -> Pair:
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
        types = {f"f_{name}": _TYPES[fact.type] for name, fact in facts.items()}
        empty = ", ".join(
            ["cast(null as varchar) as subject", *(f"cast(null as {t}) as {n}" for n, t in types.items())]
        )
        selects = [f"select {empty} where false"]
        for (name, subject), rows in self.world.rows.items():
            for row in rows if name == register else ():
                cells = [f"{_sql(row[fact], declared.type)}" for fact, declared in facts.items()]
                selects.append(f"select '{subject}', {', '.join(cells)}")
        return " union all ".join(selects)

    def closed(self, register: Register) -> bool:
        """Return whether no row is an answer."""
        if register.absence is Absence.CLOSED_HERE:
            return self.scope == "here"
        return register.absence is Absence.CLOSED_NATIONWIDE

    # conditions

    def compare(self, node: x.Compare, chain: _Chain) -> Pair:
        for op, side, other in ((node.op, node.left, node.right), (_TURN[node.op], node.right, node.left)):
            if isinstance(side, (x.Aggregate, x.OverRole)) and side.how not in ("has", "every"):
                return self.compare_set(op, side, other, chain)
        (left, left_state), (right, right_state) = self.of(node.left, chain), self.of(node.right, chain)
        return chain.pair(*_comparison(f"{left} {node.op} {right}", left_state, right_state))

    def within(self, node: x.In, chain: _Chain) -> Pair:
        value, state = self.of(node.value, chain)
        options = [self.of(option, chain)[0] for option in node.options]
        return chain.pair(*_comparison(f"{value} in ({', '.join(options)})", state))

    def match(self, node: x.Match, chain: _Chain) -> Pair:
        (text, state), (part, _) = self.of(node.text, chain), self.of(node.literal, chain)
        function = "contains" if node.how == "contains" else "starts_with"
        return chain.pair(*_comparison(f"{function}({text}, {part})", state))

    def is_null(self, node: x.IsNull, chain: _Chain) -> Pair:
        _, state = self.of(node.value, chain)
        return chain.pair(f"{state} <> 'v'", f"case when {state} = 'm' then 'm' else 'v' end")

    def distinct(self, node: x.Distinct, chain: _Chain) -> Pair:
        (left, left_state), (right, right_state) = self.of(node.left, chain), self.of(node.right, chain)
        return chain.pair(
            f"{left} is distinct from {right}", f"case when 'm' in ({left_state}, {right_state}) then 'm' else 'v' end"
        )

    def joint(self, node: x.And | x.Or, chain: _Chain) -> Pair:
        pairs = [self.truth(part, chain) for part in node.parts]
        decisive = "not " if isinstance(node, x.And) else ""
        settled = " or ".join(f"({state} = 'v' and {decisive}{value})" for value, state in pairs)
        states = ", ".join(state for _, state in pairs)
        state = (
            f"case when {settled} then 'v' when 'm' in ({states}) then 'm' when 'n' in ({states}) then 'n' else 'v' end"
        )
        return chain.pair(f"({settled}) = {str(isinstance(node, x.Or)).lower()}", state)

    def negation(self, node: x.Not, chain: _Chain) -> Pair:
        value, state = self.truth(node.part, chain)
        return chain.pair(f"not {value}", state)

    def exists(self, node: x.Exists, chain: _Chain) -> Pair:
        return chain.pair(
            f"exists (select 1 from ({self.table(node.register)}) r where r.subject = subject_{node.role})", "'v'"
        )

    # values

    def case(self, node: x.Case, chain: _Chain) -> Pair:
        value, state = ("null", "'n'") if node.default is None else self.of(node.default, chain)
        for condition, result in reversed(node.branches):
            here, here_state = self.truth(condition, chain)
            then, then_state = self.of(result, chain)
            unknown = f"when {here_state} <> 'v'"
            value = f"case {unknown} then null when {here} then {then} else {value} end"
            state = f"case {unknown} then 'm' when {here} then {then_state} else {state} end"
        return chain.pair(value, state)

    def coalesce(self, node: x.Coalesce, chain: _Chain) -> Pair:
        pairs = [self.of(part, chain) for part in node.parts]
        value, state = pairs[-1]
        for here, here_state in reversed(pairs[:-1]):
            value = f"case when {here_state} in ('v', 'm') then {here} else {value} end"
            state = f"case when {here_state} in ('v', 'm') then {here_state} else {state} end"
        return chain.pair(value, state)

    def arithmetic(self, node: x.Arithmetic, chain: _Chain) -> Pair:
        (left, left_state), (right, right_state) = self.of(node.left, chain), self.of(node.right, chain)
        states = f"({left_state}, {right_state})"
        cases = [(f"'{state}' in {states}", f"'{state}'") for state in "man"]
        state = _first(*cases, otherwise="'v'")
        return chain.pair(f"{left} {node.op} {right}", state)

    def elapsed(self, node: x.Elapsed, chain: _Chain) -> Pair:
        """Whole units since a date: the most that can be added to it without passing the case's date."""
        start, state = self.of(node.value, chain)
        now = _sql(self.world.as_of)
        if node.unit == "days":
            return chain.pair(f"{now} - {start}", state)
        months = f"(year({now}) * 12 + month({now}) - year({start}) * 12 - month({start}))"
        units, add = (months, "to_months") if node.unit == "months" else (f"(year({now}) - year({start}))", "to_years")
        passed = f"cast({start} + {add}(cast({units} as integer)) as date) > {now}"
        return chain.pair(f"{units} - case when {passed} then 1 else 0 end", state)

    # sets

    def gathered(self, node: x.Aggregate | x.OverRole, chain: _Chain) -> dict[str, str]:
        """Return columns that say all about a set: how many surely or perhaps count, their values, if all are known."""
        if isinstance(node, x.Aggregate):
            rows = self.table(node.register)
            on = f"r.subject = l.subject_{node.role}"
            base = f"select l.k as outer_k, r.* from {chain.relation} l join ({rows}) r on {on}"
            inner = _Chain(self, base, register=node.register)
            counts = ("true", "'v'") if node.where is None else self.truth(node.where, inner)
            value = None if node.value is None else self.of(node.value, inner)
        else:
            inner = _Chain(self, self._persons(node.role, chain))
            is_value = node.how in ("total", "lowest", "highest")
            counts = ("true", "'v'") if node.body is None or is_value else self.truth(node.body, inner)
            value = self.of(node.body, inner) if is_value and node.body is not None else None
        return self._summed(node, inner, counts, value, chain)

    def _persons(self, role: str, chain: _Chain) -> str:
        people = self.world.people[role] or ()
        rows = " union all ".join(
            [f"select '{subject}' as subject, {n} as n" for n, subject in enumerate(people)]
            or ["select '' as subject, 0 as n where false"]
        )
        columns = f"l.* exclude (k), l.k as outer_k, p.n as k, p.subject as subject_{role}"
        return f"select {columns} from {chain.relation} l cross join ({rows}) p"

    def _summed(
        self, node: x.Aggregate | x.OverRole, inner: _Chain, counts: Pair, value: Pair | None, chain: _Chain
    ) -> dict[str, str]:
        sure, perhaps = f"({counts[1]} = 'v' and {counts[0]})", f"({counts[1]} <> 'v')"
        aggregates = {
            "members": "count(*)",
            "sure": f"count(*) filter (where {sure})",
            "perhaps": f"count(*) filter (where {perhaps})",
            "missing": f"count(*) filter (where {counts[1]} = 'm')",
            "refuted": f"count(*) filter (where {counts[1]} = 'v' and not {counts[0]})",
        }
        if value is not None:
            counted = f"({sure} or {perhaps})"
            aggregates |= {
                "holes": f"count(*) filter (where {counted} and {value[1]} <> 'v')",
                "sure_min": f"min({value[0]}) filter (where {sure})",
                "sure_max": f"max({value[0]}) filter (where {sure})",
                "all_min": f"min({value[0]}) filter (where {counted})",
                "all_max": f"max({value[0]}) filter (where {counted})",
            }
            if node.how == "total":
                aggregates |= {
                    name: f"sum(case when {sure} or {value[0]} {sign} 0 then {value[0]} else 0 end)"
                    f" filter (where {counted})"
                    for name, sign in (("sum_low", "<"), ("sum_high", ">"))
                }
        names = {name: f"c{next(self.numbers)}" for name in aggregates}
        summed = self.cte(
            "select outer_k, "
            + ", ".join(f"{sql} as {names[name]}" for name, sql in aggregates.items())
            + f" from {inner.relation} group by outer_k"
        )
        picks = [f"coalesce(s.{n}, 0) as {n}" if k not in _EXTREMES else f"s.{n} as {n}" for k, n in names.items()]
        chain.relation = self.cte(
            f"select l.*, {', '.join(picks)} from {chain.relation} l left join {summed} s on s.outer_k = l.k"
        )
        return names | {"complete": self._complete(node, names, chain)}

    def _complete(self, node: x.Aggregate | x.OverRole, names: dict[str, str], chain: _Chain) -> str:
        if isinstance(node, x.OverRole):
            return str(self.world.people[node.role] is not None).lower()
        register = self.world.registers[node.register]
        if self.closed(register):
            return "true"
        return f"({names['members']} > 0)" if register.absence is Absence.FAULT else "false"

    def set_value(self, node: x.Aggregate | x.OverRole, chain: _Chain) -> Pair:
        about = self.gathered(node, chain)
        if node.how == "has":
            return chain.pair(f"{about['sure']} > 0", self._decided(about, about["sure"]))
        if node.how == "every":
            return chain.pair(f"{about['refuted']} = 0", self._decided(about, about["refuted"]))
        low, high, some, none = self.ends(node, about, chain)
        state = f"case when {none} then 'a' when {some} and {low} = {high} then 'v' else 'm' end"
        return chain.pair(low, state)

    def _decided(self, about: dict[str, str], decisive: str) -> str:
        """Return the state of has or every: settled by one decisive member, or by knowing all of them."""
        open_ = f"not {about['complete']} or {about['missing']} > 0"
        return _first((f"{decisive} > 0", "'v'"), (open_, "'m'"), (f"{about['perhaps']} > 0", "'n'"), otherwise="'v'")

    def ends(self, node: x.Aggregate | x.OverRole, about: dict[str, str], chain: _Chain) -> tuple[str, str, str, str]:
        """Return a set's least and greatest possible value (NULL: no limit), if it surely has one, surely none."""
        complete = about["complete"]
        if node.how == "count":
            most = f"case when {complete} then {about['sure']} + {about['perhaps']} end"
            return *chain.columns(about["sure"], most), "true", "false"  # type: ignore[return-value]
        known = f"({complete} and {about['holes']} = 0)"
        if node.how == "total":
            sums = (f"case when {known} then coalesce({about[name]}, 0) end" for name in ("sum_low", "sum_high"))
            return *chain.columns(*sums), "true", "false"  # type: ignore[return-value]
        some, none = f"({about['sure']} > 0)", f"({complete} and {about['sure']} + {about['perhaps']} = 0)"
        if node.how == "lowest":
            low = f"case when {known} then {about['all_min']} end"
            high = f"coalesce({about['sure_min']}, case when {known} and not {some} then {about['all_max']} end)"
        else:
            low = f"coalesce({about['sure_max']}, case when {known} and not {some} then {about['all_min']} end)"
            high = f"case when {known} then {about['all_max']} end"
        return chain.columns(low, high, some, none)  # type: ignore[return-value]

    def compare_set(self, op: str, node: x.Aggregate | x.OverRole, other: x.Node, chain: _Chain) -> Pair:
        """A comparison holds if it does for every value that the set can have; of nothing it is false."""
        low, high, some, none = self.ends(node, self.gathered(node, chain), chain)
        value, state = self.of(other, chain)
        can_be = {
            "=": f"coalesce({low} <= {value}, true) and coalesce({high} >= {value}, true)",
            "<": f"coalesce({low} < {value}, true)",
            "<=": f"coalesce({low} <= {value}, true)",
            ">": f"coalesce({high} > {value}, true)",
            ">=": f"coalesce({high} >= {value}, true)",
        }
        can_fail = {
            "=": f"coalesce({low} <> {value}, true) or coalesce({high} <> {value}, true)",
            "<": can_be[">="],
            "<=": can_be[">"],
            ">": can_be["<="],
            ">=": can_be["<"],
        }
        true, false = chain.columns(f"not {none} and ({can_be[op]})", f"not {some} or ({can_fail[op]})")
        open_ = f"{true} and {false}"
        settled = _first((f"{state} = 'a'", "'v'"), (f"{state} <> 'v'", state), (open_, "'m'"), otherwise="'v'")
        return chain.pair(f"{state} = 'v' and {true}", settled)


_EXTREMES = ("sure_min", "sure_max", "all_min", "all_max")
_TURN = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_METHODS: dict[type[x.Node], Callable[..., Pair]] = {
    x.Literal_: _Oracle.literal,
    x.Form: _Oracle.form,
    x.Param: _Oracle.param,
    x.Today: _Oracle.today,
    x.Shift: _Oracle.shift,
    x.Fact: _Oracle.fact,
    x.Compare: _Oracle.compare,
    x.In: _Oracle.within,
    x.Match: _Oracle.match,
    x.IsNull: _Oracle.is_null,
    x.Distinct: _Oracle.distinct,
    x.And: _Oracle.joint,
    x.Or: _Oracle.joint,
    x.Not: _Oracle.negation,
    x.Exists: _Oracle.exists,
    x.Case: _Oracle.case,
    x.Coalesce: _Oracle.coalesce,
    x.Arithmetic: _Oracle.arithmetic,
    x.Elapsed: _Oracle.elapsed,
    x.Aggregate: _Oracle.set_value,
    x.OverRole: _Oracle.set_value,
}


def _derived(node: x.Fact, derive: Derivation) -> x.Node:
    """Return what a derived fact follows from, spoken of the same person."""
    if derive.expression is not None:
        where = Where(f"{node.register}.{node.name}", 1, 1)
        return _spoken_of(parse_rule(derive.expression, where, within=node.register).node, node.role)
    if derive.months_since is not None:
        return x.Elapsed(x.Fact(node.role, node.register, derive.months_since), "months")
    return x.Elapsed(x.Fact(node.role, node.register, derive.age_of or derive.years_since or ""), "years")


def _spoken_of(node: Any, role: str) -> Any:
    if isinstance(node, tuple):
        return tuple(_spoken_of(part, role) for part in node)
    if isinstance(node, x.Fact):
        return x.Fact(role, node.register, node.name)
    if isinstance(node, x.Node):
        return type(node)(*(_spoken_of(getattr(node, field), role) for field in node.__struct_fields__))
    return node


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Return the oracle's own database; its queries are long and tiny, so nothing is optimised."""
    connection = duckdb.connect(":memory:")
    connection.execute("pragma disable_optimizer")
    connection.execute("set threads = 1")
    return connection


def _first(*cases: tuple[str, str], otherwise: str) -> str:
    """Return the state of the first case that holds."""
    return "case " + " ".join(f"when {when} then {then}" for when, then in cases) + f" else {otherwise} end"


def _comparison(holds: str, *states: str) -> Pair:
    listed = ", ".join(states)
    cases = [(f"'m' in ({listed})", "'m'"), (f"'a' in ({listed})", "'v'"), (f"'n' in ({listed})", "'n'")]
    state = _first(*cases, otherwise="'v'")
    return f"'a' not in ({listed}) and ({holds})", state


def _sql(value: Any, type_: Type | None = None) -> str:
    """Return a constant of the oracle's query; the test makes all values itself."""
    if value is None:
        return f"cast(null as {_TYPES[type_ or Type.STRING]})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, Decimal) or type_ is Type.DECIMAL:
        return f"cast({value} as decimal(28, 6))"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
