"""How a register lies in its department's own table: columns, their SQL types, and each fact in its stored form.

Made from the `source` mapping alone: codes, text dates, fen, GBK bytes, padded and 15-digit numbers,
a lower-case x. There is no code for one register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from zlib import crc32

from mianzheng.city.dirt import Spoilt
from mianzheng.city.numbers import old_id_number
from mianzheng.city.rows import name_field
from mianzheng.city.trouble import RARE, VARIANTS
from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Column, Fact, KeyColumn, Register, Type
from mianzheng.model.scalar import Scalar

Stored = str | int | Decimal | bool | date | bytes | None
Kind = Literal["text", "char", "integer", "decimal", "boolean", "date", "bytes"]

OLD_NUMBER_SHARE = 4  # in 100 rows whose holder ever had a 15-digit number
LOWER_X_SHARE = 40  # in 100 rows whose number ends in X
WIDE_X_SHARE = 30
_DOTS = "·•・．."
_BLANKS = 40  # one name of two characters in so many has a blank between them
_FOREIGN: tuple[Callable[[str], str], ...] = (str, str.title, lambda name: " ".join(reversed(name.split())))
_SEPARATORS = {"YYYYMMDD": "", "YYYY-MM-DD": "-", "YYYY/MM/DD": "/"}


class NotStorable(MianzhengError):
    """A fact's value has no form in the register's table: a word without a code, a date in a text column of none."""

    code = "not-storable"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column of the table; `width` of a `char`."""

    name: str
    kind: Kind
    width: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """The table of one register; `encoders` gives the fact of each column after the key, and its stored form."""

    register: str
    department: str
    table: str
    key: KeyColumn
    columns: tuple[StoredColumn, ...]
    encoders: tuple[tuple[str, Callable[[Scalar | None, int], Stored]], ...]

    def encode(self, subject: str, facts: Mapping[str, Scalar | None], position: int) -> list[Stored]:
        """Return the stored row; `position` (any number of the row) decides between the forms a source mixes."""
        chance = crc32(f"{subject}{self.register}{position}".encode())
        row: list[Stored] = [stored_number(subject, self.key, chance)]
        for name, encode in self.encoders:
            value = facts.get(name)
            row.append(value.held if isinstance(value, Spoilt) else encode(value, chance))
        return row


def layout_of(register: Register) -> Layout:
    """Return the layout of a register's table."""
    key = register.source.key
    columns = [StoredColumn(key.column, "char", key.padded) if key.padded else StoredColumn(key.column, "text")]
    encoders: list[tuple[str, Callable[[Scalar | None, int], Stored]]] = []
    seen = {key.column}
    for name, column in register.source.columns.items():
        if column.column in seen:  # a fact may read a column that another one, or the key, already fills
            continue
        seen.add(column.column)
        fact = register.facts[name]
        columns.append(StoredColumn(column.column, _kind(fact, column)))
        encoders.append((name, _encoder(register.register, name, fact, column)))
    for name, link in register.links.items():
        pairs = ((link.key.column, name, _number(link.key)), (link.name, name_field(name), _text))
        for column_name, field, encode in pairs:
            if column_name and column_name not in seen:
                seen.add(column_name)
                width = link.key.padded if column_name == link.key.column else 0
                columns.append(StoredColumn(column_name, "char" if width else "text", width))
                encoders.append((field, encode))
    return Layout(
        register=register.register,
        department=register.department,
        table=register.source.table,
        key=key,
        columns=tuple(columns),
        encoders=tuple(encoders),
    )


def stored_number(number: str, key: KeyColumn, chance: int) -> str:
    """Return a subject's number as this key column holds it; `chance` is any number, equal ones give equal forms."""
    text = number
    if key.old_numbers and chance % 100 < OLD_NUMBER_SHARE and len(number) == 18 and number[6:14].isdigit():
        text = old_id_number(number) or number
    if key.lower_x and text.endswith("X") and chance // 100 % 100 < LOWER_X_SHARE:
        text = text[:-1] + "x"
    elif key.wide_x and text.endswith("X") and chance // 100 % 100 < LOWER_X_SHARE + WIDE_X_SHARE:
        text = text[:-1] + "ＸⅩ"[chance % 2]
    return text.ljust(key.padded)


