"""What answers, now, each paper that people used to bring: `replaces` of an item, paper -> what stands in its place.

Names of the item: conditions, needs, claims, form fields, findings, roles reached by a link (which say who somebody's
kin or whose home it is). And four words of their own: `presence` (who applies is known to be who they say), `filing`
(the signed application is the form), `notice` (the public notice 公示), `amount` (what is paid is computed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.shape import did_you_mean
from mianzheng.model.item import Item
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Fact
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk


def check_replaces(item: Item, found: Findings) -> None:
    """Add a fault where an item replaces no paper, or a paper is answered by nothing that the item has."""
    if not item.replaces or not all(paper.strip() for paper in item.replaces):
        found.at(("replaces",), "replaces", "the item replaces no paper", "name what people carried before")
    known = _known(item)
    for paper, answers in item.replaces.items():
        path = ("replaces", paper)
        if not answers:
            hint = "a condition, need, claim, form field, finding or linked role, or presence, filing, notice, amount"
            found.at_key(path, "replaces", f"nothing answers what {paper} showed", hint)
        for number, name in enumerate(answers):
            if name not in known:
                message = f"the item has no {name} that could stand for {paper}"
                found.at((*path, number), "replaces-unknown", message, did_you_mean(name, known))
            elif name in answers[:number]:
                found.at((*path, number), "replaces", f"{name} stands here twice", "once is enough")


def answering(compiled: CompiledItem, paper: str) -> tuple[str, ...]:
    """Return the facts and links, `role.register.fact`, that are asked for what stands in place of a paper."""
    names = compiled.item.replaces[paper]
    asked = _by_name(compiled)
    return tuple(dict.fromkeys(fact for name in names for placed in asked.get(name, ()) for fact in _facts(placed)))


def _known(item: Item) -> list[str]:
    words = ["presence", "filing"]
    words += ["notice"] if item.public_notice_days else []
    words += ["amount"] if item.outcome.pay is not None else []
    linked = [name for name, role in item.roles.items() if role.link or name != item.acting_role]
    ids = [condition.id for condition in item.conditions]
    return [*ids, *item.needs, *item.outcome.claims, *item.form, *item.findings, *linked, *words]


def _by_name(compiled: CompiledItem) -> Mapping[str, Iterable[Placed]]:
    """Return what is asked for each name; a form field or finding asks nothing."""
    found: dict[str, list[Placed]] = {name: [placed] for name, placed in compiled.links.items()}
    for (question, role), (_, served) in compiled.purposes.items():
        for name in served:
            found.setdefault(name, []).append(compiled.placed_at((question, role)))
    return found


def _facts(placed: Placed) -> list[str]:
    question = placed.question
    named = sorted({node.name for node in walk(question.expression) if isinstance(node, Fact)})
    return [f"{placed.role}.{question.register}{f'.{name}' if name else ''}" for name in named or [""]]
