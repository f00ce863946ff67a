"""`/my/ledger`: who asked what about me, page by page; each with a proof; and against the gateways' own lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cases import own_lists
from mianzheng.cases.own_lists import Compared
from mianzheng.credentials.trust import TrustStore
from mianzheng.ledger.proven import EntryProof, verify_proof
from mianzheng.model.witnessing import MineEntry
from tests.cases.hub_world import WorldPeers, world
from tests.gateway.family import FamilyCase
from tests.gateway.family_rows import DAD, MUM
from tests.gateway.world import ABSENT, DRAWS, LISTED, OLD, YOUNG, protection_order
from tests.web.front_hub import fold, pages, words
from tests.web.my_client import Visitor

ITEM = "old-age-allowance"
LEAF = re.compile(r'href="/my/ledger/receipts/([A-Za-z0-9_-]{43})"')
SOURCE = Path(__file__).parents[2] / "src/mianzheng"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as served:
        yield served


def test_each_question_stands_with_department_case_basis_and_answer(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    case = str(old.run(ITEM).url.path).rpartition("/")[2]
    said = words(old.get(f"/my/ledger?case={case}"))
    assert "公安局" in said and "已回答" in said and "高龄津贴" in said and case[:9] in said
    assert "第三十三条" in said or "通行做法" in said
    assert re.search(r"？ *是", said)


def test_a_person_about_whom_nobody_asked_reads_so(client: TestClient[Any]) -> None:
    assert 'data-testid="empty"' in Visitor(client, ABSENT).get("/my/ledger").text


def test_the_list_is_searched_by_department_and_item(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    old.run(ITEM)
    assert "公安局" in words(old.get("/my/ledger?q=公安"))
    assert 'data-testid="empty"' in old.get("/my/ledger?q=没有这个部门").text


def test_a_long_list_is_read_page_by_page_and_no_request_is_shown_twice(client: TestClient[Any]) -> None:
    draws = Visitor(client, DRAWS)
    for _ in range(8):  # each leaves four entries or more
        draws.run(ITEM)
    seen: list[str] = []
    path, states = "/my/ledger", set[str]()
    for _ in range(6):
        page = draws.get(path)
        seen += LEAF.findall(page.text)
        states |= set(re.findall(r"等回答", words(page)))
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert len(seen) > 25 and len(seen) == len(set(seen))
    assert not states  # what came of a request at the end of a page is told on the next


def test_an_entry_is_given_out_with_all_that_proves_it(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    old.run(ITEM)
    fold()
    leaf = LEAF.findall(old.get("/my/ledger").text)[0]
    answer = old.get(f"/my/ledger/receipts/{leaf}")
    assert "attachment" in answer.headers["content-disposition"]
    proof = msgspec.json.decode(answer.content, type=EntryProof)
    keys = world().keys / "hub"
    trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
    proven = verify_proof(proof, trust=trust, witnesses=(), at=int(datetime.now(UTC).timestamp()))
    assert proven.leaf == leaf and proven.status == "signed"


def test_anothers_entry_is_given_to_nobody_else(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    old.run(ITEM)
    leaf = LEAF.findall(old.get("/my/ledger").text)[0]
    young = Visitor(client, YOUNG)
    assert young.get(f"/my/ledger/receipts/{leaf}").status_code == 404
    assert young.get("/my/ledger/receipts/***").status_code == 404


def _compare(person: Visitor) -> Any:
    page = person.get("/my/ledger")
    signature = person.follow(person.post("/my/ledger/comparison", page))
    assert "部门自己的清单" in words(signature)
    return person.follow(person.sign(signature))


def test_both_lists_agree_and_each_line_says_so(client: TestClient[Any]) -> None:
    one = Visitor(client, LISTED)  # of no other hub's cases
    one.run(ITEM)
    compared = _compare(one)
    assert "对上了" in words(compared)
    assert "该部门的清单也是这样记的" in words(compared)
    assert "清单里没有这一条" not in words(compared)


def test_a_line_of_a_protected_persons_case_is_shown_without_matter_place_and_time(client: TestClient[Any]) -> None:
    with protection_order(world(), MUM):
        FamilyCase(world(), "family-aid").reach("spouse")
    compared = _compare(Visitor(client, DAD))
    (line,) = re.findall(r'<li data-testid="other-protected">.*?</li>', compared.text, re.DOTALL)
    assert "依规定不显示事项、地点和时间" in line and "<time" not in line
    assert "不显示日期" in words(compared) and "1970" not in compared.text


def test_a_gateway_that_hides_a_line_is_found_out(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    old.run(ITEM)
    peers = client.app.state.hub.peers
    client.app.state.hub.peers = _Forgetful(world())
    try:
        compared = _compare(old)
    finally:
        client.app.state.hub.peers = peers
    assert "对不上：" in words(compared) and "该部门自己的清单里没有这一条" in words(compared)


def test_a_gateway_that_is_down_is_named_and_accused_of_nothing(client: TestClient[Any]) -> None:
    one = Visitor(client, LISTED)  # of no other hub's cases
    one.run(ITEM)
    peers = client.app.state.hub.peers
    peers.down.add("civil-affairs")
    try:
        compared = _compare(one)
    finally:
        peers.down.clear()
    assert "暂时没有取到" in words(compared) and "对不上：" not in words(compared)


def test_what_only_a_department_lists_has_its_case_its_proof_and_what_to_do(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Visitor(client, OLD)
    line = MineEntry(
        seq=1, kind="answered", at=int(world().now()), hub="hub", case="c" + "a" * 26, role="spouse", item=ITEM,
        purpose="answers", basis=None, question="q", sentence=None, entry="E" * 43, leaf="L" * 43, linked=True,
        department="civil-affairs",
    )  # fmt: skip
    masked = msgspec.structs.replace(line, item="", view="masked", item_kind="行政给付", case="c" + "b" * 26)
    tried = msgspec.structs.replace(line, kind="presence-failed", item="", case="presence-1", entry="")
    found = Compared(
        pairwise="", at=line.at, gateways=(), silent=(), known=(), others=(line, masked, tried), findings=()
    )

    async def find(*_: Any) -> Compared:
        return found

    monkeypatch.setattr(own_lists, "find", find)
    page = old.get("/my/ledger?compared=x").text.partition('data-testid="others"')[2]
    assert page.count('data-testid="other-case"') == 1 and "caaaaaaaa" in page and "cbbbbbbbb" not in page
    assert page.count(f'href="/ledger/{"E" * 43}"') == 2
    assert page.count("为什么问到我？不对怎么办？") == 2 and "到临海市民政局的窗口更正" in page


def test_a_comparison_is_shown_to_nobody_else(client: TestClient[Any]) -> None:
    old = Visitor(client, OLD)
    old.run(ITEM)
    token = str(_compare(old).url).partition("compared=")[2]
    young = Visitor(client, YOUNG)
    page = young.get(f"/my/ledger?compared={token}")
    assert page.status_code == 200 and 'data-testid="compared"' not in page.text


def test_every_kind_of_line_that_a_department_writes_has_words_in_both_languages() -> None:
    noted = re.compile(
        r'(?:\bnote|_note|_note_change|_tell|_write)\([^")]*"([a-z]+(?:-[a-z]+)*)"|Line\(\s*kind="([a-z-]+)"'
    )
    found = set[str]()
    for folder in ("authority", "gateway"):
        for path in (SOURCE / folder).rglob("*.py"):
            found |= {one or other for one, other in noted.findall(path.read_text())}
    words_of = (
        (SOURCE / "web/pages/templates/my/lines.html").read_text().partition("KINDS_OF_LINES")[2].partition("%}")[0]
    )
    said = set(re.findall(r'"([a-z-]+)": \("[^"]*[一-鿿][^"]*", "[^"]+"\)', words_of))
    assert {"presence-open", "sign-in", "mandate-granted", "revocation"} <= found | {"mandate-granted"}
    assert not found - said - {"retired", "bundle-refused"}  # a version's and a refused bundle's lines name nobody


def test_anothers_signature_fetches_no_list(client: TestClient[Any]) -> None:
    old, young = Visitor(client, OLD), Visitor(client, YOUNG)
    signature = old.follow(old.post("/my/ledger/comparison", old.get("/my/ledger")))
    old.number = young.number  # a stolen session signs with another key
    assert old.sign(signature).status_code in (400, 401, 403)


class _Forgetful(WorldPeers):
    """The world's gateways, of which public security leaves out what it answered."""

    async def get(self, party: str, path: str, headers: Any) -> Any:
        reply = await super().get(party, path, headers)
        if party != "public-security" or path != "/mine":
            return reply
        lines = [one for one in msgspec.json.decode(reply.unverified) if one["kind"] != "answered"]
        return type(reply)(unverified=msgspec.json.encode(lines))
