"""A person's own phone at a window: they give the clerk a code, and sign on the phone what the clerk prepares.

The clerk's session of it opens cases and reads them as a clerk; nothing of what the person did before is in it, and it
signs nothing. The code is short because it is said aloud: one use, two minutes, for staff only, and a dump of
the database without the key store can neither guess nor open it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.opening import GUEST, Applicant
from mianzheng.cases.staff import NotStaff
from mianzheng.credentials.at_rest import ContentKey
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.meeting import MeetingMade
from mianzheng.model.officers import Staff
from mianzheng.store.meetings import take_meeting
from mianzheng.store.sessions import add_session

MEETING_SECONDS = 120
DIGITS = 8
_CONTEXT = "meeting"


class BadCode(MianzhengError):
    """No such code, or its time is over, or it was used."""

    code = "bad-code"


async def make(hub: Hub, applicant: Applicant) -> MeetingMade:
    """Return a new code of a person who signed in on their own; `WrongUse` for one whom a clerk serves already."""
    if applicant.presence:
        raise WrongUse("a clerk serves this person already", hint="the code is for one's own phone")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    until = hub.clock() + timedelta(seconds=MEETING_SECONDS)
    name, key = _name(hub, code), _key(hub, code)
    async with hub.store.connection() as connection:
        await add_session(connection, name, key.encrypt(msgspec.json.encode(applicant), context=_CONTEXT), until)
    return MeetingMade(code=code, until=int(until.timestamp()))


async def join(hub: Hub, staff: Staff, code: str) -> Applicant:
    """Use a code up; return its person as a guest at this clerk's window. `BadCode` when it opens nothing."""
    if staff.role != "clerk":
        raise NotStaff(f"{staff.staff} is {staff.role}; a clerk meets people")
    async with hub.store.connection() as connection:
        content = await take_meeting(connection, _name(hub, code), hub.clock())
    if content is None:
        raise BadCode("this code opens nothing", hint="the person's phone makes another")
    applicant = msgspec.json.decode(_key(hub, code).decrypt(content, context=_CONTEXT), type=Applicant)
    return msgspec.structs.replace(applicant, presence=GUEST)


def _name(hub: Hub, code: str) -> bytes:
    return hub.vault.pseudonym("meetings", code)


def _key(hub: Hub, code: str) -> ContentKey:
    return ContentKey(hashlib.sha256(hub.vault.pseudonym("meeting keys", code)).digest())
