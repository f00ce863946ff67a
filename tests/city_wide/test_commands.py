"""Every command of the main job: the JSON it prints, its exit status, and what it says of wrong use."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mianzheng.cli.processes import alive, recorded
from tests.city_wide.running_city import RunningCity
from tests.city_wide.typed import Done, at, told, typed
from tests.core_packs import ITEMS, core_packs

ITEM = "old-age-allowance"
OFFICER = "keys/staff/civil-affairs/officer.jwk.json"
TEXT = {"zh": str, "en": str}
ANSWER = {
    "department": str,
    "register": str,
    "role": str,
    "question": str,
    "sentence": TEXT,
    "status": str,
    "value": (bool, int, str, None),
    "wave": int,
}
REASON = {"condition": str, "zh": str, "en": str, "department": str, "contest": (dict, None)}
PAPER = {
    "paper": str,
    "kind": str,
    "title": TEXT,
    "state": str,
    "on": str,
    "display": str,
    "number": str,
    "digest": str,
    "deliver_by": (str, None),
    "overdue": bool,
    "way": str,
    "sent_on": (str, None),
    "tracking": str,
    "delivered_on": (str, None),
}
CASE = {
    "case": str,
    "item": str,
    "version": int,
    "state": str,
    "decision": str,
    "decided_by": str,
    "as_of": str,
    "reasons": [REASON],
    "not_examined": [str],
    "answers": [ANSWER],
    "documents_replaced": int,
    "documents_carried": int,
    "visits": int,
    "questions_asked": int,
    "facts_held": int,
    "waves": int,
    "milliseconds": (float, int),
    "credential": (str, None),
    "amount": (str, None),
    "ledger": {"entries": int, "root": str},
    "waits_until": (str, None),
    "next_step": (dict, None),
    "signatures": [dict],
    "seen_as": str,
    "promised_on": (str, None),
    "legal_on": (str, None),
    "provisional": bool,
    "overdue": [dict],
    "still": [dict],
    "notices": [dict],
    "declarations": [dict],
    "acts": [str],
    "correct": [str],
    "fee": (str, None),
    "fee_until": (str, None),
    "papers": [PAPER],
    "stated": [{"name": str, "label": TEXT, "value": TEXT, "sealed": bool}],
    "replaced": [TEXT],
    "decided_on": (str, None),
}
OUTGOING = {
    "case": str,
    "item": str,
    "paper": str,
    "title": TEXT,
    "way": str,
    "on": str,
    "deliver_by": (str, None),
    "overdue": bool,
    "sent_on": (str, None),
    "handler": str,
    "place": str,
}
EXPLAINED = {
    "question": str,
    "role": str,
    "department": str,
    "register": str,
    "sentence": TEXT,
    "answer": (dict, None),
    "status": str,
    "value": (bool, int, str, None),
    "rests_on": (str, None),
    "signed_by": str,
    "key": str,
    "sheet": str,
    "entry": str,
}
EXPLANATION = {
    "case": str,
    "item": str,
    "version": int,
    "as_of": str,
    "decision": str,
    "decided_by": str,
    "decision_signed_by": str,
    "conditions": [
        {
            "condition": str,
            "rule": str,
            "reference": str,
            "verified": bool,
            "result": str,
            "otherwise": TEXT,
            "answers": [EXPLAINED],
        }
    ],
}
UP = {"url": str, "processes": [{"name": str, "pid": int, "port": int}]}
FAULT = {"file": str, "line": int, "column": int, "code": str, "message": str, "hint": str}
FINDING = {"code": str, "party": str, "detail": str, "index": (int, None), "leaf": str, "serious": bool}
CHECKED = {
    "valid": bool,
    "code": str,
    "message": str,
    "issuer": str,
    "department": str,
    "type": str,
    "issued_at": (str, None),
    "expires_at": (str, None),
    "status": str,
    "claims": dict,
    "metadata": dict,
}


def misfits(value: Any, shape: Any, where: str = "$") -> list[str]:
    """Return where a document is not of a shape: a dict names every key, a list its items, a tuple the choices."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where} is {value!r}"]
        faults = [f"{where}.{key}" for key in shape.keys() ^ value.keys()]
        return faults + [
            f for key in shape.keys() & value.keys() for f in misfits(value[key], shape[key], f"{where}.{key}")
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where} is {value!r}"]
        return [f for place, one in enumerate(value) for f in misfits(one, shape[0], f"{where}[{place}]")]
    kinds = shape if isinstance(shape, tuple) else (shape,)
    fits = any(value is None if kind is None else type(value) is kind for kind in kinds)
    return [] if fits else [f"{where} is {value!r}"]


