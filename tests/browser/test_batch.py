"""A spreadsheet whose rows name people, in Chromium: it is read there, and nobody is named outside a seal."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, Request, expect

from mianzheng.model.item import Role
from mianzheng.model.text import Text
from mianzheng.web.pages.bodies import COOKIE
from mianzheng.web.sessions import SESSION_COOKIE
from tests.browser.axe import judged
from tests.browser.hub_site import apart, served
from tests.gateway.world import HOLDER, NAMES
from tests.web.front_hub import pages
from tests.web.test_enterprise import ITEM, NAMING, as_representative, compared

HOLDERS = Role(kind="person", label=Text(zh="股东", en="holder"), link="one of enterprise.shareholding.shareholders")
HEADS = ["股东", "参保日期", "缴费基数（元）", "全日制", "户籍", "职工姓名"]
RIGHT = [HOLDER, date(2026, 11, 1), 6500.5, "是", "本市", "甲"]


@pytest.fixture(scope="module")
def enterprise(chromium: Browser) -> Iterator[Page]:
    """The page of a body whose item names one of its people in each row; before it, the lists about the body."""

    def made() -> tuple[TestClient[Any], dict[str, str], str]:
        client = pages().__enter__()
        visitor, home = as_representative(client)
        lists = visitor.follow(compared(visitor, home)).url
        library = client.app.state.hub.library
        current = library.current

        async def naming(item: str, on: date) -> Any:
            found = await current(item, on)
            roles = {**found.item.roles, "holder": HOLDERS}
            return msgspec.structs.replace(
                found, item=msgspec.structs.replace(found.item, form=NAMING.form, roles=roles)
            )

        library.current = naming
        return client, visitor.cookies, f"{lists.path}?{lists.query.decode()}"

    client, cookies, lists = apart(made)
    with served(client.app) as site:
        secure = site.replace("http://", "https://")
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        context.add_cookies(
            [{"name": one, "value": cookies[one], "url": secure, "secure": True} for one in (SESSION_COOKIE, COOKIE)]
        )
        page = context.new_page()
        page.goto(site + lists)
        assert judged(page, "hub /enterprise/ledger lists") == []
        page.goto(f"{site}/enterprise")
        yield page
        context.close()
    apart(lambda: client.__exit__(None, None, None))


@contextmanager
def another(page: Page, **settings: Any) -> Iterator[Page]:
    """The same visitor in a browser of other settings, on the body's page."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(storage_state=page.context.storage_state(), **settings)
    found = context.new_page()
    found.goto(page.url.partition("/enterprise")[0] + "/enterprise")
    yield found
    context.close()


def to_the_batch(page: Page) -> None:
    """Go to the page for a spreadsheet of this file's item; the list of items knows it as it is published."""
    page.goto(page.url.partition("/enterprise")[0] + "/enterprise")
    link = page.get_by_test_id("item").first.get_attribute("href") or ""
    page.goto(f"{page.url.partition('/enterprise')[0]}/enterprise/batch/{ITEM}?{link.partition('?')[2]}")


def _file(*rows: list[Any]) -> Any:
    book = Workbook()
    for row in (HEADS, *rows):
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return {"name": "staff.xlsx", "mimeType": "application/octet-stream", "buffer": written.getvalue()}


def test_rows_that_name_people_are_sealed_in_the_browser_and_filed(enterprise: Page) -> None:
    sent: list[Request] = []
    enterprise.on("request", lambda one: sent.append(one))
    wrong = judged(enterprise, "hub /enterprise body")
    to_the_batch(enterprise)
    wrong += judged(enterprise, "hub /enterprise/batch/{item}")
    enterprise.set_input_files("[data-file]", _file(RIGHT, [331082197101010093, *RIGHT[1:]], RIGHT))
    enterprise.get_by_test_id("check").click()
    expect(enterprise.get_by_test_id("faults")).to_contain_text("2 处要改")
    expect(enterprise.get_by_test_id("fault-table")).to_contain_text("文本")
    expect(enterprise.get_by_test_id("fault-table")).to_contain_text("和第 2 行完全一样")
    wrong += judged(enterprise, "hub /enterprise/batch/{item} faults")
    enterprise.set_input_files("[data-file]", _file(RIGHT, [NAMES[HOLDER], *RIGHT[1:]]))
    enterprise.get_by_test_id("check").click()
    expect(enterprise.get_by_test_id("all-right")).to_contain_text("2 行全对")
    enterprise.get_by_test_id("file").click()
    expect(enterprise).to_have_url(re.compile(r"/enterprise\?filed=2$"))
    assert wrong + judged(enterprise, "hub /enterprise filed") == []
    posted = b"".join(one.post_data_buffer or b"" for one in sent if one.method == "POST")
    assert rb"\"sealed\":" in posted
    assert HOLDER.encode() not in posted and NAMES[HOLDER].encode() not in posted


