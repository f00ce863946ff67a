"""The site of an authority for bodies: who speaks for one, what they grant, and what waits for the next one's yes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.app import authority_of
from mianzheng.authority.site.routes import site_routes
from mianzheng.authority.site.showing import TEMPLATES
from mianzheng.authority.site.site import Site, open_site
from mianzheng.credentials import jwe, jws
from mianzheng.gateway.app import build
from mianzheng.look.pages import template_config
from mianzheng.mandates import token
from mianzheng.model.canonical import digest
from mianzheng.model.found_items import FoundItem
from mianzheng.model.mandate import BodyCode, HandOver
from mianzheng.model.sites import SiteConfig
from mianzheng.model.text import Text
from tests.authority.bodies import BODIES, headed_by
from tests.authority.site_world import HUB, SITE, Browser, SiteWorld, refused, site_world
from tests.gateway.world import FIRM, HEAD, HUSBAND, NAMES, SON, World

OWN = "https://bodies.test"
ITEM = "good-standing"


class Known:
    """The hub's list of items."""

    def items(self, hub: str) -> tuple[FoundItem, ...]:
        assert hub == "hub"
        return (_found(ITEM, ("法人",)), _found("old-age-allowance", ("自然人",)))


def _found(item: str, who: tuple[str, ...]) -> FoundItem:
    return FoundItem(
        item=item, version=1, name=Text(zh=f"事项{item}", en=item), department=BODIES, kind="行政确认", who=who,
        department_name=Text(zh="市场监管局", en="Market regulation"), promise_days=0, replaces=(), happenings=(),
    )  # fmt: skip


class Both:
    """The site for bodies, and that for persons to which it leads."""

    def __init__(self, persons: SiteWorld) -> None:
        self.world = persons.world
        self.persons = persons
        persons.site = msgspec.structs.replace(
            persons.site, config=msgspec.structs.replace(persons.config, bodies={BODIES: OWN})
        )
        authority = authority_of(self.world.gateways[BODIES])
        assert authority is not None
        config = SiteConfig(url=OWN, hubs={"hub": HUB}, persons=SITE, sign_ins_per_minute=100_000)
        self.site: Site = msgspec.structs.replace(open_site(authority, config), offered=Known())

    def lines(self, number: str) -> list[str]:
        return [line.kind for line in self.world.gateways[BODIES].log.mine(number)]


class Visitor:
    """One browser before both sites."""

    def __init__(self, both: Both) -> None:
        serving = both.world.servings[BODIES]
        app = build(serving, list(site_routes(both.site)), templates=template_config(TEMPLATES))
        self.client: TestClient[Any] = TestClient(app, base_url=OWN, raise_server_exceptions=False)
        self.persons = Browser(both.persons)

    def get(self, url: str) -> Any:
        return self.client.get(url.removeprefix(OWN), follow_redirects=False)

    def post(self, path: str, page: Any, /, **fields: str) -> Any:
        found = re.search(r'name="_csrf_token" value="([^"]*)"', page.text)
        assert found is not None, page.text
        return self.client.post(path, data=fields | {"_csrf_token": unescape(found[1])}, follow_redirects=False)

    def proved(self, url: str, who: str) -> Any:
        """Prove at the persons' site who one is, and come back."""
        assert url.startswith(f"{SITE}/sign-in?")
        page = self.persons.prove(self.persons.get(url), who)
        link = re.search(r'href="(https://bodies\.test[^"]+)" data-testid="continue"', page.text)
        assert link is not None, page.text
        return self.get(unescape(link[1]))

    def sign_in(self, who: str) -> Any:
        led = self.get(self.get("/mandates/mine").headers["location"])
        answer = self.proved(led.headers["location"], who)
        assert (answer.status_code, answer.headers["location"]) == (303, "/mandates/mine"), answer.text
        return self.get("/mandates/mine")

    def speaks(self, who: str = "head", code: str = FIRM) -> Any:
        """Sign in and say for which body; return what follows."""
        return self.post("/bodies", self.sign_in(who), code=code)

    def reviewed(self, **changes: str) -> Any:
        until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
        fields = {
            "agent": HUSBAND,
            "agent_name": NAMES[HUSBAND],
            "items": ITEM,
            "purpose": "办资信证明",
            "uses": "5",
            "until": until,
            "limit": "50000",
        }
        answer = self.post("/mandates/new", self.get("/mandates/new"), **(fields | changes))
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def granted(self, who: str = "head", **changes: str) -> Any:
        link = re.search(r'href="([^"]+)" data-testid="sign"', self.reviewed(**changes).text)
        assert link is not None
        return self.proved(unescape(link[1]), who)

    def mandates(self, side: str) -> list[str]:
        part = self.get("/mandates/mine").text.partition(f'data-testid="{side}"')[2].partition("</section>")[0]
        return list(dict.fromkeys(re.findall(r'name="mandate" value="([^"]+)"', part)))


