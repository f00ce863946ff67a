"""From a question and a register's mapping to one SELECT about one subject, and back to an answer.

The text is what a steward reads and approves and what the gateway runs, to the letter; values travel
as bound parameters. Over a register of one row it gives a row for each row found (two are a fault);
over many rows it gives one row in all: the result leaves the database, the rows do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from mianzheng.model.canonical import canonical, digest
from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Register
from mianzheng.rules.answer import answer_absent
from mianzheng.rules.bind import Bindings
from mianzheng.rules.leads import Lead
from mianzheng.rules.question import Question
from mianzheng.rules.sql.decode import Unreadable, decoded
from mianzheng.rules.sql.dialects import dialect_named
from mianzheng.rules.sql.forbidden import refuse_forbidden
from mianzheng.rules.sql.parameters import Parameter, Parameters, Shape, bind
from mianzheng.rules.sql.select import ANSWER, FOUND, KEY, LEADS, NAME, UNKNOWN_CODE, one_select

DOUBLE_ROW = "the register holds more than one row of this subject"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question as one register's database is asked it.

    `sql` holds named parameters as SQLAlchemy's `text` writes them (`:name`); the digest of this text
    is what a steward approves. `shape`: how the answer lies in the column `answer`.
    """

    dialect: str
    sql: str
    parameters: tuple[Parameter, ...]
    shape: Shape

    def bind(self, number: str, bindings: Bindings) -> dict[str, object]:
        """Return the value of each parameter for the subject with this number.

        `Unbound` for a figure not in force, `BadScalar` for one of another type than the fact's.
        """
        return bind(self.parameters, number, bindings, self.dialect)

    def read(
        self, rows: Sequence[Mapping[str, object]], question: Question, register: Register, bindings: Bindings
    ) -> Answer:
        """Return the answer that the returned rows give; its `as_of` is the register's mark, added by the gateway.

        No row is answered from absence. More than one row of a subject in a register of one row is
        *unavailable*; a code that the mapping does not know is *not held*, with a reason.
        """
        found = [row for row in rows if row.get(FOUND, 1) != 0]
        if not found:
            return answer_absent(question, register, bindings)
        if len(found) > 1:
            return Answer(status=Status.UNAVAILABLE, reason=DOUBLE_ROW, scope=question.scope)
        if found[0].get(UNKNOWN_CODE) == 1:
            return self._not_held(question, RestsOn.ROW, reason="the row holds a code that the mapping does not know")
        if found[0][ANSWER] is None:
            return self._not_held(question, RestsOn.NULL)
        try:
            value = decoded(found[0][ANSWER], self.shape, question.type)
        except Unreadable as fault:
            return self._not_held(question, RestsOn.ROW, reason=f"the row holds {fault}")
        return Answer(status=Status.VALUE, value=value, rests_on=RestsOn.ROW, scope=question.scope)

    def leads(self, rows: Sequence[Mapping[str, object]]) -> tuple[Lead, ...]:
        """Return the leads that the returned rows of a link give, for `leads.reach`."""
        return tuple(
            Lead(
                leads=None if row[LEADS] is None or row.get(UNKNOWN_CODE) == 1 else row[LEADS] == 1,
                number="" if row[KEY] is None else str(row[KEY]),
                name="" if row.get(NAME) is None else str(row[NAME]),
            )
            for row in rows
        )

    def _not_held(self, question: Question, rests_on: RestsOn, *, reason: str = "") -> Answer:
        return Answer(status=Status.NOT_HELD, rests_on=rests_on, scope=question.scope, reason=reason)


def compile_query(question: Question, register: Register, dialect: str) -> Query:
    """Return the query of a question over a register's mapping, in one of the dialects of `DIALECTS`.

    `NotExpressible` when the mapping cannot carry the question, `WrongUse` for an unknown dialect,
    `RuleFaults` when the register's `visible_when` is wrong.
    """
    target, parameters = dialect_named(dialect), Parameters()
    select, shape = one_select(question, register, target, parameters)
    sql = select.sql(dialect=target.writer, pretty=True)
    if not target.runs:
        refuse_forbidden(sql, target)
    return Query(dialect=dialect, sql=sql, parameters=parameters.collected(), shape=shape)


def check_expressible(question: Question, register: Register, dialect: str) -> None:
    """Raise what `compile_query` would raise for a question; what is sound is not written out."""
    target = dialect_named(dialect)
    select, _ = one_select(question, register, target, Parameters())
    if not target.runs:
        refuse_forbidden(select.sql(dialect=target.writer, pretty=True), target)


def mapping_digest(register: Register) -> str:
    """Return the digest of all that a register's mapping says: when it changes, approvals of it are void."""
    facts = {
        name: [fact.type, fact.values, fact.when_absent, fact.derive] for name, fact in sorted(register.facts.items())
    }
    parts = [register.register, register.key, register.rows, register.absence, register.source, facts, register.links]
    return digest(canonical(parts))
