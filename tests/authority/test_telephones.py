"""A changed telephone: who may change it, whom it is told, and the three days in which nothing is granted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import msgspec
import pytest

from mianzheng.authority import calls, telephones
from mianzheng.authority.site.changing_phone import change
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.telephones import FROZEN_SECONDS, BadPhone
from mianzheng.credentials import jws
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.model.presence import Message
from tests.authority.authenticator import Authenticator
from tests.authority.site_world import SITE, Browser, SiteWorld, refused, site_world
from tests.authority.test_passkeys import at_home, register
from tests.gateway.world import OLD, SON, World

FIRST, SECOND = "13800001111", "13900002222"


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_changed(site: SiteWorld) -> Iterator[None]:
    yield
    for table in ("own_phones", "freezes", "own_keys"):
        site.authority.journal.commit(lambda connection, table=table: connection.execute(f"DELETE FROM {table}"))  # type: ignore[misc]
    site.world.ahead = 0


def set_phone(browser: Browser, phone: str) -> int:
    return int(browser.post("/devices/phone", browser.prove_for("telephone"), phone=phone).status_code)


def frozen(site: SiteWorld, number: str) -> bool:
    reader, at = site.authority.journal.reader(), int(site.world.now())
    return bool(telephones.frozen_until(reader, site.authority.secrets, number, at=at))


def reached(site: SiteWorld, number: str) -> tuple[str, ...]:
    return calls.reached_at(site.authority, number, int(site.world.now()))


def test_after_a_change_old_and_new_are_told_for_three_days_and_then_the_new_one(site: SiteWorld) -> None:
    assert set_phone(at_home(site), FIRST) == 303
    site.world.ahead += FROZEN_SECONDS + 1
    assert reached(site, OLD) == (FIRST,)
    change(site.site, SiteSession(number=OLD, method="demo", level=3, until=0), SECOND)
    assert reached(site, OLD) == (SECOND, FIRST)
    site.world.ahead += FROZEN_SECONDS + 1
    assert reached(site, OLD) == (SECOND,)


class Ear:
    """A call line that only listens."""

    comparer, call_line = "", "line"

    def __init__(self, calls_expected: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self.all = threading.Barrier(2, timeout=30)
        self.expected = calls_expected

    def post(self, party: str, path: str, body: bytes) -> bytes | None:
        message = jws.payload_as(jws.unverified_payload(body.decode()), type=Message)
        self.heard.append((message.to, message.text))
        if len(self.heard) == self.expected:
            self.all.wait()
        return b"{}"


def test_the_old_telephone_hears_of_the_change_and_the_new_one_too(site: SiteWorld) -> None:
    set_phone(at_home(site), FIRST)
    ear = Ear(2)
    authority = msgspec.structs.replace(site.authority, devices=ear)
    listening = msgspec.structs.replace(site.site, authority=authority)
    change(listening, SiteSession(number=OLD, method="demo", level=3, until=0), SECOND)
    ear.all.wait()
    assert {to for to, _ in ear.heard} == {FIRST, SECOND}
    assert all("139****2222" in text and SECOND not in text and OLD not in text for _, text in ear.heard)


def test_a_new_telephone_is_rung_for_a_presence_only_after_thirty_days(site: SiteWorld) -> None:
    set_phone(at_home(site), FIRST)
    assert calls.phone_of(site.authority, OLD, int(site.world.now())) == ""
    assert calls.phone_of(site.authority, OLD, int(site.world.now()) + 31 * 86_400) == FIRST


def test_nothing_is_granted_for_three_days_after_a_change(site: SiteWorld) -> None:
    set_phone(at_home(site), FIRST)
    authority, at = site.authority, int(site.world.now())
    with pytest.raises(MandateRefused):
        telephones.refuse_frozen(authority.journal.reader(), authority.secrets, OLD, at=at)
    telephones.refuse_frozen(authority.journal.reader(), authority.secrets, SON, at=at)
    telephones.refuse_frozen(authority.journal.reader(), authority.secrets, OLD, at=at + FROZEN_SECONDS)


def test_a_first_passkey_freezes_nothing_and_a_further_one_does(site: SiteWorld) -> None:
    browser = at_home(site, "son")
    register(browser, Authenticator(SITE), who="son")
    assert not frozen(site, SON)
    register(browser, Authenticator(SITE), who="son")
    assert frozen(site, SON)
    assert "不能以您的名义作出新的委托" in browser.get("/devices").text


def test_a_passkey_alone_changes_no_telephone(site: SiteWorld) -> None:
    browser = site.browser()
    phone = Authenticator(SITE)
    register(at_home(site), phone)
    page = browser.get("/sign-in?next=/devices")
    flow = page.text.partition('name="flow" value="')[2].partition('"')[0]
    challenge = page.text.partition('data-passkey="')[2].partition('"')[0]
    browser.post("/sign-in/passkey", page, flow=flow, assertion=phone.get(challenge))
    assert refused(browser.post("/devices/phone", browser.get("/devices"), phone=FIRST)) == "presence-too-low"
    assert reached(site, OLD) == ()


def test_an_open_session_alone_changes_no_telephone(site: SiteWorld) -> None:
    browser = at_home(site)
    answer = browser.post("/devices/phone", browser.get("/devices"), phone=FIRST)
    assert answer.headers["location"] == "/sign-in?next=%2Fdevices&act=telephone"
    assert reached(site, OLD) == ()


def test_the_page_shows_a_telephone_masked(site: SiteWorld) -> None:
    browser = at_home(site)
    set_phone(browser, FIRST)
    page = browser.get("/devices").text
    assert "138****1111" in page and FIRST not in page
    assert ("telephone-changed", "demo") in site.lines(OLD)


@pytest.mark.parametrize("typed", ["", "12345", "abc", "1380000111", "138000011112", "２１", "13800001111; x"])
def test_what_is_no_telephone_is_not_taken(typed: str) -> None:
    with pytest.raises(BadPhone):
        telephones.plain(typed)


@pytest.mark.parametrize("typed", ["138 0000 1111", "+86 138-0000-1111", "0576 8511 1111"])
def test_a_telephone_is_typed_as_people_do(typed: str) -> None:
    assert telephones.plain(typed).isdigit()


def test_no_telephone_can_be_read_from_the_state_file(site: SiteWorld) -> None:
    set_phone(at_home(site), FIRST)
    held = repr(site.authority.journal.reader().execute("SELECT * FROM own_phones").fetchall())
    assert FIRST not in held and OLD not in held
