"""Making a paper: its number, its bytes, the department's seal; each kept before the next, so that none is made twice.

1. The row with its number is written in one transaction.
2. The file with a place for the signature is kept, with the request and its *asked* entry, before anything leaves.
3. The handling gateway seals the digest; what comes back is verified as any reader would, and only then kept.
After a crash the next reader goes on where it stopped. A sealed paper is only ever read.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib

import msgspec

from mianzheng.cases.asking import permission
from mianzheng.cases.hub import Hub, new_id
from mianzheng.cases.live import LiveCase
from mianzheng.cases.opening import GUEST
from mianzheng.cases.paper_facts import Occasion, audience_of, context, deliver_by, facts_of, occasions_of
from mianzheng.credentials import jws
from mianzheng.decision.audience import Viewer
from mianzheng.exchange.peers import Got, Letter, Refusal
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.paper_acts import PaperRequest, PaperSealed
from mianzheng.model.papers import Paper, PaperKind, slug_of
from mianzheng.papers.compose import compose
from mianzheng.papers.numbers import read_number
from mianzheng.papers.signature import BadSignature, Prepared, fill, prepare, verify
from mianzheng.papers.typesetting import typeset
from mianzheng.store import papers as stored
from mianzheng.store.papers import Files, NewPaper, PaperKey, PaperRow

PAPER_TYP = "mz-paper-request"


class NotSealed(Unavailable):
    """The department answers, and does not seal this paper: others it may."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that is sealed: its row, what it says, the file."""

    row: PaperRow
    paper: Paper
    pdf: bytes


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An occasion with its place among those of its kind."""

    occasion: Occasion
    place: int

    @property
    def slug(self) -> str:
        """The last part of its address."""
        return slug_of(self.occasion.kind, self.place)


def places_of(live: LiveCase, rows: tuple[PaperRow, ...]) -> tuple[Place, ...]:
    """Return what papers a case gives rise to, each with a place that never changes once its row is written."""
    taken = {(row.kind, row.occasion): row.place for row in rows}
    found = []
    for one in occasions_of(live, rows):
        at = (one.kind.value, one.key)
        if at not in taken:
            used = {place for (kind, _), place in taken.items() if kind == one.kind.value}
            taken[at] = next(place for place in range(1, len(used) + 2) if place not in used)
        found.append(Place(occasion=one, place=taken[at]))
    return tuple(found)


async def make_paper(live: LiveCase, slug: str, viewer: Viewer) -> Made:
    """Return a paper of a case for a reader, made and sealed when it is first asked for.

    `NotFound` when the case gives rise to none such, `Unavailable` while the department does not seal it.
    """
    row = await _row(live, slug, viewer)
    async with live.hub.store.connection() as connection:
        files = await stored.files_of(connection, row.number)
    if files.pdf is None:
        if files.prepared is None:
            await _prepare(live, row, viewer)
        await _seal(live, row)
        async with live.hub.store.connection() as connection:
            files = await stored.files_of(connection, row.number)
            row = await stored.find_paper(connection, row.number) or row
    return _opened(live, row, files)


def _opened(live: LiveCase, row: PaperRow, files: Files) -> Made:
    if files.pdf is None or files.content is None:
        raise NotFound(f"the term of keeping of paper {row.number} is over")
    paper = msgspec.json.decode(
        live.key.decrypt(files.content, context=context(live.id, row.number, "content")), type=Paper
    )
    return Made(row=row, paper=paper, pdf=live.key.decrypt(files.pdf, context=context(live.id, row.number, "pdf")))


async def _row(live: LiveCase, slug: str, viewer: Viewer) -> PaperRow:
    """Return the row of a paper, with its number; one that is there is found also when its occasion is gone."""
    async with live.hub.store.connection() as connection:
        rows = await stored.papers_of(connection, live.id)
    place = next((one for one in places_of(live, rows) if one.slug == slug), None)
    if place is None:
        old = [row for row in rows if slug_of(PaperKind(row.kind), row.place) == slug]
        found = [row for row in old if row.audience == audience_of(live, viewer, PaperKind(row.kind))]
        if not found:
            raise NotFound(f"this case has no paper {slug}", hint="GET /cases/{case}/papers lists them")
        return found[0]
    occasion = place.occasion
    audience = audience_of(live, viewer, occasion.kind)
    for row in rows:
        if (row.kind, row.occasion, row.audience) == (occasion.kind.value, occasion.key, audience):
            return row
    new = NewPaper(
        key=PaperKey(case=live.id, kind=occasion.kind.value, occasion=occasion.key, audience=audience),
        department=live.version.handling,
        year=occasion.on.year,
        place=place.place,
        told_on=occasion.on,
        deliver_by=deliver_by(live, occasion),
        at=live.hub.clock(),
    )
    async with live.hub.store.transaction() as connection:
        return await stored.number_paper(connection, new)


async def _prepare(live: LiveCase, row: PaperRow, viewer: Viewer) -> None:
    """Write the paper, and keep its bytes with the request to seal them before that leaves."""
    number = read_number(row.number)
    if number is None:
        raise NotFound(f"{row.number} is no number")
    occasion = Occasion(kind=PaperKind(row.kind), key=row.occasion, on=row.told_on)
    about = await _about(live, row)
    paper = compose(facts_of(live, occasion, viewer, number=number, about=about), calendar=live.hub.days.calendar)
    prepared = await asyncio.to_thread(_set, paper, live.hub)
    party, request_id = live.hub.gateway(row.department), new_id("n")
    made = live.note("asked", request=request_id, party=party, purpose="paper", digest=prepared.document)
    request = PaperRequest(
        aud=party,
        iat=live.hub.seconds,
        request=request_id,
        entry=made.leaf,
        case=live.id,
        item=live.version.item.item,
        kind=occasion.kind,
        number=row.number,
        document=prepared.document,
    )
    token = jws.sign(_with_evidence(live, occasion, request), key=live.hub.key, typ=PAPER_TYP)

    def shut(part: str, data: bytes) -> bytes:
        return live.key.encrypt(data, context=context(live.id, row.number, part))

    async with live.hub.store.transaction() as connection:
        await stored.keep_prepared(
            connection,
            row.number,
            content=shut("content", msgspec.json.encode(paper)),
            prepared=shut("prepared", msgspec.msgpack.encode(prepared)),
            request=shut("request", token.encode("ascii")),
            whose=live.ledger_key.whose,
            entry=made.row,
        )


def _set(paper: Paper, hub: Hub) -> Prepared:
    return prepare(typeset(paper), organ=paper.department.zh, reason=paper.title.zh, at=hub.clock())


async def _about(live: LiveCase, row: PaperRow) -> PaperRow | None:
    if row.kind != PaperKind.RECEIPT.value:
        return None
    async with live.hub.store.connection() as connection:
        return await stored.find_paper(connection, row.occasion)


def _with_evidence(live: LiveCase, occasion: Occasion, request: PaperRequest) -> PaperRequest:
    """Return the request with what shows the gateway that the paper is its own to seal."""
    if occasion.kind is PaperKind.ACCEPTANCE:
        return msgspec.structs.replace(request, permission=permission(live))
    if occasion.kind is PaperKind.RECEIPT:
        return msgspec.structs.replace(request, about=occasion.key)
    if occasion.kind in (PaperKind.GRANT, PaperKind.REFUSAL):
        return msgspec.structs.replace(request, decision=occasion.key)
    act = live.procedure.acts.get(f"{occasion.kind}:{occasion.on}")
    return request if act is None else msgspec.structs.replace(request, signed=act.signed, act=act.act)


async def _seal(live: LiveCase, row: PaperRow) -> None:
    """Have the kept bytes sealed; `Unavailable` when the department does not, or seals something else."""
    async with live.hub.store.connection() as connection:
        files = await stored.files_of(connection, row.number)
    if files.prepared is None or files.request is None or files.pdf is not None:
        return
    prepared = msgspec.msgpack.decode(_plain(live, row, "prepared", files.prepared), type=Prepared)
    token = _plain(live, row, "request", files.request)
    pdf = await asyncio.to_thread(_checked, live.hub, row, prepared, await _signature(live, row, token))
    request = msgspec.json.decode(jws.unverified_payload(token.decode("ascii")), type=PaperRequest)
    made = live.note(
        "paper",
        request=request.request,
        party=request.aud,
        purpose="sealed",
        digest=prepared.document,
    )
    async with live.hub.store.transaction() as connection:
        await stored.keep_sealed(
            connection,
            row.number,
            pdf=live.key.encrypt(pdf, context=context(live.id, row.number, "pdf")),
            digest=hashlib.sha256(pdf).digest(),
            way=_first_way(live),
            at=live.hub.clock(),
            whose=live.ledger_key.whose,
            entry=made.row,
        )


def _first_way(live: LiveCase) -> str:
    """Return how a paper reaches its person unless they choose: whoever came with nothing has no screen."""
    return "window" if live.opening.presence not in ("", GUEST) else "screen"


def _plain(live: LiveCase, row: PaperRow, part: str, sealed: bytes) -> bytes:
    return live.key.decrypt(sealed, context=context(live.id, row.number, part))


async def _signature(live: LiveCase, row: PaperRow, token: bytes) -> bytes:
    reply = await live.hub.peers.post(Letter(party=live.hub.gateway(row.department), path="/papers", body=token))
    if isinstance(reply, Got):
        try:
            sealed = msgspec.json.decode(reply.unverified, type=PaperSealed)
            return base64.b64decode(sealed.signature, validate=True)
        except ValueError:
            raise Unavailable("the department answered something else than a seal") from None
    if isinstance(reply, Refusal):
        raise NotSealed(
            f"the department does not seal it: {reply.code}", hint="the desk can hand the case's notice over"
        )
    raise Unavailable("the department does not answer at the moment", hint="try again in a moment")


def _checked(hub: Hub, row: PaperRow, prepared: Prepared, signature: bytes) -> bytes:
    """Return the sealed file; `BadSignature` unless every PDF reader would find it sealed by this department."""
    pdf = fill(prepared, signature)
    if hub.stamp_root is None:
        raise Unavailable("this hub has no root certificate of seals", hint="keys/stamp-root.pem")
    found = verify(pdf, root=hub.stamp_root, at=hub.clock())
    if found.state != "holds" or found.party != hub.gateway(row.department):
        raise BadSignature(f"the seal of {row.department} does not hold: {found.state}")
    return pdf
