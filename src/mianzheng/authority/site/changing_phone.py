"""`POST /devices/phone`: another telephone, set by who was seen at level 3 by other means than their own device."""

from __future__ import annotations

import sqlite3

from mianzheng.authority import calls, phone_changes, telephones
from mianzheng.authority.site.passkeys import METHOD
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.site.site import Site, TooLow
from mianzheng.authority.telephones import OwnPhone
from mianzheng.model.errors import WrongUse


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
    before = calls.on_record(authority, session.number)
    old = before.phone if before is not None else ""
    if phone in {old, *calls.reached_at(authority, session.number, at)}:
        raise WrongUse("that is the telephone on record already")
    own = OwnPhone(phone=phone, old=old, since=calls.day_of(at), at=at)

    def keep(connection: sqlite3.Connection) -> tuple[int, str]:
        telephones.keep(connection, authority.secrets, session.number, own)
        return phone_changes.note_change(authority, connection, session.number, phone, by=session.method, at=at)

    notice, words = authority.journal.commit(keep)
    calls.send(authority, session.number, words, notice=notice, at=at)
