"""Which bodies a browser acts for: tokens of hand-overs in a cookie that ends with the browser, and no code.

A token opens nothing but for the person it was handed to, and only as long as a session lives.
"""

from __future__ import annotations

import msgspec
from litestar.datastructures import Cookie

from mianzheng.cases import acts_on
from mianzheng.cases.acts_on import ActsOn, BadHandOver
from mianzheng.cases.hub import Hub
from mianzheng.model.canonical import b64, unb64
from mianzheng.web.pages.showing import PageRequest

COOKIE = "__Host-mz-acting"
MOST = 8


async def acting_for(request: PageRequest, hub: Hub) -> list[tuple[str, ActsOn]]:
    """Return for which bodies this person acts in this browser, each with its token; newest first."""
    found = []
    for token in tokens_of(request):
        try:
            found.append((token, await acts_on.find(hub, token, request.state.applicant)))
        except BadHandOver:
            continue
    return [one for one in found if one[1].for_body]


def remembered(request: PageRequest, token: str) -> Cookie:
    """Return the cookie that remembers one more body."""
    return _cookie([token, *(one for one in tokens_of(request) if one != token)][:MOST])


def forgotten(request: PageRequest, token: str) -> Cookie:
    """Return the cookie that remembers one body less."""
    return _cookie([one for one in tokens_of(request) if one != token])


def tokens_of(request: PageRequest) -> list[str]:
    """Return the tokens that a browser brings; none of what cannot be read."""
    try:
        return msgspec.json.decode(unb64(request.cookies.get(COOKIE, "")), type=list[str])[:MOST]
    except (ValueError, msgspec.MsgspecError):
        return []


def _cookie(tokens: list[str]) -> Cookie:
    return Cookie(
        key=COOKIE, value=b64(msgspec.json.encode(tokens)), path="/", secure=True, httponly=True, samesite="lax"
    )
