"""The pages of papers: the list, the accessible text, the sealed file, and the check."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from mianzheng.cases import papers
from tests.gateway.world import OLD, YOUNG
from tests.papers.examples import text_of
from tests.web.front_hub import form_token, pages, words
from tests.web.my_client import Visitor


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as made:
        yield made


@pytest.fixture
def granted(client: TestClient[Any]) -> tuple[Visitor, str]:
    visitor = Visitor(client, OLD)
    return visitor, str(visitor.run("old-age-allowance").url.path)


def number_of(page: Any) -> str:
    found = re.search(r'href="/papers/([a-z0-9-]+)"', page.text)
    assert found is not None
    return found[1]


def test_the_list_names_each_paper_with_its_state_and_clock(granted: tuple[Visitor, str]) -> None:
    visitor, case = granted
    said = words(visitor.get(f"{case}/papers"))
    assert "受理通知书" in said and "准予行政给付决定书" in said and "十个工作日" in said


def test_what_is_due_is_made_while_the_list_is_read_and_delivered_to_nobody(granted: tuple[Visitor, str]) -> None:
    visitor, case = granted
    visitor.get(f"{case}/papers")
    said = words(visitor.get(f"{case}/papers"))
    assert said.count("已盖章，等您查收") == 2 and "已送达" not in said


def test_opened_it_is_text_for_every_reader_and_counts_as_delivered(granted: tuple[Visitor, str]) -> None:
    visitor, case = granted
    said = words(visitor.get(f"{case}/papers/grant"))
    assert "符合法定条件" in said and "申请行政复议" in said
    assert "已送达" in words(visitor.get(f"{case}/papers"))


def test_the_file_and_the_page_say_the_same(granted: tuple[Visitor, str]) -> None:
    visitor, case = granted
    page, file = visitor.get(f"{case}/papers/grant"), visitor.get(f"{case}/papers/grant/pdf")
    assert file.headers["content-type"] == "application/pdf"
    assert "attachment" in file.headers["content-disposition"]
    lines = re.findall(r'<p class="body">(.*?)</p>', page.text)
    said = re.sub(r"\s", "", text_of(file.content))
    assert lines and all(re.sub(r"\s", "", line) in said for line in lines)
    assert visitor.get(f"{case}/papers/grant/pdf").content == file.content


def test_in_english_the_translation_says_that_it_is_one(client: TestClient[Any], granted: tuple[Visitor, str]) -> None:
    _, case = granted
    reader = Visitor(client, OLD, language="en")
    said = words(reader.get(f"{case}/papers/acceptance"))
    assert "Notice of acceptance" in said and "reference translation" in said


def test_somebody_elses_papers_are_not_found(client: TestClient[Any], granted: tuple[Visitor, str]) -> None:
    _, case = granted
    other = Visitor(client, YOUNG)
    for path in ("papers", "papers/grant", "papers/grant/pdf"):
        assert other.get(f"{case}/{path}").status_code == 404


def test_a_paper_wanted_by_post_says_so(granted: tuple[Visitor, str]) -> None:
    visitor, case = granted
    page = visitor.get(f"{case}/papers")
    answer = visitor.post(f"{case}/papers/acceptance/way", page, way="post")
    assert "您选了：邮寄" in words(visitor.follow(answer))


def test_a_case_without_papers_says_when_the_first_comes(client: TestClient[Any]) -> None:
    visitor = Visitor(client, OLD)
    plan = visitor.apply("old-age-allowance")
    case = str(plan.url.path).removesuffix("/plan")
    assert "还没有文书" in words(visitor.get(f"{case}/papers"))


def test_an_uploaded_file_is_found_genuine_and_a_changed_one_is_not(
    client: TestClient[Any], granted: tuple[Visitor, str]
) -> None:
    visitor, case = granted
    file = visitor.get(f"{case}/papers/grant/pdf").content
    number = number_of(visitor.get(f"{case}/papers/grant"))
    changed = bytearray(file)
    changed[4000] ^= 1
    for content, expected in ((file, "是真的"), (bytes(changed), "查无此文书")):
        form = client.get(f"/papers/{number}")
        answer = client.post(
            f"/papers/{number}",
            files={"file": ("x.pdf", content, "application/pdf")},
            data={"_csrf_token": form_token(form)},
        )
        assert answer.status_code == 200 and expected in words(answer)
        assert "高龄" not in words(answer)


def test_a_digest_alone_is_enough(client: TestClient[Any], granted: tuple[Visitor, str]) -> None:
    visitor, case = granted
    file = visitor.get(f"{case}/papers/grant/pdf").content
    number = number_of(visitor.get(f"{case}/papers/grant"))
    answer = client.get(f"/papers/{number}", params={"digest": hashlib.sha256(file).hexdigest()})
    assert "是真的" in words(answer) and "只核对了指纹" in words(answer)


@pytest.mark.parametrize("digest", ["abc", "0" * 63, "z" * 64])
def test_what_is_no_digest_is_said_at_the_field(client: TestClient[Any], digest: str) -> None:
    answer = client.get("/papers/civil-affairs-2026-1", params={"digest": digest})
    assert answer.status_code == 400 and "64 位指纹" in words(answer)


def test_a_number_alone_says_nothing(client: TestClient[Any]) -> None:
    one, other = client.get("/papers/civil-affairs-2026-1"), client.get("/papers/civil-affairs-2026-88888888")
    assert one.status_code == other.status_code == 200
    assert 'data-testid="verdict"' not in one.text + other.text


def test_a_strangers_file_is_not_taken_apart(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "verify", lambda *_, **__: pytest.fail("the file was taken apart"))
    form = client.get("/papers/civil-affairs-2026-1")
    sent = {"file": ("x.pdf", b"%PDF-1.7\ntrailer\n<< /Root /a >>", "application/pdf")}
    for number in ("civil-affairs-2026-1", "civil-affairs-2026-88888888"):
        answer = client.post(f"/papers/{number}", files=sent, data={"_csrf_token": form_token(form)})
        assert answer.status_code == 200 and "查无此文书" in words(answer)
        assert "指纹" in words(answer) and "没有上传文件" not in words(answer)


def test_what_is_no_number_is_not_found(client: TestClient[Any]) -> None:
    assert client.get("/papers/nothing").status_code == 404
