"""The ways back: a refused case runs again, an escalated one gets a handler, what was granted wrongly is taken back."""

from __future__ import annotations

import msgspec

from mianzheng.cases import asking, declarations, fees
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.delivering import again_later
from mianzheng.cases.evidence import usable_sheets
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import tell
from mianzheng.cases.parts import Sent
from mianzheng.cases.staff import BadAct, require
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.model.case import EDGES, State
from mianzheng.model.officers import Assign, Reopen, Revoke, Staff
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text


async def reopen(live: LiveCase, act: Reopen, signed: Certified, staff: Staff) -> None:
    """Let a case that was refused or not accepted run again, with a clock of its own."""
    require(staff, department=live.version.handling, roles={"officer", "head"})
    if State.REOPENED not in EDGES[live.state] or live.row.decision == "granted":
        raise NotInThisState(f"the case is {live.state}", hint="only a refused case, or one not accepted, is reopened")
    _check_reason(act.reason)
    await _reopen(live, act.reason, signed)


async def assign(live: LiveCase, act: Assign, signed: Certified, staff: Staff) -> None:
    """Give an escalated case 办不成事 to a handler: the way out of what could not be done."""
    require(staff, department=live.version.handling, roles={"head"})
    if live.state is not State.ESCALATED:
        raise NotInThisState(f"the case is {live.state}: nobody escalated it")
    _check_reason(act.reason)
    if live.row.decision == "refused" or live.procedure.told == "not-accepted":
        await _reopen(live, act.reason, signed)
        return
    change = Change(reason="assigned", handler=act.handler, procedure=live.procedure)
    tell(live, change, "assigned", _assigned(act.reason))
    if live.procedure.fee is not None and fees.is_due(live):
        await fees.ask_again(live, change)
        return
    await live.step(State.WAITING_PERSON, change)


async def go_on(live: LiveCase) -> bool:
    """From reopened: ask again while the signature still holds, else a person has the case."""
    now = live.hub.clock()
    change = Change(reason="runs-again", decision="undecided", decided_by="", due_at=now + live.hub.timings.lease)
    if live.permit is None or live.hub.seconds >= live.authorisation.exp or not usable_sheets(live):
        change.due_at = None
        await live.step(State.WAITING_PERSON, change)
    else:
        await live.step(State.ASKING, change)
    return True


async def revoke(live: LiveCase, act: Revoke, signed: Certified, staff: Staff) -> None:
    """Take back what was granted, with what that costs told; the handling gateway revokes the credential."""
    require(staff, department=live.version.handling, roles={"officer"})
    if State.REVOKED not in EDGES[live.state] or live.row.decision != "granted":
        raise NotInThisState(f"the case is {live.state}", hint="only what was granted and delivered is revoked")
    if live.state is State.DECLARED and not declarations.broken(live):
        raise NotInThisState("no declaration was found untrue", hint="enter the finding declaration:<condition> first")
    _check_reason(act.reason)
    party, change = live.hub.gateway(live.version.handling), Change(reason="revoked")
    sent = Sent(
        id=new_id("w"),
        kind="revocation",
        party=party,
        wave=live.row.wave,
        token=msgspec.json.encode(signed).decode("ascii"),
    )
    change.requests, change.due_at = [sent], live.hub.clock() + live.hub.timings.lease
    change.procedure = msgspec.structs.replace(live.procedure, told="revoked", reason=act.reason)
    costs = [one.declaration.claw_back for one in declarations.broken(live) if one.declaration is not None]
    zh = f"已撤销：{act.reason}。" + "".join(one.zh for one in costs) + "您可以依法申请行政复议或提起诉讼。"
    en = " ".join([f"Revoked: {act.reason}.", *(one.en for one in costs), "You may go to review or court."])
    tell(live, change, "revoked", Text(zh=zh, en=en))
    await live.step(State.REVOKED, change)


async def tell_gateway(live: LiveCase, sent: Sent) -> bool:
    """From revoked: send the officer's step until the gateway has it."""
    letter = Letter(
        party=sent.party, path="/revocations", body=sent.token.encode("ascii"), content_type="application/json"
    )
    reply = await live.hub.peers.post(letter)
    if isinstance(reply, Got):
        made = live.note("decision", request=sent.id, party=sent.party, purpose="revoked")
        change = Change(reason="credential-revoked", answers={sent.id: reply.unverified}, entries=[made])
        await live.step(State.REVOKED, change)
        return True
    if isinstance(reply, Refusal):
        await asking.note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
    live.silent.add(sent.id)
    return await again_later(live)


async def _reopen(live: LiveCase, reason: str, signed: Certified) -> None:
    change = Change(reason="reopened", due_at=live.hub.clock() + live.hub.timings.lease)
    change.procedure = msgspec.structs.replace(
        live.procedure,
        reopened=signed,
        accepted_on=live.hub.days.today,
        decided_on=None,
        suspensions=(),
        extension=None,
        proposed_on=None,
        signature=None,
        shown=None,
        approvals={},
        told="",
        reason="",
        published=(),
        granted_before=False,
        upheld={},
    )
    change.decision, change.decided_by = "undecided", ""
    tell(live, change, "reopened", Text(zh=f"重新办理：{reason}", en=f"The case runs again: {reason}"))
    await live.step(State.REOPENED, change)


def _assigned(reason: str) -> Text:
    return Text(zh=f"“办不成事”已交办：{reason}", en=f"What could not be done has a handler now: {reason}")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise BadAct("this takes a reason: the person reads it")
