"""What every response of a site says besides its body, pages, files and problem documents alike.

A page says more (`headers.py`); what a handler has said itself stays as it is.
"""

from __future__ import annotations

from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

DEFAULTS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}


async def harden(message: Message, scope: Scope) -> None:
    """Add to a response the headers that its handler did not set; a hook `before_send` of an application."""
    if message["type"] != "http.response.start":
        return
    message.setdefault("headers", [])
    headers: Any = MutableScopeHeaders(message)
    for name, value in DEFAULTS.items():
        headers.setdefault(name, value)
