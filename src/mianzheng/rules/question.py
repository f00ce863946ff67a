"""Questions: expressions over ONE register's facts about ONE subject, with an id that is its meaning."""

from __future__ import annotations

from typing import Literal

import msgspec

from mianzheng.model.facts import Type
from mianzheng.rules.expression import Node


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question template. `id` digests canonical expression, register, scope, absence rule and parameter rules.

    `kind`: boolean answers yes or no; value answers a value (needs the mark `value: why`);
    need answers a value sealed to the handling gateway.
    """

    id: str  # "q" + 26 characters of base32
    register: str
    expression: Node  # facts carry role ""
    kind: Literal["boolean", "value", "need"]
    type: Type
    scope: Literal["here", "country"]
    sensitive: bool


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A question about one role of one item."""

    role: str
    question: Question


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of registers, and what remains to be evaluated over the answers."""

    questions: tuple[Placed, ...]
    residual: Node
