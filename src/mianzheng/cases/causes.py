"""What a refusal rests on where no answer of a department is its cause: what was stated, or another case."""

from __future__ import annotations

from mianzheng.cases.live import LiveCase
from mianzheng.cases.stated_words import stated_in
from mianzheng.decision.decide import GRANTED_BEFORE
from mianzheng.model.case import StatedView
from mianzheng.model.evidence import Reason, Refused, Undecided
from mianzheng.rules.expression import Form
from mianzheng.rules.tree import walk


def stated_causes(live: LiveCase) -> dict[str, tuple[StatedView, ...]]:
    """Return by condition what was stated that failed it, of each reason that no answer and no officer settled."""
    found = {}
    rules = {one.condition.id: one.residual for one in live.version.compiled.conditions}
    for reason in _unanswered(live):
        if reason.condition in rules:
            names = frozenset(node.name for node in walk(rules[reason.condition]) if isinstance(node, Form))
            if names:
                found[reason.condition] = stated_in(live.version.item, live.opening, names)
    return found


def is_granted_before(live: LiveCase) -> bool:
    """Tell whether a refusal says that the same payment was granted in another case."""
    return any(reason.condition == GRANTED_BEFORE for reason in _unanswered(live))


def blames_no_answer(live: LiveCase) -> bool:
    """Tell whether a refusal rests on nothing that a department answered or an officer found: none is to contest."""
    reasons, stated = _reasons(live), stated_causes(live)
    return bool(reasons) and all(one.condition in stated or one.condition == GRANTED_BEFORE for one in reasons)


def _unanswered(live: LiveCase) -> tuple[Reason, ...]:
    outcome = live.outcome.decision if live.outcome else None
    settled = outcome.settled if isinstance(outcome, Refused) else ()
    return tuple(one for one in _reasons(live) if not one.answers and one.condition not in settled)


def _reasons(live: LiveCase) -> tuple[Reason, ...]:
    outcome = live.outcome.decision if live.outcome else None
    return outcome.reasons if isinstance(outcome, Refused | Undecided) else ()
