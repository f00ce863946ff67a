"""An application for which no authority vouches: whoever signed is not shown to be the person it is for.

Nobody has applied then, so the department accepts nothing 受理 and nothing was asked about anybody: the case ends where
it stands, with a notice of what was wrong, and the one who handed the signature in is told so at once. A presence is
looked at before that, as far as the hub can see: which clerk began it, and what was signed beside it already.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.notices import tell
from mianzheng.cases.parts import Sent
from mianzheng.model.case import State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.presence import PRESENCE_SECONDS
from mianzheng.model.text import Text
from mianzheng.store.cases import cases_of

UNVOUCHED = "bundle-refused"
WORDS = Text(
    zh="身份核验机关没有确认签名的人就是申请人，本件没有受理，也没有查询任何信息。窗口核验通过后半小时内只办一件，"
    "由当时核验的工作人员签名；请重新核验，或由本人用自己的密钥签名，再次申请。",
    en="The authority does not vouch that whoever signed is the applicant: nothing was accepted and nobody was asked. "
    "A presence opens one case within half an hour, signed by the clerk who began it. See the person again, or let "
    "them sign with their own enrolled key, and apply anew.",
)


class Unvouched(MianzhengError):
    """The authority's last word on a signature: it names nobody by it. Which part is wrong it does not say."""

    code = UNVOUCHED


class PresenceUsed(MianzhengError):
    """A presence that was beside the signature of a case is not beside that of another."""

    code = "presence-used"


async def end(live: LiveCase, sent: Sent) -> None:
    """From authorised: end a case whose person no authority names, told in writing."""
    change = Change(reason=UNVOUCHED, answers={sent.id: None}, decision="undecided", decided_by="")
    change.procedure = msgspec.structs.replace(live.procedure, told="not-named")
    tell(live, change, "not-named", WORDS)
    await live.step(State.WITHDRAWN, change)


def is_unvouched(live: LiveCase) -> bool:
    """Tell whether a case ended because no authority named its person."""
    return live.procedure.told == "not-named"


def refuse_unvouched(live: LiveCase) -> None:
    """Raise `Unvouched` for a case that ended so: whoever handed the signature in learns it from the answer."""
    if is_unvouched(live):
        raise Unvouched(
            "the authority does not vouch that whoever signed is the applicant: the case is over, nobody was asked",
            hint="a presence opens one case within half an hour, by the key of the clerk who began it: see the person "
            "again; else they sign with their own enrolled key",
        )


async def refuse_used(hub: Hub, pairwise: str, presence: str) -> None:
    """Raise `PresenceUsed` when this person's case was signed beside this presence: nothing new is opened then."""
    async with hub.store.connection() as connection:
        cases = await cases_of(connection, hub.vault.pseudonym("cases", pairwise))
    began = hub.clock() - timedelta(seconds=PRESENCE_SECONDS)
    for case in cases:  # newest first
        live = await load(hub, case)
        if live.row.created_at < began:
            return
        if live.permit is not None and live.permit.presence == presence:
            raise PresenceUsed(
                f"this presence has opened case {case}: it opens no second one",
                hint="see the person again: `mianzheng presence`, or the window's page",
            )
