"""Who sees which answer and reason of a case, by what they are in it: one rule for hub, gateway and client.

1. Whose answer it was sees it whole: the applicant their own, a linked person theirs.
2. A minor or ward chosen by the applicant (`one of applicant.kinship.children`) is represented, and the deceased
   can read nothing: the applicant sees what concerns them. Answers about a home or a body are the applicant's own.
3. Agent and clerk see the applicant's answers that are not special; nobody else's.
4. Who was an agent, and whose mandate does not stand now, sees no answer, no reason, no paper and no result.
5. What may not be seen is withheld, and a reason becomes 一项条件未满足，由某部门告知本人: without the condition's
   name, under the handling department, so that it cannot be told from any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from mianzheng.model.case import ReasonView
from mianzheng.model.evidence import QuestionAt, Reason
from mianzheng.model.facts import Department
from mianzheng.model.item import Condition, Item, base_of
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem

WITHHELD = Text(zh="一项条件未满足，由某部门告知本人", en="one condition is not met; the department tells the person")


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is in a case. `role` of a linked person, as it is asked about: `spouse#1`."""

    kind: Literal["resident", "agent", "clerk", "linked", "former"]
    role: str = ""


RESIDENT = Viewer(kind="resident")
AGENT = Viewer(kind="agent")
CLERK = Viewer(kind="clerk")
FORMER = Viewer(kind="former")


def sees(viewer: Viewer, at: QuestionAt, compiled: CompiledItem) -> bool:
    """Tell whether a viewer may see the answer to a question about a role (`spouse#1`)."""
    if viewer.kind == "linked":
        return at[1] == viewer.role
    if viewer.kind == "former":
        return False
    role, item = base_of(at[1]), compiled.item
    own = role == item.acting_role or _is_thing(role, item)
    if viewer.kind == "resident":
        return own or _is_represented(role, item)
    return own and not is_sensitive(at, compiled)


def sees_condition(viewer: Viewer, condition: Condition, compiled: CompiledItem) -> bool:
    """Tell whether a viewer may see what a condition came to: every question behind it is theirs to see.

    A condition that asks nobody is the handling department's own, and no linked person's.
    """
    behind = next((one.placed for one in compiled.conditions if one.condition.id == condition.id), ())
    if not behind:
        return viewer.kind not in ("linked", "former")
    return all(sees(viewer, (one.question.id, _as_asked(viewer, one.role)), compiled) for one in behind)


def reasons_for(
    viewer: Viewer, reasons: tuple[Reason, ...], compiled: CompiledItem, departments: Mapping[str, Department]
) -> tuple[ReasonView, ...]:
    """Return reasons as a viewer may read them, one for one and in their order; none to who was an agent."""
    if viewer.kind == "former":
        return ()
    return tuple(_reason(viewer, reason, compiled, departments) for reason in reasons)


def is_sensitive(at: QuestionAt, compiled: CompiledItem) -> bool:
    """Tell whether a question about a role touches special personal data; one the item does not ask counts as such."""
    try:
        return compiled.placed_at(at).question.sensitive
    except KeyError:
        return True


def _reason(
    viewer: Viewer, reason: Reason, compiled: CompiledItem, departments: Mapping[str, Department]
) -> ReasonView:
    own = viewer.kind != "linked" if not reason.answers else all(sees(viewer, at, compiled) for at in reason.answers)
    if not own:
        return ReasonView(condition="", zh=WITHHELD.zh, en=WITHHELD.en, department=compiled.item.department)
    department = departments.get(reason.department)
    return ReasonView(
        condition=reason.condition,
        zh=reason.text.zh,
        en=reason.text.en,
        department=reason.department,
        contest=department.contact if department else None,
    )


def _as_asked(viewer: Viewer, role: str) -> str:
    """Return the role under which a viewer stands, when the item's own name of it is meant."""
    return viewer.role if base_of(viewer.role) == role else role


def _is_thing(role: str, item: Item) -> bool:
    """Tell whether a role is a home or a body that the applicant named, not a person."""
    return role in item.roles and item.roles[role].kind != "person"


def _is_represented(role: str, item: Item) -> bool:
    found = item.roles.get(role)
    return found is not None and (found.deceased or found.represented)
