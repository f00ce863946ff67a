"""A command's session with a running city: its hub, its trust list, and the persona who acts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from mianzheng.city.personas import PERSONAS, Personas
from mianzheng.cli.keys import READER
from mianzheng.cli.ports import ports_of
from mianzheng.cli.processes import alive, recorded
from mianzheng.client.form import typed_form
from mianzheng.client.hub_client import HubClient
from mianzheng.client.person import Person
from mianzheng.client.wallet import Wallet
from mianzheng.client.window import AtReader, Served, Staff
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Item
from mianzheng.model.presence import PresenceFile
from mianzheng.model.scalar import Wire


class CitySession:
    """One command's connection to a city; use `open_city`."""

    def __init__(self, data: Path, http: aiohttp.ClientSession) -> None:
        self.data = data
        self.url = api_url(data)
        self.http = http
        self.wallet = Wallet(data / "wallet")
        self.trust = TrustStore.load(data / "keys" / "public" / "trust.json", data / "keys" / "public" / "roots.json")
        self._personas = Personas.read(data / PERSONAS)

    def hub(self) -> HubClient:
        """Return a connection to the hub with no session."""
        return HubClient(self.url, self.http)

    def known(self, number: str) -> Person:
        """Return the persona of this number, signed in nowhere."""
        key = self._personas.key_of(number)
        return Person(number, key, hub=self.hub(), trust=self.trust, wallet=self.wallet)

    async def signed_in(self, number: str) -> Person:
        """Return the persona of this number, signed in at the hub."""
        person = self.known(number)
        await person.sign_in()
        return person

    def served(self, presence: PresenceFile, clerk: Staff) -> Person:
        """Return the person of a presence that passed, at this clerk's window."""
        return Served(presence, clerk, hub=self.hub(), trust=self.trust, wallet=self.wallet)

    async def at_reader(self) -> Person:
        """Return whose card lies in the city's chip reader, signed in."""
        url = f"http://127.0.0.1:{ports_of(self.data)[READER]}"
        person = AtReader(url, http=self.http, hub=self.hub(), trust=self.trust, wallet=self.wallet)
        await person.sign_in()
        return person

    async def owner_of(self, case: str) -> Person:
        """Return the persona who opened this case, signed in."""
        return await self.signed_in(self.wallet.find(case).resident)

    async def typed_form(self, item: str, raw: Mapping[str, Wire]) -> dict[str, Wire]:
        """Return form values in the types that the item declares; `WrongUse` names what is wrong."""
        fields = (await self.hub().get(f"/items/{item}", Item)).form
        return typed_form(item, fields, raw)


@asynccontextmanager
async def open_city(data: Path) -> AsyncIterator[CitySession]:
    """Open a session with the city in `data` and close its connections at the end."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        yield CitySession(data, http)


def api_url(data: Path) -> str:
    """Return the address at which programs ask the city's hub; `WrongUse` when it does not run."""
    hubs = [process for process in recorded(data) if process.name == "hub"]
    if not hubs or not alive(hubs[0]):
        raise WrongUse(
            f"the city in {data} is not running" if hubs else f"{data} holds no city that was brought up",
            hint=f"start it with `mianzheng up --data {data}`",
        )
    return f"http://127.0.0.1:{hubs[0].port}/api"
