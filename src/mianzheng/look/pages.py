"""Pages: templates with the city's layout and the reader's preferences.

The layout stands in `templates/layout.html`; an application adds its own folder of templates before it. What a
reader chose (language, large letters 适老化) lies in two cookies that say nothing about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Router
from litestar.datastructures import CacheControlHeader
from litestar.file_system import BaseLocalFileSystem
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from litestar.types import PathType
from litestar.types.file_types import FileInfo

from mianzheng.look.headers import PAGE_HEADERS
from mianzheng.look.language import Words, language_of
from mianzheng.model.canonical import unb64

HERE = Path(__file__).parent
STATIC = "/static"
ELDER_COOKIE = "mz-elder"
YEAR_SECONDS = 31_536_000
AnyRequest = Request[Any, Any, Any]


def template_config(*folders: Path) -> TemplateConfig[JinjaTemplateEngine]:
    """Return the templates of an application: its own folders, then the shared ones; escaped, nothing undefined."""
    environment = Environment(
        loader=FileSystemLoader([*folders, HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static"] = static_path
    environment.globals["check_code"] = check_code
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def page(
    request: AnyRequest,
    name: str,
    *,
    status: int = 200,
    now: datetime | None = None,
    connect: Sequence[str] = (),
    **context: Any,
) -> Template:
    """Return a rendered page. Templates get `t` (`Words`), `elder`, `path`, `here` (with its query) and what is given.

    `connect`: other origins that this page may post forms to or fetch from (the authority, a clerk's own program).
    """
    words = words_of(request, now=now)
    path, query = request.url.path, request.url.query
    here = f"{path}?{query}" if query else path
    shared = {"t": words, "elder": request.cookies.get(ELDER_COOKIE) == "1", "path": path, "here": here}
    return Template(
        template_name=name, context=shared | context, status_code=status, headers=PAGE_HEADERS.allowing(connect)
    )


def words_of(request: AnyRequest, *, now: datetime | None = None) -> Words:
    """Return the words of this reader's language."""
    language = language_of(request.cookies, request.headers.get("accept-language", ""))
    return Words(language, now=now or datetime.now(UTC))


def static_files(opt: dict[str, Any]) -> Router:
    """Return the route of the shared static files: vendored, served from here, kept by browsers for a year."""
    return create_static_files_router(
        STATIC,
        directories=[HERE / "static"],
        file_system=_Files(),
        opt=opt,
        cache_control=CacheControlHeader(max_age=YEAR_SECONDS, public=True, immutable=True),
    )


class _Files(BaseLocalFileSystem):
    """The files of this machine; what no path can be is no file: a NUL, a name too long, a folder below a file."""

    async def info(self, path: PathType, **kwargs: Any) -> FileInfo:
        """Return what is known of a file; `FileNotFoundError` for whatever cannot be one."""
        try:
            return await super().info(path, **kwargs)
        except (OSError, ValueError):
            raise FileNotFoundError(path) from None


def static_path(name: str) -> str:
    """Return the address of a static file with its version, so that a changed one is fetched anew."""
    return f"{STATIC}/{name}?v={_version(name)}"


def check_code(digest: str) -> str:
    """Return the beginning of a digest (b64) as people compare it on two pages: eight signs in two groups."""
    shown = unb64(digest).hex()[:8].upper()
    return f"{shown[:4]} {shown[4:]}"


_versions: dict[str, str] = {}


def _version(name: str) -> str:
    if name not in _versions:
        _versions[name] = sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return _versions[name]
