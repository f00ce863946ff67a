"""Conditions in words: each node of a question as a phrase, compound ones as lists of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mianzheng.model.facts import FactCatalogue, Register, Type
from mianzheng.model.text import Text
from mianzheng.rules.agreement import counted
from mianzheng.rules.expression import (
    MIRROR,
    Aggregate,
    And,
    Arithmetic,
    Case,
    Compare,
    Cutoff,
    Distinct,
    Exists,
    Fact,
    In,
    IsNull,
    Literal_,
    Match,
    Node,
    Not,
    Or,
    Reaches,
    Shift,
    Today,
)
from mianzheng.rules.links import link_where
from mianzheng.rules.phrases import ALONE, ROW, SIGNS, UNITS, Beside, Forms, Names, Phrase, Who, cased
from mianzheng.rules.predicates import cut, deny
from mianzheng.rules.tree import children, walk

Known = tuple[tuple[Node, Text], ...]
_NOTHING = Text("", "")
ORDER = {
    "=": (("为", ""), ("不为", "not ")),
    ">=": (("不低于", "at least "), ("低于", "less than ")),
    ">": (("高于", "more than "), ("不高于", "not more than ")),
    "<=": (("不超过", "at most "), ("超过", "more than ")),
    "<": (("低于", "less than "), ("不低于", "at least ")),
}
DAYS = {
    "=": (("为", ""), ("不为", "not ")),
    ">=": (("不早于", "no earlier than "), ("早于", "earlier than ")),
    ">": (("晚于", "later than "), ("不晚于", "not later than ")),
    "<=": (("不晚于", "no later than "), ("晚于", "later than ")),
    "<": (("早于", "earlier than "), ("不早于", "no earlier than ")),
}


class Wording:
    """Words the conditions of one register's questions, about one person.

    `known`: the trees that derived yes/no facts follow from, with those facts' labels.
    """

    def __init__(
        self,
        register: Register,
        facts: FactCatalogue,
        known: Known,
        whose: Who,
        forms: Forms,
        beside: Beside = ALONE,
    ) -> None:
        self.names = Names(register, facts, forms, beside)
        self.known = known
        self.whose = whose.within()

    def phrase(self, node: Node, *, no: bool = False) -> Phrase:
        """Return a condition as a phrase; `no`: its negation."""
        named = next((label for tree, label in self.known if tree == node), None)
        if named is not None:
            return self.named(named, no=no)
        if isinstance(node, Not):
            return self.phrase(node.part, no=not no)
        word = _WORDS.get(type(node))
        return self.anything(node, no=no) if word is None else word(self, node, no)

    def statement(self, node: Node) -> Text:
        """Return a condition as a statement, as it stands in a list."""
        return self.phrase(node).statement(self.whose)

    def of_row(self, node: Node) -> Text:
        """Return a condition on one record of a set."""
        outer, self.whose = self.whose, ROW
        text = self.statement(node)
        self.whose = outer
        return text

    def named(self, label: Text, *, no: bool) -> Phrase:
        """Return a yes/no fact, whose label is itself a predicate: 属于本市户籍, registered in Linhai."""
        lead, predicate = cut(label.zh)
        then = Text(deny(predicate) if no else predicate, label.en)
        return Phrase(_NOTHING, then, no=no, named=True, lead=lead)

    # atoms

    def fact(self, node: Fact, no: bool) -> Phrase:
        return self.named(self.names.fact(node).label, no=no)

    def compare(self, node: Compare, no: bool) -> Phrase:
        op, left, right = node.op, node.left, node.right
        if isinstance(left, Literal_) and not isinstance(right, Literal_):
            op, left, right = MIRROR[op], right, left
        if isinstance(right, Cutoff):
            return self.span(op, left, right, no)
        if isinstance(left, Fact) and self.names.fact(left).type is Type.BOOLEAN and isinstance(right, Literal_):
            return self.fact(left, no != (right.value is False))
        if isinstance(right, Shift) and right.sign < 0 and op == ">=":
            return self.recent(left, right, no)
        dated = isinstance(right, (Today, Shift)) or self.is_date(left)
        zh, en = (DAYS if dated else ORDER)[op][no]
        counted = not isinstance(right, Literal_) and self.names.speaks_of_facts(right)
        value = self.about(right) if counted else self.names.amount(right, self.names.unit(left))
        return Phrase(self.about(left), Text(f"{zh}{value.zh}", f"{en}{value.en}"))

    def recent(self, left: Node, right: Shift, no: bool) -> Phrase:
        """`d >= today - 12 months`: within the last twelve months."""
        count, unit = self.names.value(right.amount), UNITS[right.unit]
        span = counted(count.en, unit.en).removeprefix("1 ")
        then = Text(f"在受理之日前{count.zh}{unit.zh}以内", f"within the {span} before acceptance")
        if no:
            then = Text(f"不{then.zh}", f"not {then.en}")
        return Phrase(self.about(left), then)

    def span(self, op: str, left: Node, right: Cutoff, no: bool) -> Phrase:
        """A date against a cutoff: an age or time reached, or not."""
        reached = {"<=": True, "<": True, ">": False, ">=": False}.get(op)
        label = self.names.span(left, right.unit)
        count = self.names.value(right.amount)
        if reached is None or (isinstance(right.amount, Literal_) and count.zh.startswith("-")):
            return self.counted_day(op, left, right, no)
        age = label is not None and self.names.is_age(left)
        unit_zh = "周岁" if age else UNITS[right.unit].zh
        more, less = self._spans(op, f"{count.zh}{unit_zh}", counted(count.en, UNITS[right.unit].en))
        then = more if reached != no else less
        if label is None:
            return Phrase(self.about(left), Text(f"距受理之日{then.zh}", f"{then.en} before acceptance"))
        return Phrase(label, then)

    def _spans(self, op: str, zh: str, en: str) -> tuple[Text, Text]:
        if op in ("<", ">="):
            return Text(f"超过{zh}", f"more than {en}"), Text(f"不超过{zh}", f"at most {en}")
        return Text(f"满{zh}", f"at least {en}"), Text(f"未满{zh}", f"less than {en}")

    def counted_day(self, op: str, left: Node, right: Cutoff, no: bool) -> Phrase:
        """A date against a day to come, or exactly a day."""
        amount = right.amount
        if isinstance(amount, Literal_) and isinstance(amount.value, int) and amount.value < 0:
            ahead = Shift(Literal_(Type.INTEGER, -amount.value), right.unit, 1)
            return self.compare(Compare(op, left, ahead), no)  # type: ignore[arg-type]
        day = self.names.day(right)
        (zh, en), (not_zh, not_en) = DAYS[op]
        return Phrase(self.about(left), Text(f"{not_zh if no else zh}{day.zh}", f"{not_en if no else en}{day.en}"))

    def options(self, node: In, no: bool) -> Phrase:
        values = [self.names.amount(option) for option in node.options]
        zh, en = listed(values, "或", "or")
        unit = self.names.unit(node.value)
        then = Text(f"不为以下任何一种：{zh}{unit}", f"none of {en}") if no else Text(f"为{zh}{unit}", f"one of {en}")
        return Phrase(self.about(node.value), then)

    def is_null(self, node: IsNull, no: bool) -> Phrase:
        then = Text("已有登记", "recorded") if no else Text("没有登记", "not recorded")
        what = self.about(node.value)
        if isinstance(node.value, Fact) and self.names.fact(node.value).type is Type.BOOLEAN:
            what = Text(what.zh, f"entry “{what.en}”")
        return Phrase(what, then)

    def distinct(self, node: Distinct, no: bool) -> Phrase:
        left, right = node.left, node.right
        if not self.names.speaks_of_facts(left):
            left, right = right, left
        value = self.names.amount(right, self.names.unit(left))
        other = Text(f"不为{value.zh}（包括没有登记）", f"other than {value.en}, or not recorded")
        return Phrase(self.about(left), Text(f"为{value.zh}", value.en) if no else other)

    def match(self, node: Match, no: bool) -> Phrase:
        value = self.names.value(node.literal)
        zh, en = ("含有", "text that contains") if node.how == "contains" else ("开头是", "text that begins with")
        then = Text(f"{'不是' if no else ''}{zh}“{value.zh}”", f"{'not ' if no else ''}{en} “{value.en}”")
        return Phrase(self.about(node.text), then)

    # sets

    def exists(self, node: Exists, no: bool) -> Phrase:
        return Phrase(_NOTHING, Text("没有记录" if no else "有记录", "a record"), "have", no)

    def aggregate(self, node: Aggregate, no: bool) -> Phrase:
        if node.how not in ("has", "every"):
            return self.anything(node, no=no)
        related = None if node.how == "every" else self.related(node.where)
        if related is not None:
            zh, en = f"{'没有' if no else ''}登记有{related.zh}", f"a record of {related.en}"
            return Phrase(_NOTHING, Text(zh, en), "have", no)
        where = Text("任何情况", "anything") if node.where is None else self.of_row(node.where)
        if node.how == "has":
            zh, en = f"{'没有' if no else '有'}符合“{where.zh}”的记录", f"a record of which: {where.en}"
        else:
            zh, en = f"{'并非' if no else ''}每条记录都符合“{where.zh}”", f"only records of which: {where.en}"
        return Phrase(_NOTHING, Text(zh, en), "have", no)

    # links

    def reaches(self, node: Reaches, no: bool) -> Phrase:
        """Return that a row leads to the second subject: "其配偶是否为申请人"."""
        label, other = self.names.register.links[node.link].label, self.names.beside.other
        then = Text(f"不是{other.zh}", f"not {other.en}") if no else Text(f"为{other.zh}", other.en)
        return Phrase(label, then)

    def related(self, where: Node | None) -> Text | None:
        """Return how the second subject is related: "死者为配偶或子女"; None when the rows are looked at for more."""
        parts = where.parts if isinstance(where, And) else (where,)
        found = next((part for part in parts if isinstance(part, Reaches)), None)
        if found is None:
            return None
        link, other = self.names.register.links[found.link], self.names.beside.other
        rest = [part for part in self._beside_link(parts) if part != found]
        if not rest:
            return Text(f"{other.zh}为{link.label.zh}", f"{other.en} as their {link.label.en}")
        kinds = rest[0].options if isinstance(rest[0], In) else ()
        if isinstance(rest[0], Compare) and rest[0].op == "=":
            kinds = (rest[0].right,)
        words = [self.names.value(kind) for kind in kinds]
        if len(rest) > 1 or not words or Fact("", self.names.register.register, link.kind) not in children(rest[0]):
            return None
        zh, en = listed(words, "或", "or")
        return Text(f"{other.zh}为{zh}", f"{other.en} as their {en}")

    def _beside_link(self, parts: Iterable[Node | None]) -> list[Node]:
        """Return parts of an `and` without what a link there says by itself, its own rule."""
        there = [part for part in parts if part is not None]
        own: set[Node] = set()
        for part in there:
            where = link_where(self.names.register, part.link) if isinstance(part, Reaches) else None
            own |= set(where.parts if isinstance(where, And) else () if where is None else (where,))
        return [part for part in there if part not in own]

    def about(self, node: Node) -> Text:
        """Return the words for a side of a comparison: a value, what is counted in a set of rows, or made of such."""
        if not isinstance(node, Aggregate):
            return self.composed(node) if any(isinstance(part, Aggregate) for part in walk(node)) else self.valued(node)
        value = _NOTHING if node.value is None else self.names.fact(node.value).label
        day = node.value is not None and self.names.fact(node.value).type is Type.DATE
        zh, en = ("早", "earliest") if day and node.how == "lowest" else ("低", "lowest")
        if node.how == "highest":
            zh, en = ("晚", "latest") if day else ("高", "highest")
        zh, en = f"最{zh}的{value.zh}", f"{en} {value.en}"
        if node.how in ("count", "total"):
            zh, en = (f"{value.zh}合计", f"total {value.en}") if value.zh else ("记录条数", "number of records")
        if node.where is None:
            return Text(zh, en)
        where = self.of_row(node.where)
        return Text(f"符合“{where.zh}”的{zh}", f"{en} (only those of which: {where.en})")

    def valued(self, node: Node) -> Text:
        """Return the words for a value that rests on no set of rows."""
        cases = any(isinstance(part, Case) for part in walk(node))
        return self.composed(node) if cases else self.names.value(node)

    def composed(self, node: Node) -> Text:
        """Return the words for a value made of counts and sums, or of one that depends on conditions."""
        if isinstance(node, Arithmetic):
            left, right = self.about(node.left), self.about(node.right)
            zh, en = SIGNS[node.op]
            return Text(f"{left.zh}{zh}{right.zh}", f"{left.en} {en} {right.en}")
        if isinstance(node, Case):
            chosen = self.case(node, no=False, then=self.about).then
            return Text(chosen.zh.removeprefix("符合"), chosen.en.removeprefix("this "))
        return self.names.value(node)

    # compounds

    def joined(self, node: And | Or, no: bool) -> Phrase:
        """Return the parts as one predicate; parts that together are a derived fact take its name."""
        phrases = self._parts(node)
        if len(phrases) == 1 and not no:
            return phrases[0]
        parts = [part.statement(self.whose) for part in phrases]
        zh, en = "；".join(part.zh for part in parts), "; ".join(part.en for part in parts)
        how = Text("同时符合", "all of this") if isinstance(node, And) else Text("至少符合一项", "at least one of this")
        return Phrase(_NOTHING, Text(f"{'没有' if no else ''}{how.zh}（{zh}）", f"{how.en} ({en})"), "meet", no)

    def _parts(self, node: And | Or) -> list[Phrase]:
        left = dict.fromkeys(self._beside_link(node.parts) if isinstance(node, And) else node.parts)
        phrases: list[Phrase] = []
        for tree, label in self.known:
            if type(tree) is type(node) and isinstance(tree, (And, Or)) and all(part in left for part in tree.parts):
                phrases.append(self.named(label, no=False))
                for part in tree.parts:
                    del left[part]
        return phrases + [self.phrase(part) for part in left]

    def case(self, node: Case, no: bool, then: Callable[[Node], Text] | None = None) -> Phrase:
        said = cased(node, self.statement, self._result if then is None else then)
        how = Text(f"{'不' if no else ''}符合（{said.zh}）", f"this ({said.en})")
        return Phrase(_NOTHING, how, "meet", no)

    def _result(self, node: Node) -> Text:
        if isinstance(node, Literal_) and isinstance(node.value, bool):
            return Text("成立", "yes") if node.value else Text("不成立", "no")
        return self.statement(node) if type(node) in _WORDS else self.names.value(node)

    def anything(self, node: Node, *, no: bool) -> Phrase:
        value = self.about(node)
        return Phrase(value, Text("不成立", "not so") if no else Text("成立", "so"))

    def is_date(self, node: Node) -> bool:
        if isinstance(node, Aggregate):
            return node.value is not None and self.is_date(node.value)
        return isinstance(node, Fact) and self.names.fact(node).type is Type.DATE


def listed(values: Iterable[Text], zh: str, en: str) -> tuple[str, str]:
    """Return values as people list them, joined by the last word of either language."""
    *most, last = values
    if not most:
        return last.zh, last.en
    return "、".join(text.zh for text in most) + zh + last.zh, ", ".join(text.en for text in most) + f" {en} {last.en}"


_WORDS: dict[type[Node], Callable[[Wording, Any, bool], Phrase]] = {
    Fact: Wording.fact,
    Compare: Wording.compare,
    In: Wording.options,
    IsNull: Wording.is_null,
    Distinct: Wording.distinct,
    Match: Wording.match,
    Exists: Wording.exists,
    Reaches: Wording.reaches,
    Aggregate: Wording.aggregate,
    And: Wording.joined,
    Or: Wording.joined,
    Case: Wording.case,
}
