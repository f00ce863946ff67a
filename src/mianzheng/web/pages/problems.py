"""What went wrong, as a page says it: what happened, what stays safe, what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar.response import Redirect, Template

from mianzheng.look.problems import OTHER, TITLES, meaning_of
from mianzheng.model.text import Text
from mianzheng.web.pages.showing import PageRequest, show

SIGN_IN = "/my/sign-in"
_TITLES = TITLES | {
    "not-found": Text(zh="没有这个页面或办件", en="There is no such page or case"),
    "wrong-method": Text(zh="这个地址不能这样打开", en="This address is not opened this way"),
    "nothing-to-sign": Text(zh="这里没有要签的了", en="There is nothing here to sign any more"),
    "form-gone": Text(zh="这张表单已经不在了", en="This form is here no more"),
    "choice-refused": Text(zh="没有收下带回来的名字", en="The name that was brought was not taken"),
    "bad-signature": Text(zh="没有签成", en="It was not signed"),
    "hand-over-refused": Text(zh="这份委托没有带过来", en="The mandate was not brought here"),
    "not-in-this-state": Text(zh="这件事现在不能走这一步", en="The case does not allow this step now"),
    "overtaken": Text(zh="办件刚刚有了新进展，请刷新再看", en="The case has just moved on: look again"),
    "unavailable": Text(zh="有一个部门暂时没有回答", en="A department does not answer at the moment"),
    "database-failed": Text(zh="平台的数据库暂时没有回答", en="The platform's database does not answer"),
    "bad-form": Text(zh="填写的内容有误", en="Something you entered is not right"),
    "internal": Text(zh="平台出了错，不是您的问题", en="Something broke here; it is not your fault"),
}


def problem_page(request: PageRequest, *, status: int, code: str, detail: str, hint: str) -> Template | Redirect:
    """Return the page of a problem; who must sign in is led there and comes back afterwards."""
    if code == "not-signed-in":
        return Redirect(f"{SIGN_IN}?next={quote(_back(request))}", status_code=303)
    title = _TITLES.get(code, OTHER)
    said: dict[str, Any] = {"title": title, "number": status, "code": code, "detail": detail, "hint": hint}
    said["meaning"] = meaning_of(code)
    back = request.url.path if code == "choice-refused" else _back(request)  # the form, without what was refused
    return show(request, "problem.html", status=status, back=back, **said)


def _back(request: PageRequest) -> str:
    if request.method != "GET":
        return "/my"
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
