"""An application for which no authority vouches: whoever signed is not shown to be the person it is for.

Nobody has applied then, so the department accepts nothing 受理 and nothing was asked about anybody: the case ends where
it stands, with a notice of what was wrong, and the one who handed the signature in is told so at once. Authority and
case list keep that it was tried: the person reads both.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from mianzheng.cases.change import Change
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.notices import tell
from mianzheng.cases.parts import Sent
from mianzheng.credentials.keys import thumbprint
from mianzheng.model.case import State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.presence import PRESENCE_SECONDS
from mianzheng.model.text import Text
from mianzheng.store.cases import cases_of

UNVOUCHED = "bundle-refused"
PARTY_GONE = "mandate-party-gone"  # of a body without a mandate: its register names somebody else
OVER = ": nothing was accepted, nobody was asked, and this application is over"
NOT_NAMED = "not-named"  # of the case's procedure and of the notice
AT_WINDOW = Text(
    zh="身份核验机关没有确认签名的人就是申请人，本件没有受理，也没有查询任何信息。窗口核验通过后半小时内只办一件，"
    "由当时核验的工作人员签名；请重新核验，或由本人用自己的密钥签名，再次申请。",
    en="The authority does not vouch that whoever signed is the applicant: nothing was accepted and nobody was asked. "
    "A presence opens one case within half an hour, signed by the clerk who began it. See the person again, or let "
    "them sign with their own enrolled key, and apply anew.",
)
BY_ONESELF = Text(
    zh="身份核验机关没有确认签名的人就是申请人，本件没有受理，也没有查询任何信息。签名用的手机、通行密钥要登记在申请人本人名下；"
    "请用本人的再次申请。不清楚哪一把是自己的，请到任一窗口办理。",
    en="The authority does not vouch that whoever signed is the applicant: nothing was accepted and nobody was asked. "
    "The phone or passkey that signs must be enrolled for the applicant: apply again with your own, or come to any "
    "window.",
)

FOR_BODY = Text(
    zh="按登记册，签名的人不代表这个单位，本件没有受理，也没有查询任何信息。"
    "请由登记的法定代表人签名，再次申请；刚变更的，先办变更登记。",
    en="The register does not say that whoever signed speaks for this body: nothing was accepted and nobody was asked. "
    "Let its registered legal representative sign and apply anew; after a change, have the register changed first.",
)


class Unvouched(MianzhengError):
    """The authority's last word on a signature: it names nobody by it. Which part is wrong it does not say."""

    code = UNVOUCHED


async def end(live: LiveCase, sent: Sent) -> None:
    """From authorised: end a case whose person no authority names, told in writing."""
    change = Change(reason=UNVOUCHED, answers={sent.id: None}, decision="undecided", decided_by="")
    change.procedure = msgspec.structs.replace(live.procedure, told=NOT_NAMED)
    tell(live, change, NOT_NAMED, _words(live))
    await live.step(State.WITHDRAWN, change)


def is_no_representative(live: LiveCase, code: str) -> bool:
    """Tell whether an authority of bodies refused a case because whoever signed does not speak for the body."""
    return code == PARTY_GONE and _is_for_body(live)


def _is_for_body(live: LiveCase) -> bool:
    """Tell whether whoever opened the case speaks for a body by themselves, on nobody's mandate."""
    acting = live.opening.acting
    return acting is not None and bool(acting.body) and not acting.mandate


def _words(live: LiveCase) -> Text:
    if _is_for_body(live):
        return FOR_BODY
    return AT_WINDOW if is_at_window(live) else BY_ONESELF


def is_unvouched(live: LiveCase) -> bool:
    """Tell whether a case ended because no authority named its person."""
    return live.procedure.told == NOT_NAMED


def is_at_window(live: LiveCase) -> bool:
    """Tell whether a clerk signed for the person, or beside their presence."""
    return bool(live.signed.presence or live.signed.certificate)


async def refuse(live: LiveCase, *, clerk: str = "") -> None:
    """Raise `Unvouched` for a case that ended so: whoever handed the signature in learns it from the answer.

    The authority does not say what was wrong. What the hub can see it adds: `clerk` is the key that began the presence
    of this session, and the case that this presence opened before stands in the same person's list.
    """
    if not is_unvouched(live):
        return
    signed = live.signed
    if clerk and thumbprint(signed.assertion.key) != clerk:
        raise Unvouched(
            f"another clerk began this presence{OVER}",
            code="another-clerk",
            hint="the clerk who saw the person signs beside it, in a new case; or see the person again",
        )
    if signed.presence and (other := await _opened_before(live, signed.presence)):
        raise Unvouched(
            f"this presence has opened case {other} already{OVER}",
            code="presence-used",
            hint="see the person again: a presence opens one case",
        )
    raise Unvouched(
        f"the authority does not vouch that whoever signed is the applicant{OVER}",
        hint="a presence opens one case within half an hour, by the key of the clerk who began it: see the person "
        "again; else they sign with their own enrolled key",
    )


async def _opened_before(live: LiveCase, presence: str) -> str:
    """Return another case of this person that was signed beside the same presence, "" for none."""
    hub = live.hub
    async with hub.store.connection() as connection:
        cases = await cases_of(connection, live.row.owner)
    began = live.row.created_at - timedelta(seconds=PRESENCE_SECONDS)
    for case in cases:  # newest first
        found = await load(hub, case)
        if found.row.created_at < began:
            break
        beside = found.permit is not None and found.permit.presence == presence
        if case != live.id and beside and not is_unvouched(found):
            return case
    return ""
