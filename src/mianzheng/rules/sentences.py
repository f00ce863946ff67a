"""A question, and its answer, as a plain sentence in Chinese and English.

"民政部门的记录中，其低保状态是否为在保？" The words are the labels of the fact catalogue; where the parts of a question
are together what a derived fact follows from (`hukou.is_local`), the sentence says that fact. Hub, gateway and
client make the same sentence from the same question: nothing in it depends on a person or a case.
"""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Absence, FactCatalogue, Register, Type
from mianzheng.model.item import Role
from mianzheng.model.scalar import BadScalar, from_wire
from mianzheng.model.text import Text
from mianzheng.rules.agreement import many
from mianzheng.rules.check import check_condition
from mianzheng.rules.expression import Fact, Linked, Node
from mianzheng.rules.faults import RuleFaults
from mianzheng.rules.identity import ordered
from mianzheng.rules.phrases import ALONE, Beside, Forms, Names, Who, who
from mianzheng.rules.question import Question
from mianzheng.rules.tree import walk
from mianzheng.rules.vocabulary import Vocabulary
from mianzheng.rules.wording import Wording


def sentence(question: Question, facts: FactCatalogue, role: Role | str, forms: Forms, beside: Beside = ALONE) -> Text:
    """Return the question as a person reads it before signing; the applicant is 其, they.

    `forms`: the form fields of the item, whose labels name what the person states. `beside`: whom and what it speaks
    of besides, and for whom an answer is sealed (`rules.audience.line_sentence` knows both).
    """
    register, whose = facts.registers[question.register], who(role)
    start = _records(register, facts, question.scope)
    if question.kind == "boolean":
        asked = _wording(question, register, facts, whose, forms, beside).phrase(question.expression).question(whose)
        return Text(f"{start.zh}，{asked.zh}？", f"{start.en}, {asked.en}?")
    if isinstance(question.expression, Linked):
        return _link(question.expression, register, start, whose, beside)
    label = _wording(question, register, facts, whose, forms).about(question.expression)
    zh, en = (
        f"{start.zh}，{whose.zh_owner}{label.zh}是多少？",
        f"{start.en}, what {_be(label)} {whose.en_owner} {label.en}?",
    )
    if question.type not in (Type.INTEGER, Type.DECIMAL):
        zh = zh.replace("是多少？", "是什么？")
    if question.kind == "operand":
        to = _departments(beside)
        zh, en = (
            f"{zh}（密封交给{to.zh}比对，平台看不到）",
            f"{en} (sealed to {to.en} to be compared; the platform cannot see it)",
        )
    if question.kind == "need":
        zh, en = f"{zh}（密封交给办理部门，只用于送达）", f"{en} (sealed to the handling department, for delivery only)"
    return Text(zh, en)


def statement(
    question: Question,
    facts: FactCatalogue,
    role: Role | str,
    forms: Forms,
    beside: Beside = ALONE,
    *,
    no: bool = False,
) -> Text:
    """Return what a yes/no question asks for as a statement, as a rule demands it; `no`: as it forbids it."""
    register, whose = facts.registers[question.register], who(role)
    start = _records(register, facts, question.scope)
    said = _wording(question, register, facts, whose, forms, beside).phrase(question.expression, no=no).statement(whose)
    return Text(f"{start.zh}，{said.zh}", f"{start.en[:1].lower()}{start.en[1:]}, {said.en}")


def value_name(question: Question, facts: FactCatalogue, role: Role | str, forms: Forms) -> Text:
    """Return what a question that answers a value asks for: "其保障金额（民政部门的记录）"."""
    register, whose = facts.registers[question.register], who(role)
    label = _wording(question, register, facts, whose, forms).about(question.expression)
    start = _records(register, facts, question.scope)
    zh = f"{whose.zh_owner}{label.zh}（{start.zh.removesuffix('中')}）"
    return Text(zh, f"{whose.en_owner} {label.en} ({start.en[:1].lower()}{start.en[1:]})")