def person(city: RunningCity, expect: str, place: int = 0) -> str:
    found = told(city, "city", "people", "--item", ITEM, "--expect", expect, "--limit", str(place + 1))["people"]
    return str(found[place]["resident"])


def run_case(city: RunningCity, expect: str, place: int = 0) -> Any:
    return told(city, "case", "run", ITEM, "--resident", person(city, expect, place))


@pytest.fixture(scope="module")
def granted(city: RunningCity) -> Any:
    return run_case(city, "granted")


@pytest.fixture(scope="module")
def refused(city: RunningCity) -> Any:
    return run_case(city, "refused")


# -- shapes


def test_case_run_prints_the_granted_case_and_nothing_else(city: RunningCity) -> None:
    done = city.in_a_shell("case", "run", ITEM, "--resident", person(city, "granted", 1), "--json")
    view = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert misfits(view, CASE) == []
    assert (view["item"], view["state"], view["decision"], view["decided_by"]) == (
        ITEM,
        "delivered",
        "granted",
        "machine",
    )
    assert view["reasons"] == [] and view["not_examined"] == []
    assert re.fullmatch(r"[\w.-]+(~[\w-]+)+~", view["credential"])


def test_case_run_leaves_a_refusal_proposed(refused: Any) -> None:
    assert misfits(refused, CASE) == []
    assert (refused["state"], refused["decision"], refused["decided_by"]) == ("proposed", "refused", "proposed")
    assert refused["credential"] is None and refused["amount"] is None
    assert all(reason["zh"] and reason["en"] and reason["contest"]["zh"] for reason in refused["reasons"])
    failing = {reason["department"] for reason in refused["reasons"]}
    assert failing <= {answer["department"] for answer in refused["answers"] if answer["value"] is False}


def test_case_show_prints_the_case_again(city: RunningCity, granted: Any) -> None:
    shown = told(city, "case", "show", granted["case"])
    assert misfits(shown, CASE) == []
    changing = {"ledger": None, "credential": None}
    assert shown | changing == granted | changing
    assert shown["credential"] == granted["credential"]  # opened from the same seal


def test_case_explain_goes_from_conditions_to_who_signed(city: RunningCity, granted: Any, refused: Any) -> None:
    explained = told(city, "case", "explain", granted["case"])
    assert misfits(explained, EXPLANATION) == []
    assert explained["decision_signed_by"] == "gateway-civil-affairs"
    assert {condition["result"] for condition in explained["conditions"]} == {"true"}
    for condition in explained["conditions"]:
        for answer in condition["answers"]:
            assert answer["signed_by"] == f"gateway-{answer['department']}"
            assert all(len(answer[name]) == 43 for name in ("key", "sheet", "entry"))
    proposed = told(city, "case", "explain", refused["case"])
    assert proposed["decision_signed_by"] == ""
    results = {condition["condition"]: condition["result"] for condition in proposed["conditions"]}
    assert {name for name, result in results.items() if result == "false"} == {
        reason["condition"] for reason in refused["reasons"]
    }
    assert {name for name, result in results.items() if result == "not_examined"} == set(refused["not_examined"])


def test_case_accept_makes_a_refusal_final_by_the_machine(city: RunningCity) -> None:
    proposed = run_case(city, "refused", 1)
    final = told(city, "case", "accept", proposed["case"])
    assert misfits(final, CASE) == []
    assert (final["state"], final["decision"], final["decided_by"]) == ("refused", "refused", "machine")
    again = at(city, "case", "accept", proposed["case"])
    assert again.status == 2 and "refused" in again.err


