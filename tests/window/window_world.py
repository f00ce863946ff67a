"""A window before a real hub on loopback, with the small world's authority, a chip reader and a camera."""

from __future__ import annotations

import html
import logging
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx
import msgspec
import uvicorn
from litestar.testing import TestClient
from litestar.types import Receive, Scope, Send

from mianzheng.authority.bundles import make_bundle
from mianzheng.authority.mandates import grant, take_back
from mianzheng.authority.presence import start
from mianzheng.authority.presence_answers import answer
from mianzheng.authority.standing import change
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.pin_key import close_key
from mianzheng.devices.reader import ChipReader
from mianzheng.exchange.peers import Got, Letter, Refusal, Reply
from mianzheng.model.authorisation import Draft
from mianzheng.model.devices import Card
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import SealedSignIn
from mianzheng.web.app import create_hub
from mianzheng.window.app import create_window
from mianzheng.window.clerk import Clerk
from mianzheng.window.config import WindowConfig
from mianzheng.window.sitting import Opened
from tests.authority.presence_world import AUTHORITY, HELD, RIGHT
from tests.authority.presence_world import Window as Presences
from tests.cases.hub_world import WorldPeers, shared, world
from tests.gateway.world import NAMES
from tests.web.hub_client import Resident, config

PORT = 7311
ITEM = "old-age-allowance"
_AT_AUTHORITY = {
    "/presences": start,
    "/presences/answers": answer,
    "/mandates": grant,
    "/mandates/returns": take_back,
    "/mandates/changes": change,
}
_WORDS = {"立户": "household", "家人": "lives", "身份证": "card", "乡镇": "town"}


class Wire:
    """All that reached the hub over HTTP: method, path with its query, body."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.seen: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and keep it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        self.seen.append(f"{scope['method']} {scope['path']}?".encode() + scope["query_string"])

        async def kept() -> Any:
            message = await receive()
            self.seen.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]
            return message

        return await self.app(scope, kept, send)


class Bench:
    """One window with all that stands around it."""

    def __init__(self, folder: Path, hub: Any, wire: Wire, presences: Presences, client: TestClient[Any]) -> None:
        self.folder = folder
        self.hub = hub
        self.wire = wire
        self.presences = presences
        self.client = client
        self.slot = folder / "card.json"
        self.camera = folder / "face.img"

    @property
    def clerk(self) -> Clerk:
        """What the program holds."""
        found: Clerk = self.client.app.state.clerk
        return found

    def get(self, path: str = "/window", **more: Any) -> httpx.Response:
        """Open a page."""
        return self.client.get(path, **more)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Press a button: the form's token is taken from the desk."""
        token = re.search(r'name="_csrf_token" value="([^"]+)"', self.get("/window/shift").text)
        assert token is not None
        return self.client.post(f"/window/{path}", data={"_csrf_token": token[1], **fields})

    def hub_world(self) -> Any:
        """The small world behind the hub, as helpers of case tests take it."""
        return SimpleNamespace(world=world(), hub=self.hub)

    def sit_down(self) -> httpx.Response:
        """Draw a number and call it."""
        self.post("draw")
        return self.post("next")

    def seen_with_nothing(self, number: str) -> httpx.Response:
        """See somebody by two staff and two questions."""
        self.presences.person(number, held=HELD)
        self.post("person", number=number, how="window")
        return self.post("person/answers", **self.right())

    def right(self) -> dict[str, str]:
        """What somebody with `HELD` rows says to what was asked."""
        assert self.clerk.sitting is not None and self.clerk.sitting.asked is not None
        questions = self.clerk.sitting.asked.asked.questions
        said = [next(RIGHT[kind] for word, kind in _WORDS.items() if word in one.zh) for one in questions]
        return {f"answer-{place}": text for place, text in enumerate(said, start=1)}

    @contextmanager
    def resident(self, number: str) -> Iterator[Phone]:
        """Somebody with a phone and a key of their own, signed in on it."""
        self.enrolled(number)
        with httpx.Client(base_url=self.clerk.config.hub_api) as client:
            yield Phone(client, number)

    def enrolled(self, number: str) -> None:
        """Have the authority know somebody of the small world by name, as an agent must be."""
        enrol(self.presences, number)

    def put_card(self, number: str) -> None:
        """Lay the card of somebody enrolled into the reader."""
        self.presences.person(number, held=HELD)
        lay_card(self.slot, number)


def enrol(presences: Presences, number: str) -> None:
    """Have the authority know somebody of the small world by name and key."""
    with closing(sqlite3.connect(presences.enrolment)) as enrolment, enrolment:
        row = (number, NAMES[number], world().people[number].kid, "software", 3)
        enrolment.execute("INSERT OR REPLACE INTO enrolled VALUES (?, ?, ?, ?, ?)", row)


