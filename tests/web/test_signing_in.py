"""Signing in on the hub's pages: the authority's word opens a session in the browser that began, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import psycopg
import pytest
from litestar.testing import TestClient

from mianzheng.app import authority_of
from mianzheng.authority.proofs import Seen
from mianzheng.authority.sign_ins import signed_sign_in
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.canonical import b64
from mianzheng.model.identity import Assertion, Passkey
from mianzheng.web.app import create_hub
from mianzheng.web.pages.signatures import BadSignature, read_assertion
from mianzheng.web.pages.signing_in import BEGUN_COOKIE
from mianzheng.web.sessions import KEPT_SECONDS, SESSION_COOKIE
from tests.cases.hub_world import WorldPeers, world
from tests.web.hub_client import config

SITE = "https://id.test"
KEY = PrivateKey.generate().public.jwk


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    made = create_hub(config(sites={"public-security": SITE}))
    made.state.hub.peers = WorldPeers(world())
    with TestClient(made, base_url="https://testserver.local", raise_server_exceptions=False):
        yield made


class Browser:
    """A browser before the hub; `begun` is what the link to the authority says."""

    def __init__(self, app: Any) -> None:
        self.client: TestClient[Any] = TestClient(app, base_url="https://testserver.local")
        self.begun: dict[str, str] = {}

    def begin(self, next: str = "/help") -> None:
        page = self.client.get("/my/sign-in", params={"next": next})
        link = page.text.partition(f'href="{SITE}/sign-in?')[2].partition('"')[0]
        self.begun = {name: values[0] for name, values in parse_qs(unescape(link)).items()}

    def back(self, *, word: str = "", **changes: str) -> Any:
        query = {"word": word or say(self.begun["nonce"]), "state": self.begun["state"]} | changes
        return self.client.get("/my/signed-in", params=query, follow_redirects=False)


def say(nonce: str, **changes: Any) -> str:
    """The authority's word for a nonce."""
    authority = authority_of(world().gateways["public-security"])
    assert authority is not None
    given: dict[str, Any] = {
        "audience": "hub",
        "nonce": nonce,
        "seen": Seen(name="陈阿婆", signer="", method="demo", level=3),
        "pairwise": "p" * 43,
        "at": int(world().now()),
        "passkeys": (Passkey(credential="cred", key=KEY),),
        "holder": KEY,
    }
    return signed_sign_in(authority, **(given | changes))


def test_the_link_names_this_hub_a_nonce_and_the_way_back(app: Any) -> None:
    browser = Browser(app)
    browser.begin()
    assert browser.begun["audience"] == "hub"
    assert browser.begun["return"] == "https://testserver.local/my/signed-in"
    assert len(browser.begun["nonce"]) > 30 and browser.begun["state"]


def test_the_word_opens_a_session_and_leads_on(app: Any) -> None:
    browser = Browser(app)
    browser.begin("/my")
    answer = browser.back()
    assert (answer.status_code, answer.headers["location"]) == (303, "/my")
    assert browser.client.get("/my").status_code == 200
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE))
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "/\\evil", "javascript:x"])
def test_nobody_is_led_to_another_site_afterwards(app: Any, next: str) -> None:
    browser = Browser(app)
    browser.begin(next)
    assert browser.back().headers["location"] == "/my"


def test_a_word_that_another_browser_began_opens_nothing(app: Any) -> None:
    mine, other = Browser(app), Browser(app)
    mine.begin()
    other.begin()
    assert other.back(word=say(mine.begun["nonce"])).status_code == 401
    assert other.back(word=say(mine.begun["nonce"]), state=mine.begun["state"]).status_code == 401
    assert SESSION_COOKIE not in other.client.cookies


def test_a_browser_that_began_nothing_is_given_no_session(app: Any) -> None:
    mine, other = Browser(app), Browser(app)
    mine.begin()
    other.begun = mine.begun
    assert other.back().status_code == 401


def test_a_word_opens_one_session(app: Any) -> None:
    browser = Browser(app)
    browser.begin()
    kept = str(browser.client.cookies.get(BEGUN_COOKIE))
    word = say(browser.begun["nonce"])
    assert browser.back(word=word).status_code == 303
    browser.client.cookies.set(BEGUN_COOKIE, kept, domain="testserver.local")
    assert browser.back(word=word).status_code == 401


