"""The edge: work on threads, errors as problem documents, each refusal a line of the log.

Handlers hand over bytes and get bytes; everything between runs on a few threads, so that a slow
register holds up neither `/health` nor another register.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.log import Line
from mianzheng.gateway.readers import FULL, PROTECTED, Reader
from mianzheng.gateway.refusals import Refused, problem
from mianzheng.model.errors import MianzhengError
from mianzheng.model.problem import Problem

JSON = "application/json"
PROBLEM = "application/problem+json"
THREADS = 16
KEEP_ALIVE_SECONDS = 75  # longer than a hub keeps an idle connection: none is closed while a request is on its way
MOST_BYTES = 2 * 1024 * 1024  # of a request's body
_logger = logging.getLogger("mianzheng.gateway")


class Serving:
    """Runs the work of one gateway's handlers."""

    def __init__(self, gateway: Gateway) -> None:
        """Serve `gateway`."""
        self.gateway = gateway
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="gateway")

    async def body(self, request: Request, work: Callable[[bytes], bytes]) -> Response[bytes]:  # type: ignore[type-arg]
        """Return what `work` makes of the request's body, as JSON, or a problem document."""
        body = await request.body()
        return await self.call(lambda: work(body))

    async def call(self, work: Callable[[], bytes], *, media: str = JSON) -> Response[bytes]:
        """Return what `work` gives, or a problem document; a refusal is logged."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work, media)

    def close(self) -> None:
        """End the threads and close the gateway."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.gateway.close()

    def _run(self, work: Callable[[], bytes], media: str) -> Response[bytes]:
        try:
            return Response(work(), media_type=media)
        except MianzhengError as error:
            self._note(error)
            return as_response(problem(error))

    def _note(self, error: MianzhengError) -> None:
        """Leave a line about a refusal: its code, and the subject only where the subject should read it."""
        known = error if isinstance(error, Refused) else Refused(error.code, error.message)
        line = Line(
            kind="refused",
            at=self.gateway.now(),
            hub=self.gateway.config.hub if known.request else "",
            request=known.request,
            entry=known.entry,
            case=known.case,
            code=error.code,
        )
        shielded = (Reader(subject=known.subject, role="", view=FULL + PROTECTED),) if known.protected else ()
        subject = "" if known.protected else known.subject
        append = self.gateway.log.append
        self.gateway.state.commit(lambda connection: append(connection, line, subject=subject, readers=shielded))
        _logger.info("refused", extra={"code": error.code, "request": known.request})


def as_response(document: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Return a problem document as a response."""
    return Response(msgspec.json.encode(document), media_type=PROBLEM, status_code=document.status, headers=headers)


def http_problem(request: Request, error: HTTPException) -> Response[bytes]:  # type: ignore[type-arg]
    """Return the problem document of a path, method or size that is not served; the operator's log has its code."""
    code = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(error.status_code, "malformed-request")
    _logger.info("not served", extra={"code": code})
    document = Problem(
        type=f"urn:mianzheng:problem:{code}",
        title=code.replace("-", " "),
        status=error.status_code,
        detail="a gateway does not serve that",
        code=code,
        hint="docs/protocol.md lists what a gateway serves",
    )
    return as_response(document, error.headers)  # `Allow` of a wrong method (RFC 9110 §15.5.6)


def unexpected(request: Request, error: Exception) -> Response[bytes]:  # type: ignore[type-arg]
    """Return a problem document that says nothing; the operator's log gets type and place, never values."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    _logger.error("unexpected", extra={"code": type(error).__name__, "where": where})
    document = Problem(
        type="urn:mianzheng:problem:internal",
        title="internal error",
        status=500,
        detail="the gateway's operator finds it in the log",
        code="internal",
        hint="send the same request again; tell the operator if it stays so",
    )
    return as_response(document)
