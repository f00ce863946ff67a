"""The papers of a case as its people see them: listed, opened, delivered, checked.

Delivery 送达 of a decision has ten working days. On screen it is delivered when the person opens it, or of a body its
legal representative, and never by an agent's opening: no mandate says that its agent receives papers (docs/papers.md).
At the window and by post it is delivered when staff sign that it was. The first day counts and is kept.
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
from mianzheng.cases.paper_making import Made, Place, make_paper, places_of
from mianzheng.cases.staff import BadAct, read_delivery, require
from mianzheng.deadlines import day_in_china
from mianzheng.decision.audience import CLERK, Viewer
from mianzheng.model.errors import MianzhengError, NotFound
from mianzheng.model.officers import Staff
from mianzheng.model.paper_acts import HandedOver, PaperDelivery, Posted
from mianzheng.model.papers import Checked, PaperFile, PaperKind, PaperView, Way
from mianzheng.model.text import Text
from mianzheng.papers.facts import ACTS
from mianzheng.papers.numbers import read_number
from mianzheng.papers.signature import verify
from mianzheng.papers.templates import template_on
from mianzheng.store import papers as stored
from mianzheng.store.papers import PaperRow

_log = logging.getLogger(__name__)
_HANDING = frozenset({"officer", "clerk"})


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
        made = await _delivered(live, made, on=live.hub.days.today, way="screen")
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


async def deliver(live: LiveCase, delivery: PaperDelivery) -> PaperView:
    """Take what a member of staff signed: handed over, posted, arrived."""
    staff = read_delivery(live.hub, live.id, delivery)
    require(staff, department=live.version.handling, roles=_HANDING)
    act = delivery.act
    made = await make_paper(live, act.paper, CLERK)
    if not made.row.told_on <= act.on <= live.hub.days.today:
        raise BadAct(f"{act.on} is no day on which this paper could be delivered")
    if isinstance(act, HandedOver):
        made = await _delivered(live, made, on=act.on, way="window")
    elif isinstance(act, Posted):
        await _post(live, made, act)
    elif made.row.sent_on is None:
        raise NotInThisState("the paper was not posted", hint="sign `post` with its tracking number first")
    else:
        made = await _delivered(live, made, on=act.on, way="post")
    async with live.hub.store.connection() as connection:
        row = await stored.find_paper(connection, made.row.number) or made.row
    return _of_row(live, row)


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


async def _post(live: LiveCase, made: Made, act: Posted) -> None:
    if not act.tracking.strip() or len(act.tracking) > 64:
        raise BadAct("tracked post has a tracking number")
    sealed = live.key.encrypt(act.tracking.encode(), context=context(live.id, made.row.number, "tracking"))
    async with live.hub.store.connection() as connection:
        if not await stored.send_paper(connection, made.row.number, on=act.on, tracking=sealed):
            raise NotInThisState("the paper was delivered already")


async def _delivered(live: LiveCase, made: Made, *, on: date, way: Way) -> Made:
    """Keep the first day of delivery, and that nothing is late any more."""
    async with live.hub.store.transaction() as connection:
        if await stored.deliver_paper(connection, made.row.number, on=on, way=way):
            await stored.end_late(connection, live.id, on)
        row = await stored.find_paper(connection, made.row.number)
    return made if row is None else msgspec.structs.replace(made, row=row)


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
        title=_title(live, occasion),
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


def _title(live: LiveCase, occasion: Occasion) -> Text:
    title, act = template_on(occasion.kind, occasion.on).title, ACTS[live.version.item.kind]
    return Text(title.zh.format(act=act.zh), title.en.format(act=act.en))