def lay_card(slot: Path, number: str) -> None:
    """Lay somebody's card into a reader's slot."""
    slot.write_bytes(msgspec.json.encode(Card(number=number, issued_on="2019-03-14")))
    slot.chmod(0o600)


class Phone:
    """A resident's own phone, over HTTP before the same hub."""

    def __init__(self, client: httpx.Client, number: str) -> None:
        self.person = Resident(client, number)  # type: ignore[arg-type]
        self.person.sign_in()

    def code(self) -> str:
        """A code to say to the clerk, as people group it."""
        made = str(self.person.post("/meetings", {}).json()["code"])
        return f"{made[:4]} {made[4:]}"

    def sign(self, opened: Opened) -> None:
        """Sign what the window prepared."""
        assert self.person.authorise(opened.draft, opened.openings).decision == "granted"

    def sign_newest(self) -> None:
        """Sign the newest plan that waits, of an item that asks nothing of the person."""
        case = self.person.get("/cases").json()[0]["case"]
        draft = msgspec.json.decode(self.person.get(f"/cases/{case}/authorisation").content, type=Draft)
        assert self.person.authorise(draft, ()).decision == "granted"


def text_of(answer: httpx.Response) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Serve a hub on loopback and a window before it, in this process; end both afterwards."""
    with (
        _city(folder) as (presences, wire, settings),
        TestClient(create_window(settings), base_url=f"https://127.0.0.1:{PORT}") as client,
    ):
        yield Bench(folder, wire.app.state.hub, wire, presences, client)


class ServedWindow(NamedTuple):
    """A window for a browser: its address, who can be seen there, the hub's API, where reader and camera look."""

    address: str
    presences: Presences
    hub_api: str
    slot: Path
    camera: Path


@contextmanager
def served_window(folder: Path) -> Iterator[ServedWindow]:
    """Serve hub and window over HTTP for a browser."""
    with _city(folder) as (presences, _, settings), socket.create_server(("127.0.0.1", 0)) as listening:
        own = msgspec.structs.replace(settings, port=listening.getsockname()[1])
        with _serving(create_window(own), listening):
            address = f"http://localhost:{own.port}/window"
            yield ServedWindow(address, presences, own.hub_api, folder / "card.json", Path(own.camera))


@contextmanager
def _city(folder: Path) -> Iterator[tuple[Presences, Wire, WindowConfig]]:
    """Serve a hub before the small world's gateways, and a chip reader."""
    with ThreadPoolExecutor(1) as aside:  # a browser's test runs in a loop already, and this one needs its own
        aside.submit(shared).result()
    presences = Presences(world(), folder)
    app = create_hub(config())
    app.state.hub.peers = _peers(presences)
    wire = Wire(app)
    reader = ChipReader("reader", world().keys / "reader", folder / "card.json").device(0)
    threading.Thread(target=reader.serve_forever, daemon=True).start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening, _serving(wire, listening):
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            yield presences, wire, _settings(folder, url, reader.url)
    finally:
        reader.shutdown()
        reader.server_close()


PINS = {"clerk": "246801", "witness": "135790"}


def closed_keys(folder: Path) -> Path:
    """Close the keys of clerk and witness by their PINs into a folder of their own."""
    staff, made = world().keys / "staff" / "civil-affairs", folder / "seats"
    made.mkdir()
    for name, pin in PINS.items():
        close_key(PrivateKey.from_file(staff / f"{name}.jwk.json"), pin, made / f"{name}.closed.json")
        (made / f"{name}.certificate").write_bytes((staff / f"{name}.certificate").read_bytes())
    return made


def _settings(folder: Path, url: str, reader: str) -> WindowConfig:
    seats = closed_keys(folder)
    return WindowConfig(
        port=PORT,
        hub_api=f"{url}/api",
        hub_pages=url,
        keys=str(world().keys / "public"),
        clerk=str(seats / "clerk.closed.json"),
        witness=str(seats / "witness.closed.json"),
        demo_pins=PINS,
        reader=reader,
        camera=str(folder / "face.img"),
        window="3",
    )


def _peers(presences: Presences) -> WorldPeers:
    """The world's gateways; presences and bundles are the authority's of `presences`."""
    peers = WorldPeers(world())

    def instead(letter: Letter) -> Reply | None:
        if letter.party != AUTHORITY:
            return None
        try:
            if letter.path in _AT_AUTHORITY:
                sealed = msgspec.json.decode(letter.body, type=SealedSignIn).sealed
                return Got(unverified=_AT_AUTHORITY[letter.path](presences.authority, sealed))
            if letter.path == "/bundles":
                return Got(unverified=make_bundle(presences.authority, letter.body))
        except MianzhengError as error:
            return Refusal(code=error.code, detail=error.message, status=403)
        return None

    peers.instead = instead
    return peers


@contextmanager
def _serving(app: Any, listening: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level=logging.WARNING, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    for _ in range(1500):
        if server.started:
            break
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
