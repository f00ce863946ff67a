"""sqlglot's tree read into ours, node by node against an allow-list; every argument must have been read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Literal, NoReturn

from sqlglot import exp

from mianzheng.model.facts import Type, Unit
from mianzheng.rules.expression import (
    Aggregate,
    And,
    Arithmetic,
    Case,
    Coalesce,
    Compare,
    Distinct,
    Elapsed,
    Exists,
    Fact,
    Finding,
    Form,
    In,
    IsNull,
    Literal_,
    Match,
    Node,
    Not,
    Or,
    OverRole,
    Param,
    Person,
    Relation,
    Shift,
    Today,
)
from mianzheng.rules.faults import RuleFaults, Source
from mianzheng.rules.words import ELAPSED, MAX_DEPTH, PREFIX, SETS, TOO_DEEP, UNITS

_LANGUAGE = "docs/packs.md shows all words of the language"
_SOURCES = {"form": Form, "params": Param, "finding": Finding}
_OLD_SOURCES = {"policy": "params", "input": "form", "param": "params", "forms": "form", "findings": "finding"}
_COMPARISONS: dict[type[exp.Expr], Literal["=", "<", "<=", ">", ">="]] = {
    exp.EQ: "=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expr], Literal["+", "-", "*"]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Reader:
    """Reads one sqlglot tree into ours. The first fault stops the reading of this rule."""

    def __init__(self, source: Source, within: str | None) -> None:
        self.source = source
        self.trees: dict[int, exp.Expr] = {}  # our node -> the node it was read from
        self.within = within
        self.row_of: str | None = within  # the register whose rows bare names speak of
        self.depth = 0

    def read(self, tree: exp.Expr) -> Node:
        """Return our node for a sqlglot node."""
        kind = type(tree)
        if kind is exp.Paren:
            self.only(tree, "this")
            return self.read(tree.this)
        method = _METHODS.get(kind)
        if method is None:
            self.refuse(tree, f"{_name(tree)} is not in the language", _LANGUAGE)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(tree, f"a rule is at most {MAX_DEPTH} deep", TOO_DEEP, code="too-deep")
        node = method(self, tree)
        self.depth -= 1
        self.trees[id(node)] = tree
        return node

    def only(self, tree: exp.Expr, *read: str) -> None:
        """Refuse a node of which any argument but these says something."""
        for name, value in tree.args.items():
            if name not in read and value not in (None, False, [], ""):
                self.refuse(tree, f"{_name(tree)} has a part that is not in the language: {name}", _LANGUAGE)

    def refuse(self, tree: exp.Expr, message: str, hint: str, *, code: str = "syntax") -> NoReturn:
        raise RuleFaults([self.source.fault(offset_of(tree), code, message, hint)])

    # and, or, not

    def joined(self, tree: exp.Expr) -> Node:
        """Read a chain of `and` (or of `or`) flat, however long it is."""
        kind = type(tree)
        parts: list[exp.Expr] = []
        rest: exp.Expr = tree
        while type(rest) is kind:
            self.only(rest, "this", "expression")
            parts.append(rest.expression)
            rest = rest.this
        read = tuple(self.read(part) for part in [rest, *reversed(parts)])
        return And(read) if kind is exp.And else Or(read)

    def negation(self, tree: exp.Expr) -> Node:
        self.only(tree, "this")
        return Not(self.read(tree.this))

    # comparisons

    def comparison(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expression")
        return Compare(_COMPARISONS[type(tree)], self.read(tree.this), self.read(tree.expression))

    def unequal(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expression")
        return Not(self.placed(Compare("=", self.read(tree.this), self.read(tree.expression)), tree))

    def distinct(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expression")
        node = Distinct(self.read(tree.this), self.read(tree.expression))
        return node if type(tree) is exp.NullSafeNEQ else Not(self.placed(node, tree))

    def is_null(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expression")
        if type(tree.expression) is not exp.Null:
            self.refuse(tree, "only `is null` and `is distinct from` follow `is`", "write x, or x = false")
        return IsNull(self.read(tree.this))

    def between(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "low", "high")
        value = self.read(tree.this)
        low = self.placed(Compare(">=", value, self.read(tree.args["low"])), tree)
        high = self.placed(Compare("<=", value, self.read(tree.args["high"])), tree)
        return And((low, high))

    def within_list(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expressions")
        options = tuple(self.read(option) for option in tree.expressions)
        if not options:
            self.refuse(tree, "a list may not be empty", "write x in ('甲', '乙')")
        for option, part in zip(options, tree.expressions, strict=True):
            if type(option) is not Literal_:
                self.refuse(part, "a list holds literals only", "write it with = and or")
        return In(self.read(tree.this), options)

    # values

    def literal(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "is_string")
        text = str(tree.this)
        if tree.args.get("is_string"):
            return Literal_(Type.STRING, unicodedata.normalize("NFC", text))
        return Literal_(Type.DECIMAL, Decimal(text)) if "." in text else Literal_(Type.INTEGER, int(text))

    def truth(self, tree: exp.Expr) -> Node:
        self.only(tree, "this")
        return Literal_(Type.BOOLEAN, bool(tree.this))

    def date_literal(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "to")
        to, text = tree.args["to"], tree.this
        if type(text) is not exp.Literal or not isinstance(to, exp.DataType) or to.this is not exp.DataType.Type.DATE:
            self.refuse(tree, "only a literal can be a date", "write it like date '2024-01-01'")
        try:
            return Literal_(Type.DATE, strict_date(str(text.this)))
        except ValueError:
            self.refuse(text, f"{text.this} is not a date", "write it like date '2024-01-01'", code="bad-date")

    def minus(self, tree: exp.Expr) -> Node:
        self.only(tree, "this")
        node = self.read(tree.this)
        if type(node) is not Literal_ or isinstance(node.value, bool) or not isinstance(node.value, (int, Decimal)):
            self.refuse(tree, "only a number can be negative here", "write 0 - x")
        return Literal_(node.type, -node.value)

    def arithmetic(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expression")
        op = _ARITHMETIC[type(tree)]
        if type(tree.expression) is exp.Interval:
            return self.shift(tree, tree.expression)
        return Arithmetic(op, self.read(tree.this), self.read(tree.expression))

    def shift(self, tree: exp.Expr, interval: exp.Expr) -> Node:
        self.only(interval, "this", "unit")
        if type(tree) is exp.Mul or type(self.read(tree.this)) is not Today:
            self.refuse(tree, "days, months and years are added to today only", "write x >= today - 30 days")
        unit, amount = interval.args["unit"], interval.this
        number = type(amount) is exp.Literal
        node = self.placed(Literal_(Type.INTEGER, int(str(amount.this))), amount) if number else self.read(amount)
        units: Unit = UNITS[str(unit.this).lower()]  # type: ignore[assignment]
        return Shift(node, units, 1 if type(tree) is exp.Add else -1)

    def case(self, tree: exp.Expr) -> Node:
        self.only(tree, "ifs", "default")
        branches = []
        for branch in tree.args["ifs"]:
            self.only(branch, "this", "true")
            branches.append((self.read(branch.this), self.read(branch.args["true"])))
        default = tree.args.get("default")
        return Case(tuple(branches), None if default is None else self.read(default))

    # names

    def column(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "table", "db")
        names = self.names(tree)
        if names == ["today"]:
            return Today()
        if len(names) == 2 and names[0] in _SOURCES:
            return _SOURCES[names[0]](names[1])
        if len(names) == 2 and names[0] in _OLD_SOURCES:
            self.refuse(tree, f"{names[0]} is no source", f"write {_OLD_SOURCES[names[0]]}.{names[1]}", code="bad-name")
        if self.row_of is not None:
            return self.own_fact(tree, names, self.row_of)
        if len(names) == 3:
            return Fact(names[0], names[1], names[2])
        if len(names) == 1:
            return Person(names[0])
        self.refuse(tree, f"{'.'.join(names)} is not a fact", "a fact is role.register.fact", code="bad-name")

    def own_fact(self, tree: exp.Expr, names: list[str], register: str) -> Node:
        if len(names) == 2 and names[0] == register and self.within is not None:
            names = names[1:]
        if len(names) != 1:
            hint = f"write {names[-1]}" if register in names else f"only facts of {register} can stand here"
            self.refuse(tree, f"{'.'.join(names)} is not a fact of this row", hint, code="bad-name")
        return Fact("", register, names[0])

    def names(self, tree: exp.Expr) -> list[str]:
        parts = [tree.args.get("db"), tree.args.get("table"), tree.this]
        for part in parts:
            if part is not None and (type(part) is not exp.Identifier or part.args.get("quoted")):
                self.refuse(tree, "this is not a name", "names stand bare")
        return [str(part.this) for part in parts if part is not None]

    # words with brackets

    def function(self, tree: exp.Expr) -> Node:
        self.only(tree, "this", "expressions")
        name = str(tree.this).removeprefix(PREFIX)
        arguments: list[exp.Expr] = tree.expressions
        if name in SETS:
            return self.over_set(tree, name, arguments)
        if name == "exists":
            return self.exists(tree, arguments)
        if name == "coalesce":
            if len(arguments) < 2:
                self.refuse(tree, "coalesce needs two values or more", "write coalesce(x, 0)")
            return Coalesce(tuple(self.read(argument) for argument in arguments))
        if name in ELAPSED:
            self.count_arguments(tree, name, arguments, 1)
            return Elapsed(self.read(arguments[0]), ELAPSED[name])  # type: ignore[arg-type]
        self.count_arguments(tree, name, arguments, 2)
        if name == "relation":
            return self.relation(tree, arguments)
        text, part = self.read(arguments[0]), self.read(arguments[1])
        if type(part) is not Literal_ or not isinstance(part.value, str):
            self.refuse(arguments[1], f"{name} looks for a literal text", f"write {name}(x, '…')")
        return Match("contains" if name == "contains" else "starts_with", text, part)

    def exists(self, tree: exp.Expr, arguments: list[exp.Expr]) -> Node:
        self.count_arguments(tree, "exists", arguments, 1)
        names = self.set_names(tree, arguments[0])
        if len(names) != 2:
            self.refuse(tree, "exists speaks of a register", "write exists(role.register)")
        return Exists(names[0], names[1])

    def relation(self, tree: exp.Expr, arguments: list[exp.Expr]) -> Node:
        roles = [self.set_names(tree, argument) for argument in arguments]
        if any(len(names) != 1 for names in roles):
            self.refuse(tree, "relation is between two people", "write relation(applicant, child) in ('子女')")
        return Relation(roles[0][0], roles[1][0])

    def over_set(self, tree: exp.Expr, how: str, arguments: list[exp.Expr]) -> Node:
        if not 1 <= len(arguments) <= 2:
            self.refuse(tree, f"{how} takes a set and a condition", f"write {how}(role.register, …)")
        names = self.set_names(tree, arguments[0])
        if len(names) == 1:
            body = self.read(arguments[1]) if len(arguments) == 2 else None
            if body is None and how != "count":
                self.refuse(tree, f"{how} over people needs what to look at", f"write {how}({names[0]}, …)")
            return OverRole(how, names[0], body)  # type: ignore[arg-type]
        sums = how in ("total", "lowest", "highest")
        if len(names) != (3 if sums else 2):
            form = f"{how}(role.register.fact, …)" if sums else f"{how}(role.register, …)"
            self.refuse(tree, f"{how} does not fit {'.'.join(names)}", f"write {form}")
        if how == "every" and len(arguments) == 1:
            self.refuse(tree, "every needs a condition that each row meets", "write every(role.register, …)")
        outer, self.row_of = self.row_of, names[1]
        where = self.read(arguments[1]) if len(arguments) == 2 else None
        self.row_of = outer
        value = Fact("", names[1], names[2]) if sums else None
        if value is not None:
            self.trees[id(value)] = arguments[0]
        return Aggregate(how, names[0], names[1], value, where)  # type: ignore[arg-type]

    def set_names(self, tree: exp.Expr, argument: exp.Expr) -> list[str]:
        if self.row_of is not None:
            self.refuse(tree, "sets cannot stand inside a condition on one row", "write it beside the set with and")
        if type(argument) is not exp.Column:
            message = "a set is role.register or a role of many people"
            self.refuse(argument, message, "name it bare, without brackets or calculation")
        self.only(argument, "this", "table", "db")
        return self.names(argument)

    def count_arguments(self, tree: exp.Expr, name: str, arguments: list[exp.Expr], count: int) -> None:
        if len(arguments) != count:
            message = f"{name} takes {count} argument{'s' if count > 1 else ''}, not {len(arguments)}"
            self.refuse(tree, message, f"write {name}({', '.join('xyz'[:count])})")

    def placed(self, node: Node, tree: exp.Expr) -> Node:
        self.trees[id(node)] = tree
        return node


def strict_date(text: str) -> date:
    """Return the date of `YYYY-MM-DD`; `ValueError` for any other form."""
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


_METHODS: dict[type[exp.Expr], Callable[[Reader, exp.Expr], Node]] = {
    exp.And: Reader.joined,
    exp.Or: Reader.joined,
    exp.Not: Reader.negation,
    exp.NEQ: Reader.unequal,
    exp.NullSafeEQ: Reader.distinct,
    exp.NullSafeNEQ: Reader.distinct,
    exp.Is: Reader.is_null,
    exp.Between: Reader.between,
    exp.In: Reader.within_list,
    exp.Literal: Reader.literal,
    exp.Boolean: Reader.truth,
    exp.Cast: Reader.date_literal,
    exp.Neg: Reader.minus,
    exp.Case: Reader.case,
    exp.Column: Reader.column,
    exp.Anonymous: Reader.function,
    **dict.fromkeys(_COMPARISONS, Reader.comparison),
    **dict.fromkeys(_ARITHMETIC, Reader.arithmetic),
}


def offset_of(tree: exp.Expr | None) -> int:
    """Return where a node's text starts: the least position found on it or below."""
    if tree is None:
        return 0
    starts = [node.meta["start"] for node in tree.walk() if "start" in node.meta]
    return min(starts, default=0)


def _name(tree: exp.Expr) -> str:
    if type(tree) is exp.Null:
        return "a null literal"
    if type(tree) is exp.Alias:
        return f"a second word, {tree.alias},"
    return {"Subquery": "a sub-query", "Dot": "a name of more than three parts"}.get(
        type(tree).__name__, type(tree).__name__.lower()
    )
