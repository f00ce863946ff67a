"""The window in Chromium: by keys alone, judged by axe in every stage, in both languages, in large letters, small."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from tests.authority.presence_world import HELD, RIGHT
from tests.browser.axe import faults, judged
from tests.browser.dresses import BESIDE_DESK, dressed
from tests.browser.hub_site import apart
from tests.browser.window_walk import Walk, press, walk
from tests.cases.hub_world import hub_world, run
from tests.cases.procedure_world import published
from tests.gateway.world import HUSBAND, NAMES, OLD, WIFE, YOUNG
from tests.window.window_world import ITEM, Phone, ServedWindow, enrol, lay_card, served_window

STAGES = {
    "queue": "window /window queue",
    "who": "window /window who",
    "asked": "window /window asked",
    "item": "window /window item",
    "found": "window /window found",
    "plan": "window /window plan",
    "done": "window /window done",
}
OTHERS = {
    "window /window/screen": "/screen",
    "window /window/shift": "/shift",
    "window /window/stuck": "/stuck",
    "window /window/desk": "/desk",
    "window /window/desk/outgoing": "/desk/outgoing",
    "window /window/mandate": "/mandate",
    "window /window/seat": "/seat",
    "window /window/nowhere": "/nowhere",
}
WHOLE_NAMES = ("陈大宝", "陈二宝", *NAMES.values(), *(name[0] for name in NAMES.values()))
_WORDS = {"立户": "household", "家人": "lives", "身份证": "card", "乡镇": "town"}
_ENGLISH = {"household register": "lives", "household set": "household", "card": "card", "town": "town"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWindow]:
    apart(lambda: run(_publish()))
    with served_window(tmp_path_factory.mktemp("window-in-chromium")) as made:
        yield made


async def _publish() -> None:
    async with hub_world() as here:
        for item in ("promised-aid", "visited-aid"):
            await published(here, item)


def answer(question: str) -> str:
    """What the widow says."""
    words = {**_WORDS, **_ENGLISH}
    return next(RIGHT[kind] for word, kind in words.items() if word in question).strip()


def walked(window: ServedWindow, page: Page, found: list[str] | None = None) -> Walk:
    """Serve the widow; with `found`, have axe judge every stage."""
    address = window.address
    window.presences.person(OLD, held=HELD)

    def look(stage: str) -> None:
        if found is not None:
            found.extend(judged(page, STAGES[stage], names=("孙", *WHOLE_NAMES)))

    return walk(page, address, OLD, answer, look=look)


def test_the_widow_with_nothing_is_granted_by_keys_alone_in_a_minute(window: ServedWindow, page: Page) -> None:
    done = walked(window, page)
    assert done.decision == "granted"
    assert done.documents.endswith("→ 0")
    assert {one.kind for one in done.operators} == {"K", "M", "say", "reply"}
    without_system = done.seconds(aloud=False) - done.system
    assert 0 < without_system < 60


class Sitting(msgspec.Struct):
    """What a browser heard and saw while the widow was served."""

    heard: list[tuple[str, str]] = []  # what the voice was given to say, with its language
    plan: list[str] = []  # what the plan says to the person
    clocks: list[str] = []  # when the number was called, when the plan was signed, at the end and a while after it
    screen: str = ""  # the person's own screen, after F6
    paper: str = ""  # how the decision stands after Alt G
    faults: list[str] = []


VOICE = """() => { window.heard = []; Object.defineProperty(window, "speechSynthesis", { value: {
  cancel() { window.heard = []; }, speak(one) { window.heard.push([one.lang, one.text]); } } }); }"""


@pytest.fixture(scope="module")
def sitting(window: ServedWindow, chromium: Browser) -> Iterator[Sitting]:
    """The widow served once, by keys alone, with F4, F6 and Alt G on the way."""
    context, seen = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN"), Sitting()
    page, screen = context.new_page(), context.new_page()
    page.add_init_script(f"({VOICE})()")
    window.presences.person(OLD, held=HELD)

    def look(stage: str) -> None:
        if stage == "who":
            seen.clocks.append(page.get_by_test_id("clock").inner_text())
            page.wait_for_function(
                "was => document.querySelector('[data-testid=clock]').textContent !== was", arg=seen.clocks[0]
            )
        if stage == "plan":
            press(page, "F4")
            seen.heard = page.evaluate("window.heard")
            seen.plan = [text.strip() for text in page.locator("[data-say]").all_text_contents()]
        if stage in ("plan", "done"):
            seen.clocks.append(page.get_by_test_id("clock").inner_text())
        if stage == "done":
            press(page, "F6")
            expect(page.locator(".note", has_text="二维码")).to_be_visible()
            screen.goto(f"{window.address}/screen")
            seen.screen = screen.get_by_test_id("screen").inner_html()
            press(page, "Alt+g")
            expect(page.get_by_test_id("said")).to_contain_text("当面交给本人")
            seen.paper = page.locator('[data-paper="grant"]').get_attribute("data-state") or ""
            seen.clocks.append(page.get_by_test_id("clock").inner_text())
            seen.faults = faults(page)

    walk(page, window.address, OLD, answer, look=look)
    yield seen
    context.close()


def test_f4_reads_the_plan_aloud_in_the_language_of_the_page(sitting: Sitting) -> None:
    assert [text for _, text in sitting.heard] == sitting.plan and len(sitting.plan) > 3
    assert {language for language, _ in sitting.heard} == {"zh-CN"}


def test_the_clock_runs_from_the_call_and_stands_still_at_the_decision(sitting: Sitting) -> None:
    called, planned, decided, later = sitting.clocks
    assert called < planned <= decided == later


def test_f6_shows_on_the_persons_screen_how_the_case_comes_to_their_phone(sitting: Sitting) -> None:
    assert "data:image/svg" in sitting.screen and "用手机扫" in sitting.screen


def test_alt_g_enters_that_the_paper_was_handed_over(sitting: Sitting) -> None:
    assert (sitting.paper, sitting.faults) == ("delivered", [])


def test_axe_finds_nothing_in_any_stage(window: ServedWindow, page: Page) -> None:
    found: list[str] = []
    walked(window, page, found)
    assert found == []


@pytest.mark.parametrize("name", OTHERS)
def test_axe_finds_nothing_on_the_other_pages(window: ServedWindow, page: Page, name: str) -> None:
    page.goto(window.address)
    if page.get_by_test_id("leave").count():
        page.get_by_test_id("leave").click()  # whoever sat there before
        expect(page.get_by_test_id("draw")).to_be_visible()
    page.goto(window.address + OTHERS[name])
    assert judged(page, name) == []


class Desk:
    """The window in English, each page that is reached judged."""

    def __init__(self, window: ServedWindow, page: Page) -> None:
        self.address, self.presences, self.slot = window.address, window.presences, window.slot
        self.page, self.found = page, list[str]()
        self.by = page.get_by_test_id

    def judge(self, name: str, page: Page | None = None) -> None:
        self.found += judged(page or self.page, name, names=("孙", *WHOLE_NAMES))

    def next(self) -> None:
        """End whoever sits there, and call a number."""
        self.page.goto(self.address)
        if self.by("leave").count():
            self.by("leave").click()
        self.by("draw").click()
        self.by("next").click()
        self.page.wait_for_selector("[data-stage=who]")

    def seen(self, number: str, *, card: bool = False) -> None:
        """See somebody by card, or by two staff and two questions."""
        if card:
            self.presences.person(number, held=HELD)
            lay_card(self.slot, number)
            self.by("card").click()
            return
        self.presences.person(number, held=HELD)
        self.by("number").fill(number)
        self.by("two-staff").click()
        for place in (1, 2):
            self.by(f"answer-{place}").fill(answer(self.page.locator(f"label[for=answer-{place}]").inner_text()))
        self.by("hand-in").click()

    def choose(self, item: str, words: str) -> None:
        """Find an item by words."""
        self.by("search").fill(words)
        self.by(f"item-{item}").click()


@pytest.fixture
def desk(window: ServedWindow, chromium: Browser) -> Iterator[Desk]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    yield Desk(window, context.new_page())
    context.close()


def test_axe_finds_nothing_where_a_form_a_consent_a_refusal_or_a_promise_is_shown(desk: Desk) -> None:
    screen = desk.page.context.new_page()
    desk.next()
    desk.seen(OLD, card=True)
    desk.choose("care-aid", "护理补贴")
    desk.judge("window /window form")
    desk.by("town").fill("331082001")
    desk.by("state").click()
    expect(desk.by("consent")).to_be_visible()
    desk.judge("window /window consent")
    screen.goto(f"{desk.address}/screen")
    desk.judge("window /window/screen plan", screen)
    press(desk.page, "Alt+h")
    expect(desk.by("hand-over")).to_be_visible()
    desk.judge("window /window hand-over")
    desk.by("pause").click()
    desk.judge("window /window put-aside")
    desk.by("resume").click()
    desk.by("back").click()
    desk.choose("promised-aid", "Promised")
    desk.by("sign").click()
    expect(desk.by("declare")).to_be_visible()
    desk.judge("window /window to-do")
    desk.next()
    desk.seen(YOUNG, card=True)
    desk.choose("old-age-allowance", "allowance")
    desk.by("sign").click()
    expect(desk.by("reasons").first).to_be_visible()
    desk.judge("window /window refused")
    screen.goto(f"{desk.address}/screen")
    desk.judge("window /window/screen done", screen)
    assert desk.found == [], "\n".join(desk.found)


def test_axe_finds_nothing_where_somebody_is_called_back_or_no_face_is_found(desk: Desk) -> None:
    since = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    desk.next()
    desk.presences.person(WIFE, held=HELD)
    desk.presences.phone(WIFE, "13600000009", since)
    desk.by("number").fill(WIFE)
    desk.by("face").click()
    expect(desk.by("said")).to_be_visible()
    desk.judge("window /window no-face")
    desk.by("number").fill(WIFE)
    desk.by("call").click()
    expect(desk.by("answer-1")).to_be_visible()
    desk.judge("window /window call")
    assert desk.found == [], "\n".join(desk.found)


def test_axe_finds_nothing_on_the_pages_of_a_mandate(desk: Desk) -> None:
    enrol(desk.presences, HUSBAND)
    desk.next()
    press(desk.page, "Alt+w")
    expect(desk.by("mandate")).to_be_visible()
    desk.judge("window /window/mandate unseen")
    desk.seen(OLD)
    desk.by("terms-next").click()
    expect(desk.by("faults")).to_be_visible()
    desk.judge("window /window/mandate faults")
    for name, text in {"agent_name": NAMES[HUSBAND], "agent": HUSBAND, "purpose": "x", "uses": "1"}.items():
        desk.by(name).fill(text)
    desk.page.locator("details", has=desk.by("item-old-age-allowance")).get_by_test_id("department").click()
    desk.by("item-old-age-allowance").check()
    desk.by("terms-next").click()
    expect(desk.by("mandate-sign")).to_be_visible()
    desk.judge("window /window/mandate read")
    screen = desk.page.context.new_page()
    screen.goto(f"{desk.address}/screen")
    desk.judge("window /window/screen mandate", screen)
    desk.by("mandate-sign").click()
    expect(desk.by("made")).to_be_visible()
    desk.judge("window /window/mandate made")
    for way in ("paper", "end", "return"):
        desk.page.goto(f"{desk.address}/mandate?way={way}")
        desk.judge(f"window /window/mandate {way}")
    assert desk.found == [], "\n".join(desk.found)


def test_axe_finds_nothing_on_a_case_of_the_clerks_own_desk_or_before_a_closed_seat(desk: Desk) -> None:
    desk.next()
    desk.seen(OLD, card=True)
    desk.choose("visited-aid", "Visited")
    desk.by("sign").click()
    expect(desk.by("person-decides").or_(desk.by("decision")).first).to_be_visible()
    desk.by("leave").click()
    expect(desk.by("draw")).to_be_visible()
    press(desk.page, "Alt+d")
    desk.by("take").first.click()
    expect(desk.by("ticks")).to_be_visible()
    desk.judge("window /window/desk/{case}")
    press(desk.page, "Alt+l")
    expect(desk.by("seat-clerk")).to_be_visible()
    desk.judge("window /window/seat closed")
    screen = desk.page.context.new_page()
    screen.goto(f"{desk.address}/screen")
    desk.judge("window /window/screen closed", screen)
    desk.by("demo-seats").click()
    expect(desk.by("next")).to_be_visible()
    assert desk.found == [], "\n".join(desk.found)


@pytest.mark.parametrize("dress", BESIDE_DESK)
def test_nothing_breaks_when_it_is_small_dark_large_or_english(
    window: ServedWindow, chromium: Browser, dress: str
) -> None:
    context = dressed(chromium, dress)
    page = context.new_page()
    found: list[str] = []
    assert walked(window, page, found).decision == "granted"
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def test_it_works_without_any_script(window: ServedWindow, chromium: Browser) -> None:
    address = window.address
    window.presences.person(OLD, held=HELD)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    if page.get_by_test_id("draw").count() == 0:
        page.locator("form[action='/window/leave'] button").click()
    page.get_by_test_id("draw").click()
    page.get_by_test_id("next").click()
    page.get_by_test_id("number").fill(OLD)
    page.get_by_test_id("two-staff").click()
    for place in (1, 2):
        page.get_by_test_id(f"answer-{place}").fill(answer(page.locator(f"label[for=answer-{place}]").inner_text()))
    page.get_by_test_id("hand-in").click()
    page.get_by_test_id("search").fill("高龄")
    page.get_by_test_id("search").press("Enter")
    page.get_by_test_id("item-old-age-allowance").click()
    page.get_by_test_id("sign").click()
    assert page.get_by_test_id("decision").get_attribute("data-decision") == "granted"
    context.close()


def sat_down(window: ServedWindow, page: Page) -> None:
    """Call the next number, by keys."""
    page.goto(window.address)
    if page.locator("[data-stage=queue]").count() == 0:
        press(page, "Alt+e")
    page.wait_for_selector("[data-stage=queue]")
    press(page, "F3")
    page.wait_for_selector("[data-testid=said]")
    press(page, "F2")
    page.wait_for_selector("[data-stage=who]")


def granted(page: Page) -> None:
    """Find the item, sign beside the person, and see it granted."""
    page.keyboard.type("glj")
    page.wait_for_selector("[data-hit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-stage=plan]")
    press(page, "Control+Enter")
    expect(page.get_by_test_id("decision")).to_have_attribute("data-decision", "granted")


def test_a_card_in_the_reader_is_seen_and_signs_by_keys_alone(window: ServedWindow, page: Page) -> None:
    window.presences.person(OLD, held=HELD)
    lay_card(window.slot, OLD)
    sat_down(window, page)
    press(page, "F8")
    expect(page.get_by_test_id("person")).to_be_visible()
    expect(page.locator("aside")).to_contain_text("读取证件芯片 · P3")
    granted(page)
    window.slot.unlink()


def test_a_face_before_the_camera_is_seen_by_keys_alone(window: ServedWindow, page: Page) -> None:
    image = bytes(range(100))
    window.camera.write_bytes(image)
    window.presences.face(window.presences.person(OLD), "t-old", urlsafe_b64encode(image).decode().rstrip("="))
    sat_down(window, page)
    page.keyboard.type(OLD)
    press(page, "F9")
    expect(page.locator("aside")).to_contain_text("人脸比对通过 · P3")
    granted(page)


def test_whoever_brings_a_phone_signs_on_it_and_the_window_follows_by_itself(window: ServedWindow, page: Page) -> None:
    enrol(window.presences, OLD)
    with httpx.Client(base_url=window.hub_api, timeout=60) as client:
        phone = Phone(client, OLD)
        sat_down(window, page)
        press(page, "F7")
        page.keyboard.type(phone.code())
        page.keyboard.press("Enter")
        expect(page.locator("aside")).to_contain_text("本人手机")
        page.get_by_test_id("search").fill("高龄")
        page.get_by_test_id(f"item-{ITEM}").click()
        expect(page.get_by_test_id("on-phone")).to_be_visible()
        phone.sign_newest()
        expect(page.get_by_test_id("decision")).to_have_attribute("data-decision", "granted")


def test_the_persons_screen_follows_in_large_letters(window: ServedWindow, page: Page, chromium: Browser) -> None:
    screen = page.context.new_page()
    screen.goto(f"{window.address}/screen")
    walked(window, page)
    screen.wait_for_selector("[data-testid=screen][data-stage=done]")
    assert "准予" in screen.get_by_test_id("decision").inner_text()
    assert float(screen.evaluate("parseFloat(getComputedStyle(document.querySelector('.lead, p')).fontSize)")) >= 20


SHOWN_TO_CAMERA = """() => { navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const draw = (code) => { const image = new Image(); image.onload = () => {
    const paint = canvas.getContext("2d"); paint.fillStyle = "#999"; paint.fillRect(0, 0, 640, 480);
    paint.drawImage(image, 170, 90, 300, 300); }; image.src = code; };
  setInterval(() => draw(window.held), 50);
  return canvas.captureStream(20); }; }"""


def test_a_qr_held_to_the_camera_fills_the_field_and_another_one_does_not(window: ServedWindow, page: Page) -> None:
    named = "mz-paper:AbC-0_dEfGhIjKlMnOpQrS"
    codes = [segno.make(text, error="m", micro=False).svg_data_uri(scale=8, border=4) for text in ("12345678", named)]
    page.goto(f"{window.address}/mandate?way=return")
    page.evaluate(SHOWN_TO_CAMERA)
    page.evaluate("code => { window.held = code; }", codes[0])
    press(page, "Alt+C")
    expect(page.locator("[data-when=wrong]")).to_be_visible()
    page.evaluate("code => { window.held = code; }", codes[1])
    expect(page.get_by_test_id("paper-code")).to_have_value(named)
    assert page.evaluate("[document.activeElement.id, document.querySelector('dialog').open]") == ["return-code", False]


def test_without_a_camera_the_code_is_typed_and_the_page_says_so(window: ServedWindow, page: Page) -> None:
    page.goto(f"{window.address}/mandate?way=return")
    press(page, "Alt+C")
    expect(page.locator("[data-when=none]")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('dialog').open") is False


def test_figures_of_the_walk(window: ServedWindow, page: Page, tmp_path: Path) -> None:
    done = walked(window, page)
    aloud, silent = done.seconds(aloud=True), done.seconds(aloud=False)
    assert aloud > silent > done.system > 0
