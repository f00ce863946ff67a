"""Residents as `conformance` plays them: each through the client of `case run`, with the persona's own key.

A person whose hub or authority is away for a moment tries again; what was refused is not tried again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mianzheng.cli.city_session import CitySession
from mianzheng.client.hub_client import HubDown, HubRefused, WrongRequest
from mianzheng.client.person import Person
from mianzheng.conformance.wanted import Wanted
from mianzheng.model.case import CaseView, Explanation
from mianzheng.model.item import base_of

T = TypeVar("T")
PATIENCE = 60.0  # seconds
_PAUSE = 0.5


class PlayedResidents:
    """All the personas of one city."""

    def __init__(self, session: CitySession) -> None:
        self._session = session
        self._owners: dict[str, Person] = {}

    async def apply(self, wanted: Wanted) -> CaseView:
        """Sign in, open a case, check its plan, sign it, hand it in."""
        person = await again(lambda: self._session.signed_in(wanted.resident))
        form = await self._session.typed_form(wanted.item, wanted.form)
        draft, openings = await again(lambda: person.apply(wanted.item, form, choices=wanted.choose))
        self._owners[draft.case] = person
        body = person.authorisation_body(draft, openings)
        return await again(lambda: person.hand_in(draft.case, body))

    async def show(self, case: str) -> CaseView:
        """Return a case as its applicant sees it."""
        return await again(lambda: self._owners[case].show(case))

    async def explain(self, case: str) -> Explanation:
        """Return its explanation."""
        return await again(lambda: self._owners[case].hub.get(f"/cases/{case}/explanation", Explanation))

    async def accept(self, view: CaseView) -> CaseView:
        """Accept a proposed refusal."""
        return await self._step(view, "acceptance", "accept-refusal", view.reasons)

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
        owner = self._owners[view.case]
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

    async def receive(self, case: str) -> CaseView:
        """Say that the credential has come."""
        person = self._owners[case]
        return await again(lambda: person.hub.post(f"/cases/{case}/receipt", {}, CaseView))

    async def _step(
        self, view: CaseView, path: str, step: str, shown: object, extra: dict[str, str] | None = None
    ) -> CaseView:
        person = self._owners[view.case]
        return await again(lambda: person.step(view.case, path, step, shown, extra or {}))


async def again(act: Callable[[], Awaitable[T]]) -> T:
    """Do something again while it fails for a moment's reason; the last failure is raised."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await act()
        except WrongRequest:
            raise
        except (HubDown, HubRefused):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(_PAUSE)
