"""Showing a page of the authority's site, and its problems; cookies of this site only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template

from mianzheng.authority.site.site import (
    BODIES_COOKIE,
    BROWSER_COOKIE,
    SESSION_COOKIE,
    NotProvenAnew,
    Site,
    with_query,
)
from mianzheng.look.pages import page
from mianzheng.look.problems import OTHER, TITLES, meaning_of
from mianzheng.model.errors import MianzhengError
from mianzheng.model.text import Text

TEMPLATES = Path(__file__).parent / "templates"
PageRequest = Request[Any, Any, Any]
_TITLES = TITLES | {
    "flow-ended": Text(zh="这一步等得太久了，请从头再来", en="This took too long: please begin again"),
    "sign-in-refused": Text(zh="没有认出您是谁", en="We could not tell who you are"),
    "nonce-used": Text(zh="这次登录已经用过了", en="This sign-in was used already"),
    "provider-unavailable": Text(zh="认证服务暂时没有回答", en="The identity provider does not answer"),
    "malformed-request": Text(zh="这个链接不对", en="This link is not right"),
    "passkey-refused": Text(zh="没有用上这把通行密钥", en="This passkey was not taken"),
    "passkeys-too-many": Text(zh="通行密钥太多了，先移除一把", en="Too many passkeys: remove one first"),
    "presence-too-low": Text(zh="这一页要用更可靠的方式登录", en="This page needs a surer way of signing in"),
    "choice-of-another": Text(zh="这张表单是另一位的", en="The form is another person's"),
    "not-opened": Text(zh="打不开这份结果", en="This result cannot be opened"),
    "mandate-refused": Text(zh="委托没有改动", en="Nothing was done to a mandate"),
    "not-representative": Text(zh="登记册没有写您代表这个单位", en="The register does not say that you speak for it"),
    "mandate-not-yet": Text(zh="这份委托还没有生效", en="The mandate does not hold yet"),
    "mandate-party-gone": Text(zh="这份委托已经失效", en="The mandate has lapsed"),
    "unavailable": Text(zh="办事平台暂时没有回答", en="The service platform does not answer"),
    "bad-telephone": Text(zh="这不是一个电话号码", en="That is no telephone number"),
    "not-found": Text(zh="没有这个页面", en="There is no such page"),
}
_MEANINGS = {  # where this site means more by a code than every site does
    "flow-ended": Text(zh="请从办事页面或登录页重新开始。", en="Begin again from the service's page, or sign in anew."),
    "malformed-request": Text(zh="请从办事页面重新点进来。", en="Come here again from the service's page."),
    "passkey-refused": Text(zh="请再试一次，或换一种登录方式。", en="Try again, or sign in another way."),
    "passkeys-too-many": Text(
        zh="请先移除一把不用的，再添加。", en="Remove one that you do not use, then add another."
    ),
    "presence-too-low": Text(
        zh="请用通行密钥、读卡或刷脸登录，再打开这一页。", en="Sign in by passkey, card or face, then open it again."
    ),
    "not-opened": Text(
        zh="这份结果不是密封给您在这里的钥匙，或不完整。请用办理时的浏览器打开。",
        en="It is not sealed to your key here, or not whole: open it in the browser in which you applied.",
    ),
    "choice-of-another": Text(
        zh="在这里登录的和在办事平台登录的不是同一位，什么也没有密封。请在办事平台退出登录，再由本人登录，重新申请。",
        en="Whoever is signed in here is not the one who applies there; nothing was sealed. Sign out on the service "
        "platform, then let the applicant sign in and begin again.",
    ),
    "not-representative": Text(
        zh="请由登记的法定代表人登录；刚变更的，先办变更登记。",
        en="Its registered legal representative signs in; after a change, have the register changed first.",
    ),
    "bad-telephone": Text(zh="请核对电话号码，再填一次。", en="Check the telephone number and enter it again."),
    "not-found": Text(zh="地址可能写错了，请从首页进。", en="The address may be wrong: begin at the first page."),
}
ACT_PAGES = {"passkey": "/devices", "telephone": "/devices", "unlock": "/mandates/mine"}
STATUS = {
    "flow-ended": 409,
    "sign-in-refused": 403,
    "nonce-used": 409,
    "provider-unavailable": 503,
    "malformed-request": 400,
    "passkey-refused": 403,
    "not-found": 404,
}


def show(
    request: PageRequest,
    site: Site,
    name: str,
    *,
    status: int = 200,
    connect: Sequence[str] = (),
    **context: Any,
) -> Template:
    """Return a rendered page; templates also get the hub's address and whether somebody is signed in."""
    shared: dict[str, Any] = {
        "hub": next(iter(site.config.hubs.values()), ""),
        "bodies": site.authority.kind == "enterprise",
        "signed_in": bool(session_at(request, site)),
    }
    return page(request, name, status=status, connect=connect, **(shared | context))


def problem(request: PageRequest, site: Site, error: MianzhengError | HTTPException) -> Template | Redirect:
    """Return the page of a problem; who must sign in is led there and comes back afterwards."""
    if isinstance(error, HTTPException):
        codes = {403: "csrf", 404: "not-found", 429: "too-many-requests"}
        code, status = codes.get(error.status_code, "bad-request"), error.status_code
        detail, hint = error.detail, ""
    else:
        code, status = error.code, STATUS.get(error.code, 403 if error.permanent else 503)
        detail, hint = error.message, error.hint
    if isinstance(error, NotProvenAnew):
        return Redirect(with_query("/sign-in", next=ACT_PAGES[error.act], act=error.act), status_code=303)
    if code == "not-signed-in":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Redirect(with_query("/sign-in", next=asked), status_code=303)
    title = _TITLES.get(code, OTHER)
    back = next(iter(site.config.hubs.values()), "/")
    said = show(
        request, site, "trouble.html", status=status, title=title, number=status, code=code, detail=detail, hint=hint,
        back=back, meaning=_MEANINGS.get(code) or meaning_of(code),
    )  # fmt: skip
    if isinstance(error, HTTPException):
        said.headers.update(error.headers or {})  # `Allow` of a wrong method (RFC 9110 §15.5.6)
    return said


def cookie(key: str, value: str, *, seconds: int) -> Cookie:
    """Return a cookie of this site alone that no script reads; `seconds` 0 ends it."""
    return Cookie(key=key, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def browser_of(request: PageRequest) -> str:
    """Return the token by which this browser is known again, "" for one that was not here before."""
    return request.cookies.get(BROWSER_COOKIE, "")


def session_of(request: PageRequest) -> str:
    """Return the token of this browser's session, "" for none."""
    return request.cookies.get(SESSION_COOKIE, "")


def session_at(request: PageRequest, site: Site) -> str:
    """Return the same at a site of either kind; two on one machine would share a cookie of one name."""
    return request.cookies.get(session_cookie(site), "")


def session_cookie(site: Site) -> str:
    """Return under which name a site's sessions lie in a browser."""
    return SESSION_COOKIE if site.authority.kind == "person" else BODIES_COOKIE
