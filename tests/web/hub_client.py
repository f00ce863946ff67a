"""A hub's real application over the shared world, and a resident's client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from litestar.testing import TestClient

from mianzheng.model.authorisation import Draft, FormValue
from mianzheng.model.canonical import b64
from mianzheng.model.case import CaseView
from mianzheng.model.identity import SignInRequest, sign_in_challenge
from mianzheng.web.app import create_hub
from mianzheng.web.config import HubConfig
from tests.cases.hub_world import TEST_TIMINGS, WorldPeers, assert_as, form_values, shared, sign_draft, sign_step, world
from tests.gateway.world import FIRM, PACKS, seal_sign_in


def config(**changes: Any) -> HubConfig:
    """The hub's settings over the shared database."""
    url, keystore = shared()
    given: dict[str, Any] = {
        "port": 1,
        "database_url": url,
        "gateways": {name: f"http://{name}.invalid" for name in world().clients},
        "keys": str(world().keys / "hub"),
        "keystore": str(keystore / "keystore"),
        "packs": str(PACKS),
        "timings": TEST_TIMINGS,
        "sign_ins_per_minute": 10_000,
    }
    return HubConfig(**(given | changes))


@contextmanager
def hub(**changes: Any) -> Iterator[TestClient[Any]]:
    """Serve the hub's application; its peers are the world's gateways."""
    app = create_hub(config(**changes))
    app.state.hub.peers = WorldPeers(world())
    with TestClient(app, base_url="http://testserver.local/api", raise_server_exceptions=False) as client:
        yield client


class Resident:
    """One person before one hub, as the command line acts for them."""

    def __init__(self, client: TestClient[Any], number: str) -> None:
        self.client = client
        self.number = number
        self.authority = "market-regulation" if number == FIRM else "public-security"
        self.headers: dict[str, str] = {}

    def nonce(self) -> dict[str, str]:
        found: dict[str, str] = self.client.post("/nonces", json={}).json()
        return found

    def sealed(self, nonce: dict[str, str], /, **changes: str) -> str:
        """A sign-in sealed to the authority."""
        audience, text = changes.get("audience", nonce["audience"]), changes.get("nonce", nonce["nonce"])
        challenge = sign_in_challenge(audience, text, self.number)
        assertion = assert_as(world(), self.number, challenge)
        request = SignInRequest(audience=audience, nonce=text, number=self.number, assertion=assertion)
        return seal_sign_in(world(), self.authority, request)

    def sign_in(self) -> dict[str, Any]:
        """Sign in; from here on every call carries the session."""
        body = {"authority": self.authority, "sealed": self.sealed(self.nonce())}
        answer = self.client.post("/sign-ins", json=body)
        assert answer.status_code == 200, answer.text
        opened: dict[str, Any] = answer.json()
        self.headers = {"authorization": f"Bearer {opened['session']}"}
        return opened

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(path, content=msgspec.json.encode(body), headers={**self.headers, **_JSON})

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def apply(self, item: str, **form: Any) -> tuple[Draft, tuple[FormValue, ...]]:
        """Open a case."""
        openings = form_values(form)
        answer = self.post("/cases", {"item": item, "openings": openings})
        assert answer.status_code == 201, answer.text
        return msgspec.json.decode(answer.content, type=Draft), openings

    def authorise(self, draft: Draft, openings: tuple[FormValue, ...]) -> CaseView:
        """Sign the plan; the case runs inside this call."""
        signed, assertion = sign_draft(world(), self.number, draft, openings)
        body = {"authorisation": b64(signed), "assertion": assertion, "openings": openings}
        return view(self.post(f"/cases/{draft.case}/authorisation", body))

    def run(self, item: str, **form: Any) -> CaseView:
        """Apply and authorise."""
        return self.authorise(*self.apply(item, **form))

    def step(self, case: str, path: str, name: str, shown: object = "", **extra: str) -> CaseView:
        """Sign one step and hand it in."""
        signed = sign_step(world(), self.number, case, name, shown)
        return view(self.post(f"/cases/{case}/{path}", {**extra, "signed": signed} if extra else signed))


def view(answer: Any) -> CaseView:
    """The view in an answer; fails the test when it is none."""
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=CaseView)


def code(answer: Any, status: int) -> str:
    """The code of a problem document; fails the test when it is none."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    document: dict[str, Any] = answer.json()
    assert document.keys() == {"type", "title", "status", "detail", "code", "hint"}
    return str(document["code"])


_JSON = {"content-type": "application/json"}
