"""`POST /devices/phone`: another telephone, set by who was seen at level 3 by other means than their own device."""

from __future__ import annotations

import sqlite3

from mianzheng.authority import calls, presences, telephones
from mianzheng.authority.site.passkeys import METHOD
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.site.site import Site, TooLow
from mianzheng.authority.telephones import OwnPhone, masked_phone
from mianzheng.model.errors import WrongUse

WORDS = (
    "您登记的电话已改为 {phone}。三天内不能以您的名义作出新的委托，也不能解锁。"
    "如非本人，请立即带身份证件到公安部门窗口，或拨打 12345。"
)


def refuse_passkey(session: SiteSession) -> None:
    """Raise `TooLow` for who signed in by a passkey."""
    if session.method == METHOD:
        raise TooLow("a passkey alone changes no telephone", hint="sign in by a provider that sees your face")


def change(site: Site, session: SiteSession, typed: str) -> None:
    """Set another telephone: three days are frozen, and the old telephone is told; `BadPhone` for what is none.

    A phone that was taken has its owner's passkeys: a passkey alone changes no telephone.
    """
    refuse_passkey(session)
    at, authority, phone = site.now(), site.authority, telephones.plain(typed)
    old = calls.reached_at(authority, session.number, at)
    if phone in old:
        raise WrongUse("that is the telephone on record already")
    own = OwnPhone(phone=phone, old=old[0] if old else "", since=calls.day_of(at), at=at)
    words = WORDS.format(phone=masked_phone(phone))

    def keep(connection: sqlite3.Connection) -> int:
        telephones.keep(connection, authority.secrets, session.number, own)
        telephones.freeze(connection, authority.secrets, session.number, at=at)
        authority.book.note(connection, "telephone-changed", at=at, hub="", number=session.number, role=session.method)
        return presences.tell(connection, authority.secrets, session.number, words, at=at)

    notice = authority.journal.commit(keep)
    calls.send(authority, session.number, words, notice=notice, at=at)
