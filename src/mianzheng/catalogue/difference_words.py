"""What the parts of an item are called when two versions of it are compared, and what their values say."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.catalogue.item_words import APPROVALS, EVERY, KINDS, WHO
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import Basis, Item, Reference, Role
from mianzheng.model.text import Text

FIELDS: Mapping[str, Text] = {
    "version": Text("版本", "version"),
    "code": Text("基本编码", "code"),
    "name": Text("名称", "name"),
    "department": Text("实施主体", "department"),
    "kind": Text("事项类型", "kind"),
    "who": Text("服务对象", "who may apply"),
    "promise_days": Text("承诺时限（工作日）", "promised time (working days)"),
    "legal_days": Text("法定时限（工作日）", "legal limit (working days)"),
    "effective": Text("施行日期", "in effect from"),
    "until": Text("停止日期", "in effect before"),
    "basis": Text("提问的依据", "basis of asking"),
    "basis_by_register": Text("对个别登记提问的依据", "basis of asking single registers"),
    "presence": Text("核验等级", "presence"),
    "form": Text("填报项", "form field"),
    "findings": Text("核查项", "finding"),
    "needs": Text("送达所需", "need for delivery"),
    "approval": Text("审批方式", "approval"),
    "approvers": Text("会签部门", "departments that sign too"),
    "public_notice_days": Text("公示天数", "days of public notice"),
    "in_person": Text("须本人办理", "in person only"),
    "agent_not_beneficiary": Text("代办人不得受益", "an agent may not gain"),
    "safety": Text("涉及公共安全", "of people's safety"),
    "hard_to_undo": Text("难以恢复原状", "hard to undo"),
    "retention": Text("保存年限", "kept for (years)"),
    "proactive": Text("免申即享", "granted without application"),
    "ladder": Text("办事阶梯", "step of the ladder"),
    "reference": Text("设定依据", "law"),
    "note": Text("备注", "note"),
    "rule": Text("规则", "rule"),
    "otherwise": Text("不符合时", "when it fails"),
    "fallback": Text("得不到答案时", "without an answer"),
    "scope": Text("范围", "scope"),
    "declaration": Text("告知承诺", "declaration"),
    "supply_within": Text("容缺补齐期限（工作日）", "to be supplied within (working days)"),
    "amount": Text("金额规则", "rule of the amount"),
    "every": Text("周期", "paid"),
    "value": Text("取值的理由", "why a value is asked"),
    "whose": Text("归谁", "whose it is"),
    "valid": Text("有效期", "valid for"),
    "credential": Text("凭证", "credential"),
    "credential_type": Text("凭证类型", "type of the credential"),
    "examples": Text("例子", "examples"),
    **{f"every:{name}": words for name, words in EVERY.items()},
}
_WORDS = {**KINDS, **WHO, **APPROVALS}
_OF_FIELD: Mapping[
    str, Mapping[str, Text]
] = {  # of each field what its values say; the first is what it is left out for
    "fallback": {
        "person": Text("由人来定", "a person decides"),
        "wait": Text("到点再问，再由人定", "asked again in time, then a person"),
        "accept_incomplete": Text("容缺受理", "accepted incomplete"),
        "declare": Text("告知承诺", "declared instead"),
    },
    "scope": {
        "country": Text("看全国记录", "records of the whole country"),
        "here": Text("只看本市记录", "records of this city only"),
    },
    "every": EVERY,
}
_YES, _NO, _NONE = Text("是", "yes"), Text("否", "no"), Text("无", "none")


class Said(msgspec.Struct, frozen=True):
    """A part as it is said, and exactly: two parts are the same when both are."""

    said: Text
    exact: str


def plain(value: object) -> Said:
    """Return any value of an item in words as plain as it has."""
    return Said(_plain(value), msgspec.json.encode(value).decode())


def behind(before: Said, after: Said) -> tuple[Said, Said]:
    """Return, of two parts that are said alike, only the fields in which they differ."""
    old, new = (msgspec.json.decode(one.exact) if one.exact else one.exact for one in (before, after))
    if not isinstance(old, dict) or not isinstance(new, dict):
        return Said(Text(before.exact, before.exact), ""), Said(Text(after.exact, after.exact), "")
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return _fields(old, names), _fields(new, names)


def _fields(of: Mapping[str, object], names: list[str]) -> Said:
    told = [(FIELDS.get(name, Text(name, name)), _shown(name, of.get(name))) for name in names]
    zh, en = "；".join(f"{a.zh}：{b.zh}" for a, b in told), "; ".join(f"{a.en}: {b.en}" for a, b in told)
    return Said(Text(zh, en), "")


def _shown(name: str, value: object) -> Text:
    words = _OF_FIELD.get(name, {})
    if value is None and words:
        return next(iter(words.values()))
    if isinstance(value, str) and value in words:
        return words[value]
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        return Text(value["zh"], value["en"])
    return _plain(value)


def _plain(value: object) -> Text:
    if value is None or value == "" or value == () or value == {}:
        return _NONE
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, Text):
        return value
    if isinstance(value, Reference):
        return _law(value)
    if isinstance(value, Basis):
        return value.words
    if isinstance(value, tuple):
        parts = [_plain(one) for one in value]
        return Text("、".join(one.zh for one in parts), ", ".join(one.en for one in parts))
    if isinstance(value, dict):
        told = {str(name): _plain(one) for name, one in value.items()}
        zh = "；".join(f"{name}：{one.zh}" for name, one in told.items())
        return Text(zh, "; ".join(f"{name}: {one.en}" for name, one in told.items()))
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    return _WORDS.get(str(value), Text(str(value), str(value)))


def _struct(value: msgspec.Struct) -> Text:
    """Return a struct by its label, and beside it what else is set in it."""
    label = getattr(value, "label", None)
    rest = {name: one for name, one in msgspec.to_builtins(value).items() if name != "label"}
    told = ", ".join(f"{name}: {msgspec.json.encode(one).decode()}" for name, one in rest.items())
    if not isinstance(label, Text):
        return Text(told, told)
    return Text(f"{label.zh}（{told}）", f"{label.en} ({told})")


def _law(law: Reference) -> Text:
    return Text(
        f"{law.text}{'' if law.verified else '（未核）'}", f"{law.text}{'' if law.verified else ' (not yet read)'}"
    )


def role_words(item: Item) -> dict[str, Said]:
    """Return who takes part beside the applicant, how they are found, and why asking about them is lawful."""
    return {name: Said(_role(role), msgspec.json.encode(role).decode()) for name, role in item.roles.items()}


def _role(role: Role) -> Text:
    zh, en = role.label.zh, role.label.en
    if role.link:
        zh, en = f"{zh}，由 {role.link} 找到", f"{en}, found by {role.link}"
    if role.basis is not None:
        consents = role.basis.consent is not None
        words = role.basis.words
        zh += f"，{'须本人同意' if consents else '依据'}：{words.zh}"
        en += f", {'with their consent' if consents else 'by'}: {words.en}"
    return Text(zh, en)


def fee_words(item: Item, facts: FactCatalogue) -> dict[str, Said]:
    """Return the fee, by the figure that fixes it; none for an item without one."""
    if item.fee is None:
        return {}
    figure = facts.figures.get(item.fee.param, Text(item.fee.param, item.fee.param))
    law = _law(item.fee.reference)
    said = Text(
        f"{item.fee.label.zh}，按公布的{figure.zh}。依据：{law.zh}",
        f"{item.fee.label.en}, as the published figure “{figure.en}”. Law: {law.en}",
    )
    return {"fee": Said(said, msgspec.json.encode(item.fee).decode())}
