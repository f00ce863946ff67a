"""Whole flows in Chromium against the real processes of one city: hub, worker, gateways, authorities, provider, window.

What single pages do is tested beside them; here people come to their decision, each in a way of their own.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mianzheng.city.truth import TRUTH
from mianzheng.cli.keys import PROVIDER
from mianzheng.cli.ports import ports_of
from mianzheng.cli.window import CAST, FOLDER, install_window, window_specs, window_url
from mianzheng.provider.people import DemoPerson, read_people
from mianzheng.web.config import read_config
from mianzheng.web.pages.front import DESKS
from mianzheng.window.cast import Persona, read_cast
from tests.browser.axe import judged, overflow
from tests.browser.city_walk import (
    ALLOWANCE,
    DESK,
    PHONE,
    Signed,
    reach,
    registered,
    sign_in,
    signed,
    to_the_plan,
    vouched,
    with_authenticator,
)
from tests.browser.conftest import CHROMIUM
from tests.browser.phone_walk import walk_on_a_phone
from tests.browser.window_walk import walk
from tests.city_wide.running_city import RunningCity, wait_until_it_answers

pytestmark = pytest.mark.process
PEOPLE, BODIES = "gateway-public-security", "gateway-market-regulation"
PROVIDER_FOLDER = "provider"
KILLED = "gateway-human-resources"  # holds the proof of life
HAN = re.compile(r"[\u4e00-\u9fff]+")
ON_RECORD = "发放中"  # a value as the register holds it, quoted in whatever language it is asked about


@pytest.fixture(scope="module")
def chromium(whole_city: RunningCity) -> Iterator[Browser]:
    """A Chromium of this file's own: its driver holds the thread's loop, which bringing up and other files need."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, whole_city: RunningCity) -> Signed:
    """Whoever has signed in; each does it once."""
    return Signed(chromium, whole_city.url)


@pytest.fixture(scope="module")
def authority(whole_city: RunningCity) -> str:
    """Where people prove who they are."""
    return read_config(whole_city.data / "hub").sites[PEOPLE]


@contextmanager
def closing(page: Page) -> Iterator[Page]:
    """Close the page's own browser context in the end."""
    try:
        yield page
    finally:
        page.context.close()


def test_on_a_phone_an_old_resident_is_granted_the_allowance_and_reads_who_was_asked(
    chromium: Browser, whole_city: RunningCity
) -> None:
    with closing(chromium.new_context(**PHONE).new_page()) as phone:
        phone.goto(f"{whole_city.url}/my")
        sign_in(phone, "elder")
        expect(phone).to_have_url(f"{whole_city.url}/my")
        phone.goto(f"{whole_city.url}/items/{ALLOWANCE}")
        phone.get_by_test_id("apply").click()
        to_the_plan(phone)
        signed(phone, "elder")
        expect(phone.get_by_test_id("decision")).to_contain_text("准予")
        expect(phone.get_by_test_id("story")).to_contain_text("→ 0")
        expect(phone.locator("[data-open]")).to_be_visible()  # by the key that this browser alone has
        case = phone.url.rpartition("/")[2]
        phone.get_by_role("link", name="谁问过我").first.click()
        asked = phone.get_by_test_id("ledger").locator(f"a[href$='{case}/why']")
        assert asked.count() >= 3  # departments
        phone.get_by_test_id("proof").first.click()
        expect(phone).to_have_url(re.compile(r"/ledger/[\w-]{43}$"))
        assert overflow(phone) <= 0


def test_a_passkey_signs_in_and_signs_by_taps_alone_until_it_is_removed(
    chromium: Browser, whole_city: RunningCity, authority: str
) -> None:
    context = chromium.new_context(**PHONE)
    with closing(with_authenticator(context)) as phone:
        registered(phone, authority, "elder")
        context.clear_cookies()
        done = walk_on_a_phone(phone, whole_city.url)  # no step of it leads to a provider
        assert (done.decision, done.documents.split()[-1]) == ("granted", "0")
        assert 0 < done.seconds(aloud=False) - done.system < 60
        phone.goto(f"{authority}/devices")
        keys = phone.get_by_test_id("keys").locator("li").filter(has_text="在您自己的设备里")
        keys.get_by_test_id("remove").first.click()
        expect(phone.get_by_test_id("done")).to_contain_text("已移除")


