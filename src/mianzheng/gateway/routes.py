"""The paths of a gateway (docs/protocol.md): each hands its bytes to one service."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from mianzheng.gateway.admission import verifier_of
from mianzheng.gateway.answers import answer
from mianzheng.gateway.corrections import correct, reviews
from mianzheng.gateway.decisions import decide_case
from mianzheng.gateway.deliveries import deliver
from mianzheng.gateway.mine import log_page, mine
from mianzheng.gateway.nonces import Nonces
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.revocation import StatusLists, revoke
from mianzheng.gateway.serving import Serving
from mianzheng.gateway.stamping import seal_paper
from mianzheng.gateway.witness import last_signed, witness
from mianzheng.model.deciding import Revoked
from mianzheng.model.identity import Nonce
from mianzheng.model.publishing import Certified

AnyRequest = Request[Any, Any, Any]
Bytes = Response[bytes]


def handlers(serving: Serving) -> list[HTTPRouteHandler]:
    """Return the route handlers of one gateway."""
    return [*_for_the_hub(serving), *_for_people(serving), *_for_everyone(serving)]


def _for_the_hub(serving: Serving) -> list[HTTPRouteHandler]:
    gateway = serving.gateway
    verifier = verifier_of(gateway)

    @post("/answers", status_code=200)
    async def answers(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: answer(gateway, verifier, body))

    @post("/decisions", status_code=200)
    async def decisions(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: decide_case(gateway, verifier, body))

    @post("/deliveries", status_code=200)
    async def deliveries(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: deliver(gateway, body))

    @post("/corrections", status_code=200)
    async def corrections(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: correct(gateway, body))

    @post("/papers", status_code=200)
    async def papers(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: seal_paper(gateway, body))

    @post("/witness", status_code=200)
    async def witness_head(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: witness(gateway, body))

    @get("/witness")
    async def witnessed_head(request: AnyRequest) -> Bytes:
        ledger = request.query_params.get("ledger", "")
        return await serving.call(lambda: msgspec.json.encode(last_signed(gateway, ledger)))

    @get("/log")
    async def log(request: AnyRequest) -> Bytes:
        header, start = request.headers.get("authorization", ""), request.query_params.get("start", "0")
        return await serving.call(lambda: msgspec.json.encode(log_page(gateway, header, start)))

    return [answers, decisions, deliveries, corrections, papers, witness_head, witnessed_head, log]


def _for_people(serving: Serving) -> list[HTTPRouteHandler]:
    gateway, nonces = serving.gateway, Nonces()

    @post("/nonces", status_code=200)
    async def new_nonce() -> Nonce:
        return Nonce(nonce=nonces.new(gateway.now()), audience=gateway.party)

    @get("/mine")
    async def own_list(request: AnyRequest) -> Bytes:
        header = request.headers.get("authorization", "")
        return await serving.call(lambda: msgspec.json.encode(mine(gateway, nonces, header)))

    return [new_nonce, own_list]


def _for_everyone(serving: Serving) -> list[HTTPRouteHandler]:
    gateway = serving.gateway
    lists = StatusLists(gateway)

    @get("/status")
    async def status() -> Bytes:
        return await serving.call(lambda: lists.token().encode("ascii"), media="application/statuslist+jwt")

    @post("/revocations", status_code=200)
    async def revocations(request: AnyRequest) -> Bytes:
        return await serving.body(request, lambda body: _revoke(serving, body))

    @get("/reviews")
    async def listed_for_review(request: AnyRequest) -> Bytes:
        header = request.headers.get("authorization", "")
        return await serving.call(lambda: msgspec.json.encode(reviews(gateway, header)))

    @get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok", "party": gateway.party}

    return [status, revocations, listed_for_review, health]


def _revoke(serving: Serving, body: bytes) -> bytes:
    try:
        order = msgspec.json.decode(body, type=Certified)
    except msgspec.DecodeError:
        raise Refused("malformed-request", "the body is not a signed step with its certificate") from None
    return msgspec.json.encode(Revoked(status_index=revoke(serving.gateway, order)))
