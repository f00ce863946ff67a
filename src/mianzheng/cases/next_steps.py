"""What the person can do now, state by state; a state that is missing needs nothing of them.

The words follow from the acts that are offered (`own_acts`), so that nobody is told of one that would be refused.
"""

from __future__ import annotations

from mianzheng.cases.acts_on import is_sealed_to_principal
from mianzheng.cases.halting import MANDATE_OVER
from mianzheng.cases.live import LiveCase
from mianzheng.cases.own_acts import open_acts
from mianzheng.cases.parts import ActsFor
from mianzheng.cases.readers import owner_of
from mianzheng.cases.refusal_words import REFUSAL, refusal_words
from mianzheng.cases.unvouched import is_at_window, is_unvouched
from mianzheng.model.case import CaseAct, CaseView, State
from mianzheng.model.text import Text

NEXT_STEPS: dict[State, Text] = {
    State.ACCEPTED: Text(zh="请核对提问清单并签署授权。", en="Read the questions and sign the authorisation."),
    State.WAITING_REGISTER: Text(
        zh="有登记库暂时没有答复，系统会自动重试，您无须做任何事。",
        en="A register does not answer at the moment; it is asked again by itself, you need do nothing.",
    ),
    State.WAITING_SIGNATURE: Text(
        zh="需要另一位成年人本人签署：请向其发出一次性邀请码；其余查询照常进行。",
        en="Another adult must sign for themself: invite them by a one-time code; the rest goes on meanwhile.",
    ),
    State.WAITING_PERSON: Text(
        zh="您的申请已转给办理部门的工作人员，您无须再来。",
        en="Your case is with a member of staff of the department; you need not come again.",
    ),
    State.CONTESTED: Text(
        zh="您的异议已记录，有关答案视为未定。", en="Your contest is recorded; the answer counts as unknown."
    ),
    State.REFUSED: Text(
        zh="您可以依法申请行政复议或提起诉讼。", en="You may apply for administrative review or go to court."
    ),
    State.ESCALATED: Text(zh="已作为“办不成事”上报。", en="Reported as something that could not be done."),
    State.DELIVERED: Text(zh="请领取您的证照。", en="Fetch your credential."),
    State.CORRECTION: Text(
        zh="请一次补正通知所列内容，并重新签署。", en="Correct all that the notice lists, once, and sign again."
    ),
    State.NOT_ACCEPTED: Text(
        zh="您可以依法申请行政复议或提起诉讼。", en="You may apply for administrative review or go to court."
    ),
    State.ACCEPTED_INCOMPLETE: Text(
        zh="已容缺受理，请在期限内补齐；补齐后告知即重新核查。",
        en="Accepted incomplete: what is missing is awaited; say so when it is there and it is asked again.",
    ),
    State.VISIT_BOOKED: Text(zh="请按通知的日期和地点到场。", en="Be there on the day the notice names."),
    State.SUSPENDED: Text(zh="期限中止计算，原因见通知。", en="The clock stands still; the notice says why."),
    State.PUBLIC_NOTICE: Text(zh="拟准予，正在公示。", en="To be granted; the public notice runs."),
    State.FEE_DUE: Text(
        zh="请在期限内缴纳费用，缴清后送达；期满未缴的，本件终结，可以重新申请。",
        en="Pay the fee within its term, then it is delivered; else the case ends and you may apply again.",
    ),
    State.DECLARED: Text(zh="已送达，承诺将在期限内核查。", en="Delivered; what you declared is checked in time."),
    State.REOPENED: Text(zh="您的申请已重新办理。", en="Your case runs again."),
    State.REVOKED: Text(
        zh="已撤销，理由见通知。您可以依法申请行政复议或提起诉讼。",
        en="Revoked for the reason in the notice. You may apply for administrative review or go to court.",
    ),
}
_APPLY_ANEW = Text(
    zh="没有受理，没有查询任何信息。请重新核验或由本人签名，再次申请；原因见通知。",
    en="Not accepted, nobody was asked; the notice says why. See the person again or let them sign, and apply anew.",
)
_SIGN_ANEW = Text(
    zh="没有受理，没有查询任何信息。请用登记在您名下的手机或通行密钥签名，再次申请；原因见通知。",
    en="Not accepted, nobody was asked; the notice says why. Apply again and sign with a phone or passkey of your own.",
)
_TO_BE_GRANTED = Text(zh="拟准予，等待工作人员签署。", en="To be granted; an officer signs it.")


