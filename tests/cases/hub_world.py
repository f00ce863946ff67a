"""A hub over the real gateways and authorities of `tests.gateway.world`, in one process, with faults to order."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from mianzheng.cases.authorising import authorise
from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Library
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import Applicant, draft_of, open_case
from mianzheng.cases.publishing import hand_in, move, take_approvals
from mianzheng.cases.timings import Timings
from mianzheng.cases.vault import Vault
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.at_rest import KeyStore
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.stamps import root_of
from mianzheng.credentials.trust import TrustStore
from mianzheng.exchange.peers import Got, Letter, Peers, Refusal, Reply, Silent
from mianzheng.gateway.approving import approve
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.authorisation import Authorisation, Draft, FormValue, form_digest
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.identity import Assertion
from mianzheng.model.problem import Problem
from mianzheng.model.publishing import Certified, ItemStep
from mianzheng.store.engine import Store
from mianzheng.store.jobs import jobs_app
from tests.gateway.world import FIRM, ORIGIN, RP_ID, World, sign_in
from tests.store.postgres import drop_database, fresh_database, server

TEST_TIMINGS = Timings(
    gateway_seconds=2.0,
    retry_first_seconds=1.0,
    retry_cap_seconds=8.0,
    clock_scale=0.0001,
    lease_seconds=5.0,
    sequence_seconds=0.05,
    witness_seconds=0.2,
    sweep_seconds=0.1,
)


@cache
def world() -> World:
    """Build keys, registers, gateways and authorities once a process."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="mianzheng-world-"))
    made = World(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(made.close)
    return made


async def _nothing(letter: Letter) -> None:
    return None


class WorldPeers(Peers):
    """The world's gateways without a network. `down` are silent; `change` may alter what a party answers."""

    def __init__(self, made: World) -> None:
        super().__init__({name: f"world://{name}" for name in made.clients}, timeout=2.0)
        self.world = made
        self.down: set[str] = set()
        self.lost: set[str] = set()  # these do what is asked, and their answer is lost
        self.before: Callable[[Letter], Awaitable[None]] = _nothing
        self.after: Callable[[Letter], Awaitable[None]] = _nothing
        self.change: Callable[[Letter, bytes], bytes] = lambda letter, body: body
        self.instead: Callable[[Letter], Reply | None] = lambda letter: None
        self.sent: list[Letter] = []

    async def post(self, letter: Letter) -> Reply:
        await self.before(letter)
        self.sent.append(letter)
        if letter.party in self.down or letter.party not in self.world.clients:
            return Silent(reason="down")
        if (reply := self.instead(letter)) is not None:
            return reply
        client = self.world.clients[letter.party]
        answer = await asyncio.to_thread(
            client.post, letter.path, content=letter.body, headers={"content-type": letter.content_type}
        )
        await self.after(letter)
        if letter.party in self.lost:
            return Silent(reason="lost")
        if answer.status_code >= 400:
            problem = msgspec.json.decode(answer.content, type=Problem)
            return Refusal(code=problem.code, detail=problem.detail, status=problem.status)
        return Got(unverified=self.change(letter, answer.content))

    async def get(self, party: str, path: str, headers: Mapping[str, str]) -> Reply:
        if party in self.down or party not in self.world.clients:
            return Silent(reason="down")
        answer = await asyncio.to_thread(self.world.clients[party].get, path, headers=dict(headers))
        return Got(unverified=answer.content)

    def asked(self, path: str) -> list[str]:
        """The parties that were sent something for a path, in order."""
        return [letter.party for letter in self.sent if letter.path == path]


class HubWorld:
    """One hub of its own database over the shared world; `ahead` moves the hub's clock only."""

    def __init__(self, made: World, url: str, folder: Path, *, timings: Timings = TEST_TIMINGS) -> None:
        self.world = made
        self.url = url
        self.keystore = folder / "keystore"
        self.timings = timings
        self.ahead = timedelta(0)
        self.peers = WorldPeers(made)
        self._stores: list[Store] = []
        self.hub = self.new_hub()

    def new_hub(self) -> Hub:
        """Another process of the same hub: nothing in memory is shared but the peers."""
        trust = TrustStore.load(self.world.keys / "hub" / "trust.json", self.world.keys / "hub" / "roots.json")
        store = Store(self.url, pool=4)
        self._stores.append(store)
        return Hub(
            party="hub",
            store=store,
            vault=Vault(KeyStore(self.keystore)),
            trust=trust,
            key=self.world.key("hub"),
            peers=self.peers,
            library=Library(store, self.world.catalogue.facts, self.world.catalogue.params),
            jobs=jobs_app(self.url),
            timings=self.timings,
            clock=lambda: datetime.now(UTC) + self.ahead,
            url="https://hub.example",
            stamp_root=root_of(self.world.keys / "hub"),
        )

    async def publish_all(self) -> None:
        """Hand in, approve and publish every item of the world, as its departments do."""
        for name, certified in self.world.signed_items.items():
            await hand_in(self.hub, certified)
            await self.approve(name)
            await move(self.hub, name, 1, self.item_step(name, "publication"), step="publication")

    async def approve(self, name: str) -> None:
        """Let every department approve its questions of an item."""
        await take_approvals(self.hub, name, 1, self.approvals(name))

    def approvals(self, name: str) -> list[Certified]:
        """The approvals of every department for an item."""
        loaded = self.world.loaded[name]
        return [
            certified
            for department, gateway in self.world.gateways.items()
            for certified in approve(
                gateway, loaded, gateway.compiler.questions(loaded), self.world.steward(department)
            )
        ]

    def item_step(self, name: str, step: Any, *, department: str = "", **changes: Any) -> Certified:
        """A steward's signed step on an item."""
        loaded = self.world.loaded[name]
        fields: dict[str, Any] = {
            "item": name,
            "item_version": 1,
            "item_digest": loaded.digest,
            "step": step,
            "iat": self.hub.seconds,
        }
        steward = self.world.steward(department or loaded.item.department)
        token = jws.sign(ItemStep(**(fields | changes)), key=steward.key, typ="mz-item-step")
        return Certified(token=token, certificate=steward.certificate)

    async def apply(self, number: str, item: str = "old-age-allowance", **form: Any) -> tuple[LiveCase, Draft]:
        """Open a case as this person."""
        live = await open_case(self.hub, applicant_of(self.world, number), item, form_values(form))
        return live, draft_of(live)

    async def authorised(self, number: str, item: str = "old-age-allowance", **form: Any) -> LiveCase:
        """Open a case and hand in the signed authorisation; nothing was asked yet."""
        live, draft = await self.apply(number, item, **form)
        signed, assertion = sign_draft(self.world, number, draft, live.opening.forms)
        await authorise(live, b64(signed), assertion, live.opening.forms)
        return live

    @property
    def witnesses(self) -> tuple[str, ...]:
        """The gateways of this world: its auditor runs elsewhere."""
        return tuple(self.world.clients)

    async def reset_witnesses(self) -> None:
        """Let the gateways forget what they co-signed: each test's hub is another ledger of the same name."""
        for gateway in self.world.gateways.values():
            gateway.state.commit(_forget_hub)

    async def close(self) -> None:
        self.world.ahead = 0.0  # a test may have moved the gateways' clock as well
        for store in self._stores:
            await store.close()


@cache
def applicant_of(made: World, number: str) -> Applicant:
    """Who a person is for the hub, by the authority's word."""
    word = sign_in(made, number, "hub")
    return Applicant(pairwise=word.pairwise, authority=word.authority, level=word.level)


def form_values(form: Mapping[str, Any]) -> tuple[FormValue, ...]:
    """Salted form values."""
    return tuple(FormValue(name=n, value=v, salt=b64(secrets.token_bytes(16))) for n, v in sorted(form.items()))


def sign_draft(
    made: World, number: str, draft: Draft, forms: tuple[FormValue, ...], /, **changes: Any
) -> tuple[bytes, Assertion]:
    """The authorisation of a draft as the person's client signs it."""
    fields: dict[str, Any] = {
        "suite": draft.suite,
        "case": draft.case,
        "as_of": draft.as_of,
        "item": draft.item,
        "item_version": draft.item_version,
        "item_digest": draft.item_digest,
        "trigger": draft.trigger,
        "plan_digest": draft.plan_digest,
        "forms": tuple(sorted(form_digest(value) for value in forms)),
        "notice_digest": draft.notice_digest,
        "acts_for": None,
        "holder": PrivateKey.generate().public.jwk,
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": draft.exp,
        "salt": b64(secrets.token_bytes(16)),
    }
    signed = canonical(Authorisation(**(fields | changes)))
    return signed, assert_as(made, number, hashlib.sha256(signed).digest())


def sign_step(
    made: World, number: str, case: str, name: str, shown: object = "", *, key: PrivateKey | None = None, iat: int = 0
) -> SignedStep:
    """A step as the person's client signs it."""
    at = iat or int(datetime.now(UTC).timestamp())
    salt = b64(secrets.token_bytes(16))
    words = canonical(Step(case=case, step=name, shown=digest(canonical(shown)), salt=salt, iat=at))
    challenge = hashlib.sha256(words).digest()
    assertion = assert_as(made, number, challenge, key=key)
    return SignedStep(step=b64(words), assertion=assertion)


def assert_as(made: World, number: str, challenge: bytes, *, key: PrivateKey | None = None) -> Assertion:
    """A software assertion by the person's key (or another)."""
    return make_assertion(key or made.people[number], challenge, origin=ORIGIN, rp_id=RP_ID)


@cache
def published() -> tuple[str, Path]:
    """Publish every item once; return a database to copy from, and its key store's folder."""
    folder = world().folder / "publisher"

    async def work() -> None:
        made = HubWorld(world(), fresh_database(server(), name="template_published"), folder)
        await made.publish_all()
        await made.close()

    asyncio.run(work())
    return "template_published", folder


@cache
def shared() -> tuple[str, Path]:
    """Return the database, and its key store's folder, that the tests of one file share; `leave` ends it.

    The gateways stay the same from file to file: they forget what they co-signed and sealed, for another database is
    another ledger of the same name and counts its papers from one.
    """
    template, publisher = published()
    url, folder = fresh_database(server(), template=template), world().folder / secrets.token_hex(6)
    shutil.copytree(publisher, folder)
    for gateway in world().gateways.values():
        gateway.state.commit(_forget_hub)
    return url, folder


def leave() -> None:
    """End what the tests of one file shared; the next file begins with nothing but published items."""
    if shared.cache_info().currsize:
        url, folder = shared()
        shared.cache_clear()
        drop_database(server(), url)
        shutil.rmtree(folder)


def _forget_hub(connection: sqlite3.Connection) -> None:
    for table in ("witnessed", "stamps"):
        connection.execute(f"DELETE FROM {table}")


@asynccontextmanager
async def hub_world(own: Path | None = None, *, timings: Timings = TEST_TIMINGS) -> AsyncIterator[HubWorld]:
    """Give a hub with every item published; with `own`, over a database of its own and keys in that folder."""
    url, folder = await asyncio.to_thread(shared)
    if own is not None:
        url, folder = fresh_database(server(), template=published()[0]), own
    made = HubWorld(world(), url, folder, timings=timings)
    try:
        yield made
    finally:
        await made.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one test's work."""
    asyncio.run(work)


__all__ = ["FIRM", "HubWorld", "hub_world", "run", "sign_draft", "sign_step"]
