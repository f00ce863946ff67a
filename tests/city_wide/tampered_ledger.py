"""What somebody with the hub's database, key store and log key can do to the access ledger, and undo again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import msgspec
import psycopg

from mianzheng.credentials.at_rest import ContentKey, WrappedKey
from mianzheng.ledger.entry import Entry, leaf_hash
from mianzheng.ledger.heads import sign_head
from mianzheng.ledger.tree import MemoryNodes, append, grow, root
from mianzheng.model.canonical import b64, canonical
from tests.city_wide.dishonest_hub import replace
from tests.city_wide.trap import Trap

TABLES = ("ledger_entries", "tree_nodes", "heads", "cosignatures")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it lies in the database, opened."""

    id: int
    index: int
    leaf: bytes
    subject: bytes
    year: int
    salt: bytes
    entry: Entry


class TamperedLedger:
    """The hub's ledger in the hands of its operator."""

    def __init__(self, trap: Trap) -> None:
        self.trap = trap
        self.vault = trap.hub.rows.vault
        self.database = psycopg.connect(trap.hub.config.database_url, autocommit=True)

    def close(self) -> None:
        """Close the connection."""
        self.database.close()

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Whatever is done inside is undone afterwards, in the database and in what the auditor found.

        No case may run inside: its entries would be taken back, and the witnesses know them already.
        """
        for table in TABLES:
            self.database.execute(f"create temporary table kept_{table} as table {table}")
        try:
            yield
        finally:
            with self.database.transaction():
                self.database.execute(f"delete from {TABLES[3]}; delete from {TABLES[2]}")
                for table in TABLES:
                    self.database.execute(f"delete from {table}")
                    self.database.execute(f"insert into {table} overriding system value table kept_{table}")
            for table in TABLES:
                self.database.execute(f"drop table kept_{table}")
            self.forget_findings()

    def forget_findings(self) -> None:
        """Clear what the auditor found, so that the next test sees its own."""
        with closing(sqlite3.connect(self.trap.city.data / "auditor" / "audit.sqlite", timeout=20)) as state:
            state.execute("DELETE FROM findings")
            state.commit()

    def settle(self) -> None:
        """Wait until every entry has its place and the newest head is the witnesses'."""
        query = (
            "select (select count(*) from ledger_entries where leaf_index is null),"
            " (select max(size) from heads) - (select coalesce(max(size), 0) from cosignatures)"
        )
        for _ in range(100):
            if self.database.execute(query).fetchone() == (0, 0):
                return
            time.sleep(0.2)
        raise AssertionError("the ledger does not come to rest")

    def of_case(self, case: str, kind: str) -> list[Stored]:
        """Return a case's entries of a kind, oldest first."""
        ref = self.vault.pseudonym("ledger-case", case)
        query = (
            "select id, leaf_index, leaf, subject, year, content from ledger_entries where case_ref = %s order by id"
        )
        found = [self._open(*row) for row in self.database.execute(query, (ref,)).fetchall()]
        return [stored for stored in found if stored.entry.kind == kind]

    def asked_of(self, case: str, department: str) -> Stored:
        """Return the asked entry of a case's first request to a department."""
        return next(
            one for one in self.of_case(case, "asked") if one.entry.department == department and one.entry.lines
        )

    def rewrite_row(self, old: Stored, entry: Entry) -> None:
        """Put another content under the leaf that stands: encrypted as it should be, only not what was hashed."""
        self._write(old, content=self._shut(old, old.leaf, entry), leaf=old.leaf)

    def rewrite_row_and_leaf(self, old: Stored, entry: Entry) -> bytes:
        """Put another content and its own leaf into row and tree; the heads stay."""
        leaf = leaf_hash(old.salt, canonical(entry))
        self._write(old, content=self._shut(old, leaf, entry), leaf=leaf)
        self.database.execute("update tree_nodes set hash = %s where level = 0 and index = %s", (leaf, old.index))
        return leaf

    def delete_row(self, old: Stored) -> None:
        """Take a row away; its leaf stays in the tree."""
        self.database.execute("delete from ledger_entries where id = %s", (old.id,))

    def close_the_gap(self, old: Stored) -> None:
        """Let every later entry move up by one place, as if the deleted one had never been."""
        self.database.execute("update ledger_entries set leaf_index = -leaf_index where leaf_index > %s", (old.index,))
        self.database.execute("update ledger_entries set leaf_index = -leaf_index - 1 where leaf_index < 0")

    def rebuild(self, size_before: int) -> None:
        """Make the whole tree anew from the rows, and sign every head from `size_before` on as the hub alone can."""
        query = "select leaf from ledger_entries where leaf_index is not null order by leaf_index"
        leaves = [row[0] for row in self.database.execute(query).fetchall()]
        nodes = grow({}, 0, leaves)
        store = MemoryNodes()
        append(store, 0, leaves)
        heads = self.database.execute("select size from heads where size > %s order by size", (size_before,)).fetchall()
        sizes = sorted({min(size, len(leaves)) for (size,) in heads})
        with self.database.transaction(), self.database.cursor() as cursor:
            cursor.execute("delete from cosignatures where size > %s", (size_before,))
            cursor.execute("delete from heads where size > %s", (size_before,))
            cursor.execute("delete from tree_nodes")
            rows = [(level, index, node) for (level, index), node in nodes.items()]
            cursor.executemany("insert into tree_nodes (level, index, hash) values (%s, %s, %s)", rows)
            cursor.executemany("insert into heads (size, root, signed) values (%s, %s, %s)", self._heads(store, sizes))

    def _heads(self, store: MemoryNodes, sizes: list[int]) -> list[tuple[int, bytes, str]]:
        key, party, now = self.trap.hub.folder.load("log"), self.trap.hub.config.party, int(time.time())
        roots = [(size, root(store, size)) for size in sizes]
        return [(size, at, sign_head(party, size=size, root=at, at=now, key=key)) for size, at in roots]

    def erase(self, old: Stored) -> None:
        """Take a content away, as a rule would when its time has ended."""
        self.database.execute("update ledger_entries set content = null where id = %s", (old.id,))

    def misfile(self, old: Stored, beside: Stored) -> None:
        """File an entry under somebody else, with their key: its own subject sees it no more."""
        key = self._key(beside.subject, beside.year)
        content = key.encrypt(old.salt + canonical(old.entry), context=f"ledger_entries:{b64(old.leaf)}")
        query = "update ledger_entries set content = %s, subject = %s where id = %s"
        self.database.execute(query, (content, beside.subject, old.id))

    def add(self, beside: Stored, entry: Entry) -> None:
        """Enter something that never happened, in the books of the same case."""
        salt = beside.salt
        leaf = leaf_hash(salt, canonical(entry))
        content = self._shut(beside, leaf, entry)
        self.database.execute(
            "insert into ledger_entries (leaf, case_ref, subject, year, content)"
            " select %s, case_ref, subject, year, %s from ledger_entries where id = %s",
            (leaf, content, beside.id),
        )

    def _open(self, id: int, index: int, leaf: bytes, subject: bytes, year: int, content: bytes) -> Stored:
        salt, plain = self.vault.open_entry(self._key(subject, year), leaf, content)
        entry = msgspec.json.decode(plain, type=Entry)
        return Stored(id=id, index=index, leaf=leaf, subject=subject, year=year, salt=salt, entry=entry)

    def _key(self, subject: bytes, year: int) -> ContentKey:
        query = "select key_month, key_wrapped from ledger_keys where subject = %s and year = %s"
        row = self.database.execute(query, (subject, year)).fetchone()
        assert row is not None
        return self.vault.keys.ledger_key(subject, year, WrappedKey(period=row[0], wrapped=row[1]))

    def _shut(self, old: Stored, leaf: bytes, entry: Entry) -> bytes:
        key = self._key(old.subject, old.year)
        return key.encrypt(old.salt + canonical(entry), context=f"ledger_entries:{b64(leaf)}")

    def _write(self, old: Stored, *, content: bytes, leaf: bytes) -> None:
        query = "update ledger_entries set content = %s, leaf = %s where id = %s"
        self.database.execute(query, (content, leaf, old.id))


def milder(entry: Entry) -> Entry:
    """The entry as its operator would like it to read: nothing sensitive was asked."""
    return replace(entry, lines=entry.lines[:0], purpose="a look at the weather", at=entry.at)


def long_ago() -> int:
    """A time long enough ago that nothing is under way any more, and still this year or close to it."""
    return int(datetime.now(UTC).timestamp()) - 120
