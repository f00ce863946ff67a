"""What each parameter of a query stands for, so that a steward reads SQL and values side by side."""

from __future__ import annotations

from mianzheng.model.text import Text
from mianzheng.rules.expression import Arithmetic, Cutoff, Form, Literal_, Node, Operand, Param, Shift
from mianzheng.rules.sql.parameters import Number, Parameter, Stored

_UNITS = {"days": ("日", "days"), "months": ("个月", "months"), "years": ("年", "years")}
_NUMBERS = {
    "plain": Text("本人号码", "the subject's number"),
    "lower_x": Text("本人号码，末位 X 小写", "the subject's number with a small x"),
    "wide_x": Text("本人号码，末位 X 全角", "the subject's number with a full-width X"),
    "roman_x": Text("本人号码，末位为罗马数字十", "the subject's number with a Roman numeral ten"),
    "old": Text("本人 15 位旧号码", "the subject's old number of 15 digits"),
}


def legend(parameters: tuple[Parameter, ...]) -> tuple[tuple[str, Text], ...]:
    """Return (name, meaning) of each parameter, in the order of the query; `Query.parameters` go in."""
    return tuple((parameter.name, _meaning(parameter)) for parameter in parameters)


def _meaning(parameter: Parameter) -> Text:
    origin = parameter.origin
    if isinstance(origin, Number):
        number = _NUMBERS[origin.form]
        if origin.of == "other":
            number = Text(number.zh.replace("本人", "对方"), number.en.replace("the subject's", "the other subject's"))
        if not origin.width:
            return number
        return Text(f"{number.zh}，补空格至 {origin.width} 位", f"{number.en}, padded with blanks to {origin.width}")
    if isinstance(origin, Stored):
        return _stored(origin.value)
    said = _node(origin.node)
    if origin.shape.kind == "left_out":
        return Text(f"{said.zh}是否未填", f"whether {said.en} was left out")
    return Text(f"{said.zh}的次日", f"the day after {said.en}") if origin.day_after else said


def _stored(value: object) -> Text:
    shown = repr(value) if isinstance(value, (str, bytes)) else str(value)
    return Text(f"映射中的 {shown}", f"{shown} of the mapping")


def _node(node: Node) -> Text:
    if isinstance(node, Literal_):
        shown = repr(node.value) if isinstance(node.value, str) else str(node.value)
        return Text(shown, shown)
    if isinstance(node, Param):
        return Text(f"参数 {node.name}", f"the figure {node.name}")
    if isinstance(node, Form):
        return Text(f"申请人填写的 {node.name}", f"the person's statement {node.name}")
    if isinstance(node, (Shift, Cutoff)):
        return _day(node)
    if isinstance(node, Operand):
        return Text(f"另一部门密封交来的答案 {node.question}", f"what another department sealed: {node.question}")
    if isinstance(node, Arithmetic):
        left, right = _node(node.left), _node(node.right)
        return Text(f"{left.zh} {node.op} {right.zh}", f"{left.en} {node.op} {right.en}")
    return Text("办件日期", "the case's date")


def _day(node: Shift | Cutoff) -> Text:
    zh, en = _UNITS[node.unit]
    amount = _node(node.amount)
    if isinstance(node, Cutoff):
        return Text(f"至办件日期已满 {amount.zh} {zh}的最晚日期", f"the latest day at least {amount.en} {en} ago")
    if node.sign > 0:
        return Text(f"办件日期后 {amount.zh} {zh}", f"{amount.en} {en} after the case's date")
    return Text(f"办件日期前 {amount.zh} {zh}", f"{amount.en} {en} before the case's date")
