"""Which rows of an example a register would show: a row that fails `visible_when` is a missing row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from mianzheng.catalogue.world import Row
from mianzheng.model.evidence import Status
from mianzheng.model.facts import Register, Type
from mianzheng.rules.answer import answer
from mianzheng.rules.bind import Bindings
from mianzheng.rules.expression import Fact
from mianzheng.rules.question import Question
from mianzheng.rules.sql.select import visible_rule
from mianzheng.rules.tree import walk


class Visibility(msgspec.Struct, frozen=True, kw_only=True):
    """The visibility rule of one register, as a question about one row."""

    question: Question
    register: Register  # as if it held one row a subject

    @property
    def read(self) -> frozenset[str]:
        """The facts the rule looks at."""
        return frozenset(node.name for node in walk(self.question.expression) if isinstance(node, Fact))

    def shown(self, rows: Iterable[Row], bindings: Bindings) -> tuple[Row, ...]:
        """Return the rows of which the rule is true; a row of which it is not known is not shown."""
        return tuple(row for row in rows if self._is_shown(row, bindings))

    def _is_shown(self, row: Row, bindings: Bindings) -> bool:
        found = answer(self.question, self.register, (row,), bindings)
        return found.status is Status.VALUE and found.value is True


def visibilities(registers: Mapping[str, Register]) -> dict[str, Visibility]:
    """Return the visibility rules of the registers that have one; `RuleFaults` where it is wrong."""
    rules = {name: (register, visible_rule(register)) for name, register in registers.items()}
    return {
        name: Visibility(
            question=Question(
                id=f"visible-{name}",
                register=name,
                expression=rule,
                kind="boolean",
                type=Type.BOOLEAN,
                scope="here",
                sensitive=False,
            ),
            register=msgspec.structs.replace(register, rows="one"),
        )
        for name, (register, rule) in rules.items()
        if rule is not None
    }
