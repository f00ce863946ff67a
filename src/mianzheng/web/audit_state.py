"""What the auditor must not forget: its own copy of every leaf, the last head it signed, its findings.

One SQLite file, synced in full. A leaf once kept is never replaced: whatever the hub shows later is
compared with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mianzheng.ledger.heads import Head
from mianzheng.ledger.reconcile import Finding
from mianzheng.ledger.tree import MemoryNodes, append, consistency_proof, fold, grow, peaks, root

_SCHEMA = """
CREATE TABLE IF NOT EXISTS leaves (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS signed (one INTEGER PRIMARY KEY CHECK (one = 1), head TEXT NOT NULL, token TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS findings (text TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS logs (gateway TEXT PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS claims (entry TEXT PRIMARY KEY, request TEXT NOT NULL) WITHOUT ROWID;
"""


class AuditState:
    """The open state file, and the tree over its leaves in memory."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # opened where the application is made, used by the one event loop that serves it
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.executescript(_SCHEMA)
        self._nodes = MemoryNodes()
        self.leaves = [bytes(row[0]) for row in self._file.execute("SELECT leaf FROM leaves ORDER BY idx")]
        append(self._nodes, 0, self.leaves)

    def with_more(self, leaves: Sequence[bytes]) -> bytes:
        """Return the root that the tree would have with these leaves appended; nothing is kept."""
        size = len(self.leaves)
        at = peaks(size)
        frontier = dict(zip(at, self._nodes.read(at), strict=True))
        known = frontier | grow(frontier, size, leaves)
        return fold([known[peak] for peak in peaks(size + len(leaves))])

    def keep(self, leaves: Sequence[bytes]) -> None:
        """Append leaves, for good."""
        start = len(self.leaves)
        rows = list(enumerate(leaves, start=start))
        with self._transaction():
            self._file.executemany("INSERT INTO leaves VALUES (?, ?)", rows)
        append(self._nodes, start, list(leaves))
        self.leaves.extend(leaves)

    def root_of(self, size: int) -> bytes:
        """Return the root of the first `size` leaves of this copy."""
        return root(self._nodes, size)

    def proof(self, first: int, second: int) -> list[bytes]:
        """Return the proof that the first `second` leaves of this copy only append to the first `first`."""
        return consistency_proof(self._nodes, first=first, second=second) if first else []

    @property
    def last_signed(self) -> Head | None:
        """The last head this auditor co-signed."""
        row = self._file.execute("SELECT head FROM signed").fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Head)

    def sign(self, head: Head, token: str) -> None:
        """Commit a head before its co-signature leaves."""
        values = (msgspec.json.encode(head).decode(), token)
        self._file.execute("INSERT OR REPLACE INTO signed VALUES (1, ?, ?)", values)

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found, once each."""
        rows = self._file.execute("SELECT text FROM findings ORDER BY rowid").fetchall()
        return [msgspec.json.decode(row[0], type=Finding) for row in rows]

    def find(self, findings: Sequence[Finding]) -> None:
        """Add findings; the same one twice is one."""
        rows = [(msgspec.json.encode(finding).decode(),) for finding in findings]
        self._file.executemany("INSERT OR IGNORE INTO findings VALUES (?)", rows)

    def claim(self, requests: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Note (entry, request) pairs; return for each entry the request that named it first."""
        with self._transaction():
            self._file.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?)", requests)
            query = "SELECT request FROM claims WHERE entry = ?"
            return {entry: self._file.execute(query, (entry,)).fetchone()[0] for entry, _ in requests}

    def log_read(self, gateway: str) -> int:
        """Return from which line on a gateway's log is still to be read."""
        row = self._file.execute("SELECT next FROM logs WHERE gateway = ?", (gateway,)).fetchone()
        return 0 if row is None else int(row[0])

    def read_log(self, gateway: str, following: int) -> None:
        """Note that a gateway's log was read up to before `following`."""
        self._file.execute("INSERT OR REPLACE INTO logs VALUES (?, ?)", (gateway, following))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One sync for many rows: without it each row would be a transaction of its own."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
