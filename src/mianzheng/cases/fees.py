"""A fee 收费 due before delivery: the figure of the case's own day, and the cashier's signed receipt.

It is told with its last day, and once more ten working days before. What nobody paid for by then ends like a case that
was withdrawn: the credential stays shut in here, and who wants it applies again. Until then the person may withdraw, or
say that it cannot be done 办不成事: the head gives the case back, and the term runs anew.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import tell
from mianzheng.deadlines import terms_on
from mianzheng.model.case import State
from mianzheng.model.errors import WrongUse
from mianzheng.model.officers import Pay
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text
from mianzheng.rules.bind import figure


class BadPayment(WrongUse):
    """The receipt is of another sum than is due."""

    code = "bad-payment"


def is_due(live: LiveCase) -> bool:
    """Tell whether a fee is still to be demanded or paid."""
    return live.version.item.fee is not None and live.procedure.paid is None


def amount_of(live: LiveCase) -> Decimal | None:
    """Return the fee in yuan by the figure of the case's own day; None without one."""
    fee = live.version.item.fee
    if fee is None:
        return None
    return Decimal(str(figure(fee.param, live.hub.library.params, live.as_of)))


async def demand(live: LiveCase) -> None:
    """From issued: tell the fee in writing; the credential is kept back until it is paid."""
    fee, amount = live.version.item.fee, amount_of(live)
    if fee is None or amount is None:
        raise NotInThisState("the item has no fee")
    change = Change(reason="fee-due")
    _since_today(live, change, fee=str(amount))
    until = _last_day(live, live.hub.days.today)
    text = Text(
        zh=f"{fee.label.zh}{amount}元，最迟{_zh(until)}缴清，缴清后送达；期满未缴的，本件终结。依据：{fee.reference.text}",
        en=f"{fee.label.en}: {amount} yuan, to be paid by {until}; what was granted is delivered once it is paid, else"
        " the case ends without it.",
    )
    tell(live, change, "fee", text)
    await live.step(State.FEE_DUE, change)


def until(live: LiveCase) -> date | None:
    """Return the last day on which the fee that is due may be paid; None while none is."""
    if live.state is not State.FEE_DUE:
        return None
    return _last_day(live, live.procedure.fee_since or live.facts().since)


async def remind(live: LiveCase) -> None:
    """Tell in writing, ten working days before, that the term for paying ends."""
    change, last = Change(reason="fee-reminder"), until(live)
    change.procedure = msgspec.structs.replace(live.procedure, fee_reminded=True)
    if last is not None:
        zh = f"提醒：应缴{live.procedure.fee}元，最迟{_zh(last)}缴清；期满未缴的，本件终结，不再送达。"
        en = f"A reminder: {live.procedure.fee} yuan are to be paid by {last}; else the case ends without it."
        tell(live, change, "fee", Text(zh=zh, en=en))
    await live.step(State.FEE_DUE, change)


async def end_unpaid(live: LiveCase) -> None:
    """End what nobody paid for within the term: it was granted, and is not delivered."""
    change = Change(reason="fee-unpaid", decision="undecided", decided_by="")
    zh = "缴费期限已满，未缴清，本件终结，不再送达；需要的可以重新申请。"
    en = "The fee was not paid in time: the case ends and what was granted is not delivered. You may apply again."
    tell(live, change, "fee", Text(zh=zh, en=en))
    await live.step(State.WITHDRAWN, change)


async def ask_again(live: LiveCase, change: Change) -> None:
    """From escalated: the fee is due as before, and its term runs anew."""
    _since_today(live, change, fee=live.procedure.fee)
    await live.step(State.FEE_DUE, change)


def _since_today(live: LiveCase, change: Change, *, fee: str | None) -> None:
    change.procedure = msgspec.structs.replace(
        live.procedure, fee=fee, fee_since=live.hub.days.today, fee_reminded=False
    )


def _last_day(live: LiveCase, told: date) -> date:
    return live.hub.days.due(terms_on(told).fee.days, after=told).on


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


async def pay(live: LiveCase, act: Pay, signed: Certified) -> None:
    """Take the cashier's receipt: the delivery goes on."""
    if live.state is not State.FEE_DUE:
        raise NotInThisState(f"the case is {live.state}: no fee is due", hint="GET /desk/cases/{case} says what is")
    try:
        paid = Decimal(act.amount)
    except InvalidOperation:
        raise BadPayment(f"{act.amount!r} is no amount in yuan") from None
    if paid != Decimal(live.procedure.fee or "0") or not act.receipt.strip():
        raise BadPayment(f"{live.procedure.fee} yuan are due, and a receipt has a number")
    change = Change(reason="fee-paid", due_at=live.hub.clock() + live.hub.timings.lease)
    change.procedure = msgspec.structs.replace(live.procedure, paid=signed)
    await live.step(State.ISSUED, change)
