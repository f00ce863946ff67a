"""Whoever steals the hub's database, files, logs and settings finds nobody, knowing every number in the city.

Only the key store is kept from the thief. Values are planted by cases that real people run: their
numbers and names, a form value, an account, answers, signatures, credentials. A leak planted on
purpose is found in every wrapping, so that finding nothing means something.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import duckdb
import msgspec
import psycopg
import pytest

from mianzheng.cases.hub import Hub
from mianzheng.cases.loading import load
from mianzheng.client.wallet import Kept
from mianzheng.credentials.at_rest import KeyStore
from mianzheng.credentials.keys import BadKey
from mianzheng.model.canonical import unb64
from mianzheng.model.case import State
from mianzheng.web.parts import close_hub, make_hub
from tests.city_wide import dump_search
from tests.city_wide.dishonest_hub import LABOUR, Grasp, replace
from tests.city_wide.dump_search import Hay, Needles, search
from tests.city_wide.trap import ITEM, Trap

PURPOSE = "去瑞典乌普萨拉大学读博士"
NOBODY = "110101199003078515"  # not a resident: planted where a test wants it found
PURPOSES = ("cases", "ledger", "ledger-case", "pairwise:hub", "pairwise", "id:pairwise:hub")
USER_TABLES = """
select distinct pg_relation_filepath(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'i', 't') and (n.nspname in ('public', 'jobs') or c.oid in (
    select t.reltoastrelid from pg_class t join pg_namespace m on m.oid = t.relnamespace
    where m.nspname in ('public', 'jobs')))
