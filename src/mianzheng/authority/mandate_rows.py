"""Rows of mandates: issued, ended, papers that wait for their code, cases opened with each.

No number stands in any row: agents are pseudonyms of this purpose, contents are encrypted.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import msgspec

from mianzheng.authority import mandate_parties
from mianzheng.authority.ports import Secrets
from mianzheng.credentials.status import SIZE, draw_index
from mianzheng.model.mandate import Granted, MandateGrant, MandateTerms

T = TypeVar("T")
PAPER_SECONDS, PAPER_TRIES = 30 * 86_400, 5


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a mandate's row holds, encrypted. `grantor`: of a body's, its legal representative when it was granted."""

    terms: MandateTerms
    principal: str
    agent: str
    granted: Granted
    token: str
    passes_on: str = ""
    grantor: str = ""
    agent_name: str = ""  # of a body's, as it was written: that of persons says whether it is the agent's


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate as it stands."""

    mandate: str
    kept: Kept
    ended_by: str  # "" while it stands


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts for whom in one case. `mandate` is "" where a body's legal representative acts in their own right."""

    mandate: str
    principal: str
    agent: str


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper handed out: the grant as the clerk wrote it, and the code that the principal returns."""

    grant: MandateGrant
    code: str


def add(
    connection: sqlite3.Connection, secrets: Secrets, mandate: str, kept: Kept, *, index: int, clerk: str, at: int
) -> None:
    """Add an issued mandate; `clerk` is the member of staff who signed beside a presence, "" for none."""
    shut = secrets.shut("mandate", msgspec.json.encode(kept), row=mandate)
    agent = secrets.pseudonym("mandate-agent", kept.agent)
    connection.execute(
        "INSERT INTO mandates (mandate, content, status_index, agent, clerk, until) VALUES (?, ?, ?, ?, ?, ?)",
        (mandate, shut, index, agent, clerk, kept.terms.until),
    )
    mandate_parties.add(connection, secrets, mandate, principal=kept.principal, agent=kept.agent, at=at)


def free_index(connection: sqlite3.Connection) -> int:
    """Return a random index of the status list that no mandate has."""

    def is_taken(index: int) -> bool:
        return connection.execute("SELECT 1 FROM mandates WHERE status_index = ?", (index,)).fetchone() is not None

    return draw_index(SIZE, is_taken)


def find(connection: sqlite3.Connection, secrets: Secrets, mandate: str) -> Row | None:
    """Return a mandate, None when there is none of that digest."""
    row = connection.execute("SELECT content, ended_by FROM mandates WHERE mandate = ?", (mandate,)).fetchone()
    if row is None:
        return None
    kept = msgspec.json.decode(secrets.open("mandate", row[0], row=mandate), type=Kept)
    return Row(mandate=mandate, kept=kept, ended_by=row[1])


def rewrite(connection: sqlite3.Connection, secrets: Secrets, mandate: str, kept: Kept) -> None:
    """Replace what a mandate's row holds."""
    shut = secrets.shut("mandate", msgspec.json.encode(kept), row=mandate)
    connection.execute("UPDATE mandates SET content = ? WHERE mandate = ?", (shut, mandate))


def end(connection: sqlite3.Connection, mandate: str, *, by: str, at: int) -> None:
    """End a mandate; one that has ended stays as it is."""
    query = "UPDATE mandates SET ended_at = ?, ended_by = ? WHERE mandate = ? AND ended_by = ''"
    connection.execute(query, (at, by, mandate))


def ended_indices(connection: sqlite3.Connection) -> list[int]:
    """Return the status indices of every mandate that was ended."""
    rows = connection.execute("SELECT status_index FROM mandates WHERE ended_by <> ''").fetchall()
    return [int(index) for (index,) in rows]


def open_beside(connection: sqlite3.Connection, secrets: Secrets, agent: str, clerk: str, *, at: int) -> int:
    """Return how many mandates of an agent stand that one clerk signed."""
    query = "SELECT count(*) FROM mandates WHERE agent = ? AND clerk = ? AND ended_by = '' AND until > ?"
    return int(connection.execute(query, (secrets.pseudonym("mandate-agent", agent), clerk, at)).fetchone()[0])


def take_case(
    connection: sqlite3.Connection, secrets: Secrets, key: str, case: str, acting: Acting, *, uses: int, until: int
) -> bool:
    """Let a case be opened with a mandate, once each; False when it was used up by others. `uses` 0: no limit."""
    query = 'SELECT count(*) FROM mandate_cases WHERE mandate = ? AND "case" <> ?'
    others = int(connection.execute(query, (key, case)).fetchone()[0])
    if uses and others >= uses:
        return False
    shut = secrets.shut("mandate-case", msgspec.json.encode(acting), row=f"{key} {case}")
    connection.execute("INSERT OR IGNORE INTO mandate_cases VALUES (?, ?, ?, ?)", (key, case, shut, until))
    return True


def cases_of(connection: sqlite3.Connection, mandate: str) -> int:
    """Return how many cases were opened with a mandate."""
    query = "SELECT count(*) FROM mandate_cases WHERE mandate = ?"
    return int(connection.execute(query, (mandate,)).fetchone()[0])


def acting_in(connection: sqlite3.Connection, secrets: Secrets, key: str, case: str) -> Acting | None:
    """Return who acts in a case opened with a mandate, None when none was."""
    query = 'SELECT content FROM mandate_cases WHERE mandate = ? AND "case" = ?'
    row = connection.execute(query, (key, case)).fetchone()
    if row is None:
        return None
    return msgspec.json.decode(secrets.open("mandate-case", row[0], row=f"{key} {case}"), type=Acting)


def add_paper(connection: sqlite3.Connection, secrets: Secrets, paper: str, content: Paper, *, at: int) -> None:
    """Keep a paper until its code comes back."""
    shut = secrets.shut("mandate-paper", msgspec.json.encode(content), row=paper)
    connection.execute("INSERT INTO mandate_papers VALUES (?, ?, 0, ?)", (paper, shut, at + PAPER_SECONDS))


def try_paper(connection: sqlite3.Connection, secrets: Secrets, paper: str, *, at: int) -> Paper | None:
    """Count one try and return the paper; None for an unknown one, too late or tried too often."""
    query = "UPDATE mandate_papers SET tries = tries + 1 WHERE paper = ? AND until > ? AND tries < ?"
    if connection.execute(query, (paper, at, PAPER_TRIES)).rowcount != 1:
        return None
    (shut,) = connection.execute("SELECT content FROM mandate_papers WHERE paper = ?", (paper,)).fetchone()
    return msgspec.json.decode(secrets.open("mandate-paper", shut, row=paper), type=Paper)


def drop_paper(connection: sqlite3.Connection, paper: str) -> None:
    """Forget a paper whose code came back."""
    connection.execute("DELETE FROM mandate_papers WHERE paper = ?", (paper,))


def forget_old(connection: sqlite3.Connection, at: int) -> None:
    """Drop papers nobody returned, and who acted in cases that are long over."""
    connection.execute("DELETE FROM mandate_papers WHERE until < ?", (at,))
    connection.execute("DELETE FROM mandate_cases WHERE until < ?", (at,))


def day_of(at: int) -> date:
    """Return the day of a time in Asia/Shanghai."""
    return (datetime.fromtimestamp(at, UTC) + timedelta(hours=8)).date()
