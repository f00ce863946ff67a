"""`/enterprise`: a body is remembered in this browser, for whom it was handed to; rows are filed once all are right."""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from openpyxl import Workbook, load_workbook

from mianzheng.cases import listing
from mianzheng.cases.acts_on import LONGEST_SECONDS
from mianzheng.catalogue.search import Index
from mianzheng.catalogue.workbook import BadSheet
from mianzheng.credentials import jws
from mianzheng.look.problems import MEANINGS
from mianzheng.mandates.token import digest_of, show
from mianzheng.model.canonical import digest
from mianzheng.model.facts import Type
from mianzheng.model.found_items import FoundItem
from mianzheng.model.item import FormField, Role
from mianzheng.model.mandate import HandOver
from mianzheng.model.text import Text
from mianzheng.web.pages import enterprise_batch
from mianzheng.web.pages.bodies import COOKIE
from mianzheng.web.pages.spreadsheet import read_sealed, read_sheet, template_of
from tests.authority.bodies import BODIES, headed_by, sealed_code
from tests.authority.grants import send
from tests.authority.test_bodies import mandate as firm_mandate
from tests.authority.test_bodies import word as word_of
from tests.cases.hub_world import world
from tests.cases.link_world import item as make_item
from tests.gateway.world import ABSENT, HEAD, HOLDER, YOUNG
from tests.web.front_hub import form_token, pages, words
from tests.web.my_client import Visitor

ITEM = "good-standing"
SITE = "https://bodies.test"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as served:
        served.app.state.config = msgspec.structs.replace(served.app.state.config, sites={BODIES: SITE})
        yield served


def said(named: str, *, item: str = "", **changes: Any) -> str:
    now = int(world().now())
    fields: dict[str, Any] = {
        "iss": BODIES, "aud": "hub", "agent": "", "mandate": named, "item": item, "display": "临海〇〇〇〇",
        "nonce": secrets.token_urlsafe(16), "iat": now, "exp": now + 600,
    }  # fmt: skip
    return jws.sign(HandOver(**(fields | changes)), key=world().key(BODIES), typ="mz-hand-over")


def brought(visitor: Visitor, **fields: str) -> Any:
    """Bring a body, or its mandate, to the hub; return the page for bodies."""
    visitor.client.cookies.clear()
    kept = visitor.client.post("/my/acting", data=fields, follow_redirects=False)
    assert kept.status_code == 303, kept.text
    answer = visitor.get(kept.headers["location"])
    visitor.cookies[COOKIE] = answer.cookies[COOKIE].strip('"')
    return visitor.follow(answer)


def as_representative(client: TestClient[Any]) -> tuple[Visitor, Any]:
    visitor, body = Visitor(client, HEAD), sealed_code(world())
    return visitor, brought(visitor, body=body, word=said(digest(body.encode())))


def as_agent(client: TestClient[Any]) -> tuple[Visitor, Any]:
    visitor, held = Visitor(client, HOLDER), firm_mandate(world(), uses=5)
    return visitor, brought(visitor, mandate=show(held, ITEM), word=said(digest_of(held), item=ITEM))


def applied(visitor: Visitor, page: Any) -> Any:
    """Apply for the body's item; return the page of the case."""
    link = re.search(r'href="(/my/apply/[^"]+)" data-testid="item"', page.text)
    assert link is not None, page.text
    form = visitor.get(unescape(link[1]))
    hidden = re.search(r'name="acting" value="([^"]+)"', form.text)
    assert hidden is not None, form.text
    plan = visitor.follow(visitor.post(f"/my/apply/{ITEM}", form, acting=hidden[1]))
    return visitor.follow(visitor.sign(visitor.go_on(plan)))


def test_without_a_body_the_page_leads_to_the_authority(client: TestClient[Any]) -> None:
    page = Visitor(client, ABSENT).get("/enterprise")
    assert page.status_code == 200, words(page)
    assert f'href="{SITE}/mandates/mine"' in page.text and "还没有选单位" in words(page)
    assert "No body is chosen yet" in words(Visitor(client, ABSENT, language="en").get("/enterprise"))