"""


class Theft:
    """What was stolen, and what the thief knows."""

    def __init__(self, trap: Trap) -> None:
        self.trap = trap
        self.folder = trap.city.data / "hub"
        self.url = trap.hub.config.database_url
        self.people = self._people()
        self.texts: dict[str, str] = {}
        self.waiting = ""
        self.dump = b""

    @property
    def needles(self) -> Needles:
        """Everybody's numbers, and what the cases planted."""
        return Needles(numbers=frozenset({*self.people, NOBODY}), texts=self.texts)

    def plant(self) -> None:
        """Run cases; steal the database while one of them waits in the queue of jobs."""
        number = next(number for number in self.trap.city.people(ITEM, "granted", 9) if len(self.people[number]) > 2)
        _, view, granted = self.trap.finished(number)
        self.texts |= {
            "name": self.people[number],
            "account": self._account(number),
            "credential": view.credential or "",
        }
        self._plant(granted)
        stated = self.trap.person(self.trap.bystanders[0])
        opened = self.trap.run(stated.apply("no-criminal-record", {"purpose": PURPOSE}))
        self._plant(self.trap.hub.grasp(self.trap.run(stated.authorise(*opened)).case))
        self.texts["form value"] = PURPOSE
        os.kill(self.trap.city.pid(LABOUR), signal.SIGKILL)
        try:
            waiting = self.trap.finished(number)[1]
            assert waiting.state is State.WAITING_REGISTER
            self.waiting, self.dump = waiting.case, dump_search.dump(self.url)
        finally:
            self.trap.city.start_what_died()

    def files(self) -> Iterator[Hay]:
        """The hub's tables and indexes as they lie on disk, and the server's write-ahead log."""
        server = self.folder / "postgres"
        with psycopg.connect(self.url, autocommit=True) as database:
            database.execute("checkpoint")
            paths = [path for (path,) in database.execute(USER_TABLES).fetchall() if path]
        yield from ((path, (server / path).read_bytes()) for path in paths if (server / path).exists())
        yield from ((name, data.rstrip(b"\0")) for name, data in dump_search.files(server / "pg_wal"))

    def texts_on_disk(self) -> Iterator[Hay]:
        """Logs of hub, worker and database server; the hub's settings."""
        logs = self.trap.city.data / "logs"
        for path in (logs / "hub.log", logs / "worker.log", self.folder / "postgres" / "log", self.folder / "hub.json"):
            yield path.name, path.read_bytes()

    def secrets(self) -> list[bytes]:
        """Everything in the hub's settings that might have served as a key."""
        keys = Path(self.trap.hub.config.keys)
        texts = re.findall(r'"([^"]*)"', (self.folder / "hub.json").read_text())
        parties = [
            party for party in self.trap.hub.trust.list.parties if not party.department or "authority" in str(party)
        ]
        texts += [part for party in parties for key in party.keys for part in (key.jwk.x, key.jwk.y)]
        trusted = msgspec.json.decode((keys / "trust.json").read_bytes(), type=dict[str, object])
        return [b"", *(text.encode() for text in texts), str(trusted["payload"]).encode()]

    def applicants(self) -> set[str]:
        """The numbers of everybody who has a case; nobody else has a row."""
        wallet = (path for path in (self.trap.city.data / "wallet").glob("*.json") if "holder" not in path.name)
        return {msgspec.json.decode(path.read_bytes(), type=Kept).resident for path in wallet}

    def _plant(self, grasp: Grasp) -> None:
        self.texts[f"pairwise id of {grasp.case}"] = grasp.pairwise
        self.texts[f"authorisation of {grasp.case}"] = grasp.authorisation.decode()
        self.texts[f"signature of {grasp.case}"] = grasp.assertion.signature
        for sheet in grasp.sheets:
            disclosure = sheet.token.split("~")[1]
            self.texts[f"answer {disclosure[:12]}"] = unb64(disclosure).decode()

    def _people(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in (self.trap.city.data / "enrolment").glob("*.sqlite"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as state:
                found |= dict(state.execute("SELECT number, name FROM enrolled").fetchall())
        return found

    def _account(self, number: str) -> str:
        with duckdb.connect(str(self.trap.city.data / "truth.duckdb"), read_only=True) as truth:
            row = truth.execute("SELECT card_account FROM social_insurance WHERE subject = ?", [number]).fetchone()
        assert row is not None
        return str(row[0])


@pytest.fixture(scope="module")
def theft(trap: Trap) -> Theft:
    """The stolen hub."""
    made = Theft(trap)
    made.plant()
    return made


# -- the search works


def wrappings() -> dict[str, Callable[[str], bytes]]:
    """Every way in which a text may lie about."""
    found: dict[str, Callable[[str], bytes]] = {
        "utf-8": lambda text: text.encode(),
        "gbk": lambda text: text.encode("gbk"),
        "utf-16": lambda text: text.encode("utf-16-le"),
        "utf-16-be": lambda text: text.encode("utf-16-be"),
        "hex": lambda text: text.encode().hex().encode(),
        "HEX": lambda text: text.encode().hex().upper().encode(),
        "hex of gbk": lambda text: text.encode("gbk").hex().encode(),
        "url": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
        "url of gbk": lambda text: quote(text + "，", encoding="gbk").encode(),
        "hex of base64url": lambda text: base64.urlsafe_b64encode(text.encode()).hex().encode(),
        "base64 of url": lambda text: base64.b64encode(quote(text + "，").encode()),
    }
    for offset in range(3):
        found[f"base64 at {offset}"] = lambda text, o=offset: base64.b64encode(b"z" * o + text.encode())  # type: ignore[misc]
        found[f"base64 of gbk at {offset}"] = lambda text, o=offset: base64.b64encode(b"z" * o + text.encode("gbk"))  # type: ignore[misc]
    return found


@pytest.mark.parametrize("text", [NOBODY, "欧阳修远"])
@pytest.mark.parametrize("how", sorted(wrappings()))
def test_a_planted_leak_is_found_in_every_wrapping(how: str, text: str) -> None:
    needles = Needles(numbers=frozenset({NOBODY}), texts={"name": "欧阳修远"})
    leak = b"some bytes before \x00\xff" + wrappings()[how](text) + b"\n and after"
    assert search([("here", leak)], needles)
    assert search([("a dump", b"\\\\x" + leak.hex().encode())], needles)


@pytest.mark.parametrize("written", [NOBODY.lower(), NOBODY[:6] + NOBODY[8:17]])
def test_a_number_is_found_in_its_other_spellings(written: str) -> None:
    assert search([("here", f"id={written};".encode())], Needles(numbers=frozenset({NOBODY}), texts={}))


def test_the_planted_values_are_found_where_they_belong(theft: Theft) -> None:
    data = theft.trap.city.data
    found = "\n".join(search(dump_search.files(data / "enrolment"), theft.needles, depth=0))
    assert "number 3" in found and "name in utf-8" in found
    wallet = "\n".join(search(dump_search.files(data / "wallet"), theft.needles, depth=2))
    assert "credential" in wallet


def test_a_leak_in_a_table_or_a_job_is_found_in_dump_and_files(theft: Theft) -> None:
    job = f'{{"case": "{NOBODY}"}}'
    with psycopg.connect(theft.url, autocommit=True) as database:
        database.execute("set search_path to public, jobs")
        try:
            database.execute(
                "insert into findings (code, party, case_id, detail) values ('leak', '', '', %s)", (NOBODY,)
            )
            query = "insert into procrastinate_jobs (queue_name, task_name, args, status)"
            database.execute(f"{query} values ('q', 'leak', %s, 'aborted')", (job,))
            lines = [line for line in dump_search.dump(theft.url).splitlines() if b"leak" in line]
            found = search([(str(number), line) for number, line in enumerate(lines)], theft.needles, depth=0)
            assert len(found) == 2
            assert any(NOBODY in one for one in search(theft.files(), theft.needles, depth=0))
        finally:
            database.execute("delete from findings where code = 'leak'")
            database.execute("delete from procrastinate_jobs where task_name = 'leak'")


# -- nobody is found


def test_nobody_is_found_in_the_dump_of_the_database(theft: Theft) -> None:
    assert theft.waiting.encode() in theft.dump
    assert search([("dump", theft.dump)], theft.needles) == []


def test_nobody_is_found_in_the_arguments_of_jobs(theft: Theft) -> None:
    jobs = [line for line in theft.dump.splitlines() if b"mianzheng.advance" in line and theft.waiting.encode() in line]
    assert jobs
    assert search([("job", line) for line in jobs], theft.needles) == []


def test_nobody_is_found_in_the_data_files_and_the_write_ahead_log(theft: Theft) -> None:
    files = list(theft.files())
    assert sum(len(data) for _, data in files) > 1_000_000
    real = replace(theft.needles, numbers=theft.needles.numbers - {NOBODY})
    assert search(files, real, depth=1) == []


def test_nobody_is_found_in_logs_and_settings(theft: Theft) -> None:
    texts = list(theft.texts_on_disk())
    assert all(data for _, data in texts)
    assert search(texts, theft.needles) == []


# -- nobody is derived


def test_no_pseudonym_follows_from_a_number_and_the_settings(theft: Theft) -> None:
    named = dump_search.names_in(theft.dump)
    derived = dump_search.pseudonyms(theft.applicants(), theft.secrets(), PURPOSES)
    assert len(named) > 100 and len(derived) > 1_000
    assert {derived[name] for name in named & derived.keys()} == set()


def test_a_pseudonym_made_with_a_key_from_the_settings_would_be_found(theft: Theft) -> None:
    number, party = next(iter(theft.applicants())), theft.trap.hub.config.party
    ((name, _),) = list(dump_search.pseudonyms([number], [party.encode()], ["cases"]).items())[-1:]
    leak = b"\\\\x" + (name * 2).hex().encode()
    derived = dump_search.pseudonyms(theft.applicants(), theft.secrets(), PURPOSES)
    assert {derived[found] for found in dump_search.names_in(leak) & derived.keys()} == {number}


def test_the_tables_of_one_dump_do_not_join_by_person_or_case(theft: Theft) -> None:
    with psycopg.connect(theft.url) as database:
        owners = {bytes(row[0]) for row in database.execute("select owner from cases")}
        subjects = {bytes(row[0]) for row in database.execute("select subject from ledger_entries")}
        cases = {row[0].encode() for row in database.execute("select id from cases")}
        references = {bytes(row[0]) for row in database.execute("select case_ref from ledger_entries")}
    assert owners and subjects and not owners & subjects
    assert cases and references and not cases & references


# -- a backup older than an erasure


@pytest.fixture()
def restored(theft: Theft) -> Iterator[str]:
    """Yesterday's backup in a database of its own."""
    base, _, where = theft.url.partition("/mianzheng_hub")
    with psycopg.connect(f"{base}/postgres{where}", autocommit=True) as database:
        database.execute("create database restored")
        try:
            url = f"{base}/restored{where}"
            dump_search.restore(url, theft.dump)
            yield url
        finally:
            database.execute("drop database restored with (force)")


def test_a_backup_older_than_an_erasure_opens_nothing(theft: Theft, restored: str, tmp_path: Path) -> None:
    folder = tmp_path / "keystore"
    shutil.copytree(theft.folder / "keystore", folder)
    hub = make_hub(replace(theft.trap.hub.config, database_url=restored, keystore=str(folder)))
    assert theft.trap.run(opened(hub)) > 3
    store = KeyStore(folder)
    for period in store.periods():
        store.erase(period)
    again = make_hub(replace(theft.trap.hub.config, database_url=restored, keystore=str(folder)))
    assert theft.trap.run(opened(again)) == 0
    for one in (hub, again):
        theft.trap.run(close_hub(one))
    assert search([("restored", dump_search.dump(restored))], theft.needles, depth=2) == []


async def opened(hub: Hub) -> int:
    """Return how many cases and ledger contents this hub can still read of its database."""
    async with hub.store.connection() as connection:
        cases = [row[0] for row in (await connection.exec_driver_sql("select id from cases limit 20")).all()]
        query = "select leaf, subject, year, content from ledger_entries where leaf_index > 0 limit 20"
        entries = (await connection.exec_driver_sql(query)).all()
        read = 0
        for leaf, subject, year, content in entries:
            try:
                key = await hub.vault.subject_key(connection, bytes(subject), year)
                read += bool(hub.vault.open_entry(key, bytes(leaf), bytes(content)))
            except BadKey as error:
                assert error.code == "erased"
    for case in cases:
        try:
            read += bool((await load(hub, case)).opening.pairwise)
        except BadKey as error:
            assert error.code == "erased"
    return read
