"""The demo's provider as OpenID Connect has it: what it refuses, and that a code is traded once by the right client."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cli.provider import serve_provider
from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.keys import PrivateKey, write_secret
from mianzheng.model.canonical import b64
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.text import Text
from mianzheng.provider.issuer import CODE_SECONDS, REQUEST_SECONDS, Issuer
from mianzheng.provider.people import DemoPerson, Known, read_people
from mianzheng.provider.site import create_provider

REDIRECT = "https://id.test/sign-in/callback"
HUB = "https://hub.test"
VERIFIER = "v" * 50
OLD = DemoPerson(id="old", number="331082193603020015", name="陈阿婆", story=Text(zh="老人", en="Old"))


class Provider:
    """A provider, its clock, and a client that asks it rightly unless told otherwise."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0
        self.issuer = Issuer(
            "https://idp.test", PrivateKey.generate(), client="authority", secret="s", redirect_uri=REDIRECT,
            clock=lambda: self.at,
        )  # fmt: skip
        self.client: TestClient[Any] = TestClient(
            create_provider(self.issuer, (OLD,), hub=HUB), base_url="https://idp.test"
        )

    def authorize(self, **changes: str) -> Any:
        asked = {
            "client_id": "authority",
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "openid",
            "state": "st",
            "nonce": "n",
            "code_challenge": b64(hashlib.sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
        }
        return self.client.get("/authorize", params={k: v for k, v in (asked | changes).items() if v})

    def token_of(self, page: Any) -> str:
        return str(page.text.partition("request_token=")[2].partition('"')[0])

    def choose(self, token: str, who: str = "old") -> Any:
        return self.client.get(f"/authorize/{who}", params={"request_token": token}, follow_redirects=False)

    def code(self) -> str:
        return parse_qs(urlsplit(self.choose(self.token_of(self.authorize())).headers["location"]).query)["code"][0]

    def trade(self, code: str, *, secret: str = "s", **changes: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        basic = base64.b64encode(f"authority:{secret}".encode()).decode()
        return self.client.post("/token", data=form | changes, headers={"authorization": f"Basic {basic}"})


@pytest.fixture
def provider() -> Iterator[Provider]:
    yield Provider()


def test_a_code_is_traded_once_for_an_id_token(provider: Provider) -> None:
    code = provider.code()
    answer = provider.trade(code)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert answer.json()["id_token"].count(".") == 2
    assert provider.trade(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": REDIRECT + "/more"},
        {"response_type": "token"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"scope": "profile"},
        {"nonce": ""},
    ],
    ids=str,
)
def test_a_request_that_is_not_the_clients_is_shown_as_a_fault_and_leads_nowhere(
    provider: Provider, changes: dict[str, str]
) -> None:
    answer = provider.authorize(**changes)
    assert answer.status_code == 400 and "request_token" not in answer.text and 'href="https://evil' not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 50},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example/"},
        {"grant_type": "password"},
        {"code": "unknown"},
    ],
    ids=str,
)
def test_a_code_is_worth_nothing_to_whoever_did_not_begin(provider: Provider, changes: dict[str, str]) -> None:
    answer = provider.trade(**({"code": provider.code()} | changes))
    assert answer.status_code == 400


@pytest.mark.parametrize("secret", ["", "wrong", "é"])
def test_who_does_not_know_the_secret_gets_nothing(provider: Provider, secret: str) -> None:
    answer = provider.trade(provider.code(), secret=secret)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_codes_and_requests_end(provider: Provider) -> None:
    code, token = provider.code(), provider.token_of(provider.authorize())
    provider.at += CODE_SECONDS + 1
    assert provider.trade(code).json()["error"] == "invalid_grant"
    provider.at += REQUEST_SECONDS
    assert provider.choose(token).status_code == 400


def test_a_request_is_answered_once(provider: Provider) -> None:
    token = provider.token_of(provider.authorize())
    assert provider.choose(token).status_code == 303
    assert provider.choose(token).status_code == 400


PAGES = {"accept": "text/html,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "status", "zh", "en"),
    [
        ("/authorize", 400, "这个链接不对", "This link is not right"),
        ("/authorize/old", 400, "这个链接不对", "This link is not right"),
        ("/authorize/old?request_token=unknown", 400, "这次登录已经结束", "This sign-in is over"),
        ("/authorize/nobody?request_token=unknown", 400, "这次登录已经结束", "This sign-in is over"),
        ("/authorize/stranger", 404, "没有这个页面", "There is no such page"),
        ("/nope", 404, "没有这个页面", "There is no such page"),
        ("/token", 405, "这个地址不能这样打开", "This address is not opened this way"),
    ],
)
def test_what_is_refused_is_a_page_in_its_readers_language_that_leads_back(
    provider: Provider, path: str, status: int, zh: str, en: str
) -> None:
    pages = [provider.client.get(path, headers=PAGES | {"accept-language": one}) for one in ("zh-CN", "en")]
    assert [one.status_code for one in pages] == [status, status]
    assert all('data-testid="problem"' in one.text and f'href="{HUB}/my"' in one.text for one in pages)
    chinese, english = (re.search("(?s)<main.*</main>", one.text)[0] for one in pages)  # type: ignore[index]
    assert f"<h1>{zh}</h1>" in chinese and f"<h1>{en}</h1>" in english
    told = re.sub("(?s)<details.*?</details>|<[^>]+>", "", chinese)  # an error's own words lie folded
    assert not re.search("[a-z]{3,} [a-z]{2,} [a-z]{2,}", told) and not re.search("[一-鿿]", english)


def test_a_program_is_told_in_json_that_nothing_is_served_there(provider: Provider) -> None:
    answer = provider.client.get("/nope")
    assert (answer.status_code, answer.json()["error"]) == (404, "not-found")
    assert provider.client.get("/token").headers["allow"]


def test_every_page_says_that_the_people_are_invented(provider: Provider) -> None:
    page = provider.authorize()
    assert "虚构" in page.text and OLD.number not in page.text


def test_people_are_read_from_a_file_of_their_owner_only(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_people(tmp_path)
    write_secret(tmp_path / "people.json", msgspec.json.encode((OLD,)))
    assert read_people(tmp_path) == (OLD,)


def test_it_does_not_serve_a_city_that_is_no_demo(tmp_path: Path) -> None:
    hold_ceremony(tmp_path / "keys", parties=[PartySpec(party="hub", roles=("hub",))], demo=False)
    with pytest.raises(WrongUse, match="demo"):
        serve_provider(tmp_path, 1)


def test_an_unguessable_token_names_a_request(provider: Provider) -> None:
    assert provider.choose(secrets.token_urlsafe(24)).status_code == 400


def test_the_script_says_what_each_knows_and_the_steps_in_order() -> None:
    known = Known(label=Text(zh="孩子", en="Child"), name="小宝", number="331082202501010014")
    steps = (Text(zh="先授权", en="Grant first"), Text(zh="再办理", en="Then act"))
    told = msgspec.structs.replace(OLD, knows=(known,), steps=steps)
    page = TestClient(create_provider(Provider().issuer, (told,), hub=HUB)).get("/people").text
    assert f'href="{HUB}/" data-testid="home"' in page
    assert "演示" in page and OLD.number in page and known.number in page and "小宝" in page
    assert page.index("先授权") < page.index("再办理")
