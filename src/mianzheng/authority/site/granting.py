"""A mandate granted on this site: what was typed, what becomes of it, and the signature that makes it one.

The agent is named by number and name, and the terms lie in a flow, encrypted, until the principal has signed them by
a key of their own: a passkey, or the remote key after proving anew who they are. The result of every case is sealed
to the key that this authority keeps for the principal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from unicodedata import normalize

import msgspec
from stdnum.iso7064 import mod_11_2

from mianzheng.authority import mandates, own_keys
from mianzheng.authority.mandate_rows import day_of
from mianzheng.authority.site import rows
from mianzheng.authority.site.rows import Flow, SiteSession
from mianzheng.authority.site.site import BadFlow, Site
from mianzheng.credentials.keys import PrivateKey
from mianzheng.mandates import scope
from mianzheng.model.canonical import b64
from mianzheng.model.found_items import FoundItem
from mianzheng.model.identity import Assertion, Jwk
from mianzheng.model.mandate import MandateGrant, MandateTerms, grant_challenge, grant_digest
from mianzheng.model.text import Text

DAYS = 30  # unless the person says otherwise
MOST_USES = 20
MOST_PURPOSE = 60  # signs
CHINA = timezone(timedelta(hours=8))
_SUM = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_NUMBER = re.compile(r"[0-9]{17}[0-9X]")


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What a person typed, cleaned but not yet right."""

    agent_name: str = ""
    agent: str = ""
    items: tuple[str, ...] = ()
    purpose: str = ""
    uses: str = "1"
    until: str = ""
    limit: str = ""  # of a body's: yuan

    def __repr__(self) -> str:
        """Return a text without the agent."""
        return f"Typed(items={self.items!r})"


def typed_in(data: Mapping[str, Any]) -> Typed:
    """Return what a form holds; a field that came several times counts by its last, items all."""
    items = data.get("items", [])
    texts = {name: str(value[-1] if isinstance(value, list) and value else value) for name, value in data.items()}
    return Typed(
        agent_name="".join(texts.get("agent_name", "").split())[:40],
        agent="".join(normalize("NFKC", texts.get("agent", "")).split()).upper()[:18],
        items=tuple(dict.fromkeys(str(one) for one in (items if isinstance(items, list) else [items]))),
        purpose=" ".join(texts.get("purpose", "").split()),
        uses=texts.get("uses", "").strip(),
        until=texts.get("until", "").strip(),
        limit=texts.get("limit", "").replace(",", "").replace("，", "").strip()[:20],
    )


def may_be_granted(site: Site) -> tuple[FoundItem, ...]:
    """Return the items that a person, or a body, may have done by another; `Unavailable` without the hub."""
    bodies = site.authority.kind == "enterprise"
    offered = site.offered.items(hub_of(site))
    return tuple(one for one in offered if one.by_another and one.of_bodies == bodies)


def faults_of(
    typed: Typed, session: SiteSession, offered: Sequence[FoundItem], *, today: date, level: int
) -> dict[str, Text]:
    """Return what is not right, by field; nothing that is said here tells whether there is such a person."""
    found: dict[str, Text] = {}
    if not typed.agent_name:
        found["agent_name"] = Text(zh="请写代办人的姓名", en="Write the agent's name")
    if not _NUMBER.fullmatch(typed.agent) or not mod_11_2.is_valid(typed.agent):
        found["agent"] = Text(
            zh="身份号码是 18 位，请核对一遍", en="An identity number has 18 digits: look at it again"
        )
    elif typed.agent == session.number:
        found["agent"] = Text(zh="这是您自己的号码", en="This is your own number")
    known = {one.item for one in offered}
    if not typed.items or not set(typed.items) <= known or len(typed.items) > scope.MOST_ITEMS:
        found["items"] = Text(zh="请勾选要委托的事项", en="Tick the services that you mandate")
    if not 0 < len(typed.purpose) <= MOST_PURPOSE:
        found["purpose"] = Text(zh="请用一句话写明用途", en="Say in one sentence what it is for")
    most = most_uses(session)
    if not (typed.uses.isdecimal() and 0 < int(typed.uses[:5]) <= most):
        found["uses"] = Text(zh=f"次数是 1 到 {most}", en=f"From 1 to {most} times")
    if not _is_sum(typed.limit):
        found["limit"] = Text(zh="请写金额，例如 50000；不限就空着", en="A sum in yuan, such as 50000, or nothing")
    first, last = range_of(today, level)
    day = _day(typed.until)
    if day is None or not first <= day <= last:
        found["until"] = Text(
            zh=f"最后一天在 {first.isoformat()} 到 {last.isoformat()} 之间",
            en=f"Its last day lies between {first.isoformat()} and {last.isoformat()}",
        )
    return found


