"""A small fact catalogue for the tests of rules, plans and decisions: each absence class, one and many rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import (
    Absence,
    Department,
    Derivation,
    Fact,
    FactCatalogue,
    KeyColumn,
    Register,
    Sensitivity,
    Source,
    Type,
)
from mianzheng.model.item import (
    Basis,
    Condition,
    Finding,
    FormField,
    Item,
    Need,
    Outcome,
    ParamTable,
    ParamValue,
    Payment,
    Reference,
    Role,
)
from mianzheng.model.text import Text

LAW = Reference(text="试验法", verified=False)
AS_OF = date(2026, 11, 25)


def text(zh: str, en: str = "") -> Text:
    return Text(zh, en or zh)


def fact(type_: Type, zh: str, en: str, level: str = "L2", **more: Any) -> Fact:
    return Fact(label=text(zh, en), type=type_, sensitivity=Sensitivity(level), **more)


def register(name: str, department: str, absence: Absence, facts: dict[str, Fact], *, rows: str = "one") -> Register:
    return Register(
        register=name,
        name=text(name),
        department=department,
        key="person",
        rows=rows,  # type: ignore[arg-type]
        absence=absence,
        rhythm=text("每日", "daily"),
        mark_hours=36,
        deadline_hours=24,
        engine="sqlite",
        facts=facts,
        source=Source(table=name, key=KeyColumn(column="id"), columns={}),
    )


def department(name: str, zh: str, en: str) -> Department:
    return Department(
        department=name,
        name=text(zh, en),
        short=text(zh, en),
        uscc="11331082X00000019P",
        number="01",
        contact=text("12345"),
    )


HUKOU = register(
    "hukou",
    "public-security",
    Absence.FAULT,
    {
        "name": fact(Type.STRING, "姓名", "name", "L3", identifier=True),
        "sex": fact(Type.ENUM, "性别", "sex", values=("男性", "女性")),
        "birth_date": fact(Type.DATE, "出生日期", "date of birth", "L3"),
        "age": fact(Type.INTEGER, "年龄", "age", "L3", unit="周岁", derive=Derivation(age_of="birth_date")),
        "status": fact(Type.ENUM, "户口状态", "registration status", values=("正常", "死亡注销")),
        "place_code": fact(Type.STRING, "户籍地代码", "code of the place of registration"),
        "is_local": fact(
            Type.BOOLEAN,
            "属于本市户籍",
            "registered in Linhai",
            derive=Derivation(expression="hukou.place_code = '331082' and hukou.status = '正常'"),
        ),
        "moved_in_on": fact(Type.DATE, "迁入本市日期", "date of moving to Linhai"),
    },
)
ASSISTANCE = register(
    "social_assistance",
    "civil-affairs",
    Absence.CLOSED_HERE,
    {
        "status": fact(Type.ENUM, "低保状态", "subsistence allowance status", "L4", values=("在保", "停保")),
        "approved_on": fact(Type.DATE, "批准日期", "date of approval", "L3"),
        "months": fact(
            Type.INTEGER,
            "享受月数",
            "months of assistance",
            "L3",
            unit="个月",
            derive=Derivation(months_since="approved_on"),
        ),
        "income": fact(Type.DECIMAL, "人均月收入", "income per head", "L4", unit="元"),
        "aid_count": fact(Type.INTEGER, "临时救助次数", "number of temporary aids", "L3", unit="次", when_absent=0),
    },
)
INSURANCE = register(
    "social_insurance",
    "human-resources",
    Absence.CLOSED_HERE,
    {
        "status": fact(Type.ENUM, "参保状态", "insurance status", values=("正常参保", "停保")),
        "months_paid": fact(Type.INTEGER, "缴费月数", "months paid", unit="个月", when_absent=0),
        "verified_on": fact(Type.DATE, "资格认证日期", "date of the last proof of life"),
        "is_flexible": fact(Type.BOOLEAN, "以灵活就业身份参保", "insured as a flexible worker", when_absent=False),
        "wage": fact(Type.DECIMAL, "缴费工资", "insured wage", "L3", unit="元"),
        "card_account": fact(Type.STRING, "社保卡账户", "card account", "L3", identifier=True),
    },
)
RECORD = register(
    "criminal_record",
    "public-security",
    Absence.CLOSED_NATIONWIDE,
    {
        "has_record": fact(Type.BOOLEAN, "有犯罪记录", "with a criminal record", "L4", when_absent=False),
        "in_proceedings": fact(Type.BOOLEAN, "正在接受侦查", "under investigation", "L3"),
        "count": fact(Type.INTEGER, "记录条数", "number of records", "L4", when_absent=0),
        "ended_on": fact(Type.DATE, "刑满日期", "date of release", "L4"),
    },
)
DIPLOMA = register(
    "diploma",
    "education",
    Absence.OPEN,
    {
        "level": fact(Type.ENUM, "学历层次", "level of the diploma", values=("专科", "本科", "硕士")),
        "school": fact(Type.STRING, "毕业院校", "school"),
        "verified": fact(Type.BOOLEAN, "学历已核验", "with a verified diploma"),
        "year": fact(Type.INTEGER, "毕业年份", "year of graduation"),
        "score": fact(Type.DECIMAL, "成绩", "score"),
    },
)
VEHICLE = register(
    "vehicle",
    "public-security",
    Absence.CLOSED_NATIONWIDE,
    {
        "plate": fact(Type.STRING, "号牌号码", "plate", "L3", identifier=True),
        "status": fact(Type.ENUM, "车辆状态", "vehicle status", values=("正常", "注销")),
        "use": fact(Type.ENUM, "使用性质", "use of the vehicle", values=("营运", "非营运")),
        "registered_on": fact(Type.DATE, "登记日期", "date of registration"),
        "price": fact(Type.DECIMAL, "购置价格", "price paid", unit="元"),
        "seats": fact(Type.INTEGER, "座位数", "seats"),
        "pledged": fact(Type.BOOLEAN, "已抵押", "pledged"),
    },
    rows="many",
)
ESTATE = register(
    "real_estate",
    "natural-resources",
    Absence.CLOSED_HERE,
    {
        "use": fact(Type.ENUM, "房屋用途", "use of the home", values=("住宅", "商业")),
        "area_m2": fact(Type.DECIMAL, "建筑面积", "floor area", unit="平方米"),
        "registered_on": fact(Type.DATE, "登记日期", "date of registration"),
        "share": fact(Type.INTEGER, "份额", "share"),
    },
    rows="many",
)

FACTS = FactCatalogue(
    departments={
        name: department(name, zh, en)
        for name, zh, en in [
            ("public-security", "公安部门", "the police department"),
            ("civil-affairs", "民政部门", "the civil affairs department"),
            ("human-resources", "人社部门", "the human resources department"),
            ("education", "教育部门", "the education department"),
            ("natural-resources", "自然资源部门", "the natural resources department"),
        ]
    },
    registers={r.register: r for r in (HUKOU, ASSISTANCE, INSURANCE, RECORD, DIPLOMA, VEHICLE, ESTATE)},
)
PARAMS = {
    "line": ParamTable(
        param="line",
        label=text("低保标准", "the subsistence line"),
        owner="civil-affairs",
        type=Type.DECIMAL,
        unit="元",
        values=(
            ParamValue(effective=date(2024, 1, 1), value="1100.50", reference=LAW),
            ParamValue(effective=date(2026, 7, 1), value=1200, reference=LAW),
        ),
    ),
    "retire": ParamTable(
        param="retire",
        label=text("退休年龄", "the age of retirement"),
        owner="human-resources",
        type=Type.INTEGER,
        values=(ParamValue(effective=date(2020, 1, 1), value=60, reference=LAW),),
    ),
    "later": ParamTable(
        param="later",
        label=text("以后的标准", "a later figure"),
        owner="human-resources",
        type=Type.INTEGER,
        values=(ParamValue(effective=date(2030, 1, 1), value=1, reference=LAW),),
    ),
}
APPLICANT = Role(kind="person", label=text("申请人", "the applicant"))
ROLES = {
    "applicant": APPLICANT,
    "spouse": Role(kind="person", label=text("配偶", "the spouse"), optional=True),
    "children": Role(kind="person", label=text("子女", "the children"), many=True),
    "owner": Role(kind="person", label=text("产权人", "the owner")),
}


def condition(rule: str, id_: str = "c", **more: Any) -> Condition:
    return Condition(id=id_, rule=rule, otherwise=text(f"不符合{id_}", f"{id_} not met"), reference=LAW, **more)


def item(
    *rules: str | Condition,
    amount: str | None = None,
    claims: dict[str, str] | None = None,
    needs: dict[str, str] | None = None,
    amount_value: str = "",
    roles: dict[str, Role] | None = None,
    **more: Any,
) -> Item:
    """An item of which each rule is a condition c0, c1, …"""
    pay = None if amount is None else Payment(amount=amount, every="month", reference=LAW, value=amount_value)
    conditions = tuple(
        rule if isinstance(rule, Condition) else condition(rule, f"c{index}") for index, rule in enumerate(rules)
    )
    settings: dict[str, Any] = {
        "item": "test-item",
        "version": 1,
        "code": "330501001000",
        "name": text("试验事项", "test item"),
        "department": "civil-affairs",
        "kind": "行政给付",
        "who": ("自然人",),
        "promise_days": 0,
        "legal_days": 20,
        "replaces": {"户口簿": ("presence",)},
        "effective": date(2024, 1, 1),
        "basis": Basis(duty="试验法第一条"),
        "presence": 2,
        "roles": ROLES if roles is None else roles,
        "form": {
            "purpose": FormField(label=text("用途", "purpose"), type=Type.STRING, required=False),
            "kind": FormField(label=text("类别", "kind"), type=Type.ENUM, values=("甲", "乙")),
            "months": FormField(label=text("月数", "months"), type=Type.INTEGER),
            "since": FormField(label=text("起始日期", "start"), type=Type.DATE),
        },
        "findings": {"house_safe": Finding(label=text("房屋安全", "the house is safe"), type=Type.BOOLEAN)},
        "conditions": conditions,
        "outcome": Outcome(
            credential=text("试验证明", "test credential"), credential_type="test", claims=claims or {}, pay=pay
        ),
        "needs": {name: Need(fact=path, label=text(name)) for name, path in (needs or {}).items()},
        "reference": LAW,
    }
    return Item(**{**settings, **more})


def yes(value: object = True) -> Answer:
    return Answer(status=Status.VALUE, value=value, rests_on=RestsOn.ROW)  # type: ignore[arg-type]


def no() -> Answer:
    return yes(False)


def not_held() -> Answer:
    return Answer(status=Status.NOT_HELD, rests_on=RestsOn.NULL)


def unavailable() -> Answer:
    return Answer(status=Status.UNAVAILABLE, reason="down")
