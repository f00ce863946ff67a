"""Sessions: opened by a sign-in under a token of their own, ended by signing out, by rest and by age.

The row of a session is named by its token's hash and closed by a key made of it: the database alone can neither use
nor read it. Each opening and ending also stands with the person's sign-ins, which they read at `/my/sign-ins`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.memory import Recent
from mianzheng.cases.opening import Applicant
from mianzheng.credentials.at_rest import ContentKey
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Jwk, Passkey
from mianzheng.model.presence import PRESENCE_SECONDS
from mianzheng.store import sessions as stored
from mianzheng.store import sign_ins

SESSION_COOKIE = "__Host-mz-session"  # of this host alone, never over plain HTTP but on this very machine
KEPT_SECONDS = 5  # a sign-out in one process ends the session in every other one this soon
NOTED_PART = 16  # a use is written down when so large a part of the idle limit has passed: not at every request


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


class NotSignedIn(MianzhengError):
    """The route needs a session."""

    code = "not-signed-in"


async def open_session(hub: Hub, applicant: Applicant, ways: Ways = NO_WAYS) -> str:
    """Return the bearer token of a new session.

    That of a presence ends with it: a clerk keeps no session of the people they served.
    """
    token = secrets.token_urlsafe(32)
    now = hub.clock()
    longest = PRESENCE_SECONDS if applicant.presence else hub.timings.session_seconds
    ends = now + timedelta(seconds=min(longest, hub.timings.session_seconds))
    session = Session(applicant=applicant, exp=int(ends.timestamp()), ways=ways)
    content = _key(token).encrypt(msgspec.json.encode(session), context="session")
    async with hub.store.connection() as connection:
        await stored.add_session(connection, name_of(token), content, _next_end(hub, session))
        await sign_ins.add_sign_in(
            connection,
            who=who_of(hub, applicant),
            session=name_of(token),
            method=ways.method,
            level=applicant.level,
            presence=bool(applicant.presence),
            at=now,
        )
    return token


async def read_session(hub: Hub, token: str, kept: Recent[bytes, Session]) -> Session:
    """Return the session that a token opens; `NotSignedIn` for none, a wrong or an ended one."""
    if not token:
        raise NotSignedIn("sign in first", hint="POST /nonces, then POST /sign-ins")
    name = name_of(token)
    known = kept.get(name)
    if known is None or not 0 <= hub.seconds - known.read_at < KEPT_SECONDS:
        known = await _read(hub, token)
        if known is None:
            kept.take(name)
            raise NotSignedIn("the session has ended", hint="sign in again")
        kept.put(name, known)
    if known.exp <= hub.seconds:
        raise NotSignedIn("the session has ended", hint="sign in again")
    return known


async def end_session(
    hub: Hub,
    token: str,
    kept: Recent[bytes, Session],
    *,
    ended: Literal["signed-out", "replaced"] = "signed-out",
) -> None:
    """End a session: its token opens nothing any more."""
    kept.take(name_of(token))
    async with hub.store.connection() as connection:
        await stored.end_session(connection, name_of(token))
        await sign_ins.note_end(connection, name_of(token), ended=ended, at=hub.clock())


def who_of(hub: Hub, applicant: Applicant) -> bytes:
    """Return by what a person's sign-ins are found: a pseudonym of that table alone."""
    return hub.vault.pseudonym("sign-ins", applicant.pairwise)


def name_of(token: str) -> bytes:
    """Return what stands in a row for a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def _read(hub: Hub, token: str) -> Session | None:
    """Return a living session, which its use lets live on; None for none."""
    async with hub.store.connection() as connection:
        row = await stored.find_session(connection, name_of(token), hub.clock())
        if row is None:
            return None
        session = msgspec.json.decode(_key(token).decrypt(row.content, context="session"), type=Session)
        ends = _next_end(hub, session)
        if ends - row.expires_at >= timedelta(seconds=hub.timings.session_idle_seconds / NOTED_PART):
            await stored.prolong_session(connection, name_of(token), ends)
    return msgspec.structs.replace(session, read_at=hub.seconds)


def _next_end(hub: Hub, session: Session) -> datetime:
    """Return when a session that is used now ends unless it is used again."""
    idle = hub.clock() + timedelta(seconds=hub.timings.session_idle_seconds)
    return min(idle, datetime.fromtimestamp(session.exp, UTC))


def _key(token: str) -> ContentKey:
    return ContentKey(hashlib.sha256(b"mianzheng session " + token.encode("utf-8", "replace")).digest())
