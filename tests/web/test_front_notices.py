"""`/notices` and `/overdue` page by page; an objection by a signed-in person, who reads what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from mianzheng.model.case import CaseView, State
from mianzheng.store.engine import Store
from mianzheng.web.sessions import SESSION_COOKIE
from tests.cases.hub_world import hub_world, run, shared
from tests.cases.procedure_world import published
from tests.gateway.world import OLD, YOUNG
from tests.web.front_hub import Programs, form_token, pages, words
from tests.web.hub_client import Resident

LATE = 65  # limits of the test's case, more than two pages


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    async def publish() -> None:
        async with hub_world() as here:
            await published(here, "noticed-allowance")

    run(publish())
    with pages() as opened:
        yield opened


@pytest.fixture(scope="module")
def noticed(client: TestClient[Any]) -> CaseView:
    """A case whose public notice runs."""
    resident = Resident(Programs(client), OLD)  # type: ignore[arg-type]
    resident.sign_in()
    found = resident.run("noticed-allowance")
    assert found.state is State.PUBLIC_NOTICE
    return found


@pytest.fixture
def signed_in(client: TestClient[Any]) -> Iterator[TestClient[Any]]:
    """Another resident's browser."""
    resident = Resident(Programs(client), YOUNG)  # type: ignore[arg-type]
    client.cookies.set(SESSION_COOKIE, resident.sign_in()["session"])
    yield client
    client.cookies.delete(SESSION_COOKIE)


def test_a_public_notice_is_listed_with_its_last_day_and_no_name(client: TestClient[Any], noticed: CaseView) -> None:
    page = client.get("/notices")
    assert noticed.case in page.text and f'href="/notices/{noticed.case}/objection"' in page.text
    assert "陈" not in words(page)


def test_who_objects_signs_in_first(client: TestClient[Any], noticed: CaseView) -> None:
    answer = client.get(f"/notices/{noticed.case}/objection", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/my/sign-in?next=/notices/")


def test_an_objection_is_taken_and_shown_to_who_made_it(signed_in: TestClient[Any], noticed: CaseView) -> None:
    address = f"/notices/{noticed.case}/objection"
    token = form_token(signed_in.get(address))
    empty = signed_in.post(address, data={"reason": "  ", "_csrf_token": token})
    assert empty.status_code == 400 and 'id="reason-fault"' in empty.text
    answer = signed_in.post(address, data={"reason": "申请人已迁走<b>", "_csrf_token": token}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    page = signed_in.get(address)
    assert "申请人已迁走&lt;b&gt;" in page.text and "听取以前不会准予" in words(page)


def test_a_case_without_a_notice_is_as_one_that_does_not_exist(signed_in: TestClient[Any]) -> None:
    other = Resident(Programs(signed_in), OLD)  # type: ignore[arg-type]
    other.sign_in()
    case = other.run("old-age-allowance").case
    for one in (case, "no-such-case"):
        assert signed_in.get(f"/notices/{one}/objection").status_code == 404


@pytest.fixture
def late(noticed: CaseView) -> Iterator[None]:
    """Limits of one case that ran out on as many days."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(LATE)]
    _execute(_LATE, [{"case": noticed.case, "since": day} for day in days])
    yield
    _execute("delete from overdue where publish_zh = '测试'", [{}])


def test_limits_that_ran_out_are_shown_page_by_page_the_newest_first(client: TestClient[Any], late: None) -> None:
    seen: list[str] = []
    path = "/overdue?department=civil-affairs"
    while path:
        page = client.get(path)
        seen += re.findall(r'<tr><td><time datetime="(\d{4}-\d\d-\d\d)">', page.text)
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = unescape(following[1]) if following else ""
    assert len(seen) >= LATE and seen == sorted(seen, reverse=True)
    assert "2026-03-06" in seen and "2026-01-01" in seen


def test_a_department_s_limits_are_its_own(client: TestClient[Any], late: None) -> None:
    assert "测试" in words(client.get("/overdue?department=civil-affairs"))
    assert "测试" not in words(client.get("/overdue?department=public-security"))


@pytest.mark.parametrize("after", ["x", "2026-02-31.5", "9999-99-99.1", "2026-01-01.", ".1", "\x00"])
@pytest.mark.parametrize("path", ["/overdue", "/notices"])
def test_a_place_that_no_page_named_is_no_error(client: TestClient[Any], path: str, after: str) -> None:
    assert client.get(path, params={"after": after}).status_code in (200, 400)


_LATE = (
    "insert into overdue (case_id, item, department, what, since, publish_zh, publish_en, reason_zh, reason_en)"
    " values (:case, 'noticed-allowance', 'civil-affairs', 'promise', :since, '测试', 'a test', '', '')"
)


def _execute(statement: str, rows: list[dict[str, Any]]) -> None:
    async def work() -> None:
        store = Store(shared()[0], pool=2)
        async with store.connection() as connection:
            for row in rows:
                await connection.execute(text(statement), row)
        await store.close()

    run(work())
