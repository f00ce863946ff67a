"""The authority's site: a mandate granted, read in words, revoked in one tap, brought to the hub by its agent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws
from mianzheng.mandates import token
from mianzheng.model.errors import Unavailable
from mianzheng.model.found_items import FoundItem
from mianzheng.model.mandate import HandOver
from mianzheng.model.text import Text
from tests.authority.grants import Grant, change
from tests.authority.site_world import HUB, Browser, SiteWorld, refused, site_world
from tests.gateway.world import HUSBAND, NAMES, OLD, ORIGIN, World, sign_in

AGENT = HUSBAND
ITEM, OTHER = "old-age-allowance", "care-aid"


class Known:
    """The hub's list of items, as it answers or is away."""

    away = False

    def items(self, hub: str) -> tuple[FoundItem, ...]:
        assert hub == "hub"
        if self.away:
            raise Unavailable("away")
        return (
            _found(ITEM, "高龄津贴"), _found(OTHER, "护理补贴"), _found("in-person", "须本人", by_another=False),
            _found("of-a-body", "单位的", who=("法人",)),
        )  # fmt: skip


def _found(item: str, name: str, *, who: tuple[str, ...] = ("自然人",), by_another: bool = True) -> FoundItem:
    return FoundItem(
        item=item, version=1, name=Text(zh=name, en=item), department="civil-affairs",
        department_name=Text(zh="民政局", en="Civil affairs"), kind="行政给付", who=who, promise_days=0, replaces=(),
        happenings=(), by_another=by_another,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site")) as made:
        config = msgspec.structs.replace(made.config, url=ORIGIN)  # one that the trust list names
        made.site = msgspec.structs.replace(made.site, offered=Known(), config=config)
        yield made


def signed_in(site: SiteWorld, who: str = "old") -> Browser:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/mandates/mine"), who)
    return browser


def typed(site: SiteWorld, **changes: Any) -> dict[str, Any]:
    until = datetime.fromtimestamp(site.world.now(), UTC) + timedelta(days=20)
    fields = {
        "agent_name": NAMES[AGENT], "agent": AGENT, "items": ITEM, "purpose": "代我申请高龄津贴", "uses": "2",
        "until": until.date().isoformat(),
    }  # fmt: skip
    return fields | changes


def reviewed(site: SiteWorld, browser: Browser, **changes: Any) -> Any:
    """The page on which the terms are read before they are signed."""
    answer = browser.post("/mandates/new", browser.get("/mandates/new"), **typed(site, **changes))
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"])


def granted(site: SiteWorld, browser: Browser, who: str = "old", **changes: Any) -> Any:
    return browser.prove(reviewed(site, browser, **changes), who)


def named(page: Any, side: str) -> list[str]:
    """The digests of the mandates on one side of the list that can be revoked."""
    part = page.text.partition(f'data-testid="{side}"')[2].partition("</section>")[0]
    return re.findall(r'name="mandate" value="([^"]+)"', part)


def new_among(page: Any, before: list[str]) -> str:
    """The one received mandate that was not there before: those of one second stand in any order."""
    (mandate,) = set(named(page, "received")) - set(before)
    return mandate


def handed(page: Any) -> tuple[str, HandOver, str]:
    """What the agent's page brings to the hub: the mandate, the authority's word, and where."""
    fields = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]+)"', page.text))
    to = re.search(r'action="(https://hub\.test[^"]*)"', page.text)
    assert to is not None, page.text
    word = msgspec.json.decode(jws.unverified_payload(unescape(fields["word"])), type=HandOver)
    return unescape(fields["mandate"]), word, to[1]


def test_a_mandate_is_signed_after_proving_anew_and_read_by_both(site: SiteWorld) -> None:
    old, agent = signed_in(site), signed_in(site, "agent")
    before = set(named(old.get("/mandates/mine"), "granted"))
    answer = granted(site, old)
    assert (answer.status_code, answer.headers["location"]) == (303, "/mandates/mine?done=granted")
    mine, theirs = old.get("/mandates/mine"), agent.get("/mandates/mine")
    new = set(named(mine, "granted")) - before  # the first page holds the newest, beside those of other tests
    assert len(new) == 1 and NAMES[AGENT] in mine.text
    assert new <= set(named(theirs, "received")) and NAMES[OLD] in theirs.text
    for words in ("高龄津贴", "代我申请高龄津贴", "还剩 2 次，共 2 次"):
        assert words in mine.text and words in theirs.text


