"""The department's own rows of one person, read for its own authority: never for a hub, never over the wire.

The mapping is the register's own, the connections are the gateway's read-only ones. Rows that
`visible_when` hides are not read at all: such registers are left out.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import Executable, text
from sqlglot import exp

from mianzheng.gateway.registers import RegisterDatabase, RegisterFault, Statement
from mianzheng.model.facts import FactCatalogue, Register, Type
from mianzheng.rules.bind import Bindings
from mianzheng.rules.sql.build import identifier, source_column, source_table
from mianzheng.rules.sql.columns import Mapping
from mianzheng.rules.sql.decode import Unreadable, decoded
from mianzheng.rules.sql.dialects import dialect_named
from mianzheng.rules.sql.parameters import Parameter, Parameters, Shape, bind
from mianzheng.rules.sql.terms import NotExpressible

LINK = "link:"
_NOTHING = Bindings(as_of=date.min, params={}, forms={})


class PersonRows:
    """The registers of one gateway, asked for one fact of one person."""

    def __init__(self, facts: FactCatalogue, databases: dict[str, RegisterDatabase]) -> None:
        """Read from these databases by the mappings of `facts`."""
        self._facts = facts
        self._databases = databases
        self._selects = lru_cache(maxsize=64)(self._select)

    def values(self, register: str, fact: str, number: str) -> tuple[str, ...] | None:
        """Return the fact's texts in the person's rows (dates as YYYY-MM-DD, `link:<link>`: names of others).

        None when the register is not served here, hides rows, or did not answer.
        """
        database, mapped = self._databases.get(register), self._facts.registers.get(register)
        if database is None or mapped is None or mapped.source.visible_when:
            return None
        try:
            clause, parameters, shape, type_ = self._selects(register, fact)
            found = database.run([Statement(clause, bind(parameters, number, _NOTHING, database.dialect))])[0]
        except NotExpressible:
            return None
        if isinstance(found, RegisterFault):
            return None
        rows = [row for row in found if row["own"] != 1 and row["value"] is not None]
        try:
            return tuple(str(decoded(row["value"], shape, type_)).strip() for row in rows)
        except Unreadable:
            return None

    def _select(self, register: str, fact: str) -> tuple[Executable, tuple[Parameter, ...], Shape, Type]:
        mapped, database = self._facts.registers[register], self._databases[register]
        dialect, parameters = dialect_named(database.dialect), Parameters()
        mapping = Mapping(mapped, dialect, parameters)
        value, shape, type_, own = _value(mapped, fact, mapping, parameters)
        columns = [exp.Alias(this=value, alias=identifier("value")), exp.Alias(this=own, alias=identifier("own"))]
        select = exp.select(*columns, copy=False).from_(source_table(mapped.source.table), copy=False)
        sql = select.where(mapping.subject(), copy=False).sql(dialect=dialect.writer)
        return text(sql), parameters.collected(), shape, type_


def _value(
    register: Register, fact: str, mapping: Mapping, parameters: Parameters
) -> tuple[exp.Expr, Shape, Type, exp.Expr]:
    """Return a fact's value, how it lies there, and whether the row speaks of the person themself."""
    if not fact.startswith(LINK):
        term = mapping.read(fact).term
        return term.sql, term.shape, register.facts[fact].type, exp.Literal.number(0)
    link = register.links.get(fact.removeprefix(LINK))
    if link is None or not link.name:
        raise NotExpressible(f"{register.register} has no link {fact} with a name")
    same = exp.EQ(this=source_column(link.key.column), expression=source_column(register.source.key.column))
    own = exp.Case(ifs=[exp.If(this=same, true=exp.Literal.number(1))], default=exp.Literal.number(0))
    return source_column(link.name), Shape("text"), Type.STRING, own
