"""Questions: expressions over ONE register's facts about ONE subject, with an id that is its meaning."""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.facts import Type
from mianzheng.rules.expression import Node

Kind = Literal["boolean", "value", "need", "operand", "link"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question template. `id` digests canonical expression, register, scope, absence rule and parameter rules.

    `kind`: boolean answers yes or no; value answers a value (needs the mark `value: why`);
    need answers a value sealed to the handling gateway; operand one sealed to the gateway that compares it;
    link answers how many others a link reaches, and makes a sealed bundle of each.
    `other`: the role of the second subject, "" without one; the id holds only that there is one.
    """

    id: str  # "q" + 26 characters of base32
    register: str
    expression: Node  # facts carry role ""
    kind: Kind
    type: Type
    scope: Literal["here", "country"]
    sensitive: bool
    other: str = ""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A question about one role of one item."""

    role: str
    question: Question


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of registers, and what remains to be evaluated over the answers."""

    questions: tuple[Placed, ...]
    residual: Node
