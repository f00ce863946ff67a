"""Completeness marks: the load program's signed word that a register is whole.

Without a fresh mark a missing row proves nothing: last night's failed load must not clear a whole
city. So an answer that rests on an absent row is *unavailable* then, and so is every answer of a
register of many rows, whose counts and sums would miss what was not loaded. After a mark that
is not sound nothing of the register is answered.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.gateway.vault import Vault
from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Register
from mianzheng.model.publishing import Mark

_KEPT = 20  # marks of one register
_FALL = 0.9  # a load with fewer rows than this share of the last sound one is not sound


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How far a register's contents can be relied on now; `reason` is for the operator."""

    state: Literal["fresh", "stale", "unsound", "none"]
    loaded_at: int
    reason: str


class Marks:
    """The marks of this gateway's registers; each is checked against the department's own key."""

    def __init__(self, trust: TrustStore, vault: Vault, party: str) -> None:
        """Read marks signed by `party`."""
        self._trust = trust
        self._vault = vault
        self._party = party
        self._verified = lru_cache(maxsize=64)(self._verify)

    def freshness(self, connection: sqlite3.Connection, register: Register, at: int) -> Freshness:
        """Return how fresh and sound the register's last load is at time `at`."""
        token = _last(connection, register.register)
        mark = None if token is None else self._verified(token)
        if mark is None or mark.register != register.register:
            reason = f"register {register.register} has no completeness mark"
            return Freshness(state="none", loaded_at=0, reason=reason)
        if not mark.sound:
            reason = f"register {register.register}: the last load is not sound: {mark.reason}"
            return Freshness(state="unsound", loaded_at=mark.loaded_at, reason=reason)
        if at - mark.loaded_at > register.mark_hours * 3600:
            reason = f"register {register.register}: the completeness mark is older than {register.mark_hours} hours"
            return Freshness(state="stale", loaded_at=mark.loaded_at, reason=reason)
        return Freshness(state="fresh", loaded_at=mark.loaded_at, reason="")

    def canaries(self, connection: sqlite3.Connection, register: str) -> tuple[str, ...]:
        """Return the numbers that the last mark looked for; they are known to be in the register."""
        row = connection.execute(
            "SELECT canaries, loaded_at FROM marks WHERE register = ? ORDER BY loaded_at DESC LIMIT 1", (register,)
        ).fetchone()
        if row is None:
            return ()
        plain = self._vault.open("canaries", row[0], row=f"{register} {row[1]}")
        return msgspec.json.decode(plain, type=tuple[str, ...])

    def last_sound(self, connection: sqlite3.Connection, register: str) -> Mark | None:
        """Return the last sound mark, to compare the next load with."""
        query = "SELECT token FROM marks WHERE register = ? ORDER BY loaded_at DESC LIMIT 20"
        marks = (self._verified(token) for (token,) in connection.execute(query, (register,)))
        return next((mark for mark in marks if mark is not None and mark.sound), None)

    def keep(self, connection: sqlite3.Connection, mark: Mark, canaries: tuple[str, ...], *, key: PrivateKey) -> str:
        """Sign and store a mark, in the caller's transaction; return its JWS."""
        token = jws.sign(mark, key=key, typ="mz-mark")
        shut = self._vault.shut("canaries", msgspec.json.encode(canaries), row=f"{mark.register} {mark.loaded_at}")
        row = (mark.register, mark.loaded_at, token, shut)
        connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", row)
        connection.execute(
            "DELETE FROM marks WHERE register = ?1 AND loaded_at NOT IN "
            "(SELECT loaded_at FROM marks WHERE register = ?1 ORDER BY loaded_at DESC LIMIT ?2)",
            (mark.register, _KEPT),
        )
        return token

    def _verify(self, token: str) -> Mark | None:
        try:
            stated = jws.payload_as(jws.unverified_payload(token), type=Mark)
            key = self._trust.key(self._party, "sign", jws.unverified_kid(token), stated.loaded_at)
            return jws.verify_as(token, typ="mz-mark", key=key, type=Mark)
        except (BadToken, Untrusted):
            return None


def judge(
    register: str, *, rows: int, missing: int, canaries: int, last: Mark | None, may_be_empty: bool, at: int
) -> Mark:
    """Return the mark of a load: `missing` of `canaries` rows known to be there were not found."""
    reason = ""
    if missing:
        reason = f"{missing} of {canaries} canary rows are missing"
    elif last is not None and rows < last.rows * _FALL:
        reason = f"{rows} rows after {last.rows}"
    elif rows == 0 and not may_be_empty:
        reason = "no rows"
    return Mark(
        register=register, loaded_at=at, rows=rows, canaries=canaries - missing, sound=not reason, reason=reason
    )


def with_mark(answer: Answer, register: Register, freshness: Freshness) -> Answer:
    """Return the answer as the register's mark lets it stand, dated by its load."""
    if answer.status is Status.UNAVAILABLE:
        return answer
    rests_on_absence = answer.rests_on in (RestsOn.ABSENT, RestsOn.MISSING) or register.rows == "many"
    if freshness.state == "unsound" or (freshness.state != "fresh" and rests_on_absence):
        return Answer(status=Status.UNAVAILABLE, reason=freshness.reason)
    if freshness.state == "none":
        return answer
    return msgspec.structs.replace(answer, as_of=datetime.fromtimestamp(freshness.loaded_at, UTC))


def _last(connection: sqlite3.Connection, register: str) -> str | None:
    query = "SELECT token FROM marks WHERE register = ? ORDER BY loaded_at DESC LIMIT 1"
    row = connection.execute(query, (register,)).fetchone()
    return None if row is None else str(row[0])
