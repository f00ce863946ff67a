"""`POST /mandates/lock`: one switch that stops everybody who acts for a person, and lets them again."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Literal

import msgspec
from litestar import post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect

from mianzheng.authority import calls, locks, presences, telephones
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.site.showing import PageRequest, session_of
from mianzheng.authority.site.site import Site, TooLow

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
LEVEL = 3  # of the sign-in that turns it off
WORDS = {
    "on": "您已上锁：任何人都不能替您办事，正在替您办的也已停下。如非本人，请拨打 12345。",
    "off": "您已解锁：可以再委托别人替您办事。如非本人，请立即重新上锁，并带身份证件到公安部门窗口，或拨打 12345。",
}


class Switched(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /mandates/lock`."""

    lock: Literal["on", "off"]


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """The switch as a page shows it: since when it is on, until when it cannot be turned off (seconds, 0 for not)."""

    since: int
    frozen: int
    low: bool  # the sign-in is too low to turn it off
    proven: bool  # the person proved anew, to turn it off, who they are
    told: bool  # there is a telephone that is told


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handler of the switch."""

    @post("/mandates/lock", sync_to_thread=True)
    def lock(request: PageRequest, data: Annotated[Switched, FORM]) -> Redirect:
        session = site.session(session_of(request))
        if data.lock == "off":
            refuse_low(session)
            site.spend_proof(session_of(request), session, "unlock")
        switch(site, session, to=data.lock)
        return Redirect(f"/mandates/mine?done=lock-{data.lock}", status_code=303)

    return [lock]


def refuse_low(session: SiteSession) -> None:
    """Raise `TooLow` for who was not seen surely enough to turn the lock off."""
    if session.level < LEVEL:
        raise TooLow("the lock is turned off by who was seen at level 3", hint="sign in by passkey or by face")


def shown(site: Site, session: SiteSession) -> Lock:
    """Return the switch of the signed-in person."""
    reader, secrets = site.authority.journal.reader(), site.authority.secrets
    return Lock(
        since=locks.locked_since(reader, secrets, session.number),
        frozen=telephones.frozen_until(reader, secrets, session.number, at=site.now()),
        low=session.level < LEVEL,
        proven=site.is_proven_for(session, "unlock"),
        told=bool(calls.reached_at(site.authority, session.number, site.now())),
    )


def switch(site: Site, session: SiteSession, *, to: Literal["on", "off"]) -> None:
    """Turn the lock; the person is told by telephone. Off: `TooLow` below level 3, `MandateRefused` while frozen."""
    if to == "off":
        refuse_low(session)
    at, authority = site.now(), site.authority

    def keep(connection: sqlite3.Connection) -> int:
        turn = locks.turn_on if to == "on" else locks.turn_off
        if not turn(connection, authority.secrets, session.number, at=at):
            return 0
        authority.book.note(connection, f"lock-{to}", at=at, hub="", number=session.number, role=session.method)
        return presences.tell(connection, authority.secrets, session.number, WORDS[to], at=at)

    if notice := authority.journal.commit(keep):
        calls.send(authority, session.number, WORDS[to], notice=notice, at=at)