_TELL_PRINCIPAL = Text(
    zh="结果密封给委托人本人，您打不开：请告诉对方来领取。",
    en="The result is sealed to whoever mandated you, and you cannot open it: tell them to fetch it.",
)
_HAND_ON = Text(
    zh="证照密封给您在本件用的钥匙：请领取，交给委托您的人。",
    en="The credential is sealed to the key you used in this case: fetch it and hand it to whoever mandated you.",
)
_OF_BODY = Text(zh="请领取贵单位的证照。", en="Fetch the credential of your body.")


_GIVE_UP = Text(zh="您也可以撤回，或者上报“办不成事”。", en="You may also withdraw, or say that it cannot be done.")
_WITH_AGENT = Text(
    zh="委托有效期间，由受委托的人接着办；委托终止的，本件随之停止。",
    en="While the mandate stands, whoever acts on it goes on with the case; when it ends, the case stops with it.",
)
_WITH_APPLICANT = Text(zh="由申请人接着办。", en="The applicant goes on with it.")
_GRANT_ANOTHER = Text(
    zh="委托已不能用，原因见通知。仍要办的，请委托人重新作一份委托，或由其本人办理。",
    en="The mandate serves no more; the notice says why. If it is still wanted, whoever mandated you grants another,"
    " or applies themself.",
)
_APPLY_YOURSELF = Text(
    zh="委托已不能用，原因见通知。仍要办的，您可以自己申请，或重新作一份委托。",
    en="The mandate serves no more; the notice says why. If it is still wanted, apply yourself or grant another.",
)
OF_FORMER_AGENT = Text(
    zh="现在不能替对方办，也不能看：委托已撤销、到期或上锁，或者核验机关暂时没有答复。这里只留您自己办过的步骤。",
    en="You may neither act nor read for the other now: the mandate was revoked, has ended or is locked, or its"
    " authority does not answer at the moment. What you did yourself is all that is left here.",
)
_OPENERS = frozenset({State.ACCEPTED, State.WAITING_SIGNATURE, State.CORRECTION, State.ACCEPTED_INCOMPLETE})
"""States in which whoever opened the case has something to do, beside a proposed refusal."""
_RESTS_ON: dict[State, CaseAct] = {State.CORRECTION: "corrected", State.ACCEPTED_INCOMPLETE: "supply"}


def next_step_of(live: LiveCase, view: CaseView) -> Text | None:
    """Return what a reader can do now, or what is done for them; `view`: what else they read, its acts and notices.

    An act is named only while it is open: to the reader, or to the applicant whose case a clerk reads beside them.
    """
    if is_unvouched(live):
        return _APPLY_ANEW if is_at_window(live) else _SIGN_ANEW
    if live.state is State.WITHDRAWN and any(one.kind == MANDATE_OVER for one in view.notices):
        return _APPLY_YOURSELF if view.seen_as == "resident" else _GRANT_ANOTHER
    if live.state is State.PROPOSED and live.row.decision == "granted":
        return _TO_BE_GRANTED
    own = view.seen_as == owner_of(live).kind
    if live.state is State.PROPOSED and (own or live.opening.acting is None):
        return refusal_words(live, view, _acts(live, view), own=own)
    if live.state is State.PROPOSED:
        return _after(REFUSAL, _WITH_AGENT)
    if live.state in _OPENERS and not own and (live.opening.acting is not None or view.seen_as == "linked"):
        return _WITH_APPLICANT if live.opening.acting is None else _WITH_AGENT
    if live.state is State.DELIVERED and view.seen_as == "agent" and live.opening.acting is not None:
        return _of_result(live.opening.acting)
    return _by_state(live.state, _acts(live, view))


def _acts(live: LiveCase, view: CaseView) -> tuple[CaseAct, ...]:
    """Return the acts that words may name: the reader's own, or the applicant's to whom a clerk reads them."""
    beside = view.seen_as in ("agent", "clerk") and live.opening.acting is None
    return open_acts(live) if beside else view.acts


def _by_state(state: State, acts: tuple[CaseAct, ...]) -> Text | None:
    if state in _RESTS_ON and _RESTS_ON[state] not in acts:
        return None
    text = NEXT_STEPS.get(state)
    if text is not None and state is State.FEE_DUE and {"withdraw", "escalate"} <= set(acts):
        return _after(text, _GIVE_UP)
    return text


def _of_result(acting: ActsFor) -> Text:
    """Return what an agent, or who speaks for a body, does with what was delivered."""
    if acting.body:
        return _OF_BODY
    return _TELL_PRINCIPAL if is_sealed_to_principal(acting.mandate) else _HAND_ON


def _after(first: Text, second: Text) -> Text:
    return Text(zh=first.zh + second.zh, en=f"{first.en} {second.en}")
