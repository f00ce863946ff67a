"""What follows from another telephone on record: three days are frozen, the person reads of it, the old one is told.

A person changes it at the authority's site (`site/changing_phone`) or at the office's counter, which writes the
enrolment file alone: what was entered there is taken up from it, every hour. Which telephone is used needs no taking
up, it is the newest at once (`calls`).
"""

from __future__ import annotations

import sqlite3

from mianzheng.authority import calls, presences, telephones
from mianzheng.authority.authority import Authority
from mianzheng.authority.telephones import masked_phone

WORDS = (
    "您登记的电话已改为 {phone}。三天内不能以您的名义作出新的委托，也不能解锁。"
    "如非本人，请立即带身份证件到公安部门窗口，或拨打 12345。"
)
OFFICE = "enrolment office"  # role in the line
TAKEN_UP_SECONDS = calls.HELD_DAYS * 86_400  # later the line says nothing new


def note_change(
    authority: Authority, connection: sqlite3.Connection, number: str, phone: str, *, by: str, at: int
) -> tuple[int, str]:
    """Freeze, leave a line and a notice, in the caller's transaction; return the notice and its words, to be sent."""
    words = WORDS.format(phone=masked_phone(phone))
    telephones.freeze(connection, authority.secrets, number, at=at)
    authority.book.note(connection, "telephone-changed", at=at, hub="", number=number, role=by)
    return presences.tell(connection, authority.secrets, number, words, at=at), words


def take_up(authority: Authority, at: int) -> None:
    """Let what the office changed of late have the consequences of a change, once each; seconds since the epoch."""
    for number, entered_at in authority.enrolment.phones_changed(since=at - TAKEN_UP_SECONDS):
        found = calls.on_record(authority, number)
        if found is not None and found.by_office and found.old:
            _take_up(authority, number, found.phone, entered_at, at)


def _take_up(authority: Authority, number: str, phone: str, entered_at: int, at: int) -> None:
    def keep(connection: sqlite3.Connection) -> tuple[int, str] | None:
        if not telephones.take_up(connection, authority.secrets, number, entered_at):
            return None
        return note_change(authority, connection, number, phone, by=OFFICE, at=at)

    told = authority.journal.commit(keep)
    if told is not None:
        calls.send(authority, number, told[1], notice=told[0], at=at)