def _link(node: Linked, register: Register, start: Text, whose: Who, beside: Beside) -> Text:
    """Return "其配偶是谁？": who it is goes sealed to those who are asked about them, and there may be none."""
    label, to = register.links[node.link].label, _departments(beside)
    person = node.to == "person"
    if node.chosen:
        one = "哪一位" if person else "哪一个"
        zh = f"{whose.zh_owner}{label.zh}中，本人指明的是{one}？（由本人按姓名或号码密封指明，不列名单；"
        en = f"which of {whose.en_owner} {label.en} is meant? (named by the person, sealed, and no list is shown; "
    else:
        several = "" if node.most == 1 else "，也可能不止一个"
        zh = f"{whose.zh_owner}{label.zh}{'是谁' if person else '是哪些'}？（可能没有{several}；"
        en = f"who is {whose.en_owner} {label.en}? (there may be none{'' if node.most == 1 else ', or several'}; "
        verb = "is" if node.most == 1 else "are"
        en = en.replace("who is", f"{'who' if person else 'what'} {verb}", 1)
    zh, en = f"{zh}密封交给{to.zh}，平台看不到）", f"{en}sealed to {to.en}; the platform cannot see it)"
    return Text(f"{start.zh}，{zh}", f"{start.en}, {en}")


def _departments(beside: Beside) -> Text:
    zh, en = [short.zh for short in beside.sealed_to], [short.en for short in beside.sealed_to]
    if not zh:
        return Text("所问部门", "the departments asked")
    return Text("、".join(zh), ", ".join(en))


def answer_sentence(
    question: Question, answer: Answer, facts: FactCatalogue, role: Role | str, forms: Forms, beside: Beside = ALONE
) -> Text:
    """Return an answer in words; it says so when it rests on a row that is not there."""
    register, whose = facts.registers[question.register], who(role)
    short = facts.departments[register.department].short
    if answer.status is Status.UNAVAILABLE:
        return Text(f"{short.zh}暂时没有应答。", f"{_first(short.en)} has not answered yet.")
    if answer.status is Status.CONTESTED:
        return Text(
            f"{whose.zh}对{short.zh}的答案有异议，等待核实。",
            f"The answer of {short.en} is contested and will be checked.",
        )
    if answer.status is Status.NOT_HELD:
        return _not_held(answer, short, register, whose)
    said = _said(question, answer, register, facts, whose, forms, beside)
    if answer.rests_on is RestsOn.ABSENT or (answer.rests_on is RestsOn.MISSING and question.kind != "link"):
        none = _no_record(short, register, whose)
        return Text(f"{none.zh}；据此，{said.zh}。", f"{_first(none.en)}; so {said.en}.")
    start = _records(register, facts, question.scope)
    return Text(f"{start.zh}，{said.zh}。", f"{start.en}, {said.en}.")


def _said(
    question: Question,
    answer: Answer,
    register: Register,
    facts: FactCatalogue,
    whose: Who,
    forms: Forms,
    beside: Beside,
) -> Text:
    if isinstance(question.expression, Linked):
        return _reached(question.expression, answer, register, whose)
    if question.kind == "boolean":
        return (
            _wording(question, register, facts, whose, forms, beside)
            .phrase(question.expression, no=answer.value is not True)
            .statement(whose)
        )
    label = _wording(question, register, facts, whose, forms).about(question.expression)
    if question.kind == "operand":
        return Text(
            f"{whose.zh_owner}{label.zh}已密封交给比对的部门",
            f"{whose.en_owner} {label.en} {_was(label)} sealed to the department that compares it",
        )
    if question.kind == "need" or answer.value is None:
        return Text(
            f"{whose.zh_owner}{label.zh}已密封交给办理部门",
            f"{whose.en_owner} {label.en} {_was(label)} sealed to the handling department",
        )
    names = Names(register, facts, forms)
    value, unit = _value(question.type, answer, names), names.unit(question.expression)
    return Text(f"{whose.zh_owner}{label.zh}为{value.zh}{unit}", f"{whose.en_owner} {label.en} {_be(label)} {value.en}")


