"""A person at a window with their own phone: this program prepares, they sign on the phone."""

from __future__ import annotations

from mianzheng.client.hub_client import HubClient
from mianzheng.client.person import Person, Session
from mianzheng.client.staff import staff_header
from mianzheng.client.wallet import Wallet
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.staff_key import Steward
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.authorisation import Draft, FormValue
from mianzheng.model.case import CaseView
from mianzheng.model.errors import WrongUse
from mianzheng.model.meeting import MeetingJoined


class Guest(Person):
    """Whose code it was; neither number nor key of theirs is here, and a case is read as a clerk reads it."""

    def __init__(self, *, hub: HubClient, trust: TrustStore, wallet: Wallet) -> None:
        super().__init__("phone", PrivateKey.generate(), hub=hub, trust=trust, wallet=wallet)

    async def join(self, code: str, clerk: Steward, *, party: str) -> Session:
        """Use a code up, as a clerk of a hub."""
        self.hub.staff = staff_header(clerk, party)
        session = await self.hub.post("/meetings/guests", MeetingJoined(code=code), Session)
        self.hub.staff, self.hub.token = "", session.session
        return session

    async def authorise(self, draft: Draft, openings: tuple[FormValue, ...]) -> CaseView:
        """Nobody signs here."""
        raise WrongUse("the person signs on their own phone", code="signs-on-phone")

    async def show(self, case: str, view: str = "") -> CaseView:
        """Return the case as a clerk may see it."""
        return await super().show(case, "clerk")
