"""The papers of a case as its people see them: listed, opened, delivered, checked.

Delivery 送达 of a decision has ten working days. On screen it is delivered when the person opens it, or of a body its
legal representative, and never by an agent's opening: no mandate says that its agent receives papers (docs/papers.md).
At the window and by post it is delivered when staff sign that it was: of the handling department, or at another
window whoever has the person before them. The first day counts and is kept.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from datetime import date
from typing import Literal

import msgspec

from mianzheng.cases.acting import require_handler
from mianzheng.cases.change import NotInThisState
from mianzheng.cases.hub import Hub
from mianzheng.cases.live import LiveCase
from mianzheng.cases.loading import load
from mianzheng.cases.paper_facts import Occasion, audience_of, context, deliver_by, tracking_of
from mianzheng.cases.paper_making import Place, make_paper, places_of
from mianzheng.cases.staff import BadAct, named, read_delivery, require
from mianzheng.deadlines import day_in_china
from mianzheng.decision.audience import CLERK, Viewer
from mianzheng.model.errors import MianzhengError, NotFound
from mianzheng.model.item import Item
from mianzheng.model.officers import Staff
from mianzheng.model.paper_acts import DeliveryAct, HandedOver, PaperDelivery, Posted, delivery_tag
from mianzheng.model.papers import Checked, PaperFile, PaperKind, PaperView, Way
from mianzheng.model.text import Text
from mianzheng.papers.facts import ACTS
from mianzheng.papers.numbers import read_number
from mianzheng.papers.signature import verify
from mianzheng.papers.templates import template_on
from mianzheng.store import papers as stored
from mianzheng.store.edges import NewEntry
from mianzheng.store.papers import PaperRow

MOST_TRACKING = 64
_log = logging.getLogger(__name__)
_HANDING = frozenset({"officer", "clerk"})


class PaperDelivered(MianzhengError):
    """It was delivered before: the first day counts."""

    code = "paper-delivered"


class PaperNotPosted(MianzhengError):
    """It cannot have arrived: nobody signed that it was posted."""

    code = "paper-not-posted"


class PaperDay(MianzhengError):
    """On that day this paper could not be handed over, posted or arrive."""

    code = "paper-day"


async def papers_view(live: LiveCase, viewer: Viewer) -> tuple[PaperView, ...]:
    """Return the papers of a case for a reader, in the order of the procedure; none for a linked person."""
    if viewer.kind in ("linked", "former"):
        return ()
    async with live.hub.store.connection() as connection:
        rows = await stored.papers_of(connection, live.id)
    places = places_of(live, rows)
    found = [_view(live, place, _of(live, place, rows, viewer)) for place in places]
    gone = {(place.occasion.kind.value, place.occasion.key) for place in places}
    old = [row for row in rows if (row.kind, row.occasion) not in gone and row.audience == "resident"]
    return (*(_of_row(live, row) for row in old), *found)


async def write_ahead(hub: Hub, case: str, viewer: Viewer, slugs: tuple[str, ...]) -> None:
    """Make papers that somebody is about to open; what cannot be made now is made, or refused, when it is opened."""
    live = await load(hub, case)
    for slug in slugs:
        try:
            await make_paper(live, slug, viewer)
        except MianzhengError as error:
            _log.info("paper %s was not made ahead: %s", slug, error.code)
            return


async def open_paper(live: LiveCase, slug: str, viewer: Viewer, *, on_screen: bool) -> PaperFile:
    """Return a paper; `on_screen`: the reader opens it, which delivers it where they receive the papers."""
    made = await make_paper(live, slug, viewer)
    if (
        on_screen
        and receives(live, viewer)
        and made.row.kind != PaperKind.RECEIPT.value
        and made.row.delivered_on is None
    ):
        row = await _delivered(live, made.row, on=live.hub.days.today, way="screen")
        made = msgspec.structs.replace(made, row=row)
    return PaperFile(view=_of_row(live, made.row), says=made.paper, pdf=base64.b64encode(made.pdf).decode("ascii"))


def receives(live: LiveCase, viewer: Viewer) -> bool:
    """Tell whether a paper that a reader opens is served by it: on the person, or a body's legal representative."""
    acting = live.opening.acting
    speaks = acting is not None and bool(acting.body)
    return viewer.kind == "resident" or (viewer.kind == "agent" and speaks)