def test_from_the_front_page_to_the_decision_by_keyboard_alone(chromium: Browser, whole_city: RunningCity) -> None:
    with closing(chromium.new_context(**DESK).new_page()) as desk:
        desk.goto(whole_city.url)
        reach(desk, "search", press="")
        desk.keyboard.type("gljt")
        desk.keyboard.press("Enter")
        for testid in ("item", "apply", "to-authority", "provider", "person-elder", "apply", "sign", "sign"):
            reach(desk, testid)
        for testid in ("provider", "person-elder"):
            reach(desk, testid)
        expect(desk.get_by_test_id("decision")).to_contain_text("准予")
        reach(desk, "why")
        expect(desk).to_have_url(re.compile("/why$"))


def test_in_english_a_refusal_is_read_and_a_person_is_asked_for(signed_in: Signed, whole_city: RunningCity) -> None:
    with closing(signed_in.page("refused", locale="en")) as page:
        page.goto(f"{whole_city.url}/my/apply/{ALLOWANCE}")
        to_the_plan(page)
        assert set(HAN.findall(seen(page))) <= {ON_RECORD}
        signed(page, "refused")
        expect(page.get_by_test_id("reasons")).to_be_visible()
        expect(page.get_by_test_id("decision")).to_contain_text("not met")
        assert set(HAN.findall(seen(page))) <= {ON_RECORD}
        page.get_by_test_id("ask-person").click()
        page.get_by_test_id("sign").click()
        vouched(page, "refused")
        expect(page.get_by_test_id("state")).to_contain_text("staff")


def test_large_letters_stay_large_from_the_first_page_to_the_decision(
    signed_in: Signed, whole_city: RunningCity
) -> None:
    with closing(signed_in.page("elder")) as phone:
        phone.goto(whole_city.url)
        phone.get_by_test_id("elder").click()
        phone.get_by_test_id("happening").filter(has_text="80").click()
        phone.get_by_role("link", name="高龄津贴").first.click()
        phone.get_by_test_id("apply").click()
        small = [letters(phone)]
        to_the_plan(phone)
        small += [letters(phone)]
        phone.get_by_test_id("sign").click()
        phone.get_by_test_id("sign").click()
        small += [letters(phone)]  # the authority's site, which is another
        vouched(phone, "elder")
        expect(phone.get_by_test_id("decision")).to_contain_text("准予")
        small += [letters(phone)]
        assert min(small) >= 20


def test_while_a_gateway_is_down_the_page_says_what_is_waited_for_and_ends_the_case_by_itself(
    signed_in: Signed, whole_city: RunningCity
) -> None:
    with closing(signed_in.page("father")) as phone:
        phone.goto(f"{whole_city.url}/my/apply/{ALLOWANCE}")
        to_the_plan(phone)
        os.kill(whole_city.pid(KILLED), signal.SIGKILL)
        try:
            signed(phone, "father")
            expect(phone.get_by_test_id("next")).to_contain_text("最晚等到")
            expect(phone.get_by_test_id("decision")).to_have_count(0)
        finally:
            whole_city.start_what_died()
        expect(phone.get_by_test_id("decision")).to_contain_text("准予")  # nobody touches the page


def test_the_son_in_hangzhou_acts_for_his_father_who_sees_it_and_stops_it(
    signed_in: Signed, whole_city: RunningCity, authority: str
) -> None:
    son = played(whole_city, "child")
    with closing(signed_in.page("father")) as father, closing(signed_in.page("child")) as hangzhou:
        father.goto(f"{whole_city.url}/my/mandates?item={ALLOWANCE}")
        father.get_by_test_id("new").click()
        granted(father, son, "代我申请高龄津贴", "father")
        expect(father.get_by_test_id("granted").get_by_test_id("standing").first).to_have_text("有效")
        hangzhou.goto(f"{authority}/mandates/mine")
        hangzhou.get_by_test_id("use").click()
        hangzhou.get_by_test_id("go").click()
        expect(hangzhou.get_by_test_id("acts-for")).to_be_visible()
        to_the_plan(hangzhou)
        signed(hangzhou, "child")
        expect(hangzhou.get_by_test_id("decision")).to_contain_text("准予")
        father.goto(f"{whole_city.url}/my/mandates")
        father.get_by_test_id("acted").get_by_test_id("case").first.click()
        assert father.url == hangzhou.url
        expect(father.get_by_test_id("decision")).to_contain_text("准予")
        father.goto(f"{authority}/mandates/mine")
        father.get_by_test_id("revoke").click()
        expect(father.get_by_test_id("done")).to_contain_text("已撤销")
        expect(father.get_by_test_id("standing").first).to_have_text("已撤销")
        assert judged(father, "authority /mandates/mine revoked") == []
        father.goto(f"{whole_city.url}/my/mandates")
        assert judged(father, "hub /my/mandates acted") == []
        hangzhou.goto(f"{authority}/mandates/mine")
        expect(hangzhou.get_by_test_id("standing").first).to_have_text("已撤销")
        expect(hangzhou.get_by_test_id("use")).to_have_count(0)


