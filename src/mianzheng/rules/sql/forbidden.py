"""Forms that must not appear in a query for a database that does not run here.

Oracle and SQL Server refuse some of them, others mean something else there; parsing the text back
does not notice (design/rules.md). The text is parsed in its own dialect and searched.
"""

from __future__ import annotations

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from mianzheng.rules.sql.dialects import Dialect
from mianzheng.rules.sql.terms import NotExpressible

_EVERYWHERE: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.NullSafeEQ, "is not distinct from"),
    (exp.NullSafeNEQ, "is distinct from"),
    (exp.Filter, "filter"),
    (exp.ILike, "ilike"),
    (exp.Limit, "limit"),
    (exp.Fetch, "fetch"),
    (exp.CurrentDate, "the database's own date"),
    (exp.CurrentTimestamp, "the database's own time"),
    (exp.DateAdd, "date arithmetic"),
    (exp.DateSub, "date arithmetic"),
    (exp.DateDiff, "date arithmetic"),
    (exp.Extract, "a date function"),
    (exp.Year, "a date function"),
    (exp.Interval, "an interval"),
    (exp.Boolean, "true or false"),
    (exp.Exists, "exists"),
    (exp.Window, "a window"),
    (exp.DML, "a statement that writes"),
    (exp.DDL, "a statement that writes"),
)
_CONDITION = (exp.Predicate, exp.Connector, exp.Not)
_ALLOWED_TEXTS = frozenset({"", " ", "|", "-", "/", "01", "02", "04", "06", "09", "11", "12", "28", "29", "30", "31"})
_NO_BOOLEANS = frozenset({"oracle", "mssql"})


def forbidden(sql: str, dialect: Dialect) -> tuple[str, ...]:
    """Return what is wrong with a generated query, in words; empty: nothing."""
    try:
        trees = parse(sql, dialect=dialect.writer)
    except SqlglotError as error:
        return (f"it does not parse: {str(error).splitlines()[0]}",)
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        return ("it is not one select",)
    found = [words for node in trees[0].walk() for kind, words in _EVERYWHERE if isinstance(node, kind)]
    found += [f"a text of its own: {text!r}" for text in _own_texts(trees[0]) if text not in _ALLOWED_TEXTS]
    if dialect.name in _NO_BOOLEANS:
        found += _bare_booleans(trees[0])
    return tuple(dict.fromkeys(found))


def refuse_forbidden(sql: str, dialect: Dialect) -> None:
    """Raise `NotExpressible` if a query holds a form that its database does not have."""
    found = forbidden(sql, dialect)
    if found:
        raise NotExpressible(
            f"the query for {dialect.name} would hold {', '.join(found)}", hint="report this: the compiler is at fault"
        )


def _own_texts(tree: exp.Expr) -> list[str]:
    return [str(node.this) for node in tree.find_all(exp.Literal) if node.is_string]


def _bare_booleans(tree: exp.Expr) -> list[str]:
    """Return where a condition stands as a value, or a value as a condition."""
    found = []
    for select in tree.find_all(exp.Select):
        if any(isinstance(column.unalias(), _CONDITION) for column in select.expressions):
            found.append("a condition that is selected")
    for branch in tree.find_all(exp.If):
        if not isinstance(branch.this.unnest(), _CONDITION):
            found.append("a value where a condition is needed")
        if isinstance(branch.args.get("true"), _CONDITION):
            found.append("a condition as the result of a case")
    for condition in [*tree.find_all(exp.Where), *tree.find_all(exp.Not), *tree.find_all(exp.Connector)]:
        sides = [condition.this, condition.args.get("expression")]
        if any(side is not None and not isinstance(side.unnest(), _CONDITION) for side in sides):
            found.append("a value where a condition is needed")
    return found
