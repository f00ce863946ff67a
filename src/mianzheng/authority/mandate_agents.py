"""May the one whom a grant names be an agent? Whoever grants is told no, and never why.

An unknown number, a wrong name, one who died or has a court guardian: one refusal, after the same work. Else any
resident could ask by grants whether somebody died, or which name belongs to a number, and nobody would see it. So it is
the last thing that is asked, when only a mandate can follow, which the agent reads of; of a refused one the named
person reads too. Who is refused too often within a day grants nothing to anybody until it is over, in the same words.
"""

from __future__ import annotations

import msgspec

from mianzheng.authority.authority import Authority
from mianzheng.authority.mandate_proofs import refused

NOT_MADE = "mandate-not-made"  # kind of the line that the one named reads


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a grant names as agent, and by whom it is granted: number of who signed, clerk beside ("" for none)."""

    number: str
    name: str
    by: str
    clerk: str
    hub: str


def check_agent(authority: Authority, named: Named, *, at: int) -> None:
    """Raise `MandateRefused` unless the one named may be an agent; `Unavailable` while a register does not answer.

    Bodies name agents whom their authority does not know: theirs are looked at when they act.
    """
    if authority.kind != "person":
        return
    account = authority.secrets.pseudonym("tries", "grant", named.by)
    if authority.refused_grants.rests(account, at):
        raise refused()
    if _may_act(authority, named):
        return
    authority.refused_grants.failed(account, at)
    authority.journal.commit(
        lambda connection: authority.book.note(
            connection, NOT_MADE, at=at, hub=named.hub, number=named.number, role=named.clerk
        )
    )
    raise refused()


def _may_act(authority: Authority, named: Named) -> bool:
    """Ask everything of any number and name: neither time nor a register that is down tells which part failed."""
    records, number = authority.records, named.number
    called = authority.enrolment.name_of(number)
    dead, guarded = records.is_dead(number), records.lost_capacity(number)
    return bool(named.name) and called == named.name and not dead and not guarded
