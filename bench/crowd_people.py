"""What other people leave behind besides cases: keys of the ledger, sessions, sign-ins, tickets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg

from bench.copying import copy_rows

SIGN_INS = 5  # of each person
TICKETS_A_DAY, DAYS = 250, 900
OFFICES = ("centre", "east")


def add_people(connection: psycopg.Connection, people: list[bytes], years: tuple[int, ...]) -> None:
    """Add the rows of people who use the hub, beside their cases."""
    columns = "ledger_keys (subject, year, key_month, key_wrapped)"
    keys = ((one, year, f"{year}-01", os.urandom(60)) for one in people for year in years)
    copy_rows(connection, columns, keys)
    now = datetime.now(UTC)
    sessions = ((os.urandom(32), os.urandom(400), now + timedelta(hours=8)) for _ in people[::3])
    copy_rows(connection, "sessions (token, content, expires_at)", sessions)
    copy_rows(
        connection, "nonces (nonce, expires_at)", ((os.urandom(32), now + timedelta(hours=1)) for _ in people[::3])
    )
    columns = "sign_ins (who, session, method, level, presence, opened_at, ended_at, ended)"
    copy_rows(connection, columns, _sign_ins(people, now))
    columns = "to_sign (token, content, expires_at)"
    copy_rows(connection, columns, ((os.urandom(32), os.urandom(2000), now + timedelta(hours=1)) for _ in people[::6]))
    columns = "tickets (id, office, day, number, state, place, department, staff, issued_at, called_at, ended_at)"
    copy_rows(connection, columns, _tickets(now))


def _sign_ins(people: list[bytes], now: datetime) -> Iterator[tuple[object, ...]]:
    for turn in range(SIGN_INS):
        at = now - timedelta(days=30 * (SIGN_INS - turn))
        for one in people:
            yield one, os.urandom(32), "passkey", 3, False, at, at + timedelta(hours=1), "time"


def _tickets(now: datetime) -> Iterator[tuple[object, ...]]:
    for ago in range(DAYS):
        at = now - timedelta(days=ago)
        day = (at + timedelta(hours=8)).date()
        yield from (_ticket(office, day, number, at) for office in OFFICES for number in _NUMBERS)


def _ticket(office: str, day: date, number: int, at: datetime) -> tuple[object, ...]:
    staff = f"clerk-{number % 12}"
    called = at + timedelta(minutes=4)
    named = (secrets.token_hex(12), office, day, number)
    return (*named, "done", number, "civil-affairs", staff, at, called, called + timedelta(minutes=1))


_NUMBERS = range(1001, 1001 + TICKETS_A_DAY)  # after those of the window that is walked