def test_what_is_signed_is_shown_before_and_no_number_with_it(site: SiteWorld) -> None:
    page = reviewed(site, signed_in(site))
    for words in (NAMES[AGENT], "高龄津贴", "代我申请高龄津贴", "最多 2 次"):
        assert words in page.text
    assert AGENT not in page.text and OLD not in page.text


def test_both_read_of_a_grant_in_their_own_lists(site: SiteWorld) -> None:
    granted(site, signed_in(site))
    for number in (OLD, AGENT):
        assert "mandate-granted" in [kind for kind, _ in site.lines(number)]
    assert ("remote-signature", "demo") in site.lines(OLD)


def test_somebody_else_at_the_provider_signs_nothing(site: SiteWorld) -> None:
    browser = signed_in(site)
    before = named(browser.get("/mandates/mine"), "granted")
    assert refused(granted(site, browser, "agent")) == "mandate-refused"
    assert named(browser.get("/mandates/mine"), "granted") == before


def test_a_name_that_is_not_the_numbers_makes_no_mandate(site: SiteWorld) -> None:
    assert refused(granted(site, signed_in(site), agent_name="别的人")) == "mandate-refused"


def test_a_grant_is_signed_once(site: SiteWorld) -> None:
    browser = signed_in(site)
    page = reviewed(site, browser)
    browser.prove(page)
    link = re.search(r'href="(/sign-in/with/demo\?flow=[^"]+)"', page.text)
    assert link is not None and refused(browser.get(unescape(link[1]))) == "flow-ended"


def test_terms_of_another_browser_are_not_shown(site: SiteWorld) -> None:
    page = reviewed(site, signed_in(site))
    flow = page.text.partition("?flow=")[2].partition('"')[0]
    assert refused(signed_in(site).get(f"/mandates/sign?flow={flow}")) == "flow-ended"
    assert refused(signed_in(site, "agent").get(f"/mandates/sign?flow={flow}")) == "flow-ended"


@pytest.mark.parametrize("assertion", ["", "{}", "not json"])
def test_what_is_no_signature_makes_no_mandate_and_ends_the_attempt(site: SiteWorld, assertion: str) -> None:
    browser = signed_in(site)
    page = reviewed(site, browser)
    flow = page.text.partition("?flow=")[2].partition('"')[0]
    assert refused(browser.post("/mandates/signed", page, flow=flow, assertion=assertion)) == "malformed-request"
    assert refused(browser.get(f"/mandates/sign?flow={flow}")) == "flow-ended"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent_name", " "),
        ("agent", "331082195001010018"),
        ("agent", "12345"),
        ("agent", OLD),
        ("items", ""),
        ("items", "in-person"),
        ("items", "of-a-body"),
        ("items", "no-such-item"),
        ("purpose", ""),
        ("purpose", "长" * 61),
        ("uses", "0"),
        ("uses", "99"),
        ("uses", "-1"),
        ("uses", "two"),
        ("until", "2020-01-01"),
        ("until", "2999-01-01"),
        ("until", "soon"),
    ],
)
def test_a_fault_stands_beside_its_field_and_the_rest_is_kept(site: SiteWorld, field: str, value: str) -> None:
    browser = signed_in(site)
    answer = browser.post("/mandates/new", browser.get("/mandates/new"), **typed(site, **{field: value}))
    assert answer.status_code == 422 and f'id="fault-{field}"' in answer.text
    assert "还差 1 项" in answer.text
    assert field == "purpose" or "代我申请高龄津贴" in answer.text


def test_the_form_offers_what_another_may_do_for_a_person(site: SiteWorld) -> None:
    page = signed_in(site).get(f"/mandates/new?item={ITEM}")
    assert f'value="{ITEM}" checked' in page.text and f'value="{OTHER}">' in page.text
    assert "in-person" not in page.text and "of-a-body" not in page.text


@pytest.mark.parametrize("how", [{"find": "1"}, {}])
def test_items_are_found_by_words_and_what_was_typed_stays(site: SiteWorld, how: dict[str, str]) -> None:
    browser = signed_in(site)
    looked = {"look_for": "护理", "looked_for": ""} | how  # by its button, or by Return in its field
    page = browser.post("/mandates/new", browser.get("/mandates/new"), **typed(site, **looked))
    assert page.status_code == 200 and 'data-testid="faults"' not in page.text
    assert f'value="{ITEM}" checked' in page.text and f'value="{OTHER}">' in page.text
    assert "代我申请高龄津贴" in page.text and f'value="{AGENT}"' in page.text
    on = typed(site, look_for="护理", looked_for="护理")
    assert browser.post("/mandates/new", page, **on).headers["location"].startswith("/mandates/sign?")
    nothing = browser.post("/mandates/new", page, **typed(site, look_for="火星", looked_for="护理"))
    assert "没有找到“火星”" in nothing.text and f'value="{ITEM}" checked' in nothing.text


