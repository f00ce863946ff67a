"""`/schema`: what programs may ask this hub, as people read it; the OpenAPI document lies beside it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from mianzheng.web.pages.showing import show

METHODS = ("get", "post")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One path with one method."""

    method: str
    path: str
    summary: str


class SchemaPage(OpenAPIRenderPlugin):
    """Renders the schema with this site's own layout: nothing is loaded from anywhere else."""

    def __init__(self) -> None:
        """Serve it at `/schema` itself."""
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        shown = show(request, "schema.html", operations=operations(openapi_schema))
        return shown.to_asgi_response(None, request).body


def operations(schema: dict[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of an OpenAPI document, by path."""
    found = []
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                described = item[method].get("description") or item[method].get("summary", "")
                found.append(Operation(method=method.upper(), path=path, summary=described))
    return tuple(found)