def most_uses(session: SiteSession) -> int:
    """Return for how many cases one mandate may be granted here."""
    return scope.MOST_USES if session.body else MOST_USES


def range_of(today: date, level: int) -> tuple[date, date]:
    """Return the first and the last day on which a mandate may end that is granted at a level of presence."""
    days = scope.NARROW_DAYS if level <= scope.NARROW_LEVEL else scope.LONGEST_DAYS
    return today + timedelta(days=2 if level <= scope.NARROW_LEVEL else 0), today + timedelta(days=days - 1)


def begin(site: Site, session: SiteSession, browser: str, typed: Typed, *, level: int) -> str:
    """Return the token of a flow that waits for the principal's signature; `typed` has no fault."""
    authority, at = site.authority, site.now()
    starts = at + scope.DAY + rows.FLOW_SECONDS if level <= scope.NARROW_LEVEL else at
    last = _day(typed.until) or day_of(at)
    terms = MandateTerms(
        hub=hub_of(site),
        items=tuple(sorted(typed.items)),
        purpose=typed.purpose,
        uses=int(typed.uses),
        valid_from=starts,
        until=int(datetime.combine(last + timedelta(days=1), time.min, CHINA).timestamp()),
        holder=_holder(site, session),
        limit=typed.limit if session.body else "",
        salt=rows.new_token(),
    )
    asked = MandateGrant(
        terms=terms,
        principal=session.body or session.number,
        agent=typed.agent,
        agent_name=typed.agent_name,
        reply_to=PrivateKey.generate().public.jwk,  # it is kept here: nobody opens the copy
    )
    flow = Flow(
        purpose="grant",
        audience=authority.party,
        nonce=grant_digest(asked) if session.body else "",  # the word of the authority for persons is for this alone
        back="/mandates/mine",
        state="",
        browser=rows.named(browser),
        at=at,
        digest=b64(grant_challenge(asked)),
        sealed=msgspec.json.encode(asked).decode(),
    )
    return site.begin(flow)


def granted_in(flow: Flow, session: SiteSession | None = None) -> MandateGrant:
    """Return what a flow grants; `BadFlow` when it is another person's."""
    asked = msgspec.json.decode(flow.sealed, type=MandateGrant)
    if session is not None and asked.principal != (session.body or session.number):
        raise BadFlow
    return asked


def make(site: Site, flow: Flow, *, assertion: Assertion | None = None, sign_in: str = "") -> None:
    """Issue what a flow grants, on its principal's signature or the representative's word; else `MandateRefused`."""
    asked = msgspec.structs.replace(granted_in(flow), assertion=assertion, sign_in=sign_in)
    mandates.grant_opened(site.authority, asked)


def hub_of(site: Site) -> str:
    """Return the hub for which this site's mandates are."""
    return next(iter(site.config.hubs))


def today_of(site: Site) -> date:
    """Return the day in the city."""
    return datetime.fromtimestamp(site.now(), UTC).astimezone(CHINA).date()


def _holder(site: Site, session: SiteSession) -> Jwk | None:
    """Return the key to which results are sealed: the one kept for the principal; of a body's, who acts has their own.

    This authority keeps no key for bodies.
    """
    if session.body:
        return None
    return own_keys.holder_key(site.authority.secrets, session.number, day_of(site.now())).public.jwk


def _is_sum(text: str) -> bool:
    return not text or _SUM.fullmatch(text) is not None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
