"""委托书: the mandate on paper, for whoever has no phone. The window's program sets it: the hub learns no names.

It is signed by hand (民法典 art. 165). Its QR holds the paper's id and nobody's number; the principal writes on it the
eight digits (回执码) that the authority told them by a way of its own. A window takes both back
(`POST /mandates/returns`), and from the next day the mandate holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from mianzheng.deadlines import Calendar
from mianzheng.model.papers import Paper, PaperKind
from mianzheng.model.text import Text
from mianzheng.papers.compose import compose
from mianzheng.papers.facts import PaperFacts
from mianzheng.papers.numbers import Number

_SIGNING = (
    Text("委托人（签名）：", "Principal (signature):"),
    Text("代理人（签名）：", "Agent (signature):"),
    Text("回执码（公安另行告知）：", "Receipt code, as the authority told it:"),
    Text("签署日期：      年    月    日", "Signed on:"),
)


class MandateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed: names as they are typed at the window, the items, purpose, uses, days, and the paper's code."""

    principal: str
    agent: str
    items: Sequence[Text]
    purpose: str
    uses: int
    valid_from: date
    valid_to: date
    office: Text  # where it is issued
    code: str  # of the paper, as the QR holds it


def mandate_paper(facts: MandateFacts, *, today: date, calendar: Calendar) -> Paper:
    """Return the paper of a mandate: without a seal, with lines to sign on; `typesetting.typeset` makes the file."""
    made = compose(
        PaperFacts(
            kind=PaperKind.MANDATE,
            number=Number(department="mandate", year=today.year, running=1),
            case="",
            item=Text("", ""),
            item_kind="其他行政权力",
            department="",
            department_name=facts.office,
            made_on=today,
            check=facts.code,
            values={
                "principal": facts.principal,
                "agent": facts.agent,
                "purpose": facts.purpose,
                "uses": str(facts.uses),
                "valid_from": facts.valid_from,
                "valid_to": facts.valid_to,
            },
            lists={"items": tuple(facts.items)},
        ),
        calendar=calendar,
    )
    return msgspec.structs.replace(made, number="", display="", signing=_SIGNING)
