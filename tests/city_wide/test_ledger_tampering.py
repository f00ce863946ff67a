"""Whoever rewrites the access ledger is named, by `ledger verify` or `ledger reconcile`, with exit status 1.

The operator holds the database, the key store and the hub's log key. What is rewritten is put back
after each test; what was really asked behind the ledger's back stays in the departments' logs.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mianzheng.cli import ledger_checks
from mianzheng.cli.main import main
from mianzheng.model.canonical import b64
from mianzheng.web import audit
from mianzheng.web.audit_state import AuditState
from mianzheng.web.auditor_config import read_auditor_config
from tests.city_wide.dishonest_hub import CIVIL, LABOUR, POLICE, Grasp, new_id, replace
from tests.city_wide.tampered_ledger import Stored, TamperedLedger, long_ago, milder
from tests.city_wide.trap import Trap

DEPARTMENT = "civil-affairs"
BEHIND = ("answer-without-asked", "entry-used-twice")  # other tests of this city ask behind the ledger's back, too


@pytest.fixture(scope="module")
def ledger(trap: Trap) -> Iterator[TamperedLedger]:
    """The ledger, open to its operator."""
    made = TamperedLedger(trap)
    made.forget_findings()  # what other tests of this city did behind the ledger's back
    yield made
    made.close()


@pytest.fixture(scope="module")
def other(trap: Trap) -> Grasp:
    """Somebody else's case."""
    return trap.finished(trap.bystanders[1])[2]


@pytest.fixture(scope="module")
def case(trap: Trap, ledger: TamperedLedger, other: Grasp) -> tuple[str, Grasp]:
    """A resident, and their case, folded into the tree and witnessed."""
    person, _, grasp = trap.finished(trap.bystanders[0])
    ledger.settle()
    return person.number, grasp


@pytest.fixture()
def asked(ledger: TamperedLedger, case: tuple[str, Grasp]) -> Iterator[Stored]:
    """The entry that somebody wants to be rid of; whatever a test does to the ledger is undone."""
    ledger.settle()
    with ledger.put_back():
        yield ledger.asked_of(case[1].case, DEPARTMENT)


