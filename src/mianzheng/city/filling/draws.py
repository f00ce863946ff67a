"""What a register of which nothing but its declaration is known holds, as SQL over the numbers of its subjects.

Chance is arithmetic over a hash of seed and subject, so that neither the order of rows nor the machine changes it:
`u` of (register, fact) is even over 0 to 1, and as good as independent of that of any other fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from zlib import adler32, crc32

from mianzheng.city.engines.columns import quoted
from mianzheng.city.sampler import NULL, OWN_NUMBER, ROWS, TRUE, YEARS_AHEAD, YEARS_BACK, stored_facts
from mianzheng.model.facts import Absence, Column, Fact, Register, Type
from mianzheng.model.population import Drawn, Population

SHARE = 0.08  # natural subjects with a row in a register where absence is lawful
_P = 4294967291  # the largest prime below 2^32
_NEXT = 2654435761  # from a subject's row to its next
_COUNTS = (0, 0, 1, 1, 2, 3, 6, 12, 60, 180)
_DIGITS = (1, 10, 100, 1000)  # hundreds of fen and more: decimals lie between 10 and 100,000


def hashed(subject: str, seed: int) -> str:
    """Return the SQL of a subject's hash, an unsigned number below 2^32."""
    return f"CAST(md5_number_lower('{seed}/' || {subject}) % {_P} AS UBIGINT)"


def even(name: str, of: str = "h") -> str:
    """Return the SQL of a chance between 0 and 1 that belongs to `name`."""
    a, b = crc32(name.encode()) % _P, adler32(name.encode()) % _P
    first = f"(({of} * {a} + {b}) % {_P})"
    return f"(CAST(({first} * ((({of} >> 7) + {a}) % 65521 + 1) + {b}) % {_P} AS DOUBLE) / {_P})"


def drawn(register: Register, subjects: str, today: date, population: Population | None = None) -> str:
    """Return the query (subject, h, facts …): rows of a register over a table `subjects` (subject, h).

    What `population` does not say follows from the declared types.
    """
    said = population or Population(population=register.register)
    name = register.register
    share = 1.0 if register.absence is Absence.FAULT else SHARE if said.per_mille is None else said.per_mille / 1000
    rows = f"SELECT subject, h FROM {subjects}"
    if share < 1:
        rows += f" WHERE {even(f'{name}/has')} < {share}"
    if register.rows == "many":
        weights = list(enumerate(said.rows, 1)) or ROWS
        count = _chosen(even(f"{name}/rows"), [(str(number), weight) for number, weight in weights])
        last = max(number for number, _ in weights)
        rows = (
            f"SELECT subject, CAST((h + r * {_NEXT}) % {_P} AS UBIGINT) AS h FROM ({rows}) "
            f"CROSS JOIN range(1, {last + 1}) AS n(r) WHERE r <= {count}"
        )
    names = stored_facts(register)
    chances = ", ".join(f"{even(f'{name}/{fact}')} AS u{n}" for n, fact in enumerate(names))  # once, however often read
    facts = ", ".join(f"{sql} AS {quoted(fact)}" for fact, sql in _facts(register, said, today))
    return f"SELECT subject, h, {facts} FROM (SELECT subject, h, {chances} FROM ({rows}))" if names else rows


def _facts(register: Register, said: Population, today: date) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(stored_facts(register)):
        fact, column = register.facts[name], register.source.columns.get(name)
        yield name, _fact(register.register, name, fact, column, said.facts.get(name), f"u{number}", today)


def _fact(register: str, name: str, fact: Fact, column: Column | None, said: Drawn | None, u: str, today: date) -> str:
    if name in OWN_NUMBER:
        return "subject"
    if fact.identifier:
        return f"'{name.upper()[:2]}' || lpad(CAST(CAST(floor({u} * 1e12) AS BIGINT) AS VARCHAR), 12, '0')"
    if fact.type is Type.REFERENCE:
        return "CAST(NULL AS VARCHAR)"
    value = _value(name, fact, column, u, today) if said is None else _said(said, fact, u, today)
    return f"CASE WHEN {even(f'{register}/{name}/null')} >= {NULL} THEN {value} END"


def _said(said: Drawn, fact: Fact, u: str, today: date) -> str:
    """Return the SQL of a value as the population says; it names one way."""
    if said.words:
        return _chosen(u, [(literal(word), weight) for word, weight in said.words.items()])
    if said.yes is not None:
        return f"({u} < {said.yes / 100!r})"
    least, most = said.days or said.between
    if said.days:
        return f"(DATE '{today}' + ({least} + CAST(floor({u} * {most - least + 1}) AS INTEGER)))"
    whole = f"({least} + CAST(floor({u} * {most - least + 1}) AS BIGINT))"
    return whole if fact.type is Type.INTEGER else f"CAST({whole} AS DECIMAL(18, 2))"


def _value(name: str, fact: Fact, column: Column | None, u: str, today: date) -> str:
    if fact.type is Type.BOOLEAN:
        return f"({u} < {TRUE})"
    if fact.type is Type.ENUM:
        known = [word for word in fact.values if column is None or not column.codes or word in column.codes.values()]
        return _chosen(u, [(literal(word), 1 / (place + 1)) for place, word in enumerate(known)])
    if fact.type is Type.DATE:
        back, span = 365 * YEARS_BACK, 365 * (YEARS_BACK + (YEARS_AHEAD if "until" in name else 0)) + 1
        return f"(DATE '{today}' + (CAST(floor({u} * {span}) AS INTEGER) - {back}))"
    if fact.type is Type.INTEGER:
        if name.endswith("_year"):
            return f"({today.year} - CAST(floor({u} * 3) AS BIGINT))"
        return f"CAST([{', '.join(map(str, _COUNTS))}][CAST(floor({u} * {len(_COUNTS)}) AS INTEGER) + 1] AS BIGINT)"
    if fact.type is Type.DECIMAL:
        return _decimal(u, column)
    return (
        "'331082'" if name.endswith("place_code") else f"{literal(fact.label.zh)} || CAST({_up_to(u, 49)} AS VARCHAR)"
    )


def _decimal(u: str, column: Column | None) -> str:
    """Return a sum of one to five places before the point, with no more behind it than the source can hold."""
    places = 1 if column is not None and column.scale == 10 else 2
    ten = f"[{', '.join(map(str, _DIGITS))}][CAST(floor({u} * 4) AS INTEGER) + 1]"
    hundredths = f"CAST(floor((10 + 90 * ({u} * 4 - floor({u} * 4))) * {ten} * {10**places}) AS BIGINT)"
    return f"CAST(CAST({hundredths} AS DECIMAL(18, 0)) / {10**places} AS DECIMAL(18, {places}))"


def _up_to(u: str, most: int) -> str:
    return f"(1 + CAST(floor({u} * {most}) AS INTEGER))"


def _chosen(u: str, weighted: Sequence[tuple[str, float]]) -> str:
    """Return one of several SQL values by weight."""
    total, sum_ = sum(weight for _, weight in weighted), 0.0
    parts = []
    for sql, weight in weighted[:-1]:
        sum_ += weight
        parts.append(f"WHEN {u} < {sum_ / total!r} THEN {sql}")
    return f"(CASE {' '.join(parts)} ELSE {weighted[-1][0]} END)" if parts else weighted[0][0]


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
