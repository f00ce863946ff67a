"""Who brings no key is served: the widow with nothing, a call back, a face, the chip of a card."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from mianzheng.cli.keys import CALL_LINE, COMPARER, READER
from tests.city_wide.few_departments import ITEM
from tests.city_wide.window_city import WindowCity

pytestmark = pytest.mark.process


def served(window: WindowCity, file: str) -> list[str]:
    return ["--presence", file, "--clerk", window.key("clerk")]


def test_the_widow_with_nothing_is_served(window: WindowCity) -> None:
    widow = window.widow()
    asked = window.presence(widow)
    assert (asked["passed"], len(asked["questions"])) == (False, 2)
    known = window.city.json("city", "knows", "--resident", widow)["known"]
    said = {one["question"]["zh"]: one["answer"] for one in known}
    assert [said[one["zh"]] for one in asked["questions"]] == window.knows(widow, asked["questions"])
    passed = window.passed(widow)
    assert (passed["passed"], passed["level"], passed["method"]) == (True, 2, "window")
    view = window.city.json("case", "run", ITEM, *served(window, passed["file"]))
    assert (view["state"], view["decision"], view["decided_by"]) == ("delivered", "granted", "machine")
    assert view["documents_carried"] == 0
    assert view["credential"]
    again = window.city.json("case", "show", view["case"], *served(window, passed["file"]))
    assert again["state"] == "delivered"


def test_her_credential_verifies_by_the_key_that_was_made_at_the_window(window: WindowCity, tmp_path: Path) -> None:
    passed = window.passed(window.widow())
    view = window.city.json("case", "run", ITEM, *served(window, passed["file"]))
    (tmp_path / "credential").write_text(view["credential"])
    found = window.city.json("credential", "verify", str(tmp_path / "credential"))
    assert found["valid"] is True


def test_her_case_file_is_exported_beside_her_presence_and_holds(window: WindowCity, tmp_path: Path) -> None:
    passed = window.passed(window.widow())
    case = window.city.json("case", "run", ITEM, *served(window, passed["file"]))["case"]
    window.city.json("archive", "export", case, "--into", str(tmp_path / "file"), *served(window, passed["file"]))
    assert window.city.json("archive", "verify", str(tmp_path / "file"))["faults"] == []
    (tmp_path / "file" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    done = window.city.command("archive", "verify", str(tmp_path / "file"))
    assert done.status == 1 and "file-malformed: photo.jpg" in done.out


def test_she_is_told_and_reads_who_vouched(window: WindowCity) -> None:
    """Someone with a key who is served at a window finds it in their own list."""
    resident = window.someone()
    window.passed(resident)
    lines = window.city.json("ledger", "mine", "--resident", resident)["lines"]
    kinds = {line["line"]["kind"]: line["line"]["role"] for line in lines}
    assert {"presence-open", "presence-passed"} <= kinds.keys()
    assert "civil-affairs-clerk" in kinds["presence-passed"]
    assert "civil-affairs-witness" in kinds["presence-passed"]


def test_a_call_back_is_presence_one_and_too_little_for_the_allowance(window: WindowCity) -> None:
    resident = window.someone("--no-key", "--phone", "13900000099", "--held-since", "2020-01-01")
    how = ("--method", "call")
    with window.city.device("line", CALL_LINE) as line:
        window.presence(resident, *how)
        codes: list[str] = []
        while not codes:
            codes = json.loads(urllib.request.urlopen(f"{line}/phones/13900000099", timeout=5).read())
        passed = window.presence(resident, *how, "--answer", codes[-1])
    assert (passed["level"], passed["method"]) == (1, "call")
    view = window.city.json("case", "run", ITEM, *served(window, passed["file"]), check=None)
    assert view.get("decision") != "granted"


def test_a_face_is_presence_three(window: WindowCity, tmp_path: Path) -> None:
    taken, other = tmp_path / "taken", tmp_path / "other"
    taken.write_bytes(bytes(range(256)) * 4)
    other.write_bytes(bytes(reversed(range(256))) * 4)
    resident = window.someone("--no-key", "--face", str(taken))
    with window.city.device("comparer", COMPARER):
        words = ("presence", "--resident", resident, "--clerk", window.key("clerk"), "--method", "face")
        refused = window.city.command(*words, "--image", str(other))
        assert refused.status
        assert "did not pass" in refused.err
        passed = window.presence(resident, "--method", "face", "--image", str(taken))
    assert (passed["level"], passed["method"]) == (3, "face")
    view = window.city.json("case", "run", ITEM, *served(window, passed["file"]))
    assert view["decision"] == "granted"


def test_without_a_comparer_another_way_is_named(window: WindowCity, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"x" * 64)
    words = ("presence", "--resident", window.someone(), "--clerk", window.key("clerk"))
    done = window.city.command(*words, "--method", "face", "--image", str(image))
    assert done.status
    assert "comparer" in done.err


def test_the_chip_of_a_card_signs_in_and_signs_the_plan(window: WindowCity, tmp_path: Path) -> None:
    resident = window.someone("--no-key")
    issued = (window.rows.values("id_card", "issued_on", resident) or ("",))[0]
    card, slot = tmp_path / "card.json", tmp_path / "slot.json"
    window.city.mianzheng("device", "enrol", "--resident", resident, "--card", str(card), "--issued-on", issued)
    with window.city.device("reader", READER, "--slot", str(slot)):
        empty = window.city.command("case", "run", ITEM, "--reader")
        assert empty.status
        assert "no card" in empty.err
        card.rename(slot)
        view = window.city.json("case", "run", ITEM, "--reader")
    assert (view["state"], view["decision"]) == ("delivered", "granted")


def test_an_old_card_is_refused_once_another_was_issued(window: WindowCity, tmp_path: Path) -> None:
    resident, slot = window.someone("--no-key"), tmp_path / "slot.json"
    window.city.mianzheng("device", "enrol", "--resident", resident, "--card", str(slot), "--issued-on", "1999-01-01")
    with window.city.device("reader", READER, "--slot", str(slot)):
        done = window.city.command("case", "run", ITEM, "--reader")
    assert done.status
    assert "sign-in" in done.err
