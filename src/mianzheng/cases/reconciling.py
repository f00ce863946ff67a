"""The hub's ledger against itself, every gateway's log, and what each witness holds.

Every difference is named. A row that cannot be opened any more with its own key is a changed
row, not an erased one: erasing takes the content away, and never in the entry's own year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from mianzheng.cases.hub import Hub
from mianzheng.cases.witnessing import LastSigned
from mianzheng.credentials import jws
from mianzheng.credentials.suites import INTL, BadSeal
from mianzheng.exchange.peers import Got
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.heads import Head
from mianzheng.ledger.reconcile import Finding, Row, check_heads, check_leaves, check_requests, check_rows
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.witnessing import LeavesPage, LogLine, LogPage, LogRequest
from mianzheng.store import ledger as stored
from mianzheng.store.ledger import EntryRow

SETTLE_SECONDS = 2  # a request younger than this may still be under way


async def reconcile(hub: Hub) -> list[Finding]:
    """Return every difference between the hub's ledger, the gateways' logs and the witnesses' words."""
    rows, findings = await _rows(hub)
    async with hub.store.connection() as connection:
        leaves = await stored.leaves(connection, 0, await stored.tree_size(connection))
    findings += check_rows(rows, leaves, party=hub.party)
    findings += check_heads(await _last_heads(hub), leaves, party=hub.party)
    for party in hub.trust.with_role("auditor"):
        findings += check_leaves(leaves, await _kept_leaves(hub, party.party), party=hub.party)
    for gateway in hub.trust.with_role("gateway"):
        findings += await _against_log(hub, rows, gateway.party)
    return findings


async def _rows(hub: Hub) -> tuple[list[Row], list[Finding]]:
    rows: list[Row] = []
    findings: list[Finding] = []
    async with hub.store.connection() as connection:
        for row in await stored.every_entry(connection):
            if row.content is None or row.leaf_index == 0:
                rows.append(Row(leaf=row.leaf, index=row.leaf_index))
                findings += _too_early(hub, row)
                continue
            key = await hub.vault.subject_key(connection, row.subject, row.year)
            try:
                salt, content = hub.vault.open_entry(key, row.leaf, row.content)
                entry = msgspec.json.decode(content, type=Entry)
            except (BadSeal, msgspec.DecodeError):
                findings.append(_changed(hub, row))
                rows.append(Row(leaf=row.leaf, index=row.leaf_index))
                continue
            rows.append(Row(leaf=row.leaf, index=row.leaf_index, salt=salt, content=content, entry=entry))
    return rows, findings


def _too_early(hub: Hub, row: EntryRow) -> list[Finding]:
    """Return the finding of a content that is gone although no rule erases an entry of this year."""
    if row.leaf_index == 0 or row.year < hub.clock().year:
        return []
    detail = f"leaf {row.leaf_index}: the content is gone before its time ended"
    return [Finding(code="erased-early", party=hub.party, detail=detail, index=row.leaf_index, leaf=b64(row.leaf))]


def _changed(hub: Hub, row: EntryRow) -> Finding:
    detail = f"leaf {row.leaf_index}: the row does not open with its key: row or leaf was changed"
    return Finding(code="changed-row", party=hub.party, detail=detail, index=row.leaf_index, leaf=b64(row.leaf))


async def _against_log(hub: Hub, rows: Sequence[Row], gateway: str) -> list[Finding]:
    lines = await _log(hub, gateway)
    if lines is None:
        return [Finding(code="silent", party=gateway, detail="the gateway's log cannot be read now", serious=False)]
    department = hub.department(gateway)
    # the authority is asked by a bundle request, which its log keeps apart from answers
    own = [row for row in rows if row.entry is not None and row.entry.department == department]
    return check_requests(own, lines, gateway=gateway, settled=hub.seconds - SETTLE_SECONDS)


async def _log(hub: Hub, gateway: str) -> list[LogLine] | None:
    lines: list[LogLine] = []
    while True:
        claim = jws.sign(LogRequest(aud=gateway, iat=hub.seconds), key=hub.key, typ="mz-log-request")
        path = f"/log?start={lines[-1].seq + 1 if lines else 0}"
        reply = await hub.peers.get(gateway, path, {"authorization": f"Auditor {claim}"})
        if not isinstance(reply, Got):
            return None
        page = msgspec.json.decode(reply.unverified, type=LogPage)
        if not page.lines:
            return lines
        lines += page.lines


async def _last_heads(hub: Hub) -> Mapping[str, Head]:
    heads: dict[str, Head] = {}
    for party in hub.witnesses:
        reply = await hub.peers.get(party, f"/witness?ledger={hub.party}", {})
        if isinstance(reply, Got):
            last = msgspec.json.decode(reply.unverified, type=LastSigned)
            if last.size:
                heads[party] = Head(ledger=hub.party, suite=INTL.name, size=last.size, root=last.root, at=0)
    return heads


async def _kept_leaves(hub: Hub, auditor: str) -> list[bytes]:
    kept: list[bytes] = []
    while True:
        reply = await hub.peers.get(auditor, f"/leaves?start={len(kept)}&end={len(kept) + 10_000}", {})
        if not isinstance(reply, Got):
            return kept
        page = msgspec.json.decode(reply.unverified, type=LeavesPage).leaves
        if not page:
            return kept
        kept += [unb64(leaf) for leaf in page]
