"""The gateway's own log against its own tree, and the hub's ledger against what this gateway saw of it."""

from __future__ import annotations

from collections.abc import Sequence

from mianzheng.credentials.suites import BadSeal
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.log import PAGE
from mianzheng.gateway.witness import last_head
from mianzheng.ledger.reconcile import Finding, Row, check_heads, check_log, check_rows
from mianzheng.model.canonical import b64
from mianzheng.model.witnessing import LogLine


def check_ledger(gateway: Gateway, leaves: Sequence[bytes], *, settled: int) -> list[Finding]:
    """Return where the ledger that the hub shows anyone belies this gateway: its log, or the head it co-signed.

    Lines later than `settled` (seconds) are left for the next time: their entries may be pending.
    """
    findings = check_log(_lines(gateway), leaves, gateway=gateway.party, settled=settled)
    head = last_head(gateway, gateway.config.hub)
    return findings + ([] if head is None else check_heads({gateway.party: head}, leaves, party=gateway.config.hub))


def _lines(gateway: Gateway) -> list[LogLine]:
    lines: list[LogLine] = []
    while len(page := gateway.log.page(len(lines), at=gateway.now()).lines) == PAGE:
        lines += page
    return [*lines, *page]


def check_own_log(gateway: Gateway) -> list[Finding]:
    """Return each changed or missing line of this gateway's log; contents erased by rule are not findings."""
    query = "SELECT seq, salt, content, leaf FROM log ORDER BY seq"
    findings: list[Finding] = []
    rows: list[Row] = []
    leaves: list[bytes] = []
    for index, (seq, salt, content, leaf) in enumerate(gateway.state.reader().execute(query)):
        leaves.append(leaf)
        if seq != index + 1:
            detail = f"line {index} is missing: the next one has number {seq - 1}"
            return [Finding(code="missing-row", party=gateway.party, detail=detail, index=index)]
        if content is None or index == 0:
            rows.append(Row(leaf=leaf, index=index))
            continue
        try:
            opened = gateway.vault.open("log", content, row=b64(leaf))
        except BadSeal:
            detail = f"leaf {index}: the line does not open with its key: line or leaf was changed"
            findings.append(
                Finding(code="changed-row", party=gateway.party, detail=detail, index=index, leaf=b64(leaf))
            )
            continue
        rows.append(Row(leaf=leaf, index=index, salt=salt, content=opened))
    known = {finding.index for finding in findings}
    return findings + [found for found in check_rows(rows, leaves, party=gateway.party) if found.index not in known]