class Commands:
    """`mianzheng ledger …` on the hostile city, in this process."""

    def __init__(self, trap: Trap, captured: pytest.CaptureFixture[bytes]) -> None:
        self.trap = trap
        self.captured = captured

    def run(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """Return exit status and findings."""
        status = main(["ledger", *words, "--json", "--data", str(self.trap.city.data)])
        return status, json.loads(self.captured.readouterr().out)["findings"]

    def named(self, code: str, *words: str) -> list[dict[str, Any]]:
        """Return the findings of this code; fails unless there are any and the exit status is 1."""
        status, findings = self.run(*words)
        found = [finding for finding in findings if finding["code"] == code]
        assert found, findings
        assert status == 1
        return found

    def indexes(self, code: str, *words: str) -> set[int]:
        """Return the leaves that findings of this code name."""
        return {finding["index"] for finding in self.named(code, *words)}


@pytest.fixture()
def commands(trap: Trap, capsysbinary: pytest.CaptureFixture[bytes]) -> Commands:
    """The commands anybody may run."""
    return Commands(trap, capsysbinary)


def test_an_untouched_ledger_verifies(commands: Commands, case: tuple[str, Grasp]) -> None:
    assert commands.run("verify", "--case", case[1].case) == (0, [])


def test_an_untouched_case_differs_nowhere_from_its_persons_own_lists(
    commands: Commands, case: tuple[str, Grasp]
) -> None:
    _, findings = commands.run("reconcile", "--at", "auditor", "--resident", case[0])
    assert [one for one in findings if one["code"] not in BEHIND] == []


# -- one entry rewritten


def test_a_rewritten_row_is_named_by_its_leaf(commands: Commands, ledger: TamperedLedger, asked: Stored) -> None:
    ledger.rewrite_row(asked, milder(asked.entry))
    assert commands.indexes("changed-row", "reconcile", "--at", "hub") == {asked.index}


def test_a_rewritten_row_is_not_in_the_tree_that_its_subject_recomputes(
    commands: Commands, ledger: TamperedLedger, asked: Stored, case: tuple[str, Grasp]
) -> None:
    ledger.rewrite_row(asked, milder(asked.entry))
    assert commands.indexes("not-included", "verify", "--case", case[1].case) == {asked.index}


def test_a_rewritten_row_and_leaf_no_longer_give_the_signed_root(
    commands: Commands, ledger: TamperedLedger, asked: Stored
) -> None:
    ledger.rewrite_row_and_leaf(asked, milder(asked.entry))
    assert commands.named("rewritten-head", "verify")
    assert commands.indexes("changed-row", "reconcile", "--at", "hub") == {asked.index}


def test_a_whole_tree_rewritten_and_signed_again_by_the_hub_alone_is_named_by_the_witnesses(
    commands: Commands, trap: Trap, ledger: TamperedLedger, asked: Stored
) -> None:
    refused = trap.traces.count(CIVIL)
    ledger.rewrite_row_and_leaf(asked, milder(asked.entry))
    ledger.rebuild(asked.index)
    found = commands.named("rewritten-head", "verify")
    assert {party for party in (CIVIL, POLICE, LABOUR, "auditor") if any(party in one["detail"] for one in found)} == {
        CIVIL,
        POLICE,
        LABOUR,
        "auditor",
    }
    assert commands.indexes("changed-row", "reconcile", "--at", "hub") == {asked.index}
    assert commands.named("rewritten-head", "reconcile", "--at", "gateways")
    assert until_the_auditor_finds(commands, "changed-row")["index"] == asked.index
    assert until_civil_affairs_refuses(trap, refused) == "ledger-fork"


def until_civil_affairs_refuses(trap: Trap, after: int) -> str:
    """Wait for the next round of co-signatures; return the code that the gateway refused with since `after`."""
    for _ in range(40):
        if codes := [line.code for line in trap.traces.lines(CIVIL, after=after) if line.kind == "refused"]:
            return codes[0]
        time.sleep(0.25)
    raise AssertionError("the gateway is never asked to co-sign the other tree")


def until_the_auditor_finds(commands: Commands, code: str) -> dict[str, Any]:
    """Wait for the auditor's next round; return its finding."""
    for _ in range(40):
        status, findings = commands.run("reconcile", "--at", "auditor")
        if found := [finding for finding in findings if finding["code"] == code]:
            assert status == 1
            return found[0]
        time.sleep(0.25)
    raise AssertionError(f"the auditor never finds {code}: {findings}")


# -- an entry taken away


def test_a_deleted_row_is_named(commands: Commands, ledger: TamperedLedger, asked: Stored) -> None:
    ledger.delete_row(asked)
    assert commands.named("rewritten-head", "verify")
    assert asked.index in commands.indexes("changed-row", "reconcile", "--at", "hub")


def test_a_ledger_from_which_an_entry_was_cut_out_is_named_as_shrunk(
    commands: Commands, ledger: TamperedLedger, asked: Stored
) -> None:
    ledger.delete_row(asked)
    ledger.close_the_gap(asked)
    ledger.rebuild(asked.index)
    assert commands.named("ledger-shrunk", "verify")
    assert asked.index in commands.indexes("changed-row", "reconcile", "--at", "hub")
    assert until_the_auditor_finds(commands, "ledger-shrunk")


def test_a_content_erased_before_its_time_is_named(commands: Commands, ledger: TamperedLedger, asked: Stored) -> None:
    ledger.erase(asked)
    assert commands.indexes("erased-early", "reconcile", "--at", "hub") == {asked.index}


def test_an_entry_filed_under_somebody_else_is_missed_by_its_subject(
    commands: Commands, ledger: TamperedLedger, asked: Stored, case: tuple[str, Grasp], other: Grasp
) -> None:
    ledger.misfile(asked, ledger.asked_of(other.case, DEPARTMENT))
    found = commands.named("not-shown", "reconcile", "--at", "gateways", "--resident", case[0])
    assert b64(asked.leaf) in {finding["leaf"] for finding in found}


def test_a_departments_own_log_that_was_rewritten_is_named(
    commands: Commands, trap: Trap, case: tuple[str, Grasp]
) -> None:
    path = trap.city.data / "gateways" / DEPARTMENT / "state.sqlite"
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as state:
        where = "WHERE kind = 'answered' ORDER BY seq DESC LIMIT 1"
        seq, content = state.execute(f"SELECT seq, content FROM log {where}").fetchone()
        state.execute("UPDATE log SET content = ? WHERE seq = ?", (content[:-1] + bytes([content[-1] ^ 1]), seq))
        try:
            found = commands.named("changed-row", "reconcile", "--at", "gateways")
        finally:
            state.execute("UPDATE log SET content = ? WHERE seq = ?", (content, seq))
    assert [(finding["party"], finding["index"]) for finding in found] == [(CIVIL, seq - 1)]


# -- asked behind the ledger's back


@pytest.fixture(scope="module")
def behind(trap: Trap, case: tuple[str, Grasp], ledger: TamperedLedger) -> tuple[str, str, str]:
    """Two requests that were answered without an asked entry of their own: ids, and the entry the second names."""
    grasp, borrowed = trap.bundled(case[0]), b64(ledger.asked_of(case[1].case, DEPARTMENT).leaf)
    suppressed, second = new_id("r"), new_id("r")
    trap.hub.sheet(grasp, POLICE, request=suppressed)
    trap.hub.sheet(grasp, CIVIL, request=second, entry=borrowed)
    time.sleep(3)  # the hub's own comparison leaves out what is younger than two seconds
    return suppressed, second, borrowed


def requests(findings: list[dict[str, Any]]) -> set[str]:
    """The requests that findings name."""
    return {finding.get("request", "") for finding in findings}


def test_an_answer_whose_asked_entry_was_suppressed_is_named_at_the_hub(
    commands: Commands, behind: tuple[str, str, str]
) -> None:
    found = commands.named("answer-without-asked", "reconcile", "--at", "hub")
    assert {behind[0], behind[1]} <= requests(found)


def test_an_answer_whose_asked_entry_was_suppressed_is_named_at_the_gateways(
    commands: Commands, behind: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_checks, "SETTLE_SECONDS", 0)
    assert behind[0] in requests(commands.named("answer-without-asked", "reconcile", "--at", "gateways"))


def test_the_auditor_names_a_suppressed_entry_and_one_that_covers_two_requests(
    trap: Trap, behind: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(audit, "SETTLE_SECONDS", 0)
    state = AuditState(tmp_path / "audit.sqlite")
    auditor = audit.Auditor(read_auditor_config(trap.city.data / "auditor"), state)

    async def rounds() -> None:
        await auditor.catch_up()
        await auditor.read_logs()
        await auditor.peers.close()

    trap.run(rounds())
    found = {(finding.code, finding.request) for finding in state.findings}
    state.close()
    assert ("answer-without-asked", behind[0]) in found
    assert ("entry-used-twice", behind[1]) in found


def test_the_persons_own_lists_show_what_the_hub_does_not(
    commands: Commands, case: tuple[str, Grasp], behind: tuple[str, str, str]
) -> None:
    status, findings = commands.run("reconcile", "--at", "auditor", "--resident", case[0])
    told = {(finding["code"], finding["party"]) for finding in findings}
    assert {("not-shown", POLICE), ("case-differs", CIVIL)} <= told
    assert status == 1


def test_an_answer_entered_that_no_gateway_gave_is_named(
    commands: Commands, ledger: TamperedLedger, case: tuple[str, Grasp]
) -> None:
    request, at = new_id("r"), long_ago()
    asked = ledger.asked_of(case[1].case, DEPARTMENT)
    invented = replace(asked.entry, request=request, at=at, digest="")
    ledger.add(asked, invented)
    ledger.add(asked, replace(invented, kind="answered", digest="x" * 43))
    found = commands.named("not-at-gateway", "reconcile", "--at", "hub", "--resident", case[0])
    assert [finding["request"] for finding in found] == [request, request]


def test_the_ledger_that_was_put_back_verifies(
    commands: Commands, ledger: TamperedLedger, case: tuple[str, Grasp]
) -> None:
    ledger.settle()
    assert commands.run("verify", "--case", case[1].case) == (0, [])
