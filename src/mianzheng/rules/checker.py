"""The state of one rule's type check, and the few questions every check asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mianzheng.model.facts import Type
from mianzheng.model.text import Fault
from mianzheng.rules.expression import Arithmetic, Cutoff, Elapsed, Form, Literal_, Node, Param, Shift, Today
from mianzheng.rules.normal import FALSE
from mianzheng.rules.parse import Parsed
from mianzheng.rules.tree import walk
from mianzheng.rules.vocabulary import Vocabulary


class Typed(msgspec.Struct, frozen=True):
    """A checked node: its type (None: faulty, already reported), an enum's words, whether it identifies.

    `turned`: the node is an `Elapsed` that counts from now to a date (`valid_until - today`).
    """

    node: Node
    type: Type | None
    values: tuple[str, ...] = ()
    identifier: bool = False
    turned: bool = False


UNDONE = Typed(FALSE, None)
UNDONE_CONDITION = Typed(FALSE, Type.BOOLEAN)  # faulty, but its type is known

Check = Callable[["Checker", Any], Typed]


class Checker:
    """Checks one rule; `faults` gathers, `derived` names the derived facts it used: (role, register, fact)."""

    def __init__(
        self, parsed: Parsed, vocabulary: Vocabulary, checks: Mapping[type[Node], Check], *, row_of: str | None = None
    ) -> None:
        self.parsed = parsed
        self.vocabulary = vocabulary
        self.checks = checks
        self.row_of = row_of  # inside a set, or a derivation: the register whose row is spoken of
        self.people: tuple[str, ...] = ()  # roles of many that the words around take one by one
        self.deriving: tuple[str, ...] = ()  # derived facts being replaced, against circles
        self.faults: list[Fault] = []
        self.derived: set[tuple[str, str, str]] = set()

    def check(self, node: Node) -> Typed:
        """Return any node checked."""
        return self.checks[type(node)](self, node)

    def plain(self, node: Node) -> Typed:
        """Return a node that is not an age or another span of time: those stand in comparisons only."""
        typed = self.check(node)
        if isinstance(typed.node, Elapsed):
            hint = "write … >= 60, or case when … >= 60 then …"
            return self.undone(node, "age", "an age or span of time can only be compared", hint)
        return typed

    def truth(self, node: Node) -> Node:
        """Return a node that must be a condition."""
        typed = self.plain(node)
        if typed.type not in (Type.BOOLEAN, None):
            self.fault(node, "not-a-condition", f"this is {a(typed.type)}, not yes or no", "compare it with something")
        return typed.node

    def fault(self, node: Node, code: str, message: str, hint: str) -> None:
        """Add a fault at a node of the rule."""
        self.faults.append(self.parsed.fault(node, code, message, hint))

    def undone(self, node: Node, code: str, message: str, hint: str) -> Typed:
        """Add a fault and return what stands for the faulty node."""
        self.fault(node, code, message, hint)
        return UNDONE


def is_number(type_: Type | None) -> bool:
    """Return whether a type is added and ordered as a number."""
    return type_ in (Type.INTEGER, Type.DECIMAL)


def is_text(type_: Type | None) -> bool:
    """Return whether a type is text: equal or not, but without order."""
    return type_ in (Type.STRING, Type.ENUM)


def fits(type_: Type | None, wanted: Type | None) -> bool:
    """Return whether two types can be compared, or one stand for the other."""
    same_family = (is_number(type_) and is_number(wanted)) or (is_text(type_) and is_text(wanted))
    return type_ is None or wanted is None or type_ is wanted or same_family


def is_constant(node: Node) -> bool:
    """Return whether no register, finding or person is needed to know a value."""
    return all(isinstance(part, (Literal_, Param, Form, Arithmetic, Today, Shift, Cutoff)) for part in walk(node))


def a(type_: Type | None) -> str:
    """Return a type with its article, as messages name it."""
    if type_ is None:
        return "faulty"
    special = {Type.INTEGER: "a whole number", Type.ENUM: "an enum", Type.BOOLEAN: "yes or no", Type.STRING: "text"}
    return special.get(type_, f"a {type_.value}")
