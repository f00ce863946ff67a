"""Objections to a public notice 公示: anybody who signed in may object; the handler hears them before a grant.

The handler reads the reasons, never who objects. Who objected reads when and where the hearing 听证 is, and its end.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases.change import NotInThisState
from mianzheng.cases.findings import seen_of
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also
from mianzheng.cases.opening import Applicant
from mianzheng.cases.staff import BadAct
from mianzheng.cases.turning import same
from mianzheng.model.case import State
from mianzheng.model.officers import OBJECTION, ObjectionHeard
from mianzheng.store.procedure import objections_of


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
    also(change, objection=live.key.encrypt(content, context=_context(live)))
    await live.step(State.PUBLIC_NOTICE, change)


def read(live: LiveCase, content: bytes) -> Objection:
    """Return a stored objection."""
    return msgspec.json.decode(live.key.decrypt(content, context=_context(live)), type=Objection)


async def heard(live: LiveCase, applicant: Applicant) -> tuple[ObjectionHeard, ...]:
    """Return the objections of a signed-in person to a case, and what became of them; none: as of a stranger."""
    async with live.hub.store.connection() as connection:
        rows = await objections_of(connection, live.id)
    own = [one for one in (read(live, row) for row in rows) if one.pairwise == applicant.pairwise]
    booked = live.procedure.booked
    hearing = booked if booked is not None and booked.finding == OBJECTION else None
    found = next((one for one in seen_of(live) if one.name == OBJECTION), None)
    return tuple(
        ObjectionHeard(
            case=live.id,
            reason=one.reason,
            hearing_on=hearing.on if hearing else None,
            place=hearing.place if hearing else "",
            founded=None if found is None else found.value is True,
            answer="" if found is None else found.note,
        )
        for one in own
    )


def _context(live: LiveCase) -> str:
    return f"{live.id}:objection"