def test_the_agent_of_a_firm_files_for_it_until_its_representative_ends_the_mandate(
    signed_in: Signed, whole_city: RunningCity
) -> None:
    bodies = read_config(whole_city.data / "hub").sites[BODIES]
    with closing(signed_in.page("representative", **DESK)) as head, closing(signed_in.page("agent", **DESK)) as agent:
        head.goto(f"{bodies}/mandates/mine")
        vouched(head, "representative")
        head.locator("#code").fill(firm_of(whole_city, played(whole_city, "representative").number))
        head.get_by_test_id("choose").click()
        wrong = judged(head, "authority /mandates/mine body")
        head.get_by_test_id("use-body").click()
        wrong += judged(head, "authority /bodies/use")
        head.go_back()
        head.get_by_test_id("new").click()
        wrong += judged(head, "authority /mandates/new body")
        assert wrong == []
        head.get_by_text("市场监督管理局").last.click()
        head.locator("input[value=mr-suspension]").check()
        granted(head, played(whole_city, "agent"), "办理歇业备案", "representative")
        agent.goto(f"{bodies}/mandates/mine")
        vouched(agent, "agent")
        agent.get_by_test_id("use").click()
        agent.get_by_test_id("go").click()
        agent.get_by_test_id("item").click()
        agent.locator("#f-months").fill("6")
        agent.locator("input[name=staff_agreed][value=true]").check()
        agent.locator("#f-delivery_address").fill("临海市古城街道紫阳街 1 号")
        to_the_plan(agent)
        signed(agent, "agent")
        expect(agent.get_by_test_id("decision")).to_contain_text("准予")
        head.get_by_test_id("revoke").click()
        expect(head.get_by_test_id("done")).to_contain_text("已撤销")
        agent.goto(f"{bodies}/mandates/mine")
        expect(agent.get_by_test_id("use")).to_have_count(0)


def test_without_a_script_a_parent_names_the_child_at_the_authority_and_is_granted(
    chromium: Browser, whole_city: RunningCity
) -> None:
    (child,) = played(whole_city, "parent").knows
    sent: list[str] = []
    with closing(chromium.new_context(**PHONE, java_script_enabled=False).new_page()) as phone:
        phone.on("request", lambda one: sent.append(f"{one.url} {one.post_data or ''}"))
        phone.goto(f"{whole_city.url}/my/apply/childcare-subsidy")
        sign_in(phone, "parent")
        phone.locator("#f-year").fill(str(date.today().year))
        phone.get_by_test_id("choose-elsewhere").click()
        phone.locator("#typed").fill(child.number)
        phone.get_by_test_id("seal").click()
        expect(phone.get_by_test_id("sealed")).to_be_visible()
        expect(phone.locator("#f-year")).to_have_value(str(date.today().year))
        phone.get_by_test_id("apply").click()
        signed(phone, "parent")
        expect(phone.get_by_test_id("decision")).to_contain_text("准予")
    named = [one for one in sent if child.number in one]
    assert len(named) == 1 and not named[0].startswith(whole_city.url)  # typed once, at the authority


