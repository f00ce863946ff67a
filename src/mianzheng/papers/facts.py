"""What a paper is written from: the facts of one case, already cut to what its reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from mianzheng.model.item import Reference
from mianzheng.model.papers import PaperKind
from mianzheng.model.text import Text
from mianzheng.papers.numbers import Number

ACTS = {  # what is decided, by the kind of item
    "行政许可": Text("行政许可", "licence"),
    "行政确认": Text("行政确认", "confirmation"),
    "行政给付": Text("行政给付", "benefit"),
    "行政奖励": Text("行政奖励", "award"),
    "行政裁决": Text("行政裁决", "ruling"),
    "公共服务": Text("办理", "service"),
    "其他行政权力": Text("办理", "request"),
}


class ReasonFact(msgspec.Struct, frozen=True, kw_only=True):
    """A failing condition: in words, its rule with the date it is in force from, where its answer is contested.

    `rule` is None where the reader may not know which condition it is.
    """

    words: Text
    department: Text
    rule: Reference | None = None
    since: date | None = None
    contest: Text | None = None


class PaperFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `values` are further facts by the name that a template gives them."""

    kind: PaperKind
    number: Number
    case: str
    item: Text
    item_kind: str
    department: str
    department_name: Text
    made_on: date  # the day of what it tells of: its date
    check: str
    addressee: Text = Text("", "")  # in words, "" where nothing is known: the line is left out
    values: Mapping[str, Text | date | str]
    law: tuple[Reference, ...] = ()  # of the item, beside that of the template
    reasons: tuple[ReasonFact, ...] = ()
    lists: Mapping[str, tuple[Text, ...]] = {}
