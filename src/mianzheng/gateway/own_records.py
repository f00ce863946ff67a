"""What an authority reads in its department's own registers for its own duty; none of it is an answer to anybody.

May one handle another's case, does a person live, who speaks for a body: yes or no leaves, or nothing. The
register's own mapping is used, so that codes, text dates and stored forms of a number are those of every question.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import TextClause, text
from sqlglot import exp

from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.registers import RegisterFault, Statement
from mianzheng.model.errors import Unavailable
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.rules.bind import Bindings
from mianzheng.rules.check import check_condition
from mianzheng.rules.expression import Node
from mianzheng.rules.faults import RuleFaults, Where
from mianzheng.rules.parse import parse_rule
from mianzheng.rules.sql.build import identifier, number, quoted, source_column, source_table
from mianzheng.rules.sql.columns import Mapping
from mianzheng.rules.sql.dialects import dialect_named
from mianzheng.rules.sql.parameters import Parameter, Parameters, bind
from mianzheng.rules.sql.rows import RowWriter
from mianzheng.rules.vocabulary import Vocabulary

_FOUND = "found here"  # a blank keeps it from facts' names
MOST_ROWS = 200


class NoRecord(Unavailable):
    """The register that the duty of an authority needs does not answer, or is not served here."""

    code = "register-unavailable"


class OwnRecords:
    """An authority's questions to its own registers (`authority.ports.Records`)."""

    def __init__(self, gateway: Gateway) -> None:
        """Read the registers of `gateway`."""
        self._gateway = gateway
        self._selects = lru_cache(maxsize=64)(self._select)

    def is_dead(self, person: str) -> bool:
        """Tell whether the household register says that a person died."""
        return bool(self._reached("hukou", person, "hukou.status = '死亡注销'"))

    def lost_capacity(self, person: str) -> bool:
        """Tell whether a court gave a person a guardian."""
        rule = "kinship.relation = '监护人' and kinship.status = '有效' and kinship.rests_on = '法院裁判'"
        return bool(self._reached("kinship", person, rule))

    def are_related(self, one: str, other: str) -> bool:
        """Tell whether kinship or marriage links two people, by one link of the kinship register or by two.

        By two are siblings, grandparents, and the relatives of one's spouse or children: whom a case reaches beside
        its applicant are the applicant's own family, so nobody need name them here.
        """
        here, there = (self._linked("kinship", "relatives", person) for person in (one, other))
        return bool({one, other} & (here | there)) or bool(here & there)

    def representative(self, body: str) -> str | None:
        """Return the number of a body's legal representative or operator, None when the register names none."""
        found = self._linked("enterprise", "legal_representative", body)
        return found.pop() if len(found) == 1 else None

    def holds_share(self, person: str, body: str) -> bool:
        """Tell whether a person holds a share in a body or speaks for it."""
        return person in self._linked("shareholding", "shareholders", body) or person == self.representative(body)

    def _linked(self, register: str, link: str, subject: str) -> set[str]:
        known = self._register(register)
        if link not in known.links:
            raise NoRecord(f"register {register} has no link {link}", hint="the department's pack declares it")
        found = known.links[link]
        return self._reached(register, subject, found.where, column=found.key.column)

    def _reached(self, register: str, subject: str, rule: str, *, column: str = "") -> set[str]:
        """Return what stands in `column` ("": the rule's own yes) of the subject's rows that meet `rule`."""
        self._register(register)
        database, (clause, parameters) = self._gateway.registers[register], self._selects(register, rule, column)
        today = Bindings(as_of=self._gateway.today(), params={}, forms={})
        values = bind(parameters, subject, today, database.dialect)
        (rows,) = database.run([Statement(clause, values)])
        if isinstance(rows, RegisterFault):
            raise NoRecord(rows.message)
        if len(rows) > MOST_ROWS:
            raise NoRecord(f"register {register} holds too many rows of one subject")
        return {str(row[_FOUND]).strip().upper() for row in rows if row[_FOUND] is not None}

    def _select(self, register: str, rule: str, column: str) -> tuple[TextClause, tuple[Parameter, ...]]:
        """Return what is run for every subject; the mapping does not change while the process runs."""
        dialect, parameters = self._gateway.registers[register].dialect, Parameters()
        select = _select(self._register(register), rule, column, dialect, parameters)
        return text(select.sql(dialect=dialect_named(dialect).writer)), parameters.collected()

    def _register(self, name: str) -> Register:
        if name not in self._gateway.registers:
            raise NoRecord(f"register {name} is not served here", hint="gateway.json names its database")
        return self._gateway.facts.registers[name]


def _select(register: Register, rule: str, column: str, dialect: str, parameters: Parameters) -> exp.Select:
    """Return the select of a column over the subject's rows that meet a rule."""
    target = dialect_named(dialect)
    mapping = Mapping(register, target, parameters)
    row = RowWriter(mapping, parameters, target)
    shown = [row.condition(_checked(register, one)) for one in (rule, register.source.visible_when) if one]
    facts = {name: mapping.read(name).term.sql for name in row.used}
    facts[_FOUND] = source_column(column) if column else number(1)
    inner = _aliased(facts, source_table(register.source.table)).where(mapping.subject(), copy=False)
    select = _aliased({_FOUND: quoted(_FOUND)}, inner.subquery(identifier("facts"), copy=False))
    return select.where(exp.and_(*shown, copy=False), copy=False) if shown else select


def _aliased(columns: dict[str, Any], source: exp.Expr) -> exp.Select:
    aliases = [exp.Alias(this=sql, alias=identifier(name)) for name, sql in columns.items()]
    return exp.select(*aliases, copy=False).from_(source, copy=False)


def _checked(register: Register, rule: str) -> Node:
    parsed = parse_rule(rule, Where(f"{register.register}: {rule}", 1, 1), within=register.register)
    facts = FactCatalogue(departments={}, registers={register.register: msgspec.structs.replace(register, links={})})
    checked = check_condition(parsed, Vocabulary(facts=facts, params={}), row_of=register.register)
    if checked.faults or checked.node is None:
        raise RuleFaults(checked.faults)
    return checked.node
