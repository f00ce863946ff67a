"""`POST /preferences`: the reader's language and size of letters, remembered in two cookies."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect

from mianzheng.look.language import LANGUAGE_COOKIE, Language
from mianzheng.look.pages import ELDER_COOKIE, YEAR_SECONDS

FORM = Body(media_type=RequestEncodingType.URL_ENCODED)


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader chose; "" leaves a choice as it is."""

    language: Language | None = None
    elder: str = ""  # "1" large letters, "0" not
    back: str = "/"


def preference_route(opt: dict[str, Any]) -> HTTPRouteHandler:
    """Return the route handler; it works without JavaScript and leads back to where the reader was."""

    @post("/preferences", opt=opt, status_code=303)
    async def prefer(data: Annotated[Preferences, FORM]) -> Redirect:
        answer = Redirect(own_path(data.back), status_code=303)
        if data.language is not None:
            answer.cookies.append(_cookie(LANGUAGE_COOKIE, data.language))
        if data.elder in ("0", "1"):
            answer.cookies.append(_cookie(ELDER_COOKIE, data.elder))
        return answer

    return prefer


def own_path(path: str, otherwise: str = "/") -> str:
    """Return a path of this site; what names another one, or is no path, becomes `otherwise`."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else otherwise


def _cookie(key: str, value: str) -> Cookie:
    return Cookie(key=key, value=value, max_age=YEAR_SECONDS, path="/", samesite="lax", httponly=True)
