"""The addresses of the comparer and the call line, and plain HTTP to them; what they answer is checked elsewhere."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping

from mianzheng.credentials.trust import TrustStore

SECONDS = 3.0
MOST_BYTES = 65_536


class HttpDevices:
    """Devices by party, as the gateway's settings name their addresses."""

    def __init__(self, addresses: Mapping[str, str], trust: TrustStore, tls: ssl.SSLContext | None = None) -> None:
        """`addresses`: party → base URL; what a party may do, the trust list says. `tls`: our certificate and CA."""
        self._addresses, self._tls = dict(addresses), tls
        self.comparer = self._first(trust, "comparer")
        self.call_line = self._first(trust, "call-line")

    def post(self, party: str, path: str, body: bytes) -> bytes | None:
        """Return what a party answers, unverified; None when it does not, or says anything but 200."""
        request = urllib.request.Request(self._addresses[party].rstrip("/") + path, data=body, method="POST")
        request.add_header("content-type", "application/jose")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS, context=self._tls) as answer:
                taken: bytes = answer.read(MOST_BYTES)
                return taken
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            return None

    def _first(self, trust: TrustStore, role: str) -> str:
        parties = [party.party for party in trust.list.parties if role in party.roles]
        return next((party for party in parties if party in self._addresses), "")
