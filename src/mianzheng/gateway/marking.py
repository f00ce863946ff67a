"""`gateway mark`: what the department's load program says after each load, in a signed completeness mark.

It counts the register's rows, looks for rows known to be there (canaries), and compares with the
last sound mark. Canaries are numbers; they are kept encrypted and never leave the department.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnClause, column, func, select, table, text
from sqlalchemy.sql import quoted_name

from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.marks import judge
from mianzheng.gateway.registers import RegisterFault, Rows, Statement
from mianzheng.model.facts import Register, Type
from mianzheng.model.publishing import Mark
from mianzheng.rules.bind import Bindings
from mianzheng.rules.expression import Exists
from mianzheng.rules.question import Question
from mianzheng.rules.sql.query import compile_query

CANARIES = 3
_LOOKED_AT = 5  # keys from each end of the table, of which canaries are chosen
_NUMBER_LENGTH = 18


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A stored mark and its JWS."""

    mark: Mark
    token: str


def mark_register(gateway: Gateway, name: str, *, canaries: tuple[str, ...] = (), may_be_empty: bool = False) -> Marked:
    """Count, look for canaries, and store the signed mark; `RegisterFault` when the register does not answer.

    Without `canaries` the last mark's are looked for; the first mark chooses some.
    """
    at, register = gateway.now(), gateway.facts.registers[name]
    rows = _count(gateway, register)
    known = canaries or gateway.marks.canaries(gateway.state.reader(), name) or _choose(gateway, register)
    missing = sum(1 for number in known if not _found(gateway, register, number))
    last = gateway.marks.last_sound(gateway.state.reader(), name)
    mark = judge(name, rows=rows, missing=missing, canaries=len(known), last=last, may_be_empty=may_be_empty, at=at)
    token = gateway.state.commit(lambda connection: gateway.marks.keep(connection, mark, known, key=gateway.sign))
    return Marked(mark=mark, token=token)


def _count(gateway: Gateway, register: Register) -> int:
    statement = select(func.count().label("found")).select_from(table(_quoted(register.source.table)))
    return int(_run(gateway, register, Statement(statement, {}))[0]["found"])


def _choose(gateway: Gateway, register: Register) -> tuple[str, ...]:
    """Return a few numbers from both ends of the table, as canaries of the next loads.

    Rows that the register hides (`visible_when`) are none: the search for them finds nothing.
    """
    key: ColumnClause[str] = column(_quoted(register.source.key.column))
    source = select(key.label("number")).select_from(table(_quoted(register.source.table), key))
    found: list[str] = []
    for order in (key.asc(), key.desc()):
        rows = _run(gateway, register, Statement(source.order_by(order).limit(_LOOKED_AT), {}))
        found += [str(row["number"]).strip().upper() for row in rows]
    whole = [number for number in dict.fromkeys(found) if len(number) == _NUMBER_LENGTH]
    whole = [number for number in whole if _found(gateway, register, number)]
    return tuple(whole[:1] + whole[-(CANARIES - 1) :]) if len(whole) > CANARIES else tuple(whole)


def _found(gateway: Gateway, register: Register, number: str) -> bool:
    """Tell whether the register has a row of this number, by the same SQL that answers `exists`."""
    question = Question(
        id="q" + "a" * 26,
        register=register.register,
        expression=Exists("", register.register),
        kind="boolean",
        type=Type.BOOLEAN,
        scope="here",
        sensitive=False,
    )
    query = compile_query(question, register, gateway.registers[register.register].dialect)
    bindings = Bindings(as_of=gateway.today(), params={}, forms={})
    rows = _run(gateway, register, Statement(text(query.sql), query.bind(number, bindings)))
    return query.read(rows, question, register, bindings).value is True


def _run(gateway: Gateway, register: Register, statement: Statement) -> Rows:
    result = gateway.registers[register.register].run([statement])[0]
    if isinstance(result, RegisterFault):
        raise result
    return result


def _quoted(name: str) -> quoted_name:
    return quoted_name(name, quote=True)