def test_each_desk_of_the_front_page_is_one_click_away(chromium: Browser, whole_city: RunningCity, window: str) -> None:
    headings = {"/my": "我的办件", "/my/mandates": "委托", "/enterprise": "单位办事", "/ledger": "核对账本"}
    for place, desk in enumerate(DESKS):
        with closing(chromium.new_context(**DESK).new_page()) as page:
            page.goto(whole_city.url)
            tiles = page.get_by_test_id("desk")
            expect(tiles).to_have_count(len(DESKS))
            tiles.nth(place).click()
            if desk.address == "/window":
                expect(page).to_have_url(window)
                expect(page.get_by_test_id("to-stuck")).to_be_visible()
                continue
            expect(page).to_have_url(whole_city.url + desk.address)
            expect(page.get_by_role("heading", level=1)).to_contain_text(headings[desk.address])


def test_the_provider_vouches_for_ten_people_and_each_desk_has_one_of_them(whole_city: RunningCity, page: Page) -> None:
    page.goto(f"http://localhost:{ports_of(whole_city.data)[PROVIDER]}/people")
    assert judged(page, "provider /people city") == []
    names = [one.id for one in read_people(whole_city.data / PROVIDER_FOLDER)]
    expect(page.locator("[data-testid^=script-]:not([data-testid=script-page])")).to_have_count(10)
    assert len(set(names)) == 10 and {desk.persona for desk in DESKS} - {""} <= set(names)


def granted(page: Page, agent: DemoPerson, purpose: str, who: str) -> None:
    """Fill in for whom, for what and how often; read it over, sign it."""
    page.locator("#agent_name").fill(agent.name)
    page.locator("#agent").fill(agent.number)
    page.locator("#purpose").fill(purpose)
    page.locator("#uses").fill("2")
    page.get_by_test_id("review").click()
    expect(page.get_by_test_id("terms")).to_contain_text(purpose)
    page.get_by_test_id("sign").click()
    provider, person = page.get_by_test_id("provider"), page.get_by_test_id(f"person-{who}")
    expect(provider.or_(person).first).to_be_visible()
    if provider.count():  # a body's authority sends people to their own first
        provider.click()
    person.click()
    expect(page.get_by_test_id("done")).to_contain_text("委托已作出")


def played(city: RunningCity, who: str) -> DemoPerson:
    """One of the provider's cast."""
    return next(one for one in read_people(city.data / PROVIDER_FOLDER) if one.id == who)


def firm_of(city: RunningCity, representative: str) -> str:
    """The code of the firm that somebody represents."""
    with duckdb.connect(str(city.data / TRUTH), read_only=True) as connection:
        found = connection.execute("SELECT subject FROM enterprise WHERE legal_representative = ?", [representative])
        return str(found.fetchall()[0][0])


@pytest.fixture(scope="module")
def window(whole_city: RunningCity) -> Iterator[str]:
    """The demo's window before the whole city, its reader and comparer beside it."""
    data = whole_city.data
    install_window(data)
    with ExitStack() as stack:
        for spec in window_specs(data):
            process = subprocess.Popen([sys.executable, "-m", "mianzheng", *spec.arguments], stdout=subprocess.DEVNULL)
            stack.callback(process.wait, timeout=10)
            stack.callback(process.terminate)
        for spec in window_specs(data):
            wait_until_it_answers(f"http://127.0.0.1:{spec.port}")
        yield window_url(ports_of(data))


def test_the_widow_with_nothing_is_granted_at_the_window(window: str, whole_city: RunningCity, page: Page) -> None:
    widow = read_cast(str(whole_city.data / FOLDER / CAST))[0]
    done = walk(page, window, widow.number, lambda question: remembered(widow, question))
    assert (done.decision, done.documents.split()[-1]) == ("granted", "0")
    assert 0 < done.seconds(aloud=False) - done.system < 60


def remembered(widow: Persona, question: str) -> str:
    """What she says to a question of the authority."""
    return widow.memories[question]


def seen(page: Page) -> str:
    """The words of the page but for what is marked as Chinese (laws, documents) or folded away."""
    words: str = page.locator("main").evaluate(
        "main => { const copy = main.cloneNode(true);"
        " copy.querySelectorAll('[lang=zh-CN], details, script').forEach(one => one.remove());"
        " return copy.textContent; }"
    )
    return words


def letters(page: Page) -> float:
    """The size of running text in px; a page wider than the screen counts as 0."""
    size: Any = page.locator("main p").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    return float(size) if overflow(page) <= 0 else 0.0