async def choose_way(live: LiveCase, slug: str, viewer: Viewer, way: Way) -> None:
    """Keep how the person wants a paper; `NotInThisState` once it is on its way or there."""
    made = await make_paper(live, slug, viewer)
    async with live.hub.store.connection() as connection:
        if not await stored.choose_way(connection, made.row.number, way):
            raise NotInThisState("the paper is on its way, or was delivered", hint="it can always be opened again")


async def deliver(live: LiveCase, delivery: PaperDelivery, *, beside: bool = False) -> PaperView:
    """Take what a member of staff signed: handed over, posted, arrived.

    `beside`: it came within a session of the person, who stands before them. So a window of another department hands
    a paper over too; it posts none.
    """
    staff, act = read_delivery(live.hub, live.id, delivery), delivery.act
    here = staff.department if beside and isinstance(act, HandedOver) else live.version.handling
    require(staff, department=here, roles=_HANDING)
    made = await make_paper(live, act.paper, CLERK)
    _check_open(live, made.row, act)
    entry = live.note(
        "delivery",
        request="",
        purpose=f"{delivery_tag(act)} of {made.row.number} by {staff.staff}",
        digest=named(delivery.signed),
    ).row
    if isinstance(act, Posted):
        row = await _post(live, made.row, act, entry)
    else:
        way: Way = "window" if isinstance(act, HandedOver) else "post"
        row = await _delivered(live, made.row, on=act.on, way=way, entry=entry)
        if row.delivered_on is None or (row.delivered_on, row.way) != (act.on, way):
            raise _delivered_before(row)
    return _of_row(live, row)


def _check_open(live: LiveCase, row: PaperRow, act: DeliveryAct) -> None:
    """Raise unless this paper can be delivered so, on that day."""
    if row.kind == PaperKind.RECEIPT.value:
        raise BadAct("a receipt proves a delivery and is delivered to nobody", hint="name the paper itself")
    if row.delivered_on is not None:
        raise _delivered_before(row)
    posted = row.sent_on
    if posted is None and not isinstance(act, (HandedOver, Posted)):
        raise PaperNotPosted("the paper was not posted", hint="sign `post` with its tracking number first")
    first = row.told_on if posted is None or isinstance(act, (HandedOver, Posted)) else posted
    if not first <= act.on <= live.hub.days.today:
        raise PaperDay(f"{act.on} is no day on which that could be", hint=f"from {first} to {live.hub.days.today}")


def _delivered_before(row: PaperRow) -> PaperDelivered:
    return PaperDelivered(
        f"it was delivered on {row.delivered_on} ({row.way})", hint="the first day counts and is kept"
    )


async def for_staff(live: LiveCase, staff: Staff, slug: str) -> PaperFile:
    """Return a paper to the handler who prints it: as a clerk may read it."""
    require_handler(live, staff)
    return await open_paper(live, slug, CLERK, on_screen=False)


async def sealed_files(live: LiveCase, viewer: Viewer) -> dict[str, str]:
    """Return the sealed papers of a case that a reader may have, as files of its case file: base64 by name."""
    if viewer.kind in ("linked", "former"):
        return {}
    found = {}
    async with live.hub.store.connection() as connection:
        for row in await stored.papers_of(connection, live.id):
            files = await stored.files_of(connection, row.number)
            if files.pdf is not None and row.audience == audience_of(live, viewer, PaperKind(row.kind)):
                pdf = live.key.decrypt(files.pdf, context=context(live.id, row.number, "pdf"))
                found[f"papers/{row.number}.pdf.b64"] = base64.b64encode(pdf).decode("ascii")
    return found


