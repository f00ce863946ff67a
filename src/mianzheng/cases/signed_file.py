"""What was signed in a case after its authorisation, as a reader of the case file may have it.

1. The person's own: acceptance, contests, declarations; other adults' consents.
2. Staff's: findings, the signature under a decision with approvals and clearances, every other act.
3. What a reader may not see is left out and its part is named, so that a check knows what it cannot ask for. A linked
   person has what is about them, who was an agent nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from mianzheng.cases.consents import consents_signed
from mianzheng.cases.live import LiveCase
from mianzheng.cases.parts import Sent
from mianzheng.cases.procedure import at_of, key_of
from mianzheng.cases.view import reasons_of
from mianzheng.decision.audience import Viewer, sees, sees_condition
from mianzheng.model.archive import SIGNED, SignedSteps
from mianzheng.model.asking import SignedStep
from mianzheng.model.case import ReasonView
from mianzheng.model.deciding import DecisionRequest
from mianzheng.model.officers import CONDITION, DECLARATION, Act, AnswerContest, StaffAct
from mianzheng.rules.compile import CompiledCondition
from mianzheng.rules.expression import Finding
from mianzheng.rules.tree import walk

T = TypeVar("T")


def signed_steps(live: LiveCase, viewer: Viewer, *, decision_shown: bool) -> tuple[SignedSteps, list[str]]:
    """Return what was signed as a viewer may have it, and the names of the parts that something is left out of.

    `decision_shown`: whether the viewer's file holds the department's decision; what it rests on goes with it.
    """
    kept, compiled, withheld = live.procedure, live.version.compiled, _Withheld()
    inside = viewer.kind not in ("linked", "former")
    signing = inside and decision_shown
    acceptance, accepted = _acceptance(live.requests)
    if accepted != reasons_of(live, viewer):
        withheld.note("acceptance", acceptance)
        acceptance, accepted = None, ()
    contests = {key_of(at): signed for at, signed in live.contests.items()}
    declared = {name: one.signed for name, one in kept.declared.items()}
    if not signing:
        withheld.note("signature", kept.signature)
    steps = SignedSteps(
        acceptance=acceptance,
        accepted=accepted,
        contests=withheld.some("contests", contests, lambda key: sees(viewer, at_of(key), compiled)),
        declarations=withheld.some("declarations", declared, lambda name: inside and _sees_named(live, viewer, name)),
        findings=tuple(
            withheld.some("findings", kept.findings, lambda name: inside and _sees_finding(live, viewer, name)).values()
        ),
        recommended=kept.shown if signing else None,
        signature=kept.signature if signing else None,
        approvals=withheld.some("approvals", kept.approvals, lambda _: signing),
        clearances=kept.clearances if signing else (),
        acts=tuple(
            withheld.some("acts", kept.acts, lambda name: inside and _sees_act(live, viewer, kept.acts[name])).values()
        ),
        consents=withheld.some(
            "consents", consents_signed(live), lambda role: viewer.kind == "resident" or viewer.role == role
        ),
    )
    return steps, withheld.names


class _Withheld:
    """The parts of `signed.json` that something was left out of."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def note(self, part: str, value: object | None) -> None:
        """Name a part, if it had a value."""
        if value is not None:
            self.names.append(f"{SIGNED}:{part}")

    def some(self, part: str, all_: Mapping[str, T], seen: Callable[[str], bool]) -> dict[str, T]:
        """Return those that are seen by their name."""
        found = {name: one for name, one in all_.items() if seen(name)}
        self.note(part, None if len(found) == len(all_) else part)
        return found


def _acceptance(requests: Sequence[Sent]) -> tuple[SignedStep | None, tuple[ReasonView, ...]]:
    for sent in reversed(requests):  # of a case that ran again, what was signed for the decision that stands
        if sent.kind == "decision" and sent.answer is not None:
            request = sent.payload(DecisionRequest)
            return request.acceptance, request.accepted
    return None, ()


def _sees_finding(live: LiveCase, viewer: Viewer, name: str) -> bool:
    """Tell whether a viewer may see a finding: they see what every condition came to that it is of or asked for."""
    if name.startswith((CONDITION, DECLARATION)):
        return _sees_named(live, viewer, name.partition(":")[2])
    return all(
        sees_condition(viewer, one.condition, live.version.compiled)
        for one in live.version.compiled.conditions
        if name in _asked_for(one)
    )


def _asked_for(one: CompiledCondition) -> set[str]:
    return {node.name for node in walk(one.residual) if isinstance(node, Finding)}


def _sees_named(live: LiveCase, viewer: Viewer, name: str) -> bool:
    found = next((one for one in live.version.item.conditions if one.id == name), None)
    return found is None or sees_condition(viewer, found, live.version.compiled)


def _sees_act(live: LiveCase, viewer: Viewer, one: StaffAct) -> bool:
    act: Act = one.act
    return not isinstance(act, AnswerContest) or sees(viewer, (act.question, act.role), live.version.compiled)
