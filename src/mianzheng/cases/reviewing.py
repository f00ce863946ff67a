"""A contest 存疑 ends: the answering department corrected its record, or upholds its answer with a reason.

Corrected: its gateway is told by its own officer's step and lets the question be asked once more; the case runs
again, and cases decided on that answer are listed for review. Upheld: the answer counts again, and why is told.
"""

from __future__ import annotations

import msgspec

from mianzheng.cases.asking import EXPIRED, note
from mianzheng.cases.change import Change, NotInThisState
from mianzheng.cases.delivering import again_later
from mianzheng.cases.evidence import questions_of
from mianzheng.cases.hub import new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.notices import also, tell
from mianzheng.cases.parts import Sent
from mianzheng.cases.procedure import Correcting, Procedure, Upheld, key_of
from mianzheng.cases.staff import BadAct, require
from mianzheng.credentials import jws
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.exchange.reviews import BadCorrection, read_corrected
from mianzheng.model.case import State
from mianzheng.model.errors import NotFound
from mianzheng.model.evidence import QuestionAt, Status
from mianzheng.model.item import base_of
from mianzheng.model.officers import AnswerContest, CorrectionRequest, Staff
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text


async def answer(live: LiveCase, act: AnswerContest, signed: Certified, staff: Staff) -> None:
    """Take the answering department's word on a contest, or that it mended a record it did not hold."""
    at = (act.question, act.role)
    department = _department(live, at)
    require(staff, department=department, roles={"officer", "steward"})
    if live.state is not State.WAITING_PERSON:
        raise NotInThisState(f"the case is {live.state}", hint="a contest is answered while a person has the case")
    if live.open_requests("correction"):
        raise NotInThisState("another answer of this case is being corrected", hint="try again in a moment")
    if not act.reason.strip():
        raise BadAct("the person reads the reason")
    if act.outcome == "upheld":
        await _uphold(live, at, act, signed)
    else:
        await _correct(live, at, act, signed, department)


async def hear(live: LiveCase) -> bool:
    """From waiting for a person: tell the answering gateway of a correction that was committed."""
    sent = live.open_requests("correction")[0]
    request = sent.payload(CorrectionRequest)
    reply = await live.hub.peers.post(Letter(party=sent.party, path="/corrections", body=sent.token.encode("ascii")))
    if isinstance(reply, Got):
        try:
            corrected = read_corrected(
                reply.unverified, party=sent.party, asked=request, trust=live.hub.trust, now=live.hub.seconds
            )
        except BadCorrection as error:
            await note(live, code=error.code, party=sent.party, detail=f"{sent.id}: {error.message}")
        else:
            await _run_again(live, sent, (request.question, request.role), reply.unverified, corrected.cases)
            return True
    elif isinstance(reply, Refusal):
        await note(live, code=reply.code, party=sent.party, detail=f"{sent.id}: {reply.detail}")
        if reply.lasting and reply.code != EXPIRED:
            change = Change(reason=reply.code, answers={sent.id: None})
            change.procedure = msgspec.structs.replace(live.procedure, correcting=None)
            await live.step(State.WAITING_PERSON, change)
            return True
    live.silent.add(sent.id)
    return await again_later(live)


async def _uphold(live: LiveCase, at: QuestionAt, act: AnswerContest, signed: Certified) -> None:
    if at not in live.contests:
        raise NotFound(f"question {at[0]} about {at[1]} is not contested")
    upheld = Upheld(reason=act.reason, on=live.hub.days.today, signed=signed)
    kept = _without(live.procedure, at)
    change = Change(reason="contest-upheld", due_at=live.hub.clock() + live.hub.timings.lease)
    change.procedure = msgspec.structs.replace(kept, upheld={**kept.upheld, key_of(at): upheld})
    also(change, contest_ended=at)
    tell(
        live, change, "contest", Text(zh=f"答复部门维持原答案：{act.reason}", en=f"The answer is upheld: {act.reason}")
    )
    await live.step(State.ASKING, change)
    live.contests.pop(at, None)


async def _correct(live: LiveCase, at: QuestionAt, act: AnswerContest, signed: Certified, department: str) -> None:
    """Commit the request to the answering gateway; the question is asked afresh once it was heard."""
    answered = [sent for sent, sheet in live.sheets if sheet.role == at[1] and at[0] in sheet.answers]
    party, request_id = live.hub.gateway(department), new_id("k")
    made = live.note("asked", request=request_id, party=party, purpose="correction")
    request = CorrectionRequest(
        aud=party,
        iat=live.hub.seconds,
        request=request_id,
        case=live.id,
        role=at[1],
        question=at[0],
        answered=answered[-1].id,
        bundle=answered[-1].asked.bundle,
        signed=signed,
        act=act,
        entry=made.leaf,
    )
    token = jws.sign(request, key=live.hub.key, typ="mz-correction-request")
    change = Change(reason="answer-corrected", entries=[made])
    change.requests = [Sent(id=request_id, kind="correction", party=party, wave=live.row.wave, token=token)]
    change.procedure = msgspec.structs.replace(live.procedure, correcting=Correcting(question=at[0], role=at[1]))
    change.due_at, change.waits_until = live.hub.clock() + live.hub.timings.lease, live.row.waits_until
    zh = f"答复部门已更正记录：{act.reason}。将重新提问。"
    tell(live, change, "contest", Text(zh=zh, en=f"The record was corrected: {act.reason}. It is asked again."))
    await live.step(State.WAITING_PERSON, change)


async def _run_again(live: LiveCase, sent: Sent, at: QuestionAt, answer_: bytes, cases: tuple[str, ...]) -> None:
    old = [f"{one.id}:{at[0]}" for one in live.requests if one.kind == "answers" and at in questions_of(one)]
    kept = _without(live.procedure, at)
    change = Change(reason="contest-corrected", answers={sent.id: answer_})
    change.procedure = msgspec.structs.replace(
        kept, correcting=None, founded=False, superseded=(*dict.fromkeys((*kept.superseded, *old)),)
    )
    change.entries.append(live.note("answered", request=sent.id, party=sent.party, purpose="correction"))
    change.due_at = live.hub.clock() + live.hub.timings.lease
    reviews = tuple((case, at[0], at[1]) for case in cases if case != live.id)
    also(change, reviews=reviews, contest_ended=at)
    await live.step(State.ASKING, change)
    live.contests.pop(at, None)


def _department(live: LiveCase, at: QuestionAt) -> str:
    """Return whose answer is meant; `NotFound` unless it is contested, or the department said it holds none."""
    placed = live.version.placed.get((at[0], base_of(at[1])))
    said = [sheet.answers[at[0]].status for _, sheet in live.sheets if sheet.role == at[1] and at[0] in sheet.answers]
    open_ = at in live.contests or Status.NOT_HELD in said or live.procedure.founded
    if placed is None or not said or not open_:
        raise NotFound(f"question {at[0]} about {at[1]} is neither contested nor unanswered in this case")
    return live.hub.library.facts.registers[placed.question.register].department


def _without(kept: Procedure, at: QuestionAt) -> Procedure:
    """Return the procedure with one contest ended; signatures under what it came to before count no more."""
    contested = {key: day for key, day in kept.contested_on.items() if key != key_of(at)}
    return msgspec.structs.replace(kept, contested_on=contested, signature=None, shown=None, approvals={})
