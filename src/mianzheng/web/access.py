"""Who may call a route. Each route names its rule; one without a rule is closed and stops the start.

`anyone`: nothing personal is behind it. `department`: the body is signed by staff, and the
signature is the permission. `staff`: the request itself is signed by a certified staff key.
`page`: as `session`, for people's pages: the token lies in a cookie that no script reads.
`session`: a signed-in person; which rows are theirs, `own_case` says,
and another person's case is as if it did not exist.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.memory import Recent
from mianzheng.cases.opening import GUEST, Applicant
from mianzheng.cases.staff import read_request as read_staff
from mianzheng.cases.view import narrowed, owner_of
from mianzheng.credentials.at_rest import ContentKey
from mianzheng.decision.audience import RESIDENT, Viewer
from mianzheng.model.errors import MianzhengError, NotFound
from mianzheng.model.identity import Jwk, Passkey
from mianzheng.model.presence import PRESENCE_SECONDS
from mianzheng.store import sessions as stored

SESSION_COOKIE = "__Host-mz-session"  # of this host alone, never over plain HTTP but on this very machine


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How a signed-in person may sign on pages, as the authority said it: passkeys, and the key it keeps for them."""

    display: str = ""  # masked name
    method: str = ""
    passkeys: tuple[Passkey, ...] = ()
    holder: Jwk | None = None  # to seal a result to for who has no key in their browser


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, how they sign, and until when (seconds since the epoch)."""

    applicant: Applicant
    exp: int
    ways: Ways = Ways()
    read_at: int = 0  # when this process read it from the database


NO_WAYS = Ways()
KEPT_SECONDS = 5  # a sign-out in one process ends the session in every other one this soon


class Access(StrEnum):
    """The access rules."""

    ANYONE = "anyone"
    DEPARTMENT = "department"
    PAGE = "page"
    SESSION = "session"
    STAFF = "staff"


class NotSignedIn(MianzhengError):
    """The route needs a session."""

    code = "not-signed-in"


def rule(access: Access) -> dict[str, Any]:
    """Return the `opt` of a route with this access rule."""
    return {"access": access}


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through only as the route's rule says."""
    access = handler.opt.get("access")
    if access is Access.SESSION:
        hub: Hub = connection.app.state.hub
        header = connection.headers.get("authorization", "")
        kind, _, token = header.partition(" ")
        token = token if kind.lower() == "bearer" else ""
        connection.state.applicant = (await read_session(hub, token, connection.app.state.sessions)).applicant
    elif access is Access.PAGE:
        token = connection.cookies.get(SESSION_COOKIE, "")
        session = await read_session(connection.app.state.hub, token, connection.app.state.sessions)
        connection.state.applicant, connection.state.ways = session.applicant, session.ways
    elif access is Access.STAFF:
        connection.state.staff = read_staff(connection.app.state.hub, connection.headers.get("authorization", ""))
    elif access not in (Access.ANYONE, Access.DEPARTMENT):
        raise NotSignedIn("this route has no access rule")


async def open_session(hub: Hub, applicant: Applicant, ways: Ways = NO_WAYS) -> str:
    """Return the bearer token of a new session; the database alone can neither use nor read it.

    That of a presence ends with it: a clerk keeps no session of the people they served.
    """
    token = secrets.token_urlsafe(32)
    longest = PRESENCE_SECONDS if applicant.presence else hub.timings.session_seconds
    expires = hub.clock() + timedelta(seconds=min(longest, hub.timings.session_seconds))
    session = Session(applicant=applicant, exp=int(expires.timestamp()), ways=ways)
    content = _key(token).encrypt(msgspec.json.encode(session), context="session")
    async with hub.store.connection() as connection:
        await stored.add_session(connection, _name(token), content, expires)
    return token


async def read_session(hub: Hub, token: str, kept: Recent[bytes, Session]) -> Session:
    """Return the session that a token opens; `NotSignedIn` for none, a wrong or an expired one."""
    if not token:
        raise NotSignedIn("sign in first", hint="POST /nonces, then POST /sign-ins")
    name = _name(token)
    known = kept.get(name)
    if known is None or not 0 <= hub.seconds - known.read_at < KEPT_SECONDS:
        async with hub.store.connection() as connection:
            content = await stored.find_session(connection, name, hub.clock())
        if content is None:
            kept.take(name)
            raise NotSignedIn("the session has ended", hint="sign in again")
        known = msgspec.json.decode(_key(token).decrypt(content, context="session"), type=Session)
        known = msgspec.structs.replace(known, read_at=hub.seconds)
        kept.put(name, known)
    if known.exp <= hub.seconds:
        raise NotSignedIn("the session has ended", hint="sign in again")
    return known


async def end_session(hub: Hub, token: str, kept: Recent[bytes, Session]) -> None:
    """End a session: its token opens nothing any more."""
    kept.take(_name(token))
    async with hub.store.connection() as connection:
        await stored.end_session(connection, _name(token))


async def own_case(
    hub: Hub, case: str, applicant: Applicant, *, opened: Recent[str, LiveCase] | None = None
) -> LiveCase:
    """Return a case of the signed-in person; `NotFound` when there is none or it is another's.

    A case in `opened` is still in this process's hands; if it was moved elsewhere since, the next
    step is overtaken and it is read again.
    """
    live = (opened.take(case) if opened else None) or await load(hub, case)
    if not secrets.compare_digest(live.row.owner, hub.vault.pseudonym("cases", applicant.pairwise)):
        raise NotFound(f"there is no case {case}")
    if not may_show(live, applicant):
        raise NotFound(f"there is no case {case}")
    return live


def may_show(live: LiveCase, applicant: Applicant) -> bool:
    """Tell whether a session may show its person's own case: one of a presence, where a clerk looks on, only such."""
    return not applicant.presence or bool(live.opening.presence)


async def seen_case(hub: Hub, case: str, applicant: Applicant, wanted: str = "") -> tuple[LiveCase, Viewer]:
    """Return a case and as whom the signed-in person may see it; `NotFound` when they have no part in it.

    `wanted` asks for the view of another (agent, clerk): a narrower one is given, a wider one never.
    """
    live = await load(hub, case)
    if secrets.compare_digest(live.row.owner, hub.vault.pseudonym("cases", applicant.pairwise)):
        if not may_show(live, applicant):
            raise NotFound(f"there is no case {case}")
        return live, narrowed(owner_of(live), "clerk" if applicant.presence == GUEST else wanted)
    for role, part in live.participants.items():
        if part.pairwise == applicant.pairwise and not applicant.presence:
            if role == live.version.item.acting_role:  # whom another acts for reads it as their own
                return live, narrowed(RESIDENT, wanted)
            return live, Viewer(kind="linked", role=role)
    raise NotFound(f"there is no case {case}")


def _name(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _key(token: str) -> ContentKey:
    return ContentKey(hashlib.sha256(b"mianzheng session " + token.encode("utf-8", "replace")).digest())
