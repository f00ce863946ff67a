"""The judge of accessibility finds faults, and finds none where there are none."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.axe import faults

_SOUND = """<!doctype html><html lang="zh-CN"><head><title>免证</title></head>
<body><main><h1>办事，不用带证件</h1>
<p style="color:{color};background:#fff">档案留在部门里。</p></main></body></html>"""


def test_a_sound_page_has_no_fault(page: Page) -> None:
    page.set_content(_SOUND.format(color="#222"))
    assert faults(page) == []


def test_pale_letters_are_a_fault_with_rule_and_place(page: Page) -> None:
    page.set_content(_SOUND.format(color="#ccc"))
    (found,) = faults(page)
    assert found.startswith("color-contrast (serious): p:")


def test_a_picture_without_words_is_a_fault(page: Page) -> None:
    page.set_content(_SOUND.format(color="#222").replace("<h1>", '<img src="data:,"><h1>'))
    assert [found.partition(" ")[0] for found in faults(page)] == ["image-alt"]
