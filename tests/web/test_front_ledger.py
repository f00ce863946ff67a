"""The proof checker: an entry found or not, a receipt that fits or was changed, all of it said in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cli.main import main
from mianzheng.ledger.entry import Entry, leaf_hash, new_salt
from mianzheng.ledger.proven import LeafProof
from mianzheng.model.canonical import b64, canonical, unb64
from tests.cases.hub_world import world
from tests.gateway.world import OLD
from tests.web.front_hub import Programs, fold, form_token, pages, words
from tests.web.hub_client import Resident


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as opened:
        yield opened


@pytest.fixture(scope="module")
def receipt(client: TestClient[Any]) -> dict[str, Any]:
    """The newest receipt of a resident whose case was just decided."""
    resident = Resident(Programs(client), OLD)  # type: ignore[arg-type]
    resident.sign_in()
    resident.run("old-age-allowance")
    fold()
    newest: dict[str, Any] = resident.get("/my/ledger").json()[0]
    return newest


def look(client: TestClient[Any], **typed: str) -> Any:
    token = form_token(client.get("/ledger"))
    return client.post("/ledger", data={**typed, "_csrf_token": token}, follow_redirects=False)


def test_an_entry_alone_leads_to_its_own_page(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    answer = look(client, entry=f" {receipt['leaf']} ")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ledger/{receipt['leaf']}")
    page = client.get(f"/ledger/{receipt['leaf']}")
    assert page.status_code == 200 and receipt["leaf"] in page.text
    assert receipt["content"] not in page.text and receipt["salt"] not in page.text


def test_an_entry_is_found_by_hash_in_either_writing_and_by_place(
    client: TestClient[Any], receipt: dict[str, Any]
) -> None:
    by_hex = client.get(f"/ledger/{unb64(receipt['leaf']).hex()}")
    assert by_hex.status_code == 200 and receipt["leaf"] in by_hex.text
    place = receipt["index"]
    assert receipt["leaf"] in client.get(f"/ledger/{place}").text


def test_the_place_the_root_and_who_signed_it_are_said(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    page = client.get(f"/ledger/{receipt['leaf']}")
    said = words(page)
    assert f"账上编号 {receipt['index']}" in said and "平台签了这个树根" in said
    assert "在账上，等部门签名" in said and "0 个部门和审计也签了" in said  # no witness was asked in this world


def test_an_entry_just_written_waits_for_its_place(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    resident = Resident(Programs(client), OLD)  # type: ignore[arg-type]
    resident.sign_in()
    resident.run("old-age-allowance")
    pending = resident.get("/my/ledger").json()[0]
    page = client.get(f"/ledger/{pending['leaf']}")
    assert page.status_code == 200 and "刚写下，正在排进树里" in words(page)
    fold()


@pytest.mark.parametrize("entry", ["x", "999999999999", b64(bytes(32)), "ff" * 32, "%00", "a" * 150])
def test_an_unknown_entry_is_said_plainly(client: TestClient[Any], entry: str) -> None:
    page = client.get(f"/ledger/{entry}")
    assert page.status_code == 404 and "账上没有这一条" in words(page)


def test_a_receipt_is_recomputed_and_read(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    page = look(client, receipt=json.dumps(receipt))
    assert page.status_code == 200 and "内容和指纹相符" in words(page)
    assert 'data-testid="content"' in page.text


def test_a_changed_receipt_is_no_entry_of_this_ledger(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    entry = msgspec.json.decode(unb64(receipt["content"]), type=Entry)
    other = canonical(msgspec.structs.replace(entry, at=entry.at - 60))
    page = look(client, receipt=json.dumps(receipt | {"content": b64(other)}))
    assert page.status_code == 404 and "账上没有这一条" in words(page)


def test_a_receipt_of_another_entry_than_the_one_named_is_told(
    client: TestClient[Any], receipt: dict[str, Any]
) -> None:
    first = client.get("/api/ledger/leaves", params={"start": 0, "end": 1}).json()["leaves"][0]
    page = look(client, entry=first, receipt=json.dumps(receipt))
    assert "内容和指纹对不上" in words(page)


def test_a_receipt_that_was_made_up_is_not_in_the_tree(client: TestClient[Any]) -> None:
    salt, content = new_salt(), canonical(Entry(kind="view", at=1_700_000_000, purpose="made up"))
    made_up = {"salt": b64(salt), "content": b64(content), "leaf": b64(leaf_hash(salt, content))}
    page = look(client, receipt=json.dumps(made_up))
    assert page.status_code == 404 and "凭证上写的" in words(page)


@pytest.mark.parametrize(
    "pasted", ["x", "{}", "[]", '{"salt": "!", "content": "?"}', "[" * 5000, '{"salt":"","content":""}']
)
def test_what_is_no_receipt_stands_beside_its_field_and_stays(client: TestClient[Any], pasted: str) -> None:
    page = look(client, receipt=pasted)
    assert page.status_code == 400 and 'id="receipt-fault"' in page.text and 'aria-invalid="true"' in page.text


def test_a_receipt_that_was_tampered_with_is_told_as_such(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    page = look(client, receipt=json.dumps(receipt | {"content": "AAAA" + receipt["content"][4:]}))
    assert page.status_code == 400 and "内容对不上" in words(page)


def test_nothing_typed_is_told_beside_the_field(client: TestClient[Any]) -> None:
    page = look(client, entry="")
    assert page.status_code == 400 and 'id="entry-fault"' in page.text


def test_an_entry_that_is_no_path_leads_to_a_page_of_this_site(client: TestClient[Any]) -> None:
    answer = look(client, entry="//evil.example/?x#y")
    assert answer.headers["location"] == "/ledger/evilexamplexy"


def test_a_form_from_elsewhere_is_refused(client: TestClient[Any]) -> None:
    assert client.post("/ledger", data={"entry": "0"}).status_code == 403


def test_the_proof_can_be_taken_along_and_holds_no_content(client: TestClient[Any], receipt: dict[str, Any]) -> None:
    proof = client.get(f"/api/ledger/entries/{receipt['leaf']}")
    assert msgspec.json.decode(proof.content, type=LeafProof).leaf == receipt["leaf"]
    assert set(proof.json()) <= {"leaf", "index", "inclusion", "head", "cosignatures"}
    assert client.get("/api/ledger/entries/nothing").status_code == 404


@pytest.fixture
def kept(client: TestClient[Any], receipt: dict[str, Any], tmp_path: Path) -> Path:
    """A folder with all that somebody keeps who checks without this hub."""
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    (tmp_path / "proof.json").write_bytes(client.get(f"/api/ledger/entries/{receipt['leaf']}").content)
    (tmp_path / "trust.json").write_bytes(client.get("/api/trust").content)
    (tmp_path / "roots.json").write_bytes((world().keys / "hub" / "roots.json").read_bytes())
    return tmp_path


def check_offline(kept: Path, name: str) -> int:
    paths = [str(kept / file) for file in (name, "trust.json", "roots.json")]
    return main(["ledger", "check", paths[0], "--trust", paths[1], "--roots", paths[2]])


@pytest.mark.parametrize("name", ["receipt.json", "proof.json"])
def test_what_is_kept_is_checked_offline(
    kept: Path, name: str, receipt: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_offline(kept, name) == 0
    assert receipt["leaf"] in capsys.readouterr().out


@pytest.mark.parametrize("part", ["salt", "content", "leaf", "index", "inclusion", "head"])
def test_one_changed_part_of_what_is_kept_is_found_offline(kept: Path, receipt: dict[str, Any], part: str) -> None:
    was = receipt[part]
    turned = {
        "index": lambda: was + 1,
        "inclusion": lambda: was[:-1],
        "leaf": lambda: b64(bytes(32)),
    }.get(part, lambda: ("A" if was[0] != "A" else "B") + was[1:])
    other = turned()
    (kept / "receipt.json").write_text(json.dumps(receipt | {part: other}))
    assert check_offline(kept, "receipt.json") == 1


def test_a_file_that_is_no_proof_is_named(kept: Path) -> None:
    (kept / "receipt.json").write_text("[]")
    assert check_offline(kept, "receipt.json") == 2
    assert check_offline(kept, "nothing.json") == 2
