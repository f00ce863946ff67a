"""委托 at the window: a mandate granted by somebody who sits there, who is on the telephone, or on paper; ended too.

1. Beside a presence (two staff, the face, a call back) the terms are read to the principal, and the clerk's key signs.
2. On paper: the authority is told who would grant what and sends the principal a code (回执码) by a way of its own; the
   window prints the 委托书 with a QR. Signed, it comes back with the code; from the next day it holds.
3. Ended beside a presence: one by the code on its sheet, or all that the person has granted.

Names and numbers are typed here and go sealed to the authority; they are forgotten with the sitting.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock_time
from typing import Literal

import msgspec

from mianzheng.client.mandates import MandateFile, Mandates, Terms, mandate_of
from mianzheng.client.numbers import authority_of, is_person_number, narrow
from mianzheng.client.window import Served
from mianzheng.deadlines import calendar_on
from mianzheng.mandates import scope
from mianzheng.model.errors import WrongUse
from mianzheng.model.found_items import FoundItem
from mianzheng.model.text import Text
from mianzheng.papers.mandate import MandateFacts, mandate_paper
from mianzheng.papers.typesetting import typeset
from mianzheng.window.clerk import Clerk, Said
from mianzheng.window.seeing import sitting_of
from mianzheng.window.sitting import Sitting

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
BESIDE = ("window", "face", "call")  # presences beside which a mandate is granted
MOST_USES, MOST_PURPOSE, DAYS = 20, 60, 30
PAPER, MANDATE = "mz-paper:", "mz-mandate:"  # what a QR of the window begins with
CODE_DIGITS = 8
Way = Literal["here", "paper"]
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, cleaned but not yet right. `principal…` on paper alone: who sits there was seen."""

    way: Way = "here"
    principal: str = ""
    principal_name: str = ""
    agent: str = ""
    agent_name: str = ""
    items: tuple[str, ...] = ()
    purpose: str = ""
    uses: str = "1"
    until: str = ""

    @property
    def last_day(self) -> date | None:
        """Its last day, None while none was typed."""
        return _day_of(self.until)

    def __repr__(self) -> str:
        """Return a text without anybody's name or number."""
        return f"Typed(way={self.way!r}, items={self.items!r})"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: a mandate by its digest, or a paper by its id; from when until when (seconds)."""

    code: str  # as the QR holds it
    starts: int
    until: int
    at: int


class Granting:
    """A mandate of this sitting: typed, read, made. In memory only."""

    def __init__(self) -> None:
        self.typed = Typed()
        self.looked_for = ""  # among the items
        self.faults: dict[str, Text] = {}
        self.read = False  # the terms hold, and are read to the principal
        self.made: Made | None = None


def begin(clerk: Clerk) -> None:
    """Turn to a mandate with whoever sits there."""
    sitting = sitting_of(clerk)
    if sitting.mandate is None:
        sitting.mandate = Granting()


def leave(clerk: Clerk) -> None:
    """Go back to cases; what was typed is gone."""
    sitting_of(clerk).mandate = None


def typed_in(data: Mapping[str, object]) -> Typed:
    """Return what a form holds; a field that came several times counts by its last, items all."""
    items = data.get("items", [])
    texts = {name: str(value[-1] if isinstance(value, list) and value else value) for name, value in data.items()}
    squeezed = {name: "".join(narrow(texts.get(name, "")).split()) for name in ("principal", "agent")}
    names = {name: "".join(texts.get(name, "").split())[:40] for name in ("principal_name", "agent_name")}
    return Typed(
        way="paper" if texts.get("way") == "paper" else "here",
        **{name: value[:18] for name, value in squeezed.items()},
        **names,
        items=tuple(dict.fromkeys(str(one) for one in (items if isinstance(items, list) else [items]))),
        purpose=" ".join(texts.get("purpose", "").split()),
        uses=texts.get("uses", "").strip(),
        until=texts.get("until", "").strip(),
    )


async def offered(clerk: Clerk) -> tuple[FoundItem, ...]:
    """Return the items that a person may have done by another."""
    return tuple(one for one in await clerk.items() if one.by_another and not one.of_bodies)


def may_grant(sitting: Sitting) -> bool:
    """Tell whether who sits there was seen in a way beside which a mandate is granted, and it was used for nothing."""
    return isinstance(sitting.person, Served) and sitting.seen is not None and sitting.seen.method in BESIDE


def range_of(sitting: Sitting | None, way: Way) -> tuple[date, date]:
    """Return the first and the last day on which a mandate may end that is granted so."""
    today = datetime.now(UTC).astimezone(CHINA).date()
    narrow = way == "paper" or sitting is None or sitting.seen is None or sitting.seen.level <= scope.NARROW_LEVEL
    days = scope.NARROW_DAYS if narrow else scope.LONGEST_DAYS
    return today + timedelta(days=2 if narrow else 0), today + timedelta(days=days - 2)


def look_for(clerk: Clerk, typed: Typed, words: str) -> None:
    """Keep what was typed so far, and look for items."""
    sitting = sitting_of(clerk)
    begin(clerk)
    if sitting.mandate is not None:
        sitting.mandate.typed, sitting.mandate.looked_for = typed, words


async def type_terms(clerk: Clerk, typed: Typed) -> None:
    """Take what was typed: without a fault it is read to the principal, or goes out as a paper."""
    sitting = sitting_of(clerk)
    begin(clerk)
    work = sitting.mandate
    if work is None or (typed.way == "here" and not may_grant(sitting)):
        raise WrongUse("see the principal first", code="principal-unseen")
    if not typed.until:
        last = range_of(sitting, typed.way)[1]
        typed = msgspec.structs.replace(typed, until=min(_plus(DAYS), last).isoformat())
    work.typed, work.faults = typed, _faults(sitting, typed, await offered(clerk))
    work.read = not work.faults and typed.way == "here"
    if not work.faults and typed.way == "paper":
        await _hand_out(clerk, work)


async def sign(clerk: Clerk) -> None:
    """Sign what was read to the principal: the clerk's key beside their presence, which this uses up."""
    sitting = sitting_of(clerk)
    work, seen, person = sitting.mandate, sitting.seen, sitting.person
    if work is None or not work.read or seen is None or not isinstance(person, Served) or not may_grant(sitting):
        raise WrongUse("no mandate was read to its principal", code="nothing-chosen")
    terms = _terms(work.typed, narrow=seen.level <= scope.NARROW_LEVEL)
    file = await _mandates(clerk).grant_beside(
        clerk.staff,
        terms,
        principal=person.number,
        agent=work.typed.agent,
        agent_name=work.typed.agent_name,
        holder=person.kept_holder,
        presence=seen.presence,
    )
    made = mandate_of(clerk.trust, file)
    work.made = Made(code=MANDATE + made.digest, starts=made.valid_from, until=made.until, at=int(time.time()))
    work.read = False
    sitting.use_up()


