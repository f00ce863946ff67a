"""What each page tells the browser: nothing runs or loads but what this server serves, nobody frames it.

OWASP ASVS 5.0, chapter V3 (web frontend security).
"""

from __future__ import annotations

from collections.abc import Sequence


class Headers:
    """Security headers; the content security policy names what a page may also reach."""

    def __init__(self, fixed: dict[str, str]) -> None:
        self._fixed = fixed

    def allowing(self, origins: Sequence[str] = ()) -> dict[str, str]:
        """Return the headers of a page that may post to, or fetch from, these origins besides its own."""
        reach = " ".join(("'self'", *origins))
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            f"connect-src {reach}; form-action {reach}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
        )
        return self._fixed | {"content-security-policy": policy}


PAGE_HEADERS = Headers(
    {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=()",
        "cache-control": "no-store",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
    }
)
