"""The authority's site: signing in by a provider, and everything that must not open a sign-in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.authority.site import rows
from mianzheng.credentials.keys import PrivateKey
from tests.authority.site_world import BACK, HUB, SITE, SiteWorld, given, redirected, refused, site_world
from tests.gateway.world import OLD, SON, World, sign_in


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(autouse=True)
def honest(site: SiteWorld) -> Iterator[None]:
    yield
    site.issuer.changes, site.issuer.key = {}, None


def test_whom_the_provider_vouches_for_gets_a_word_for_the_hub(site: SiteWorld) -> None:
    nonce = secrets.token_urlsafe(16)
    browser = site.browser()
    answer = browser.prove(browser.sign_in_page(nonce=nonce))
    handed = given(answer)
    word = site.read(handed["word"])
    assert (word.audience, word.nonce, word.level, word.method) == ("hub", nonce, 3, "demo")
    assert (word.display, handed["state"]) == ("陈〇〇", "the-hubs-own")
    assert OLD not in answer.text and OLD not in handed["word"]


def test_an_address_that_is_none_is_a_page_to_a_browser_and_a_document_to_a_program(site: SiteWorld) -> None:
    client = site.browser().client
    page = client.get("/nowhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404 and "没有这个页面" in page.text
    assert client.get("/nowhere").json()["code"] == "not-found"
    for accept in ("text/html", "*/*"):
        wrong = client.delete("/sign-in", headers={"accept": accept})
        assert wrong.status_code == 405 and "GET" in wrong.headers["allow"]


def test_a_site_and_the_api_know_a_person_by_one_alias(site: SiteWorld) -> None:
    assert site.browser().sign_in().pairwise == sign_in(site.world, OLD, "hub").pairwise


def test_the_level_of_a_sign_in_is_what_its_acr_stands_for(site: SiteWorld) -> None:
    assert site.browser().sign_in("head").level == 1


def test_a_sign_in_is_a_line_of_the_persons_own_list(site: SiteWorld) -> None:
    site.browser().sign_in("son")
    assert ("sign-in", "demo") in site.lines(SON)


@pytest.mark.parametrize("who", ["stranger", "unknown-acr"])
def test_nobody_known_and_nobody_seen_surely_enough_are_refused_alike(site: SiteWorld, who: str) -> None:
    browser = site.browser()
    assert refused(browser.prove(browser.sign_in_page(), who)) == "sign-in-refused"


def test_who_turns_back_at_the_provider_is_not_signed_in(site: SiteWorld) -> None:
    browser = site.browser()
    assert refused(browser.prove(browser.sign_in_page(), "nobody")) == "sign-in-refused"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/my/signed-in",
        "https://hub.test.evil.example/",
        "https://hub.test@evil.example/",
        "https://evil.example/?https://hub.test",
        "http://hub.test/my/signed-in",
        "//hub.test/my",
        "/my/signed-in",
        "javascript:alert(1)",
        "https://hub.test\\@evil.example/",
        "https://hub.test/\nx",
        "https://hub.test:444/",
        "http://localhost.evil.example/",
        "http://localhost:80@evil.example/",
        "",
    ],
)
def test_nobody_is_led_anywhere_but_to_the_hub_itself(site: SiteWorld, back: str) -> None:
    answer = site.browser().sign_in_page(**{"return": back})
    assert refused(answer) == "malformed-request"
    confirm = site.browser().confirm_page("A" * 43, **{"return": back})
    assert refused(confirm) == "malformed-request"


def test_a_hub_of_the_demo_may_listen_on_any_port_of_this_machine(site: SiteWorld) -> None:
    assert site.browser().sign_in_page(**{"return": "http://localhost:4711/my/signed-in"}).status_code == 200


@pytest.mark.parametrize("audience", ["other-hub", "civil-affairs", "auditor", "nobody"])
def test_no_word_is_given_for_who_is_no_hub_of_this_site(site: SiteWorld, audience: str) -> None:
    assert refused(site.browser().sign_in_page(audience=audience)) == "malformed-request"


@pytest.mark.parametrize("nonce", ["short", "with blanks in it, too", ""])
def test_a_sign_in_needs_the_hubs_nonce(site: SiteWorld, nonce: str) -> None:
    assert refused(site.browser().sign_in_page(nonce=nonce)) == "malformed-request"


def test_a_nonce_is_good_for_one_sign_in(site: SiteWorld) -> None:
    nonce = secrets.token_urlsafe(16)
    site.browser().sign_in(nonce=nonce)
    browser = site.browser()
    assert refused(browser.prove(browser.sign_in_page(nonce=nonce))) == "nonce-used"


def test_an_answer_of_the_provider_is_good_once(site: SiteWorld) -> None:
    browser = site.browser()
    back = browser.at_provider(browser.to_provider(browser.sign_in_page()), "old")
    given(browser.get(back))
    assert refused(browser.get(back)) == "flow-ended"


def test_an_answer_that_another_browser_earned_opens_nothing(site: SiteWorld) -> None:
    mine, other = site.browser(), site.browser()
    other.sign_in_page()
    assert refused(other.get(mine.at_provider(mine.to_provider(mine.sign_in_page()), "old"))) == "flow-ended"


@pytest.mark.parametrize("state", ["", "unknown", "x" * 43])
def test_an_answer_with_a_state_that_nobody_began_opens_nothing(site: SiteWorld, state: str) -> None:
    browser = site.browser()
    browser.sign_in_page()
    assert refused(browser.get(f"/sign-in/callback?code=abc&state={state}")) == "flow-ended"


def test_a_flow_that_chose_no_provider_takes_no_answer(site: SiteWorld) -> None:
    browser = site.browser()
    page = browser.sign_in_page()
    flow = page.text.partition("?flow=")[2].partition('"')[0]
    assert refused(browser.get(f"/sign-in/callback?code=abc&state={flow}")) == "flow-ended"


def test_an_answer_of_another_provider_is_refused(site: SiteWorld) -> None:
    browser = site.browser()
    back = browser.at_provider(browser.to_provider(browser.sign_in_page()), "old")
    assert refused(browser.get(back.replace("&iss=http", "&iss=https"))) == "sign-in-refused"


def test_a_code_that_another_flow_earned_is_refused(site: SiteWorld) -> None:
    mine, other = site.browser(), site.browser()
    code = mine.at_provider(mine.to_provider(mine.sign_in_page()), "old").partition("code=")[2].partition("&")[0]
    back = other.at_provider(other.to_provider(other.sign_in_page()), "son")
    there = back.partition("code=")[2].partition("&")[0]
    assert refused(other.get(back.replace(there, code))) == "sign-in-refused"  # PKCE: the verifier is another


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["authority", "somebody-else"]},
        {"azp": "somebody-else"},
        {"iss": "https://another.example"},
        {"exp": 1_700_000_000},
        {"iat": None},
        {"auth_time": 1_700_000_000},
        {"auth_time": None},
        {"auth_time": "now"},
        {"acr": "urn:weak"},
        {"acr": None},
        {"citizen_number": None},
        {"citizen_number": ""},
        {"citizen_number": 331082193603020015},
    ],
    ids=str,
)
def test_an_id_token_that_says_anything_else_is_refused(site: SiteWorld, changes: dict[str, Any]) -> None:
    site.issuer.changes = changes
    browser = site.browser()
    assert refused(browser.prove(browser.sign_in_page())) == "sign-in-refused"


def test_an_id_token_signed_with_a_key_that_is_not_the_providers_is_refused(site: SiteWorld) -> None:
    site.issuer.key = PrivateKey.generate()
    browser = site.browser()
    assert refused(browser.prove(browser.sign_in_page())) == "sign-in-refused"


def test_a_refusal_is_a_line_of_the_log_and_of_nobody(site: SiteWorld) -> None:
    log, before = site.world.gateways["public-security"].log, len(site.lines(OLD))
    size = len(log.page(0, at=int(time.time())).lines)
    browser = site.browser()
    browser.prove(browser.sign_in_page(), "stranger")
    assert [line.kind for line in log.page(size, at=int(time.time())).lines] == ["refused"]
    assert len(site.lines(OLD)) == before


def test_the_provider_is_asked_for_code_with_pkce_and_a_fresh_proof(site: SiteWorld) -> None:
    browser = site.browser()
    asked = browser.to_provider(browser.sign_in_page())
    for part in ("response_type=code", "code_challenge_method=S256", "prompt=login", "max_age=0", "nonce=", "state="):
        assert part in asked
    assert "verifier" not in asked


def test_in_a_demo_who_said_who_they_are_is_led_through_at_once(site: SiteWorld) -> None:
    demo = msgspec.structs.replace(site.config.providers[0], demo=True)
    browser = site.browser()
    browser.client = TestClient(site.app(msgspec.structs.replace(site.config, providers=(demo,))), base_url=SITE)
    at_provider = browser.sign_in_page(login_hint="old").headers["location"]
    assert at_provider.startswith(f"{site.provider}/authorize?") and "login_hint=old" in at_provider
    chosen = site.provider + redirected(at_provider)
    assert redirected(chosen).startswith(f"{SITE}/sign-in/callback?code=")


def test_elsewhere_saying_who_one_is_changes_nothing(site: SiteWorld) -> None:
    assert site.browser().sign_in_page(login_hint="old").status_code == 200


def test_a_page_that_needs_a_person_leads_to_signing_in_and_back(site: SiteWorld) -> None:
    browser = site.browser()
    led = browser.get("/devices")
    assert led.headers["location"] == "/sign-in?next=%2Fdevices"
    answer = browser.prove(browser.get(led.headers["location"]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/devices")
    assert browser.get("/devices").status_code == 200


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_after_signing_in_nobody_is_led_to_another_site(site: SiteWorld, next: str) -> None:
    browser = site.browser()
    answer = browser.prove(browser.client.get("/sign-in", params={"next": next}))
    assert answer.headers["location"] == "/"


def test_who_was_not_seen_surely_enough_does_not_see_their_keys(site: SiteWorld) -> None:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"), "head")
    assert refused(browser.get("/devices")) == "presence-too-low"


def test_a_signed_out_browser_is_signed_out(site: SiteWorld) -> None:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"))
    token = browser.client.cookies.get("__Host-mz-authority")
    assert browser.post("/sign-out", browser.get("/devices")).status_code == 303
    browser.client.cookies.set("__Host-mz-authority", str(token), domain="id.test")
    assert browser.get("/devices").status_code == 303


def test_a_hubs_sign_out_ends_the_session_here_and_leads_back_to_the_hub_alone(site: SiteWorld) -> None:
    browser = site.browser()
    browser.sign_in()
    assert browser.get("/devices").status_code == 200
    elsewhere = browser.get("/sign-out?audience=hub&return=https://evil.example/")
    assert refused(elsewhere) == "malformed-request"
    led = browser.get(f"/sign-out?audience=hub&return={HUB}/")
    assert (led.status_code, led.headers["location"]) == (303, f"{HUB}/")
    assert browser.get("/devices").headers["location"].startswith("/sign-in?")


def test_a_session_ends_by_itself(site: SiteWorld) -> None:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"))
    site.world.ahead += rows.SESSION_SECONDS + 1
    try:
        assert browser.get("/devices").status_code == 303
    finally:
        site.world.ahead = 0


def test_forms_of_another_site_change_nothing(site: SiteWorld) -> None:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"))
    for path in ("/devices/remove", "/devices/register", "/sign-out", "/sign-in/passkey"):
        assert refused(browser.client.post(path, data={"key": "x", "flow": "x", "credential": "x"})) == "csrf"


def test_sign_ins_and_signatures_from_one_address_are_throttled(site: SiteWorld) -> None:
    config = msgspec.structs.replace(site.config, sign_ins_per_minute=3)
    client: TestClient[Any] = TestClient(site.app(config), base_url=SITE)
    statuses = [client.get("/sign-in").status_code for _ in range(5)]
    assert (statuses[:3], statuses[-1]) == ([200, 200, 200], 429)
    assert client.get("/mandates/sign").status_code == 429


def test_the_providers_absence_is_said_and_nothing_else_is_lost(site: SiteWorld) -> None:
    away = msgspec.structs.replace(site.config.providers[0], issuer="http://localhost:1")
    config = msgspec.structs.replace(site.config, providers=(away,))
    client: TestClient[Any] = TestClient(site.app(config), base_url=SITE)
    page = client.get("/sign-in", params={"audience": "hub", "nonce": "n" * 20, "return": BACK})
    link = unescape(page.text.partition('href="/sign-in/with/')[2].partition('"')[0])
    assert refused(client.get(f"/sign-in/with/{link}", follow_redirects=False)) == "provider-unavailable"


def test_nothing_of_a_flow_or_session_can_be_read_from_a_stolen_state_file(site: SiteWorld) -> None:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"))
    browser.sign_in_page()
    reader = site.authority.journal.reader()
    held = repr(
        reader.execute("SELECT * FROM site_flows").fetchall() + reader.execute("SELECT * FROM site_sessions").fetchall()
    )
    assert OLD not in held and HUB not in held and '"hub"' not in held
    assert str(browser.client.cookies.get("__Host-mz-authority")) not in held