async def give_back(clerk: Clerk, paper: str, code: str) -> None:
    """Take a signed paper in: its code from the QR, and the one that the authority sent to the principal."""
    named, digits = paper.strip().removeprefix(PAPER), "".join(sign for sign in code if sign.isdecimal())
    if not _ID.fullmatch(named) or len(digits) != CODE_DIGITS:
        raise WrongUse(
            "a paper has a code of its own, and one of eight digits that the principal got", code="bad-paper"
        )
    authority = clerk.trust.with_role("authority:person")[0].party
    file = await _mandates(clerk).give_back(clerk.staff, MandateFile(authority=authority, paper=named), digits)
    found = mandate_of(clerk.trust, file)
    names = await clerk.item_names()
    items = "、".join(names[one].zh if one in names else one for one in found.items)
    clerk.said = Said(code="paper-returned", detail=f"{items} · {_day(found.valid_from)} — {_day(found.until - 1)}")


async def end(clerk: Clerk, code: str) -> None:
    """End one mandate of who sits there, by the code on its sheet, or with "" all that they granted."""
    sitting = sitting_of(clerk)
    seen, person = sitting.seen, sitting.person
    named = code.strip().removeprefix(MANDATE)
    if seen is None or not isinstance(person, Served) or not may_grant(sitting):
        raise WrongUse("see the principal first", code="principal-unseen")
    if named and not _ID.fullmatch(named):
        raise WrongUse("that is no code of a mandate", code="bad-paper")
    await _mandates(clerk).end_beside(
        clerk.staff,
        authority=authority_of(person.number, clerk.trust),
        mandate=named,
        principal=person.number,
        presence=seen.presence,
    )
    clerk.said = Said(code="mandate-ended" if named else "mandates-ended")
    sitting.use_up()