def test_case_contest_makes_the_answer_unknown_and_withdraw_ends_the_case(city: RunningCity) -> None:
    proposed = run_case(city, "refused", 2)
    false = next(answer for answer in proposed["answers"] if answer["value"] is False)
    contested = told(city, "case", "contest", proposed["case"], "--question", false["question"])
    assert misfits(contested, CASE) == []
    assert (contested["state"], contested["decision"], contested["decided_by"]) == ("waiting_person", "undecided", "")
    withdrawn = told(city, "case", "withdraw", proposed["case"])
    assert misfits(withdrawn, CASE) == [] and withdrawn["state"] == "withdrawn"


def test_staff_post_a_paper_and_enter_that_it_arrived_and_hand_another_over(city: RunningCity, granted: Any) -> None:
    case, officer = granted["case"], ("--officer", str(city.data / OFFICER))
    told(city, "case", "take", case, *officer)
    early = at(city, "case", "arrived", case, "--paper", "grant", *officer)
    assert (early.status, "paper-not-posted" in early.err) == (2, True)
    sent = told(city, "case", "posted", case, "--paper", "grant", "--tracking", "XA1234567890", *officer)
    assert misfits(sent, PAPER) == [] and (sent["state"], sent["tracking"]) == ("sent", "XA1234567890")
    waits = told(city, "case", "outgoing", *officer)
    assert misfits(waits, [OUTGOING]) == [] and (case, "post") in {(one["case"], one["way"]) for one in waits}
    arrived = told(city, "case", "arrived", case, "--paper", "grant", *officer)
    assert (arrived["state"], arrived["way"]) == ("delivered", "post")
    given = told(city, "case", "handed", case, "--paper", "acceptance", *officer)
    assert (given["state"], given["way"]) == ("delivered", "window")
    papers = told(city, "case", "papers", case, *officer)
    assert misfits(papers, [PAPER]) == [] and [one["kind"] for one in papers].count("receipt") == 2
    again = at(city, "case", "handed", case, "--paper", "grant", *officer)
    assert (again.status, "paper-delivered" in again.err) == (2, True)


def staff(city: RunningCity, key: str, command: str, case: str, *words: str) -> Any:
    """Run a command of the department's staff and return the desk's view."""
    return told(city, "case", command, case, "--officer", _key(city, key), *words)


def test_case_sign_makes_a_refusal_an_officers_and_case_reopen_lets_it_run_again(city: RunningCity) -> None:
    case = run_case(city, "refused", 3)["case"]
    staff(city, "officer", "take", case)
    signed = staff(city, "officer", "sign", case, "--outcome", "refused")
    assert signed["state"] == "refused"
    shown = told(city, "case", "show", case)
    assert (shown["decision"], shown["decided_by"]) == ("refused", "officer")
    staff(city, "officer", "reopen", case, "--reason", "有新的材料")
    again = told(city, "case", "show", case)
    assert (again["decision"], again["decided_by"]) == ("refused", "proposed")  # it ran, and comes to the same
    assert "有新的材料" in again["notices"][-1]["text"]["zh"]


def test_case_extend_and_case_correct_are_told_in_writing(city: RunningCity) -> None:
    proposed = run_case(city, "refused", 4)
    false = next(answer for answer in proposed["answers"] if answer["value"] is False)
    case = told(city, "case", "contest", proposed["case"], "--question", false["question"])["case"]
    staff(city, "officer", "take", case)
    before = told(city, "case", "show", case)["legal_on"]
    assert at(
        city, "case", "extend", case, "--officer", _key(city, "officer"), "--days", "5", "--reason", "走访"
    ).status
    staff(city, "head", "extend", case, "--days", "5", "--reason", "需要走访")
    assert told(city, "case", "show", case)["legal_on"] > before
    asked = staff(city, "officer", "correct", case, "--what", "乡镇", "--what", "姓名", "--within", "5")
    shown = told(city, "case", "show", case)
    assert asked["state"] == shown["state"] == "correction" and shown["correct"] == ["乡镇", "姓名"]
    assert [one["kind"] for one in shown["notices"]] == ["extension", "correction"]


def _key(city: RunningCity, name: str) -> str:
    return str(city.data / "keys/staff/civil-affairs" / f"{name}.jwk.json")


