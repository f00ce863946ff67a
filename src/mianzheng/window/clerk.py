"""The clerk's machine: one clerk, their keys, the hub, who sits there now and who waits beside."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import aiohttp
import msgspec

from mianzheng.client.hub_client import HubClient
from mianzheng.client.queue import Queue
from mianzheng.client.staff import Desk
from mianzheng.client.window import Staff, Window
from mianzheng.credentials.trust import TrustStore
from mianzheng.deadlines import day_in_china
from mianzheng.model.case import State
from mianzheng.model.found_items import FoundItem, FoundItems, HappeningLine
from mianzheng.model.text import Text
from mianzheng.window.cast import Persona, heard, read_cast
from mianzheng.window.config import WindowConfig
from mianzheng.window.seat import Seat
from mianzheng.window.sitting import Sitting

REQUEST_SECONDS = 60
NAMES_PAGE = 100
KEPT_SECONDS = 3600.0


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell the clerk once, on the next page: an error's code, or "" for a plain word."""

    code: str
    detail: str = ""
    hint: str = ""


class ShiftLine(msgspec.Struct, frozen=True, kw_only=True):
    """One case of this shift: nothing about whose it was."""

    case: str
    name: Text
    state: str
    decision: str
    seconds: int  # from the first touch to the decision
    replaced: int

    @property
    def decided(self) -> bool:
        """Whether it came to a decision: nothing waits, and no refusal or grant is only proposed."""
        return self.decision in ("granted", "refused") and self.state != State.PROPOSED


class Clerk:
    """What the program holds while it runs. One person at a time sits there; the others rest."""

    def __init__(self, config: WindowConfig, http: aiohttp.ClientSession) -> None:
        keys = Path(config.keys)
        self.config = config
        self.http = http
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        self.seat = Seat(Path(config.clerk))
        self.second = Seat(Path(config.witness)) if config.witness else None
        self.holder, self.stated, self.staff = self.seat.holder, self.seat.stated, self.seat.staff
        self.hub_party = self.trust.with_role("hub")[0].party
        self.queue = Queue(self.holder, self.hub(), hub=self.hub_party, office=config.office, window=config.window)
        self.desk = Desk(self.holder, url=config.hub_api, http=http, hub=self.hub_party)
        self.cast = read_cast(config.cast) if self.trust.demo else ()
        self.sitting: Sitting | None = None
        self.resting: dict[str, Sitting] = {}  # by ticket
        self.shift: list[ShiftLine] = []
        self.said: Said | None = None
        self._told: Said | None = None  # on the page that is open
        self.lock = asyncio.Lock()  # a key pressed twice is two requests: the second sees what the first did
        self._touched = time.monotonic()
        self._items: tuple[FoundItem, ...] = ()  # what the hub publishes
        self._items_at = 0.0
        self._happenings: tuple[HappeningLine, ...] = ()

    def hub(self) -> HubClient:
        """Return a connection to the hub with no session."""
        return HubClient(self.config.hub_api, self.http)

    def window(self) -> Window:
        """Return this window before the hub, by which the authority is asked who somebody is."""
        return Window(self.staff, hub=self.hub(), trust=self.trust)

    @property
    def witness(self) -> Staff | None:
        """Who sits on the second seat and has opened it, None for nobody."""
        return self.second.staff if self.second is not None and self.second.is_open else None

    @property
    def pins(self) -> dict[str, str]:
        """The PINs of a demo, by seat; nothing where the trust list is no demo's."""
        return self.config.demo_pins if self.trust.demo else {}

    def is_open(self) -> bool:
        """Tell whether the clerk's seat is open; one that rested too long is closed by asking."""
        if time.monotonic() - self._touched > self.config.idle_minutes * 60:
            self.close()
        return self.seat.is_open

    def touch(self) -> None:
        """Note that the clerk does something: the seat stays open."""
        self._touched = time.monotonic()

    def close(self) -> None:
        """Close both seats: no key is left in memory. Who sits there waits, unseen."""
        self.seat.close()
        if self.second is not None:
            self.second.close()

    async def open_demo(self) -> None:
        """Open the seats of a demo, so that its visitor begins with one click; the pages show the PINs."""
        for name, seat in (("clerk", self.seat), ("witness", self.second)):
            if seat is not None and name in self.pins and not seat.rests_until:
                await seat.open(self.pins[name])

    def now(self) -> float:
        """Return the time now, in seconds."""
        return time.time()

    def today(self) -> date:
        """Return the day it is in the city."""
        return day_in_china(datetime.fromtimestamp(self.now(), UTC))

    @property
    def played(self) -> Persona | None:
        """The persona of a demo who sits here, by the number that was typed."""
        number = self.sitting.number if self.sitting is not None else ""
        return next((one for one in self.cast if number and one.number == number), None)

    async def heard(self, kind: Literal["phones", "messages"]) -> dict[str, str]:
        """Return the last thing that each persona of a demo was told by telephone, by name; {} where there is none."""
        line = self.config.demo_line
        people = [one for one in self.cast if line and one.telephone]
        told = {one.name: await heard(self.http, line, one, kind) for one in people}
        return {name: text for name, text in told.items() if text}

    def word(self, *, anew: bool) -> Said | None:
        """Return what there is to tell: on one page the clerk opened, and on that page as often as it asks by itself.

        A page that asks by itself while a step is under way takes nothing away from the page that the step leads to.
        """
        if anew:
            self._told, self.said = self.said, None
        return self._told

    def shift_like(self, words: str) -> tuple[ShiftLine, ...]:
        """Return the cases of this shift whose item's name or number holds the words; all of them for none."""
        wanted = words.casefold().split()
        said = ((one, f"{one.name.zh} {one.name.en} {one.case}".casefold()) for one in self.shift)
        return tuple(one for one, text in said if all(word in text for word in wanted))

    @property
    def average_seconds(self) -> int | None:
        """How long a decided case of this shift took to its decision, in seconds; None before the first."""
        took = [one.seconds for one in self.shift if one.decided]
        return sum(took) // len(took) if took else None

    async def happenings(self) -> tuple[HappeningLine, ...]:
        """Return what may have happened to somebody; asked of the hub once."""
        if not self._happenings:
            self._happenings = tuple(await self.hub().get("/happenings", list[HappeningLine]))
        return self._happenings

    async def items(self) -> tuple[FoundItem, ...]:
        """Return every item that the hub offers; asked anew after an hour."""
        if not self._items or time.monotonic() - self._items_at > KEPT_SECONDS:
            self._items = await self._read_items()
            self._items_at = time.monotonic()
        return self._items

    async def _read_items(self) -> tuple[FoundItem, ...]:
        after, found = "", list[FoundItem]()
        while True:
            page = await self.hub().get(f"/items/search?q=&limit={NAMES_PAGE}&after={after}", FoundItems)
            found += page.items
            after = page.next
            if not after:
                return tuple(found)

    async def item_names(self) -> dict[str, Text]:
        """Return what each item is called."""
        return {one.item: one.name for one in await self.items()}

    async def department(self, department: str) -> Text:
        """Return a department's name, its id where the hub names no item of it."""
        names = {one.department: one.department_name for one in await self.items()}
        return names.get(department, Text(department, department))
