"""How those whom `conformance` plays come to the hub: each way through the client that people of that way use.

`actor` opens the case and signs its steps; `viewer` sees all of it: the applicant with their own sign-in, or who speaks
for the body that applies; `receiver` says that the result has come.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable

import msgspec

from mianzheng.cli.acting import Terms, acting_for_body, acting_on, grant
from mianzheng.cli.city_session import CitySession
from mianzheng.cli.device import take_face
from mianzheng.cli.played_memory import PlayedMemory
from mianzheng.client.person import Acting, Person
from mianzheng.client.window import Staff, Window
from mianzheng.conformance.wanted import Wanted, Way
from mianzheng.model.presence import PresenceFile

_DAYS = 60  # of a mandate: longer than any public notice
_USES = 5  # one case; an opening whose answer was lost on the way is another
_IMAGE_BYTES = 1024
_DAY_SECONDS = 86_400


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who came: `way` is how in the end, `acting` what a case opened for another carries."""

    way: Way
    actor: Person
    viewer: Person
    receiver: Person
    acting: Acting | None = None


class PlayedWays:
    """The ways of one city."""

    def __init__(self, session: CitySession, memory: PlayedMemory) -> None:
        """`memory`: what residents know of themselves, for the questions of a window."""
        self._session = session
        self._memory = memory
        self._ways: dict[Way, Callable[[Wanted], Awaitable[Came]]] = {
            "self": self._alone,
            "mandate": self._by_mandate,
            "representative": self._by_representative,
            "window": self._at_window,
            "face": self._by_face,
        }

    async def come(self, wanted: Wanted) -> Came:
        """Come as is wanted; who remembers too little for a window's questions comes with their own key."""
        return await self._ways[wanted.way](wanted)

    async def _alone(self, wanted: Wanted) -> Came:
        person = await self._session.signed_in(wanted.resident)
        return Came(way="self", actor=person, viewer=person, receiver=person)

    async def _by_mandate(self, wanted: Wanted) -> Came:
        now = int(time.time())
        terms = Terms(
            items=(wanted.item,), purpose="代办", uses=_USES, valid_from=now, until=now + _DAYS * _DAY_SECONDS
        )
        principal = await self._session.signed_in(wanted.resident)
        file = await grant(self._session, principal, terms, agent=wanted.through, agent_name=wanted.through_name)
        agent = await self._session.signed_in(wanted.through)
        return Came(
            way="mandate",
            actor=agent,
            viewer=principal,
            receiver=agent,
            acting=acting_on(self._session, file, wanted.item),
        )

    async def _by_representative(self, wanted: Wanted) -> Came:
        speaks = await self._session.signed_in(wanted.through)
        acting = acting_for_body(self._session, wanted.resident)
        return Came(way="representative", actor=speaks, viewer=speaks, receiver=speaks, acting=acting)

    async def _at_window(self, wanted: Wanted) -> Came:
        """Clerk and witness sign that the person is there; the authority's two questions are answered."""
        window, witness = self._window(wanted), self._staff(wanted, "witness")
        asked = await window.start(wanted.resident, method="window", second=witness)
        said = self._memory.answers(wanted.resident, asked.questions)
        if not all(said):
            return await self._alone(wanted)
        return await self._served(wanted, window, await window.answer(wanted.resident, asked.presence, said))

    async def _by_face(self, wanted: Wanted) -> Came:
        """The enrolment office knows the face; the comparer compares what the window's camera takes."""
        window, image = self._window(wanted), secrets.token_bytes(_IMAGE_BYTES)
        take_face(self._session.data, wanted.resident, image)
        asked = await window.start(wanted.resident, method="face", image=image)
        return await self._served(wanted, window, await window.answer(wanted.resident, asked.presence, ()))

    async def _served(self, wanted: Wanted, window: Window, passed: PresenceFile) -> Came:
        viewer = await self._session.signed_in(wanted.resident)
        served = self._session.served(passed, window.clerk)
        return Came(way=wanted.way, actor=served, viewer=viewer, receiver=viewer)

    def _window(self, wanted: Wanted) -> Window:
        return Window(self._staff(wanted, "clerk"), hub=self._session.hub(), trust=self._session.trust)

    def _staff(self, wanted: Wanted, role: str) -> Staff:
        return Staff.read(self._session.data / "keys" / "staff" / wanted.department / f"{role}.jwk.json")
