"""The sheets and their columns: which part of an item stands under which heading, and what cities call it besides.

Elements after GB/T 39046 table 4 and GB/T 39554.2. What has no column of its own stands as JSON under 其余内容, so that
a file which was exported here gives equal items again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Kind = Literal["text", "name", "whole", "days", "date", "yes", "choice", "names", "json"]
ITEMS, PAPERS, CONDITIONS, EXAMPLES, DEPARTMENTS, NOTES = "事项", "材料", "条件", "样例", "部门", "说明"
REST = "其余内容"
YES, NO = "是", "否"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `path`: where its value stands; () for one that is only shown, and read where nothing else says it.

    `choices`: what a cell says -> the value; the first way of saying it is written. `default`: the value that an item
    leaves out. `also`: other headings that are read as this one.
    """

    heading: str
    path: tuple[str, ...] = ()
    kind: Kind = "text"
    choices: Mapping[str, str] = {}
    default: object = None
    also: tuple[str, ...] = ()
    width: int = 16


_KINDS = {
    **{one: one for one in ("行政许可", "行政确认", "行政给付", "行政奖励", "行政裁决", "公共服务", "其他行政权力")},
    **{"01": "行政许可", "05": "行政给付", "07": "行政确认", "08": "行政奖励", "09": "行政裁决", "20": "公共服务"},
    **{"10": "其他行政权力", "其他": "其他行政权力", "其他权力": "其他行政权力"},
}
WHO = {
    **{one: one for one in ("自然人", "法人", "个体工商户")},
    **dict.fromkeys(("企业法人", "事业法人", "社会组织法人", "企业", "事业单位", "社会组织", "非法人企业"), "法人"),
    "个人": "自然人",
}
_FALLBACKS = {"人工处理": "person", "等待再问": "wait", "容缺受理": "accept_incomplete", "告知承诺": "declare"}
_APPROVALS = {"机器按规则": "automatic", "经办人签名": "clerk", "多部门会签": "departments"}
_EVERY = {"一次": "once", "按月": "month", "按季": "quarter", "按年": "year"}
_EXPECT = {"予以办理": "granted", "不予办理": "refused", "待定": "undecided"}
_ITEM = Column(heading="事项标识", path=("item",), kind="name", also=("标识",), width=28)
_NAME = Column(heading="事项名称", also=("名称",), width=32)  # shown beside an identifier
_SCOPES = {"全国": "country", "本市": "here"}
_LEGAL = ("法定办结时限（工作日）", "法定时限")
_PROMISED = ("承诺办结时限（工作日）", "承诺时限")
_OWN_CODES = ("基本目录编码", "基本目录编码（12位）", "目录编码")


