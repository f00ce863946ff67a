"""What each person of the demo knows, and what to do in which order: whoever plays them has only the pages.

All of it is invented, and shown by the demo's provider alone: the hub never learns a number, and a real city has no
such process.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec

from mianzheng.city.truth import PEOPLE, TRUTH
from mianzheng.model.text import Text
from mianzheng.provider.people import DemoPerson, Known

_CHILD = f"""
SELECT child.name, child.resident FROM kinship
JOIN {PEOPLE} AS child ON child.resident = kinship.children
WHERE kinship.subject = $number AND relation = '子女' AND kinship.status = '有效'
ORDER BY child.resident[7:14] DESC LIMIT 1
"""
_FIRM = (
    "SELECT name, subject FROM enterprise WHERE legal_representative = $number ORDER BY status = '存续' DESC LIMIT 1"
)
_STEPS: dict[str, tuple[Text, ...]] = {
    "elder": (
        Text(
            "首页点“满 80 岁的居民”，登录后点上面的“办事”，搜“高龄津贴”，点开它，点“现在就办”。",
            "Take the seat of who is over 80, sign in, “Services” above; find the old-age allowance, “Apply now”.",
        ),
        Text(
            "点“看会问谁什么”，看完提问清单点“申请”，再点“签字，开始办”。",
            "“See who will be asked what”, read the questions, “Apply”, then “Sign and begin”.",
        ),
    ),
    "father": (
        Text(
            "首页点“在老家的父亲”，登录后点“请人代办”。",
            "Take the father's seat, sign in and choose “Have it done by another”.",
        ),
        Text(
            "写子女的姓名和号码（见下）；在“办什么”里点开“临海市民政局”，勾“高龄津贴”。",
            "Type the child's name and number (below); below “Services” open the Linhai Civil Affairs Bureau "
            "and tick the old-age allowance.",
        ),
        Text(
            "写用途（必填，例如“代我申请高龄津贴”），点“看一遍，去签名”，再点“我委托，去签名”。",
            "Write the purpose (it is required: “apply for my old-age allowance”), “Read it over and sign”, then "
            "“I grant it: sign”.",
        ),
        Text(
            "回首页坐到“在外地的儿子”的位置替他办；每一步父亲都看得到，随时能撤销。",
            "Back on the front page take the son's seat and act; the father sees every step and ends it at will.",
        ),
    ),
    "child": (
        Text(
            "先由父亲委托：首页点“在老家的父亲”，照他的步骤做。",
            "First the father grants: take his seat and follow his steps.",
        ),
        Text(
            "再点“在外地的儿子”，登录后点“我的委托”，在“委托我的”里点“办理”，再点“去办理”。",
            "Then take the son's seat and sign in: “My mandates”, below “Received by me” choose “Do it”, then “Go on”.",
        ),
        Text(
            "点“看会问谁什么”，看完点“申请”，再点“签字，开始办”。",
            "“See who will be asked what”, “Apply”, then “Sign and begin”.",
        ),
    ),
    "parent": (
        Text(
            "首页点“家里添了宝宝的人”，登录后点上面的“办事”，搜“育儿补贴”，点“现在就办”。",
            "Take the seat of who has a newborn, sign in, “Services” above; find the childcare subsidy, “Apply now”.",
        ),
        Text(
            "补贴年度写今年，婴幼儿写孩子的姓名（见下），看提问清单，点“申请”，签字。",
            "As year of the subsidy type this one, as the child its name (below); read the questions, “Apply”, sign.",
        ),
    ),
    "representative": (
        Text(
            "首页点“企业的法定代表人”，点“选一个单位”，登录。",
            "Take the representative's seat, choose “Choose a body” and sign in.",
        ),
        Text(
            "写统一社会信用代码（见下），点“进入”，再点“代表它办事”“去办事”。",
            "Type the credit code (below), “Go in”, and choose “Act for it”, “Go on”.",
        ),
        Text(
            "要经办人：点“委托经办人”，写姓名和号码（见下），点开“临海市市场监督管理局”勾“食品经营许可（餐饮服务）核发”，"
            "写用途（必填），次数写 10，点“看一遍，去签名”，签名。",
            "For an agent: “Mandate an agent”; name and number (below); open the Linhai Market Regulation Bureau "
            "and tick “Food business licence (catering)”; the purpose is required; ten uses; “Read it over and sign”.",
        ),
    ),
    "agent": (
        Text(
            "先由法定代表人委托：首页点“企业的法定代表人”，照那里的步骤做。",
            "First the representative mandates: take that seat and follow its steps.",
        ),
        Text(
            "再点“企业的经办人”，点“选一个单位”，登录，在“委托我的”里点“办理”，再点“去办理”。",
            "Then the agent's seat: “Choose a body”, sign in, below “Received by me” choose “Do it”, then “Go on”.",
        ),
        Text(
            "在“单位办事”点“用表格批量办”：下载模板，每行一处经营场所，交上来，逐件签字。",
            "At “For bodies”: “Many from a spreadsheet”, a row for each place; sign each case.",
        ),
    ),
    "refused": (
        Text(
            "首页点“条件不符的人”，登录后点上面的“办事”，办“高龄津贴”，看理由；不服就点那个答案旁边的“不对”。",
            "Take that seat; apply for the old-age allowance, read the reasons; contest by “Not right” beside one.",
        ),
    ),
}
_OTHERS = (
    Text("在登录页选“演示认证服务”，再选这个人。", "At the sign-in choose the demo provider, then this person."),
)
_WHOM = {
    "father": (("child", Text("子女", "The child")),),
    "child": (("father", Text("父亲", "The father")),),
    "representative": (("agent", Text("经办人", "The agent")),),
    "agent": (("representative", Text("法定代表人", "The representative")),),
}


def told(data: Path, people: tuple[DemoPerson, ...]) -> tuple[DemoPerson, ...]:
    """Return the people with what they know and their steps; `data` is a demo city with its truth."""
    by_id = {one.id: one for one in people}
    with duckdb.connect(str(data / TRUTH), read_only=True) as connection:
        return tuple(
            msgspec.structs.replace(
                one,
                knows=(*_about_others(one, by_id), *_from_registers(connection, one, by_id)),
                steps=_STEPS.get(one.id, _OTHERS),
            )
            for one in people
        )


def _about_others(one: DemoPerson, by_id: dict[str, DemoPerson]) -> tuple[Known, ...]:
    return tuple(
        Known(label=label, name=by_id[other].name, number=by_id[other].number)
        for other, label in _WHOM.get(one.id, ())
        if other in by_id
    )


def _from_registers(
    connection: duckdb.DuckDBPyConnection, one: DemoPerson, by_id: dict[str, DemoPerson]
) -> tuple[Known, ...]:
    """Return the firm of those who act for it, and the youngest child of who has one."""
    if one.id == "parent":
        label, query, number = Text("孩子", "The child"), _CHILD, one.number
    elif one.id in ("representative", "agent") and "representative" in by_id:
        label, query, number = Text("企业", "The firm"), _FIRM, by_id["representative"].number
    else:
        return ()
    found = connection.execute(query, {"number": number}).fetchone()
    return (Known(label=label, name=found[0], number=found[1]),) if found else ()