def test_a_representative_applies_for_the_body_and_reads_its_cases(client: TestClient[Any]) -> None:
    visitor, page = as_representative(client)
    assert "您代表临海〇〇〇〇" in words(page) and "法定代表人" in words(page) and "存续证明" in words(page)
    case = applied(visitor, page)
    assert "您代表单位办这件事" in words(case) and 'data-testid="credential"' in case.text
    assert str(case.url.path) in visitor.get("/enterprise").text
    assert str(case.url.path) not in visitor.get("/my/mandates").text


def compared(visitor: Visitor, page: Any) -> Any:
    """What follows when the person signs that the body's own lists be fetched."""
    token = re.search(r'action="/enterprise/comparison".*?name="token" value="([^"]+)"', page.text, re.S)
    assert token is not None, page.text
    signature = visitor.follow(visitor.post("/enterprise/comparison", page, token=token[1]))
    assert "谁问过临海〇〇〇〇" in words(signature)
    return visitor.sign(signature)


def test_a_representative_reads_what_every_department_lists_about_the_body(client: TestClient[Any]) -> None:
    agent, page = as_agent(client)
    another = str(applied(agent, page).url.path).rpartition("/")[2]
    visitor, page = as_representative(client)
    case = str(applied(visitor, page).url.path).rpartition("/")[2]
    shown = visitor.follow(compared(visitor, page))
    said = words(shown)
    assert "对上了" in said and "平台也是这样记的" in said and case[:9] in said
    assert "别人代表单位办的" in said and another[:9] in said and f"/my/cases/{another}" not in shown.text
    assert 'data-testid="gone"' in agent.get(f"{shown.url.path}?{shown.url.query.decode()}").text


def test_an_agent_fetches_no_list_of_the_body(client: TestClient[Any]) -> None:
    agent, page = as_agent(client)
    assert 'data-testid="own-lists"' not in page.text
    link = re.search(r"acting=([A-Za-z0-9_-]+)", page.text)
    assert link is not None
    assert agent.post("/enterprise/comparison", page, token=link[1]).status_code == 400


def test_who_speaks_for_it_no_more_fetches_no_list(client: TestClient[Any]) -> None:
    visitor, page = as_representative(client)
    with headed_by(world(), YOUNG):
        assert compared(visitor, page).status_code == 401


def test_what_a_person_does_for_a_body_is_no_difference_in_their_own_lists(client: TestClient[Any]) -> None:
    visitor, page = as_representative(client)
    applied(visitor, page)
    signature = visitor.follow(visitor.post("/my/ledger/comparison", visitor.get("/my/ledger")))
    said = words(visitor.follow(visitor.sign(signature)))
    assert "对上了" in said and "清单里没有这一条" not in said


def test_an_agent_does_what_the_mandate_names_and_nothing_else(client: TestClient[Any]) -> None:
    visitor, page = as_agent(client)
    assert "经办人" in words(page) and page.text.count('data-testid="item"') == 1
    case = applied(visitor, page)
    assert "您代表单位办这件事" in words(case) and "准予" in words(case)
    assert 'data-testid="credential"' in case.text  # sealed to the agent's own key


def test_an_agent_removed_a_minute_ago_is_refused(client: TestClient[Any]) -> None:
    visitor, held = Visitor(client, HOLDER), firm_mandate(world(), uses=5)
    page = brought(visitor, mandate=show(held, ITEM), word=said(digest_of(held), item=ITEM))
    from mianzheng.model.mandate import MandateChange, change_digest

    asked = MandateChange(mandate=digest_of(held), hub="hub", number=HEAD, salt=secrets.token_hex(8))
    asked = msgspec.structs.replace(asked, sign_in=word_of(world(), HEAD, change_digest(asked)))
    assert send(world(), "/mandates/changes", asked, "mz-mandate-change", BODIES).status_code == 200
    case = applied(visitor, page)
    assert "已撤回" in words(case) and 'data-testid="answers"' not in case.text


