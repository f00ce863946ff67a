"""What the demo's provider refuses, as a page says it: what happened and what to do; JSON to a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Template

from mianzheng.look.pages import page
from mianzheng.look.problems import OTHER, meaning_of
from mianzheng.model.text import Text
from mianzheng.provider.issuer import BadRequest

AnyRequest = Request[Any, Any, Any]
Answer = Callable[[AnyRequest, Any], Response[Any]]
TITLES = {
    "invalid_request": Text(zh="这个链接不对", en="This link is not right"),
    "flow-ended": Text(zh="这次登录已经结束", en="This sign-in is over"),
    "not-found": Text(zh="没有这个页面", en="There is no such page"),
    "wrong-method": Text(zh="这个地址不能这样打开", en="This address is not opened this way"),
}
MEANINGS = {  # where this site means something else by a code than every site does
    "invalid_request": Text(
        zh="这一页不能直接打开。请从办事平台登录，在那里点“演示认证服务”进来。",
        en="This page is not opened by itself. Sign in on the service platform and choose the demo provider there.",
    ),
    "flow-ended": Text(
        zh="这一步等得太久，或者已经用过了。请回到办事平台，重新登录。",
        en="It waited too long, or was used already. Go back to the service platform and sign in anew.",
    ),
    "not-found": Text(
        zh="地址可能写错了，请从办事平台进。", en="The address may be wrong: begin at the service platform."
    ),
}
_CODES = {404: "not-found", 405: "wrong-method"}
_STATUS = {"not-found": 404}


def handlers(hub: str) -> dict[int | type[Exception], Answer]:
    """Return what answers a request that is refused or that nothing serves; `hub`: where its page leads back to."""
    return {
        BadRequest: lambda request, error: _page(request, hub, _STATUS.get(error.code, 400), error.code, error.message),
        HTTPException: lambda request, error: _not_served(request, hub, error),
    }


def as_json(answer: object, status: int) -> Response[bytes]:
    """Return an answer to a program, kept by nobody (RFC 6749 §5.1)."""
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(answer), media_type="application/json", status_code=status, headers=headers)


def _not_served(request: AnyRequest, hub: str, error: HTTPException) -> Response[Any]:
    """Answer a path, method or body that nothing serves: a page to who reads pages."""
    code = _CODES.get(error.status_code, "invalid_request")
    if "text/html" in request.headers.get("accept", ""):
        said: Response[Any] = _page(request, hub, error.status_code, code, error.detail)
    else:
        said = as_json({"error": code, "error_description": error.detail}, error.status_code)
    said.headers.update(error.headers or {})  # `Allow` of a wrong method (RFC 9110 §15.5.6)
    return said


def _page(request: AnyRequest, hub: str, status: int, code: str, detail: str) -> Template:
    title, meaning = TITLES.get(code, OTHER), MEANINGS.get(code) or meaning_of(code)
    return page(
        request, "refused.html", status=status, hub=hub, number=status, code=code, title=title, meaning=meaning,
        detail=detail, hint="",
    )  # fmt: skip
