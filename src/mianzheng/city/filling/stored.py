"""The stored form of drawn rows as SQL: what `city.layout` does row by row, for a whole register at once."""

from __future__ import annotations

from mianzheng.city.engines.columns import quoted
from mianzheng.city.filling.draws import even, literal
from mianzheng.city.layout import LOWER_X_SHARE, OLD_NUMBER_SHARE, WIDE_X_SHARE, Layout
from mianzheng.model.facts import Column, Fact, KeyColumn, Register, Type

_DAYS = {"YYYYMMDD": "%Y%m%d", "YYYY-MM-DD": "%Y-%m-%d", "YYYY/MM/DD": "%Y/%m/%d"}


def fillable(register: Register) -> bool:
    """Tell whether every column can be written by SQL: of bytes in another encoding only those of codes or words."""
    return all(
        column.encoding == "utf-8" or column.codes or register.facts[name].values
        for name, column in register.source.columns.items()
    )


def stored(register: Register, layout: Layout, table: str) -> str:
    """Return the query whose columns are those of the layout, over drawn rows (subject, h, facts …) in `table`."""
    columns = [f"{_key(register, layout.key)} AS {quoted(layout.key.column)}"]
    for column, (field, _) in zip(layout.columns[1:], layout.encoders, strict=True):
        mapped = register.source.columns.get(field)
        if mapped is None or field not in register.facts:  # whom a link leads to: nobody of the natural population
            sql = "CAST(NULL AS VARCHAR)"
        else:
            sql = _column(register, field, register.facts[field], mapped)
        columns.append(f"{sql} AS {quoted(column.name)}")
    return f"SELECT {', '.join(columns)} FROM {table}"


def _key(register: Register, key: KeyColumn) -> str:
    text = "subject"
    chance = even(f"{register.register}/stored")
    if key.old_numbers:
        had = "length(subject) = 18 AND substr(subject, 7, 2) = '19' AND substr(subject, 7, 8) < '19991001'"
        old = f"{had} AND {chance} < {OLD_NUMBER_SHARE / 100}"
        text = f"(CASE WHEN {old} THEN substr(subject, 1, 6) || substr(subject, 9, 9) ELSE subject END)"
    x = even(f"{register.register}/stored/x")
    parts = []
    if key.lower_x:
        parts.append((x, LOWER_X_SHARE / 100, "x"))
    if key.wide_x:
        parts.append((x, (LOWER_X_SHARE + WIDE_X_SHARE / 2) / 100, "Ｘ"))
        parts.append((x, (LOWER_X_SHARE + WIDE_X_SHARE) / 100, "Ⅹ"))
    if parts:
        whens = " ".join(f"WHEN {u} < {below} THEN left({text}, -1) || '{sign}'" for u, below, sign in parts)
        text = f"(CASE WHEN right({text}, 1) <> 'X' THEN {text} {whens} ELSE {text} END)"
    return f"rpad({text}, greatest({key.padded}, CAST(length({text}) AS INTEGER)), ' ')" if key.padded else text


def _column(register: Register, name: str, fact: Fact, column: Column) -> str:
    value = quoted(name)
    form = _form(fact, column, value)
    if not column.none_values:
        return form
    first, last = (_none(fact, column, none) for none in (column.none_values[0], column.none_values[-1]))
    u = even(f"{register.register}/{name}/none")
    nothing = f"CASE WHEN {u} < 0.5 THEN {first} WHEN {u} < 0.75 THEN {last} END"
    return f"(CASE WHEN {value} IS NULL THEN {nothing} ELSE {form} END)"


def _form(fact: Fact, column: Column, value: str) -> str:
    if column.codes:
        codes: dict[str | bool, str] = {}
        for code, word in column.codes.items():
            codes.setdefault(word, code if column.code_type == "integer" else _text(code, column))
        whens = " ".join(f"WHEN {_word(word)} THEN {code}" for word, code in codes.items())
        return f"(CASE {value} {whens} END)"
    if fact.type is Type.DATE and column.form != "native":
        return f"strftime({value}, '{_DAYS[column.form]}')"
    if column.scale != 1:
        return f"CAST({value} * {column.scale} AS BIGINT)"
    if column.encoding != "utf-8":
        whens = " ".join(f"WHEN {literal(word)} THEN {_text(word, column)}" for word in fact.values)
        return f"(CASE {value} {whens} END)"
    return value


def _none(fact: Fact, column: Column, none: str | int) -> str:
    return str(none) if isinstance(none, int) else _text(none, column)


def _word(word: str | bool) -> str:
    return str(word).upper() if isinstance(word, bool) else literal(word)


def _text(text: str, column: Column) -> str:
    """Return a text as the column holds it: bytes of its encoding as an SQL blob."""
    if column.encoding == "utf-8":
        return literal(text)
    return "'" + "".join(f"\\x{byte:02X}" for byte in text.encode(column.encoding)) + "'::BLOB"
