"""Mandates as their parties read them, in words, and the hand-over by which an agent brings one to the hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from mianzheng.authority import locks, mandate_parties
from mianzheng.authority import mandate_rows as stored
from mianzheng.authority.enrolment import masked
from mianzheng.authority.mandate_parties import NEWEST, Place, Side
from mianzheng.authority.mandate_rows import Row
from mianzheng.authority.pairwise import pairwise_id
from mianzheng.authority.site import rows
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.site.site import BadLink, Site
from mianzheng.authority.standing import check_parties, check_stands
from mianzheng.credentials import jwe, jws
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import show
from mianzheng.model.canonical import digest
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.mandate import BodyCode, HandOver
from mianzheng.model.text import Text

PAGE = 10
MOST_LOOKED_AT = 200  # mandates opened for one page of a search
HAND_OVER_SECONDS = 600
Standing = Literal["stands", "locked", "not-yet", "over", "used-up", "ended", "waits"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One mandate in words. `other`: the name of the other party; `items`: id and name."""

    mandate: str
    side: Side
    other: str
    items: tuple[tuple[str, Text], ...]
    purpose: str
    uses: int
    left: int
    since: int
    until: int
    method: str
    at: int
    standing: Standing
    ended_by: str
    limit: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of mandates on one side, newest first; `after` opens the next one, "" on the last."""

    mandates: tuple[Shown, ...]
    after: str


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent's browser brings to the hub: the mandate with its one item, and the authority's word for it."""

    word: str
    mandate: str = ""
    body: str = ""


def list_of(site: Site, session: SiteSession, side: Side, *, words: str = "", after: str = "") -> Listed:
    """Return a person's mandates on one side; those granted are the body's, for whoever speaks for one.

    `words` stand in the other party's name, the purpose or an item's name. Names lie closed, so they are opened to be
    looked at: a page of found ones may be short, and its `after` leads on from the last that was looked at.
    """
    number = session.number
    if site.authority.kind == "enterprise" and side == "granted":
        number = session.body
    authority = site.authority
    reader, secrets = authority.journal.reader(), authority.secrets
    most = MOST_LOOKED_AT if words.strip() else PAGE
    places = mandate_parties.page_of(reader, secrets, number, side, before=_place(after), limit=most + 1)
    names, wanted = names_of(site), words.casefold().split()
    found: list[Shown] = []
    last = None
    for place in places[:most]:
        if len(found) == PAGE:
            break
        row, last = stored.find(reader, secrets, place[1]), place
        if row is not None and _fits(shown := _shown(site, row, side, names, place[0]), wanted):
            found.append(shown)
    more = last is not None and last != places[-1]
    return Listed(mandates=tuple(found), after=f"{last[0]}.{last[1]}" if more and last is not None else "")


def _fits(shown: Shown, wanted: list[str]) -> bool:
    said = " ".join((shown.other, shown.purpose, *(f"{name.zh} {name.en}" for _, name in shown.items))).casefold()
    return all(word in said for word in wanted)


def received(site: Site, session: SiteSession, mandate: str) -> tuple[Shown, Row]:
    """Return a mandate that the signed-in person received; `NotFound` for any other."""
    authority = site.authority
    row = stored.find(authority.journal.reader(), authority.secrets, mandate)
    if row is None or row.kept.agent != session.number:
        raise NotFound("there is no such mandate", hint="look at your list")
    return _shown(site, row, "received", names_of(site), 0), row


def hand_over(site: Site, session: SiteSession, row: Row, item: str) -> Handed:
    """Return what the agent's browser brings to the hub; `MandateRefused` while the mandate does not stand."""
    authority, at = site.authority, site.now()
    check_stands(authority, row.mandate, at)
    check_parties(authority, row.kept.principal, row.kept.agent)
    token = show(row.kept.token, item)
    word = _word(site, session, row.kept.terms.hub, row.mandate, item=item, display=_display(site, row.kept.principal))
    return Handed(mandate=token, word=word)


def hand_over_body(site: Site, session: SiteSession) -> Handed:
    """Return what a representative's browser brings to the hub: the body's code, sealed to this authority."""
    authority = site.authority
    code = BodyCode(code=session.body, salt=rows.new_token())
    sealed = jwe.seal(msgspec.json.encode(code), to=authority.seal.public.jwk, typ="mz-body")
    hub = next(iter(site.config.hubs))
    named = digest(sealed.encode("ascii"))
    return Handed(body=sealed, word=_word(site, session, hub, named, display=_display(site, session.body)))


def _display(site: Site, principal: str) -> str:
    """Return the masked name of a body, "" of a person: the hub is told of persons by themselves."""
    if site.authority.kind != "enterprise":
        return ""
    return masked(site.authority.enrolment.name_of(principal))


def _word(site: Site, session: SiteSession, hub: str, named: str, *, item: str = "", display: str = "") -> str:
    authority, at = site.authority, site.now()
    person = authority.kind == "person"
    word = HandOver(
        iss=authority.party,
        aud=hub,
        agent=pairwise_id(authority.secrets, hub, session.number) if person else "",
        mandate=named,
        item=item,
        display=display,
        nonce=rows.new_token(),
        iat=at,
        exp=at + HAND_OVER_SECONDS,
    )
    return jws.sign(word, key=authority.sign, typ="mz-hand-over")


def names_of(site: Site) -> Mapping[str, Text]:
    """Return what items are called; nothing while the hub does not answer, and their ids are shown."""
    try:
        return {one.item: one.name for hub in site.config.hubs for one in site.offered.items(hub)}
    except Unavailable:
        return {}


def _shown(site: Site, row: Row, side: Side, names: Mapping[str, Text], at: int) -> Shown:
    kept, authority = row.kept, site.authority
    terms = kept.terms
    other = kept.agent if side == "granted" else kept.principal
    left = max(terms.uses - stored.cases_of(authority.journal.reader(), row.mandate), 0)
    return Shown(
        mandate=row.mandate,
        side=side,
        other=_name(site, row, other),
        items=tuple((one, names.get(one, Text(zh=one, en=one))) for one in terms.items),
        purpose=terms.purpose,
        uses=terms.uses,
        left=left,
        since=terms.valid_from,
        until=terms.until,
        method=kept.granted.method,
        at=at,
        standing=_standing(site, row, left),
        ended_by=row.ended_by,
        limit=terms.limit,
    )


def _name(site: Site, row: Row, other: str) -> str:
    """Return the other party's name: bodies' authority knows persons by what a body wrote alone."""
    written = row.kept.agent_name if other == row.kept.agent else ""
    return site.authority.enrolment.name_of(other) or written or f"…{other[-4:]}"


def _standing(site: Site, row: Row, left: int) -> Standing:
    try:
        check_stands(site.authority, row.mandate, site.now())
    except MandateRefused as refusal:
        ways: dict[str, Standing] = {"mandate-not-yet": "not-yet", "mandate-expired": "over"}
        if site.authority.kind == "enterprise":
            ways["mandate-party-gone"] = "waits"
        return ways.get(refusal.code, "ended")
    if not left:
        return "used-up"
    reader, secrets = site.authority.journal.reader(), site.authority.secrets
    return "locked" if locks.locked_since(reader, secrets, row.kept.principal) else "stands"


def _place(after: str) -> Place:
    if not after:
        return NEWEST
    at, _, mandate = after.partition(".")
    if not at.isdecimal() or len(at) > 18:
        raise BadLink("there is no such page of the list")
    return int(at), mandate
