"""Residents as `conformance` plays them: each through the client of `case run`, as they come (`played_ways`).

Whoever acts signs the steps, over what they themselves are shown; the case is looked at as the applicant sees it.
What failed because hub or authority is away for a moment is tried again; what was refused is not.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.played_ways import Came, PlayedWays
from mianzheng.client.form import typed_form
from mianzheng.client.hub_client import HubDown, HubRefused, NotGranted, WrongRequest
from mianzheng.client.person import Person
from mianzheng.conformance.wanted import Wanted, Way
from mianzheng.model.case import CaseView, Explanation
from mianzheng.model.item import FormField, Item, base_of
from mianzheng.model.scalar import Wire

T = TypeVar("T")
PATIENCE = 60.0  # seconds
_PAUSE = 0.5


class PlayedResidents:
    """All the personas of one city."""

    def __init__(self, session: CitySession, ways: PlayedWays) -> None:
        self.came: Counter[Way] = Counter()  # how many cases were opened in each way
        self._session = session
        self._ways = ways
        self._parties: dict[str, Came] = {}
        self._forms: dict[str, Mapping[str, FormField]] = {}

    async def apply(self, wanted: Wanted) -> CaseView:
        """Come, open a case, check its plan, sign it, hand it in."""
        came = await again(lambda: self._ways.come(wanted))
        person, form = came.actor, await self._typed_form(wanted)
        draft, openings = await again(
            lambda: person.apply(wanted.item, form, choices=wanted.choose, acting=came.acting)
        )
        self._parties[draft.case] = came
        self.came[came.way] += 1
        body = person.authorisation_body(draft, openings)
        view = await again(lambda: person.hand_in(draft.case, body))
        return view if came.way == "self" else await self.show(draft.case)

    async def _typed_form(self, wanted: Wanted) -> dict[str, Wire]:
        """Return form values in the types that the item declares; each item is looked at once."""
        if wanted.item not in self._forms:
            self._forms[wanted.item] = (
                await again(lambda: self._session.hub().get(f"/items/{wanted.item}", Item))
            ).form
        return typed_form(wanted.item, self._forms[wanted.item], wanted.form)

    async def show(self, case: str) -> CaseView:
        """Return a case as its applicant sees it."""
        return await again(lambda: self._parties[case].viewer.show(case))

    async def explain(self, case: str) -> Explanation:
        """Return its explanation."""
        return await again(lambda: self._parties[case].viewer.hub.get(f"/cases/{case}/explanation", Explanation))

    async def may_accept(self, view: CaseView) -> bool:
        """Tell whether who acts in a case is offered to accept its refusal."""
        return "accept-refusal" in (await self._shown_to_actor(view)).acts

    async def accept(self, view: CaseView) -> CaseView:
        """Accept a proposed refusal."""
        shown = await self._shown_to_actor(view)
        return await self._step(view, "acceptance", "accept-refusal", shown.reasons)

    async def _shown_to_actor(self, view: CaseView) -> CaseView:
        """Return a case as who acts in it sees it now; `view` is the applicant's."""
        came = self._parties[view.case]
        return view if came.actor is came.viewer else await again(lambda: came.actor.show(view.case))

    async def ask_person(self, view: CaseView) -> CaseView:
        """Ask for a person."""
        return await self._step(view, "review", "ask-person", view.case)

    async def declare(self, view: CaseView) -> CaseView:
        """Sign what may be declared."""
        for one in (one for one in view.declarations if not one.signed):
            extra = {"condition": one.condition}
            view = await self._step(view, "declarations", f"declare:{one.condition}", one.text, extra)
        return view

    async def let_sign(self, view: CaseView, wanted: Wanted) -> CaseView:
        """Invite each adult who must sign, and sign as they would; who has no key here cannot."""
        owner = self._parties[view.case].actor
        for role in (one.role for one in view.signatures if one.state in ("missing", "invited")):
            base = base_of(role)
            number = wanted.choose.get(base) or wanted.linked.get(base)
            if number is None or not await self._signs(owner, view.case, role, number):
                break
        return await self.show(view.case)

    async def _signs(self, owner: Person, case: str, role: str, number: str) -> bool:
        try:
            adult = await self._session.signed_in(number)
            made = await owner.invite(case, role)
            await adult.consent(await adult.open_invitation(made.code))
        except HubRefused:  # not enrolled: dead, moved away, or of another city
            return False
        return True

    async def come_back(self, case: str) -> CaseView:
        """Sign in again: a session does not last for days."""
        came = self._parties[case]
        await again(came.viewer.sign_in)
        if came.receiver is not came.viewer:
            await again(came.receiver.sign_in)
        return await self.show(case)

    async def receive(self, case: str) -> CaseView:
        """Say that the credential has come."""
        receiver = self._parties[case].receiver
        await again(lambda: receiver.hub.post(f"/cases/{case}/receipt", {}, CaseView))
        return await self.show(case)

    async def _step(
        self, view: CaseView, path: str, step: str, shown: object, extra: dict[str, str] | None = None
    ) -> CaseView:
        actor = self._parties[view.case].actor
        await again(lambda: actor.step(view.case, path, step, shown, extra or {}))
        return await self.show(view.case)


async def again(act: Callable[[], Awaitable[T]]) -> T:
    """Do something again while it fails for a moment's reason; the last failure is raised."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await act()
        except (WrongRequest, NotGranted):
            raise
        except (HubDown, HubRefused):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(_PAUSE)
