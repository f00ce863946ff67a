"""This gateway's own append-only log: what was asked, answered, refused, decided, delivered, and about whom.

Only a gateway knows the true subject, so each line carries its pseudonym and `/mine` finds it. The
content is a row beside the tree, encrypted; the leaf is its salted hash (`ledger.entry`), and the
signed head covers every line. Hub and auditor see leaves, request ids and sheet digests, never
subject or question.

A line may have more readers than the one asked about: those whom a link reached, and second subjects. Each reads
it in the view that the item gives their role (`readers`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence

import msgspec

from mianzheng.credentials.keys import PrivateKey
from mianzheng.gateway.readers import AFTER_DATE, HIDDEN_SECONDS, PROTECTED, Reader, in_view
from mianzheng.gateway.state import State
from mianzheng.gateway.vault import Vault
from mianzheng.ledger import tree
from mianzheng.ledger.entry import leaf_hash, new_salt, opening_leaf
from mianzheng.ledger.heads import sign_head
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.item import Basis
from mianzheng.model.text import Text
from mianzheng.model.witnessing import LogLine, LogPage, MineEntry

PAGE = 1000  # lines in one answer of `GET /log`


class LoggedQuestion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question of a line, as its subject reads it. `status` says how it ended, never the value."""

    question: str
    sentence: Text | None = None
    basis: Basis | None = None
    purpose: str = ""
    status: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of one log line. `kind`: answered, refused, decision, delivery, revocation, sign-in or bundle."""

    kind: str
    at: int
    hub: str = ""
    request: str = ""
    entry: str = ""  # leaf hash of the hub's asked entry
    sheet: str = ""  # digest of what was given out
    case: str = ""
    role: str = ""
    item: str = ""
    item_kind: str = ""
    code: str = ""  # of a refusal; of a decision its outcome
    mandate: str = ""  # digest of the mandate on which another acted
    questions: tuple[LoggedQuestion, ...] = ()


class OwnLog:
    """The log in the state file, and its tree in memory; thread-safe."""

    def __init__(self, party: str, state: State, vault: Vault, key: PrivateKey, *, at: int) -> None:
        """Open the log of `party`; a new one begins with the opening that fixes its suite."""
        self._party = party
        self._state = state
        self._vault = vault
        self._key = key
        self._nodes = tree.MemoryNodes()
        self._size = 0
        self._last = 0  # row of the last leaf in the tree
        self._lock = threading.Lock()
        if _is_empty(state.reader()):
            state.commit(lambda connection: self._begin(connection, at))

    def subject(self, number: str) -> str:
        """Return the pseudonym under which lines about a number stand."""
        return self._vault.pseudonym("log", number)

    def append(
        self, connection: sqlite3.Connection, line: Line, *, subject: str = "", readers: Sequence[Reader] = ()
    ) -> str:
        """Add a line in the caller's transaction; return its leaf (b64)."""
        salt, content = new_salt(), canonical(line)
        leaf = leaf_hash(salt, content)
        shut = self._vault.shut("log", content, row=b64(leaf))
        row = (line.kind, line.at, line.request, line.entry, line.sheet, subject, salt, shut, leaf)
        added = connection.execute(
            "INSERT INTO log (kind, at, request, entry, sheet, subject, salt, content, leaf)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        connection.executemany(
            "INSERT OR IGNORE INTO log_readers VALUES (?, ?, ?, ?)",
            [(one.subject, added.lastrowid, one.role, one.view) for one in readers],
        )
        return b64(leaf)

    def note(
        self,
        connection: sqlite3.Connection,
        kind: str,
        *,
        at: int,
        hub: str,
        number: str,
        case: str = "",
        role: str = "",
        request: str = "",
        code: str = "",
    ) -> None:
        """Append a line about a number, "" for nobody, in the caller's transaction: what the authority did for it."""
        line = Line(kind=kind, at=at, hub=hub, case=case, role=role, request=request, code=code)
        self.append(connection, line, subject=self.subject(number) if number else "")

    def page(self, start: int, *, at: int) -> LogPage:
        """Return lines from the `start`-th leaf on (0 is the opening), at most `PAGE`, and the signed head of all."""
        head = self.head(at=at)
        query = "SELECT seq, kind, at, request, entry, sheet, leaf FROM log WHERE seq > ? ORDER BY seq LIMIT ?"
        rows = self._state.reader().execute(query, (start, PAGE)).fetchall()
        lines = tuple(
            LogLine(seq=seq - 1, kind=kind, at=when, request=request, entry=entry, sheet=sheet, leaf=b64(leaf))
            for seq, kind, when, request, entry, sheet, leaf in rows
        )
        count = (
            "SELECT count(*) FROM log_readers AS r JOIN log AS l ON l.seq = r.seq WHERE r.view IN (?, ?) AND l.at > ?"
        )
        views = (AFTER_DATE, AFTER_DATE + PROTECTED)
        (hidden,) = self._state.reader().execute(count, (*views, at - HIDDEN_SECONDS)).fetchone()
        return LogPage(gateway=self._party, head=head, lines=lines, hidden=hidden)

    def head(self, *, at: int) -> str:
        """Return the signed head over every line committed so far."""
        with self._lock:
            self._grow()
            root = tree.root(self._nodes, self._size)
            return sign_head(self._party, size=self._size, root=root, at=at, key=self._key)

    def mine(self, number: str, *, at: int = 0) -> tuple[MineEntry, ...]:
        """Return every line about a number at time `at`, one entry for each question, oldest first.

        Lines that speak of them as another's spouse, child or household member come in that role's view; at time 0
        nothing is shown that waits for a date.
        """
        query = (
            "SELECT l.seq, l.content, l.leaf, r.view FROM log AS l"
            " LEFT JOIN log_readers AS r ON r.seq = l.seq AND r.subject = ?1 WHERE l.subject = ?1"
            " UNION SELECT l.seq, l.content, l.leaf, r.view FROM log_readers AS r JOIN log AS l ON l.seq = r.seq"
            " WHERE r.subject = ?1 ORDER BY 1"
        )
        rows = self._state.reader().execute(query, (self.subject(number),)).fetchall()
        return tuple(
            seen
            for seq, content, leaf, view in rows
            for seen in in_view(list(self._entries(seq, content, leaf)), view, at=at)
        )

    def _begin(self, connection: sqlite3.Connection, at: int) -> None:
        if _is_empty(connection):  # still: another process may have begun it
            salt, content, leaf = opening_leaf(self._party, at=at)
            connection.execute(
                "INSERT INTO log (kind, at, request, entry, sheet, subject, salt, content, leaf)"
                " VALUES ('opening', ?, '', '', '', '', ?, ?, ?)",
                (at, salt, content, leaf),
            )

    def _grow(self) -> None:
        query = "SELECT seq, leaf FROM log WHERE seq > ? ORDER BY seq"  # an offset would walk over every line before
        rows = self._state.reader().execute(query, (self._last,)).fetchall()
        tree.append(self._nodes, self._size, [leaf for _, leaf in rows])
        self._size += len(rows)
        self._last = rows[-1][0] if rows else self._last

    def _entries(self, seq: int, content: bytes | None, leaf: bytes) -> Iterator[MineEntry]:
        if content is None:
            return  # erased on date by rule: the leaf still stands in the tree
        line = msgspec.json.decode(self._vault.open("log", content, row=b64(leaf)), type=Line)
        for asked in line.questions or (LoggedQuestion(question=""),):
            yield MineEntry(
                seq=seq - 1,
                kind=line.kind if not asked.status else _kind(line.kind, asked.status),
                at=line.at,
                hub=line.hub,
                case=line.case,
                role=line.role,
                item=line.item,
                purpose=asked.purpose,
                basis=asked.basis,
                question=asked.question,
                sentence=asked.sentence,
                entry=line.entry,
                leaf=b64(leaf),
                code=line.code,
                mandate=line.mandate,
                department=self._party,
                item_kind=line.item_kind,
            )


def _kind(kind: str, status: str) -> str:
    return status if kind == "answered" and status == "unavailable" else kind


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM log LIMIT 1").fetchone() is None
