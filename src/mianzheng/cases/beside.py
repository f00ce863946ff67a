"""What else could be done in the same sitting: what people in the same situation need, and what is met already.

No register is asked: the person authorised one case. Two things are looked at: which life events 发生了什么 name this
very item (the person's own choice says what happened), and this case's own answers, of them only those that a clerk
may read, so that the list tells nobody what an answer withheld from them was. Nobody's age is guessed.
"""

from __future__ import annotations

from mianzheng.cases.evidence import evidence
from mianzheng.cases.library import Version
from mianzheng.cases.live import LiveCase
from mianzheng.decision.audience import CLERK, sees
from mianzheng.model.beside import BesideItem
from mianzheng.model.errors import NotFound
from mianzheng.model.evidence import Evidence
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.reachable import F, T, code


async def beside(live: LiveCase) -> tuple[BesideItem, ...]:
    """Return the items open to the person of a case beside it: of the same life event first, in its order.

    Of all other items only those are named whose every condition the case's own answers meet. Itself is left out.
    """
    known, hub, own = _known(live), live.hub, live.version.item.item
    events = [one.items for one in await hub.library.happenings(hub.today) if own in one.items]
    together = tuple(dict.fromkeys(name for items in events for name in items))
    told = {at[0] for at in known.answers}
    met = (name for name, asked in (await hub.library.asked(hub.today)).items() if all(told & one for one in asked))
    found = []
    for name in dict.fromkeys((*together, *met)):
        try:
            version = await hub.library.current(name, hub.today)
        except NotFound:
            continue
        line = _line(version, known, live) if name != own else None
        if line is not None and (name in together or 0 < line.met == line.conditions):
            found.append(line)
    return tuple(found)


def _known(live: LiveCase) -> Evidence:
    """Return the answers about the person who applies that a clerk may read."""
    answers = evidence(live).answers
    mine = live.version.item.acting_role
    visible = {at: one for at, one in answers.items() if at[1] == mine and sees(CLERK, at, live.version.compiled)}
    return Evidence(answers=visible, params=live.hub.library.params)


def _line(version: Version, known: Evidence, live: LiveCase) -> BesideItem | None:
    """Return an item with how much of it holds, None where something known speaks against it."""
    item, acting = version.item, version.item.acting_role
    kinds = live.version.item.roles[live.version.item.acting_role].kind
    if not acting or item.roles[acting].kind != kinds:
        return None
    about = {(at[0], acting): answer for at, answer in known.answers.items()}
    answers = Answers(version.compiled, Evidence(answers=about, params=known.params), live.hub.today)
    rules = [one for one in version.compiled.conditions if one.in_force(live.hub.today)]
    codes = [code(answers.value(one.residual)) for one in rules]
    if F in codes:
        return None
    return BesideItem(
        item=item.item,
        name=item.name,
        department=item.department,
        who=item.who,
        promise_days=item.promise_days,
        met=codes.count(T),
        conditions=len(codes),
    )