def _reached(node: Linked, answer: Answer, register: Register, whose: Who) -> Text:
    label = register.links[node.link].label
    if answer.value == 0:
        return Text(
            f"没有{whose.zh_owner}{label.zh}",
            f"there is no {label.en} of {whose.en_owner}".replace("of their", "of theirs"),
        )
    if node.chosen:
        return Text(
            f"本人指明的在{whose.zh_owner}{label.zh}之中", f"the one named is among {whose.en_owner} {label.en}"
        )
    count = f"{answer.value}{'人' if node.to == 'person' else '个'}"
    return Text(f"{whose.zh_owner}{label.zh}有{count}", f"{whose.en_owner} {label.en}: {answer.value}")


def _value(type_: Type, answer: Answer, names: Names) -> Text:
    try:
        return names.word(from_wire(type_, answer.value)) if answer.value is not None else Text("无", "none")
    except BadScalar:
        return Text(str(answer.value), str(answer.value))


def _not_held(answer: Answer, short: Text, register: Register, whose: Who) -> Text:
    if answer.rests_on is RestsOn.NULL or answer.rests_on is RestsOn.ROW:
        return Text(
            f"{short.zh}的记录没有填写这一项，不能据此判断。",
            f"The records of {short.en} leave this open, so they decide nothing.",
        )
    none = _no_record(short, register, whose)
    if answer.rests_on is RestsOn.ABSENT:
        return Text(f"{none.zh}。", f"{_first(none.en)}.")
    return Text(f"{none.zh}，不能据此判断。", f"{_first(none.en)}, which decides nothing.")


def _no_record(short: Text, register: Register, whose: Who) -> Text:
    zh = f"{short.zh}没有{whose.zh_owner}{register.name.zh}记录"
    return Text(
        zh, f"{short.en} has no record of {'them' if whose.en == 'they' else whose.en} under {register.name.en}"
    )


def _records(register: Register, facts: FactCatalogue, scope: str) -> Text:
    """Return where is looked: "民政部门的记录中", for many rows "公安部门的机动车记录中", here only "…的本市记录中"."""
    short = facts.departments[register.department].short
    here = register.absence is Absence.CLOSED_HERE and scope == "here"
    of_zh = f"{'本市' if here else ''}{register.name.zh if register.rows == 'many' else ''}"
    of_en = f" on {register.name.en}" if register.rows == "many" else ""
    return Text(f"{short.zh}的{of_zh}记录中", f"In the records of {short.en}{of_en}{' for this city' if here else ''}")


def _wording(
    question: Question,
    register: Register,
    facts: FactCatalogue,
    whose: Who,
    forms: Forms,
    beside: Beside = ALONE,
) -> Wording:
    used = {node.name for node in walk(question.expression) if isinstance(node, Fact)}
    return Wording(register, facts, tuple(_derived(register, facts, used)), whose, forms, beside)


def _derived(register: Register, facts: FactCatalogue, used: set[str]) -> Iterator[tuple[Node, Text]]:
    """Yield the trees that derived yes/no facts follow from, of those that rest on used facts alone."""
    for name, declared in register.facts.items():
        expression = declared.derive.expression if declared.derive is not None else None
        if expression is None or declared.type is not Type.BOOLEAN or not any(fact in expression for fact in used):
            continue
        tree = _tree(register, name, expression, facts)
        if tree is not None:
            yield tree, declared.label


def _tree(register: Register, name: str, expression: str, facts: FactCatalogue) -> Node | None:
    """Return a derived fact's tree in canonical order; None when it has a fault, which its own check reports."""
    vocabulary = Vocabulary(facts=facts, params={}, derivations={})
    try:
        parsed = vocabulary.derivation(register.register, name, expression)
    except RuleFaults:
        return None
    checked = check_condition(parsed, vocabulary, row_of=register.register)
    return None if checked.faults else ordered(checked.node)


def _be(label: Text) -> str:
    return "are" if many(label.en) else "is"


def _was(label: Text) -> str:
    return "were" if many(label.en) else "was"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
