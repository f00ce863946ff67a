"""Mandates as their parties read them, in words, and the hand-over by which an agent brings one to the hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from mianzheng.authority import mandate_parties
from mianzheng.authority import mandate_rows as stored
from mianzheng.authority.mandate_parties import NEWEST, Place, Side
from mianzheng.authority.mandate_rows import Row
from mianzheng.authority.pairwise import pairwise_id
from mianzheng.authority.site import rows
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.site.site import BadLink, Site
from mianzheng.authority.standing import check_parties, check_stands
from mianzheng.credentials import jws
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import show
from mianzheng.model.errors import NotFound, Unavailable
from mianzheng.model.mandate import HandOver
from mianzheng.model.text import Text

PAGE = 10
HAND_OVER_SECONDS = 600
Standing = Literal["stands", "not-yet", "over", "used-up", "ended"]


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
    passed_on: bool


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of mandates on one side, newest first; `after` opens the next one, "" on the last."""

    mandates: tuple[Shown, ...]
    after: str


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent's browser brings to the hub: the mandate with its one item, and the authority's word for it."""

    mandate: str
    word: str


def list_of(site: Site, session: SiteSession, side: Side, *, after: str = "") -> Listed:
    """Return a person's mandates on one side."""
    authority = site.authority
    reader, secrets = authority.journal.reader(), authority.secrets
    places = mandate_parties.page_of(reader, secrets, session.number, side, before=_place(after), limit=PAGE + 1)
    names = names_of(site)
    found = []
    for at, mandate in places[:PAGE]:
        row = stored.find(reader, secrets, mandate)
        if row is not None:
            found.append(_shown(site, row, side, names, at))
    last = places[PAGE - 1] if len(places) > PAGE else None
    return Listed(mandates=tuple(found), after="" if last is None else f"{last[0]}.{last[1]}")


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
    hub = row.kept.terms.hub
    word = HandOver(
        iss=authority.party,
        aud=hub,
        agent=pairwise_id(authority.secrets, hub, session.number),
        mandate=row.mandate,
        item=item,
        nonce=rows.new_token(),
        iat=at,
        exp=at + HAND_OVER_SECONDS,
    )
    return Handed(mandate=token, word=jws.sign(word, key=authority.sign, typ="mz-hand-over"))


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
        other=authority.enrolment.name_of(other),
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
        passed_on=bool(kept.passes_on),
    )


def _standing(site: Site, row: Row, left: int) -> Standing:
    try:
        check_stands(site.authority, row.mandate, site.now())
    except MandateRefused as refusal:
        ways: dict[str, Standing] = {"mandate-not-yet": "not-yet", "mandate-expired": "over"}
        return ways.get(refusal.code, "ended")
    return "stands" if left else "used-up"


def _place(after: str) -> Place:
    if not after:
        return NEWEST
    at, _, mandate = after.partition(".")
    if not at.isdecimal() or len(at) > 18:
        raise BadLink("there is no such page of the list")
    return int(at), mandate