def _formatted(rows: int) -> Any:
    """A file with one right row and rows below it that only have a format, as one that was formatted down leaves."""
    book = Workbook()
    for row in (HEADS, RIGHT):
        book.active.append(row)
    for row in book.active.iter_rows(min_row=3, max_row=rows, max_col=len(HEADS)):
        for cell in row:
            cell.number_format = "@"
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as packed:
        assert packed.getinfo("xl/worksheets/sheet1.xml").file_size > 524_288  # what the reader leaves to a worker
    return {"name": "formatted.xlsx", "mimeType": "application/octet-stream", "buffer": written.getvalue()}


def test_a_large_part_is_read_under_the_sites_policy_and_rows_with_a_format_alone_are_none(enterprise: Page) -> None:
    to_the_batch(enterprise)
    enterprise.set_input_files("[data-file]", _formatted(rows=4000))
    enterprise.get_by_test_id("check").click()
    expect(enterprise.get_by_test_id("all-right")).to_contain_text("1 行全对")


def test_a_file_whose_large_part_is_broken_is_told(enterprise: Page) -> None:
    to_the_batch(enterprise)
    file = _formatted(rows=4000)
    with zipfile.ZipFile(io.BytesIO(file["buffer"])) as packed:
        place = packed.getinfo("xl/worksheets/sheet1.xml").header_offset + 200
    broken = file["buffer"][:place] + b"\xff" * 400 + file["buffer"][place + 400 :]
    enterprise.set_input_files("[data-file]", file | {"buffer": broken})
    enterprise.get_by_test_id("check").click()
    expect(enterprise.locator("[data-seal-fault]")).to_be_visible()


def test_a_file_that_is_never_read_to_its_end_is_told_and_nothing_is_sent(enterprise: Page) -> None:
    with another(enterprise) as page:
        page.clock.install()
        to_the_batch(page)
        sent: list[Request] = []
        page.on("request", lambda one: sent.append(one))
        page.evaluate("() => { window.readXlsxFile = () => new Promise(() => {}); }")
        page.set_input_files("[data-file]", _file(RIGHT))
        page.get_by_test_id("check").click()
        expect(page.locator("[data-seal-fault]")).to_be_hidden()
        page.clock.fast_forward(31_000)
        expect(page.locator("[data-seal-fault]")).to_be_visible()
        assert not [one for one in sent if one.method == "POST"]


def test_a_file_with_too_many_rows_or_none_is_told_as_that(enterprise: Page) -> None:
    for rows, told in (([], "这个文件里没有申请"), ([RIGHT] * 101, "行数太多")):
        to_the_batch(enterprise)
        enterprise.set_input_files("[data-file]", _file(*rows))
        enterprise.get_by_test_id("check").click()
        expect(enterprise.get_by_test_id("trouble")).to_contain_text(told)
        assert judged(enterprise, "hub /enterprise/batch/{item} trouble") == []


def test_a_file_that_is_no_spreadsheet_is_told_and_nothing_is_sent(enterprise: Page) -> None:
    to_the_batch(enterprise)
    sent: list[Request] = []
    enterprise.on("request", lambda one: sent.append(one))
    enterprise.set_input_files(
        "[data-file]", {"name": "x.xlsx", "mimeType": "application/octet-stream", "buffer": b"no"}
    )
    enterprise.get_by_test_id("check").click()
    expect(enterprise.locator("[data-seal-fault]")).to_be_visible()
    assert not [one for one in sent if one.method == "POST"] and ITEM in enterprise.url


def test_without_scripts_the_page_leads_to_the_application_of_one(enterprise: Page) -> None:
    with another(enterprise, java_script_enabled=False) as page:
        to_the_batch(page)
        expect(page.get_by_test_id("check")).to_be_hidden()
        page.get_by_test_id("one-by-one").get_by_role("link").click()
        expect(page.get_by_test_id("acts-for")).to_be_visible()
        expect(page.get_by_test_id("form")).to_be_visible()
