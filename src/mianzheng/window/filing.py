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
from mianzheng.client.window import Served
from mianzheng.model.authorisation import ChoiceAsked
from mianzheng.model.beside import BesideItem
from mianzheng.model.canonical import unb64
from mianzheng.model.case import CaseAct, CaseView, State
from mianzheng.model.errors import WrongUse
from mianzheng.model.item import Item
from mianzheng.model.paper_acts import HandedOver
from mianzheng.model.papers import PaperFile, PaperView
from mianzheng.window.clerk import Clerk, Said, ShiftLine
from mianzheng.window.seeing import sitting_of
from mianzheng.window.sitting import Chosen, Done, Opened, Sitting

RUNNING = frozenset({State.AUTHORISED, State.ASKING, State.UNDECIDED, State.GRANTED, State.ISSUED})
"""States that a case leaves by itself within seconds: the page looks again."""
_STEPS: dict[CaseAct, str] = {  # of the person: path of the hub
    "accept-refusal": "acceptance",
    "ask-person": "review",
    "withdraw": "withdrawal",
    "escalate": "escalation",
    "supply": "supply",
}


DELIVERED = "paper-delivered"
_NOT_ACCEPTED = frozenset({"bundle-refused", "presence-used", "another-clerk"})


class _Entry(msgspec.Struct, frozen=True):
    """Of an entry of the ledger: its name, and what was entered."""

    leaf: str
    content: str


class _Kind(msgspec.Struct, frozen=True):
    kind: str


async def choose(clerk: Clerk, name: str) -> None:
    """Take an item. One that asks nothing of the person is opened at once."""
    sitting = sitting_of(clerk)
    if sitting.shown is not None:
        sitting.next_item()
    chosen = await _chosen(clerk, name)
    sitting.choose(chosen)
    await _open_plain(clerk, chosen)


async def _chosen(clerk: Clerk, name: str) -> Chosen:
    hub = clerk.hub()
    item = await hub.get(f"/items/{name}", Item)
    asked: list[ChoiceAsked] = []
    if any(role.chosen for role in item.roles.values()):
        asked = await hub.get(f"/items/{name}/choices", list[ChoiceAsked])
    return Chosen(item=item, choices=tuple(asked))


async def _open_plain(clerk: Clerk, chosen: Chosen) -> None:
    if sitting_of(clerk).person is not None and not chosen.item.form and not chosen.choices:
        await open_case(clerk, {}, {})


async def open_case(clerk: Clerk, form: Mapping[str, str], choices: Mapping[str, str]) -> None:
    """Open the case of the chosen item; its plan waits to be read."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.chosen is None:
        raise WrongUse("see the person first, then choose an item", code="nothing-chosen")
    item = sitting.chosen.item
    stated = {name: value for name, value in form.items() if value.strip()}
    sitting.typed = stated
    sitting.unstated = tuple(name for name, field in item.form.items() if field.required and name not in stated)
    if sitting.unstated:
        raise WrongUse(f"not stated: {', '.join(sitting.unstated)}", code="not-stated")
    typed = typed_form(item.item, item.form, stated)
    said = {role: value.strip() for role, value in choices.items()}
    if sitting.correcting is not None:
        draft, openings = await sitting.person.correct(sitting.correcting.case, item.item, typed, choices=said)
    else:
        draft, openings = await sitting.person.apply(item.item, typed, choices=said)
    sitting.stated[draft.case] = stated
    sitting.opened = Opened(draft=draft, openings=openings)


def drop(clerk: Clerk) -> None:
    """Go back to the items: the plan was not signed, and nobody was asked anything."""
    sitting = sitting_of(clerk)
    sitting.opened = sitting.chosen = sitting.correcting = None


async def sign(clerk: Clerk) -> None:
    """Sign what the person was read, and see the case decided."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.opened is None or sitting.chosen is None:
        raise WrongUse("no plan was read", code="nothing-chosen")
    began = time.monotonic()
    try:
        own = await sitting.person.authorise(sitting.opened.draft, sitting.opened.openings)
    except HubRefused as refused:
        if refused.code in _NOT_ACCEPTED:  # that case is over, and the person must be seen anew
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
    """Have the person's word of a step signed and handed in: any act on the whole case that the hub allows now."""
    person, own = _case_shown(clerk)
    act = next((one for one in _STEPS if one == name and one in own.acts), None)
    if act is None:
        raise WrongUse(f"{name!r} is nothing that this case allows now", code="not-in-this-state")
    shown: object = own.reasons if act == "accept-refusal" else own.case
    await _shown(clerk, await person.step(own.case, _STEPS[act], act, shown, {}))


async def declare(clerk: Clerk, condition: str) -> None:
    """Have the person's declaration 告知承诺 signed, over the very text that was read to them."""
    person, own = _case_shown(clerk)
    found = next((one for one in own.declarations if one.condition == condition and not one.signed), None)
    if found is None:
        raise WrongUse("that cannot be declared in this case", code="not-in-this-state")
    extra = {"condition": condition}
    view = await person.step(own.case, "declarations", f"declare:{condition}", found.text, extra)
    await _shown(clerk, view)


