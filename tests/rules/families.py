"""A small catalogue with links: marriage, kinship, births, homes; and items over roles that links reach."""

from __future__ import annotations

from typing import Any

import msgspec

from mianzheng.model.evidence import Answer, RestsOn, Status
from mianzheng.model.facts import Absence, Column, Derivation, FactCatalogue, KeyColumn, Link, Register, Source, Type
from mianzheng.model.item import Basis, Role
from mianzheng.rules.compile import CompiledItem, compile_item
from tests.rules.city import FACTS, PARAMS, department, fact, item, register, text

STATUS = Basis(duty="试验法第二条")
CONSENT = Basis(consent="同意查询本人情况")


def link(label: str, en: str, to: str, column: str, **more: Any) -> Link:
    return Link(label=text(label, en), to=to, key=KeyColumn(column=column, lower_x=True), **more)  # type: ignore[arg-type]


def linked(found: Register, columns: dict[str, Column], **links: Link) -> Register:
    """A register with links, under a key column `pid`."""
    source = Source(table=found.register, key=KeyColumn(column="pid", lower_x=True), columns=columns)
    return msgspec.structs.replace(found, links=links, source=source)


MARRIAGE = linked(
    register(
        "marriage",
        "civil-affairs",
        Absence.OPEN,
        {
            "status": fact(Type.ENUM, "婚姻状况", "marital status", "L3", values=("初婚", "再婚", "离婚")),
            "is_void": fact(Type.BOOLEAN, "婚姻无效", "void", "L3"),
            "is_married": fact(
                Type.BOOLEAN,
                "处于婚姻存续期",
                "married today",
                "L3",
                derive=Derivation(expression="marriage.status in ('初婚', '再婚') and marriage.is_void = false"),
            ),
        },
    ),
    {
        "status": Column(column="st", codes={"10": "初婚", "20": "再婚", "40": "离婚"}),
        "is_void": Column(column="void", codes={"0": False, "1": True}, code_type="integer"),
    },
    spouse=link(
        "配偶",
        "spouse",
        "person",
        "spouse_id",
        name="spouse_name",
        where="marriage.status in ('初婚', '再婚') and marriage.is_void = false",
        most=1,
    ),
)
KINSHIP = linked(
    register(
        "kinship",
        "public-security",
        Absence.CLOSED_HERE,
        {
            "relation": fact(Type.ENUM, "亲属关系", "kinship", "L3", values=("子女", "父母", "配偶")),
            "valid": fact(Type.BOOLEAN, "亲属关系有效", "kinship stands", "L3"),
        },
        rows="many",
    ),
    {
        "relation": Column(column="rel"),
        "valid": Column(column="ok", codes={"Y": True, "N": False}),
    },
    relatives=link(
        "亲属", "relatives", "person", "other_id", name="other_name", where="kinship.valid", kind="relation"
    ),
    children=link(
        "子女",
        "children",
        "person",
        "other_id",
        name="other_name",
        where="kinship.valid and kinship.relation = '子女'",
        most=8,
    ),
)
BIRTH = linked(
    register(
        "birth",
        "education",
        Absence.CLOSED_NATIONWIDE,
        {"certified": fact(Type.BOOLEAN, "有出生证明", "has a birth certificate", "L3")},
    ),
    {"certified": Column(column="cert", codes={"Y": True, "N": False})},
    mother=link("母亲", "mother", "person", "mother_id", name="mother_name", most=1),
    birthplace=link("出生时的住处", "home at birth", "property", "unit", most=1),
)
HOME = msgspec.structs.replace(
    linked(
        register(
            "title",
            "natural-resources",
            Absence.CLOSED_HERE,
            {
                "standing": fact(Type.BOOLEAN, "权属现势", "title stands"),
                "area_m2": fact(Type.DECIMAL, "建筑面积", "floor area", unit="平方米"),
            },
            rows="many",
        ),
        {
            "standing": Column(column="ok", codes={"1": True, "0": False}, code_type="integer"),
            "area_m2": Column(column="area"),
        },
        owners=link("权利人", "owners", "person", "owner_id", where="title.standing"),
    ),
    key="property",
)
FAMILY_FACTS = FactCatalogue(
    departments={**FACTS.departments, "housing": department("housing", "住建部门", "the housing department")},
    registers={**FACTS.registers, **{one.register: one for one in (MARRIAGE, KINSHIP, BIRTH, HOME)}},
)
APPLICANT = Role(kind="person", label=text("申请人", "the applicant"))
SPOUSE = Role(
    kind="person", label=text("配偶", "spouse"), optional=True, link="applicant.marriage.spouse", basis=STATUS
)
CHILD = Role(kind="person", label=text("子女", "child"), link="one of applicant.kinship.children", basis=STATUS)
CHILDREN = Role(
    kind="person", label=text("子女", "children"), many=True, link="applicant.kinship.children", basis=STATUS
)
MOTHER = Role(kind="person", label=text("母亲", "mother"), link="child.birth.mother", basis=STATUS)
HUSBAND = Role(kind="person", label=text("配偶", "spouse"), link="applicant.marriage.spouse", basis=STATUS)


def family(*rules: Any, **more: Any) -> CompiledItem:
    """An item over the acting person and the roles named by keyword (`spouse=SPOUSE`), compiled."""
    roles = {name: role for name, role in more.items() if isinstance(role, Role)}
    rest = {name: value for name, value in more.items() if name not in roles}
    return compile_item(item(*rules, roles={"applicant": APPLICANT, **roles}, **rest), FAMILY_FACTS, PARAMS)


def reached(count: int, rests_on: RestsOn = RestsOn.ROW) -> Answer:
    """A link's answer."""
    return Answer(status=Status.VALUE, value=count, rests_on=rests_on, linked=tuple(f"bundle{n}" for n in range(count)))
