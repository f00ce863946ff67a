"""Who may call a route. Each route names its rule; one without a rule is closed and stops the start.

`anyone`: nothing personal is behind it. `department`: the body is signed by staff, and the
signature is the permission. `staff`: the request itself is signed by a certified staff key.
`page`: as `session`, for people's pages: the token lies in a cookie that no script reads; none of a presence.
`session`: a signed-in person; which rows are theirs, `own_case` says,
and another person's case is as if it did not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from litestar import route
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.memory import Recent
from mianzheng.cases.opening import GUEST, Applicant
from mianzheng.cases.staff import read_request as read_staff
from mianzheng.cases.standing_word import refusal_of
from mianzheng.cases.view import narrowed, own_view_of, owner_of
from mianzheng.decision.audience import CLERK, FORMER, RESIDENT, Viewer
from mianzheng.model.case import CaseView
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.web.sessions import SESSION_COOKIE, NotSignedIn, read_session

VIEWS = ("resident", "agent", "clerk")


class Access(StrEnum):
    """The access rules."""

    ANYONE = "anyone"
    DEPARTMENT = "department"
    PAGE = "page"
    SESSION = "session"
    STAFF = "staff"


def rule(access: Access) -> dict[str, Any]:
    """Return the `opt` of a route with this access rule."""
    return {"access": access}


def public(path: str) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Return the decorator of a page that anybody may open, by GET or HEAD: opening it changes nothing.

    Pages of one's own answer GET alone: opening a paper serves it, and no program that looks at links may do that.
    """
    return route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=200, opt=rule(Access.ANYONE))


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through only as the route's rule says."""
    access = handler.opt.get("access")
    if access is Access.SESSION:
        hub: Hub = connection.app.state.hub
        token = _token_of(connection)
        connection.state.applicant = (await read_session(hub, token, connection.app.state.sessions)).applicant
        connection.state.token = token
    elif access is Access.PAGE:
        token = connection.cookies.get(SESSION_COOKIE, "")
        session = await read_session(connection.app.state.hub, token, connection.app.state.sessions)
        if session.applicant.presence:  # a clerk's program holds it, and asks the API
            raise NotSignedIn("pages are for the person alone", hint="sign in yourself")
        connection.state.applicant, connection.state.ways = session.applicant, session.ways
        connection.state.token = token
    elif access is Access.STAFF:
        connection.state.staff = read_staff(connection.app.state.hub, connection.headers.get("authorization", ""))
    elif access not in (Access.ANYONE, Access.DEPARTMENT):
        raise NotSignedIn("this route has no access rule")


async def bearer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Applicant | None:
    """Return whose session a request came within, None for none; `NotSignedIn` for one that has ended."""
    token = _token_of(connection)
    if not token:
        return None
    return (await read_session(connection.app.state.hub, token, connection.app.state.sessions)).applicant


def _token_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


async def own_case(
    hub: Hub, case: str, applicant: Applicant, *, opened: Recent[str, LiveCase] | None = None
) -> LiveCase:
    """Return a case of the signed-in person; `NotFound` when there is none or it is another's.

    A case in `opened` is still in this process's hands; if it was moved elsewhere since, the next
    step is overtaken and it is read again. One opened for another: `MandateRefused` when the mandate does not stand
    now, `Unavailable` when its authority does not say so.
    """
    live = (opened.take(case) if opened else None) or await load(hub, case)
    if not secrets.compare_digest(live.row.owner, hub.vault.pseudonym("cases", applicant.pairwise)):
        raise NotFound(f"there is no case {case}")
    if not may_show(live, applicant):
        raise NotFound(f"there is no case {case}")
    if (refusal := await refusal_of(live, fresh=True)) is not None:
        raise refusal
    return live


def may_show(live: LiveCase, applicant: Applicant) -> bool:
    """Tell whether a session may show its person's own case: one of a presence, where a clerk looks on, only such."""
    return not applicant.presence or bool(live.opening.presence)


def is_beside_a_clerk(live: LiveCase, applicant: Applicant) -> bool:
    """Tell whether a session shows its person's case as a clerk may see it, who holds the session and looks on.

    In the sitting in which a case was opened its person reads it on a screen of their own; in a later one, of whatever
    level, a clerk of any department may sit there: nothing special is read then.
    """
    return bool(applicant.presence) and (applicant.presence == GUEST or applicant.presence != live.opening.presence)


async def own_view(live: LiveCase, applicant: Applicant) -> CaseView:
    """Return a person's own case as their session may show it now."""
    return await own_view_of(live, CLERK if is_beside_a_clerk(live, applicant) else None, beside=_acts(applicant))


def _acts(applicant: Applicant) -> bool:
    """Tell whether the person of a presence acts in its session; a guest signs on their own phone."""
    return applicant.presence not in ("", GUEST)


async def seen_case(
    hub: Hub, case: str, applicant: Applicant, wanted: str = "", *, history: bool = False
) -> tuple[LiveCase, Viewer]:
    """Return a case and as whom the signed-in person may see it; `NotFound` when they have no part in it.

    `wanted` asks for the view of another (agent, clerk): a narrower one is given, a wider one never; `WrongUse` for
    one that does not exist. An agent reads as long as the mandate stands, by a word of its authority at most a minute
    old; then they are refused as in `own_case`, or with `history` see that they were an agent and no more.
    """
    if wanted and wanted not in VIEWS:
        raise WrongUse(f"view is one of {', '.join(VIEWS)}", hint="without a view: what the signed-in person may see")
    live = await load(hub, case)
    if secrets.compare_digest(live.row.owner, hub.vault.pseudonym("cases", applicant.pairwise)):
        if not may_show(live, applicant):
            raise NotFound(f"there is no case {case}")
        if (refusal := await refusal_of(live, fresh=False)) is not None:
            if history:
                return live, FORMER
            raise refusal
        return live, narrowed(owner_of(live), "clerk" if is_beside_a_clerk(live, applicant) else wanted)
    for role, part in live.participants.items():
        if part.pairwise == applicant.pairwise and not applicant.presence:
            if role == live.version.item.acting_role:  # whom another acts for reads it as their own
                return live, narrowed(RESIDENT, wanted)
            return live, Viewer(kind="linked", role=role)
    raise NotFound(f"there is no case {case}")
