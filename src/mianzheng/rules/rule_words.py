"""A whole rule of an item in words, for who reads or compares the law: questions as statements, and what joins them.

"同时符合：民政部门的记录中，其低保状态为在保；本人填报的面积不超过公布的上限". The questions are said as
`sentences` says their answers; what the residual adds is said here. Nothing depends on a person or a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.item import Role
from mianzheng.model.text import Text
from mianzheng.rules import expression as e
from mianzheng.rules.agreement import counted, stated
from mianzheng.rules.audience import beside_of
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.phrases import SIGNS, UNITS, cased, scalar
from mianzheng.rules.sentences import statement, value_name
from mianzheng.rules.stated_years import years_meant
from mianzheng.rules.wording import DAYS, ORDER, listed

_JOINED = {e.And: Text("同时符合", "all of this"), e.Or: Text("至少符合一项", "at least one of this")}


def condition_words(compiled: CompiledItem, facts: FactCatalogue, condition: str) -> Text:
    """Return what a condition of the item demands; `KeyError` for an id that it has not."""
    found = {one.condition.id: one.residual for one in compiled.conditions}
    return RuleWords(compiled, facts).rule(found[condition])


def amount_words(compiled: CompiledItem, facts: FactCatalogue) -> Text | None:
    """Return how the amount is computed; None for an item that pays nothing."""
    return None if compiled.amount is None else RuleWords(compiled, facts).value(compiled.amount)


class RuleWords:
    """Says the residuals of one item."""

    def __init__(self, compiled: CompiledItem, facts: FactCatalogue) -> None:
        self.compiled = compiled
        self.facts = facts

    def rule(self, node: e.Node) -> Text:
        """Return a condition as it stands by itself."""
        if isinstance(node, (e.And, e.Or)) and years_meant(node) is None:
            how, parts = _JOINED[type(node)], self._parts(node.parts)
            return Text(f"{how.zh}：{parts.zh}", f"{how.en}: {parts.en}")
        return self.said(node)

    def said(self, node: e.Node, no: bool = False) -> Text:
        """Return a condition as part of another; `no`: its denial."""
        if isinstance(node, e.Not):
            return self.said(node.part, not no)
        if (year := years_meant(node)) is not None:
            stands, which = self.value(year[0]), year[1]
            return Text(f"{stands.zh}{'不' * no}为{which.zh}", f"{stands.en} is {'not ' * no}{which.en}")
        word = _SAID.get(type(node))
        if word is None:
            value = self.value(node)
            return Text(f"{value.zh}{'不成立' if no else '成立'}", f"{value.en} is {'not so' if no else 'so'}")
        return word(self, node, no)

    def value(self, node: e.Node) -> Text:
        """Return what a value is called."""
        word = _VALUES.get(type(node))
        return Text("数值", "a value") if word is None else word(self, node)

    # conditions

    def asked(self, node: e.Asked, no: bool) -> Text:
        placed = self.compiled.placed_at((node.question, node.role))
        beside = beside_of(self.compiled, self.facts, placed)
        return statement(placed.question, self.facts, self._role(node.role), self.compiled.item.form, beside, no=no)

    def joined(self, node: e.And | e.Or, no: bool) -> Text:
        how, parts = _JOINED[type(node)], self._parts(node.parts)
        return Text(f"{'并非' if no else ''}{how.zh}（{parts.zh}）", f"{'not ' if no else ''}{how.en} ({parts.en})")

    def stated(self, node: e.Form, no: bool) -> Text:
        label = self.compiled.item.form[node.name].label
        return Text(
            f"本人{'没有' if no else ''}填报：{label.zh}",
            f"the person {'does not state' if no else 'states'}: {label.en}",
        )

    def found(self, node: e.Finding, no: bool) -> Text:
        label = self.compiled.item.findings[node.name].label
        zh, en = ("核查认定不成立", "an officer does not find") if no else ("核查认定", "an officer finds")
        return Text(f"{zh}：{label.zh}", f"{en}: {label.en}")

    def compared(self, node: e.Compare, no: bool) -> Text:
        op, left, right = node.op, node.left, node.right
        if isinstance(left, (e.Literal_, e.Param, e.Today, e.Shift)):
            op, left, right = e.MIRROR[op], right, left
        if isinstance(right, e.Literal_) and isinstance(right.value, bool):
            return self.said(left, no != (right.value is False))
        zh, en = (DAYS if self._is_day(left) or self._is_day(right) else ORDER)[op][no]
        first, second = self.value(left), self._beside(right, left)
        return Text(f"{first.zh}{zh}{second.zh}", f"{first.en} is {en}{second.en}")

    def among(self, node: e.In, no: bool) -> Text:
        zh, en = listed([self._beside(option, node.value) for option in node.options], "或", "or")
        first = self.value(node.value)
        return Text(f"{first.zh}{'不' if no else ''}为{zh}", f"{first.en} is {'none of' if no else 'one of'} {en}")

    def is_null(self, node: e.IsNull, no: bool) -> Text:
        first = self.value(node.value)
        return Text(f"{first.zh}{'有' if no else '没有'}内容", f"{first.en} is {'given' if no else 'not given'}")

    def matched(self, node: e.Match, no: bool) -> Text:
        first, word = self.value(node.text), self.value(node.literal)
        zh, en = ("含有", "contain") if node.how == "contains" else ("开头是", "begin with")
        return Text(
            f"{first.zh}{'不' if no else ''}{zh}“{word.zh}”", f"{first.en} does {'not ' if no else ''}{en} “{word.en}”"
        )

    def distinct(self, node: e.Distinct, no: bool) -> Text:
        first, second = self.value(node.left), self._beside(node.right, node.left)
        other = Text(f"不为{second.zh}（包括没有内容）", f"other than {second.en}, or not given")
        then = Text(f"为{second.zh}", second.en) if no else other
        return Text(f"{first.zh}{then.zh}", f"{first.en} is {then.en}")

    def of_people(self, node: e.OverRole, no: bool) -> Text:
        label = self.compiled.item.roles[node.role].label
        if node.body is None:
            return Text(f"{'没有' if no else '有'}{label.zh}", f"there is {'no' if no else 'a'} {label.en}")
        body = self.said(node.body)
        if node.how == "every":
            zh, en = f"{'并非' if no else ''}每一位{label.zh}都符合", f"{'not ' if no else ''}everyone of: {label.en}"
        else:
            zh, en = f"{'没有' if no else '至少有一位'}{label.zh}符合", f"{'no' if no else 'some'}one of: {label.en}"
        return Text(f"{zh}（{body.zh}）", f"{en} ({body.en})")

    def cases(self, node: e.Case, no: bool) -> Text:
        said = self._cased(node, self.said)
        return Text(f"{'并非' if no else ''}{said.zh}", f"{'not ' if no else ''}{said.en}")

    def truth(self, node: e.Literal_, no: bool) -> Text:
        return Text("总成立", "always") if (node.value is True) != no else Text("总不成立", "never")

    # values

    def answered(self, node: e.Asked) -> Text:
        placed = self.compiled.placed_at((node.question, node.role))
        if placed.question.kind == "boolean":
            return self.asked(node, False)
        return value_name(placed.question, self.facts, self._role(node.role), self.compiled.item.form)

    def literal(self, node: e.Literal_) -> Text:
        return scalar(node.value)

    def figure(self, node: e.Param) -> Text:
        label = self.facts.figures.get(node.name, Text(node.name, node.name))
        return Text(f"公布的{label.zh}", f"the published figure “{label.en}”")

    def field(self, node: e.Form) -> Text:
        label = self.compiled.item.form[node.name].label
        return Text(f"本人填报的{label.zh}", stated(label.en))

    def finding(self, node: e.Finding) -> Text:
        label = self.compiled.item.findings[node.name].label
        return Text(f"核查所见的{label.zh}", f"the finding “{label.en}”")

    def today(self, node: e.Today) -> Text:
        return Text("受理之日", "the day of acceptance")

    def shifted(self, node: e.Shift | e.Cutoff) -> Text:
        count, unit = self.value(node.amount), UNITS[node.unit]
        before = isinstance(node, e.Cutoff) or node.sign < 0
        zh, en = ("前", "before") if before else ("后", "after")
        return Text(f"受理之日{zh}{count.zh}{unit.zh}", f"{counted(count.en, unit.en)} {en} the day of acceptance")

    def computed(self, node: e.Arithmetic) -> Text:
        left, right = self.value(node.left), self.value(node.right)
        zh, en = SIGNS[node.op]
        if node.op == "*":
            left, right = (
                Text(f"（{one.zh}）", f"({one.en})") if isinstance(part, e.Arithmetic) and part.op != "*" else one
                for one, part in ((left, node.left), (right, node.right))
            )
        return Text(f"{left.zh}{zh}{right.zh}", f"{left.en} {en} {right.en}")

    def first_of(self, node: e.Coalesce) -> Text:
        first, *rest = [self.value(part) for part in node.parts]
        zh, en = "、".join(one.zh for one in rest), ", ".join(one.en for one in rest)
        return Text(f"{first.zh}（没有时按{zh}计）", f"{first.en} (counted as {en} without one)")

    def of_all(self, node: e.OverRole) -> Text:
        label = self.compiled.item.roles[node.role].label
        if node.how == "count":
            if node.body is None:
                return Text(f"{label.zh}人数", f"the number of: {label.en}")
            body = self.said(node.body)
            return Text(f"符合（{body.zh}）的{label.zh}人数", f"the number of: {label.en} ({body.en})")
        value = Text("", "") if node.body is None else self.value(node.body)
        zh, en = {"total": ("合计", "total"), "lowest": ("最低值", "lowest"), "highest": ("最高值", "highest")}[
            node.how
        ]
        return Text(f"每一位{label.zh}（{value.zh}）的{zh}", f"the {en} over: {label.en} ({value.en})")

    def chosen(self, node: e.Case) -> Text:
        return self._cased(node, self.value)

    # parts of these

    def _parts(self, nodes: Iterable[e.Node]) -> Text:
        parts = [self.said(node) for node in nodes]
        return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))

    def _cased(self, node: e.Case, then: Callable[[e.Node], Text]) -> Text:
        return cased(node, self.said, then)

    def _beside(self, node: e.Node, other: e.Node) -> Text:
        """Return a value as it is written beside another: a field's choice in either language, words as they are."""
        said = self.value(node)
        if not isinstance(node, e.Literal_) or not isinstance(node.value, str):
            return said
        if isinstance(other, e.Form) and self.compiled.item.form[other.name].values:
            return Text(said.zh, self.compiled.item.form[other.name].english.get(said.zh, said.en))
        if isinstance(other, e.Form | e.Finding):
            return Text(said.zh, f"“{said.en}”")
        return said

    def _is_day(self, node: e.Node) -> bool:
        if isinstance(node, e.Form):
            return self.compiled.item.form[node.name].type is Type.DATE
        return isinstance(node, (e.Today, e.Shift, e.Cutoff))

    def _role(self, name: str) -> Role | str:
        return self.compiled.item.roles.get(name, name)


_SAID: dict[type[e.Node], Callable[[RuleWords, Any, bool], Text]] = {
    e.Asked: RuleWords.asked,
    e.And: RuleWords.joined,
    e.Or: RuleWords.joined,
    e.Form: RuleWords.stated,
    e.Finding: RuleWords.found,
    e.Compare: RuleWords.compared,
    e.In: RuleWords.among,
    e.IsNull: RuleWords.is_null,
    e.Match: RuleWords.matched,
    e.Distinct: RuleWords.distinct,
    e.OverRole: RuleWords.of_people,
    e.Case: RuleWords.cases,
    e.Literal_: RuleWords.truth,
}
_VALUES: dict[type[e.Node], Callable[[RuleWords, Any], Text]] = {
    e.Asked: RuleWords.answered,
    e.Literal_: RuleWords.literal,
    e.Param: RuleWords.figure,
    e.Form: RuleWords.field,
    e.Finding: RuleWords.finding,
    e.Today: RuleWords.today,
    e.Shift: RuleWords.shifted,
    e.Cutoff: RuleWords.shifted,
    e.Arithmetic: RuleWords.computed,
    e.Coalesce: RuleWords.first_of,
    e.OverRole: RuleWords.of_all,
    e.Case: RuleWords.chosen,
}
