"""Parts of sentences: who is spoken of, what a value is called, and a condition as subject and predicate.

A condition is a `Phrase`, so that one rendering gives statement and question in both languages:
"低保状态" + "为在保", "their subsistence allowance status" + "is" + "在保".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from mianzheng.model.facts import Fact as Declared
from mianzheng.model.facts import FactCatalogue, Register, Unit
from mianzheng.model.item import FormField, Role
from mianzheng.model.scalar import Scalar, to_wire
from mianzheng.model.text import Text
from mianzheng.rules.agreement import counted, many, stated, the
from mianzheng.rules.english import predicate
from mianzheng.rules.expression import (
    Aggregate,
    Arithmetic,
    Case,
    Coalesce,
    Cutoff,
    Fact,
    Form,
    Literal_,
    Node,
    Operand,
    Param,
    Shift,
    Today,
)
from mianzheng.rules.tree import walk

UNITS: dict[Unit, Text] = {
    "days": Text("天", "days"),
    "months": Text("个月", "months"),
    "years": Text("年", "years"),
}
SIGNS = {"+": ("加", "plus"), "-": ("减", "minus"), "*": ("乘以", "times")}
_UNIT_WORDS = {
    # a measure word that counts things says nothing in English
    **dict.fromkeys(("条", "个", "件", "件套", "套", "张", "期", "项", "座", "处", "户", "间", "家", "起"), ""),
    **dict.fromkeys(("科", "名", "人", "辆", "门", "胎", "种", "组", "株", "场", "级", "年级", "只"), ""),
    "个月": "months",
    "月": "months",
    "周岁": "years",
    "年": "years",
    "天": "days",
    "小时": "hours",
    "学时": "hours of instruction",
    "次": "times",
    "分": "points",
    "度": "degrees",
    "元": "yuan",
    "美元": "US dollars",
    "平方米": "square metres",
    "亩": "mu",
    "米": "metres",
    "立方米": "cubic metres",
    "升": "litres",
    "千克": "kilograms",
    "吨": "tonnes",
    "总吨": "gross tons",
    "吨标准煤": "tonnes of coal equivalent",
    "吨标准煤/万元": "tonnes of coal equivalent per 10,000 yuan",
    "千瓦": "kilowatts",
    "兆瓦时": "megawatt hours",
    "头": "head",
    "头只": "head",
}


class Who(msgspec.Struct, frozen=True):
    """Who a sentence speaks of, as subject and as owner, in both languages."""

    zh: str
    zh_owner: str
    en: str
    en_owner: str
    plural: bool = False

    def within(self) -> Who:
        """Return how the same person is spoken of in a list of conditions: Chinese does not repeat the subject."""
        return ROW if self == ROW else Who("", "", "they", "their", True)


THEY = Who("其", "其", "they", "their", True)
ROW = Who("", "", "it", "its")  # inside a set: one of its records


def who(role: Role | str) -> Who:
    """Return how a role is spoken of; the applicant is 其, they."""
    label = Text(role, role) if isinstance(role, str) else role.label
    if label.zh in ("applicant", "申请人"):
        return THEY
    en = the(label.en)
    owner = f"{en}'" if en.endswith("s") and not en.endswith("ss") else f"{en}'s"
    return Who(label.zh, f"{label.zh}的", en, owner, many(en.removeprefix("the ")))


class Phrase(msgspec.Struct, frozen=True):
    """A condition: subject words (`about`, empty when the person is the subject) and predicate (`then`).

    In English a verb stands between them and goes first in a question: a form of be, or `does` ("meet",
    "have"), which `no` denies; the predicate of be is denied in its own words.
    """

    about: Text
    then: Text
    does: str = ""
    no: bool = False
    named: bool = False  # `then` is the label of a yes/no fact, which `english` says by its kind
    lead: str = ""  # in Chinese, what 是否 stands behind: 养殖尾水处理 of 养殖尾水处理已登记

    def statement(self, whose: Who) -> Text:
        """Return "其低保状态为在保", "their subsistence allowance status is 在保"."""
        zh, en = self._subject(whose)
        plural = many(self.about.en) if self.about.zh else whose.plural
        if self.named:
            said = predicate(self.then.en).statement(en, whose.en_owner, plural=plural, no=self.no)
            return Text(f"{zh}{self.lead}{self.then.zh}", said)
        if not self.does:
            verb = "are" if plural else "is"
        elif self.no:
            verb = f"{'do' if plural else 'does'} not {self.does}"
        else:
            verb = self.does if plural else {"have": "has"}.get(self.does, f"{self.does}s")
        return Text(f"{zh}{self.lead}{self.then.zh}", f"{en} {verb} {self.then.en}")

    def question(self, whose: Who) -> Text:
        """Return "其低保状态是否为在保", "is their subsistence allowance status 在保"."""
        zh, en = self._subject(whose)
        plural = many(self.about.en) if self.about.zh else whose.plural
        if self.named:
            asked = predicate(self.then.en).question(en, whose.en_owner, plural=plural, no=self.no)
            return Text(f"{zh}{self.lead}是否{self.then.zh}", asked)
        if not self.does:
            en = f"{'are' if plural else 'is'} {en}"
        else:
            en = f"{'do' if plural else 'does'} {en}{' not' if self.no else ''} {self.does}"
        return Text(f"{zh}{self.lead}是否{self.then.zh}", f"{en} {self.then.en}")

    def _subject(self, whose: Who) -> tuple[str, str]:
        if not self.about.zh:
            return whose.zh, whose.en
        of = "" if self.about.en.startswith("the ") else f"{whose.en_owner} "  # what was stated is of no record
        return f"{whose.zh_owner}{self.about.zh}", f"{of}{self.about.en}"


Forms = Mapping[str, FormField]  # the form fields of the item that asks, for their labels


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What a question speaks of beside its own register and role; a sentence without it says it in general.

    `other`: how the second subject is called; `operands`: operand question -> what is compared;
    `sealed_to`: the departments that an answer is sealed for.
    """

    other: Text = Text("另一当事人", "the other person")
    operands: Mapping[str, Text] = {}
    sealed_to: tuple[Text, ...] = ()

    def operand(self, question: str) -> Text:
        """Return what another gateway sends sealed to be compared."""
        return self.operands.get(
            question, Text("另一部门密封交来的数值", "the value that another department sends sealed")
        )