async def correct(clerk: Clerk) -> None:
    """Fill in anew what is to be corrected 补正; an item that asks nothing of the person is signed anew at once."""
    sitting = sitting_of(clerk)
    _, own = _case_shown(clerk)
    if "corrected" not in own.acts:
        raise WrongUse("no correction is asked for", code="not-in-this-state")
    chosen = await _chosen(clerk, own.item)
    sitting.choose(chosen, correcting=own)
    await _open_plain(clerk, chosen)


async def earlier(clerk: Clerk) -> None:
    """Learn once which earlier cases wait for this person; of a presence alone: the hub shows it no other."""
    sitting = clerk.sitting
    if sitting is None or sitting.earlier is not None or not isinstance(sitting.person, Served):
        return
    here = {one.own.case for one in sitting.done}
    found = await sitting.person.hub.get("/cases", list[CaseView])
    sitting.earlier = tuple(one for one in found if one.case not in here and awaits(one))


def awaits(view: CaseView) -> bool:
    """Tell whether a case waits for its person: a correction, something missing, a declaration."""
    return bool({"corrected", "supply"} & {*view.acts}) or any(not one.signed for one in view.declarations)


async def take_up(clerk: Clerk, case: str) -> None:
    """Go on with a case of an earlier sitting."""
    sitting = sitting_of(clerk)
    if sitting.person is None or case not in {one.case for one in sitting.earlier or ()}:
        raise WrongUse("that is no case of this person that waits", code="nothing-chosen")
    view = await sitting.person.show(case)
    item = await clerk.hub().get(f"/items/{view.item}", Item)
    sitting.settle(await _done(sitting.person, item, view, seconds=0, milliseconds=int(view.milliseconds)))
    sitting.earlier = None


async def contest(clerk: Clerk, question: str, role: str) -> None:
    """Have the person's word signed that an answer about them is wrong."""
    person, own = _case_shown(clerk)
    named = next((one for one in own.answers if (one.question, one.role) == (question, role)), None)
    if named is None:
        raise WrongUse("that was not answered in this case", code="nothing-chosen")
    extra = {"question": question, "role": role}
    name = f"contest:{question}:{role}"
    await _shown(clerk, await person.step(own.case, "contests", name, named, extra))


async def look_again(clerk: Clerk) -> None:
    """Read a case once more that still runs, or that its person signs on their own phone."""
    sitting = clerk.sitting
    if sitting is not None and sitting.signs_elsewhere:
        await _signed_elsewhere(clerk, sitting)
    if sitting is None or sitting.person is None or sitting.shown is None or sitting.stage != "done":
        return
    if sitting.shown.own.state in (*RUNNING, State.WAITING_REGISTER):
        await _shown(clerk, await sitting.person.show(sitting.shown.own.case))


async def paper(clerk: Clerk, name: str) -> bytes:
    """Return a legal document of the case that is shown, as its department sealed it: to be printed and handed over."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.shown is None or name not in {one.paper for one in sitting.shown.papers}:
        raise WrongUse("that is no paper of the case that is shown", code="nothing-chosen")
    case = sitting.shown.own.case
    return b64decode((await sitting.person.hub.get(f"/cases/{case}/papers/{name}", PaperFile)).pdf)


async def handed(clerk: Clerk, name: str) -> None:
    """Sign that a paper of the case that is shown was given to whoever sits there: so it is delivered 送达."""
    person, own = _case_shown(clerk)
    sitting = sitting_of(clerk)
    found = next((one for one in sitting.shown.papers if one.paper == name), None) if sitting.shown else None
    if found is None:
        raise WrongUse("that is no paper of the case that is shown", code="nothing-chosen")
    try:
        await clerk.desk.deliver(own.case, HandedOver(paper=name, on=clerk.today()), beside=person.hub)
    except HubRefused as refused:
        if refused.code == DELIVERED:
            await _shown(clerk, await person.show(own.case))
        raise
    await _shown(clerk, await person.show(own.case))
    clerk.said = Said(code="paper-handed", detail=found.display)


def may(done: Done, act: CaseAct) -> bool:
    """Tell whether the case allows an act of the person now: the hub says which."""
    return act in done.own.acts


def _case_shown(clerk: Clerk) -> tuple[Person, CaseView]:
    """Return who sits there and the case that is shown; `WrongUse` when none is."""
    sitting = sitting_of(clerk)
    if sitting.person is None or sitting.shown is None:
        raise WrongUse("no case is shown", code="nothing-chosen")
    return sitting.person, sitting.shown.own


async def _shown(clerk: Clerk, own: CaseView) -> None:
    sitting = sitting_of(clerk)
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
        kept=person.kept_holder is not None,
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
