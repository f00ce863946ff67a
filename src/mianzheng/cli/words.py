"""The words of docs/glossary.md that the terminal shows for states, answers and entries."""

from __future__ import annotations

from mianzheng.model.case import State
from mianzheng.model.scalar import Wire

DECISIONS = {"granted": "准予 granted", "refused": "不予 refused", "undecided": "未决 undecided"}
COLOURS = {"granted": "green", "refused": "yellow", "undecided": "cyan"}
DECIDED_BY = {
    "machine": "机器作出 by machine",
    "officer": "办事人员作出 by an officer",
    "proposed": "机器拟定 proposed",
}
STATUSES = {  # of an answer that is no value
    "not_held": "未掌握 not held",
    "unavailable": "暂无应答 unavailable",
    "contested": "存疑 contested",
    "withheld": "不向您显示 withheld",
    "not_asked": "未问 not asked",
}
RESULTS = {
    "true": "符合 holds",
    "false": "不符合 fails",
    "unknown": "未决 open",
    "not_examined": "未审查 not examined",
    "withheld": "不向您显示 withheld",
}
STATES = {
    State.APPLIED: "已申请 applied",
    State.ACCEPTED: "已受理 accepted",
    State.AUTHORISED: "已授权 authorised",
    State.ASKING: "提问中 asking",
    State.UNDECIDED: "未决 undecided",
    State.CORRECTION: "待补正 to be corrected",
    State.NOT_ACCEPTED: "不予受理 not accepted",
    State.ACCEPTED_INCOMPLETE: "容缺受理 accepted incomplete",
    State.VISIT_BOOKED: "已约查验 visit booked",
    State.PUBLIC_NOTICE: "公示中 public notice",
    State.SUSPENDED: "中止 suspended",
    State.FEE_DUE: "待缴费 fee due",
    State.DECLARED: "已送达，承诺待核查 declared",
    State.WAITING_SIGNATURE: "等待他人签署 waiting for a signature",
    State.REOPENED: "重新办理 reopened",
    State.REVOKED: "已撤销 revoked",
    State.ARCHIVED: "已归档 archived",
    State.PROPOSED: "拟定，待本人确认或签署 proposed",
    State.GRANTED: "已准予 granted",
    State.REFUSED: "已不予 refused",
    State.ISSUED: "已签发 issued",
    State.DELIVERED: "已送达 delivered",
    State.WAITING_REGISTER: "等待登记库 waiting for a register",
    State.WAITING_PERSON: "人工办理 waiting for a person",
    State.CONTESTED: "存疑 contested",
    State.WITHDRAWN: "已撤回 withdrawn",
    State.ESCALATED: "办不成事 escalated",
    State.ENDED: "办结 ended",
}
ENTRIES = {
    "asked": "提问 asked",
    "answered": "答复 answered",
    "refused": "拒绝 refused",
    "state": "状态 state",
    "decision": "决定 decision",
    "delivery": "送达 delivery",
    "paper": "盖章 seal",
    "view": "查看 view",
}
LINES = {  # of a person's list at a gateway
    "answered": "答复",
    "unavailable": "暂无应答",
    "bundle": "主体封包",
    "refused": "拒绝",
    "decision": "决定",
    "delivery": "送达",
    "paper": "文书盖章",
    "mandate-refused": "委托被拒",
    "mandate-not-made": "委托没有作出",
}
LINE_CODES = {
    "granted": "准予 granted",
    "refused": "不予 refused",
    "complete": "完成 complete",
    "mandate": "凭委托 on a mandate",
    "mandate-revoked": "委托已撤销 the mandate was ended",
    "mandate-locked": "本人已上锁 the person has it locked",
}
PURPOSES = {
    "correction": "更正答复",
    "revoked": "已撤销",
    "bundle": "主体封包",
    "decision": "请求决定",
    "granted": "准予",
    "refused": "不予",
    "delivery": "请求送达",
    "paper": "请求盖章",
    "sealed": "已盖章",
    "delivered": "已送达",
    "delivered-payment-waits": "已送达，待付款",
}
PROOFS = {
    "pending": "待入树 pending",
    "signed": "已签名 signed",
    "witnessed": "已见证 witnessed",
}


def value_words(value: Wire | None) -> str:
    """Return an answer's value as a person reads it; a sealed value is only said to be held."""
    if value is True:
        return "[green]是 yes[/]"
    if value is False:
        return "[yellow]否 no[/]"
    return "已密封 sealed" if value is None else str(value)
