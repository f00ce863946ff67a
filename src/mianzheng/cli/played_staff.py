"""Staff as `conformance` plays them: every act and finding signed by the demo's certified key of that department."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.played_residents import again
from mianzheng.cli.staff_enrolment import COLLEAGUE
from mianzheng.client.hub_client import HubRefused
from mianzheng.conformance.parties import Found
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.deadlines import day_in_china
from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64
from mianzheng.model.officers import Act, Approve, DeskView, Seen, Sign, StaffAct, act_digest, tag_of
from mianzheng.model.publishing import Certified

OFFICER = "officer"


class PlayedStaff:
    """The officers of one city: two in each department, of whom one leaves a case to the other 回避."""

    def __init__(self, session: CitySession, clock: Callable[[], float]) -> None:
        """`clock`: the city's own time, in seconds since the epoch; what is signed is of it."""
        self._session = session
        self._clock = clock
        self._keys = lru_cache(maxsize=None)(self._read)
        self._colleagues: set[tuple[str, str]] = set()  # (case, department) that the second officer handles

    async def act(self, case: str, department: str, act: Act, shown: str = "") -> DeskView:
        """Sign an act of a case; `shown` is the recommendation's digest where one is signed.

        Who is told that another handler takes or approves the case leaves it to their colleague.
        """
        try:
            return await self._act(case, department, act, shown)
        except HubRefused as error:
            if error.code != "another-handler" or (case, department) in self._colleagues:
                raise
        self._colleagues.add((case, department))
        return await self._act(case, department, act, shown)

    async def _act(self, case: str, department: str, act: Act, shown: str) -> DeskView:
        decides = isinstance(act, (Sign, Approve))
        name = f"{tag_of(act)}:{act.outcome}" if isinstance(act, (Sign, Approve)) else tag_of(act)
        step = Step(
            case=case, step=name, shown=shown if decides else act_digest(act), salt=_salt(), iat=int(self._clock())
        )
        body = StaffAct(signed=self._certified(case, department, step, "mz-step"), act=act)
        hub = self._session.hub()
        return await again(lambda: hub.post(f"/desk/cases/{case}/acts", body, DeskView))

    async def enter(self, case: str, department: str, found: Found) -> DeskView:
        """Sign a finding and enter it."""
        now = self._clock()
        seen_on = day_in_china(datetime.fromtimestamp(now, UTC))
        seen = Seen(case=case, seen_on=seen_on, salt=_salt(), iat=int(now), **msgspec.structs.asdict(found))
        body, hub = self._certified(case, department, seen, "mz-finding"), self._session.hub()
        return await again(lambda: hub.post(f"/desk/cases/{case}/findings", body, DeskView))

    def _certified(self, case: str, department: str, payload: msgspec.Struct, typ: str) -> Certified:
        second = (case, department) in self._colleagues
        key, certificate = self._keys(department, COLLEAGUE if second else OFFICER)
        return Certified(token=jws.sign(payload, key=key, typ=typ), certificate=certificate)

    def _read(self, department: str, name: str) -> tuple[PrivateKey, str]:
        folder: Path = self._session.data / "keys" / "staff" / department
        certificate = (folder / f"{name}.certificate").read_text(encoding="ascii").strip()
        return PrivateKey.from_file(folder / f"{name}.jwk.json"), certificate


def _salt() -> str:
    return b64(secrets.token_bytes(16))