def _law(start: str, *path: str, also: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return (
        Column(heading=start, path=(*path, "text"), width=32, also=also),
        Column(heading=f"{start}已核", path=(*path, "verified"), kind="yes", width=10),
    )


def _text(start: str, *path: str, also: tuple[str, ...] = (), width: int = 32) -> tuple[Column, ...]:
    return (
        Column(heading=start, path=(*path, "zh"), width=width, also=also),
        Column(heading=f"{start}（英文）", path=(*path, "en"), width=width),
    )


def _flag(heading: str, *path: str) -> Column:
    return Column(heading=heading, path=path, kind="yes", default=False, width=10)


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    ITEMS: (
        _ITEM,
        *_text("事项名称", "name", also=("名称", "实施清单名称")),
        Column(heading="版本", path=("version",), kind="whole", width=8),
        Column(heading="基本编码", path=("code",), kind="name", also=_OWN_CODES),
        Column(heading="实施编码", kind="name", also=("实施清单编码", "实施清单编码（31位）"), width=34),
        Column(heading="事项类型", path=("kind",), kind="choice", choices=_KINDS, also=("类型",)),
        Column(heading="实施主体", also=("实施机构", "实施部门", "部门名称"), width=24),
        Column(heading="实施主体编码", kind="name", also=("实施主体统一社会信用代码", "统一社会信用代码"), width=22),
        Column(heading="服务对象", path=("who",), kind="names", choices=WHO),
        Column(heading="法定办结时限", path=("legal_days",), kind="days", also=_LEGAL),
        Column(heading="承诺办结时限", path=("promise_days",), kind="days", also=_PROMISED),
        *_law("设定依据", "reference"),
        Column(heading="办理条件", also=("受理条件", "申请条件"), width=48),
        Column(heading="申请材料", also=("材料", "材料名称"), width=32),
        Column(heading="收费", path=("fee", "label", "zh"), also=("收费项目", "是否收费"), width=20),
        Column(heading="收费（英文）", path=("fee", "label", "en"), width=20),
        Column(heading="收费标准（参数）", path=("fee", "param"), kind="name", also=("收费标准",)),
        *_law("收费依据", "fee", "reference"),
        *_text("结果名称", "outcome", "credential", also=("审批结果名称",), width=24),
        Column(heading="结果类型", path=("outcome", "credential_type"), kind="name", width=24),
        Column(heading="结果有效期", path=("outcome", "valid"), also=("有效期限",)),
        Column(heading="给付金额（规则）", path=("outcome", "pay", "amount"), width=32),
        Column(heading="给付周期", path=("outcome", "pay", "every"), kind="choice", choices=_EVERY, width=10),
        *_law("给付依据", "outcome", "pay", "reference"),
        Column(heading="给付取值理由", path=("outcome", "pay", "value")),
        Column(heading="提问依据（法定职责）", path=("basis", "duty"), width=32),
        Column(heading="提问依据（单独同意）", path=("basis", "consent"), width=32),
        Column(heading="提问依据（单独同意，英文）", path=("basis", "consent_en"), width=32),
        Column(heading="核验等级", path=("presence",), kind="whole", width=10),
        Column(heading="审批方式", path=("approval",), kind="choice", choices=_APPROVALS, default="automatic"),
        Column(heading="会签部门", path=("approvers",), kind="names"),
        Column(heading="公示天数", path=("public_notice_days",), kind="whole", width=10),
        _flag("须本人办理", "in_person"),
        _flag("代办人不得受益", "agent_not_beneficiary"),
        _flag("涉及公共安全", "safety"),
        _flag("难以恢复原状", "hard_to_undo"),
        _flag("免申即享", "proactive"),
        Column(heading="保存年限", path=("retention",), width=10),
        Column(heading="办事阶梯", path=("ladder",), width=10),
        Column(heading="生效日期", path=("effective",), kind="date", also=("实施日期",)),
        Column(heading="终止日期", path=("until",), kind="date"),
        Column(heading="备注", path=("note",), width=32),
        Column(heading=REST, kind="json", width=24),
    ),
    PAPERS: (
        _ITEM,
        _NAME,
        Column(heading="材料名称", path=("paper",), kind="name", also=("材料",), width=32),
        Column(heading="由何回答", path=("by",), kind="names", width=32),
    ),
    CONDITIONS: (
        _ITEM,
        _NAME,
        Column(heading="条件标识", path=("id",), kind="name"),
        Column(heading="条件内容", also=("条件", "办理条件", "受理条件"), width=48),
        Column(heading="规则", path=("rule",), width=48),
        *_text("不符合时", "otherwise"),
        *_law("依据", "reference", also=("条件依据", "设定依据")),
        Column(heading="得不到答案时", path=("fallback",), kind="choice", choices=_FALLBACKS, default="person"),
        Column(
            heading="范围",
            path=("scope",),
            kind="choice",
            choices=_SCOPES,
            default="country",
        ),
        Column(heading="生效日期", path=("effective",), kind="date"),
        Column(heading="终止日期", path=("until",), kind="date"),
        Column(heading="取值理由", path=("value",)),
        Column(heading="补齐期限", path=("supply_within",), kind="days"),
        *_text("承诺内容", "declaration", "text"),
        Column(heading="承诺核查期限", path=("declaration", "check_within"), kind="days"),
        *_text("承诺不实的后果", "declaration", "claw_back"),
        *_law("承诺依据", "declaration", "reference"),
        Column(heading=REST, kind="json"),
    ),
    EXAMPLES: (
        _ITEM,
        _NAME,
        *_text("样例名称", "name", width=28),
        Column(heading="日期", path=("as_of",), kind="date"),
        Column(heading="结果", path=("expect",), kind="choice", choices=_EXPECT),
        Column(heading="不符合的条件", path=("reasons",), kind="names"),
        Column(heading="待定的条件", path=("undecided",), kind="names"),
        Column(heading="金额", path=("amount",), kind="name"),
        Column(heading=REST, kind="json", width=60),
    ),
    DEPARTMENTS: (
        Column(heading="部门标识", path=("department",), kind="name"),
        *_text("部门名称", "name"),
        *_text("简称", "short"),
        Column(heading="统一社会信用代码", path=("uscc",), kind="name", width=22),
        Column(heading="部门编号", path=("number",), kind="name"),
        *_text("争议联系", "contact"),
        Column(heading="授权", path=("authority",), kind="name"),
    ),
}