@pytest.fixture(scope="module")
def both(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with site_world(world, tmp_path_factory.mktemp("sites")) as persons:
        yield Both(persons)


def test_who_the_register_names_goes_in_by_its_code(both: Both) -> None:
    visitor = Visitor(both)
    assert visitor.speaks().status_code == 303
    page = visitor.get("/mandates/mine")
    assert "您代表：临海市某某有限公司" in page.text and FIRM not in page.text


@pytest.mark.parametrize("code", [FIRM, "91331082MA2AXXXX1H", "x", HUSBAND])
def test_nobody_else_does_and_whether_there_is_such_a_body_is_not_said(both: Both, code: str) -> None:
    visitor = Visitor(both)
    assert refused(visitor.speaks("agent", code)) == "not-representative"
    assert refused(visitor.get("/bodies/use")) == "not-representative"
    assert refused(visitor.get("/mandates/new")) == "malformed-request"


def test_a_representative_mandates_by_item_sum_and_term_and_the_agent_reads_it(both: Both) -> None:
    visitor, agent = Visitor(both), Visitor(both)
    visitor.speaks()
    answer = visitor.granted()
    assert answer.headers["location"] == "/mandates/mine?done=granted"
    page, theirs = visitor.get("/mandates/mine"), agent.sign_in("agent")
    for words in (f"事项{ITEM}", "办资信证明", "不超过 50000 元", "还剩 5 次，共 5 次"):
        assert words in page.text and words in theirs.text
    assert "临海市某某有限公司" in theirs.text and HUSBAND not in page.text and FIRM not in theirs.text
    assert "mandate-granted" in both.lines(HUSBAND)


def test_the_form_offers_items_of_bodies_alone(both: Both) -> None:
    visitor = Visitor(both)
    visitor.speaks()
    page = visitor.get("/mandates/new")
    assert f'value="{ITEM}"' in page.text and "old-age-allowance" not in page.text and "agent_name" in page.text


@pytest.mark.parametrize("limit", ["much", "-1", "NaN", "1e999999999"])
def test_what_is_no_sum_is_a_fault(both: Both, limit: str) -> None:
    visitor = Visitor(both)
    visitor.speaks()
    answer = visitor.post(
        "/mandates/new", visitor.get("/mandates/new"), agent=HUSBAND, agent_name=NAMES[HUSBAND],
        items=ITEM, purpose="x",
        uses="1",
        until=(datetime.now(UTC) + timedelta(days=3)).date().isoformat(), limit=limit,
    )  # fmt: skip
    assert answer.status_code == 422 and 'id="fault-limit"' in answer.text


def test_another_persons_word_grants_nothing(both: Both) -> None:
    visitor = Visitor(both)
    visitor.speaks()
    before = visitor.mandates("granted")
    assert refused(visitor.granted("agent")) == "mandate-refused"
    assert visitor.mandates("granted") == before


def test_an_agent_removed_a_minute_ago_is_refused(both: Both) -> None:
    visitor, agent = Visitor(both), Visitor(both)
    visitor.speaks()
    visitor.granted()
    agent.sign_in("agent")
    mandate = agent.mandates("received")[0]
    assert agent.get(f"/mandates/{mandate}/use?item={ITEM}").status_code == 200
    assert visitor.post("/mandates/revoke", visitor.get("/mandates/mine"), mandate=mandate).status_code == 303
    assert refused(agent.get(f"/mandates/{mandate}/use?item={ITEM}")) == "mandate-revoked"


def test_a_mandate_waits_for_the_yes_of_the_next_representative(both: Both) -> None:
    visitor, agent, next_one = Visitor(both), Visitor(both), Visitor(both)
    visitor.speaks()
    visitor.granted()
    agent.sign_in("agent")
    mandate = agent.mandates("received")[0]
    with headed_by(both.world, SON):
        assert refused(agent.get(f"/mandates/{mandate}/use?item={ITEM}")) == "mandate-party-gone"
        assert "等现任负责人点头" in agent.get("/mandates/mine").text
        assert refused(visitor.get("/bodies/use")) == "not-representative"
        next_one.speaks("son")
        page = next_one.get("/mandates/mine")
        assert 'data-testid="keep"' in page.text
        led = next_one.post("/mandates/keep", page, mandate=mandate)
        answer = next_one.proved(led.headers["location"], "son")
        assert answer.headers["location"] == "/mandates/mine?done=kept"
        assert agent.get(f"/mandates/{mandate}/use?item={ITEM}").status_code == 200


def test_who_spoke_for_it_before_says_no_yes(both: Both) -> None:
    visitor = Visitor(both)
    visitor.speaks()
    visitor.granted()
    mandate = visitor.mandates("granted")[0]
    with headed_by(both.world, SON):
        led = visitor.post("/mandates/keep", visitor.get("/mandates/mine"), mandate=mandate)
        assert refused(visitor.proved(led.headers["location"], "head")) == "mandate-refused"
        assert refused(visitor.post("/mandates/revoke", visitor.get("/mandates/mine"), mandate=mandate)) == (
            "mandate-refused"
        )


def test_the_code_is_handed_over_sealed_and_the_name_masked(both: Both) -> None:
    visitor = Visitor(both)
    visitor.speaks()
    page = visitor.get("/bodies/use")
    fields = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]+)"', page.text))
    body = unescape(fields["body"])
    word = msgspec.json.decode(jws.unverified_payload(unescape(fields["word"])), type=HandOver)
    opened = jwe.open_sealed(body, key=both.world.key(BODIES, "seal"), typ="mz-body")
    assert msgspec.json.decode(opened, type=BodyCode).code == FIRM and FIRM not in page.text
    assert (word.mandate, word.item, word.agent, word.display) == (digest(body.encode()), "", "", "临海〇〇〇〇")
    assert HEAD not in page.text


