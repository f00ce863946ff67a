"""Whom a person means, typed at the authority where no script runs: sealed for one form, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.model.authorisation import ChoiceMade, ChoiceRequest, FormValue, form_digest
from mianzheng.model.text import Text
from tests.authority.site_world import HUB, Browser, SiteWorld, given, refused, site_world
from tests.gateway.world import OLD, SON, World

BACK = f"{HUB}/my/choosing/of-this-form"
TYPED = "陈建国"


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site-choosing")) as made:
        yield made


def asked(site: SiteWorld, *, by: str = "hub", **changes: Any) -> str:
    """What a hub asks for a form of OLD's."""
    fields: dict[str, Any] = {
        "hub": "hub", "authority": "public-security", "pairwise": site.world.pairwise(OLD, "hub"),
        "application": "of-this-form", "role": "child", "label": Text(zh="子女", en="child"), "kind": "person",
        "gateway": "civil-affairs", "back": BACK, "exp": int(site.world.now()) + 1800,
    }  # fmt: skip
    return jws.sign(ChoiceRequest(**(fields | changes)), key=site.world.key(by), typ="mz-choice-request")


def chosen(browser: Browser, request: str, typed: str = TYPED) -> Any:
    page = browser.get(f"/choose?request={request}")
    assert page.status_code == 200, page.text
    return browser.post("/choose", page, request=request, typed=typed)


def test_what_is_typed_comes_back_sealed_to_the_gateway_for_that_form_and_person(site: SiteWorld) -> None:
    handed = given(chosen(site.browser().seen_as(OLD), asked(site), f" {TYPED} "))
    assert handed.keys() == {"word"}
    key = site.world.key("public-security").public
    made = jws.verify_as(handed["word"], typ="mz-choice-made", key=key, type=ChoiceMade)
    assert (made.hub, made.application, made.pairwise) == ("hub", "of-this-form", site.world.pairwise(OLD, "hub"))
    seal = site.world.key("civil-affairs", "seal")
    value = msgspec.json.decode(jwe.open_sealed(made.choice.sealed, key=seal, typ="mz-choice"), type=FormValue)
    assert (value.name, value.value, made.choice.digest) == ("role.child", TYPED, form_digest(value))


def test_the_page_says_who_can_open_it_and_shows_no_list(site: SiteWorld) -> None:
    page = site.browser().seen_as(OLD).get(f"/choose?request={asked(site)}")
    assert "子女是哪一位？" in page.text and "civil-affairs能打开" in page.text  # no hub answers here for its name
    assert TYPED not in page.text and SON not in page.text


@pytest.mark.parametrize("typed", ["", "   ", "长" * 101])
def test_nothing_and_too_much_are_told_beside_the_field(site: SiteWorld, typed: str) -> None:
    answer = chosen(site.browser().seen_as(OLD), asked(site), typed)
    assert answer.status_code == 422 and 'id="fault-typed"' in answer.text


def test_nothing_of_it_is_kept_at_the_authority(site: SiteWorld) -> None:
    connection = site.authority.journal.reader()
    before = "\n".join(connection.iterdump())
    given(chosen(site.browser().seen_as(OLD), asked(site), "从未有过的名字"))
    after = "\n".join(site.authority.journal.reader().iterdump())
    opened = [line for line in after.splitlines() if line not in before.splitlines()]
    assert all("site_sessions" in line for line in opened)  # the session that this test opened, and nothing else


def test_who_is_not_signed_in_is_led_to_do_so_and_comes_back(site: SiteWorld) -> None:
    answer = site.browser().get(f"/choose?request={asked(site)}")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=%2Fchoose%3Frequest%3D")


def test_a_session_that_ended_meanwhile_is_opened_again_without_what_was_typed(site: SiteWorld) -> None:
    browser, request = site.browser().seen_as(OLD), asked(site)
    page = browser.get(f"/choose?request={request}")
    browser.client.cookies.delete("__Host-mz-authority")
    answer = browser.post("/choose", page, request=request, typed=TYPED)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=%2Fchoose%3Frequest%3D")


def test_the_form_of_another_person_is_refused(site: SiteWorld) -> None:
    assert refused(site.browser().seen_as(SON).get(f"/choose?request={asked(site)}")) == "choice-of-another"


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "civil-affairs"},
        {"hub": "other-hub"},
        {"authority": "market-regulation"},
        {"gateway": "hub"},
        {"gateway": "auditor"},
        {"gateway": "nobody"},
        {"back": "https://elsewhere.test/my/choosing/x"},
    ],
    ids=str,
)
def test_only_the_hub_itself_asks_for_a_gateway_of_the_list_and_for_its_own_page(
    site: SiteWorld, changes: dict[str, str]
) -> None:
    assert refused(site.browser().seen_as(OLD).get(f"/choose?request={asked(site, **changes)}")) == "malformed-request"


def test_a_request_that_was_changed_is_no_hubs(site: SiteWorld) -> None:
    head, _, signature = asked(site).split(".")
    _, other, _ = asked(site, gateway="human-resources").split(".")
    answer = site.browser().seen_as(OLD).get(f"/choose?request={head}.{other}.{signature}")
    assert refused(answer) == "malformed-request"


def test_a_request_that_is_too_old_is_refused(site: SiteWorld) -> None:
    request = asked(site, exp=int(site.world.now()) - 1)
    assert refused(site.browser().seen_as(OLD).get(f"/choose?request={request}")) == "flow-ended"
