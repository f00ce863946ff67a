"""The gateway's own log against its own tree: a line whose content is not what its leaf was made of is named."""

from __future__ import annotations

from mianzheng.credentials.suites import BadSeal
from mianzheng.gateway.gateway import Gateway
from mianzheng.ledger.reconcile import Finding, Row, check_rows
from mianzheng.model.canonical import b64


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