@pytest.mark.parametrize("viewer", ["resident", "agent", "clerk"])
def test_case_show_and_explain_as_somebody_else_reads_it(city: RunningCity, granted: Any, viewer: str) -> None:
    assert told(city, "case", "show", granted["case"], "--as", viewer)["seen_as"] == viewer
    explained = told(city, "case", "explain", granted["case"], "--as", viewer)
    assert misfits(explained, EXPLANATION) == []


def test_catalogue_list_tells_where_each_item_stands(city: RunningCity) -> None:
    line = {"item": str, "version": int, "department": str, "kind": str, "status": str}
    listed = told(city, "catalogue", "list")
    assert misfits(listed, {"items": [line]}) == []
    assert len(listed["items"]) == len(ITEMS)
    assert {one["status"] for one in listed["items"]} == {"published"}
    alone = typed(
        "catalogue",
        "list",
        "--json",
        environ={"MIANZHENG_HOME": str(city.data / "nowhere"), "MIANZHENG_PACKS": str(core_packs())},
    ).json()
    assert {one["status"] for one in alone["items"]} == {"draft"}
    assert [one["item"] for one in alone["items"]] == [one["item"] for one in listed["items"]]


def test_catalogue_show_gives_questions_in_words_and_sql(city: RunningCity) -> None:
    question = {
        "question": str,
        "role": str,
        "register": str,
        "sentence": TEXT,
        "purpose": str,
        "of": [str],
        "wave": int,
        "sensitive": bool,
        "basis": dict,
        "dialect": str,
        "sql": str,
    }
    shown = told(city, "catalogue", "show", ITEM)
    departments = {"department": str, "name": TEXT, "questions": [question]}
    assert misfits(shown["departments"], [departments]) == []
    assert misfits(shown["step"], {"rung": str, "travels": TEXT, "word": TEXT}) == []
    assert (
        misfits(shown["waves"], [[str]]) == []
        and misfits(shown["replaces"], [{"paper": str, "by": [str], "facts": [str]}]) == []
    )
    dialects = {one["dialect"] for department in shown["departments"] for one in department["questions"]}
    assert dialects == {"postgresql", "duckdb", "sqlite"}


def test_catalogue_check_prints_an_array_of_faults(city: RunningCity, tmp_path: Path) -> None:
    assert told(city, "catalogue", "check", str(core_packs())) == []
    item = tmp_path / "packs" / "civil-affairs"
    item.mkdir(parents=True)
    (item / "department.yaml").write_text("department: civil-affairs\nname: 12\n", encoding="utf-8")
    faults = told(city, "catalogue", "check", str(tmp_path / "packs"), status=1)
    assert faults and misfits(faults, [FAULT]) == []


def test_rules_split_prints_questions_and_residuals(city: RunningCity) -> None:
    question = {
        "question": str,
        "role": str,
        "register": str,
        "kind": str,
        "type": str,
        "scope": str,
        "sensitive": bool,
        "expression": str,
        "sentence": TEXT,
    }
    part = {"part": str, "rule": str, "questions": [str], "residual": str}
    found = told(city, "rules", "split", "--item", str(core_packs() / "civil-affairs" / "items" / f"{ITEM}.yaml"))
    lists = ("questions", "links", "operands", "needs")
    shape = {"item": str, "version": int, "rules": [part], **{name: [question] for name in lists}}
    assert misfits(found, shape) == []


def test_ledger_show_proves_each_entry_of_a_case(city: RunningCity, granted: Any) -> None:
    shown = told(city, "ledger", "show", granted["case"])
    head = {"ledger": str, "suite": str, "size": int, "root": str, "at": int}
    proven = {"entry": dict, "status": str, "leaf": str, "index": (int, None), "head": (dict, None)}
    assert misfits(shown, {"entries": [proven], "masked": [dict]}) == []
    assert all(misfits(one["head"], head) == [] for one in shown["entries"] if one["head"])
    kinds = [one["entry"]["kind"] for one in shown["entries"]]
    assert {"asked", "answered", "state", "decision", "delivery"} <= set(kinds)
    assert len(kinds) == told(city, "case", "show", granted["case"])["ledger"]["entries"]
    for one in shown["entries"]:  # who, which question in words, for which case, on what basis, when
        if one["entry"]["kind"] == "asked" and (lines := one["entry"].get("lines")):
            assert one["entry"]["department"] and one["entry"]["case"] == granted["case"]
            assert all(line["sentence"]["zh"] and line["basis"] and "value" not in line for line in lines)


