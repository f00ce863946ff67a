"""The front page: what this is, in one glance; it starts from what happened."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec
from litestar import get
from litestar.datastructures import State
from litestar.response import Template

from mianzheng.cases.figures import FigureBoard
from mianzheng.cases.hub import Hub
from mianzheng.model.text import Text
from mianzheng.web.access import Access, rule
from mianzheng.web.pages.showing import PageRequest, show

_boards: WeakKeyDictionary[Hub, FigureBoard] = WeakKeyDictionary()


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One of the demo's desks: who sits there, what they do, where it is."""

    who: Text
    does: Text
    address: str


DESKS = (
    Desk(
        who=Text(zh="满 80 岁的居民", en="A resident of 80"),
        does=Text(zh="用手机办高龄津贴，看谁问过自己", en="applies by phone, sees who asked about them"),
        address="/my",
    ),
    Desk(
        who=Text(zh="在外地的儿子", en="The son in another city"),
        does=Text(zh="父母委托，一步一步替他们办", en="acts for his parents, who see every step"),
        address="/my/mandates",
    ),
    Desk(
        who=Text(zh="窗口工作人员", en="The clerk at the window"),
        does=Text(zh="人来就能办，一分钟办完一件", en="serves whoever comes, one case a minute"),
        address="/window",
    ),
    Desk(
        who=Text(zh="公司的经办人", en="The agent of a firm"),
        does=Text(zh="代表企业办事，法定代表人随时可撤回", en="acts for a firm, until its representative says no"),
        address="/enterprise",
    ),
    Desk(
        who=Text(zh="监督员", en="The supervisor"),
        does=Text(zh="看哪一步卡住、哪一句多问了", en="sees where cases stick, what was asked too much"),
        address="/supervisor",
    ),
    Desk(
        who=Text(zh="不放心的人", en="Whoever does not trust us"),
        does=Text(zh="拿一张凭证，自己核对账本", en="takes a receipt and checks the ledger"),
        address="/ledger",
    ),
)


@get("/", opt=rule(Access.ANYONE))
async def front(request: PageRequest, state: State) -> Template:
    """Show in one glance what this is, and begin from what happened."""
    hub: Hub = state.hub
    figures = await _boards.setdefault(hub, FigureBoard()).figures(hub)
    return show(
        request,
        "front.html",
        happenings=await hub.library.happenings(hub.today),
        figures=figures,
        median=None if figures.median_seconds is None else time_words(figures.median_seconds),
        desks=desks_of(request) if hub.trust.demo else (),
    )


def time_words(seconds: float) -> tuple[str, Text]:
    """Return a length of time as a figure and its unit, in the largest unit that gives at least one."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0"), unit
    return f"{seconds:.1f}", Text(zh="秒", en="seconds")


_UNITS = (
    (86_400, Text(zh="天", en="days")),
    (3600, Text(zh="小时", en="hours")),
    (60, Text(zh="分钟", en="minutes")),
)


def desks_of(request: PageRequest) -> tuple[Desk, ...]:
    """Return the demo's desks that this hub serves, so that none leads nowhere."""
    served = {route.path for route in request.app.routes}
    return tuple(desk for desk in DESKS if desk.address in served)


ROUTES = (front,)
