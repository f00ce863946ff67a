"""The queue of an office, as one member of staff at one window moves it."""

from __future__ import annotations

from mianzheng.client.hub_client import HubClient
from mianzheng.client.staff import staff_header
from mianzheng.credentials.staff_key import Steward
from mianzheng.model.queue import HandOverReason, Move, NextCalled, QueueView, Ticket, TicketMoved


class Queue:
    """One window's connection to its office's queue."""

    def __init__(self, holder: Steward, client: HubClient, *, hub: str, office: str, window: str) -> None:
        """`hub` is the party whose queue it is, as the trust list names it."""
        self.office = office
        self.window = window
        self._holder = holder
        self._client = client
        self._hub = hub

    async def view(self) -> QueueView:
        """Return how many wait for this window, and the tickets in this one's hands."""
        return await self._signed().get(f"/queue/{self.office}?window={self.window}", QueueView)

    async def draw(self) -> Ticket:
        """Draw a number for somebody who came in."""
        return await self._signed().post(f"/queue/{self.office}/tickets", {}, Ticket)

    async def call_next(self) -> Ticket:
        """Call the next number to this window."""
        return await self._signed().post(f"/queue/{self.office}/next", NextCalled(window=self.window), Ticket)

    async def move(self, ticket: str, move: Move, *, to: str = "", why: HandOverReason = "") -> Ticket:
        """Pause, resume, hand over or end a ticket in one's hands."""
        body = TicketMoved(move=move, to=to, why=why)
        return await self._signed().post(f"/queue/{self.office}/tickets/{ticket}/moves", body, Ticket)

    async def shift(self, *, after: int = 0, number: int = 0, limit: int = 500) -> list[Ticket]:
        """Return the tickets that this one called today, those after a number; `number`: that one alone."""
        asked = f"after={after}&number={number}&limit={limit}"
        return await self._signed().get(f"/queue/{self.office}/shift?{asked}", list[Ticket])

    def _signed(self) -> HubClient:
        self._client.staff = staff_header(self._holder, self._hub)
        return self._client