def test_mandates_are_found_by_name_purpose_and_item(site: SiteWorld) -> None:
    browser = signed_in(site)
    site.world.ahead -= 60  # mandates of one second stand in any order
    try:
        wanted = token.digest_of(Grant(site.world, purpose="找得到的那一份").mandate())
    finally:
        site.world.ahead += 60
    for _ in range(12):
        Grant(site.world).mandate()
    assert wanted not in named(browser.get("/mandates/mine"), "granted")
    assert named(browser.get("/mandates/mine?q=找得到"), "granted") == [wanted]
    assert "没有找到" in browser.get("/mandates/mine?q=火星").text


def test_who_was_not_seen_surely_grants_from_tomorrow_on(site: SiteWorld) -> None:
    browser = signed_in(site, "head")
    assert "委托从明天起生效" in browser.get("/mandates/new").text
    granted(site, browser, "head")
    page = browser.get("/mandates/mine")
    assert "还没生效" in page.text
    agent = signed_in(site, "agent")
    assert refused(agent.get(f"/mandates/{named(page, 'granted')[0]}/use?item={ITEM}")) == "mandate-not-yet"
    browser.post("/mandates/revoke", page, mandate=named(page, "granted")[0])


def test_a_mandate_is_revoked_in_one_tap_by_either_party(site: SiteWorld) -> None:
    for who in ("old", "agent"):
        granted(site, signed_in(site))
        browser = signed_in(site, who)
        side = "granted" if who == "old" else "received"
        page = browser.get("/mandates/mine")
        mandate = named(page, side)[0]
        assert browser.post("/mandates/revoke", page, mandate=mandate).status_code == 303
        shown = browser.get("/mandates/mine")
        assert mandate not in named(shown, side) and "已撤销" in shown.text
        assert refused(signed_in(site, "agent").get(f"/mandates/{mandate}/use?item={ITEM}")) == "mandate-revoked"


def test_while_its_principal_has_locked_a_mandate_is_not_said_to_stand(site: SiteWorld) -> None:
    granted(site, signed_in(site))
    browser = signed_in(site)
    browser.post("/mandates/lock", browser.get("/mandates/mine"), lock="on")
    shown = browser.get("/mandates/mine?done=lock-on").text
    site.authority.journal.commit(lambda connection: connection.execute("DELETE FROM locks"))
    assert 'data-testid="standing">已上锁' in shown and 'data-testid="standing">有效' not in shown


def test_nobody_revokes_or_uses_the_mandate_of_others(site: SiteWorld) -> None:
    granted(site, signed_in(site))
    mandate = named(signed_in(site).get("/mandates/mine"), "granted")[0]
    stranger = signed_in(site, "head")
    assert mandate not in stranger.get("/mandates/mine").text
    page = stranger.get("/mandates/new")
    assert refused(stranger.post("/mandates/revoke", page, mandate=mandate)) == "mandate-refused"
    assert refused(stranger.post("/mandates/revoke", page, mandate="A" * 43)) == "mandate-refused"
    assert refused(stranger.get(f"/mandates/{mandate}/use?item={ITEM}")) == "not-found"
    assert refused(signed_in(site).get(f"/mandates/{mandate}/use?item={ITEM}")) == "not-found"  # the principal
    assert mandate in named(signed_in(site).get("/mandates/mine"), "granted")


def test_forms_of_another_site_grant_and_revoke_nothing(site: SiteWorld) -> None:
    browser = signed_in(site)
    for path in ("/mandates/new", "/mandates/revoke", "/mandates/signed"):
        assert refused(browser.client.post(path, data={"mandate": "x", "flow": "x", "assertion": "x"})) == "csrf"


def test_nobody_reads_mandates_without_signing_in(site: SiteWorld) -> None:
    for path in ("/mandates/mine", "/mandates/new", "/mandates/sign", "/mandates/x/use"):
        assert site.browser().get(path).headers["location"].startswith("/sign-in?next=%2Fmandates")


