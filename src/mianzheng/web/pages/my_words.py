"""What the resident's pages say of a case: its state in words, its line of steps, sums, times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from mianzheng.model.case import CaseView, State
from mianzheng.model.item import Item
from mianzheng.model.text import Text

Tone = Literal["", "yes", "wait", "no"]


class Said(msgspec.Struct, frozen=True):
    """A state in words, and how it is drawn: it waits, it is well, it was refused."""

    text: Text
    tone: Tone


_STATES: Mapping[State, Said] = {
    State.APPLIED: Said(Text("已提交", "Submitted"), ""),
    State.ACCEPTED: Said(Text("等您签字", "Waits for your signature"), "wait"),
    State.AUTHORISED: Said(Text("正在询问部门", "Departments are being asked"), "wait"),
    State.ASKING: Said(Text("正在询问部门", "Departments are being asked"), "wait"),
    State.UNDECIDED: Said(Text("正在询问部门", "Departments are being asked"), "wait"),
    State.WAITING_REGISTER: Said(Text("等部门答复", "A department has not answered yet"), "wait"),
    State.WAITING_SIGNATURE: Said(Text("等另一位签字", "Waits for another's signature"), "wait"),
    State.WAITING_PERSON: Said(Text("工作人员正在办", "With a member of staff"), "wait"),
    State.ACCEPTED_INCOMPLETE: Said(Text("容缺受理，等补齐", "Accepted; something is to follow"), "wait"),
    State.VISIT_BOOKED: Said(Text("已约好日子", "A day is booked"), "wait"),
    State.SUSPENDED: Said(Text("期限中止", "The clock stands still"), "wait"),
    State.PUBLIC_NOTICE: Said(Text("公示中", "Public notice runs"), "wait"),
    State.CORRECTION: Said(Text("等您补正", "Waits for your correction"), "wait"),
    State.CONTESTED: Said(Text("有异议，核查中", "Contested; being checked"), "wait"),
    State.GRANTED: Said(Text("准予，部门正在签发", "Granted; the department is signing"), "yes"),
    State.ISSUED: Said(Text("已签发，送达中", "Issued; on its way"), "yes"),
    State.FEE_DUE: Said(Text("准予，等缴费", "Granted; a fee is due"), "wait"),
    State.DECLARED: Said(Text("已送达，承诺待核查", "Delivered; what you declared is checked"), "yes"),
    State.DELIVERED: Said(Text("已送达", "Delivered"), "yes"),
    State.REFUSED: Said(Text("不予", "Refused"), "no"),
    State.NOT_ACCEPTED: Said(Text("不予受理", "Not accepted"), "no"),
    State.ESCALATED: Said(Text("办不成事，已上报", "Reported: it could not be done"), "wait"),
    State.REOPENED: Said(Text("重新办理", "Runs again"), "wait"),
    State.REVOKED: Said(Text("已撤销", "Revoked"), "no"),
    State.WITHDRAWN: Said(Text("已撤回", "Withdrawn"), ""),
    State.ARCHIVED: Said(Text("已归档", "Archived"), ""),
}
_OF_DECISION: Mapping[tuple[State, str], Said] = {
    (State.PROPOSED, "granted"): Said(Text("拟准予，等工作人员签字", "To be granted; an officer signs"), "wait"),
    (State.PROPOSED, "refused"): Said(Text("拟不予，尚未决定", "A refusal is proposed; nothing is decided"), "wait"),
    (State.ENDED, "granted"): Said(Text("已办结：准予", "Done: granted"), "yes"),
    (State.ENDED, "refused"): Said(Text("已办结：不予", "Done: refused"), "no"),
}
NOT_NAMED = Said(Text("没有受理：签名未获确认", "Not accepted: the signature names nobody"), "no")
_PROPOSED = Said(Text("等工作人员签字", "Waits for an officer"), "wait")
_ENDED = Said(Text("已办结", "Done"), "")


def said_of(state: State, decision: str, unvouched: bool = False) -> Said:
    """Return how a case stands, in words; `unvouched`: it ended as no authority named whoever signed."""
    if unvouched:
        return NOT_NAMED
    found = _OF_DECISION.get((state, decision)) or _STATES.get(state)
    return found or (_PROPOSED if state is State.PROPOSED else _ENDED)


RUNNING = frozenset(
    {State.AUTHORISED, State.ASKING, State.UNDECIDED, State.CONTESTED, State.GRANTED, State.ISSUED, State.REOPENED}
)
"""States that the machine leaves by itself, within moments: the page looks again."""

STEPS = (
    Text("申请", "Applied"),
    Text("您签字", "You signed"),
    Text("部门回答", "Departments answer"),
    Text("决定", "Decision"),
    Text("送达", "Delivery"),
)
_AT: Mapping[State, int] = {
    **dict.fromkeys((State.APPLIED, State.ACCEPTED), 1),
    **dict.fromkeys((State.GRANTED, State.ISSUED, State.FEE_DUE), 4),
    **dict.fromkeys(
        (
            State.DECLARED,
            State.DELIVERED,
            State.ENDED,
            State.ARCHIVED,
            State.REFUSED,
            State.NOT_ACCEPTED,
            State.REVOKED,
        ),
        5,
    ),
    **dict.fromkeys(
        (
            State.AUTHORISED,
            State.ASKING,
            State.UNDECIDED,
            State.WAITING_REGISTER,
            State.WAITING_SIGNATURE,
            State.ACCEPTED_INCOMPLETE,
            State.CONTESTED,
            State.CORRECTION,
        ),
        2,
    ),
}


def step_at(state: State, *, signed: bool) -> int:
    """Return how many steps are done; the next one is where the case stands. A withdrawn one stopped where it was."""
    if state is State.WITHDRAWN:
        return 2 if signed else 1
    return _AT.get(state, 3)


_EVERY = {
    "once": Text("{sum} 元", "CNY {sum}"),
    "month": Text("每月 {sum} 元", "CNY {sum} a month"),
    "quarter": Text("每季度 {sum} 元", "CNY {sum} a quarter"),
    "year": Text("每年 {sum} 元", "CNY {sum} a year"),
}
_UNITS = {"day": "天", "month": "个月", "year": "年"}


def grant_words(item: Item, view: CaseView) -> Text:
    """Return what a grant gives, in words: a sum, or the right that its credential shows."""
    pay = item.outcome.pay
    if pay is None or view.amount is None:
        return item.outcome.credential
    words, figure = _EVERY[pay.every], money(view.amount)
    return Text(words.zh.format(sum=figure), words.en.format(sum=figure))


def money(amount: Decimal) -> str:
    """Return a sum in yuan: 23,870, or 100.50."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def valid_words(item: Item) -> Text | None:
    """Return how long a grant holds, None where it has no end."""
    count, _, unit = item.outcome.valid.partition(" ")
    if not unit:
        return None
    return Text(f"{count} {_UNITS[unit.removesuffix('s')]}", item.outcome.valid)


def took_words(milliseconds: float) -> tuple[Text, Text]:
    """Return a length of time as figure and unit: 0.4 秒, 3 天."""
    took = timedelta(milliseconds=milliseconds)
    for length, zh, en in ((timedelta(days=1), "天", "days"), (timedelta(hours=1), "小时", "hours")):
        if took >= length:
            figure = f"{took / length:.0f}"
            return Text(figure, figure), Text(zh, en)
    if took >= timedelta(minutes=2):
        figure = f"{took / timedelta(minutes=1):.0f}"
        return Text(figure, figure), Text("分钟", "minutes")
    figure = f"{max(took.total_seconds(), 0.1):.1f}"
    return Text(figure, figure), Text("秒", "seconds")
