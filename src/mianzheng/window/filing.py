"""One case at the window: item, statements, the plan in words, the signature, and what the person may do next."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import Mapping

import msgspec

from mianzheng.client.form import typed_form
from mianzheng.client.hub_client import HubRefused
from mianzheng.client.person import Person
from mianzheng.model.authorisation import ChoiceAsked
from mianzheng.model.beside import BesideItem
from mianzheng.model.canonical import unb64
from mianzheng.model.case import EDGES, CaseView, State
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Item
from mianzheng.model.papers import PaperFile, PaperView
from mianzheng.window.clerk import Clerk, ShiftLine
from mianzheng.window.seeing import sitting_of
from mianzheng.window.sitting import Chosen, Done, Opened, Sitting

RUNNING = frozenset({State.AUTHORISED, State.ASKING, State.UNDECIDED, State.GRANTED, State.ISSUED})
"""States that a case leaves by itself within seconds: the page looks again."""
_STEPS = {  # of the person: path, name of the step, where the case then stands
    "accept": ("acceptance", "accept-refusal", State.REFUSED),
    "person": ("review", "ask-person", State.WAITING_PERSON),
    "withdraw": ("withdrawal", "withdraw", State.WITHDRAWN),
    "escalate": ("escalation", "escalate", State.ESCALATED),
}
_AT_STAFF = frozenset(
    {State.WAITING_PERSON, State.VISIT_BOOKED, State.SUSPENDED, State.PUBLIC_NOTICE, State.CORRECTION, State.ESCALATED}
)


class _Entry(msgspec.Struct, frozen=True):
    """Of an entry of the ledger: its name, and what was entered."""

    leaf: str
    content: str


class _Kind(msgspec.Struct, frozen=True):
    kind: str


async def choose(clerk: Clerk, name: str) -> None:
    """Take an item. One that asks nothing of the person is opened at once."""
    sitting = sitting_of(clerk)
    hub = clerk.hub()
    item = await hub.get(f"/items/{name}", Item)
    asked: list[ChoiceAsked] = []
    if any(role.chosen for role in item.roles.values()):
        asked = await hub.get(f"/items/{name}/choices", list[ChoiceAsked])
    if sitting.shown is not None:
        sitting.next_item()
    sitting.chosen = Chosen(item=item, choices=tuple(asked))
    if sitting.person is not None and not item.form and not asked:
        await open_case(clerk, {}, {})


async def open_case(clerk: Clerk, form: Mapping[str, str], choices: Mapping[str, str]) -> None:
    """Open the case of the chosen item; its plan waits to be read."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.chosen is None:
        raise WrongUse("see the person first, then choose an item", code="nothing-chosen")
    item = sitting.chosen.item
    typed = typed_form(item.item, item.form, {name: value for name, value in form.items() if value})
    said = {role: value.strip() for role, value in choices.items()}
    draft, openings = await sitting.person.apply(item.item, typed, choices=said)
    sitting.opened = Opened(draft=draft, openings=openings)


def drop(clerk: Clerk) -> None:
    """Go back to the items: the plan was not signed, and nobody was asked anything."""
    sitting = sitting_of(clerk)
    sitting.opened = sitting.chosen = None


async def sign(clerk: Clerk) -> None:
    """Sign what the person was read, and see the case decided."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.opened is None or sitting.chosen is None:
        raise WrongUse("no plan was read", code="nothing-chosen")
    began = time.monotonic()
    try:
        own = await sitting.person.authorise(sitting.opened.draft, sitting.opened.openings)
    except HubRefused as refused:
        if refused.code == "bundle-refused":  # that case is over
            sitting.next_item()
        raise
    took = int((time.monotonic() - began) * 1000)
    seconds = int(time.time() - sitting.case_started)
    done = await _done(sitting.person, sitting.chosen.item, own, seconds=seconds, milliseconds=took)
    sitting.settle(done)
    _note(clerk, done)


async def _signed_elsewhere(clerk: Clerk, sitting: Sitting) -> None:
    """Take a case over that was signed on the person's phone since; before, nothing changes."""
    if sitting.person is None or sitting.opened is None or sitting.chosen is None:
        return
    view = await sitting.person.show(sitting.opened.draft.case)
    if view.state in (State.APPLIED, State.ACCEPTED):
        return
    seconds, took = int(time.time() - sitting.case_started), int(view.milliseconds)
    done = await _done(sitting.person, sitting.chosen.item, view, seconds=seconds, milliseconds=took)
    sitting.settle(done)
    _note(clerk, done)


