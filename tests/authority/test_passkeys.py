"""Passkeys at the authority's site: registered by who was seen at level 3, used without a number, good there alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mianzheng.authority.site import rows
from tests.authority.authenticator import PRESENT, Authenticator
from tests.authority.site_world import BACK, HUB, SITE, Browser, SiteWorld, given, refused, site_world
from tests.gateway.world import OLD, SON, World


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(autouse=True)
def no_keys(site: SiteWorld) -> Iterator[None]:
    yield
    site.authority.journal.commit(lambda connection: connection.execute("DELETE FROM own_keys"))
    site.authority.journal.commit(lambda connection: connection.execute("DELETE FROM freezes"))


def at_home(site: SiteWorld, who: str = "old") -> Browser:
    """A browser in which somebody is signed in at the site."""
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"), who)
    return browser


def found(page: Any, name: str) -> str:
    value = re.search(rf'{name}="([^"]*)"', page.text)
    assert value is not None, page.text
    return value[1]


def register(
    browser: Browser, phone: Authenticator, *, who: str = "old", name: str = "我的手机", **changes: Any
) -> Any:
    page = browser.prove_for("passkey", who)
    flow = re.search(r'name="flow" value="([^"]+)"', page.text)
    assert flow is not None
    credential = phone.create(changes.pop("challenge", found(page, "data-register")), **changes)
    return browser.post("/devices/register", page, flow=flow[1], name=name, credential=credential)


def registered(site: SiteWorld, who: str = "old") -> Authenticator:
    phone = Authenticator(SITE)
    assert register(at_home(site, who), phone, who=who).status_code == 303
    return phone


def sign_in(site: SiteWorld, phone: Authenticator, **changes: Any) -> Any:
    browser = site.browser()
    page = browser.sign_in_page()
    flow = re.search(r'name="flow" value="([^"]+)"', page.text)
    assert flow is not None
    challenge = changes.pop("challenge", found(page, "data-passkey"))
    return browser.post("/sign-in/passkey", page, flow=flow[1], assertion=phone.get(challenge, **changes))


def test_a_registered_passkey_signs_in_without_a_number(site: SiteWorld) -> None:
    phone = registered(site)
    word = site.read(given(sign_in(site, phone))["word"])
    assert (word.method, word.level, word.display) == ("passkey", 3, "陈〇〇")
    assert phone.key.public.jwk in [one.key for one in word.passkeys]


def test_a_passkey_is_listed_with_its_name_and_its_person_is_told(site: SiteWorld) -> None:
    registered(site, "son")
    assert "我的手机" in at_home(site, "son").get("/devices").text
    assert ("passkey-registered", "passkey") in site.lines(SON)


def test_a_registered_passkey_signs_what_its_person_authorises(site: SiteWorld) -> None:
    phone = registered(site)
    assert phone.key.kid in {key.thumbprint for key in site.authority.keys_of(OLD) if key.kind == "passkey"}


def test_a_removed_passkey_opens_nothing_any_more(site: SiteWorld) -> None:
    phone, browser = registered(site), at_home(site)
    assert browser.post("/devices/remove", browser.get("/devices"), key=phone.key.kid).status_code == 303
    assert refused(sign_in(site, phone)) == "sign-in-refused"
    assert phone.key.kid not in {key.thumbprint for key in site.authority.keys_of(OLD)}


def test_nobody_removes_anothers_passkey(site: SiteWorld) -> None:
    phone, browser = registered(site), at_home(site, "son")
    assert refused(browser.post("/devices/remove", browser.get("/devices"), key=phone.key.kid)) == "passkey-refused"
    given(sign_in(site, phone))


def test_a_passkey_that_was_never_registered_opens_nothing(site: SiteWorld) -> None:
    assert refused(sign_in(site, Authenticator(SITE))) == "sign-in-refused"


def test_a_signature_of_another_key_under_a_known_credential_opens_nothing(site: SiteWorld) -> None:
    phone, other = registered(site), Authenticator(SITE)
    other.credential = phone.credential
    assert refused(sign_in(site, other)) == "sign-in-refused"


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": HUB},
        {"origin": "http://localhost:4711"},
        {"origin": "https://evil.example"},
        {"crossOrigin": True},
        {"challenge": "A" * 43},
        {"flags": PRESENT},
        {"flags": 0},
        {"type": "webauthn.create"},
    ],
    ids=str,
)
def test_a_sign_in_by_passkey_is_made_on_this_very_page_by_a_verified_user(
    site: SiteWorld, changes: dict[str, Any]
) -> None:
    assert refused(sign_in(site, registered(site), **changes)) == "sign-in-refused"


def test_a_passkey_for_another_site_opens_nothing(site: SiteWorld) -> None:
    phone = registered(site)
    phone.rp_id = "evil.example"
    assert refused(sign_in(site, phone)) == "sign-in-refused"


def test_an_answer_of_a_passkey_is_good_once(site: SiteWorld) -> None:
    phone, browser = registered(site), site.browser()
    page = browser.sign_in_page()
    flow = re.search(r'name="flow" value="([^"]+)"', page.text)
    assert flow is not None
    sent = {"flow": flow[1], "assertion": phone.get(found(page, "data-passkey"))}
    given(browser.post("/sign-in/passkey", page, **sent))
    assert refused(browser.post("/sign-in/passkey", page, **sent)) == "flow-ended"


def test_an_answer_of_a_passkey_is_good_in_its_own_browser_only(site: SiteWorld) -> None:
    phone, browser, other = registered(site), site.browser(), site.browser()
    page, theirs = browser.sign_in_page(), other.sign_in_page()
    flow = re.search(r'name="flow" value="([^"]+)"', page.text)
    assert flow is not None
    sent = {"flow": flow[1], "assertion": phone.get(found(page, "data-passkey"))}
    assert refused(other.post("/sign-in/passkey", theirs, **sent)) == "flow-ended"


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": HUB},
        {"challenge": "A" * 43},
        {"flags": PRESENT},
        {"alg": -8},
        {"alg": -257},
        {"type": "webauthn.get"},
    ],
    ids=str,
)
def test_only_a_verified_users_es256_key_made_on_this_page_is_registered(
    site: SiteWorld, changes: dict[str, Any]
) -> None:
    phone = Authenticator(SITE)
    assert refused(register(at_home(site), phone, **changes)) == "passkey-refused"
    assert phone.key.kid not in {key.thumbprint for key in site.authority.keys_of(OLD)}


@pytest.mark.parametrize("credential", ["", "{}", "[]", '{"id": "x"}', "null", "\x00"])
def test_nonsense_is_no_passkey(site: SiteWorld, credential: str) -> None:
    browser = site.browser()
    page = browser.prove_for("passkey")
    flow = re.search(r'name="flow" value="([^"]+)"', page.text)
    assert flow is not None
    assert refused(browser.post("/devices/register", page, flow=flow[1], credential=credential)) == "passkey-refused"


def test_one_credential_is_registered_once_and_for_one_person(site: SiteWorld) -> None:
    phone = registered(site)
    assert refused(register(at_home(site, "son"), phone, who="son")) == "passkey-refused"
    assert site.read(given(sign_in(site, phone))["word"]).display == "陈〇〇"


def test_who_was_seen_by_a_message_only_registers_nothing(site: SiteWorld) -> None:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/devices"), "head")
    page = browser.sign_in_page()
    sent = {"flow": "x", "credential": Authenticator(SITE).create("A" * 43)}
    assert refused(browser.post("/devices/register", page, **sent)) == "presence-too-low"


def test_nobody_has_more_than_ten_passkeys(site: SiteWorld) -> None:
    browser = at_home(site, "son")
    answers = [register(browser, Authenticator(SITE)).status_code for _ in range(11)]
    assert answers[0] == 303 and answers[-1] == 403


def test_the_account_in_an_authenticator_is_no_number(site: SiteWorld) -> None:
    page = site.browser().prove_for("passkey")
    assert OLD not in page.text and found(page, "data-user") and BACK not in page.text


def test_an_open_session_alone_registers_nothing_and_a_proof_is_good_for_one_passkey(site: SiteWorld) -> None:
    browser, phone = at_home(site), Authenticator(SITE)
    assert "data-register" not in browser.get("/devices").text
    page = browser.prove_for("telephone")
    assert "data-register" not in page.text  # proven for another act
    page = browser.prove_for("passkey")
    flow = found(page, 'name="flow" value')
    fields = {"flow": flow, "name": "x", "credential": phone.create(found(page, "data-register"))}
    assert browser.post("/devices/register", page, **fields).headers["location"] == "/devices?done=registered"
    again = browser.post("/devices/register", page, **fields | {"flow": flow})
    assert again.status_code == 409 or again.headers["location"].startswith("/sign-in?")
    page = browser.prove_for("passkey")
    browser.world.world.ahead += rows.ACT_SECONDS + 1
    try:
        late = browser.post("/devices/register", page, flow=found(page, 'name="flow" value'), name="", credential="x")
        assert late.headers["location"] == "/sign-in?next=%2Fdevices&act=passkey"
    finally:
        browser.world.world.ahead = 0
    assert len(site.keys(OLD)) == 1
