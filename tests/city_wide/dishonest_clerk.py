"""A dishonest clerk: their own key and certificate, the window's program, the hub's API, and numbers of others.

What they do not hold: a second person's key, the authority's registers, the hub's or any gateway's key.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec

from mianzheng.cli.city_session import CitySession
from mianzheng.client.person import Person
from mianzheng.client.staff import Desk
from mianzheng.client.wallet import Wallet
from mianzheng.client.window import Served, Staff, Window
from mianzheng.credentials import jwe
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import Certificate, certify
from mianzheng.gateway.log import Line
from mianzheng.model.case import CaseView
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Nonce
from mianzheng.model.officers import Take
from mianzheng.model.presence import (
    OPEN,
    PresenceAsked,
    PresenceFile,
    PresenceStart,
    SealedReply,
    start_digest,
)
from tests.city_wide.traces import Traces
from tests.city_wide.window_city import WindowCity

T = TypeVar("T")
ITEM = "old-age-allowance"
POLICE = "gateway-public-security"


class DishonestClerk:
    """One clerk of civil affairs, and what they try."""

    def __init__(self, window: WindowCity, key_file: str) -> None:
        self.window = window
        self.loop = asyncio.new_event_loop()
        self.http = self.run(_http())
        self.session = CitySession(window.data, self.http)
        self.staff = Staff.read(Path(key_file))
        self.trust = self.session.trust
        self.traces = Traces(window.data)

    def close(self) -> None:
        """Close every connection."""
        self.run(self.http.close())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one piece of asynchronous work to its end."""
        return self.loop.run_until_complete(work)

    def at_window(self, staff: Staff | None = None) -> Window:
        """The window's program, in this clerk's hands."""
        return Window(staff or self.staff, hub=self.session.hub(), trust=self.trust)

    def begin(self, number: str, second: Staff, **how: Any) -> PresenceAsked:
        """Begin a presence beside whoever lends their key."""
        return self.run(self.at_window().start(number, method=how.pop("method", "window"), second=second, **how))

    def answer(self, number: str, asked: PresenceAsked, answers: tuple[str, ...], **how: Any) -> PresenceFile:
        """Hand in answers."""
        return self.run(self.at_window(how.get("staff")).answer(number, asked.presence, answers))

    def guess(self, number: str, asked: PresenceAsked) -> str:
        """Guess the answers; return the code of the refusal."""
        return code_of(lambda: self.answer(number, asked, ("1999年", "1999年")))

    def sign_in_as(self, number: str) -> str:
        """Sign in as someone absent with the clerk's own key; return the code of the refusal."""
        person = Person(
            number, self.staff.key, hub=self.session.hub(), trust=self.trust, wallet=Wallet(self.window.data / "thief")
        )
        return code_of(lambda: self.run(person.sign_in()))

    def served(self, file: PresenceFile, staff: Staff | None = None) -> Served:
        """The person of a presence file, whoever's it is, at this clerk's window."""
        wallet = Wallet(self.window.data / "thief")
        return Served(file, staff or self.staff, hub=self.session.hub(), trust=self.trust, wallet=wallet)

    def opens(self, file: PresenceFile, staff: Staff | None = None) -> CaseView:
        """Open and sign a case under a presence; return it as it then stands."""
        person = self.served(file, staff)

        async def work() -> CaseView:
            draft, openings = await person.apply(ITEM, {})
            return await person.authorise(draft, openings)

        return self.run(work())

    def start_alone(self, number: str, **changes: Any) -> str:
        """Send a start that the program would not make; return the code of the refusal."""

        async def work() -> None:
            nonce = await self.session.hub().post("/nonces", {}, Nonce)
            shown = start_digest(nonce.audience, nonce.nonce, number)
            fields: dict[str, Any] = {
                "method": "window",
                "audience": nonce.audience,
                "nonce": nonce.nonce,
                "number": number,
                "clerk": self.staff.step(OPEN, shown),
                "reply_to": PrivateKey.generate().public.jwk,
            }
            start = PresenceStart(**(fields | {name: made(shown) for name, made in changes.items()}))
            to = self.trust.current(POLICE, "seal", int(time.time()))
            sealed = jwe.seal(msgspec.json.encode(start), to=to, typ="mz-presence-start")
            await self.session.hub().post("/presences", {"authority": POLICE, "sealed": sealed}, SealedReply)

        return code_of(lambda: self.run(work()))

    def invented(self, role: Any) -> Staff:
        """A colleague who does not exist, certified by the clerk."""
        key, now = PrivateKey.generate(), int(time.time())
        certificate = Certificate(
            department="civil-affairs", staff="nobody", role=role, key=key.public.jwk, valid_from=0, valid_to=now * 2
        )
        return Staff(key, certify(certificate, key=self.staff.key))

    def desk(self, key_file: str) -> Desk:
        """The desk of the department's own staff, under the key of whoever lends it."""
        return Desk(Path(key_file), url=self.session.url, http=self.http, hub=self.trust.with_role("hub")[0].party)

    def takes(self, case: str, key_file: str) -> str:
        """Take a case of the department; return the code of the refusal, "" when it came through."""
        return code_of(lambda: self.run(self.desk(key_file).act(case, Take())))

    def signs(self, case: str, key_file: str) -> str:
        """Sign what is recommended in a case; return the code of the refusal, "" when it came through."""
        return code_of(lambda: self.run(self.desk(key_file).sign(case, "")))

    @contextmanager
    def is_really(self, number: str, key_file: str) -> Iterator[None]:
        """Let whoever holds a staff key be this person meanwhile, as the department enrolled them."""
        kid = PrivateKey.from_file(Path(key_file)).kid
        path = self.window.data / "enrolment" / "public-security.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            (before,) = connection.execute("SELECT number FROM staff WHERE thumbprint = ?", (kid,)).fetchone()
            change = "UPDATE staff SET number = ? WHERE thumbprint = ?"
            connection.execute(change, (number, kid))
            try:
                yield
            finally:
                connection.execute(change, (before, kid))

    def lines(self, *, after: int) -> list[Line]:
        """The authority's log after the first lines, as an inspector reads it."""
        return self.traces.lines(POLICE, after=after)

    def count(self) -> int:
        """How many lines the authority's log has."""
        return self.traces.count(POLICE)


def code_of(attempt: Callable[[], object]) -> str:
    """Make an attempt; return the code of its refusal, "" when it came through."""
    try:
        attempt()
    except MianzhengError as error:
        return error.code
    return ""


async def _http() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(force_close=True)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))
