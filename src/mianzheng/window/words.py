"""What the window says: states of a case, ways of being seen, and what an error means to a clerk."""

from __future__ import annotations

from mianzheng.look import problems
from mianzheng.model.case import State
from mianzheng.model.text import Text

STATES: dict[State, Text] = {
    State.APPLIED: Text("已申请", "applied"),
    State.ACCEPTED: Text("已受理，待签署", "accepted, to be signed"),
    State.CORRECTION: Text("待补正", "to be corrected"),
    State.NOT_ACCEPTED: Text("不予受理", "not accepted"),
    State.AUTHORISED: Text("已授权", "authorised"),
    State.ASKING: Text("正在提问", "being asked"),
    State.UNDECIDED: Text("未决", "undecided"),
    State.ACCEPTED_INCOMPLETE: Text("容缺受理", "accepted incomplete"),
    State.VISIT_BOOKED: Text("已约上门", "visit booked"),
    State.PUBLIC_NOTICE: Text("公示中", "public notice"),
    State.SUSPENDED: Text("中止计时", "suspended"),
    State.PROPOSED: Text("机器拟定", "proposed"),
    State.GRANTED: Text("准予，部门签署中", "granted, being signed"),
    State.REFUSED: Text("不予", "refused"),
    State.ISSUED: Text("已签发", "issued"),
    State.FEE_DUE: Text("待缴费", "fee due"),
    State.DECLARED: Text("已办结，承诺待核查", "done, promise to be checked"),
    State.DELIVERED: Text("已办结", "done"),
    State.WAITING_REGISTER: Text("等待登记库", "waiting for a register"),
    State.WAITING_PERSON: Text("转人工办理", "with a person"),
    State.WAITING_SIGNATURE: Text("待他人签署", "another must sign"),
    State.CONTESTED: Text("存疑", "contested"),
    State.WITHDRAWN: Text("已撤回", "withdrawn"),
    State.ESCALATED: Text("办不成事", "cannot be done"),
    State.REOPENED: Text("重新办理", "runs again"),
    State.REVOKED: Text("已撤销", "revoked"),
    State.ENDED: Text("已办结", "ended"),
    State.ARCHIVED: Text("已归档", "archived"),
}
METHODS: dict[str, Text] = {
    "window": Text("两人核验，两问答对", "two staff, two questions answered"),
    "call": Text("回拨登记电话，验证码对", "called back, the code was right"),
    "face": Text("人脸比对通过", "face compared"),
    "chip": Text("读取证件芯片", "chip of the card read"),
    "code": Text("本人手机", "own phone"),
}
KINDS: dict[str, Text] = {
    "行政许可": Text("行政许可", "licence"),
    "行政确认": Text("行政确认", "confirmation"),
    "行政给付": Text("行政给付", "benefit"),
    "行政奖励": Text("行政奖励", "award"),
    "行政裁决": Text("行政裁决", "ruling"),
    "公共服务": Text("公共服务", "public service"),
    "其他行政权力": Text("其他行政权力", "other public act"),
}
EVERY: dict[str, Text] = {
    "once": Text("一次性", "once"),
    "month": Text("每月", "a month"),
    "quarter": Text("每季度", "a quarter"),
    "year": Text("每年", "a year"),
}
PAPERS: dict[str, Text] = {
    "due": Text("可以出具", "can be made"),
    "made": Text("已盖章，未送达", "sealed, not delivered"),
    "sent": Text("邮寄中", "in the post"),
    "delivered": Text("已送达", "delivered"),
}
WAYS: dict[str, Text] = {
    "": Text("", ""),
    "screen": Text("本人在网上打开", "opened on screen"),
    "window": Text("当面交付", "handed over"),
    "post": Text("邮寄", "by post"),
}
WAITS_FOR: dict[str, Text] = {
    "window": Text("等本人来取", "to be fetched"),
    "post": Text("等寄出", "to be posted"),
}
TICKETS: dict[str, Text] = {
    "waiting": Text("排队", "waiting"),
    "called": Text("在办", "being served"),
    "paused": Text("放一放", "put aside"),
    "done": Text("办完", "done"),
    "absent": Text("未到", "did not come"),
}
HAND_OVER: dict[str, Text] = {
    "elsewhere": Text("该去别的窗口", "belongs to another window"),
    "avoidance": Text("我须回避", "I may not handle it"),
    "rest": Text("换班", "end of my shift"),
}
SAID: dict[str, Text] = {
    "drawn": Text("已取号", "Number drawn"),
    "handed-over": Text("已移交", "Handed over"),
    "paper-returned": Text("委托书已收回登记，次日生效", "The paper is taken in; the mandate holds from the next day"),
    "mandate-ended": Text("这一份委托已撤销", "This mandate is ended"),
    "mandates-ended": Text("本人授予的委托已全部撤销", "All mandates of this person are ended"),
    "escalated": Text("已作为“办不成事”上报，由负责人接手", "Reported as something that cannot be done"),
    "presence-refused": Text(
        "核验没有通过。哪一处不对不会说；可再问两道题，或读卡、人脸",
        "Not verified. Which part failed nobody says: ask two other questions, read the card, or the face",
    ),
    "presence-used": Text("这次核验已办过一件，请再核验一次", "This presence has opened a case: see the person again"),
    "another-clerk": Text("由当时核验的工作人员签名", "The clerk who saw the person signs beside it"),
    "bundle-refused": Text(
        "公安没有确认签名的人就是本人：没有受理，没有查询任何信息。请重新核验后再申请",
        "The authority does not vouch for this signature: nothing was accepted or asked. See the person again",
    ),
    "bad-step": Text(
        "这件事由当时签署的工作人员接着办：别人的钥匙不能替他签",
        "The clerk who signed this case goes on with it: no other key signs its steps",
    ),
    "presence-unavailable": Text("公安的登记库或比对设备暂时没有回答", "The authority or its comparer does not answer"),
    "presence-budget-used-up": Text("今天的核验次数已用完", "No presence can be begun any more today"),
    "clerk-unknown": Text("公安不认可本窗口的工作人员钥匙", "The authority does not know the key of this window"),
    "reader-refused": Text("读卡器没有读到卡", "The reader read no card"),
    "no-reader": Text("本窗口没有接读卡器", "No reader stands at this window"),
    "no-picture": Text("摄像头没有拍到", "The camera took nothing"),
    "no-witness": Text("第二席没有人，不能两人核验", "Nobody sits on the second seat"),
    "bad-number": Text("这不是一个公民身份号码，请再输一次", "That is no citizen number: type it again"),
    "bad-code": Text("这个码不对，或已过期", "The code is wrong, or too old"),
    "nobody-here": Text("窗口前还没有人", "Nobody sits here"),
    "nobody-waits": Text("没有人在等", "Nobody waits"),
    "not-in-hands": Text("这个号已不在您手里", "The number is not in your hands any more"),
    "another-handler": Text("这件事须由其他人办理", "Another must handle this"),
    "not-assigned": Text("请先领办", "Take the case first"),
    "paper-handed": Text(
        "已登记：当面交给本人，即为送达。送达回证可以打印",
        "Entered: handed over, and so delivered; its receipt can be printed",
    ),
    "paper-posted": Text("已登记寄出。妥投后再登记送达", "Entered: posted. Enter its arrival when the post says so"),
    "paper-arrived": Text("已登记妥投，即为送达", "Entered: it arrived, and so is delivered"),
    "paper-delivered": Text(
        "这份文书早已送达：首次送达的那一天算数，没有再改",
        "This paper was delivered before: the first day counts, and nothing was changed",
    ),
    "paper-not-posted": Text(
        "还没有登记寄出：先登记邮件号，再登记妥投", "It was not posted: enter its tracking number first"
    ),
    "paper-day": Text(
        "这一天不对：不能早于文书或寄出的日期，也不能晚于今天",
        "Not that day: none before the paper or the posting, and none after today",
    ),
    "no-tracking": Text("请写邮件号：挂号才查得到是否妥投", "Write the tracking number: by it the arrival is known"),
    "bad-payment": Text("收据的金额与应收的不同，或没有收据号", "Another sum than is due, or no receipt's number"),
    "not-staff": Text("本窗口的工作人员钥匙不能做这件事", "The key of this window may not do that"),
    "not-in-this-state": Text("这件事现在不能走这一步", "The case does not allow this step now"),
    "overtaken": Text("办件刚有新进展，请再看一眼", "The case has just moved on: look again"),
    "principal-unseen": Text("先核验委托人是本人", "See the principal first"),
    "bad-paper": Text("码不完整，请再扫一次或照着输", "The code is not whole: scan it again, or type it"),
    "mandate-refused": Text(
        "公安没有作出：人、号码、码或期限对不上，哪一处不说",
        "The authority made none: parties, code or terms do not belong together; which, it does not say",
    ),
    "mandate-locked": Text("委托人上了锁，谁也不能代办", "The principal has turned a lock on: nobody acts for them"),
    "mandate-party-gone": Text("委托人或代办人已不能委托", "One of the two can be no party of a mandate"),
    "agent-has-enough-mandates": Text(
        "这位代办人经您办的委托已有三份在用", "Three mandates of this agent that you signed stand already"
    ),
    "wrong-pin": Text("PIN 不对", "That is not the PIN"),
    "seat-rests": Text("PIN 输错五次，过一刻钟再试", "Five wrong PINs: again in a quarter of an hour"),
    "key-closed": Text("钥匙已锁上，请先输入 PIN", "The key is closed: open the seat first"),
    "wrong-kind": Text("这件事不是办给这类申请人的", "This item is not for this kind of applicant"),
    "hub-down": Text("平台暂时没有回答，已填的还在", "The hub does not answer; what you typed is kept"),
    "not-signed-in": Text("本次核验已过半小时，请再核验一次", "The presence has ended: see the person again"),
    "nothing-chosen": Text("请先选事项", "Choose an item first"),
    "not-stated": Text(
        "有必填的还没有说，已标出；其余都已记住。没有提交，也没有问任何人",
        "Something that must be said is missing and marked, the rest is kept; nothing was sent and nobody was asked",
    ),
    "nothing-asked": Text("请重新开始核验", "Begin the presence anew"),
    "wrong-use": Text("填写的内容有误", "Something typed is not right"),
    "bad-form": Text("填写的内容有误", "Something typed is not right"),
    "csrf": Text("页面放得太久，请再点一次", "The page was open too long: press again"),
}
NO_PAGE = Text("没有这个页面", "There is no such page")
OTHER = Text("这一步没有办成", "This step was not taken")
_MEANINGS: dict[str, Text] = {  # where a clerk does something else than whoever sits at home
    "not-found": Text(
        "这里没有这一页、这个事项或这一件。请回到窗口。", "No such page, item or case: back to the window."
    ),
    "not-signed-in": Text("核验已过半小时。请再核验一次。", "The presence has ended: see the person again."),
}


def meaning_of(code: str) -> Text:
    """Return what an error means at the window, and what to do."""
    return _MEANINGS.get(code) or problems.meaning_of(code)
