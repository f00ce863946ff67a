"""A fee 收费 due before delivery: the figure of the case's own day, and the cashier's signed receipt."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import msgspec

from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import tell
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
    change.procedure = msgspec.structs.replace(live.procedure, fee=str(amount))
    text = Text(
        zh=f"{fee.label.zh}{amount}元，缴清后送达。依据：{fee.reference.text}",
        en=f"{fee.label.en}: {amount} yuan; what was granted is delivered once it is paid.",
    )
    tell(live, change, "fee", text)
    await live.step(State.FEE_DUE, change)


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