def test_ledger_verify_and_reconcile_find_nothing(city: RunningCity, granted: Any) -> None:
    verified = told(city, "ledger", "verify", "--case", granted["case"])
    shape = {
        "size": int,
        "root": str,
        "witnessed": bool,
        "witnesses": int,
        "leaves": int,
        "entries": int,
        "findings": [FINDING],
    }
    assert misfits(verified, shape) == [] and verified["findings"] == []
    assert verified["leaves"] == verified["size"] > 0 and verified["entries"] > 0
    compared = told(city, "ledger", "reconcile", "--resident", person(city, "granted"))
    assert misfits(compared, {"findings": [FINDING]}) == []
    assert [one for one in compared["findings"] if one["serious"]] == []


def test_gateway_check_prints_a_line_for_each_thing_checked(city: RunningCity) -> None:
    lines = told(city, "gateway", "check", "--department", "civil-affairs")
    line = {"check": str, "register": str, "ok": bool, "message": str, "hint": str, "department": str, "fact": str}
    assert misfits(lines, [line]) == [] and lines
    assert {"elder_care", "social_assistance"} <= {one["register"] for one in lines}


def test_city_people_prints_people_and_the_form_it_holds_for(city: RunningCity) -> None:
    found = told(city, "city", "people", "--item", "hs-public-rental", "--limit", "3")
    person = {"resident": str, "name": str, "expect": str, "choose": dict}
    assert misfits(found, {"people": [person], "form": dict}) == []
    assert len(found["people"]) == 3 and found["form"]


# -- credentials


def test_a_credential_is_verified_from_the_case_and_from_the_bare_token(
    city: RunningCity, granted: Any, tmp_path: Path
) -> None:
    whole, bare = tmp_path / "case.json", tmp_path / "credential"
    whole.write_text(json.dumps(granted), encoding="utf-8")
    bare.write_text(granted["credential"] + "\n", encoding="utf-8")
    checked = told(city, "credential", "verify", str(whole))
    assert misfits(checked, CHECKED) == []
    assert told(city, "credential", "verify", str(bare)) == checked
    assert (checked["valid"], checked["code"], checked["status"]) == (True, "", "valid")
    assert (checked["issuer"], checked["type"]) == ("gateway-civil-affairs", ITEM)
    assert checked["claims"]["item"] == ITEM and checked["claims"]["amount"] == granted["amount"]
    assert checked["metadata"]["证照标识"] == checked["claims"]["licence"]
    assert datetime.fromisoformat(checked["issued_at"]).tzinfo is not None


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (lambda token: token.replace("~", "~e30~", 1), {"sdjwt-disclosure"}),
        (lambda token: token.rstrip("~"), {"sdjwt-form", "bad-token", "credential-binding", "token-signature"}),
        (lambda token: _flipped(token, 1), {"token-signature", "bad-token", "credential-claims", "untrusted-key"}),
        (lambda token: _flipped(token, 2), {"token-signature"}),
        (lambda token: "e30.e30.e30~", {"credential-claims"}),
        (lambda token: "hello", {"bad-token"}),
        (lambda token: "", {"bad-token"}),
    ],
)
def test_a_forged_credential_is_a_finding_that_says_what_is_wrong(
    city: RunningCity, granted: Any, tmp_path: Path, spoil: Any, codes: set[str]
) -> None:
    file = tmp_path / "forged"
    file.write_text(spoil(granted["credential"]), encoding="utf-8")
    checked = told(city, "credential", "verify", str(file), status=1)
    assert misfits(checked, CHECKED) == []
    assert not checked["valid"] and checked["code"] in codes and checked["message"]
    assert checked["claims"] == {} and checked["issuer"] == ""  # nothing is said of what nobody vouches for


def _flipped(token: str, part: int) -> str:
    signed, tilde, rest = token.partition("~")
    parts = signed.split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    return ".".join(parts) + tilde + rest