async def step(clerk: Clerk, name: str) -> None:
    """Have the person's word of a step signed and handed in: accept, a person, withdraw, escalate."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.shown is None or name not in _STEPS:
        raise WrongUse("no case is shown", code="nothing-chosen")
    path, step_name, _ = _STEPS[name]
    case, own = sitting.shown.own.case, sitting.shown.own
    shown: object = own.reasons if name == "accept" else case
    await _shown(clerk, sitting, await sitting.person.step(case, path, step_name, shown, {}))


async def contest(clerk: Clerk, question: str, role: str) -> None:
    """Have the person's word signed that an answer about them is wrong."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.shown is None:
        raise WrongUse("no case is shown", code="nothing-chosen")
    own = sitting.shown.own
    named = next((one for one in own.answers if (one.question, one.role) == (question, role)), None)
    if named is None:
        raise WrongUse("that was not answered in this case", code="nothing-chosen")
    extra = {"question": question, "role": role}
    name = f"contest:{question}:{role}"
    await _shown(clerk, sitting, await sitting.person.step(own.case, "contests", name, named, extra))


async def look_again(clerk: Clerk) -> None:
    """Read a case once more that still runs, or that its person signs on their own phone."""
    sitting = clerk.sitting
    if sitting is not None and sitting.signs_elsewhere:
        await _signed_elsewhere(clerk, sitting)
    if sitting is None or sitting.person is None or sitting.shown is None or sitting.stage != "done":
        return
    if sitting.shown.own.state in (*RUNNING, State.WAITING_REGISTER):
        await _shown(clerk, sitting, await sitting.person.show(sitting.shown.own.case))


async def paper(clerk: Clerk, name: str) -> bytes:
    """Return a legal document of the case that is shown, as its department sealed it: to be printed and handed over."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.shown is None or name not in {one.paper for one in sitting.shown.papers}:
        raise WrongUse("that is no paper of the case that is shown", code="nothing-chosen")
    case = sitting.shown.own.case
    return b64decode((await sitting.person.hub.get(f"/cases/{case}/papers/{name}", PaperFile)).pdf)


def may(done: Done, name: str) -> bool:
    """Tell whether the case allows a step of the person now."""
    view, target = done.own, _STEPS[name][2]
    if name == "accept":
        return view.state is State.PROPOSED and view.decision == "refused"
    if name == "person" and view.state in _AT_STAFF:
        return False
    return target in EDGES[view.state]


async def _shown(clerk: Clerk, sitting: Sitting, own: CaseView) -> None:
    person, before = sitting.person, sitting.shown
    if person is None or before is None:
        raise WrongUse("no case is shown", code="nothing-chosen")
    done = await _done(person, before.item, own, seconds=before.seconds, milliseconds=before.milliseconds)
    sitting.done[sitting.done.index(before)] = done
    sitting.shown = done
    _note(clerk, done)


async def _done(person: Person, item: Item, own: CaseView, *, seconds: int, milliseconds: int) -> Done:
    clerk, beside, papers, entry = await asyncio.gather(
        person.show(own.case, "clerk"),
        person.hub.get(f"/cases/{own.case}/beside", list[BesideItem]),
        person.hub.get(f"/cases/{own.case}/papers", list[PaperView]),
        _entry(person, own.case),
    )
    return Done(
        item=item,
        clerk=clerk,
        own=own,
        beside=tuple(beside),
        papers=tuple(papers),
        entry=entry,
        seconds=seconds,
        milliseconds=milliseconds,
    )


async def _entry(person: Person, case: str) -> str:
    """Return the entry of the decision, else the newest: by it anybody can check the ledger."""
    entries = await person.hub.get(f"/ledger/cases/{case}", list[_Entry])
    decided = [one.leaf for one in entries if msgspec.json.decode(unb64(one.content), type=_Kind).kind == "decision"]
    return (decided or [one.leaf for one in entries] or [""])[-1]


def _note(clerk: Clerk, done: Done) -> None:
    """Keep one line of the shift; a case that moved since replaces its line."""
    line = ShiftLine(
        case=done.own.case,
        name=done.item.name,
        state=done.clerk.state.value,
        decision=done.clerk.decision,
        seconds=done.seconds,
        replaced=done.clerk.documents_replaced,
    )
    clerk.shift = [one for one in clerk.shift if one.case != line.case] + [line]
