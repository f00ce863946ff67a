"""Objections to a public notice 公示: anybody who signed in may object; the handler hears them before a grant."""

from __future__ import annotations

import msgspec

from mianzheng.cases.change import NotInThisState
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also
from mianzheng.cases.opening import Applicant
from mianzheng.cases.staff import BadAct
from mianzheng.cases.turning import same
from mianzheng.model.case import State


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Who objects, by the authority's word for this hub, and why; encrypted under the case's key."""

    pairwise: str
    reason: str


async def object_to(live: LiveCase, applicant: Applicant, reason: str) -> None:
    """Take an objection; it stops the grant until an officer has heard it."""
    if live.state is not State.PUBLIC_NOTICE:
        raise NotInThisState("no public notice of this case runs", hint="GET /notices lists those that do")
    if not reason.strip():
        raise BadAct("an objection takes a reason")
    content = msgspec.json.encode(Objection(pairwise=applicant.pairwise, reason=reason))
    change = same(live, "objection")
    also(change, objection=live.key.encrypt(content, context=f"{live.id}:objection"))
    await live.step(State.PUBLIC_NOTICE, change)
