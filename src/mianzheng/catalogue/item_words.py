"""What the law's words for items are called in English, and why a question is asked."""

from __future__ import annotations

from mianzheng.model.text import Text

KINDS = {
    "行政给付": Text(zh="行政给付", en="Benefit"),
    "行政确认": Text(zh="行政确认", en="Confirmation"),
    "行政许可": Text(zh="行政许可", en="Licence"),
    "公共服务": Text(zh="公共服务", en="Public service"),
    "行政奖励": Text(zh="行政奖励", en="Award"),
    "行政裁决": Text(zh="行政裁决", en="Ruling"),
    "其他行政权力": Text(zh="其他行政权力", en="Other powers"),
}
WHO = {
    "自然人": Text(zh="个人", en="People"),
    "法人": Text(zh="企业和单位", en="Firms and bodies"),
    "个体工商户": Text(zh="个体工商户", en="Sole traders"),
}
PURPOSES = {
    "condition": Text(zh="用来决定", en="decides"),
    "outcome": Text(zh="用来算出给您多少", en="computes what you get"),
    "need": Text(
        zh="决定以后才问，密封送达，平台看不到", en="asked after the decision, sealed; the platform cannot read it"
    ),
    "link": Text(
        zh="用来找到有关的人，姓名密封，平台看不到", en="finds who is concerned, sealed; the platform cannot read it"
    ),
    "operand": Text(
        zh="密封交给另一部门比对，平台看不到", en="sealed to another department to compare; the platform cannot read it"
    ),
}
APPROVALS = {
    "automatic": Text(zh="机器按规则定，部门签名", en="the machine decides by the rule, the department signs"),
    "clerk": Text(zh="由办事人员签名", en="a member of staff signs"),
    "departments": Text(zh="由几个部门分别签名", en="several departments sign"),
}
AT_ONCE = {  # of an item promised in no working day, by who decides it
    "automatic": Text(zh="当场决定", en="decided on the spot"),
    "clerk": Text(zh="窗口当场办结", en="settled at the window while you wait"),
    "departments": Text(zh="窗口当场办结", en="settled at the window while you wait"),
}
PRESENCES = {
    1: Text(zh="手机、窗口、代办员，打电话也行", en="By phone, at a window, through the village clerk, or by a call"),
    2: Text(zh="手机，窗口，或请村（社区）代办员来", en="By phone, at a window, or the village clerk comes to you"),
    3: Text(
        zh="手机，或窗口刷证、刷脸（涉及敏感信息，要确认是您本人）",
        en="By phone, or at a window by card or face: special data, so it must be you",
    ),
}
EVERY = {
    "once": Text(zh="一次性给付", en="Paid once"),
    "month": Text(zh="按月给付", en="Paid every month"),
    "quarter": Text(zh="按季给付", en="Paid every quarter"),
    "year": Text(zh="按年给付", en="Paid every year"),
}
_UNITS = {"day": ("天", "day"), "month": ("个月", "month"), "year": ("年", "year")}


def figure_words(value: object, unit: str) -> Text:
    """Return a figure in its unit; money in English as CNY 1,000. Other units stay as the pack has them."""
    if unit != "元":
        return Text(zh=f"{value} {unit}", en=f"{value} {unit}")
    return Text(zh=f"{value} 元", en=f"CNY {_grouped(str(value))}")


def _grouped(figure: str) -> str:
    """Return a plain figure with its thousands apart; what is none stays as it is."""
    whole, dot, rest = figure.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.isascii() and whole.isdigit() else figure


def length_of(valid: str) -> Text:
    """Return a length of time of a pack (`12 months`) in words; empty for one without end."""
    number, _, unit = valid.partition(" ")
    zh, en = _UNITS.get(unit.removesuffix("s"), ("", ""))
    return Text(zh=f"{number} {zh}".strip(), en=f"{number} {en}{'' if number == '1' else 's'}" if en else "")
