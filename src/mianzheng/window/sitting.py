"""One sitting: from the moment a number is called to the moment the person leaves. In memory only.

Whatever the person said lies here and nowhere else: when the sitting ends it is gone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from mianzheng.client.drawer import Drawer
from mianzheng.client.guest import Guest
from mianzheng.client.person import Person
from mianzheng.client.window import Method
from mianzheng.model.authorisation import ChoiceAsked, Draft, FormValue
from mianzheng.model.beside import BesideItem
from mianzheng.model.case import CaseView
from mianzheng.model.item import Item
from mianzheng.model.papers import PaperKind, PaperView
from mianzheng.model.presence import PRESENCE_SECONDS, PresenceAsked
from mianzheng.model.queue import Ticket

if TYPE_CHECKING:
    from mianzheng.window.granting import Granting


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A presence that was begun: how, and what the authority asks."""

    method: Method
    asked: PresenceAsked


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Who was seen: as the authority lets them be called (陈〇〇), how, at which level, until when (seconds)."""

    display: str
    method: str
    level: int
    until: int
    presence: str = ""  # id of the presence, "" of a card or a phone


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The item that is being filed, and whom its person chooses by name or number."""

    item: Item
    choices: tuple[ChoiceAsked, ...]


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that waits to be read and signed."""

    draft: Draft
    openings: tuple[FormValue, ...]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A case of this sitting: as the clerk may see it, as the person may, its papers, what else nothing speaks against.

    `seconds` from the first touch to the decision; `milliseconds` the hub took from signature to answer.
    """

    item: Item
    clerk: CaseView
    own: CaseView
    beside: tuple[BesideItem, ...]
    papers: tuple[PaperView, ...]
    kept: bool  # the result is sealed to the key that the authority keeps for its person
    entry: str  # ledger entry by which anybody checks it, "" while there is none
    seconds: int
    milliseconds: int

    @property
    def on_sheet(self) -> tuple[PaperView, ...]:
        """The papers that the person's sheet names: those made, and a decision with its last day of delivery."""
        return tuple(one for one in self._own_papers if one.deliver_by or one.state != "due")

    @property
    def newest(self) -> PaperView | None:
        """The paper that the keys open and hand over."""
        return next(reversed(self._own_papers), None)

    @property
    def _own_papers(self) -> tuple[PaperView, ...]:
        return tuple(one for one in self.papers if one.kind is not PaperKind.RECEIPT)

    @property
    def sealed(self) -> frozenset[tuple[str, str]]:
        """The questions, with whom they are about, whose answers went sealed to the handling department."""
        values = (one for one in self.own.answers if one.status == "value")
        return frozenset((one.question, one.role) for one in values if one.value is None)


class Sitting:
    """One person at the window."""

    def __init__(self, ticket: Ticket | None, *, started: float = 0.0) -> None:
        """`ticket` None: somebody sat down without a number."""
        self.ticket = ticket
        self.started = started or time.time()
        self.number = ""  # typed here; it leaves sealed to the authority
        self.came = False  # somebody was seen, or fetched a paper: they did not stay away
        self.asked: Asked | None = None
        self.seen: Seen | None = None
        self.person: Person | None = None
        self.drawer = Drawer()
        self.chosen: Chosen | None = None
        self.opened: Opened | None = None
        self.done: list[Done] = []
        self.shown: Done | None = None
        self.case_started = self.started
        self.typed: dict[str, str] = {}  # into the form that is shown: kept while something in it is to be mended
        self.unstated: tuple[str, ...] = ()  # its fields that the person must still state
        self.stated: dict[str, dict[str, str]] = {}  # by case: what was typed, for a correction
        self.correcting: CaseView | None = None  # the case whose form is filled in anew 补正
        self.earlier: tuple[CaseView, ...] | None = None  # begun earlier, still waiting; None: unasked
        self.mandate: Granting | None = None  # 委托 that is being granted, instead of a case
        self.on_phone = False  # the person's screen shows the way to their own phone

    @property
    def stage(self) -> str:
        """What comes next: who, asked, item, form, plan or done."""
        if self.opened is not None:
            return "plan"
        if self.chosen is not None:
            return "form"
        if self.shown is not None:
            return "done"
        if self.person is not None:
            return "item"
        return "asked" if self.asked is not None else "who"

    @property
    def signs_elsewhere(self) -> bool:
        """Whether a plan waits for its person's own phone."""
        return self.stage == "plan" and isinstance(self.person, Guest)

    @property
    def ended_at(self) -> float | None:
        """When the clock of the case that is shown stopped; None while it runs."""
        return None if self.shown is None or self.stage != "done" else self.case_started + self.shown.seconds

    def choose(self, chosen: Chosen, *, correcting: CaseView | None = None) -> None:
        """Turn to an item's form, empty; or to that of a case which is corrected 补正."""
        self.chosen, self.correcting = chosen, correcting
        self.typed, self.unstated = {}, ()

    def is_seen(self, person: Person, seen: Seen) -> None:
        """Take who was seen: from here on a case can be opened."""
        self.person, self.seen, self.asked, self.earlier = person, seen, None, None
        self.came = True

    def next_item(self) -> None:
        """Go on to another item: a new clock; who was seen at a window opens one case, and is seen anew."""
        self.chosen = self.opened = self.shown = self.correcting = None
        self.case_started, self.on_phone = time.time(), False
        if self.seen is not None and self.seen.method in _ONE_CASE:
            self.use_up()

    def use_up(self) -> None:
        """Note that the presence was used: for anything else the person is seen anew, without typing the number."""
        self.person = self.seen = None

    def settle(self, done: Done) -> None:
        """Take the case that was decided, or waits."""
        self.opened = self.chosen = self.correcting = None
        self.done = [one for one in self.done if one.own.case != done.own.case] + [done]
        self.shown = done


_ONE_CASE = ("window", "call", "face")


def until_of_session() -> int:
    """Return until when a sitting relies on somebody's own sign-in, as long as on a presence."""
    return int(time.time()) + PRESENCE_SECONDS