@pytest.mark.parametrize("by_case", [True, False])
def test_an_officer_revokes_and_verification_says_so(city: RunningCity, tmp_path: Path, by_case: bool) -> None:
    view = run_case(city, "granted", 2 + by_case)
    file = tmp_path / "credential"
    file.write_text(view["credential"], encoding="utf-8")
    which = ["--case", view["case"]] if by_case else [str(file)]
    officer = str(city.data / OFFICER)
    for staff in ("keys/staff/housing/officer.jwk.json", "keys/staff/civil-affairs/steward.jwk.json"):
        assert at(city, "credential", "revoke", *which, "--officer", str(city.data / staff)).status == 1
    assert told(city, "credential", "verify", str(file))["valid"]
    revoked = told(city, "credential", "revoke", *which, "--officer", officer)
    assert misfits(revoked, {"department": str, "case": str, "status_index": int}) == []
    found = told(city, "credential", "verify", str(file), status=1)
    assert (found["code"], found["status"]) == ("credential-revoked", "revoked")
    assert told(city, "credential", "revoke", *which, "--officer", officer) == revoked


# -- wrong use

WRONG = {
    "unknown item": ("case", "run", "no-such-item", "--resident", "{granted}"),
    "malformed number": ("case", "run", ITEM, "--resident", "12345"),
    "wrong check digit": ("case", "run", ITEM, "--resident", "110105194912310021"),
    "a body for a person's item": ("case", "run", ITEM, "--resident", "{body}"),
    "missing form field": ("case", "run", "hs-public-rental", "--resident", "{granted}"),
    "unknown form field": ("case", "run", ITEM, "--resident", "{granted}", "--form", "colour=red"),
    "form value of another type": (
        "case",
        "run",
        "hs-public-rental",
        "--resident",
        "{granted}",
        "--form",
        "household_size=x",
    ),
    "form value not offered": (
        "case",
        "run",
        "temporary-assistance",
        "--resident",
        "{granted}",
        "--form",
        "{choice}=nothing",
    ),
    "form value without a name": ("case", "run", ITEM, "--resident", "{granted}", "--form", "=3"),
    "form value twice": (
        "case",
        "run",
        "hs-public-rental",
        "--resident",
        "{granted}",
        "--form",
        "household_size=1",
        "--form",
        "household_size=2",
    ),
    "no resident": ("case", "run", ITEM),
    "unknown case": ("case", "show", "cnosuchcase"),
    "a path for a case": ("case", "explain", "../../etc/passwd"),
    "a question that was not asked": ("case", "contest", "{case}", "--question", "qnothing"),
    "accepting what was granted": ("case", "accept", "{case}"),
    "contesting without a question": ("case", "contest", "{case}"),
    "unknown item in the catalogue": ("catalogue", "show", "no-such-item"),
    "packs that are not there": ("catalogue", "check", "/nowhere/packs"),
    "an item file that is not there": ("rules", "split", "--item", "/nowhere/item.yaml"),
    "an item of the city that is not there": ("city", "people", "--item", "no-such-item"),
    "expecting nonsense": ("city", "people", "--item", ITEM, "--expect", "perhaps"),
    "a negative limit": ("city", "people", "--limit", "-3"),
    "unknown department": ("gateway", "check", "--department", "weather"),
    "unknown register": ("gateway", "mark", "--department", "civil-affairs", "--register", "weather"),
    "a steward's key that is not there": (
        "gateway",
        "approve",
        "--department",
        "housing",
        "--steward",
        "/nowhere",
        "--all",
    ),
    "a credential that is not there": ("credential", "verify", "/nowhere"),
    "a credential that is a folder": ("credential", "verify", "{data}"),
    "a case without a credential": ("credential", "verify", "{refused}"),
    "an officer's key that is not there": ("credential", "revoke", "--case", "{case}", "--officer", "/nowhere"),
    "neither file nor case": ("credential", "revoke", "--officer", "{officer}"),
    "keys where keys are": ("keys", "ceremony", "--into", "{data}/keys"),
    "a folder that is no city": ("case", "show", "{case}", "--data", "/"),
    "a folder that is a file": ("up", "--data", "{officer}"),
    "a folder with other things in it": ("up", "--data", "{data}/keys"),
    "a city to remove that is none": ("down", "--remove", "--data", "{data}/keys"),
    "no command": (),
    "unknown command": ("dance",),
    "unknown option": ("case", "show", "{case}", "--loud"),
}

