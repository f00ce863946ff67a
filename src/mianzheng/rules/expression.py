"""The expression tree of rules: our own small IR, made once by the parser and never by sqlglot.

Positive forms only: `<>`, `not in`, `not between`, `is not null` are `Not` around the positive
node, because `not (a < b)` and `a >= b` differ when a row is absent (design/rules.md).
Every node is frozen and hashable; positions for faults live beside the tree, not in it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.facts import Type, Unit
from mianzheng.model.scalar import Scalar

Op = Literal["=", "<", "<=", ">", ">="]
MIRROR: dict[Op, Op] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}  # the same comparison read backwards


class Node(msgspec.Struct, frozen=True):
    """Base of all nodes."""


class Literal_(Node, frozen=True):
    """A literal; decimals are normalised, strings NFC."""

    type: Type
    value: Scalar


class Fact(Node, frozen=True):
    """`role.register.fact`; inside a question, and inside an aggregate's `where`, the role is ""."""

    role: str
    register: str
    name: str


class Form(Node, frozen=True):
    """`form.x`: stated by the person, part of the signed authorisation."""

    name: str


class Param(Node, frozen=True):
    """`params.x`: a figure fixed by a notice, bound by the gateway from its signed table."""

    name: str


class Finding(Node, frozen=True):
    """`finding.x`: seen and signed by an officer; never asked of a register."""

    name: str


class Today(Node, frozen=True):
    """The case's `as_of`."""


class Shift(Node, frozen=True):
    """`today + n unit` (n may be negative; n literal or params.x)."""

    amount: Node
    unit: Unit
    sign: Literal[1, -1]


class Cutoff(Node, frozen=True):
    """The date bound by the gateway so that `<date> <= cutoff` says "at least n units have passed".

    `cutoff(n, unit)` is the latest d with `add(d, n units) <= as_of`, add clamped to the month's end.
    """

    amount: Node
    unit: Unit


class Elapsed(Node, frozen=True):
    """Whole units passed from a date to `as_of`; stands only in a parsed tree, the checker makes a `Cutoff` of it."""

    value: Node
    unit: Unit


class Compare(Node, frozen=True):
    """A positive comparison."""

    op: Op
    left: Node
    right: Node


class In(Node, frozen=True):
    """`value in (literals)`."""

    value: Node
    options: tuple[Node, ...]


class IsNull(Node, frozen=True):
    """`x is null`."""

    value: Node


class Distinct(Node, frozen=True):
    """`a is distinct from b`."""

    left: Node
    right: Node


class And(Node, frozen=True):
    """Conjunction, flattened."""

    parts: tuple[Node, ...]


class Or(Node, frozen=True):
    """Disjunction, flattened."""

    parts: tuple[Node, ...]


class Not(Node, frozen=True):
    """Negation."""

    part: Node


class Case(Node, frozen=True):
    """`case when c then v … else d end`; `default` None means no else."""

    branches: tuple[tuple[Node, Node], ...]
    default: Node | None


class Arithmetic(Node, frozen=True):
    """`+ - *`; no division."""

    op: Literal["+", "-", "*"]
    left: Node
    right: Node


class Coalesce(Node, frozen=True):
    """`coalesce(a, b, …)`."""

    parts: tuple[Node, ...]


class Match(Node, frozen=True):
    """`contains(text, 'x')` or `starts_with(text, 'x')`."""

    how: Literal["contains", "starts_with"]
    text: Node
    literal: Node


class Exists(Node, frozen=True):
    """`exists(role.register)`: has the subject a row at all? Speaks of the register."""

    role: str
    register: str


class Aggregate(Node, frozen=True):
    """`has every count total lowest highest` over the rows of one register of one subject.

    `value`: the Fact summed or compared (None for has, every, count). `where`: condition on the row
    (for `every`, the condition that each row must meet), None: all rows. Facts inside have role "".
    """

    how: Literal["has", "every", "count", "total", "lowest", "highest"]
    role: str
    register: str
    value: Fact | None
    where: Node | None


class OverRole(Node, frozen=True):
    """The same words over a role of many people: one question a person, folded with bounds.

    `body` holds facts of `role`; for `count`, `has`, `every` it is boolean, for `total`, `lowest`,
    `highest` a value.
    """

    how: Literal["has", "every", "count", "total", "lowest", "highest"]
    role: str
    body: Node | None


class Person(Node, frozen=True):
    """A role standing alone, opposite a link (`child.birth.mother = applicant`); in a parsed tree only."""

    role: str


class Relation(Node, frozen=True):
    """`relation(a, b)`: what b is to a; in a parsed tree only, the checker makes a `Reaches` of it."""

    role: str
    other: str


class Reaches(Node, frozen=True):
    """A row of the register leads by this link to another role of the case, `other`.

    Inside a question both roles are "": `Question.other` names the second subject.
    """

    role: str
    register: str
    link: str
    other: str


class Linked(Node, frozen=True):
    """Who a link reaches: the whole of a question of kind `link`. `where`: which rows lead anywhere, None: all.

    `chosen`: the person names one of them, by name or number, sealed to the link's gateway.
    """

    role: str
    register: str
    link: str
    to: Literal["person", "enterprise", "property"]
    most: int
    chosen: bool
    where: Node | None


class Operand(Node, frozen=True):
    """The answer to another gateway's question about a role, sealed to the gateway that compares it."""

    question: str
    role: str
    type: Type


class Asked(Node, frozen=True):
    """In a residual: the answer to this question about this role."""

    question: str
    role: str
    type: Type


Expression = (
    Literal_ | Fact | Form | Param | Finding | Today | Shift | Cutoff | Elapsed | Compare | In | IsNull | Distinct
    | And | Or | Not | Case | Arithmetic | Coalesce | Match | Exists | Aggregate | OverRole | Person | Relation
    | Reaches | Linked | Operand | Asked
)  # fmt: skip
