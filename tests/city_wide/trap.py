"""A city with a dishonest hub in it: its victims, what they sign, and what their departments' logs say."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from mianzheng.cli.city_session import CitySession
from mianzheng.client.person import Person
from mianzheng.client.wallet import Wallet
from mianzheng.model.authorisation import Draft
from mianzheng.model.canonical import unb64
from mianzheng.model.case import CaseView
from tests.city_wide.dishonest_hub import CIVIL, LABOUR, POLICE, DishonestHub, Grasp, Reply, replace
from tests.city_wide.running_city import RunningCity
from tests.city_wide.traces import Traces

T = TypeVar("T")
ITEM = "old-age-allowance"
ASKED = (CIVIL, LABOUR, POLICE)  # the gateways of its conditions
Lie = Callable[[Draft], Draft]


class Trap:
    """The city, the dishonest hub in it, and the people it deceives."""

    def __init__(self, city: RunningCity) -> None:
        self.city = city
        self.hub = DishonestHub(city.data)
        self.traces = Traces(city.data)
        self._http = self.run(_http())
        self.session = CitySession(city.data, self._http)
        refused = city.people(ITEM, "refused", 16)
        self._people = {"granted": cycle(city.people(ITEM, "granted", 20)), "refused": cycle(refused[2:])}
        self.bystanders = refused[:2]  # nobody asks about them but in the tests of the ledger

    def close(self) -> None:
        """Close every connection."""
        self.run(self._http.close())
        self.hub.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one piece of asynchronous work to its end."""
        return self.hub.run(work)

    def one(self, expect: str = "granted") -> str:
        """Another resident than the last, by what the allowance would come to for them."""
        return next(self._people[expect])

    def person(self, number: str, *, wallet: Path | None = None) -> Person:
        """A resident, signed in."""
        person = self.run(self.session.signed_in(number))
        if wallet is not None:
            person.wallet = Wallet(wallet)
        return person

    def finished(self, number: str, *, accept: bool = False) -> tuple[Person, CaseView, Grasp]:
        """An honest case run to its end by the real hub, and what the hub holds of it afterwards."""
        person = self.person(number)

        async def work() -> CaseView:
            view = await person.authorise(*await person.apply(ITEM, {}))
            if accept:
                view = await person.step(view.case, "acceptance", "accept-refusal", view.reasons, {})
            return view

        view = self.run(work())
        return person, view, self.hub.grasp(view.case)

    def signed(
        self,
        number: str,
        item: str = ITEM,
        form: dict[str, Any] | None = None,
        *,
        lie: Lie = lambda draft: draft,
        wallet: Path | None = None,
    ) -> Grasp:
        """What the hub holds once a person signed what its page showed (a lie perhaps); nothing was asked yet."""
        person = self.person(number, wallet=wallet)
        draft, openings = self.run(person.apply(item, form or {}))
        shown = lie(draft)
        body: dict[str, Any] = person.authorisation_body(shown, openings)
        pairwise, authority = self.hub.opening_of(draft.case)
        return Grasp(
            case=shown.case,
            pairwise=pairwise,
            authority=authority,
            authorisation=unb64(body["authorisation"]),
            assertion=body["assertion"],
            plan=shown.plan,
            forms=openings,
        )

    def bundled(self, number: str, item: str = ITEM, form: dict[str, Any] | None = None, **more: Any) -> Grasp:
        """The same, with the bundle that the signature earns; `more` as for `signed`, or of the bundle request."""
        told = {name: more.pop(name) for name in ("lie", "wallet") if name in more}
        return self.hub.with_bundle(self.signed(number, item, form, **told), **more)

    def asked(self, grasp: Grasp) -> tuple[str, ...]:
        """The sheets of every question that decides the allowance, as an honest hub gets them."""
        return tuple(self.hub.sheet(grasp, party) for party in ASKED)

    def caught(self, party: str, attempt: Callable[[], Reply], code: str) -> None:
        """Make an attempt at a party; it must be refused with this code, and the log must hold that and no more.

        An authority that knows in whose name a bundle was asked for leaves a second such line, in that person's list.
        """
        before = self.traces.count(party)
        reply = attempt()
        assert reply.code == code, reply.body
        left, most = (
            [(line.kind, line.code) for line in self.traces.lines(party, after=before)],
            1 + (code == "bundle-refused"),
        )
        assert set(left) == {("refused", code)} and len(left) <= most


def lied(draft: Draft, **changes: Any) -> Draft:
    """A draft with other contents, whose plan digest fits: what the page shows is signed."""
    return replace(draft, **changes)


async def _http() -> aiohttp.ClientSession:
    # no connection is kept: the loop stands still between two calls and would not see the hub close one
    connector = aiohttp.TCPConnector(force_close=True)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))
