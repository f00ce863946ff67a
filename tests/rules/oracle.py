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

from typing import Any

from mianzheng.model.facts import Derivation
from mianzheng.rules import expression as x
from mianzheng.rules.faults import Where
from mianzheng.rules.parse import parse, parse_rule
from tests.rules.oracle_sets import Sets
from tests.rules.oracle_world import Chain, Pair, World, comparison, first_of, sql_of, units_since

TURN = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def judge(rule: str, world: World, scope: str) -> bool | None:
    """Return the truth of a rule over a world; None: unknown."""
    value, state = _Oracle(world, scope).run(parse(rule, Where("oracle", 1, 1)))
    return False if state == "a" else (bool(value) if state == "v" else None)


def worth(rule: str, world: World, scope: str) -> Any:
    """Return the value of a rule over a world; None: it has none."""
    value, state = _Oracle(world, scope).run(parse(rule, Where("oracle", 1, 1)))
    return value if state == "v" else None


class _Oracle(Sets):
    """Writes every node of the language."""

    # leaves

    def literal(self, node: x.Literal_, chain: Chain) -> Pair:
        return sql_of(node.value, node.type), "'v'"

    def form(self, node: x.Form, chain: Chain) -> Pair:
        value = self.world.forms.get(node.name)
        return ("null", "'n'") if value is None else (sql_of(value), "'v'")

    def param(self, node: x.Param, chain: Chain) -> Pair:
        return sql_of(self.world.params[node.name]), "'v'"

    def today(self, node: x.Node, chain: Chain) -> Pair:
        return sql_of(self.world.as_of), "'v'"

    def shift(self, node: x.Shift, chain: Chain) -> Pair:
        amount, _ = self.of(node.amount, chain)
        unit = f"to_{node.unit}(cast({amount} as integer))"
        return f"cast({sql_of(self.world.as_of)} {'+' if node.sign > 0 else '-'} {unit} as date)", "'v'"

    def fact(self, node: x.Fact, chain: Chain) -> Pair:
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
            absent, default = ("'a'", "null") if declared is None else ("'v'", sql_of(declared))
        state = f"case when not {here} then {absent} when {column} is null then 'n' else 'v' end"
        return chain.pair(f"case when {here} then {column} else {default} end", state)

    # conditions

    def compare(self, node: x.Compare, chain: Chain) -> Pair:
        for op, side, other in ((node.op, node.left, node.right), (TURN[node.op], node.right, node.left)):
            of = side.value if isinstance(side, x.Elapsed) else side
            if isinstance(of, (x.Aggregate, x.OverRole)) and of.how not in ("has", "every"):
                return self.compare_set(op, side, other, chain)
        (left, left_state), (right, right_state) = self.of(node.left, chain), self.of(node.right, chain)
        return chain.pair(*comparison(f"{left} {node.op} {right}", left_state, right_state))

    def within(self, node: x.In, chain: Chain) -> Pair:
        value, state = self.of(node.value, chain)
        options = [self.of(option, chain)[0] for option in node.options]
        return chain.pair(*comparison(f"{value} in ({', '.join(options)})", state))

    def match(self, node: x.Match, chain: Chain) -> Pair:
        (text, state), (part, _) = self.of(node.text, chain), self.of(node.literal, chain)
        function = "contains" if node.how == "contains" else "starts_with"
        return chain.pair(*comparison(f"{function}({text}, {part})", state))

    def is_null(self, node: x.IsNull, chain: Chain) -> Pair:
        _, state = self.of(node.value, chain)
        return chain.pair(f"{state} <> 'v'", f"case when {state} = 'm' then 'm' else 'v' end")

    def distinct(self, node: x.Distinct, chain: Chain) -> Pair:
        (left, left_state), (right, right_state) = self.of(node.left, chain), self.of(node.right, chain)
        return chain.pair(
            f"{left} is distinct from {right}", f"case when 'm' in ({left_state}, {right_state}) then 'm' else 'v' end"
        )

    def joint(self, node: x.And | x.Or, chain: Chain) -> Pair:
        pairs = [self.truth(part, chain) for part in node.parts]
        decisive = "not " if isinstance(node, x.And) else ""
        settled = " or ".join(f"({state} = 'v' and {decisive}{value})" for value, state in pairs)
        states = ", ".join(state for _, state in pairs)
        state = (
            f"case when {settled} then 'v' when 'm' in ({states}) then 'm' when 'n' in ({states}) then 'n' else 'v' end"
        )
        return chain.pair(f"({settled}) = {str(isinstance(node, x.Or)).lower()}", state)

    def negation(self, node: x.Not, chain: Chain) -> Pair:
        value, state = self.truth(node.part, chain)
        return chain.pair(f"not {value}", state)

    def exists(self, node: x.Exists, chain: Chain) -> Pair:
        return chain.pair(
            f"exists (select 1 from ({self.table(node.register)}) r where r.subject = subject_{node.role})", "'v'"
        )

    # values

    def case(self, node: x.Case, chain: Chain) -> Pair:
        value, state = ("null", "'n'") if node.default is None else self.of(node.default, chain)
        for condition, result in reversed(node.branches):
            here, here_state = self.truth(condition, chain)
            then, then_state = self.of(result, chain)
            unknown = f"when {here_state} <> 'v'"
            value = f"case {unknown} then null when {here} then {then} else {value} end"
            state = f"case {unknown} then 'm' when {here} then {then_state} else {state} end"
        return chain.pair(value, state)

    def coalesce(self, node: x.Coalesce, chain: Chain) -> Pair:
        pairs = [self.of(part, chain) for part in node.parts]
        value, state = pairs[-1]
        for here, here_state in reversed(pairs[:-1]):
            value = f"case when {here_state} in ('v', 'm') then {here} else {value} end"
            state = f"case when {here_state} in ('v', 'm') then {here_state} else {state} end"
        return chain.pair(value, state)

    def arithmetic(self, node: x.Arithmetic, chain: Chain) -> Pair:
        (left, left_state), (right, right_state) = self.of(node.left, chain), self.of(node.right, chain)
        states = f"({left_state}, {right_state})"
        cases = [(f"'{state}' in {states}", f"'{state}'") for state in "man"]
        state = first_of(*cases, otherwise="'v'")
        return chain.pair(f"{left} {node.op} {right}", state)

    def elapsed(self, node: x.Elapsed, chain: Chain) -> Pair:
        start, state = self.of(node.value, chain)
        return chain.pair(units_since(start, node.unit, self.world.as_of), state)


_Oracle.METHODS = {
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
