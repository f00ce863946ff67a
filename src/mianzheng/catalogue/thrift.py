"""Whether no more is asked, kept and written than serves: what of a catalogue is idle or stands twice.

`check_idle` finds faults: a question whose answer can change neither a condition nor what is granted. `advise` finds
what a person should look at: facts that nothing reads, the same label in two registers, a question that one item
asks in words of its own, a value where a condition needs a yes or no, an item without an undecided example.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from mianzheng.catalogue.compiled import served
from mianzheng.catalogue.doubts import doubt
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.reading import Place, facts_in_use
from mianzheng.model.evidence import Evidence, QuestionAt
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import ParamTable
from mianzheng.model.scalar import Scalar
from mianzheng.model.text import Fault
from mianzheng.rules.compile import CompiledCondition, CompiledItem
from mianzheng.rules.evaluate import Answers
from mianzheng.rules.expression import Asked, Fact, Literal_, Node
from mianzheng.rules.question import Question
from mianzheng.rules.reachable import Follow
from mianzheng.rules.tree import walk

_PERSONAL = 3  # L3 and above: what of a value is more than a yes or no tells more of somebody than it needs to


def check_idle(compiled: CompiledItem, params: Mapping[str, ParamTable], found: Findings) -> None:
    """Add a fault for each question of a condition whose answer changes it in no case that the examples show.

    And for each role that no rule speaks of: nobody would be asked who stands there, though the person may have chosen.
    """
    for name, role in compiled.item.roles.items():
        if role.link and name not in compiled.links:
            message, hint = f"no rule speaks of {name}", f"leave the role out, or say {name} in a rule"
            found.at_key(("roles", name), "idle-role", message, hint)
    outcome = {node for root in _outcome_roots(compiled) for node in walk(root) if isinstance(node, Asked)}
    used = {(node.question, node.role) for node in outcome}
    for at in dict.fromkeys((placed.question.id, placed.role) for one in compiled.conditions for placed in one.placed):
        if at in compiled.questions and at not in used and not _ever_matters(at, compiled, params):
            message = f"no answer of {compiled.questions[at].question.register} here changes what is decided"
            found.at(served(compiled, at), "idle-question", message, "leave it out")


def advise(
    items: Iterable[CompiledItem],
    facts: FactCatalogue,
    findings: Mapping[tuple[str, str], Findings],
    *,
    whole: bool,
    kept: frozenset[Place] = frozenset(),
) -> tuple[Fault, ...]:
    """Return what a person should look at, by place; `findings` of item and register files by (kind, id), empty.

    Of a part of a tree (`whole` false) only its items are looked at. `kept`: facts that something beside items reads.
    """
    every = list(items)
    for one in every:
        _advise_item(one, findings["item", one.item.item])
        doubt(one.item, findings["item", one.item.item])
    if whole:
        _advise_facts(facts_in_use(every, facts) | kept, facts, findings)
        _advise_own_words(every, findings)
    found = {fault for finding in findings.values() for fault in finding.faults}
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.line, fault.column, fault.code)))


def askers_of(items: Iterable[CompiledItem]) -> Counter[str]:
    """Return how many items ask each question."""
    return Counter(id_ for one in items for id_ in {placed.question.id for placed in one.questions.values()})


def _outcome_roots(compiled: CompiledItem) -> Iterator[Node]:
    if compiled.amount is not None:
        yield compiled.amount
    yield from compiled.claims.values()


def _ever_matters(at: QuestionAt, compiled: CompiledItem, params: Mapping[str, ParamTable]) -> bool:
    asking = [one for one in compiled.conditions if at in [(p.question.id, p.role) for p in one.placed]]
    states = _states(compiled, params)
    return any(_matters(at, one, compiled, evidence, day) for evidence, day in states for one in asking)


def _states(compiled: CompiledItem, params: Mapping[str, ParamTable]) -> Iterator[tuple[Evidence, date]]:
    """Yield what may be stated and found before anything is asked: nothing, then what each example says."""
    yield Evidence(params=params), compiled.item.effective
    for example in compiled.item.examples:
        forms = {name: value for name, value in example.form.items() if value is not None}
        seen = {name: value for name, value in example.findings.items() if value is not None}
        yield Evidence(params=params, forms=forms, findings=seen), example.as_of
        yield Evidence(params=params, forms=forms), example.as_of


def _matters(at: QuestionAt, one: CompiledCondition, compiled: CompiledItem, evidence: Evidence, day: date) -> bool:
    if isinstance(one.residual, Asked):
        return True
    answers = Answers(compiled, evidence, day)
    asked = (at, (at[0], f"{at[1]}#1"))  # of a role of many: its first person
    triples = (triple for one_asked in asked for triple in Follow(answers, one_asked).outcomes(one.residual))
    return any(yes != no for yes, no, _ in triples)


def _advise_item(compiled: CompiledItem, found: Findings) -> None:
    item = compiled.item
    if all(example.expect != "undecided" for example in item.examples):
        message = "no example is undecided: what is not held, or does not answer"
        found.at_key(("examples",), "never-undecided", message, "unavailable: [role.register], or absent")
    for placed in compiled.questions.values():
        question = placed.question
        at = (question.id, placed.role)
        if (
            question.kind == "value"
            and compiled.purposes[at][0] == "condition"
            and compiled.levels[question.id] >= _PERSONAL
        ):
            message = f"{question.register} tells a value (L{compiled.levels[question.id]}) for a condition"
            found.at(served(compiled, at), "value-asked", message, "compare it where it lies: a yes or no does")


def _advise_facts(used: frozenset[Place], facts: FactCatalogue, findings: Mapping[tuple[str, str], Findings]) -> None:
    labels: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, register in facts.registers.items():
        for fact, declared in register.facts.items():
            labels[declared.label.zh].append((name, fact))
            if (name, fact) not in used:
                message = f"no item reads {name}.{fact}"
                findings["register", name].at_key(("facts", fact), "unused-fact", message, "use it or leave it out")
    for label, places in labels.items():
        for name, fact in places:
            others = ", ".join(f"{register}.{other}" for register, other in places if register != name)
            if others:
                message = f"{label} stands in {others} too"
                findings["register", name].at_key(("facts", fact), "label-twice", message, "one register keeps a fact")


def _advise_own_words(items: list[CompiledItem], findings: Mapping[tuple[str, str], Findings]) -> None:
    """Name each question of one item that rests on just the facts and literals of a question of several others."""
    askers = askers_of(items)
    asked = [placed.question for one in items for placed in one.questions.values()]
    shared = {_read(question) for question in asked if askers[question.id] > 1}
    for one in items:
        for (id_, role), placed in one.questions.items():
            if askers[id_] == 1 and _read(placed.question) in shared:
                message = f"{placed.question.register} is asked in words of its own what others ask in theirs"
                path = served(one, (id_, role))
                findings["item", one.item.item].at(path, "own-words", message, "ask as the others do, if it is meant")


def _read(question: Question) -> tuple[str, str, frozenset[Scalar]]:
    nodes = list(walk(question.expression))
    names = {node.name for node in nodes if isinstance(node, Fact)}
    return question.register, question.kind, frozenset(names | {n.value for n in nodes if isinstance(n, Literal_)})
