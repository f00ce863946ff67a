"""Reconcile: compare what hub, gateways, auditor and the person each hold, and name every difference.

Pure functions over lists; each party runs those for which it holds both sides:

- the owner: `check_rows` (its contents against the tree) and `check_requests` (against a gateway's log);
- the auditor: `check_leaves` (the tree against its own copy), `check_heads`, `check_log`, `check_claims`;
- a gateway: `check_heads` and `check_log` over its own lines;
- the person: `check_mine` (a gateway's list of theirs against the hub's).

A finding is serious when no lawful course of events explains it. A request that was asked and lost,
because a gateway was down, is named too, but is no wrongdoing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from mianzheng.ledger.entry import Entry, leaf_hash
from mianzheng.ledger.heads import Head
from mianzheng.ledger.proofs import node_hash
from mianzheng.ledger.tree import fold
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.witnessing import LogLine, MineEntry

GIVEN_OUT = frozenset({"answered", "decision", "delivery", "paper"})  # kinds of a line that need an asked entry


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference. `code` is stable; `index` is the leaf's, where one can be named."""

    code: str
    party: str
    detail: str
    serious: bool = True
    index: int | None = None
    request: str = ""
    leaf: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as the owner keeps it beside the tree; salt and content are None once erased by rule."""

    leaf: bytes
    index: int | None = None  # None: pending
    salt: bytes | None = None
    content: bytes | None = None
    entry: Entry | None = None


def check_rows(rows: Sequence[Row], leaves: Sequence[bytes], *, party: str) -> list[Finding]:
    """Return each leaf without its row, and each row that is not what its leaf was made of.

    `rows` and `leaves` are the whole ledger's, its opening (leaf 0) included.
    """
    by_index = {row.index: row for row in rows if row.index is not None}
    findings = []
    for index, leaf in enumerate(leaves):
        row = by_index.get(index)
        if row is None:
            findings.append(_at(index, leaf, "missing-row", party, "the leaf has no row beside it"))
        elif row.leaf != leaf or (row.salt and row.content and leaf_hash(row.salt, row.content) != leaf):
            findings.append(_at(index, leaf, "changed-row", party, "the row is not what its leaf was made of"))
    for index in sorted(by_index.keys() - range(len(leaves))):
        findings.append(_at(index, by_index[index].leaf, "missing-leaf", party, "the row's leaf is not in the tree"))
    return findings


def check_leaves(now: Sequence[bytes], kept: Sequence[bytes], *, party: str) -> list[Finding]:
    """Return each leaf that differs from, or is missing beside, those an outsider kept earlier."""
    findings = []
    for index, leaf in enumerate(kept):
        if index >= len(now):
            findings.append(_at(index, leaf, "missing-leaf", party, "a leaf was taken back"))
        elif now[index] != leaf:
            findings.append(_at(index, leaf, "changed-row", party, "another leaf stands where this one stood"))
    return findings


def check_heads(heads: Mapping[str, Head], leaves: Sequence[bytes], *, party: str) -> list[Finding]:
    """Return each head that these leaves do not give; `heads` by who holds or co-signed it."""
    roots = _roots_at({head.size for head in heads.values()}, leaves)
    findings = []
    for holder, head in heads.items():
        if head.size > len(leaves):
            detail = f"{holder} holds a head of {head.size} leaves, there are {len(leaves)}"
            findings.append(Finding(code="ledger-shrunk", party=party, detail=detail))
        elif roots[head.size] != head.root_bytes():
            detail = f"the head of {head.size} leaves held by {holder} has another root"
            findings.append(Finding(code="rewritten-head", party=party, detail=detail))
    return findings


def check_log(lines: Sequence[LogLine], leaves: Collection[bytes], *, gateway: str, settled: int) -> list[Finding]:
    """Return each answer a gateway gave for which no asked entry stands among `leaves`.

    Lines later than `settled` (seconds) are left for the next time: their entries may be pending. Who asks for many
    gateways gives the leaves as a frozenset.
    """
    known = leaves if isinstance(leaves, frozenset) else frozenset(leaves)
    return [
        Finding(
            code="answer-without-asked",
            party=gateway,
            detail=f"line {line.seq} ({line.kind}) rests on no entry of the ledger",
            request=line.request,
            leaf=line.entry,
        )
        for line in lines
        if line.kind in GIVEN_OUT and line.at <= settled and _leaf(line.entry) not in known
    ]


def _leaf(entry: str) -> bytes | None:
    """Return the leaf that a line names; None for what names none."""
    try:
        return unb64(entry)
    except ValueError:
        return None


def check_claims(lines: Sequence[LogLine], claimed: Mapping[str, str], *, gateway: str) -> list[Finding]:
    """Return each answer whose asked entry is another request's: else one entry would cover any number of askings.

    `claimed`: entry → the request that named it first, over the logs of all gateways.
    """
    return [
        Finding(
            code="entry-used-twice",
            party=gateway,
            detail=f"line {line.seq} ({line.kind}) rests on the entry of request {claimed[line.entry]}",
            request=line.request,
            leaf=line.entry,
        )
        for line in lines
        if line.kind in GIVEN_OUT and claimed.get(line.entry, line.request) != line.request
    ]


def check_requests(rows: Sequence[Row], lines: Sequence[LogLine], *, gateway: str, settled: int) -> list[Finding]:
    """Return where the owner's entries about one gateway and that gateway's log differ, request by request.

    `rows` are those whose entry's department is the gateway's; erased ones cannot be compared. A
    request may be sent again after a crash, so several lines of one request are one.
    """
    asked = {row.entry.request: row for row in rows if row.entry is not None and row.entry.kind == "asked"}
    closed = {row.entry.request: row.entry for row in rows if row.entry is not None and row.entry.kind != "asked"}
    given = {line.request: line for line in lines if line.kind in GIVEN_OUT}
    seen = {line.request for line in lines}
    findings = []
    for request, row in asked.items():
        if request in closed or row.entry is None or row.entry.at > settled:
            continue
        findings.append(_open_request(request, row, gateway, answered=request in given, seen=request in seen))
    for request, entry in closed.items():
        findings.extend(_closed_request(request, entry, given.get(request), asked.get(request), gateway, settled))
    for request, line in given.items():
        row_ = asked.get(request)
        if line.at <= settled and (row_ is None or b64(row_.leaf) != line.entry):
            detail = f"line {line.seq} ({line.kind}) was given without an asked entry"
            findings.append(_of(request, "answer-without-asked", gateway, detail))
    return findings


def check_mine(mine: Sequence[MineEntry], shown: Sequence[Row], *, gateway: str) -> list[Finding]:
    """Return where a gateway's list of one person differs from the entries the hub shows that person.

    `shown` are the hub's rows about the person and this gateway. A line the hub does not show was
    hidden or filed under somebody else; an entry the gateway does not know was never asked of it.
    """
    by_leaf = {b64(row.leaf): row.entry for row in shown if row.entry is not None}
    known = {line.entry for line in mine}
    findings = []
    for line in mine:
        if not line.entry:
            continue  # the gateway's own doings (a revocation, say) rest on no request
        if (told := _told_otherwise(line, by_leaf.get(line.entry))) is not None:
            # whoever was reached by a link may be nobody the hub knows: it cannot show them what it holds
            findings.append(_mine(line, gateway, *told, serious=not (line.linked and told[0] == "not-shown")))
    answered = {entry.request for entry in by_leaf.values() if entry.kind in ("answered", "decision", "delivery")}
    for leaf, entry in by_leaf.items():
        if entry.kind == "asked" and entry.request in answered and leaf not in known:
            detail = "the hub shows an answer that the gateway does not know"
            findings.append(
                Finding(code="not-at-gateway", party=gateway, detail=detail, request=entry.request, leaf=leaf)
            )
    return findings


def _told_otherwise(line: MineEntry, entry: Entry | None) -> tuple[str, str] | None:
    """Return code and detail of how the hub's entry differs from the gateway's line, None when they agree."""
    if entry is None:
        return "not-shown", "the hub does not show this line to its subject"
    pairs = ((entry.role, line.role), (entry.item, line.item))
    if entry.case != line.case or any(theirs and ours and theirs != ours for theirs, ours in pairs):
        return "case-differs", "the hub shows another case, role or item"
    if not line.question:
        return None
    shown = {one.question: (one.sentence, one.basis) for one in entry.lines}
    if entry.question and entry.sentence is not None:
        shown[entry.question] = (entry.sentence, entry.basis)
    if line.question not in shown:
        return "question-differs", "the hub shows other questions"
    if shown[line.question] != (line.sentence, line.basis):
        return "sentence-differs", "the hub shows this question in other words, or on another basis"
    return None


def _open_request(request: str, row: Row, gateway: str, *, answered: bool, seen: bool) -> Finding:
    if answered:
        detail, code = "asked and answered, but the answer was never entered", "answer-not-entered"
    elif seen:
        detail, code = "asked and refused or unavailable, but that was never entered", "refusal-not-entered"
    else:
        detail, code = "asked and lost: the gateway never saw it", "asked-and-lost"
    return Finding(
        code=code, party=gateway, detail=detail, serious=False, index=row.index, request=request, leaf=b64(row.leaf)
    )


def _closed_request(
    request: str, entry: Entry, line: LogLine | None, asked: Row | None, gateway: str, settled: int
) -> list[Finding]:
    findings = []
    if entry.kind in GIVEN_OUT:
        if asked is None:
            findings.append(_of(request, "answer-without-asked", gateway, "entered as answered, never as asked"))
        if line is None and entry.at <= settled:
            findings.append(_of(request, "not-at-gateway", gateway, "entered as answered, unknown to the gateway"))
        elif line is not None and entry.digest and entry.digest != line.sheet:
            findings.append(_of(request, "digest-differs", gateway, "hub and gateway name different sheets"))
    return findings


def _roots_at(sizes: Collection[int], leaves: Sequence[bytes]) -> dict[int, bytes]:
    """Return the root at each size, in one pass over the leaves: only the peaks are kept."""
    roots = {0: fold([])} if 0 in sizes else {}
    stack: list[bytes] = []
    for count, leaf in enumerate(leaves, start=1):
        stack.append(leaf)
        merge = count
        while merge & 1 == 0:
            right, left = stack.pop(), stack.pop()
            stack.append(node_hash(left, right))
            merge >>= 1
        if count in sizes:
            roots[count] = fold(stack)
    return roots


def _at(index: int, leaf: bytes, code: str, party: str, detail: str) -> Finding:
    return Finding(code=code, party=party, detail=f"leaf {index}: {detail}", index=index, leaf=b64(leaf))


def _of(request: str, code: str, party: str, detail: str) -> Finding:
    return Finding(code=code, party=party, detail=detail, request=request)


def _mine(line: MineEntry, gateway: str, code: str, detail: str, *, serious: bool) -> Finding:
    return Finding(code=code, party=gateway, detail=f"line {line.seq}: {detail}", leaf=line.entry, serious=serious)
