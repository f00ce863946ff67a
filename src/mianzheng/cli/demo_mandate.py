"""The demo's fourth case: a son far away applies for his father by mandate, and the father sees each step.

1. The father grants with his own key: this item alone, two cases at most, thirty days.
2. The son applies with his key. The result is sealed to the father's.
3. The father reads what was done in his name: at each gateway, with his own sign-in.
4. He ends the mandate; the son's next case stops before anything is asked.
"""

from __future__ import annotations

import time

from rich import box
from rich.markup import escape
from rich.table import Table

from mianzheng.cli.acting import MandateFile, Terms, acting_on, change, grant
from mianzheng.cli.city_session import CitySession
from mianzheng.cli.demo_cast import ITEM, Played
from mianzheng.cli.demo_stage import Stage
from mianzheng.cli.mine import MineLine, lines_about
from mianzheng.cli.words import LINE_CODES, LINES
from mianzheng.model.case import CaseView, State

DAYS = 30
USES = 2


async def tell(stage: Stage, city: CitySession, parent: Played, child: Played) -> None:
    """Tell it of this parent and this grown-up child."""
    one, other = ("父亲", "father") if parent.is_male else ("母亲", "mother")
    by, whom = ("儿子", "son") if child.is_male else ("女儿", "daughter")
    stage.rule(f"4 · 委托办：{by}在外地代{one}申请 a {whom} applies for the {other}")
    file = await _grant(city, parent, child)
    stage.say(
        f"{one}{parent.name}用自己的钥匙委托{by}{child.name}：只办这一项，至多{USES}次，{DAYS}天，可随时撤销 "
        f"the {other} signs: one item, {USES} cases, {DAYS} days, ended at will"
    )
    view = stage.expected(await _apply(city, child, file), State.DELIVERED)
    stage.say(f"{by}的钥匙办理，结果密封给{one}，{by}打不开 the {whom} signs; the result opens for the {other} alone")
    own = await city.signed_in(parent.number)
    await stage.show(city, await own.show(view.case), own)
    stage.say(f"{one}在各部门看到的每一步 what the {other} reads at each department, signed in there")
    _draw(stage, [line for line in await lines_about(city, parent.number) if line.line.case == view.case])
    await change(city, city.known(parent.number), file)
    again = stage.expected(await _apply(city, child, file), State.WITHDRAWN)
    told = [line for line in await lines_about(city, parent.number) if line.line.case == again.case]
    if again.questions_asked or not any(line.line.code == "mandate-revoked" for line in told):
        raise stage.stuck(f"case {again.case} went on after the mandate was ended")
    stage.say(
        f"{one}撤销委托；{by}再申请，一项未问即止，{one}看得到这次尝试 ended by the {other}: "
        f"the next case stops with 0 questions ({again.state}), and the attempt stands in the list"
    )
    _draw(stage, told)


async def _grant(city: CitySession, parent: Played, child: Played) -> MandateFile:
    now = int(time.time())
    terms = Terms(items=(ITEM,), purpose="代办高龄津贴", uses=USES, valid_from=now, until=now + DAYS * 86_400)
    return await grant(city, city.known(parent.number), terms, agent=child.number, agent_name=child.name)


async def _apply(city: CitySession, child: Played, file: MandateFile) -> CaseView:
    agent = await city.signed_in(child.number)
    draft, openings = await agent.apply(ITEM, {}, acting=acting_on(city, file, ITEM))
    return await agent.authorise(draft, openings)


def _draw(stage: Stage, lines: list[MineLine]) -> None:
    table = Table(box=box.SIMPLE_HEAD, width=min(stage.console.width, 100))
    for heading in ("时间", "部门", "何事"):
        table.add_column(heading, no_wrap=True)
    table.add_column("内容", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("凭委托", no_wrap=True)
    for one in sorted(lines, key=lambda one: (one.line.at, one.gateway, one.line.seq)):
        line = one.line
        said = line.sentence.zh if line.sentence else LINE_CODES.get(line.code, line.code)
        at = time.strftime("%H:%M:%S", time.localtime(line.at))
        what, department = LINES.get(line.kind, line.kind), stage.names.department(one.gateway.removeprefix("gateway-"))
        table.add_row(at, department, what, escape(said), "✓" if line.mandate else "")
    stage.console.print(table, highlight=False)
