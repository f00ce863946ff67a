"""`/my/sign-ins`: where and how the person was signed in, and ending what they do not know."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.model.text import Text
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show
from mianzheng.web.sign_ins import close_others, sign_ins_of

After = Annotated[int, QueryParameter(ge=0, le=2**62)]
Words = Annotated[str, QueryParameter(max_length=80)]
METHODS = {
    "passkey": Text(zh="通行密钥", en="Passkey"),
    "software": Text(zh="自己的密钥（演示）", en="Own key (demo)"),
    "device": Text(zh="自己的设备", en="Own device"),
    "chip": Text(zh="身份证芯片", en="Chip of the identity card"),
    "face": Text(zh="人脸比对", en="Face"),
    "call": Text(zh="电话回拨", en="Telephone call"),
    "window": Text(zh="窗口当面核对", en="Seen at a window"),
    "demo": Text(zh="演示认证服务", en="Demo identity provider"),
    "code": Text(zh="在窗口出示的码", en="Code shown at a window"),
}
LEVELS = {
    1: Text(zh="身份核验一级（最低）", en="Level 1 of 3, the lowest"),
    2: Text(zh="身份核验二级", en="Level 2 of 3"),
    3: Text(zh="身份核验三级（最高）", en="Level 3 of 3, the highest"),
}
ENDS = {
    "": Text(zh="还在用", en="in use"),
    "signed-out": Text(zh="已退出", en="signed out"),
    "replaced": Text(zh="重新登录时结束", en="ended by a new sign-in"),
    "closed": Text(zh="您让它结束的", en="ended by you"),
    "time": Text(zh="到时自动结束", en="ended by itself"),
}


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """The form: whose session is to end; 0: every other one."""

    sign_in: int = 0


@get("/my/sign-ins", opt=rule(Access.PAGE))
async def sign_ins(request: PageRequest, state: State, q: Words = "", after: After = 0) -> Template:
    """Show the sign-ins, newest first; searched by how the person signed in."""
    applicant, token = request.state.applicant, request.state.token
    page = await sign_ins_of(state.hub, applicant, token, after=after, methods=_methods(q))
    shown: dict[str, Any] = {"page": page, "q": q, "after": after, "methods": METHODS, "levels": LEVELS, "ends": ENDS}
    return show(request, "my/sign_ins.html", **shown)


@post("/my/sign-ins", opt=rule(Access.PAGE), status_code=303)
async def close(
    request: PageRequest, state: State, data: Annotated[Closed, Body(media_type=RequestEncodingType.URL_ENCODED)]
) -> Redirect:
    """End one other session, or all others."""
    who, token = request.state.applicant, request.state.token
    await close_others(state.hub, who, token, state.sessions, sign_in=data.sign_in)
    return Redirect("/my/sign-ins", status_code=303)


def _methods(q: str) -> tuple[str, ...] | None:
    """Return the methods whose name holds the words, and the provider that is called so; None for no words."""
    words = q.casefold().split()
    if not words:
        return None
    named = [one for one, name in METHODS.items() if all(word in f"{name.zh} {name.en}".casefold() for word in words)]
    return tuple(dict.fromkeys((*named, q.strip())))


ROUTES = (sign_ins, close)