def _number(key: KeyColumn) -> Callable[[Scalar | None, int], Stored]:
    """Return how another one's number lies in a link's column: in forms of its own, chosen by that number."""
    return lambda value, chance: None if value is None else stored_number(str(value), key, crc32(str(value).encode()))


def _text(value: Scalar | None, chance: int) -> Stored:
    return None if value is None else stored_name(str(value), chance)


def stored_name(name: str, chance: int) -> str:
    """Return someone's name as one of many sources writes it: another dot, order or sign, a blank between."""
    if "·" in name:
        return name.replace("·", _DOTS[chance % len(_DOTS)])
    if name.isascii():
        return _FOREIGN[chance % len(_FOREIGN)](name)
    if variant := next((sign for sign in name if sign in VARIANTS), ""):
        return name.replace(variant, (variant, VARIANTS[variant])[chance % 2])
    rare = next((sign for sign in name if sign in RARE), "")
    if rare:
        return name.replace(rare, (rare, "?", "\ue863")[chance % 3])
    return f"{name[0]} {name[1:]}" if chance % _BLANKS == 0 and len(name) == 2 else name


def _kind(fact: Fact, column: Column) -> Kind:
    if column.encoding != "utf-8":
        return "bytes"
    if column.codes:
        return "integer" if column.code_type == "integer" else "text"
    if fact.type is Type.DATE:
        return "date" if column.form == "native" else "text"
    if column.scale != 1:
        return "integer"
    kinds: dict[Type, Kind] = {Type.BOOLEAN: "boolean", Type.INTEGER: "integer", Type.DECIMAL: "decimal"}
    return kinds.get(fact.type, "text")


def _encoder(register: str, name: str, fact: Fact, column: Column) -> Callable[[Scalar | None, int], Stored]:
    form = _form(register, name, fact, column)
    nones = column.none_values
    if not nones:
        return lambda value, chance: None if value is None else form(value)
    # What means "no value" stands in most rows, NULL in the rest, as in a source that grew over the years.
    choices: tuple[Stored, ...] = (nones[0], nones[-1], nones[0], None)
    return lambda value, chance: choices[chance % 4] if value is None else form(value)


def _form(register: str, name: str, fact: Fact, column: Column) -> Callable[[Scalar], Stored]:
    if column.codes:
        return _coded(register, name, column)
    if fact.type is Type.DATE and column.form != "native":
        return _day(register, name, _SEPARATORS[column.form])
    if column.scale != 1:
        return _scaled(register, name, column.scale)
    if column.encoding != "utf-8":
        return lambda value: str(value).encode(column.encoding)
    return _as_it_is


def _day(register: str, name: str, mark: str) -> Callable[[Scalar], Stored]:
    def encode(value: Scalar) -> Stored:
        if not isinstance(value, date):
            raise NotStorable(f"{register}.{name}: {value!r} is no date", hint="the fact's type and value differ")
        return f"{value.year:04d}{mark}{value.month:02d}{mark}{value.day:02d}"

    return encode


def _as_it_is(value: Scalar) -> Stored:
    return value


def _coded(register: str, name: str, column: Column) -> Callable[[Scalar], Stored]:
    integer = column.code_type == "integer"
    known: dict[object, Stored] = {}
    for code, word in column.codes.items():
        stored: Stored = int(code) if integer else code
        known.setdefault(word, stored if column.encoding == "utf-8" else str(stored).encode(column.encoding))

    def encode(value: Scalar) -> Stored:
        if value not in known:
            raise NotStorable(
                f"{register}.{name} has no code for {value!r}", hint="give the mapping one, or another value"
            )
        return known[value]

    return encode


def _scaled(register: str, name: str, scale: int) -> Callable[[Scalar], Stored]:
    def encode(value: Scalar) -> Stored:
        if isinstance(value, (int, Decimal)) and value * scale == int(value * scale):
            return int(value * scale)
        raise NotStorable(f"{register}.{name}: {value!r} is no whole number of parts of 1/{scale}", hint="round it")

    return encode
