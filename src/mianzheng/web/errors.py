"""Errors at the web's edge: one table from code to HTTP status, one RFC 9457 document for each.

Nothing of the inside leaves: an error that nobody foresaw is logged and answered with its number.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

import msgspec
import psycopg
from litestar import Request, Response
from litestar.exceptions import HTTPException, PermissionDeniedException
from sqlalchemy.exc import DataError, DBAPIError

from mianzheng.mandates.refusals import CODES as MANDATE_CODES
from mianzheng.model.errors import MianzhengError
from mianzheng.model.problem import Problem
from mianzheng.web.pages.problems import problem_page

AnyRequest = Request[Any, Any, Any]
STATUS: dict[str, int] = {
    "not-signed-in": 401,
    "bad-sign-in": 401,
    "nonce-used": 401,
    "sign-in-refused": 401,
    "presence-refused": 401,
    "clerk-unknown": 403,
    "presence-budget-used-up": 429,
    "presence-unavailable": 503,
    "presence-used": 403,
    "another-clerk": 403,
    "bundle-refused": 403,
    **MANDATE_CODES,
    "bad-spreadsheet": 400,
    "spreadsheet-too-large": 400,
    "too-many-rows": 400,
    "too-many-columns": 400,
    "no-rows": 400,
    "hand-over-refused": 403,
    "not-staff": 403,
    "not-assigned": 403,
    "nobody-waits": 404,
    "bad-code": 404,
    "signs-on-phone": 403,
    "not-in-hands": 409,
    "another-handler": 403,
    "bad-act": 403,
    "extended-twice": 409,
    "extension-days": 409,
    "extension-late": 409,
    "suspension-days": 409,
    "not-found": 404,
    "invitation-invalid": 404,
    "nothing-to-sign": 404,
    "form-gone": 404,
    "choice-refused": 403,
    "consent-not-meant": 403,
    "not-in-this-state": 409,
    "overtaken": 409,
    "item-frozen": 409,
    "not-allowed": 409,
    "shown-otherwise": 409,
    "bad-signature": 403,
    "bad-step": 403,
    "erased": 410,
    "too-many-requests": 429,
    "paper-delivered": 409,
    "paper-not-posted": 409,
    "paper-day": 400,
    "paper-seal-invalid": 503,
    "fonts-missing": 503,
    "unavailable": 503,
    "database-failed": 503,
}
"""Every other code of a `MianzhengError` is the caller's fault: 400, or 503 when trying again can help."""

HINT = "docs/errors.md says what each code means and what to do about it"
PATHS = "docs/protocol.md names every path with its body"
_log = logging.getLogger(__name__)


def handle_known(request: AnyRequest, error: MianzhengError) -> Response[Any]:
    """Answer an error of our own."""
    status = STATUS.get(error.code, 400 if error.permanent else 503)
    if 400 <= status < 500:
        where = getattr(request.scope.get("route_handler"), "fn", _nowhere).__name__
        _log.info("refused %s at %s by %s", error.code, where, _who(request))
    return respond(request, status, error.code, error.message, error.hint)


def _who(request: AnyRequest) -> str:
    """Return who was refused, as a log may say it: by it two lines are known for one person's, and no more."""
    if (staff := getattr(request.state, "staff", None)) is not None:
        return f"{staff.role} of {staff.department}"
    if (applicant := getattr(request.state, "applicant", None)) is None:
        return "nobody"
    name: bytes = request.app.state.hub.vault.pseudonym("refusals", applicant.pairwise)
    return name[:8].hex()


def _nowhere() -> None:
    """Stand for a path that no route has."""


def handle_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """Answer an error of the framework: no such route, wrong method, a body of the wrong shape or size."""
    if isinstance(error, PermissionDeniedException):
        return respond(request, 403, "csrf", error.detail, "the form's token is missing or old")
    codes = {404: "not-found", 405: "wrong-method", 413: "body-too-long", 429: "too-many-requests"}
    code = codes.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    answer = respond(request, error.status_code, code, _detail(error), PATHS)
    answer.headers.update(error.headers or {})  # `Allow` of a wrong method (RFC 9110 §15.5.6)
    return answer


def handle_database(request: AnyRequest, error: DBAPIError | psycopg.Error) -> Response[Any]:
    """Answer a fault of the database: nothing was changed, the same request may be sent again."""
    _log.error("database: %s", type(error.orig if isinstance(error, DBAPIError) else error).__name__)
    return respond(request, 503, "database-failed", "the hub's database does not answer", "try again in a moment")


def handle_value(request: AnyRequest, error: DBAPIError | psycopg.Error) -> Response[Any]:
    """Answer a value that no row can hold: a NUL in a text, a number beyond the column's."""
    _log.warning("a value that no row can hold on %r", request.scope["path"])
    return respond(request, 400, "bad-request", "a value is one that cannot exist here", PATHS)


def handle_text(request: AnyRequest, error: UnicodeDecodeError) -> Response[Any]:
    """Answer a body that is not UTF-8, as JSON always is (RFC 8259 §8.1)."""
    return respond(request, 400, "bad-request", "the body is not UTF-8", PATHS)


def handle_too_deep(request: AnyRequest, error: RecursionError) -> Response[Any]:
    """Answer a body whose lists or tables lie in each other without end."""
    return respond(request, 400, "bad-request", "the body is nested too deep", PATHS)


def handle_unforeseen(request: AnyRequest, error: Exception) -> Response[Any]:
    """Answer an error that nobody foresaw with a number that stands in the log beside it."""
    number = secrets.token_hex(4)
    _log.error("unforeseen %s on %r", number, request.scope["path"], exc_info=error)
    return respond(
        request, 500, "internal", f"something went wrong here; its number is {number}", "tell the operator the number"
    )


def respond(request: AnyRequest, status: int, code: str, detail: str, hint: str = "") -> Response[Any]:
    """Return a problem document to a program, a page to a person."""
    has_pages = request.app.template_engine is not None  # the auditor has none
    if has_pages and not request.url.path.startswith(("/api/", "/health", "/schema")):
        return problem_page(request, status=status, code=code, detail=detail, hint=hint)
    problem = Problem(
        type=f"urn:mianzheng:problem:{code}",
        title=code.replace("-", " "),
        status=status,
        detail=detail,
        code=code,
        hint=hint or HINT,
    )
    return Response(msgspec.json.encode(problem), status_code=status, media_type="application/problem+json")


def _detail(error: HTTPException) -> str:
    """Return what is wrong with a body, by its path; the value itself is not repeated."""
    if isinstance(error.extra, list):
        found = [one for one in error.extra if isinstance(one, dict)]
        if any(one.get("key") == "data" and one.get("message") == "'data'" for one in found):
            return "the body is missing"  # the framework's words for it are a bare KeyError
        parts = [f"{one.get('key', 'body')}: {one.get('message', '')}" for one in found]
        return "; ".join(parts) or error.detail
    return error.detail


HANDLERS = {
    MianzhengError: handle_known,
    HTTPException: handle_http,
    DBAPIError: handle_database,
    psycopg.Error: handle_database,
    DataError: handle_value,
    psycopg.DataError: handle_value,
    RecursionError: handle_too_deep,
    UnicodeDecodeError: handle_text,
    Exception: handle_unforeseen,
}
