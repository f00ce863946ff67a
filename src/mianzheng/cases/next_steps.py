"""What the person can do now, state by state; a state that is missing needs nothing of them."""

from __future__ import annotations

from mianzheng.cases.acts_on import is_sealed_to_principal
from mianzheng.cases.causes import blames_no_answer, is_granted_before
from mianzheng.cases.live import LiveCase
from mianzheng.cases.unvouched import is_at_window, is_unvouched
from mianzheng.model.case import State
from mianzheng.model.text import Text

NEXT_STEPS: dict[State, Text] = {
    State.ACCEPTED: Text(zh="请核对提问清单并签署授权。", en="Read the questions and sign the authorisation."),
    State.PROPOSED: Text(
        zh="机器拟不予办理。您可以接受、对某项答案提出异议，或请工作人员办理。",
        en="The machine proposes a refusal. Accept it, contest an answer, or ask for a person.",
    ),
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
        zh="请在期限内缴纳费用，缴清后送达；期满未缴的，本件终结，可以重新申请。您也可以撤回，或者上报“办不成事”。",
        en="Pay the fee within its term, then it is delivered; else the case ends and you may apply again. You may also"
        " withdraw, or say that it cannot be done.",
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
_STATED_OTHERWISE = Text(
    zh="机器拟不予办理，原因是您填的内容。填错了，可以撤回，重新申请；也可以接受，或请工作人员办理。",
    en="The machine proposes a refusal, because of what was stated. If that is mistaken, withdraw and apply again; or"
    " accept it, or ask for a person.",
)
_GRANTED_BEFORE = Text(
    zh="机器拟不予办理：同一待遇已经批准过。您可以接受，或请工作人员办理。",
    en="The machine proposes a refusal, as the same payment was granted before. Accept it, or ask for a person.",
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


def next_step_of(live: LiveCase, viewer: str = "resident") -> Text | None:
    """Return what a reader can do now, or what is done for them; `viewer`: as whom they read (`CaseView.seen_as`)."""
    if is_unvouched(live):
        return _APPLY_ANEW if is_at_window(live) else _SIGN_ANEW
    if live.state is State.PROPOSED and live.row.decision == "granted":
        return _TO_BE_GRANTED
    if live.state is State.PROPOSED and viewer in ("resident", "agent") and blames_no_answer(live):
        return _GRANTED_BEFORE if is_granted_before(live) else _STATED_OTHERWISE
    if live.state is State.DELIVERED and viewer == "agent" and (acting := live.opening.acting) is not None:
        if acting.body:
            return _OF_BODY
        return _TELL_PRINCIPAL if is_sealed_to_principal(acting.mandate) else _HAND_ON
    return NEXT_STEPS.get(live.state)
