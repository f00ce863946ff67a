"""What the person can do now, state by state; a state that is missing needs nothing of them."""

from __future__ import annotations

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
}
