"""The auditor believes nobody: it keeps its own leaves, names what was rewritten, and co-signs only what continues."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from mianzheng.cases.sequencing import consistency, fold_pending
from mianzheng.credentials.keys import PrivateKey
from mianzheng.exchange.peers import Got, Peers, Reply, Silent
from mianzheng.gateway.log import Line
from mianzheng.gateway.readers import Reader
from mianzheng.ledger.heads import Head, read_cosignature, read_head, sign_head
from mianzheng.model.canonical import b64
from mianzheng.model.witnessing import WitnessRequest
from mianzheng.store.engine import Store
from mianzheng.store.ledger import HeadRow, last_head
from mianzheng.web import audit
from mianzheng.web.access import Access
from mianzheng.web.audit import Auditor, HeadRefused
from mianzheng.web.audit_state import AuditState
from mianzheng.web.auditor import create_auditor
from mianzheng.web.auditor_config import AuditorConfig
from tests.cases.hub_world import published, world
from tests.gateway.world import OLD
from tests.store.postgres import fresh_database, server
from tests.web.hub_client import Resident, hub
from tests.web.rights import groups, served

T = TypeVar("T")


def hub_log_key() -> PrivateKey:
    return world().key("hub", "log")


class HubPeers(Peers):
    """The hub's application and the world's gateways, without a network."""

    def __init__(self, client: TestClient[Any]) -> None:
        super().__init__({}, timeout=1.0)
        self.hub = client

    async def get(self, party: str, path: str, headers: Mapping[str, str]) -> Reply:
        client = self.hub if party == "hub" else world().clients[party]
        answer = await asyncio.to_thread(client.get, path, headers=dict(headers))
        return Got(unverified=answer.content) if answer.status_code == 200 else Silent(reason=answer.text)


class Scene:
    """A hub with a ledger of its own, and an auditor of it."""

    def __init__(self, client: TestClient[Any], url: str, folder: Path) -> None:
        self.client = client
        self.url = url
        self.folder = folder
        self.auditor = self.new_auditor()

    def new_auditor(self) -> Auditor:
        gateways = {name: f"http://{name}.invalid" for name in world().clients}
        keys = str(world().keys / "auditor")
        config = AuditorConfig(port=1, hub_url="http://hub.invalid", gateways=gateways, keys=keys)
        auditor = Auditor(config, AuditState(self.folder / "audit.sqlite"))
        auditor.peers = HubPeers(self.client)
        return auditor

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def more(self) -> HeadRow:
        """Add entries to the ledger, and fold them."""
        resident = Resident(self.client, OLD)
        resident.sign_in()
        resident.run("old-age-allowance")
        return self.fold()

    def fold(self) -> HeadRow:
        async def work() -> HeadRow:
            store = Store(self.url, pool=2)
            key = world().key("hub", "log")
            await fold_pending(store, ledger="hub", key=key, now=datetime.now(UTC))
            async with store.connection() as connection:
                head = await last_head(connection)
            await store.close()
            assert head is not None
            return head

        return self.run(work())

    def change(self, statement: str, **values: Any) -> None:
        """Do what only somebody with the hub's database can."""

        async def work() -> None:
            store = Store(self.url, pool=2)
            async with store.connection() as connection:
                await connection.execute(text(statement), values)
            await store.close()

        self.run(work())

    def proof(self, first: int, second: int) -> tuple[str, ...]:
        async def work() -> tuple[str, ...]:
            store = Store(self.url, pool=2)
            async with store.connection() as connection:
                found = await consistency(connection, first, second)
            await store.close()
            return tuple(b64(node) for node in found)

        return self.run(work())

    def codes(self) -> set[str]:
        return {finding.code for finding in self.auditor.state.findings}

    def cosign(self, head: HeadRow, first: int = 0) -> str:
        request = WitnessRequest(head=head.signed, consistency=self.proof(first, head.size) if first else ())
        return self.run(self.auditor.witness(request)).cosignature


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    url = fresh_database(server(), template=published()[0])
    with hub(database_url=url, keystore=str(tmp_path / "keystore")) as client:
        yield Scene(client, url, tmp_path)


def test_an_honest_ledger_is_copied_and_co_signed_head_after_head(scene: Scene) -> None:
    first = scene.more()
    token = scene.cosign(first)
    witnessed = read_cosignature(token, trust=scene.auditor.trust, at=int(datetime.now(UTC).timestamp()))
    assert (witnessed.witness, witnessed.head.size) == ("auditor", first.size)
    second = scene.more()
    assert scene.cosign(second, first.size)
    scene.run(scene.auditor.catch_up())
    assert len(scene.auditor.state.leaves) == second.size and scene.auditor.state.findings == []


def test_what_it_knows_it_knows_after_a_restart(scene: Scene) -> None:
    head = scene.more()
    scene.cosign(head)
    scene.auditor.state.close()
    again = scene.new_auditor()
    assert len(again.state.leaves) == head.size
    assert again.state.last_signed is not None and again.state.last_signed.size == head.size