REFUSED = {
    "unknown resident": ("case", "run", ITEM, "--resident", "11010519491231002X"),
    "a case that was never decided": ("credential", "revoke", "--case", "cnosuchcase", "--officer", "{officer}"),
}


@pytest.fixture(scope="module")
def filled(
    city: RunningCity, granted: Any, refused: Any, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """What stands for the words in braces."""
    file = tmp_path_factory.mktemp("wrong") / "refused.json"
    file.write_text(json.dumps(refused), encoding="utf-8")
    form = json.loads((city.data / "rulebook.json").read_bytes())["items"]["temporary-assistance"]["form"]
    body = told(city, "city", "people", "--item", "mr-suspension", "--limit", "1")["people"][0]["resident"]
    return {
        "granted": person(city, "granted"),
        "body": body,
        "case": granted["case"],
        "refused": str(file),
        "data": str(city.data),
        "officer": str(city.data / OFFICER),
        "choice": next((name for name, field in form.items() if field.get("values")), "none"),
    }


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_told_in_a_line_and_is_exit_2(city: RunningCity, filled: Mapping[str, str], what: str) -> None:
    done = at(city, *(word.format_map(filled) for word in WRONG[what]))
    said_in_one_line(done)
    assert done.status == 2, done


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_told_in_a_line_and_is_exit_1(city: RunningCity, filled: Mapping[str, str], what: str) -> None:
    done = at(city, *(word.format_map(filled) for word in REFUSED[what]))
    said_in_one_line(done)
    assert done.status == 1, done


def said_in_one_line(done: Done) -> None:
    assert done.out == "" and "Traceback" not in done.err
    last = done.err.strip().splitlines()[-1]
    assert last.startswith(("mianzheng", "usage", "  ")), done.err


def test_without_a_city_each_command_says_so(tmp_path: Path) -> None:
    commands = (
        ("case", "run", ITEM, "--resident", "11010519491231002X"),
        ("case", "show", "c1"),
        ("ledger", "verify"),
        ("ledger", "reconcile"),
        ("city", "people"),
        ("gateway", "check"),
        ("down",),
    )
    for words in commands:
        for environ in ({}, {"MIANZHENG_DATA": str(tmp_path / "none")}, {"MIANZHENG_DATA": str(tmp_path)}):
            done = typed(*words, environ={"MIANZHENG_HOME": str(tmp_path / "home"), **environ})
            assert done.status == 2 and done.out == "" and "Traceback" not in done.err, (words, done)


# -- which city is meant


def test_data_comes_before_the_setting_and_the_setting_before_the_last_city(city: RunningCity, tmp_path: Path) -> None:
    home, nowhere = str(city.data / "home"), str(tmp_path / "nowhere")
    people = ("city", "people", "--limit", "1", "--json")
    named = typed(*people, "--data", str(city.data), environ={"MIANZHENG_HOME": home, "MIANZHENG_DATA": nowhere})
    assert named.json()["people"] and named.err == ""
    assert typed(*people, environ={"MIANZHENG_HOME": home, "MIANZHENG_DATA": nowhere}).status == 2
    (city.data / "home").mkdir(exist_ok=True)
    (city.data / "home" / "last-city").write_text(f"{city.data}\n", encoding="utf-8")
    last = typed(*people, environ={"MIANZHENG_HOME": home})
    assert last.json() == named.json() and str(city.data) in last.err


def test_up_on_a_running_city_prints_the_same_and_starts_only_what_died(city: RunningCity) -> None:
    before = {process.name: process for process in recorded(city.data)}
    os.kill(before["gateway-taxation"].pid, signal.SIGKILL)
    printed = told(city, "up")
    assert misfits(printed, UP) == []
    after = {one["name"]: one for one in printed["processes"]}
    assert {name: one["port"] for name, one in after.items()} == {name: p.port for name, p in before.items()}
    changed = {name for name, one in after.items() if one["pid"] != before[name].pid}
    assert changed == {"gateway-taxation"} and all(alive(process) for process in recorded(city.data))
    assert printed["url"] == f"http://localhost:{before['hub'].port}"  # passkeys want a name
    assert told(city, "up") == printed
