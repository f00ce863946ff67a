"""A member of staff before one hub: their own certified key signs each request, act and finding."""

from __future__ import annotations

import secrets
import time
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from mianzheng.client.hub_client import HubClient
from mianzheng.credentials import jws
from mianzheng.credentials.staff_key import Steward, read_steward
from mianzheng.credentials.trust import Certificate
from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64
from mianzheng.model.errors import WrongUse
from mianzheng.model.officers import (
    Act,
    Approve,
    DeskLine,
    DeskView,
    How,
    Seen,
    Sign,
    StaffAct,
    StaffRequest,
    act_digest,
    tag_of,
)
from mianzheng.model.paper_acts import DeliveryAct, PaperDelivery, delivery_digest, delivery_tag
from mianzheng.model.papers import OutgoingPaper, PaperFile, PaperView
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import Wire


def read_staff(key_file: Path) -> tuple[Steward, Certificate]:
    """Return a member of staff with key and certificate, and what the certificate states, not yet verified."""
    if not key_file.is_file():
        raise WrongUse(f"no key at {key_file}", hint="DIR/keys/staff/<department>/officer.jwk.json in the demo city")
    holder = read_steward(key_file)
    return holder, stated_of(holder)


def stated_of(holder: Steward) -> Certificate:
    """Return what a member of staff's certificate states, not yet verified."""
    return jws.payload_as(jws.unverified_payload(holder.certificate), type=Certificate)


class Desk:
    """One member of staff's connection to the hub."""

    def __init__(self, staff: Path | Steward, *, url: str, http: aiohttp.ClientSession, hub: str) -> None:
        """`staff` by their key's file, or as read; `hub` is the party whose desk it is, as the trust list names it."""
        self.holder = staff if isinstance(staff, Steward) else read_staff(staff)[0]
        self.stated = stated_of(self.holder)
        self._hub = hub
        self._client = HubClient(url, http)

    async def lines(self, *, after: str = "", item: str = "", q: str = "", limit: int = 200) -> list[DeskLine]:
        """Return what this one may do now, the longest waiting first; `after`: the `place` of the last line seen."""
        self._sign_request()
        asked = urlencode({"after": after, "item": item, "q": q, "limit": limit})
        return await self._client.get(f"/desk?{asked}", list[DeskLine])

    async def show(self, case: str) -> DeskView:
        """Return a case as its handler sees it."""
        self._sign_request()
        return await self._client.get(f"/desk/cases/{case}", DeskView)

    async def act(self, case: str, act: Act, *, shown: str = "") -> DeskView:
        """Sign an act and hand it in; `shown` is the recommendation's digest under `sign` and `approve`."""
        decides = isinstance(act, (Sign, Approve))
        step = Step(
            case=case,
            step=f"{tag_of(act)}:{act.outcome}" if isinstance(act, (Sign, Approve)) else tag_of(act),
            shown=shown if decides else act_digest(act),
            salt=_salt(),
            iat=int(time.time()),
        )
        token = jws.sign(step, key=self.holder.key, typ="mz-step")
        body = StaffAct(signed=Certified(token=token, certificate=self.holder.certificate), act=act)
        return await self._client.post(f"/desk/cases/{case}/acts", body, DeskView)

    async def sign(self, case: str, outcome: str) -> DeskView:
        """Sign what is recommended, or approve it for another department; `outcome` "" takes what is recommended."""
        view = await self.show(case)
        if view.recommendation is None:
            raise WrongUse(
                "nothing is recommended: " + ", ".join(one.condition for one in view.open),
                hint="enter findings for what is open, or wait",
            )
        if outcome and outcome != view.recommendation.outcome:
            raise WrongUse(f"the answers come to {view.recommendation.outcome}", hint="contest an answer that is wrong")
        approves = self.stated.department in view.approvals
        act: Act = (Approve if approves else Sign)(outcome=view.recommendation.outcome)
        return await self.act(case, act, shown=view.shown)

    async def papers(self, case: str) -> list[PaperView]:
        """Return the papers of a case to its handler."""
        self._sign_request()
        return await self._client.get(f"/desk/cases/{case}/papers", list[PaperView])

    async def paper(self, case: str, paper: str) -> PaperFile:
        """Return a paper to the handler who prints or posts it; that delivers nothing."""
        self._sign_request()
        return await self._client.get(f"/desk/cases/{case}/papers/{paper}", PaperFile)

    async def outgoing(self, *, after: str = "", q: str = "", limit: int = 200) -> list[OutgoingPaper]:
        """Return the department's papers that wait for window or post 出件; `after`: the `place` of the last line.

        `q`: of items with this name, or of the case with this number.
        """
        self._sign_request()
        asked = urlencode({"after": after, "q": q, "limit": limit})
        return await self._client.get(f"/desk/outgoing?{asked}", list[OutgoingPaper])

    async def deliver(self, case: str, act: DeliveryAct, *, beside: HubClient | None = None) -> PaperView:
        """Sign that a paper was handed over, posted or has arrived, and hand that in.

        `beside`: the connection of the person who stands here, within whose session any window hands a paper over.
        """
        step = Step(case=case, step=delivery_tag(act), shown=delivery_digest(act), salt=_salt(), iat=int(time.time()))
        token = jws.sign(step, key=self.holder.key, typ="mz-step")
        body = PaperDelivery(signed=Certified(token=token, certificate=self.holder.certificate), act=act)
        return await (beside or self._client).post(f"/desk/cases/{case}/papers", body, PaperView)

    async def find(self, case: str, name: str, value: Wire, *, seen_on: date, note: str, how: How = "") -> DeskView:
        """Sign a finding and hand it in; `how` it was found, where the item does not say it."""
        now = int(time.time())
        seen = Seen(case=case, name=name, value=value, seen_on=seen_on, salt=_salt(), iat=now, note=note, how=how)
        token = jws.sign(seen, key=self.holder.key, typ="mz-finding")
        signed = Certified(token=token, certificate=self.holder.certificate)
        return await self._client.post(f"/desk/cases/{case}/findings", signed, DeskView)

    def _sign_request(self) -> None:
        self._client.staff = staff_header(self.holder, self._hub)


def staff_header(holder: Steward, hub: str) -> str:
    """Return the header `authorization` by which a member of staff reads, signed for this hub now."""
    request = StaffRequest(aud=hub, iat=int(time.time()))
    return f"Staff {jws.sign(request, key=holder.key, typ='mz-staff')} {holder.certificate}"


def _salt() -> str:
    return b64(secrets.token_bytes(16))