def test_who_speaks_for_it_no_more_is_refused(client: TestClient[Any]) -> None:
    visitor, page = as_representative(client)
    with headed_by(world(), YOUNG):
        case = applied(visitor, page)
    assert "没有受理" in words(case) and "工作人员正在办" not in words(case)
    assert 'data-testid="credential"' not in case.text


def test_what_one_person_opened_opens_for_nobody_else_and_ends_in_time(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, page = as_representative(client)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    address = f"/my/apply/{ITEM}?acting={token[1]}"
    assert visitor.get(address).status_code == 200
    stranger = Visitor(client, HOLDER)
    assert stranger.get(address).status_code == 403
    assert stranger.get(f"/my/acting/{token[1]}").status_code == 403
    body = sealed_code(world())
    unopened = client.post(
        "/my/acting", data={"body": body, "word": said(digest(body.encode()))}, follow_redirects=False
    ).headers["location"]
    clock, later = client.app.state.hub.clock, Visitor(client, HOLDER)
    monkeypatch.setattr(client.app.state.hub, "clock", lambda: clock() + timedelta(seconds=LONGEST_SECONDS + 1))
    assert later.get(unopened).status_code == 403


def test_who_was_brought_no_body_is_told_where_to_go(client: TestClient[Any]) -> None:
    form = Visitor(client, HEAD).get(f"/my/apply/{ITEM}")
    assert 'href="/enterprise"' in form.text and 'data-testid="form"' not in form.text


def test_a_body_is_left_and_forgotten(client: TestClient[Any]) -> None:
    visitor, page = as_representative(client)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    answer = visitor.post("/enterprise/leave", page, token=token[1])
    visitor.cookies[COOKIE] = answer.cookies.get(COOKIE, "").strip('"')
    assert "还没有选单位" in words(visitor.get("/enterprise"))


@pytest.mark.parametrize("cookie", ["", "x", "W10", "eyJhIjoxfQ", "WyJ4Il0"])
def test_a_cookie_that_says_nothing_is_left_alone(client: TestClient[Any], cookie: str) -> None:
    visitor = Visitor(client, HEAD)
    visitor.cookies[COOKIE] = cookie
    assert "还没有选单位" in words(visitor.get("/enterprise"))


def test_a_body_whose_code_is_another_than_was_handed_over_is_refused(client: TestClient[Any]) -> None:
    body = sealed_code(world())
    answer = client.post("/my/acting", data={"body": sealed_code(world()) + "x", "word": said(digest(body.encode()))})
    assert answer.status_code == 403


def test_what_a_body_may_apply_for_is_searched_and_read_page_by_page(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, page = as_representative(client)
    assert f"/my/apply/{ITEM}?acting=" in page.text and "/my/apply/old-age-allowance" not in page.text
    index = client.app.state.hub.library.index

    async def many(on: date) -> Any:
        (entry,) = [one for one in (await index(on))._entries if one.found.item == ITEM]
        numbered = [f"item-{number:03}" for number in range(30)]
        return Index(
            msgspec.structs.replace(
                entry,
                found=msgspec.structs.replace(entry.found, item=name),
                order=(name, name),
                english=f" {name} twin ".replace("-", " "),
            )
            for name in numbered
        )

    monkeypatch.setattr(client.app.state.hub.library, "index", many)
    seen, path = [], "/enterprise"
    while path:
        page = visitor.get(path)
        seen += re.findall(r'href="/my/apply/(item-\d+)\?', page.text)
        more = re.search(r'href="(/enterprise\?of=[^"]+)" rel="next"', page.text)
        path = unescape(more[1]) if more else ""
    assert seen == [f"item-{number:03}" for number in range(30)]
    token = re.search(r'name="of" value="([^"]+)"', visitor.get("/enterprise").text)
    assert token is not None
    found = visitor.get(f"/enterprise?of={token[1]}&find=item-007").text
    assert re.findall(r'href="/my/apply/(item-\d+)\?', found) == ["item-007"]
    assert "没有找到“zzz”" in words(visitor.get(f"/enterprise?of={token[1]}&find=zzz"))


def test_cases_for_bodies_are_found_by_name_and_number(client: TestClient[Any]) -> None:
    visitor, _ = as_representative(client)
    every = re.findall(r'href="/my/cases/(c\w+)" data-testid="case"', visitor.get("/enterprise").text)
    assert re.findall(r'data-testid="case">', visitor.get(f"/enterprise?q={every[0][:9]}").text) == [
        'data-testid="case">'
    ]
    assert every[0] in visitor.get("/enterprise?q=存续").text
    assert "没有找到" in words(visitor.get("/enterprise?q=高龄津贴"))


def test_items_that_are_not_filed_in_rows_have_no_such_page(client: TestClient[Any]) -> None:
    visitor, _ = as_representative(client)
    for item in (ITEM, "old-age-allowance", "care-aid", "no-such-item"):
        assert visitor.get(f"/enterprise/batch/{item}").status_code == 404
        assert visitor.get(f"/enterprise/batch/{item}/template.xlsx").status_code == 404


def test_who_must_sign_in_comes_back_to_the_page_with_its_query(client: TestClient[Any]) -> None:
    client.cookies.clear()
    answer = client.get("/enterprise?after=x&filed=2", follow_redirects=False)
    assert answer.headers["location"].endswith("?next=/enterprise%3Fafter%3Dx%26filed%3D2")


# -- the spreadsheet


def _field(zh: str, type_: Type, **more: Any) -> FormField:
    return FormField(label=Text(zh=zh, en=zh), type=type_, **more)


FORM = {
    "name": _field("职工姓名", Type.STRING),
    "since": _field("参保日期", Type.DATE),
    "base": _field("缴费基数（元）", Type.DECIMAL),
    "full_time": _field("全日制", Type.BOOLEAN),
    "kind": _field("户籍", Type.ENUM, values=("本市", "外地")),
    "note": _field("备注", Type.STRING, required=False),
}
STAFF = msgspec.structs.replace(make_item("staff", {}, ()), form=FORM)
HEADS = [field.label.zh for field in FORM.values()]
RIGHT = ["张三", date(2026, 11, 1), 6500.5, "是", "本市", None]


def sheet(*lines: list[Any]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_form(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the body's item have a form of one field, as items that are filed in rows do."""
    library = client.app.state.hub.library
    form = {"purpose": _field("用途", Type.ENUM, values=("投标", "贷款"), tells_apart=True)}
    for name in ("current", "version"):
        read = getattr(library, name)

        async def formed(item: str, which: Any, read: Any = read) -> Any:
            found = await read(item, which)
            return msgspec.structs.replace(found, item=msgspec.structs.replace(found.item, form=form))

        monkeypatch.setattr(library, name, formed)
    index = library.index

    async def marked(on: date) -> Any:
        found = await index(on)
        entries = [msgspec.structs.replace(one, found=_in_rows(one.found)) for one in found._entries]
        return Index(entries)

    monkeypatch.setattr(library, "index", marked)


def _in_rows(found: FoundItem) -> FoundItem:
    return msgspec.structs.replace(found, in_rows=found.item == ITEM)


def checked(visitor: Visitor, page: Any, data: bytes) -> Any:
    """What the page says of a file."""
    link = re.search(r'href="(/enterprise/batch/[^"]+)" data-testid="batch"', page.text)
    assert link is not None, page.text
    form = visitor.get(unescape(link[1]))
    assert "您代表临海〇〇〇〇" in words(form)
    fields, files = {"_csrf_token": form_token(form)}, {"file": ("rows.xlsx", data)}
    return visitor.client.post(unescape(link[1]), data=fields, files=files, headers=visitor._sent())


def waiting_in(said: str) -> int:
    """How many cases a page says wait for a signature."""
    found = re.search(r"有 (\d+) 件等您签字", said)
    assert found is not None, said
    return int(found[1])


def test_rows_become_cases_once_all_are_right_and_each_signature_leads_to_the_next(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_form(client, monkeypatch)
    visitor, page = as_representative(client)
    right = checked(visitor, page, sheet(["用途"], ["投标"], ["贷款"]))
    assert right.status_code == 200 and 'data-testid="all-right"' in right.text
    kept = re.search(r'name="kept" value="([^"]+)"', right.text)
    assert kept is not None
    filed = visitor.post(f"/enterprise/batch/{ITEM}/filing", right, kept=unescape(kept[1]))
    assert filed.headers["location"] == "/enterprise?filed=2"
    said = visitor.follow(filed)
    assert "已建 2 件" in words(said) and "用途：投标" in words(said) and "用途：贷款" in words(said)
    first = re.search(r'data-testid="to-sign">.*?href="(/my/cases/[^"]+/plan)"', said.text, re.S)
    assert first is not None and visitor.get(first[1]).status_code == 200
    monkeypatch.setattr(listing, "MOST_WAITING", 1)
    few = words(visitor.get("/enterprise"))
    assert waiting_in(few) == waiting_in(words(said)) >= 2  # counted, however few are listed
    assert "上面是最新的 1 件" in few
    again = visitor.post(f"/enterprise/batch/{ITEM}/filing", right, kept=unescape(kept[1]))
    assert again.status_code == 404  # a batch is filed once


def test_faults_stand_by_row_and_nothing_is_filed(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with_form(client, monkeypatch)
    visitor, page = as_representative(client)
    wrong = checked(visitor, page, sheet(["用途"], ["投标"], ["火星"]))
    said = words(wrong)
    assert wrong.status_code == 422 and "1 处要改，一件也没有提交" in said and "只办对的 1 行" in said
    assert 'data-testid="trouble"' in checked(visitor, page, b"no file").text
    kept = re.search(r'name="kept" value="([^"]+)"', wrong.text)
    other, _ = as_agent(client)
    assert kept is not None
    stolen = other.post(f"/enterprise/batch/{ITEM}/filing", other.get("/enterprise"), kept=unescape(kept[1]))
    assert stolen.status_code == 404


@pytest.mark.parametrize(
    ("data", "code", "zh", "en"),
    [
        (b"no file", "bad-spreadsheet", "这个文件读不了", "This file cannot be read"),
        (sheet(HEADS), "no-rows", "这个文件里没有申请", "There is no application in this file"),
        (sheet(HEADS, *[RIGHT] * 101), "too-many-rows", "行数太多", "There are too many rows"),
        (sheet([*HEADS, *map(str, range(60))], RIGHT), "too-many-columns", "栏数太多", "There are too many columns"),
        (b"-" * 900_000 + sheet(HEADS, RIGHT), "spreadsheet-too-large", "这个文件太大", "This file is too large"),
    ],
    ids=["none", "head", "rows", "columns", "large"],
)
def test_why_a_file_is_no_batch_is_said_in_both_languages(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, data: bytes, code: str, zh: str, en: str
) -> None:
    with pytest.raises(BadSheet) as found:
        read_sheet(data, STAFF)
    assert found.value.code == code
    with_form(client, monkeypatch)
    monkeypatch.setattr(enterprise_batch, "read_sheet", lambda sent, _: read_sheet(sent, STAFF))
    visitor, page = as_representative(client)
    chinese = checked(visitor, page, data)
    visitor.headers = {"accept-language": "en"}
    fields, files = {"_csrf_token": form_token(chinese)}, {"file": ("rows.xlsx", data)}
    english = visitor.client.post(str(chinese.url), data=fields, files=files, headers=visitor._sent())
    for answer, title, meaning in ((chinese, zh, MEANINGS[code].zh), (english, en, MEANINGS[code].en)):
        told = unescape(answer.text).partition('data-testid="trouble"')[2].partition("</div>")[0]
        assert answer.status_code == 422 and f"<b>{title}</b>" in told and meaning in told


def test_a_file_is_not_read_for_whom_nothing_was_handed_over(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_form(client, monkeypatch)
    monkeypatch.setattr(enterprise_batch, "read_sheet", lambda *_: pytest.fail("the file was read"))
    visitor = Visitor(client, YOUNG)
    fields, files = {"_csrf_token": form_token(visitor.get("/enterprise"))}, {"file": ("rows.xlsx", b"PK")}
    answer = visitor.client.post(f"/enterprise/batch/{ITEM}", data=fields, files=files, headers=visitor._sent())
    assert answer.status_code == 403


def test_rows_are_read_in_the_types_of_their_fields() -> None:
    found = read_sheet(sheet(HEADS, RIGHT, [], ["李四", "2026年11月2日", 7000, "否", "外地", "新"]), STAFF)
    assert not found.faults and [row.number for row in found.right] == [2, 4]
    assert found.right[0].typed == {
        "name": "张三", "since": "2026-11-01", "base": "6500.5", "full_time": "true", "kind": "本市", "note": "",
    }  # fmt: skip
    assert found.right[1].typed["base"] == "7000" and found.right[1].typed["full_time"] == "false"


def test_columns_are_known_by_their_heads_in_any_order() -> None:
    found = read_sheet(sheet(list(reversed(HEADS)), list(reversed(RIGHT))), STAFF)
    assert not found.faults and found.right[0].typed["name"] == "张三"


def test_each_fault_names_its_row_and_column_and_what_to_do() -> None:
    wrong = [None, "soon", "much", "也许", "火星", "x" * 300]
    found = read_sheet(sheet(HEADS, RIGHT, wrong), STAFF)
    assert [row.number for row in found.right] == [2] and len(found.rows) == 2
    assert [(one.row, one.column) for one in found.faults] == [(3, head) for head in HEADS]
    assert all(one.what.zh and one.what.en for one in found.faults)


@pytest.mark.parametrize(
    ("head", "column"),
    [(["职工姓名"], "参保日期"), ([*HEADS, "身份证号"], "身份证号"), ([*HEADS, "备注"], "备注")],
)
def test_a_wrong_head_leaves_no_row_right(head: list[str], column: str) -> None:
    found = read_sheet(sheet(head, RIGHT), STAFF)
    assert not found.right and (1, column) in [(one.row, one.column) for one in found.faults]


@pytest.mark.parametrize("data", [b"", b"PK", b"not a spreadsheet", sheet(HEADS), sheet(HEADS, *[RIGHT] * 101)])
def test_what_is_no_batch_is_refused(data: bytes) -> None:
    with pytest.raises(BadSheet):
        read_sheet(data, STAFF)


def repacked(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The file with one part changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            content = old.read(one)
            new.writestr(one.filename, change(content) if one.filename == name else content)
    return written.getvalue()


def test_a_file_that_unpacks_to_more_than_a_batch_is_refused() -> None:
    large = repacked(sheet(HEADS, RIGHT), "xl/styles.xml", lambda part: part + b" " * 3_000_000)
    with pytest.raises(BadSheet, match="too large"):
        read_sheet(large, STAFF)


@pytest.mark.parametrize("dtd", ['<!DOCTYPE w [<!ENTITY a "aaaa">]>', "<!DOCTYPE w [<!ATTLIST c a CDATA 'aaaa'>]>"])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "_rels/.rels", "xl/styles.xml"])
def test_a_part_with_a_document_type_is_refused_before_it_is_read(part: str, dtd: str) -> None:
    bomb = repacked(
        sheet(HEADS, RIGHT), part, lambda old: dtd.encode() + old[old.rindex(b"?>") + 2 if b"?>" in old else 0 :]
    )
    with pytest.raises(BadSheet, match="document type"):
        read_sheet(bomb, STAFF)


def test_a_template_filled_in_is_read_again() -> None:
    book = load_workbook(io.BytesIO(template_of(STAFF)))
    assert [cell.value for cell in book.active[1]] == HEADS and book.sheetnames == ["申请", "说明"]
    for place, value in enumerate(RIGHT, start=1):
        book.active.cell(row=2, column=place, value=value)
    written = io.BytesIO()
    book.save(written)
    assert len(read_sheet(written.getvalue(), STAFF).right) == 1


def test_what_would_be_passed_over_is_a_fault_by_row_and_column() -> None:
    formula = ["=1+1", *RIGHT[1:]]
    beside = ["李四", *RIGHT[1:], "住址"]
    found = read_sheet(sheet(HEADS, RIGHT, formula, beside, RIGHT), STAFF)
    whole = Text(zh="整行", en="the whole row")
    assert [(one.row, one.column) for one in found.faults] == [(3, "职工姓名"), (4, "G"), (5, whole)]
    assert [row.number for row in found.right] == [2]
    alone = read_sheet(sheet(["用途"], ["=1+1"]), msgspec.structs.replace(STAFF, form={"note": FORM["note"]}))
    assert (2, "A") in [(one.row, one.column) for one in alone.faults]


def test_only_items_whose_form_tells_cases_apart_are_filed_in_rows() -> None:
    firm = msgspec.structs.replace(
        STAFF, roles={"enterprise": Role(kind="enterprise", label=Text(zh="单位", en="body"))}
    )
    apart = {"note": msgspec.structs.replace(FORM["note"], tells_apart=True)}
    assert not firm.in_rows and not msgspec.structs.replace(STAFF, form=apart).in_rows
    assert msgspec.structs.replace(firm, form=apart).in_rows


# -- rows that name somebody


NAMING = msgspec.structs.replace(
    STAFF,
    roles={
        "enterprise": Role(kind="enterprise", label=Text(zh="单位", en="body")),
        "holder": Role(
            kind="person", label=Text(zh="股东", en="holder"), link="one of enterprise.shareholding.shareholders"
        ),
    },
)


def sealed_lines(*rows: list[Any], **more: Any) -> str:
    lines = [["股东", *HEADS], *rows]
    return msgspec.json.encode({"lines": lines, **more}).decode()


def _sealed(role: str = "holder") -> str:
    return msgspec.json.encode({"role": role, "digest": digest(b"x"), "sealed": "a.b.c.d.e"}).decode()


AS_READ = ["张三", "2026-11-01", 6500.5, "是", "本市", None]


def test_a_row_may_name_one_of_the_bodys_people_and_its_columns_begin_with_them() -> None:
    assert NAMING.in_rows
    assert load_workbook(io.BytesIO(template_of(NAMING))).active["A1"].value == "股东"
    found = read_sealed(sealed_lines([_sealed(), *AS_READ]), NAMING)
    assert not found.faults and found.right[0].typed["choice.holder"] == _sealed()


@pytest.mark.parametrize("named", ["", "张三", "331082198802030032", _sealed("another"), 3.31e17])
def test_a_name_that_was_not_sealed_is_a_fault_of_its_cell(named: Any) -> None:
    found = read_sealed(sealed_lines([named, *AS_READ]), NAMING)
    assert [(one.row, one.column) for one in found.faults] == [(2, "股东")] and not found.right


def test_rows_that_the_browser_found_equal_are_told() -> None:
    found = read_sealed(sealed_lines([_sealed(), *AS_READ], [_sealed(), *AS_READ], same={"3": 2}), NAMING)
    assert [one.row for one in found.faults] == [3] and [row.number for row in found.right] == [2]


@pytest.mark.parametrize("sent", ["", "[]", "{}", '{"lines": [1]}', "\udcff"])
def test_what_the_browser_did_not_read_is_refused(sent: str) -> None:
    with pytest.raises(BadSheet):
        read_sealed(sent, NAMING)
