"""The cases that run while processes are killed: plain, linked, by a mandate that is revoked, signed by an officer.

Each is played as a person would who tries again when nothing answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from mianzheng.city.people import Expected, find
from mianzheng.cli import acting
from mianzheng.cli.acting import MandateFile, Terms
from mianzheng.cli.city_session import CitySession
from mianzheng.client.hub_client import HubDown, HubRefused
from mianzheng.client.person import Person
from mianzheng.client.staff import Desk
from mianzheng.model.authorisation import Draft, FormValue
from mianzheng.model.case import CaseView, State
from mianzheng.model.officers import Take
from tests.city_wide.running_city import RunningCity

T = TypeVar("T")
PLAIN, LINKED, SIGNED = "old-age-allowance", "childcare-subsidy", "temporary-assistance"
FEW = 5  # cases of each kind that is not plain
PATIENCE = 120.0  # seconds a case has to come to rest once the killing is over
PASSING = ("unavailable", "not-in-this-state", "overtaken")  # what trying again mends
ENDS = {  # where each kind must come out
    "plain": frozenset({State.DELIVERED, State.ENDED, State.PROPOSED}),
    "linked": frozenset({State.DELIVERED, State.ENDED, State.PROPOSED}),
    "signed": frozenset({State.DELIVERED, State.ENDED}),
    "revoked": frozenset({State.WITHDRAWN}),
    "revoked-meanwhile": frozenset({State.WITHDRAWN, State.DELIVERED, State.ENDED}),
}


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One case to run, and what it must come to: `expect` granted, refused, undecided; "" where either will do."""

    kind: str
    item: str
    number: str
    expect: str
    form: Mapping[str, Any] = {}
    choose: Mapping[str, str] = {}
    agent: str = ""
    agent_name: str = ""


def works(city: RunningCity, count: int) -> list[Work]:
    """Return `count` cases: a few of each kind, the others plain, as the city's truth expects them."""
    granted, refused = _people(city, PLAIN, "granted"), _people(city, PLAIN, "refused")
    principals, agents = granted[0][: 2 * FEW], refused[0][-2 * FEW :]
    found = [
        Work(
            kind="revoked" if place < FEW else "revoked-meanwhile",
            item=PLAIN, number=one.resident, agent=other.resident, agent_name=other.name,
            expect="undecided" if place < FEW else "",
        )
        for place, (one, other) in enumerate(zip(principals, agents, strict=True))
    ]  # fmt: skip
    found += _of("signed", SIGNED, _people(city, SIGNED, "granted"), FEW)
    for expect in ("granted", "refused"):
        found += _of("linked", LINKED, _people(city, LINKED, expect), FEW)
    found += _of("plain", PLAIN, (granted[0][2 * FEW :], {}), count // 2)
    return found + _of("plain", PLAIN, (refused[0][: -2 * FEW], {}), count - len(found))


def _people(city: RunningCity, item: str, expect: Any) -> tuple[Sequence[Expected], Mapping[str, Any]]:
    found = find(city.data, item, expect)
    return list({one.resident: one for one in found.people}.values()), found.form


def _of(kind: str, item: str, found: tuple[Sequence[Expected], Mapping[str, Any]], count: int) -> list[Work]:
    people, form = found
    return [
        Work(kind=kind, item=item, number=one.resident, expect=str(one.expect), form=form, choose=one.choose)
        for one in people[:count]
    ]


class Player:
    """Plays one case to its end; `over` is set when nothing is killed any more."""

    def __init__(self, session: CitySession, work: Work, over: asyncio.Event) -> None:
        self.session = session
        self.work = work
        self.over = over

    async def run(self) -> CaseView:
        """Apply, sign, and do what the case then waits for; an assertion fails when it never comes to rest."""
        person, draft, openings, file = await again(self._applied)
        body = person.authorisation_body(draft, openings)
        if file is not None and self.work.kind == "revoked":
            await self._revoke(file)
        later = int(self.work.number[-4:-1]) % 5 / 5  # seconds, so that it falls before, into and after the asking
        meanwhile = asyncio.create_task(self._revoke(file, later)) if file and self.work.kind != "revoked" else None
        view = await self._settled(person, draft.case, body)
        if meanwhile is not None:
            await meanwhile
        if view.seen_as == "former":  # the mandate is over: its principal reads what came of the case
            principal = await again(lambda: self.session.signed_in(self.work.number))
            view = await again(lambda: principal.show(draft.case))
        return view

    async def _settled(self, person: Person, case: str, body: object) -> CaseView:
        deadline = time.monotonic() + PATIENCE
        view: CaseView | None = None
        while view is None or view.state not in ENDS[self.work.kind]:
            if not self.over.is_set():
                deadline = time.monotonic() + PATIENCE
            assert time.monotonic() < deadline, f"{self.work.kind} {case} is still {view and view.state}"
            try:
                view = await person.show(case)
                if view.state is State.ACCEPTED:
                    view = await person.hand_in(case, body)
                if self.work.kind == "signed" and view.state in (State.PROPOSED, State.WAITING_PERSON):
                    await self._sign(case)
            except (HubDown, HubRefused) as error:
                if isinstance(error, HubRefused) and error.code not in PASSING:
                    raise
            if view is None or view.state not in ENDS[self.work.kind]:
                await asyncio.sleep(0.3)
        return view

    async def _applied(self) -> tuple[Person, Draft, tuple[FormValue, ...], MandateFile | None]:
        work = self.work
        person, file = await self.session.signed_in(work.agent or work.number), None
        if work.agent:
            file = await self._granted()
        carried = None if file is None else acting.acting_on(self.session, file, work.item)
        draft, openings = await person.apply(work.item, work.form, choices=work.choose, acting=carried)
        return person, draft, openings, file

    async def _granted(self) -> MandateFile:
        now = int(time.time())
        terms = Terms(items=(self.work.item,), purpose="代办", uses=9, valid_from=now, until=now + 86_400)
        principal = self.session.known(self.work.number)
        return await acting.grant(
            self.session, principal, terms, agent=self.work.agent, agent_name=self.work.agent_name
        )

    async def _revoke(self, file: MandateFile, later: float = 0.0) -> None:
        await asyncio.sleep(later)
        principal = self.session.known(self.work.number)
        await again(lambda: acting.change(self.session, principal, file))

    async def _sign(self, case: str) -> None:
        """Take the case and sign twice at once, as an impatient officer does; avoidance leaves it to the other."""
        folder = self.session.data / "keys" / "staff" / "civil-affairs"
        hub = self.session.trust.with_role("hub")[0].party
        for name in ("officer", "officer-2"):
            desk = Desk(folder / f"{name}.jwk.json", url=self.session.url, http=self.session.http, hub=hub)
            try:
                await desk.act(case, Take())
            except HubRefused as error:
                if error.code in ("another-handler", "assigned"):
                    continue
                if error.code not in PASSING:
                    raise
            twice = await asyncio.gather(desk.sign(case, ""), desk.sign(case, ""), return_exceptions=True)
            if any(isinstance(one, HubRefused) and one.code == "another-handler" for one in twice):
                continue
            return


async def again(act: Callable[[], Awaitable[T]]) -> T:
    """Do something again while what answers is being killed."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await act()
        except (HubDown, HubRefused) as error:
            if (isinstance(error, HubRefused) and error.code not in PASSING) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.3)
