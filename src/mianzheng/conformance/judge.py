"""A played case judged: differences from the truth, and the questions that could not have mattered."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from mianzheng.conformance.compare import Difference, differences
from mianzheng.conformance.meaning import UNKNOWN, Setting, Value
from mianzheng.conformance.measure import Measured
from mianzheng.conformance.people import Reached
from mianzheng.conformance.play import Played
from mianzheng.conformance.questions import Answered, Rules, superfluous, unneeded
from mianzheng.model.case import AnswerView, CaseView, ExplainedAnswer
from mianzheng.model.evidence import QuestionAt, RestsOn
from mianzheng.model.item import ParamTable, base_of
from mianzheng.model.officers import CONDITION
from mianzheng.model.scalar import from_wire
from mianzheng.rules.compile import CompiledItem

_log = logging.getLogger(__name__)


class Judge:
    """Judges cases of published items."""

    def __init__(self, compiled: Mapping[str, CompiledItem], params: Mapping[str, ParamTable]) -> None:
        self.compiled = compiled
        self.params = params

    def judge(self, played: Played, *, steady: bool) -> Measured:
        """Return what was found in a case; `steady`: after it was first looked at no gateway was away.

        A case that cannot be judged is a difference: a fault of ours costs one line, never the whole run.
        """
        try:
            return self._judged(played, steady=steady)
        except Exception as error:
            _log.exception("%s cannot be judged", played.case)
            what = f"cannot be judged: {type(error).__name__}: {error}"
            wanted = played.wanted
            one = Difference(case=played.case, item=wanted.item, resident=wanted.resident, what=what)
            return Measured(played=played, differences=(one,), superfluous=(), answers=0, unneeded=0)

    def _judged(self, played: Played, *, steady: bool) -> Measured:
        found = differences(played)
        view = played.last
        if view is None or not view.answers:
            return Measured(played=played, differences=found, superfluous=(), answers=0, unneeded=0)
        rules = self._rules(played, view)
        answered = tuple(self._answered(rules, one, played, steady=steady) for one in view.answers)
        without = tuple(self._superfluous(played, view, at) for at in superfluous(rules, answered))
        strictly = superfluous(rules, answered, still_open=_settled(played, view))
        findings = self._findings(played)
        deciding = [one for one in answered if (one.at[0], base_of(one.at[1])) in rules.compiled.questions]
        known = all(len(one.values) == 1 for one in answered)
        idle = unneeded(rules, answered, findings) if known else ()
        return Measured(
            played=played,
            differences=found,
            superfluous=without,
            strictly=len(strictly),
            answers=len(deciding) if known else 0,
            unneeded=len(idle),
        )

    def _rules(self, played: Played, view: CaseView) -> Rules:
        wanted, compiled = played.wanted, self.compiled[played.wanted.item]
        forms = {name: from_wire(compiled.item.form[name].type, wire) for name, wire in wanted.form.items()}
        return Rules(compiled, Setting(as_of=view.as_of, params=self.params, forms=forms))

    def _answered(self, rules: Rules, view: AnswerView, played: Played, *, steady: bool) -> Answered:
        """Return an answer; one that came late, or under faults any, was open to those who asked on before it."""
        at: QuestionAt = (view.question, view.role)
        values = rules.domain(at, {}) if view.status == "withheld" else (self._value(rules, view, played),)
        late = not steady or at in played.away
        return Answered(
            at=at,
            wave=view.wave,
            values=values,
            meanwhile=tuple(dict.fromkeys((*rules.domain(at, {}), *values))) if late else (),
            hasty=not steady or at in played.seen,
        )

    def _value(self, rules: Rules, view: AnswerView, played: Played) -> Any:
        if view.status != "value" or view.value is None:
            return UNKNOWN
        base = (view.question, base_of(view.role))
        if base in {(one.question.id, one.role) for one in rules.compiled.links.values()}:
            return Reached(int(view.value), whole=self._whole(view, played))
        placed = rules.compiled.questions.get(base)
        return True if placed is None else from_wire(placed.question.type, view.value)

    def _whole(self, view: AnswerView, played: Played) -> bool:
        """A link's answer that rests on a register which is not complete leaves room for others elsewhere."""
        explained = played.explained
        rows: list[ExplainedAnswer] = [] if explained is None else [a for c in explained.conditions for a in c.answers]
        return all(
            row.rests_on != RestsOn.MISSING for row in rows if (row.question, row.role) == (view.question, view.role)
        )

    def _findings(self, played: Played) -> Mapping[str, Value]:
        types = self.compiled[played.wanted.item].item.findings
        return {
            name: from_wire(types[name].type, wire)
            for name, wire in played.wanted.findings.items()
            if name in played.entered
        }

    def _superfluous(self, played: Played, view: CaseView, at: QuestionAt) -> Difference:
        asked = next(one for one in view.answers if (one.question, one.role) == at)
        what = f"superfluous in wave {asked.wave}: {asked.sentence.en} ({at[0]} about {at[1]})"
        return Difference(case=played.case, item=played.wanted.item, resident=played.wanted.resident, what=what)


def _settled(played: Played, view: CaseView) -> frozenset[str]:
    """Return the conditions that an officer or a declaration settled where answers left them open."""
    declared = (one.condition for one in view.declarations if one.signed)
    entered = (name.removeprefix(CONDITION) for name in played.entered if name.startswith(CONDITION))
    return frozenset((*declared, *entered))
