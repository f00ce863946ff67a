"""One long-lived HTTP client to all gateways: bytes out, a value back, never an exception.

A reply is `Got` (an answer that is not yet verified), `Problem` (the peer refused, RFC 9457) or
`Silent` (no answer in time). Whoever asks knows from the kind whether the same bytes may go again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence

import aiohttp
import msgspec

from mianzheng.model.problem import Problem

KEPT_SECONDS = 60  # an idle connection; gateways keep it longer (gateway.serving), or it closes under a request
MOST_BYTES = 4 * 1024 * 1024  # an answer longer than this is none


class Got(msgspec.Struct, frozen=True, kw_only=True):
    """A peer's answer, not yet verified."""

    unverified: bytes


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A peer said no, with a stable code. `lasting` is false when the same request may succeed later."""

    code: str
    detail: str
    status: int

    @property
    def lasting(self) -> bool:
        """Whether asking the same again is useless."""
        return 400 <= self.status < 500 and self.status not in (408, 425, 429)


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """No answer in time; `reason` is for the operator."""

    reason: str


Reply = Got | Refusal | Silent


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A body for one path of one party."""

    party: str
    path: str
    body: bytes
    content_type: str = "application/jose"


class Peers:
    """The parties whose addresses this process knows. Open it once; it lives as long as the process."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        *,
        timeout: float,
        tls: ssl.SSLContext | None = None,
        connections: int = 100,
    ) -> None:
        """`addresses`: party → base URL; `timeout`: seconds one request may take; `tls`: our certificate and CA."""
        self._addresses = {party: url.rstrip("/") for party, url in addresses.items()}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._tls = tls if tls is not None else True
        self._connections = connections
        self._http: aiohttp.ClientSession | None = None

    @property
    def parties(self) -> tuple[str, ...]:
        """Return the parties whose addresses are known."""
        return tuple(self._addresses)

    async def post(self, letter: Letter) -> Reply:
        """Send a letter and return what came of it."""
        address = self._addresses.get(letter.party)
        if address is None:
            return Silent(reason=f"no address is known for {letter.party}")
        headers = {"content-type": letter.content_type}
        return await self._call("POST", address + letter.path, letter.body, headers)

    async def post_all(self, letters: Sequence[Letter]) -> tuple[Reply, ...]:
        """Send letters at once, each with its own time limit, and return their replies in order."""
        if len(letters) == 1:
            return (await self.post(letters[0]),)
        return tuple(await asyncio.gather(*(self.post(letter) for letter in letters)))

    async def get(self, party: str, path: str, headers: Mapping[str, str]) -> Reply:
        """Ask a party's path and return what came of it."""
        address = self._addresses.get(party)
        if address is None:
            return Silent(reason=f"no address is known for {party}")
        return await self._call("GET", address + path, None, headers)

    async def close(self) -> None:
        """Close all connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _call(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        if self._http is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEPT_SECONDS, ssl=self._tls)
            self._http = aiohttp.ClientSession(connector=connector, timeout=self._timeout, auto_decompress=False)
        try:
            async with self._http.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
                payload = await _read(answer)
                status = answer.status
        except TimeoutError:
            return Silent(reason=f"no answer within {self._timeout.total} s")
        except (aiohttp.ClientError, OSError) as error:
            return Silent(reason=type(error).__name__)
        if len(payload) > MOST_BYTES:
            return Silent(reason="the answer is too long")
        return Got(unverified=payload) if status in (200, 201) else _refusal(status, payload)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Return the whole body, or a little more than the limit of one that would fill our memory."""
    if answer.content_length is not None and answer.content_length <= MOST_BYTES:
        return await answer.read()
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > MOST_BYTES:
            break
    return bytes(body)


def _refusal(status: int, payload: bytes) -> Reply:
    try:
        problem = msgspec.json.decode(payload, type=Problem)
    except msgspec.MsgspecError:
        # 5xx without a problem document is a proxy's or a crash's; it says nothing about the request
        return Silent(reason=f"status {status} without a problem document")
    return Refusal(code=problem.code, detail=problem.detail, status=status)
