"""The call back: a code said on the telephone that this number has held for thirty days (presence 1).

A code is good for ten minutes and one presence, and three tries. The call line is a program of the operator;
what it is told is signed by the authority, and it learns a telephone and a code, no number and no name.
"""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, date, datetime, timedelta

import msgspec

from mianzheng.authority import presences, telephones
from mianzheng.authority.authority import Authority
from mianzheng.credentials import jws
from mianzheng.model.presence import Call, Message
from mianzheng.model.text import Text

CODE_DIGITS, CODE_TRIES = 6, 3
HELD_DAYS = 30
CALLS_A_DAY = 3  # to one number: a telephone is not to be rung all day
ASKED = Text(
    zh="已向登记满三十天的电话拨号，请说出听到的六位验证码。",
    en="The telephone on record is being called: which six digits were heard?",
)
_SHANGHAI_HOURS = 8


def new_code() -> str:
    """Return six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


class OnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The newest telephone of a number: its person's own change, or what the office entered later.

    `old` is the one before, "" for none; `at`: when it took its place (seconds, 0 where nobody says).
    """

    phone: str
    old: str
    since: date
    at: int
    by_office: bool

    def __repr__(self) -> str:
        """Return a text without the telephones."""
        return f"OnRecord(at={self.at})"


def on_record(authority: Authority, number: str) -> OnRecord | None:
    """Return the telephone on record, None for none; never an older one, however short the newest was held."""
    own = telephones.find(authority.journal.reader(), authority.secrets, number)
    entered = authority.enrolment.phone_of(number)
    if entered is not None and (own is None or entered.at > own.at):
        old = own.phone if own is not None and own.at > entered.old_at else entered.old
        old = old if old != entered.phone else ""
        return OnRecord(phone=entered.phone, old=old, since=entered.since, at=entered.at, by_office=True)
    if own is None:
        return None
    return OnRecord(phone=own.phone, old=own.old, since=own.since, at=own.at, by_office=False)


def phone_of(authority: Authority, number: str, at: int) -> str:
    """Return the telephone on record where its number has held it for thirty days, else ""."""
    found = on_record(authority, number)
    return found.phone if found is not None and _is_held(found, at) else ""


def reached_at(authority: Authority, number: str, at: int) -> tuple[str, ...]:
    """Return the telephones at which a person is told things; for three days after a change the old one too.

    One that the office entered is told nothing before it was held for thirty days.
    """
    found = on_record(authority, number)
    if found is None:
        return ()
    new = (found.phone,) if not found.by_office or _is_held(found, at) else ()
    return (*new, found.old) if found.old and at < found.at + telephones.FROZEN_SECONDS else new


def _is_held(found: OnRecord, at: int) -> bool:
    return found.since <= day_of(at) - timedelta(days=HELD_DAYS)


def day_of(at: int) -> date:
    """Return the day of a time in Asia/Shanghai."""
    return (datetime.fromtimestamp(at, UTC) + timedelta(hours=_SHANGHAI_HOURS)).date()


def ring(authority: Authority, phone: str, code: str, *, presence: str, at: int) -> None:
    """Have the line call, beside the request that asked for it: how long it takes tells nobody that it rings."""
    devices = authority.devices
    if devices is None or not devices.call_line or not phone:
        return
    line = devices.call_line
    call = Call(aud=line, call=presence, to=phone, code=code, iat=at)
    token = jws.sign(call, key=authority.sign, typ="mz-call").encode("ascii")
    threading.Thread(target=devices.post, args=(line, "/calls", token), daemon=True).start()


def send(authority: Authority, number: str, text: str, *, notice: int, at: int, code: bool = False) -> None:
    """Tell the person by the telephone on record what was done in their name; without one the notice waits.

    `code`: the text proves who has it, so it goes where a call back would, and never to a telephone that was changed.
    """
    devices = authority.devices
    phones = tuple(filter(None, (phone_of(authority, number, at),))) if code else reached_at(authority, number, at)
    if devices is None or not devices.call_line or not phones:
        return
    line = devices.call_line
    tokens = [
        jws.sign(
            Message(aud=line, message=f"{authority.party}:{notice}:{place}", to=phone, text=text, iat=at),
            key=authority.sign,
            typ="mz-message",
        ).encode("ascii")
        for place, phone in enumerate(phones)
    ]

    def post() -> None:
        taken = [devices.post(line, "/messages", token) is not None for token in tokens]
        if all(taken):
            authority.journal.commit(lambda connection: presences.sent(connection, notice))

    threading.Thread(target=post, daemon=True).start()
