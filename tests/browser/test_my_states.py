"""A case in the states that no walk stays in, and what its person meets beside it: axe finds nothing on any page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mianzheng.cases.advance import run as go
from mianzheng.cases.inviting import invite, open_invitation
from mianzheng.web.access import SESSION_COOKIE
from tests.browser.axe import judged
from tests.browser.dresses import BESIDE_DESK, dressed
from tests.browser.hub_site import apart, served
from tests.browser.test_front import _hub
from tests.cases.hub_world import applicant_of, hub_world, run
from tests.cases.link_world import CONSENT, authorised, publish, with_child, with_spouse
from tests.cases.procedure_world import published
from tests.gateway.world import DRAWS, HUSBAND, OLD, SHOWN, WIFE, YOUNG
from tests.web.front_hub import pages
from tests.web.my_client import Visitor
from tests.web.test_my_ledger import _compare
from tests.web.test_my_procedure import to_correct

TOLD = ("子女", "配偶")  # roles of the tests' own items, which have no English name
ITEM = "old-age-allowance"
ITEMS = ("declared-allowance", "noticed-allowance", "paid-allowance", "signed-allowance")


class Shown:
    """Where each page is, and whose session opens it."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}

    def add(self, name: str, whose: Visitor, path: str) -> None:
        self.pages[name] = (whose.cookies[SESSION_COOKIE], path)


@pytest.fixture(scope="module")
def shown() -> Shown:
    """Every page, made by another process of the same hub."""
    return apart(_shown)


@pytest.fixture(scope="module")
def site(shown: Shown) -> Iterator[str]:
    with served(apart(_hub)) as origin:
        yield origin


def _shown() -> Shown:
    invited: list[str] = []
    run(_prepared(invited))
    found = Shown()
    with pages() as client:
        old, young, draws = Visitor(client, OLD), Visitor(client, YOUNG), Visitor(client, DRAWS)
        found.add("hub /my/cases/{case} proposed", young, str(young.run(ITEM).url.path))
        refused = young.run(ITEM)
        young.follow(young.sign(young.begin(refused, act="accept-refusal")))
        found.add("hub /my/cases/{case} refused", young, str(refused.url.path))
        found.add("hub /my/cases/{case}/why refused", young, f"{refused.url.path}/why")
        withdrawn = draws.run(ITEM)
        draws.follow(draws.sign(draws.begin(withdrawn, act="withdraw")))
        found.add("hub /my/cases/{case} withdrawn", draws, str(withdrawn.url.path))
        client.app.state.hub.peers.down.add("public-security")
        found.add("hub /my/cases/{case} running", old, str(old.run(ITEM).url.path))
        client.app.state.hub.peers.down.clear()
        for item in ITEMS:
            state = item.removesuffix("-allowance")
            found.add(f"hub /my/cases/{{case}} {state}", old, str(old.run(item).url.path))
        corrected = to_correct(client, old)
        found.add("hub /my/cases/{case} correction", old, corrected)
        found.add("hub /my/cases/{case}/correct", old, f"{corrected}/correct")
        found.add("hub /my/notices told", old, "/my/notices")
        found.add("hub /my/apply/{item} choices", old, "/my/apply/child-aid")
        found.add("hub /my/apply/{item} for a body", old, "/my/apply/good-standing")
        listed = Visitor(client, SHOWN)
        listed.run(ITEM)
        found.add("hub /my/ledger compared", listed, f"/my/ledger?{_compare(listed).url.query.decode()}")
        wife, husband = Visitor(client, WIFE), Visitor(client, HUSBAND)
        found.add("hub /my/invitations/{case}/{role}", wife, f"/my/invitations/{invited[0]}/spouse%231")
        found.add("hub /my/invitations open", wife, "/my/invitations")
        found.add("hub /my/cases/{case} waiting for a signature", husband, f"/my/cases/{invited[0]}")
        found.add("hub /my/cases/{case} part", wife, f"/my/cases/{invited[0]}")
    return found


async def _prepared(invited: list[str]) -> None:
    """Publish what is applied for, and let a wife open the invitation to her husband's case."""
    async with hub_world() as here:
        for item in ITEMS:
            await published(here, item)
        await publish(here, with_child())
        live = await go(await authorised(here, with_spouse(CONSENT), HUSBAND))
        made = await invite(live, "spouse")
        await open_invitation(here.hub, made.code, applicant_of(here.world, WIFE))
        invited.append(live.id)


@pytest.mark.parametrize("dress", BESIDE_DESK)
def test_axe_finds_no_fault_and_nothing_is_wider_than_the_page(
    chromium: Browser, site: str, shown: Shown, dress: str
) -> None:
    found: list[str] = []
    for session in dict.fromkeys(session for session, _ in shown.pages.values()):
        context = dressed(chromium, dress)
        context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": "https://localhost", "secure": True}])
        page = context.new_page()
        for name, path in ((name, path) for name, (whose, path) in shown.pages.items() if whose == session):
            answer = page.goto(site + path)
            assert answer is not None and answer.status == 200, path
            found += judged(page, name, names=TOLD)
        context.close()
    assert found == [], "\n".join(found)


def test_axe_finds_no_fault_where_something_is_to_be_mended_or_was_just_given(
    chromium: Browser, site: str, shown: Shown
) -> None:
    context = dressed(chromium, "zoomed, dark, english")
    session, invited = shown.pages["hub /my/invitations/{case}/{role}"]
    context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": "https://localhost", "secure": True}])
    page = context.new_page()
    found = []
    page.goto(f"{site}/my/apply/care-aid")
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("faults")).to_contain_text("1 to mend")
    found += judged(page, "hub /my/apply/{item} faults", names=TOLD)
    page.goto(f"{site}/my/window")
    page.get_by_test_id("make-code").click()
    expect(page.get_by_test_id("code")).to_be_visible()
    found += judged(page, "hub /my/window code", names=TOLD)
    page.goto(site + invited)
    page.get_by_test_id("sign").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += judged(page, "hub /my/invitations/{case}/{role} fault", names=TOLD)
    page.goto(f"{site}/my/invitations")
    page.get_by_test_id("code").fill("nonsense")
    page.get_by_test_id("open").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += judged(page, "hub /my/invitations fault", names=TOLD)
    context.close()
    assert found == [], "\n".join(found)
