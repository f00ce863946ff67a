"""HTTP to the hub: typed answers, and its problem documents as errors."""

from __future__ import annotations

from typing import TypeVar

import aiohttp
import msgspec

from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.model.problem import Problem

T = TypeVar("T")


class HubRefused(MianzhengError):
    """The hub answered with a problem document; `code` is the document's."""


class WrongRequest(HubRefused, WrongUse):
    """What was asked for cannot be had: no such item, another's case, a step that the case does not allow."""


class NotGranted(HubRefused):
    """The one who asks is not who may have it: not signed in, not proven, not theirs to do."""


class HubDown(MianzhengError):
    """The hub cannot be reached."""

    code = "hub-down"
    permanent = False


class HubClient:
    """One hub by its address; `token` is the session of the person who signed in."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self.token = ""
        self.staff = ""  # header by which a member of staff reads the desk, signed for each request
        self._http = http

    async def get(self, path: str, type_: type[T]) -> T:
        """Return the typed answer of a GET."""
        return await self._call("GET", path, None, type_)

    async def post(self, path: str, body: object, type_: type[T]) -> T:
        """Return the typed answer of a POST with a JSON body."""
        return await self._call("POST", path, msgspec.json.encode(body), type_)

    async def _call(self, method: str, path: str, body: bytes | None, type_: type[T]) -> T:
        headers = {"content-type": "application/json"} if body is not None else {}
        if self.token or self.staff:
            headers["authorization"] = self.staff or f"Bearer {self.token}"
        try:
            async with self._http.request(method, self.url + path, data=body, headers=headers) as answer:
                payload = await answer.read()
                if answer.status >= 400:
                    raise _refusal(answer.status, payload)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise HubDown(
                f"the hub at {self.url} does not answer: {error or type(error).__name__}",
                hint="`mianzheng up` starts what died",
            ) from error
        return msgspec.json.decode(payload, type=type_)


def _refusal(status: int, payload: bytes) -> HubRefused:
    try:
        problem = msgspec.json.decode(payload, type=Problem)
    except msgspec.MsgspecError:
        return HubRefused(f"the hub answered {status} without a problem document", code="no-problem-document")
    return _kind(status)(problem.detail or problem.title, hint=problem.hint, code=problem.code)


def _kind(status: int) -> type[HubRefused]:
    """Return what a status says of a refusal: wrong as asked, not for the one who asks, or not now."""
    if status in (401, 403):
        return NotGranted
    return WrongRequest if 400 <= status < 500 and status != 429 else HubRefused
