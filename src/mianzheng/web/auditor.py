"""The auditor's process: its rounds, and the few paths it answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import uvicorn
from litestar import Litestar, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, QueryParameter

from mianzheng.ledger.reconcile import Finding
from mianzheng.look.access import refuse_open_routes
from mianzheng.look.hardening import harden
from mianzheng.model.canonical import b64
from mianzheng.model.errors import MianzhengError
from mianzheng.model.witnessing import LeavesPage, WitnessRequest, WitnessResponse
from mianzheng.web.access import Access, guard, rule
from mianzheng.web.audit import Auditor
from mianzheng.web.audit_state import AuditState
from mianzheng.web.auditor_config import AuditorConfig
from mianzheng.web.errors import HANDLERS

PAGE = 10_000
MOST_BYTES = 1_048_576  # of a request: a head, and leaves since the last one
Index = Annotated[int, QueryParameter(ge=0)]
_log = logging.getLogger(__name__)


class LastSigned(msgspec.Struct, frozen=True, kw_only=True):
    """Size and root (b64) of the last head the auditor co-signed; size 0 when there is none."""

    size: int
    root: str


@get("/health", opt=rule(Access.ANYONE))
async def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


@get("/findings", opt=rule(Access.ANYONE))
async def findings(state: State) -> list[Finding]:
    """Return everything that was found, once each."""
    auditor: Auditor = state.auditor
    return auditor.state.findings


@get("/hidden", opt=rule(Access.ANYONE))
async def hidden(state: State) -> dict[str, int]:
    """Return, by gateway, how many entries their readers see only after a date: so much is published, and no more."""
    auditor: Auditor = state.auditor
    return auditor.hidden


@get("/leaves", opt=rule(Access.ANYONE))
async def leaves(state: State, start: Index = 0, end: Index = PAGE) -> LeavesPage:
    """Return leaf hashes of the auditor's own copy."""
    auditor: Auditor = state.auditor
    found = auditor.state.leaves[max(0, start) : min(end, max(0, start) + PAGE)]
    return LeavesPage(start=start, leaves=tuple(b64(leaf) for leaf in found))


@post("/witness", opt=rule(Access.ANYONE), status_code=200)
async def witness(state: State, data: JSONBody[WitnessRequest]) -> WitnessResponse:
    """Co-sign a head that continues this auditor's own copy."""
    auditor: Auditor = state.auditor
    return await auditor.witness(data)


@get("/witness", opt=rule(Access.ANYONE))
async def last_signed(state: State) -> LastSigned:
    """Return how far the auditor has co-signed."""
    auditor: Auditor = state.auditor
    head = auditor.state.last_signed
    return LastSigned(size=0, root="") if head is None else LastSigned(size=head.size, root=head.root)


def create_auditor(config: AuditorConfig, *, days_ahead: int = 0) -> Litestar:
    """Return the auditor's application; its rounds begin with it. `WrongUse` when a route has no access rule."""
    auditor = Auditor(config, AuditState(Path(config.state)), days_ahead=days_ahead)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        rounds = asyncio.create_task(_rounds(auditor))
        try:
            yield
        finally:
            rounds.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rounds
            await auditor.peers.close()
            auditor.state.close()

    app = Litestar(
        route_handlers=[health, findings, hidden, leaves, witness, last_signed],
        guards=[guard],
        exception_handlers=HANDLERS,  # type: ignore[arg-type]  # Litestar types handlers by the base exception
        lifespan=[lifespan],
        before_send=[harden],
        request_max_body_size=MOST_BYTES,
        state=State({"auditor": auditor}),
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    refuse_open_routes(app)
    return app


def serve_auditor(config: AuditorConfig, *, days_ahead: int = 0) -> None:
    """Serve the auditor until the process is told to end."""
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvicorn.run(
        create_auditor(config, days_ahead=days_ahead),
        host=config.host,
        port=config.port,
        log_level=config.log_level,
        access_log=False,
    )


async def _rounds(auditor: Auditor) -> None:
    while True:
        try:
            await auditor.catch_up()
            await auditor.read_logs()
        except MianzhengError as error:
            _log.warning("this round found no answer: %s", error)
        except Exception:  # the top of a loop: a hub or gateway that fails now is asked again in the next round
            _log.warning("this round failed", exc_info=True)
        await asyncio.sleep(auditor.config.poll_seconds)