async def check(hub: Hub, number: str, digest: str, *, pdf: bytes | None = None) -> Checked:
    """Return whether a paper of this number and SHA-256 (hexadecimal) was made here; nothing of what it says.

    `pdf`: the bytes of that digest. Their seal is looked at only where they are known: anybody may send a file, and a
    PDF can be made so that reading it takes long or fails.
    """
    read = read_number(number)
    if read is None:
        raise NotFound(f"{number} is no document number")
    async with hub.store.connection() as connection:
        row = await stored.find_paper(connection, number)
    known = row is not None and row.digest is not None and row.digest.hex() == digest.lower()
    if row is None or not known:
        return Checked(number=number, known=False)
    signature = "not-checked"
    if pdf is not None and hub.stamp_root is not None and hashlib.sha256(pdf).digest() == row.digest:
        signature = (await asyncio.to_thread(verify, pdf, root=hub.stamp_root, at=hub.clock())).state
    department = hub.library.facts.departments.get(row.department)
    return Checked(
        number=number,
        known=True,
        sealed_on=None if row.sealed_at is None else day_in_china(row.sealed_at),
        department=department.name if department else None,
        signature=signature,  # type: ignore[arg-type]
    )


async def _post(live: LiveCase, row: PaperRow, act: Posted, entry: NewEntry) -> PaperRow:
    """Keep that it went to the post, with its tracking number; a wrong number is put right by posting it again."""
    tracking = act.tracking.strip()
    if not tracking or len(tracking) > MOST_TRACKING:
        raise BadAct("tracked post has a tracking number")
    sealed = live.key.encrypt(tracking.encode(), context=context(live.id, row.number, "tracking"))
    async with live.hub.store.transaction() as connection:
        if await stored.send_paper(connection, row.number, on=act.on, tracking=sealed):
            await stored.enter(connection, live.ledger_key.whose, entry)
        now = await stored.find_paper(connection, row.number) or row
    if now.delivered_on is not None:
        raise _delivered_before(now)
    return now


async def _delivered(live: LiveCase, row: PaperRow, *, on: date, way: Way, entry: NewEntry | None = None) -> PaperRow:
    """Keep the first day of delivery, and that nothing is late any more; `entry`: of whoever signed it."""
    async with live.hub.store.transaction() as connection:
        if await stored.deliver_paper(connection, row.number, on=on, way=way):
            await stored.end_late(connection, live.id, on)
            if entry is not None:
                await stored.enter(connection, live.ledger_key.whose, entry)
        return await stored.find_paper(connection, row.number) or row


def _of(live: LiveCase, place: Place, rows: tuple[PaperRow, ...], viewer: Viewer) -> PaperRow | None:
    audience = audience_of(live, viewer, place.occasion.kind)
    at = (place.occasion.kind.value, place.occasion.key, audience)
    return next((row for row in rows if (row.kind, row.occasion, row.audience) == at), None)


def _of_row(live: LiveCase, row: PaperRow) -> PaperView:
    """Return the line of a paper that is written."""
    return _view(
        live, Place(occasion=Occasion(kind=PaperKind(row.kind), key=row.occasion, on=row.told_on), place=row.place), row
    )


def _view(live: LiveCase, place: Place, row: PaperRow | None) -> PaperView:
    occasion = place.occasion
    last = deliver_by(live, occasion)
    delivered = None if row is None else row.delivered_on
    number = None if row is None else read_number(row.number)
    return PaperView(
        paper=place.slug,
        kind=occasion.kind,
        title=title_of(occasion.kind, occasion.on, live.version.item),
        state=_state(row),
        on=occasion.on,
        display="" if number is None or row is None or row.digest is None else number.display,
        number="" if row is None or row.digest is None else row.number,
        digest="" if row is None or row.digest is None else row.digest.hex(),
        deliver_by=last,
        overdue=last is not None and (delivered or live.hub.days.today) > last,
        way="" if row is None else row.way,  # type: ignore[arg-type]  # the column's check constraint holds the words
        sent_on=None if row is None else row.sent_on,
        tracking="" if row is None else tracking_of(live, row),
        delivered_on=delivered,
    )


def _state(row: PaperRow | None) -> Literal["due", "made", "sent", "delivered"]:
    if row is None or row.digest is None:
        return "due"
    if row.delivered_on is not None:
        return "delivered"
    return "made" if row.sent_on is None else "sent"


def title_of(kind: PaperKind, on: date, item: Item) -> Text:
    """Return what a paper of an item is called: 准予行政给付决定书."""
    title, act = template_on(kind, on).title, ACTS[item.kind]
    return Text(title.zh.format(act=act.zh), title.en.format(act=act.en))