def test_one_leaf_rewritten_and_signed_anew_by_the_hub_is_named(scene: Scene) -> None:
    head = scene.more()
    scene.run(scene.auditor.catch_up())
    scene.change("update ledger_entries set leaf = :leaf where leaf_index = 5", leaf=b"\7" * 32)
    scene.change("update tree_nodes set hash = :leaf where level = 0 and index = 5", leaf=b"\7" * 32)
    forged = sign_head("hub", size=head.size, root=b"\7" * 32, at=int(head.at.timestamp()), key=hub_log_key())
    scene.change("update heads set root = :root, signed = :signed", root=b"\7" * 32, signed=forged)
    scene.run(scene.auditor.catch_up())
    assert {"rewritten-head", "changed-row"} <= scene.codes()
    assert {finding.index for finding in scene.auditor.state.findings if finding.code == "changed-row"} == {5}


def test_leaves_taken_back_are_named(scene: Scene) -> None:
    head = scene.more()
    scene.run(scene.auditor.catch_up())
    shorter = sign_head(
        "hub", size=3, root=scene.auditor.state.root_of(3), at=int(head.at.timestamp()), key=hub_log_key()
    )
    scene.change("delete from heads")
    scene.change(
        "insert into heads (size, root, signed) values (3, :root, :signed)",
        root=scene.auditor.state.root_of(3),
        signed=shorter,
    )
    scene.run(scene.auditor.catch_up())
    assert "ledger-shrunk" in scene.codes()


@pytest.mark.parametrize("how", ["another root", "another key", "another ledger", "nonsense"])
def test_a_head_that_its_own_copy_does_not_give_is_not_co_signed(scene: Scene, how: str) -> None:
    head = scene.more()
    now = int(datetime.now(UTC).timestamp())
    token = {
        "another root": sign_head("hub", size=head.size, root=b"\1" * 32, at=now, key=hub_log_key()),
        "another key": sign_head("hub", size=head.size, root=head.root, at=now, key=world().key("hub", "sign")),
        "another ledger": sign_head(
            "other-hub", size=head.size, root=head.root, at=now, key=world().key("other-hub", "log")
        ),
        "nonsense": "a.b.c",
    }[how]
    with pytest.raises(HeadRefused):
        scene.run(scene.auditor.witness(WitnessRequest(head=token, consistency=())))
    assert scene.auditor.state.last_signed is None


def test_a_proof_from_before_a_crash_accuses_nobody_for_its_own_copy_says_what_continues(scene: Scene) -> None:
    scene.cosign(scene.more())
    second = scene.more()
    scene.run(scene.auditor.witness(WitnessRequest(head=second.signed, consistency=())))
    assert scene.codes() == set()
    last = scene.auditor.state.last_signed
    assert isinstance(last, Head) and last.size == second.size


def read_to_the_end(scene: Scene) -> None:
    """Read the gateways' logs, which are long where other tests used them, a part at a time."""
    read = -1
    while read != (read := len(scene.auditor.state.findings)):
        scene.run(scene.auditor.read_logs())


def test_an_answer_without_an_asked_entry_is_found_in_a_gateways_log(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SETTLE_SECONDS", -5)
    scene.more()
    scene.run(scene.auditor.catch_up())
    read_to_the_end(scene)
    known = {b64(leaf) for leaf in scene.auditor.state.leaves}
    found = [finding for finding in scene.auditor.state.findings if finding.code == "answer-without-asked"]
    # the gateways of these tests serve other tests' hubs too, of whose ledgers this auditor knows nothing
    assert all(finding.leaf not in known for finding in found)
    count = len(scene.auditor.state.findings)
    scene.run(scene.auditor.read_logs())
    assert len(scene.auditor.state.findings) == count


def test_how_many_entries_wait_for_a_date_is_read_with_each_gateways_log_and_published(scene: Scene) -> None:
    gateway = world().gateways["civil-affairs"]
    line = Line(kind="refused", at=gateway.now())
    reader = Reader(subject="somebody", role="spouse#1", view="after_date")
    gateway.state.commit(lambda connection: gateway.log.append(connection, line, readers=(reader,)))
    scene.run(scene.auditor.read_logs())
    assert scene.auditor.hidden == dict.fromkeys(world().clients, 0) | {"civil-affairs": 1}


def test_the_auditor_answers_over_http(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    head = scene.more()
    keys = str(world().keys / "auditor")
    config = AuditorConfig(
        port=1,
        hub_url="http://127.0.0.1:9",
        gateways={},
        keys=keys,
        state=str(scene.folder / "audit.sqlite"),
        poll_seconds=60,
    )
    app = create_auditor(config)
    assert {route: handler.opt["access"] for route, handler in served(app).items()} == {
        route: Access.ANYONE for route, group in groups("Auditor").items() if group == "public"
    }
    app.state.auditor.peers = HubPeers(scene.client)
    with TestClient(app) as client:
        assert client.get("/health").json()["status"] == "ok"
        assert client.get("/witness").json() == {"size": 0, "root": ""}
        body = msgspec.json.encode(WitnessRequest(head=head.signed, consistency=()))
        answer = client.post("/witness", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200 and answer.json()["cosignature"]
        assert client.get("/witness").json()["size"] == head.size
        assert len(client.get("/leaves").json()["leaves"]) == head.size
        assert client.get("/findings").json() == []
        app.state.auditor.hidden = {"civil-affairs": 2}
        assert client.get("/hidden").json() == {"civil-affairs": 2}
        wrong = client.post("/witness", json={"head": "a.b.c", "consistency": []})
        assert wrong.json()["code"] == "head-invalid"
    assert read_head(head.signed, trust=scene.auditor.trust, role="hub", at=int(head.at.timestamp())).size == head.size