@pytest.mark.parametrize("changes", [{"audience": "other-hub"}, {"nonce": "n" * 40}, {"at": 1}], ids=str)
def test_a_word_for_another_hub_nonce_or_time_opens_nothing(app: Any, changes: dict[str, Any]) -> None:
    browser = Browser(app)
    browser.begin()
    nonce = changes.pop("nonce", browser.begun["nonce"])
    answer = browser.back(word=say(nonce, **changes))
    assert answer.status_code in (400, 401) and SESSION_COOKIE not in browser.client.cookies


@pytest.mark.parametrize("word", ["nonsense", "a.b.c", "é", "x" * 7000])
def test_what_is_no_word_opens_nothing(app: Any, word: str) -> None:
    browser = Browser(app)
    browser.begin()
    assert browser.back(word=word).status_code in (400, 401)


def test_who_signs_out_is_signed_out_also_where_the_session_was_kept_in_memory(app: Any) -> None:
    browser = Browser(app)
    browser.begin("/my")
    browser.back()
    page = browser.client.get("/my")
    token = str(browser.client.cookies.get(SESSION_COOKIE))
    csrf = page.text.partition('name="_csrf_token" value="')[2].partition('"')[0]
    led = browser.client.post("/my/sign-out", data={"_csrf_token": csrf}, follow_redirects=False)
    through = "https://id.test/sign-out?audience=hub&return=https%3A%2F%2Ftestserver.local%2F"
    assert (led.status_code, led.headers["location"]) == (303, through)  # where this browser is signed in too
    browser.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
    assert browser.client.get("/my", follow_redirects=False).status_code == 303


def test_another_process_forgets_an_ended_session_within_seconds(app: Any) -> None:
    browser = Browser(app)
    browser.begin("/my")
    browser.back()
    assert browser.client.get("/my").status_code == 200
    hub, clock = app.state.hub, app.state.hub.clock

    with psycopg.connect(config().database_url) as connection:
        connection.execute("delete from sessions")
    hub.clock = lambda: clock() + timedelta(seconds=KEPT_SECONDS + 1)
    try:
        assert browser.client.get("/my", follow_redirects=False).status_code == 303
    finally:
        hub.clock = clock


@pytest.mark.parametrize("sent", ["", "{}", "nonsense", "é", b64(b"{}"), "[" * 50])
def test_what_is_no_signature_is_not_read_as_one(sent: str) -> None:
    with pytest.raises(BadSignature):
        read_assertion(sent)


def test_a_signature_is_read_from_a_form_and_from_an_address() -> None:
    made = Assertion(kind="remote", key=KEY, authenticator_data="a", client_data="b", signature="c")
    data = msgspec.json.encode(made)
    assert read_assertion(data.decode()) == read_assertion(b64(data)) == made


def test_the_nonce_is_another_each_time(app: Any) -> None:
    one, two = Browser(app), Browser(app)
    one.begin()
    two.begin()
    assert one.begun["nonce"] != two.begun["nonce"]


def test_a_new_sign_in_ends_the_session_that_this_browser_had(app: Any) -> None:
    browser = Browser(app)
    browser.begin()
    browser.back()
    former = str(browser.client.cookies[SESSION_COOKIE])
    browser.begin()
    browser.back()
    assert browser.client.cookies[SESSION_COOKIE] != former
    headers = {"authorization": f"Bearer {former}"}
    assert browser.client.get("/api/cases", headers=headers).status_code == 401


def test_signing_in_on_pages_is_limited_like_the_api() -> None:
    made = create_hub(config(sites={"public-security": SITE}, sign_ins_per_minute=3))
    with TestClient(made, base_url="https://testserver.local", raise_server_exceptions=False) as client:
        statuses = [client.get("/my/sign-in").status_code for _ in range(2)]
        statuses += [client.get("/my/signed-in").status_code, client.get("/my/signed-in").status_code]
        assert statuses == [200, 200, 401, 429]
        assert client.get("/my/sign-in").status_code == 429 and client.get("/help").status_code == 200


def test_one_click_at_a_demos_desk_signs_an_invented_person_in(app: Any) -> None:
    answer = Browser(app).client.get("/my/sign-in?as=elder&next=/my", follow_redirects=False)
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query)["login_hint"] == ["elder"]


def test_where_people_are_real_a_link_names_nobody(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.hub.trust, "demo", False)
    page = Browser(app).client.get("/my/sign-in?as=elder&next=/my", follow_redirects=False)
    assert page.status_code == 200 and "login_hint" not in page.text
