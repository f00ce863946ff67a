"""Mandates 委托: what people sealed is carried to the authority and back; the hub opens none of it."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.params import JSONBody

from mianzheng.exchange.peers import Got, Refusal
from mianzheng.mandates.refusals import CODES, MandateRefused
from mianzheng.model.errors import Unavailable
from mianzheng.model.mandate import MandateChanged, MandateForwarded, SealedMandate
from mianzheng.web.access import Access, rule
from mianzheng.web.people import forward

T = TypeVar("T")


@post("/mandates", opt=rule(Access.ANYONE), status_code=200)
async def grant_mandate(state: State, data: JSONBody[MandateForwarded]) -> SealedMandate:
    """Carry a grant to the authority; the mandate comes back sealed to the client."""
    return _read(await forward(state.hub, data.authority, "/mandates", data.sealed), SealedMandate)


@post("/mandates/returns", opt=rule(Access.ANYONE), status_code=200)
async def return_paper(state: State, data: JSONBody[MandateForwarded]) -> SealedMandate:
    """Carry the returned code of a paper to the authority."""
    return _read(await forward(state.hub, data.authority, "/mandates/returns", data.sealed), SealedMandate)


@post("/mandates/changes", opt=rule(Access.ANYONE), status_code=200)
async def change_mandate(state: State, data: JSONBody[MandateForwarded]) -> MandateChanged:
    """Carry a revocation, or a new representative's confirmation, to the authority."""
    return _read(await forward(state.hub, data.authority, "/mandates/changes", data.sealed), MandateChanged)


def _read(reply: Got | Refusal, type_: type[T]) -> T:
    if isinstance(reply, Refusal):
        raise MandateRefused(reply.code if reply.code in CODES else "mandate-refused", reply.detail)
    try:
        return msgspec.json.decode(reply.unverified, type=type_)
    except msgspec.DecodeError:
        raise Unavailable("the authority answered something else") from None


ROUTES = (grant_mandate, return_paper, change_mandate)
