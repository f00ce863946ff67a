"""A look at a register without asking about anybody: does its database carry the mapping?

Every statement reads no row (`where 1 = 0`), or no table at all. What is found wrong is said in words
for whoever wrote the mapping. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from sqlglot import exp

from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.facts import Fact, Register, Type
from mianzheng.rules.sql.build import (
    all_of,
    case,
    equals,
    identifier,
    is_null,
    mark,
    number,
    source_column,
    source_table,
)
from mianzheng.rules.sql.columns import Mapping as ColumnMapping
from mianzheng.rules.sql.dialects import Dialect, binary, dialect_named, trimmed, unpadded
from mianzheng.rules.sql.parameters import Parameters, Stored, constants
from mianzheng.rules.sql.select import ANSWER, visible_rule

Run = Callable[[str, Mapping[str, object]], Sequence[Mapping[str, object]]]
_RARE = "𠮷㼆·"
_NO_ROW = equals(number(1), number(0))


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at; `subject` names the fact, or is empty for the whole register."""

    check: str  # connection | table | column | text | characters | visibility
    register: str
    subject: str
    ok: bool
    message: str
    hint: str = ""


def probe(register: Register, dialect: str, run: Run) -> tuple[Finding, ...]:
    """Return everything looked at, good and bad.

    `run` executes one statement with named parameters and returns its rows; it raises `Unavailable`
    (as the gateway's registers do) when the database refuses. No other error is expected of it.
    """
    look = _Probe(register, dialect_named(dialect), run)
    found = [look.connection()]
    if found[0].ok:
        found += [look.table(), *look.columns(), *look.links(), look.visibility(), look.characters(), *look.texts()]
    return tuple(found)


class _Probe:
    def __init__(self, register: Register, dialect: Dialect, run: Run) -> None:
        self.register = register
        self.dialect = dialect
        self.run = run

    def connection(self) -> Finding:
        hint = "is the database up, and the URL in gateway.json right?"
        return self._look("connection", "", self._select(number(1)), Parameters(), "answers", hint)

    def table(self) -> Finding:
        source = self.register.source
        select = self._select(source_column(source.key.column), rows=True)
        hint = f"source.table is {source.table!r}, source.key.column {source.key.column!r}"
        return self._look("table", "", select, Parameters(), "table and key column are there", hint)

    def columns(self) -> Iterator[Finding]:
        """Try each fact's own SQL: its column must be there and be of a kind that the mapping fits."""
        for name, column in self.register.source.columns.items():
            parameters = Parameters()
            mapping = ColumnMapping(self.register, self.dialect, parameters)
            hint = f"source.columns.{name} is column {column.column!r}; correct the mapping, which voids its approvals"
            try:
                select = self._select(mapping.read(name).term.sql, rows=True)
            except MianzhengError as error:
                yield self._finding("column", name, error.message, hint=error.hint)
            else:
                yield self._look("column", name, select, parameters, "is there and fits", hint)

    def links(self) -> Iterator[Finding]:
        """Try the columns of each link: they must be there and hold text."""
        for name, link in self.register.links.items():
            mapping = ColumnMapping(self.register, self.dialect, Parameters())
            there = mapping.link_name(name)
            select = self._select(mapping.link_key(name), rows=True)
            if there is not None:
                select = select.select(exp.Alias(this=there, alias=identifier("name")))
            columns = link.key.column + (f" and {link.name}" if link.name else "")
            hint = f"links.{name} reads {columns}; correct the mapping, which voids its approvals"
            yield self._look("column", name, select, mapping.parameters, "is there and fits", hint)

    def visibility(self) -> Finding:
        try:
            visible_rule(self.register)
        except MianzhengError as error:
            return self._finding("visibility", "", error.message, hint="correct source.visible_when")
        return self._finding("visibility", "", "every row may be seen or the rule is sound", ok=True)

    def characters(self) -> Finding:
        """Send rare characters there and back, and see that two of them are not taken for one."""
        parameters = Parameters()
        sent = parameters.add("sent", Stored(_RARE))
        other = parameters.add("other", Stored(_RARE[::-1]))
        text = binary(sent, self.dialect)
        wrong = case((equals(text, other), number(0)), otherwise=mark(equals(text, sent)))
        hint = "set the connection's character set to UTF-8 (MySQL: charset=utf8mb4)"
        return self._expect("characters", "", self._select(wrong), parameters, "rare characters survive", hint)

    def texts(self) -> Iterator[Finding]:
        """See that text of each column compares byte by byte: X is not x, blanks around it do not count."""
        for name, column in self.register.source.columns.items():
            if self._is_text(
                self.register.facts.get(name), column.encoding, column.code_type, coded=bool(column.codes)
            ):
                yield self._text(name, column.column)

    def _text(self, name: str, column: str) -> Finding:
        """Put literals in the place of the column's text: it keeps the column's own collation."""
        parameters = Parameters()

        def as_column(text: str) -> exp.Expr:
            stored = exp.Coalesce(
                this=exp.Max(this=source_column(column)), expressions=[parameters.add("text", Stored(text))]
            )
            return binary(trimmed(stored, self.dialect), self.dialect)

        def same(left: str, right: str) -> exp.Expr:
            constant = parameters.add("constant", Stored(right))
            return equals(unpadded(as_column(left), self.dialect), unpadded(constant, self.dialect))

        sound = all_of(
            same("X", "X"),
            same(" X ", "X"),
            exp.Not(this=same("X", "x")),
            exp.Not(this=same("X", "X ")),
            exp.Not(this=same("𠮷", "㼆")),
            is_null(as_column("  ")),
        )
        hint = "the column's collation or character set is in the way: report the database's version and both"
        return self._expect("text", name, self._select(mark(sound), rows=True), parameters, "compares exactly", hint)

    def _is_text(self, fact: Fact | None, encoding: str, code_type: str, *, coded: bool) -> bool:
        words = fact is not None and fact.type in (Type.STRING, Type.ENUM, Type.REFERENCE)
        return encoding == "utf-8" and (code_type == "string" if coded else words)

    def _select(self, answer: exp.Expr, *, rows: bool = False) -> exp.Select:
        select = exp.select(exp.Alias(this=answer, alias=identifier(ANSWER)))
        if not rows:
            return select
        return select.from_(source_table(self.register.source.table)).where(_NO_ROW)

    def _look(
        self, check: str, subject: str, select: exp.Select, parameters: Parameters, message: str, hint: str
    ) -> Finding:
        try:
            self._rows(select, parameters)
        except Unavailable as error:
            return self._finding(check, subject, error.message, hint=hint)
        return self._finding(check, subject, message, ok=True)

    def _expect(
        self, check: str, subject: str, select: exp.Select, parameters: Parameters, message: str, hint: str
    ) -> Finding:
        """Expect one row whose answer is 1."""
        try:
            rows = self._rows(select, parameters)
        except Unavailable as error:
            return self._finding(check, subject, error.message, hint=hint)
        if len(rows) == 1 and rows[0][ANSWER] == 1:
            return self._finding(check, subject, message, ok=True)
        return self._finding(check, subject, "text does not compare character by character", hint=hint)

    def _rows(self, select: exp.Select, parameters: Parameters) -> Sequence[Mapping[str, object]]:
        values = constants(parameters.collected(), self.dialect.name)
        return self.run(select.sql(dialect=self.dialect.writer, pretty=True), values)

    def _finding(self, check: str, subject: str, message: str, *, ok: bool = False, hint: str = "") -> Finding:
        return Finding(check=check, register=self.register.register, subject=subject, ok=ok, message=message, hint=hint)
