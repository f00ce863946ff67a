"""`/schema`: what programs may ask this hub, as people read it; the OpenAPI document lies beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, get
from litestar.openapi.plugins import OpenAPIRenderPlugin

from mianzheng.catalogue.exported import schema
from mianzheng.model.text import Text
from mianzheng.web.pages.showing import show

METHODS = ("get", "post")


TOPICS = {
    "items": Text(zh="事项", en="Services"),
    "happenings": Text(zh="发生了什么", en="What happened"),
    "cases": Text(zh="办件", en="Cases"),
    "invitations": Text(zh="邀请", en="Invitations"),
    "my": Text(zh="我的", en="One's own"),
    "ledger": Text(zh="留痕", en="The access ledger"),
    "papers": Text(zh="文书", en="Papers"),
    "notices": Text(zh="公示", en="Public notices"),
    "overdue": Text(zh="超期", en="Limits that ran out"),
    "mandates": Text(zh="委托", en="Mandates"),
    "nonces": Text(zh="登录", en="Signing in"),
    "sign-ins": Text(zh="登录", en="Signing in"),
    "presences": Text(zh="窗口核验", en="Presences"),
    "meetings": Text(zh="到窗口", en="At a window"),
    "queue": Text(zh="取号", en="The queue"),
    "desk": Text(zh="办理部门", en="The handling department"),
}
OTHER = Text(zh="其他", en="Other")


@get("/catalogue.json")
async def catalogue_schema() -> dict[str, Any]:
    """Return the JSON Schema of an exported catalogue."""
    return schema()


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
        shown = show(request, "schema.html", topics=by_topic(operations(openapi_schema)))
        return shown.to_asgi_response(None, request).body


def operations(schema: dict[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of an OpenAPI document, by path."""
    found = []
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                described = item[method].get("description") or item[method].get("summary", "")
                summary = " ".join(described.partition("\n\n")[0].split())
                found.append(Operation(method=method.upper(), path=path, summary=summary))
    return tuple(found)


def by_topic(found: Sequence[Operation]) -> list[tuple[Text, list[Operation]]]:
    """Return operations by what they are about, in the order of `TOPICS`."""
    sorted_ = {topic: list[Operation]() for topic in dict.fromkeys((*TOPICS.values(), OTHER))}
    for one in found:
        sorted_[TOPICS.get(one.path.removeprefix("/api/").partition("/")[0], OTHER)].append(one)
    return [(topic, of) for topic, of in sorted_.items() if of]
