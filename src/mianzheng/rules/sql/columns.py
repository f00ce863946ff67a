"""A department's own columns as facts: codes, text dates, padded text, 分, GBK bytes (domain/registers.md, traps).

Every fact a question speaks of becomes one column of an inner select, under the fact's name; the
question is then written in the rule's own words. What a column holds and the mapping does not
know is NULL and raises a mark, never a word.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import msgspec
from sqlglot import exp

from mianzheng.model.facts import Column, Fact, KeyColumn, Link, Register, Type
from mianzheng.model.scalar import BadScalar
from mianzheng.rules.sql.build import all_of, case, cast, number, opposite, source_column
from mianzheng.rules.sql.dialects import (
    Dialect,
    binary,
    is_day,
    number_only,
    trimmed,
    whole,
    wide,
)
from mianzheng.rules.sql.parameters import Number, Parameters, Shape, Stored, encoded
from mianzheng.rules.sql.terms import NotExpressible, Term

DECIMAL_SCALE = 10_000  # decimal columns are compared as integers of this many parts
_DIGITS = re.compile(r"([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})")


class Mapped(msgspec.Struct, frozen=True):
    """A fact as it is read: its term over the source column, and the mark of an unknown code (or None)."""

    term: Term
    unknown: exp.Expr | None


class Mapping:
    """Writes the facts of one register as SQL over its source's columns."""

    def __init__(self, register: Register, dialect: Dialect, parameters: Parameters) -> None:
        self.register = register
        self.dialect = dialect
        self.parameters = parameters
        self._known: dict[str, Mapped] = {}

    def shape(self, name: str) -> Shape:
        """Return the shape a fact has outside the inner select."""
        return self.read(name).term.shape

    def read(self, name: str) -> Mapped:
        """Return one fact over its source column; `NotExpressible` when the mapping cannot be."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Mapped:
        fact, column = self._fact(name), self._column(name)
        if column.codes:
            return self._coded(name, fact, column)
        if fact.type is Type.BOOLEAN:
            return self._boolean(name, column)
        if fact.type is Type.DATE:
            return self._day(name, column)
        if fact.type in (Type.INTEGER, Type.DECIMAL):
            return Mapped(self._number(name, fact, column), None)
        term = Term(binary(self._text(name, column), self.dialect), Shape("text"))
        if column.encoding != "utf-8":
            term = self._bytes(name, column)
        return Mapped(term, self._unknown_word(name, fact, column, term))

    def link_key(self, name: str) -> exp.Expr:
        """Return the number a link leads to, as text without blanks; NULL where none is stored."""
        return trimmed(source_column(self._link(name).key.column), self.dialect)

    def link_name(self, name: str) -> exp.Expr | None:
        """Return the name of whom a link leads to; None when the register has no column of it."""
        column = self._link(name).name
        return trimmed(source_column(column), self.dialect) if column else None

    def leads_to_other(self, name: str) -> exp.Expr:
        """Return 1 when the row leads to the second subject by this link, 0 when not, NULL when it names nobody."""
        key = self._link(name).key
        text = binary(self.link_key(name), self.dialect)
        forms = _forms(key)
        options = [self.parameters.add("other", Number(form, of="other")) for form in forms]  # type: ignore[arg-type]
        among = exp.In(this=text, expressions=options)
        return case((among, number(1)), (opposite(among), number(0)))

    def _link(self, name: str) -> Link:
        link = self.register.links.get(name)
        if link is None:
            raise NotExpressible(f"{self.register.register} has no link {name}", hint="add it to the register's links")
        return link

    def subject(self) -> exp.Expr:
        """Return the condition that a row is the subject's: its number in any form it may be stored in."""
        key = self.register.source.key
        forms = _forms(key)
        widths = [0, key.padded] if key.padded else [0]
        options = [
            self.parameters.add("subject", Number(form, width))  # type: ignore[arg-type]
            for form in forms
            for width in widths
        ]
        return exp.In(this=source_column(key.column), expressions=options)

    def _fact(self, name: str) -> Fact:
        fact = self.register.facts.get(name)
        if fact is None:
            raise NotExpressible(f"{self.register.register} has no fact {name}", hint="add it to the register's facts")
        return fact

    def _column(self, name: str) -> Column:
        column = self.register.source.columns.get(name)
        if column is None:
            raise NotExpressible(
                f"{self.register.register}.{name} has no source column", hint="map it under source.columns"
            )
        return column

    def _raw(self, name: str, column: Column) -> exp.Expr:
        """Return the column as text where it is text, without what means "no value"."""
        here = source_column(column.column)
        if column.code_type == "integer" or column.encoding != "utf-8":
            return self._without_none(name, here, column)
        return binary(self._text(name, column), self.dialect)

    def _text(self, name: str, column: Column) -> exp.Expr:
        here: exp.Expr = source_column(column.column)
        if any(isinstance(value, int) for value in column.none_values):
            here = cast(here, "varchar(40)" if self.dialect.name in ("oracle", "mssql") else "text")
        texts = msgspec.structs.replace(column, none_values=tuple(str(value) for value in column.none_values))
        return self._without_none(name, trimmed(here, self.dialect), texts)

    def _without_none(self, name: str, value: exp.Expr, column: Column) -> exp.Expr:
        """Return the value, or NULL when it is one of those that mean none."""
        for none in column.none_values:
            stored = encoded(str(none), column.encoding) if column.encoding != "utf-8" else none
            value = exp.Nullif(this=value, expression=self.parameters.add(f"{name}_none", Stored(stored)))
        return value

    def _coded(self, name: str, fact: Fact, column: Column) -> Mapped:
        """Translate stored codes to the standard's words; a code that the mapping lacks is NULL and marked."""
        raw = self._raw(name, column)
        words: dict[str | bool, list[exp.Expr]] = {}
        for code, word in column.codes.items():
            stored = self.parameters.add(f"{name}_code", Stored(self._code(name, code, column)))
            words.setdefault(word, []).append(stored)
        branches = [(exp.In(this=raw, expressions=codes), self._word(name, word)) for word, codes in words.items()]
        known = [code for codes in words.values() for code in codes]
        unknown = opposite(exp.In(this=raw, expressions=known))
        if fact.type is Type.BOOLEAN:
            return Mapped(Term(case(*branches), Shape("flag")), unknown)
        return Mapped(Term(binary(case(*branches), self.dialect), Shape("text")), unknown)

    def _unknown_word(self, name: str, fact: Fact, column: Column, term: Term) -> exp.Expr | None:
        """Return the mark of a stored word that is none of an enum's own; None: any text may stand there."""
        if fact.type is not Type.ENUM or not fact.values:
            return None
        words = [self._code(name, word, column) for word in fact.values]
        known = [self.parameters.add(f"{name}_word", Stored(word)) for word in words]
        return opposite(exp.In(this=term.sql, expressions=known))

    def _code(self, name: str, code: str, column: Column) -> str | int | bytes:
        if column.code_type == "integer":
            try:
                return int(code)
            except ValueError:
                raise NotExpressible(f"{name}: {code!r} is no whole number", hint="or drop code_type") from None
        return encoded(code, column.encoding) if column.encoding != "utf-8" else code

    def _word(self, name: str, word: str | bool) -> exp.Expr:
        if isinstance(word, bool):
            return number(int(word))
        return self.parameters.add(f"{name}_word", Stored(word))

    def _boolean(self, name: str, column: Column) -> Mapped:
        """A yes/no column without codes: a boolean where the database has one, else 1 and 0."""
        here = source_column(column.column)
        if self.dialect.native_boolean:
            return Mapped(Term(case((here, number(1)), (opposite(here), number(0))), Shape("flag")), None)
        codes: dict[str, str | bool] = {"1": True, "0": False}
        plain = msgspec.structs.replace(column, codes=codes, code_type="integer")
        return self._coded(name, self._fact(name), plain)

    def _number(self, name: str, fact: Fact, column: Column) -> Term:
        """Whole numbers as they lie; decimals as integers of their own scale, or of ten thousandths."""
        here = self._without_none(name, number_only(source_column(column.column), self.dialect), column)
        if column.scale > 1:
            return Term(wide(here, self.dialect), Shape("number", column.scale))
        if fact.type is Type.DECIMAL:
            return Term(whole(here, DECIMAL_SCALE, self.dialect), Shape("number", DECIMAL_SCALE))
        return Term(here, Shape("number"))

    def _day(self, name: str, column: Column) -> Mapped:
        """A day; text that is none (a serial number, 20231345, 长期 where nobody said so) is NULL and marked."""
        if column.form == "native" and self.dialect.days == "date":
            return Mapped(self._native_day(name, column), None)
        form = column.form
        text, here = self._text(name, column), None
        if form == "native":  # SQLite: text that begins with YYYY-MM-DD, a time may follow
            form = "YYYY-MM-DD"
            here = source_column(column.column)
            text = exp.Substring(this=here, start=number(1), length=number(10))
            text = self._without_none(name, text, _days_as_text(name, column))
        is_one = is_day(text, form, self.parameters, self.dialect, whole=here)
        term = Term(binary(case((is_one, text)), self.dialect), Shape("day", form=form))
        return Mapped(term, opposite(is_day(text, form, self.parameters, self.dialect, whole=here)))

    def _native_day(self, name: str, column: Column) -> Term:
        """A date or timestamp column; MySQL stores 0000-00-00 where it had no date."""
        here = source_column(column.column)
        kept: list[exp.Expr] = []
        if self.dialect.name == "mysql":
            first = self.parameters.add("calendar_start", Stored(date(1000, 1, 1)))
            kept.append(exp.GTE(this=here, expression=first))
        for value in column.none_values:
            kept.append(opposite(self._same_day(name, here, _stored_day(name, value))))
        if not kept:
            return Term(here, Shape("day"))
        return Term(case((all_of(*kept), here)), Shape("day"))

    def _same_day(self, name: str, here: exp.Expr, day: date) -> exp.Expr:
        start = exp.GTE(this=here, expression=self.parameters.add(f"{name}_none", Stored(day)))
        if day == date.max:
            return start
        after = self.parameters.add(f"{name}_none_next_day", Stored(day + timedelta(days=1)))
        return all_of(start, exp.LT(this=here, expression=after))

    def _bytes(self, name: str, column: Column) -> Term:
        empty = self.parameters.add("empty", Stored(b""))
        value = exp.Nullif(this=source_column(column.column), expression=empty)
        return Term(self._without_none(name, value, column), Shape("bytes", encoding=column.encoding))


def _forms(key: KeyColumn) -> list[str]:
    """Return the forms in which a key column may hold a number."""
    signs = (["lower_x"] if key.lower_x else []) + (["wide_x", "roman_x"] if key.wide_x else [])
    return ["plain", *signs, *(["old"] if key.old_numbers else [])]


def _stored_day(name: str, value: str | int) -> date:
    match = _DIGITS.fullmatch(str(value))
    try:
        if match is None:
            raise ValueError(value)
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise BadScalar(f"{name}: {value!r} is not a date a date column can hold", hint="drop it") from None


def _days_as_text(name: str, column: Column) -> Column:
    days = tuple(_stored_day(name, value).isoformat() for value in column.none_values)
    return msgspec.structs.replace(column, none_values=days)
