"""The front page: what this is, in one glance; it starts from what happened."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import msgspec
from litestar.datastructures import State
from litestar.response import Template

from mianzheng.cases.figures import FigureBoard
from mianzheng.cases.hub import Hub
from mianzheng.model.found_items import HappeningLine
from mianzheng.model.text import Text
from mianzheng.web.access import public
from mianzheng.web.pages.showing import PageRequest, show

TILES = 12  # happenings shown with a line of their own, the first of the file; the others by name alone
_boards: WeakKeyDictionary[Hub, FigureBoard] = WeakKeyDictionary()


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One of the demo's desks: who sits there, what they do, where it is; `persona`: whom its provider signs in."""

    who: Text
    does: Text
    address: str
    persona: str = ""

    @property
    def link(self) -> str:
        """The address that one click opens: an invented person is signed in on the way."""
        return f"/my/sign-in?{urlencode({'as': self.persona, 'next': self.address})}" if self.persona else self.address


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What may have happened, as the page shows it: `first` large, `others` and what happens to `firms` by name."""

    first: tuple[HappeningLine, ...]
    others: tuple[HappeningLine, ...]
    firms: tuple[HappeningLine, ...]


DESKS = (
    Desk(
        who=Text(zh="满 80 岁的居民", en="A resident of over 80"),
        does=Text(zh="用手机办高龄津贴，看谁问过自己", en="applies by phone, sees who asked about them"),
        address="/my",
        persona="elder",
    ),
    Desk(
        who=Text(zh="家里添了宝宝的人", en="Who has a newborn"),
        does=Text(zh="给孩子申领育儿补贴，只说孩子的名字", en="claims for the child, and states only its name"),
        address="/my",
        persona="parent",
    ),
    Desk(
        who=Text(zh="条件不符的人", en="Who will not be granted"),
        does=Text(zh="看清为什么，不服可以说“不对”", en="reads why, and may say that it is wrong"),
        address="/my",
        persona="refused",
    ),
    Desk(
        who=Text(zh="在老家的父亲", en="The father at home"),
        does=Text(
            zh="先由他委托儿子；看得到每一步，随时撤销", en="mandates his son first, sees every step, ends it at will"
        ),
        address="/my/mandates",
        persona="father",
    ),
    Desk(
        who=Text(zh="在外地的儿子", en="The son in another city"),
        does=Text(zh="父亲委托以后，一步一步替他办", en="once mandated, acts for his father, who sees every step"),
        address="/my/mandates",
        persona="child",
    ),
    Desk(
        who=Text(zh="窗口工作人员", en="The clerk at the window"),
        does=Text(zh="人来就能办，一分钟办完一件", en="serves whoever comes, one case a minute"),
        address="/window",
    ),
    Desk(
        who=Text(zh="企业的法定代表人", en="Who represents a firm"),
        does=Text(zh="代表企业办事，委托经办人，随时可撤回", en="acts for it, mandates an agent, ends it at will"),
        address="/enterprise",
        persona="representative",
    ),
    Desk(
        who=Text(zh="企业的经办人", en="The agent of a firm"),
        does=Text(zh="凭委托替企业办事，批量申报", en="acts on a mandate, files many at once"),
        address="/enterprise",
        persona="agent",
    ),
    Desk(
        who=Text(zh="不放心的人", en="Whoever does not trust us"),
        does=Text(zh="拿一张凭证，自己核对账本", en="takes a receipt and checks the ledger"),
        address="/ledger",
    ),
)


@public("/")
async def front(request: PageRequest, state: State) -> Template:
    """Show in one glance what this is, and begin from what happened."""
    hub: Hub = state.hub
    figures = await _boards.setdefault(hub, FigureBoard()).figures(hub)
    return show(
        request,
        "front.html",
        happened=happened_of(await hub.library.happenings(hub.today)),
        figures=figures,
        median=None if figures.median_seconds is None else time_words(figures.median_seconds),
        desks=desks_of(request) if hub.trust.demo else (),
        demo_people=demo_people_of(state),
    )


def happened_of(lines: Sequence[HappeningLine]) -> Happened:
    """Return what may have happened in the order of the file: people first, the most wanted of it large."""
    people = tuple(one for one in lines if not one.firms)
    return Happened(first=people[:TILES], others=people[TILES:], firms=tuple(one for one in lines if one.firms))


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


def demo_people_of(state: State) -> str:
    """Return where a demo shows what its invented people know, "" for a city that is none."""
    return str(state.config.demo_people) if state.hub.trust.demo else ""


ROUTES = (front,)