async def paper_file(clerk: Clerk) -> bytes:
    """Return the 委托书 of this sitting as a PDF, to be printed and signed by hand."""
    work = sitting_of(clerk).mandate
    if work is None or work.made is None or work.typed.way != "paper":
        raise WrongUse("no paper was handed out in this sitting", code="nothing-chosen")
    names, typed, made = await clerk.item_names(), work.typed, work.made
    today = _date(made.at)
    facts = MandateFacts(
        principal=typed.principal_name,
        agent=typed.agent_name,
        items=[names.get(one, Text(one, one)) for one in typed.items],
        purpose=typed.purpose,
        uses=int(typed.uses),
        valid_from=_date(made.starts),
        valid_to=_date(made.until - 1),
        office=clerk.config.office_name,
        code=made.code,
    )
    paper = mandate_paper(facts, today=today, calendar=calendar_on(today))
    return await asyncio.to_thread(typeset, paper)


async def _hand_out(clerk: Clerk, work: Granting) -> None:
    typed = work.typed
    terms = _terms(typed, narrow=True)
    file = await _mandates(clerk).grant_beside(
        clerk.staff,
        terms,
        principal=typed.principal,
        agent=typed.agent,
        agent_name=typed.agent_name,
        holder=None,
    )
    sitting_of(clerk).came = True
    work.made = Made(code=PAPER + file.paper, starts=terms.valid_from, until=terms.until, at=int(time.time()))


def _mandates(clerk: Clerk) -> Mandates:
    return Mandates(hub=clerk.hub(), trust=clerk.trust)


def _terms(typed: Typed, *, narrow: bool) -> Terms:
    now = int(time.time())
    last = datetime.combine(date.fromisoformat(typed.until) + timedelta(days=1), clock_time.min, CHINA)
    return Terms(
        items=typed.items,
        purpose=typed.purpose,
        uses=int(typed.uses),
        valid_from=now + scope.DAY + 60 if narrow else now,
        until=int(last.timestamp()),
    )


def _faults(sitting: Sitting, typed: Typed, items: Sequence[FoundItem]) -> dict[str, Text]:
    """Return what is not right, by field; nothing of it tells whether there is such a person."""
    found: dict[str, Text] = {}
    own = typed.principal if typed.way == "paper" else sitting.number
    if typed.way == "paper" and not is_person_number(typed.principal):
        found["principal"] = Text("委托人的号码是 18 位，请核对", "The principal's number has 18 digits: look again")
    if typed.way == "paper" and not typed.principal_name:
        found["principal_name"] = Text("请写委托人的姓名", "Write the principal's name")
    if not typed.agent_name:
        found["agent_name"] = Text("请写代办人的姓名", "Write the agent's name")
    if not is_person_number(typed.agent):
        found["agent"] = Text("代办人的号码是 18 位，请核对", "The agent's number has 18 digits: look again")
    elif typed.agent == own:
        found["agent"] = Text("这是委托人自己的号码", "This is the principal's own number")
    if not typed.items or not set(typed.items) <= {one.item for one in items} or len(typed.items) > scope.MOST_ITEMS:
        found["items"] = Text("请勾选委托的事项", "Tick the services")
    if not 0 < len(typed.purpose) <= MOST_PURPOSE:
        found["purpose"] = Text("请用一句话写明用途", "Say in one sentence what it is for")
    if not (typed.uses.isdecimal() and 0 < int(typed.uses[:5]) <= MOST_USES):
        found["uses"] = Text(f"次数是 1 到 {MOST_USES}", f"From 1 to {MOST_USES} times")
    first, last = range_of(sitting, typed.way)
    day = _day_of(typed.until)
    if day is None or not first <= day <= last:
        found["until"] = Text(f"最后一天在 {first} 到 {last} 之间", f"Its last day lies between {first} and {last}")
    return found


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plus(days: int) -> date:
    return datetime.now(UTC).astimezone(CHINA).date() + timedelta(days=days)


def _date(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(CHINA).date()


def _day(at: int) -> str:
    return _date(at).isoformat()
