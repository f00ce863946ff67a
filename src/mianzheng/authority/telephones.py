"""A telephone that its person changed themself, and the three days for which such a change freezes mandates and lock.

Who takes somebody's phone could try to grant mandates by it: after a change of telephone, or of a further device,
none is granted for three days, by the person or in a body's name, no lock is turned off, and the old telephone is
told. An account to be paid to needs no freeze: it is the one in a department's register, and nothing here changes it.
A number never identifies: the new one is rung for a presence only when it was held for thirty days, the old one never
again.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import date

import msgspec

from mianzheng.authority.ports import Secrets
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.errors import WrongUse

FROZEN_SECONDS = 3 * 86_400
TAKEN_UP_SECONDS = 60 * 86_400  # for twice as long as changes are looked for
TABLES = (
    "CREATE TABLE IF NOT EXISTS own_phones (subject TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS phones_taken_up (subject TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS freezes (subject TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
)
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[1-9][0-9]{8,10}")


class BadPhone(WrongUse):
    """What was typed is no telephone number of this country."""

    code = "bad-telephone"


class OwnPhone(msgspec.Struct, frozen=True, kw_only=True):
    """What a row holds, encrypted. `old` is the telephone before, "" for none; it is told of changes for three days."""

    phone: str
    old: str
    since: date
    at: int

    def __repr__(self) -> str:
        """Return a text without the telephones."""
        return f"OwnPhone(at={self.at})"


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of this module where they are missing."""
    for statement in TABLES:
        connection.execute(statement)


def plain(typed: str) -> str:
    """Return a telephone number without blanks and hyphens; `BadPhone` for what is none."""
    found = re.sub(r"[\s-]", "", typed).removeprefix("+86")
    if not _PHONE.fullmatch(found):
        raise BadPhone("that is no telephone number", hint="eleven digits of a mobile, or area code and number")
    return found


def keep(connection: sqlite3.Connection, secrets: Secrets, number: str, phone: OwnPhone) -> None:
    """Keep the telephone of a number in place of an earlier one."""
    subject = _subject(secrets, number)
    shut = secrets.shut("own-phone", msgspec.json.encode(phone), row=subject)
    connection.execute("INSERT OR REPLACE INTO own_phones VALUES (?, ?)", (subject, shut))


def find(connection: sqlite3.Connection, secrets: Secrets, number: str) -> OwnPhone | None:
    """Return the telephone that a number's person set themself, None for none."""
    subject = _subject(secrets, number)
    row = connection.execute("SELECT content FROM own_phones WHERE subject = ?", (subject,)).fetchone()
    if row is None:
        return None
    return msgspec.json.decode(secrets.open("own-phone", row[0], row=subject), type=OwnPhone)


def take_up(connection: sqlite3.Connection, secrets: Secrets, number: str, entered_at: int) -> bool:
    """Note that a change which the office entered at a time (seconds) is taken up; False when it was before."""
    subject = _subject(secrets, number)
    row = connection.execute("SELECT at FROM phones_taken_up WHERE subject = ?", (subject,)).fetchone()
    if row is not None and int(row[0]) >= entered_at:
        return False
    connection.execute("INSERT OR REPLACE INTO phones_taken_up VALUES (?, ?)", (subject, entered_at))
    return True


def freeze(connection: sqlite3.Connection, secrets: Secrets, number: str, *, at: int) -> None:
    """Freeze for three days what a changed telephone or device could be used for."""
    row = (_subject(secrets, number), at + FROZEN_SECONDS)
    connection.execute("INSERT OR REPLACE INTO freezes VALUES (?, ?)", row)


def frozen_until(connection: sqlite3.Connection, secrets: Secrets, number: str, *, at: int) -> int:
    """Return until when a number is frozen (seconds since the epoch), 0 when it is not."""
    query = "SELECT until FROM freezes WHERE subject = ? AND until > ?"
    row = connection.execute(query, (_subject(secrets, number), at)).fetchone()
    return 0 if row is None else int(row[0])


def refuse_frozen(connection: sqlite3.Connection, secrets: Secrets, number: str, *, at: int) -> None:
    """Raise `MandateRefused` while a number is frozen: it grants nothing."""
    if frozen_until(connection, secrets, number, at=at):
        raise MandateRefused("mandate-refused", "telephone or device was changed within three days")


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop freezes that are over, and that changes were taken up which nobody looks for any more."""
    connection.execute("DELETE FROM freezes WHERE until <= ?", (at,))
    connection.execute("DELETE FROM phones_taken_up WHERE at < ?", (at - TAKEN_UP_SECONDS,))


def masked_phone(phone: str) -> str:
    """Return what a screen shows of a telephone: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else ""


def _subject(secrets: Secrets, number: str) -> str:
    return secrets.pseudonym("own-phone", number)