def test_an_agents_hand_over_shows_the_one_item(both: Both) -> None:
    visitor, agent = Visitor(both), Visitor(both)
    visitor.speaks()
    visitor.granted()
    agent.sign_in("agent")
    page = agent.get(f"/mandates/{agent.mandates('received')[0]}/use?item={ITEM}")
    fields = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]+)"', page.text))
    read = token.read(unescape(fields["mandate"]), trust=both.world.trust, at=int(both.world.now()))
    assert (read.kind, read.items, read.limit, read.agent) == ("enterprise", (ITEM,), "50000", "")


def test_a_word_for_another_flow_signs_nobody_in(both: Both) -> None:
    mine, other = Visitor(both), Visitor(both)
    led = mine.get(mine.get("/mandates/mine").headers["location"]).headers["location"]
    page = mine.persons.prove(mine.persons.get(led), "head")
    link = re.search(r'href="(https://bodies\.test[^"]+)" data-testid="continue"', page.text)
    assert link is not None
    earned = unescape(link[1])
    other.get(other.get("/mandates/mine").headers["location"])
    assert refused(other.get(earned)) == "flow-ended"
    state = other.get("/sign-in").headers["location"].partition("&state=")[2].partition("&")[0]
    word = earned.partition("word=")[2].partition("&")[0]
    assert refused(other.get(f"/signed-in?word={word}&state={state}")) == "mandate-refused"
    assert mine.get(earned).status_code == 303
    assert refused(mine.get(earned)) == "flow-ended"


@pytest.mark.parametrize("back", ["https://evil.example/", f"{HUB}/my", f"{OWN}.evil.example/", "/signed-in"])
def test_the_word_for_this_site_leads_to_this_site_alone(both: Both, back: str) -> None:
    page = both.persons.browser().sign_in_page(audience=BODIES, **{"return": back})
    assert refused(page) == "malformed-request"


def test_forms_of_another_site_choose_and_keep_nothing(both: Both) -> None:
    visitor = Visitor(both)
    visitor.sign_in("head")
    for path in ("/bodies", "/mandates/keep", "/mandates/new", "/mandates/revoke"):
        assert refused(visitor.client.post(path, data={"code": FIRM, "mandate": "x"})) == "csrf"


def test_who_leaves_is_signed_out(both: Both) -> None:
    visitor = Visitor(both)
    page = visitor.sign_in("head")
    assert visitor.post("/sign-out", page).headers["location"] == HUB
    assert visitor.get("/mandates/mine").headers["location"].startswith("/sign-in")
