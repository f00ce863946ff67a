"""Reconcile names every difference between what hub, gateway, auditor and person hold."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from mianzheng.ledger.entry import Entry, Kind, Line, leaf_hash
from mianzheng.ledger.heads import Head
from mianzheng.ledger.reconcile import (
    Finding,
    Row,
    check_claims,
    check_heads,
    check_leaves,
    check_log,
    check_mine,
    check_requests,
    check_rows,
)
from mianzheng.ledger.tree import MemoryNodes, append
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.item import Basis
from mianzheng.model.text import Text
from mianzheng.model.witnessing import LogLine, MineEntry

NOW = 1_800_000_000
SENTENCE = Text(zh="是否？", en="Is it?")


def row(index: int, kind: Kind, request: str, *, digest: str = "", at: int = NOW) -> Row:
    lines = (Line(question="q1", sentence=SENTENCE), Line(question="q2", sentence=SENTENCE)) if kind == "asked" else ()
    entry = Entry(
        kind=kind,
        at=at,
        request=request,
        digest=digest,
        department="civil",
        case="c1",
        item="old-age-allowance",
        role="applicant",
        lines=lines,
    )
    salt, content = hashlib.sha256(f"{index}".encode()).digest()[:16], canonical(entry)
    return Row(leaf=leaf_hash(salt, content), index=index, salt=salt, content=content, entry=entry)


ROWS = [
    row(0, "asked", "r1"),
    row(1, "answered", "r1", digest="sheet-1"),
    row(2, "asked", "r2"),
    row(3, "answered", "r2", digest="sheet-2"),
]
LEAVES = [one.leaf for one in ROWS]


def line(seq: int, request: str, entry: bytes, **changes: object) -> LogLine:
    made = LogLine(
        seq=seq, kind="answered", at=NOW, request=request, entry=b64(entry), sheet=f"sheet-{request[1:]}", leaf="x"
    )
    return msgspec.structs.replace(made, **changes)


LINES = [line(1, "r1", LEAVES[0]), line(2, "r2", LEAVES[2])]


def mine(seq: int, entry: bytes, **changes: object) -> MineEntry:
    made = MineEntry(
        seq=seq,
        kind="answered",
        at=NOW,
        hub="hub",
        case="c1",
        role="applicant",
        item="old-age-allowance",
        purpose="condition",
        basis=None,
        question="q1",
        sentence=SENTENCE,
        entry=b64(entry),
        leaf="x",
    )
    return msgspec.structs.replace(made, **changes)


MINE = [mine(1, LEAVES[0]), mine(2, LEAVES[0], question="q2"), mine(3, LEAVES[2])]


def head(size: int) -> Head:
    return Head(ledger="hub", suite="intl", size=size, root=b64(append(MemoryNodes(), 0, LEAVES[:size])), at=NOW)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def requests(rows: list[Row], lines: list[LogLine], *, settled: int = NOW) -> list[Finding]:
    return check_requests(rows, lines, gateway="civil", settled=settled)


def test_an_honest_ledger_has_no_finding() -> None:
    assert check_rows(ROWS, LEAVES, party="hub") == []
    assert check_leaves(LEAVES, LEAVES[:3], party="hub") == []
    assert check_heads({"civil": head(2), "auditor": head(4)}, LEAVES, party="hub") == []
    assert check_log(LINES, LEAVES, gateway="civil", settled=NOW) == []
    assert requests(ROWS, LINES) == []
    assert check_mine(MINE, ROWS, gateway="civil") == []


def test_a_changed_row_is_named_by_its_index() -> None:
    changed = msgspec.structs.replace(ROWS[2], content=canonical(Entry(kind="asked", at=NOW)))
    found = check_rows([*ROWS[:2], changed, ROWS[3]], LEAVES, party="hub")
    assert [(finding.code, finding.index, finding.serious) for finding in found] == [("changed-row", 2, True)]


def test_a_row_whose_leaf_was_exchanged_with_it_is_named() -> None:
    other = row(2, "asked", "r9")
    assert codes(check_rows([*ROWS[:2], other, ROWS[3]], LEAVES, party="hub")) == ["changed-row"]


def test_a_row_taken_away_is_named() -> None:
    found = check_rows([*ROWS[:1], *ROWS[2:]], LEAVES, party="hub")
    assert [(finding.code, finding.index) for finding in found] == [("missing-row", 1)]


def test_a_row_whose_leaf_is_not_in_the_tree_is_named() -> None:
    assert codes(check_rows(ROWS, LEAVES[:3], party="hub")) == ["missing-leaf"]


def test_an_erased_row_still_stands_by_its_leaf() -> None:
    erased = msgspec.structs.replace(ROWS[2], salt=None, content=None, entry=None)
    assert check_rows([*ROWS[:2], erased, ROWS[3]], LEAVES, party="hub") == []


def test_a_pending_row_is_no_finding() -> None:
    pending = msgspec.structs.replace(row(4, "asked", "r3"), index=None)
    assert check_rows([*ROWS, pending], LEAVES, party="hub") == []


def test_the_auditor_names_the_leaf_that_was_rewritten() -> None:
    rewritten = [LEAVES[0], hashlib.sha256(b"x").digest(), *LEAVES[2:]]
    found = check_leaves(rewritten, LEAVES, party="hub")
    assert [(finding.code, finding.index) for finding in found] == [("changed-row", 1)]


def test_the_auditor_names_leaves_that_were_taken_back() -> None:
    assert codes(check_leaves(LEAVES[:2], LEAVES, party="hub")) == ["missing-leaf", "missing-leaf"]


def test_heads_that_the_leaves_no_longer_give_are_named_with_their_holder() -> None:
    rewritten = [LEAVES[0], hashlib.sha256(b"x").digest(), *LEAVES[2:]]
    found = check_heads({"civil": head(1), "police": head(2), "auditor": head(4)}, rewritten, party="hub")
    assert codes(found) == ["rewritten-head", "rewritten-head"]
    assert "police" in found[0].detail
    assert "auditor" in found[1].detail


def test_a_head_past_the_end_is_named() -> None:
    assert codes(check_heads({"auditor": head(4)}, LEAVES[:3], party="hub")) == ["ledger-shrunk"]


def test_the_head_of_an_empty_ledger_always_holds() -> None:
    assert check_heads({"auditor": head(0)}, LEAVES, party="hub") == []


def test_an_answer_without_an_asked_entry_is_named() -> None:
    stray = line(3, "r3", hashlib.sha256(b"never entered").digest())
    found = check_log([*LINES, stray], LEAVES, gateway="civil", settled=NOW)
    assert [(finding.code, finding.request, finding.serious) for finding in found] == [
        ("answer-without-asked", "r3", True)
    ]
    assert codes(requests(ROWS, [*LINES, stray])) == ["answer-without-asked"]


def test_an_answer_that_names_the_entry_of_another_request_is_named() -> None:
    assert codes(requests(ROWS, [LINES[0], line(2, "r2", LEAVES[0])])) == ["answer-without-asked"]


def test_an_answer_whose_entry_may_be_pending_is_left_for_the_next_time() -> None:
    stray = line(3, "r3", hashlib.sha256(b"pending").digest(), at=NOW + 1)
    assert check_log([stray], LEAVES, gateway="civil", settled=NOW) == []
    assert requests(ROWS, [*LINES, stray]) == []


def test_a_refusal_of_a_request_that_was_never_entered_is_no_answer() -> None:
    refusal = line(3, "r3", hashlib.sha256(b"forged").digest(), kind="refused", sheet="")
    assert check_log([refusal], LEAVES, gateway="civil", settled=NOW) == []


def test_two_requests_on_one_entry_are_named_at_whichever_gateway() -> None:
    claimed = {b64(LEAVES[0]): "r1", b64(LEAVES[2]): "r2"}
    assert check_claims(LINES, claimed, gateway="civil") == []
    again = line(7, "r9", LEAVES[0])
    assert codes(check_claims([again], claimed, gateway="police")) == ["entry-used-twice"]


def test_a_request_asked_and_lost_is_named_and_is_no_wrongdoing() -> None:
    lost = row(4, "asked", "r3")
    found = requests([*ROWS, lost], LINES)
    assert [(finding.code, finding.index, finding.serious) for finding in found] == [("asked-and-lost", 4, False)]


def test_a_request_still_under_way_is_no_finding() -> None:
    assert requests([*ROWS, row(4, "asked", "r3", at=NOW + 5)], LINES) == []


def test_an_answer_that_was_never_entered_is_named() -> None:
    asked = row(4, "asked", "r3")
    assert codes(requests([*ROWS, asked], [*LINES, line(3, "r3", asked.leaf)])) == ["answer-not-entered"]


def test_a_refusal_that_was_never_entered_is_named() -> None:
    asked = row(4, "asked", "r3")
    refusal = line(3, "r3", asked.leaf, kind="refused", sheet="")
    assert codes(requests([*ROWS, asked], [*LINES, refusal])) == ["refusal-not-entered"]


def test_an_answer_unknown_to_the_gateway_is_named() -> None:
    assert codes(requests(ROWS, LINES[:1])) == ["not-at-gateway"]


def test_an_answer_entered_as_never_asked_is_named() -> None:
    assert "answer-without-asked" in codes(requests(ROWS[1:], LINES))


def test_an_answer_with_another_sheet_is_named() -> None:
    assert codes(requests(ROWS, [LINES[0], line(2, "r2", LEAVES[2], sheet="other")])) == ["digest-differs"]


def test_a_request_sent_again_after_a_crash_is_one_request() -> None:
    assert requests(ROWS, [*LINES, line(3, "r2", LEAVES[2])]) == []


def test_a_line_that_the_hub_does_not_show_its_subject_is_named() -> None:
    found = check_mine(MINE, ROWS[:2], gateway="civil")
    assert [(finding.code, finding.serious) for finding in found] == [("not-shown", True)]


def test_an_answer_that_the_gateway_does_not_know_about_the_person_is_named() -> None:
    assert codes(check_mine(MINE[:2], ROWS, gateway="civil")) == ["not-at-gateway"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"question": "q9"}, "question-differs"),
        ({"case": "c2"}, "case-differs"),
        ({"role": "child"}, "case-differs"),
        ({"item": "no-criminal-record"}, "case-differs"),
        ({"sentence": Text(zh="别的？", en="Something else?")}, "sentence-differs"),
        ({"basis": Basis(consent="同意")}, "sentence-differs"),
    ],
)
def test_a_line_that_the_hub_shows_otherwise_is_named(changes: dict[str, object], code: str) -> None:
    assert codes(check_mine([*MINE[:2], mine(3, LEAVES[2], **changes)], ROWS, gateway="civil")) == [code]


def test_an_entry_that_names_no_role_is_of_every_role() -> None:
    # a decision's request is about the case, its line at the gateway about the person who acted
    decided = row(4, "asked", "r3")
    assert decided.entry is not None
    plain = msgspec.structs.replace(decided, entry=msgspec.structs.replace(decided.entry, role="", lines=()))
    line = mine(4, plain.leaf, kind="decision", question="", role="applicant")
    assert check_mine([*MINE, line], [*ROWS, plain], gateway="civil") == []


def test_a_gateway_s_own_doing_rests_on_no_request() -> None:
    revocation = mine(4, b"", kind="revocation")
    assert check_mine([*MINE, revocation], ROWS, gateway="civil") == []
