"""The devices do their one thing for an authority, and for nobody else."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.keys import KeyFolder, PrivateKey, Use
from mianzheng.devices.comparer import Comparer, likeness
from mianzheng.devices.line import CallLine
from mianzheng.devices.reader import ChipReader
from mianzheng.devices.serving import Device, DeviceRefused
from mianzheng.model.canonical import b64
from mianzheng.model.devices import ChipSignedIn, SignedAtReader
from mianzheng.model.identity import SignInRequest
from mianzheng.model.presence import Call, FaceQuery, FaceScore

IMAGE = bytes(range(200))
NUMBER = "331082193603020015"


class Keys:
    """The keys of a ceremony with an authority and three devices."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        parties = [
            PartySpec(party="police", roles=("gateway", "authority:person"), department="police"),
            PartySpec(party="hub", roles=("hub",)),
            PartySpec(party="reader", roles=("reader",)),
            PartySpec(party="comparer", roles=("comparer",)),
            PartySpec(party="line", roles=("call-line",)),
        ]
        hold_ceremony(folder, parties=parties, demo=True, now=int(time.time()) - 60)

    def __call__(self, party: str, use: Use = "sign") -> PrivateKey:
        return KeyFolder(self.folder / party).load(use)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("ceremony") / "keys")


# -- comparer


@pytest.fixture(scope="module")
def comparer(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Comparer:
    templates = tmp_path_factory.mktemp("templates")
    (templates / "known").write_bytes(IMAGE)
    return Comparer("comparer", keys.folder / "comparer", templates)


def query(keys: Keys, image: bytes, *, by: str = "police", **changes: Any) -> bytes:
    fields: dict[str, Any] = {"aud": "comparer", "query": "q", "template": "known", "iat": int(time.time())}
    asked = FaceQuery(image=urlsafe_b64encode(image).decode(), **(fields | changes))
    token = jws.sign(asked, key=keys(by), typ="mz-face-query").encode()
    return jwe.seal(token, to=keys("comparer", "seal").public, typ="mz-face-query").encode()


def above(keys: Keys, comparer: Comparer, body: bytes) -> bool:
    token = comparer.score(body).decode()
    return jws.verify_as(token, typ="mz-face-score", key=keys("comparer").public, type=FaceScore).above


def test_two_images_fit_when_nine_of_ten_bytes_are_equal(keys: Keys, comparer: Comparer) -> None:
    nearly, other = IMAGE[:-10] + b"\0" * 10, bytes(reversed(IMAGE))
    assert above(keys, comparer, query(keys, IMAGE))
    assert above(keys, comparer, query(keys, nearly))
    assert not above(keys, comparer, query(keys, other))
    assert likeness(b"", b"") == 0


def test_an_unknown_template_fits_nothing(keys: Keys, comparer: Comparer) -> None:
    for template in ("unknown", "../known", ""):
        assert not above(keys, comparer, query(keys, IMAGE, template=template))


def test_only_an_authority_has_faces_compared(keys: Keys, comparer: Comparer) -> None:
    for body in (
        query(keys, IMAGE, by="hub"),
        query(keys, IMAGE, aud="other"),
        query(keys, IMAGE, iat=1),
        b"x",
        b"\xff",
    ):
        with pytest.raises(DeviceRefused):
            comparer.score(body)


# -- line


def call(keys: Keys, *, by: str = "police", **changes: Any) -> bytes:
    fields: dict[str, Any] = {"aud": "line", "call": "c1", "to": "139", "code": "123456", "iat": int(time.time())}
    return jws.sign(Call(**(fields | changes)), key=keys(by), typ="mz-call").encode()


def test_a_line_says_a_code_once_and_for_an_authority_alone(keys: Keys) -> None:
    line = CallLine("line", keys.folder / "line")
    line.call(call(keys))
    line.call(call(keys))
    for body in (
        call(keys, by="hub", call="c2"),
        call(keys, aud="other", call="c3"),
        call(keys, iat=1, call="c4"),
        b"",
    ):
        with pytest.raises(DeviceRefused):
            line.call(body)
    assert json.loads(line.heard("139", b"")) == ["123456"]
    assert json.loads(line.heard("138", b"")) == []


# -- reader


@pytest.fixture
def slot(tmp_path: Path) -> Path:
    return tmp_path / "card.json"


def put_in(slot: Path, text: str) -> None:
    slot.touch(mode=0o600)
    slot.write_text(text)


CARD = f'{{"number": "{NUMBER}", "issued_on": "2019-03-14"}}'


def test_a_reader_tells_the_number_to_the_authority_alone(keys: Keys, slot: Path) -> None:
    put_in(slot, CARD)
    reader = ChipReader("reader", keys.folder / "reader", slot)
    made = reader.sign_in(b'{"audience": "hub", "nonce": "n"}')
    assert isinstance(made, ChipSignedIn)
    assert NUMBER not in msgspec.json.encode(made).decode()
    opened = jwe.open_sealed(made.sealed, key=keys("police", "seal"), typ="mz-sign-in-request")
    assert msgspec.json.decode(opened, type=SignInRequest).number == NUMBER
    signed = reader.authorise(msgspec.json.encode({"digest": b64(b"d" * 32)}))
    assert isinstance(signed, SignedAtReader)
    assert NUMBER not in msgspec.json.encode(signed).decode()


def test_without_a_card_a_reader_signs_nothing(keys: Keys, slot: Path) -> None:
    reader = ChipReader("reader", keys.folder / "reader", slot)
    body = b'{"audience": "hub", "nonce": "n"}'
    with pytest.raises(DeviceRefused, match="no card"):
        reader.sign_in(body)
    put_in(slot, "scratched")
    with pytest.raises(DeviceRefused, match="cannot be read"):
        reader.sign_in(body)
    put_in(slot, CARD)
    for wrong in (b"", b"{}", b'{"digest": "%%"}'):
        with pytest.raises(DeviceRefused):
            reader.authorise(wrong)


# -- the wire


@pytest.fixture
def device() -> Iterator[Device]:
    def refuse(rest: str, body: bytes) -> bytes:
        raise DeviceRefused("not for you")

    with Device(
        0, {"POST /echo": lambda rest, body: body, "GET /rest": lambda rest, _: rest.encode(), "POST /no": refuse}
    ) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def ask(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_device_serves_its_paths_and_no_others(device: Device) -> None:
    assert ask(f"{device.url}/echo", b"abc") == (200, b"abc")
    assert ask(f"{device.url}/rest/139") == (200, b"139")
    assert ask(f"{device.url}/health")[0] == 200
    for url, body, status in (("/echo", None, 404), ("/nothing", b"", 404), ("/no", b"", 403)):
        found, document = ask(device.url + url, body)
        assert found == status
        assert json.loads(document)["status"] == status


def test_a_device_takes_no_endless_body(device: Device) -> None:
    assert ask(f"{device.url}/echo", b"x" * 300_000)[0] == 413
