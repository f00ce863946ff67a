"""The people whom a connected register names, enrolled as personas of the demo: none of them lives in the city built.

A number is taken as the key column holds it and made whole: blanks off, x to X, 15 digits to 18 (GB 11643). What is no
number then is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import ColumnClause, column, create_engine, select, table

from mianzheng.city.numbers import whole_id_number
from mianzheng.city.personas import ENROLMENT, PERSONAS, Personas, enrol_more
from mianzheng.client.numbers import is_person_number
from mianzheng.model.facts import FactCatalogue, Register

NOBODY = "持证人"  # a register of cards need not know a name; the screen shows 持〇〇


def enrol_connected(data: Path, facts: FactCatalogue, connected: Mapping[str, str]) -> int:
    """Enrol everyone whom the connected registers of persons name; return how many."""
    registers = [facts.registers[name] for name in connected if facts.registers[name].key == "person"]
    numbers = sorted({number for one in registers for number in _numbers(one, connected[one.register])})
    authority = next(name for name, one in facts.departments.items() if one.authority == "person")
    secret = Personas.read(data / PERSONAS).secret
    enrol_more(data / ENROLMENT, authority, secret, [(number, NOBODY) for number in numbers])
    return len(numbers)


def _numbers(register: Register, url: str) -> Iterator[str]:
    source = register.source
    key: ColumnClause[str] = column(source.key.column)
    engine = create_engine(url)
    with engine.connect() as connection:
        for (stored,) in connection.execute(select(key).distinct().select_from(table(source.table))):
            number = whole_id_number(str(stored))
            if is_person_number(number):
                yield number
    engine.dispose()
