"""The window in Chromium: by keys alone, judged by axe in every stage, in both languages, in large letters, small."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
import segno
from playwright.sync_api import Browser, Page, expect

from tests.authority.presence_world import HELD, RIGHT
from tests.browser.axe import faults
from tests.browser.window_walk import Walk, walk
from tests.gateway.world import OLD
from tests.window.window_world import ITEM, Phone, ServedWindow, enrol, lay_card, served_window

_WORDS = {"立户": "household", "家人": "lives", "身份证": "card", "乡镇": "town"}
_ENGLISH = {"household": "household", "live": "lives", "card": "card", "town": "town"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWindow]:
    with served_window(tmp_path_factory.mktemp("window-in-chromium")) as made:
        yield made


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
            found.extend(f"{stage}: {fault}" for fault in faults(page))

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
            page.keyboard.press("F4")
            seen.heard = page.evaluate("window.heard")
            seen.plan = [text.strip() for text in page.locator("[data-say]").all_text_contents()]
        if stage in ("plan", "done"):
            seen.clocks.append(page.get_by_test_id("clock").inner_text())
        if stage == "done":
            page.keyboard.press("F6")
            expect(page.locator(".note", has_text="二维码")).to_be_visible()
            screen.goto(f"{window.address}/screen")
            seen.screen = screen.get_by_test_id("screen").inner_html()
            page.keyboard.press("Alt+g")
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


@pytest.mark.parametrize(
    "path", ["/screen", "/shift", "/stuck", "/desk", "/desk/outgoing", "/mandate", "/seat", "/nowhere"]
)
def test_axe_finds_nothing_on_the_other_pages(window: ServedWindow, page: Page, path: str) -> None:
    page.goto(window.address + path)
    assert faults(page) == []


@pytest.mark.parametrize(("width", "scheme", "elder", "language"), [
    (390, "light", False, "zh-CN"),
    (1280, "dark", False, "zh-CN"),
    (1280, "light", True, "zh-CN"),
    (640, "light", False, "en"),  # 1280 at 200 % zoom
])  # fmt: skip
def test_nothing_breaks_when_it_is_small_dark_large_or_english(
    window: ServedWindow, chromium: Browser, width: int, scheme: str, elder: bool, language: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, locale=language, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    if elder:
        page.goto(window.address)
        page.get_by_test_id("elder").click()
        page.wait_for_load_state()
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
        page.keyboard.press("Alt+e")
    page.wait_for_selector("[data-stage=queue]")
    page.keyboard.press("F3")
    page.wait_for_selector("[data-testid=said]")
    page.keyboard.press("F2")
    page.wait_for_selector("[data-stage=who]")


def granted(page: Page) -> None:
    """Find the item, sign beside the person, and see it granted."""
    page.keyboard.type("glj")
    page.wait_for_selector("[data-hit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-stage=plan]")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("decision")).to_have_attribute("data-decision", "granted")


def test_a_card_in_the_reader_is_seen_and_signs_by_keys_alone(window: ServedWindow, page: Page) -> None:
    window.presences.person(OLD, held=HELD)
    lay_card(window.slot, OLD)
    sat_down(window, page)
    page.keyboard.press("F8")
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
    page.keyboard.press("F9")
    expect(page.locator("aside")).to_contain_text("人脸比对通过 · P3")
    granted(page)


def test_whoever_brings_a_phone_signs_on_it_and_the_window_follows_by_itself(window: ServedWindow, page: Page) -> None:
    enrol(window.presences, OLD)
    with httpx.Client(base_url=window.hub_api, timeout=60) as client:
        phone = Phone(client, OLD)
        sat_down(window, page)
        page.keyboard.press("F7")
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
    page.keyboard.press("Alt+C")
    expect(page.locator("[data-when=wrong]")).to_be_visible()
    page.evaluate("code => { window.held = code; }", codes[1])
    expect(page.get_by_test_id("paper-code")).to_have_value(named)
    assert page.evaluate("[document.activeElement.id, document.querySelector('dialog').open]") == ["return-code", False]


def test_without_a_camera_the_code_is_typed_and_the_page_says_so(window: ServedWindow, page: Page) -> None:
    page.goto(f"{window.address}/mandate?way=return")
    page.keyboard.press("Alt+C")
    expect(page.locator("[data-when=none]")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('dialog').open") is False


def test_figures_of_the_walk(window: ServedWindow, page: Page, tmp_path: Path) -> None:
    done = walked(window, page)
    aloud, silent = done.seconds(aloud=True), done.seconds(aloud=False)
    assert aloud > silent > done.system > 0