def test_the_agent_brings_the_hub_one_item_and_a_word_for_themself_alone(site: SiteWorld) -> None:
    browser = signed_in(site)
    agent = signed_in(site, "agent")
    before = named(agent.get("/mandates/mine"), "received")
    page = browser.post("/mandates/new", browser.get("/mandates/new"), **typed(site, items=[ITEM, OTHER]))
    browser.prove(browser.get(page.headers["location"]))
    mandate = new_among(agent.get("/mandates/mine"), before)
    answer = agent.get(f"/mandates/{mandate}/use?item={ITEM}")
    shown, word, to = handed(answer)
    read = token.read(shown, trust=site.world.trust, at=int(site.world.now()))
    assert to == f"{HUB}/my/acting" and read.items == (ITEM,) and OTHER not in shown
    pairwise = sign_in(site.world, AGENT, "hub").pairwise
    assert (word.aud, word.agent, word.mandate, word.item) == ("hub", pairwise, mandate, ITEM)
    assert read.agent == pairwise and 0 < word.exp - word.iat <= 600
    assert f"form-action 'self' {HUB}" in answer.headers["content-security-policy"]
    assert OLD not in answer.text and AGENT not in answer.text


def test_an_item_that_the_mandate_does_not_name_is_not_handed_over(site: SiteWorld) -> None:
    agent = signed_in(site, "agent")
    before = named(agent.get("/mandates/mine"), "received")
    granted(site, signed_in(site))
    mandate = new_among(agent.get("/mandates/mine"), before)
    assert refused(agent.get(f"/mandates/{mandate}/use?item={OTHER}")) == "mandate-not-for-this-item"


def test_a_mandate_granted_by_another_way_stands_in_the_list_too(site: SiteWorld) -> None:
    mandate = Grant(site.world, agent=AGENT, purpose="用自己的钥匙").mandate()
    assert "用自己的钥匙" in signed_in(site).get("/mandates/mine").text
    assert token.digest_of(mandate) in named(signed_in(site, "agent").get("/mandates/mine"), "received")
    assert change(site.world, mandate, OLD).status_code == 200


def test_lists_go_on_page_by_page(site: SiteWorld) -> None:
    made = {token.digest_of(Grant(site.world).mandate()) for _ in range(12)}
    browser, seen, page = signed_in(site), set[str](), "/mandates/mine"
    for _ in range(20):
        answer = browser.get(page)
        seen |= set(named(answer, "granted"))
        link = re.search(r'href="(/mandates/mine\?side=granted&amp;after=[^"]+)"', answer.text)
        if link is None:
            break
        page = unescape(link[1])
    assert made <= seen
    assert refused(browser.get("/mandates/mine?side=granted&after=x")) == "malformed-request"


def test_without_the_hub_the_list_is_read_and_nothing_is_granted(site: SiteWorld) -> None:
    away = Known()
    away.away = True
    site.site, kept = msgspec.structs.replace(site.site, offered=away), site.site
    try:
        browser = signed_in(site)
        assert ITEM in browser.get("/mandates/mine").text
        assert refused(browser.get("/mandates/new")) == "unavailable"
    finally:
        site.site = kept


def test_no_number_stands_in_a_row_of_the_list_or_of_a_flow(site: SiteWorld) -> None:
    reviewed(site, signed_in(site))
    reader = site.authority.journal.reader()
    for table in ("mandate_parties", "site_flows"):
        held = repr(reader.execute(f"SELECT * FROM {table}").fetchall())
        assert held != "[]" and OLD not in held and AGENT not in held and ITEM not in held


def test_mandates_issued_before_there_was_a_list_are_put_into_it(site: SiteWorld) -> None:
    from mianzheng.authority import mandate_parties

    mandate = token.digest_of(Grant(site.world).mandate())
    journal = site.authority.journal
    journal.commit(lambda connection: connection.execute("DELETE FROM mandate_parties"))
    journal.commit(lambda connection: mandate_parties.create_tables(connection, site.authority.secrets))
    listed = mandate_parties.page_of(journal.reader(), site.authority.secrets, OLD, "granted", limit=1000)
    assert mandate in {one for _, one in listed}


def test_pages_of_ones_own_are_found_by_index_however_many_others_there_are(
    site: SiteWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, journal, said = signed_in(site), site.authority.journal, list[str]()
    granted(site, browser)
    plain = journal.reader

    def traced() -> Any:
        connection = plain()
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(journal, "reader", traced)
    for path in ("/mandates/mine", "/mandates/new", "/devices"):
        assert browser.get(path).status_code == 200
    monkeypatch.undo()
    plans = {one: [row[3] for row in plain().execute(f"EXPLAIN QUERY PLAN {one}")] for one in set(said)}
    assert any("mandate_parties" in one for one in plans)
    assert [one for one, plan in plans.items() if any(step.startswith("SCAN") for step in plan)] == []