ALONE = Beside()


def cased(node: Case, holds: Callable[[Node], Text], then: Callable[[Node], Text]) -> Text:
    """Return each branch of a `case` in turn: if …, then …; else …; a condition and a result each said in its way."""
    said = [(holds(when), then(result)) for when, result in node.branches]
    zh = [f"若{when.zh}，则{what.zh}" for when, what in said]
    en = [f"if {when.en}, then {what.en}" for when, what in said]
    if node.default is not None:
        default = then(node.default)
        zh.append(f"否则{default.zh}")
        en.append(f"else {default.en}")
    return Text("；".join(zh), "; ".join(en))


class Names:
    """What the values of one register are called."""

    def __init__(self, register: Register, facts: FactCatalogue, forms: Forms, beside: Beside = ALONE) -> None:
        self.register = register
        self.facts = facts
        self.forms = forms
        self.beside = beside
        words = [*(field.english for field in forms.values()), *(fact.english for fact in register.facts.values())]
        self._english = {word: en for one in words for word, en in one.items()}

    def value(self, node: Node) -> Text:
        """Return a value's name: a fact's label, a literal, a figure, a date."""
        if isinstance(node, Fact):
            return self.fact(node).label
        if isinstance(node, Literal_):
            return self.word(node.value)
        if isinstance(node, Param):
            label = self.facts.figures.get(node.name, Text(node.name, node.name))
            return Text(f"公布的{label.zh}", f"the published figure “{label.en}”")
        if isinstance(node, Form):
            label = self.forms[node.name].label if node.name in self.forms else Text(node.name, node.name)
            return Text(f"本人填报的{label.zh}", stated(label.en))
        if isinstance(node, (Today, Shift, Cutoff)):
            return self.day(node)
        if isinstance(node, Operand):
            return self.beside.operand(node.question)
        return self.composed(node)

    def word(self, value: Scalar) -> Text:
        """Return a literal or an answer as people write it, a word of the register in either language."""
        said = scalar(value)
        return Text(said.zh, self._english.get(said.zh, said.en)) if isinstance(value, str) else said

    def composed(self, node: Node) -> Text:
        """Return the name of a value made of others."""
        if isinstance(node, Coalesce):
            first, *rest = [self.value(part) for part in node.parts]
            zh, en = "、".join(part.zh for part in rest), ", ".join(part.en for part in rest)
            return Text(f"{first.zh}（没有登记时按{zh}计）", f"{first.en} (counted as {en} when not recorded)")
        if isinstance(node, Arithmetic):
            left, right = self.value(node.left), self.value(node.right)
            if node.op != "-" and not self.speaks_of_facts(node.left):
                left, right = right, left
            zh, en = SIGNS[node.op]
            return Text(f"{left.zh}{zh}{right.zh}", f"{left.en} {en} {right.en}")
        if isinstance(node, Case):
            return Text("依条件而定的数值", "a value that depends on conditions")
        return Text("数值", "value")

    def amount(self, node: Node, unit: str = "") -> Text:
        """Return a fixed value with its unit: "12个月", "12 months"."""
        value = self.value(node)
        if not unit or not isinstance(node, Literal_):
            return value
        return Text(f"{value.zh}{unit}", counted(value.en, _UNIT_WORDS.get(unit, unit)).rstrip())

    def day(self, node: Today | Shift | Cutoff) -> Text:
        """Return a date counted from the day the application was accepted."""
        if isinstance(node, Today):
            return Text("受理之日", "the day of acceptance")
        count, unit = self.value(node.amount), UNITS[node.unit]
        before = isinstance(node, Cutoff) or node.sign < 0
        zh, en = ("前", "before") if before else ("后", "after")
        return Text(f"受理之日{zh}{count.zh}{unit.zh}", f"{counted(count.en, unit.en)} {en} the day of acceptance")

    def speaks_of_facts(self, node: Node) -> bool:
        """Return whether a value rests on the register at all."""
        return any(isinstance(part, (Fact, Aggregate)) for part in walk(node))

    def fact(self, node: Fact) -> Declared:
        """Return a fact as the register declares it."""
        return self.register.facts[node.name]

    def unit(self, node: Node) -> str:
        """Return the unit a value is counted in, "" without one."""
        if isinstance(node, Fact):
            return self.fact(node).unit
        if isinstance(node, Aggregate):
            return self.unit(node.value) if node.value is not None else "条"
        parts = node.parts if isinstance(node, Coalesce) else ()
        return self.unit(parts[0]) if parts else ""

    def span(self, day: Node, unit: Unit) -> Text | None:
        """Return the label of the age or time that the register counts from a date fact, None without one."""
        if not isinstance(day, Fact):
            return None
        for declared in self.register.facts.values():
            derive = declared.derive
            counted = None if derive is None else (derive.months_since if unit == "months" else derive.age_of)
            if derive is not None and unit == "years" and counted is None:
                counted = derive.years_since
            if counted == day.name and unit != "days":
                return declared.label
        return None

    def is_age(self, day: Node) -> bool:
        """Return whether a date is one that the register counts an age from."""
        derivations = (fact.derive for fact in self.register.facts.values())
        return isinstance(day, Fact) and any(derive is not None and derive.age_of == day.name for derive in derivations)


def scalar(value: Scalar) -> Text:
    """Return a literal as people write it."""
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, date):
        return Text(f"{value.year}年{value.month}月{value.day}日", value.isoformat())
    text = str(to_wire(value))
    return Text(text, text)
