"""The auditor: a process outside the city that keeps its own copy of the ledger and believes nobody.

1. Every few seconds it fetches new leaves and the signed head, and computes the root itself.
2. A head that its own copy does not give is a finding; the changed leaf is named.
3. It reads each gateway's log: an answer without an asked entry of its own is a finding.
4. On `POST /witness` it co-signs a head only if its own copy gives that root and the head continues
   the last one *it* signed, which it commits first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.client_tls import tls_of
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import KeyFolder
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.credentials.turned_clock import turned
from mianzheng.exchange.peers import Got, Peers
from mianzheng.ledger.heads import Head, cosign, read_head
from mianzheng.ledger.reconcile import GIVEN_OUT, Finding, check_claims, check_leaves, check_log
from mianzheng.ledger.witness import Fork, examine
from mianzheng.model.canonical import unb64
from mianzheng.model.errors import MianzhengError, Unavailable
from mianzheng.model.witnessing import LeavesPage, LedgerHead, LogPage, LogRequest, WitnessRequest, WitnessResponse
from mianzheng.web.audit_state import AuditState
from mianzheng.web.auditor_config import AuditorConfig

SETTLE_SECONDS = 60  # an entry may be pending for so long
_log = logging.getLogger(__name__)


class HeadRefused(MianzhengError):
    """The auditor does not co-sign this head."""

    code = "head-invalid"


class Auditor:
    """One auditor of one hub's ledger."""

    def __init__(self, config: AuditorConfig, state: AuditState, *, days_ahead: int = 0) -> None:
        keys = Path(config.keys)
        self.config = config
        self.state = state
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        self._clock = turned(time.time, days=days_ahead, trust=self.trust)
        self._log_key = KeyFolder(keys).load("log")
        self._sign_key = KeyFolder(keys).load("sign")
        gateways = {party.department: party.party for party in self.trust.with_role("gateway") if party.department}
        self._gateways = {gateways[name]: url for name, url in config.gateways.items() if name in gateways}
        self.peers = Peers(
            {config.hub: f"{config.hub_url}/api", **self._gateways},
            timeout=config.timeout_seconds,
            tls=tls_of(config.tls),
        )
        self._turn = asyncio.Lock()
        self.hidden: dict[str, int] = {}  # by gateway, when its log was last read: entries that wait for a date

    async def catch_up(self) -> None:
        """Fetch new leaves up to the newest head, and keep them if they give its root."""
        async with self._turn:
            offered = msgspec.json.decode(await self._get("/ledger/head"), type=LedgerHead)
            if not offered.head:
                return
            head, start = self._read_head(offered.head), len(self.state.leaves)
            if head.size < start:
                self._find("ledger-shrunk", f"the newest head has {head.size} leaves, this copy {start}")
            await self._absorb(head)

    async def witness(self, request: WitnessRequest) -> WitnessResponse:
        """Co-sign a head; `HeadRefused` or `Fork` when it is not what this auditor holds."""
        head = self._read_head(request.head)
        async with self._turn:
            await self._absorb(head)
            if head.size > len(self.state.leaves) or self.state.root_of(head.size) != head.root_bytes():
                raise HeadRefused("the auditor's own copy does not give this root", code="head-inconsistent")
            last = self.state.last_signed
            begins = last.size if last is not None and last.size <= head.size else 0
            proof = self.state.proof(begins, head.size)  # its own: the hub's may begin before a crash
            try:
                examine(head, last=last, consistency=proof, begins=begins, now=self._now())
            except Fork as fork:
                self._find("ledger-fork", fork.message)
                raise HeadRefused(fork.message, code="head-inconsistent") from None
            self.state.sign(head, request.head)
        return WitnessResponse(cosignature=cosign(head, witness=self.config.party, at=self._now(), key=self._log_key))

    async def read_logs(self) -> None:
        """Read what each gateway's log has new, and look for answers without an asked entry."""
        settled = self._now() - SETTLE_SECONDS
        known = frozenset(self.state.leaves)  # of this round, for all gateways
        for gateway in self._gateways:
            start = self.state.log_read(gateway)
            claim = jws.sign(LogRequest(aud=gateway, iat=self._now()), key=self._sign_key, typ="mz-log-request")
            reply = await self.peers.get(gateway, f"/log?start={start}", {"authorization": f"Auditor {claim}"})
            if not isinstance(reply, Got):
                continue  # a gateway that is down is asked again in the next round
            page = msgspec.json.decode(reply.unverified, type=LogPage)
            lines, self.hidden[gateway] = page.lines, page.hidden
            ready = [line for line in lines if line.at <= settled]
            claimed = self.state.claim([(line.entry, line.request) for line in ready if line.kind in GIVEN_OUT])
            self.state.find(check_log(ready, known, gateway=gateway, settled=settled))
            self.state.find(check_claims(ready, claimed, gateway=gateway))
            if ready:
                self.state.read_log(gateway, ready[-1].seq + 1)

    async def _absorb(self, head: Head) -> None:
        """Fetch what this copy lacks of a head's leaves; keep it if it gives the root, else name what changed."""
        start = len(self.state.leaves)
        if head.size < start:
            if self.state.root_of(head.size) != head.root_bytes():
                self._find("rewritten-head", f"the head of {head.size} leaves is not what this copy gives")
            return
        more = await self._fetch(start, head.size)
        if len(more) == head.size - start and self.state.with_more(more) == head.root_bytes():
            if more:
                self.state.keep(more)
            return
        self._find("rewritten-head", f"the head of {head.size} leaves does not continue this copy of {start}")
        now = await self._fetch(0, start)
        self.state.find(check_leaves(now, self.state.leaves, party=self.config.hub))

    async def _fetch(self, start: int, end: int) -> list[bytes]:
        found: list[bytes] = []
        while start + len(found) < end:
            first = start + len(found)
            page = msgspec.json.decode(await self._get(f"/ledger/leaves?start={first}&end={end}"), type=LeavesPage)
            if not page.leaves:
                break
            found += [unb64(leaf) for leaf in page.leaves]
        return found

    async def _get(self, path: str) -> bytes:
        reply = await self.peers.get(self.config.hub, path, {})
        if not isinstance(reply, Got):
            raise Unavailable(f"the hub does not answer: {reply}")
        return reply.unverified

    def _read_head(self, token: str) -> Head:
        try:
            head = read_head(token, trust=self.trust, role="hub", at=self._now())
        except (BadToken, Untrusted) as error:
            raise HeadRefused(error.message) from None
        if head.ledger != self.config.hub:
            raise HeadRefused(f"a head of {head.ledger}")
        return head

    def _find(self, code: str, detail: str) -> None:
        self.state.find([Finding(code=code, party=self.config.hub, detail=detail)])
        _log.error("finding %s: %s", code, detail)

    def _now(self) -> int:
        return int(self._clock())
