"""One authority's site: its settings, its providers, and who is before it."""

from __future__ import annotations

import sqlite3
import urllib.parse
from collections.abc import Mapping

import msgspec

from mianzheng.authority.authority import Authority
from mianzheng.authority.site import rows
from mianzheng.authority.site.offered import HubItems, Offered
from mianzheng.authority.site.provider import Provider
from mianzheng.authority.site.rows import Act, Flow, Purpose, SiteSession
from mianzheng.credentials.trust import Untrusted
from mianzheng.model.errors import MianzhengError
from mianzheng.model.sites import SiteConfig

SESSION_COOKIE = "__Host-mz-authority"
BODIES_COOKIE = "__Host-mz-bodies"
BROWSER_COOKIE = "__Host-mz-browser"
CALLBACK = "/sign-in/callback"


class BadFlow(MianzhengError):
    """What was begun is too old, was ended, or was begun in another browser."""

    code = "flow-ended"

    def __init__(self) -> None:
        super().__init__("this was begun too long ago, or in another browser", hint="begin again where you came from")


class BadLink(MianzhengError):
    """The address that led here is not one that a hub of this city gives."""

    code = "malformed-request"


class NotSignedIn(MianzhengError):
    """The page needs somebody signed in, or surely enough."""

    code = "not-signed-in"


class NotProvenAnew(MianzhengError):
    """Who is signed in did not prove, just now and for this very act, who they are."""

    code = "not-proven-anew"

    def __init__(self, act: Act) -> None:
        super().__init__("say once more who you are", hint="an open session alone does not do this")
        self.act = act


class TooLow(MianzhengError):
    """Who is signed in was not seen surely enough for this page."""

    code = "presence-too-low"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The site of one authority."""

    authority: Authority
    config: SiteConfig
    providers: Mapping[str, Provider]
    offered: Offered

    def now(self) -> int:
        """Return the time, whole seconds since the epoch."""
        return int(self.authority.clock())

    def provider(self, name: str) -> Provider:
        """Return a provider; `BadLink` when there is none of that id."""
        if name not in self.providers:
            raise BadLink("there is no such provider")
        return self.providers[name]

    def demo_provider(self) -> str:
        """Return the name of the demo's provider, "" where the trust list is not a demo's or there is none."""
        named = [name for name, one in self.providers.items() if one.config.demo]
        return named[0] if named and self.authority.trust.demo else ""

    def check_return(self, audience: str, back: str) -> None:
        """Raise `BadLink` unless `back` is an address of the very hub, or site for bodies, `audience`.

        In a demo a hub may listen on any port of this machine (RFC 8252 §7.3), as its trust list has it.
        """
        try:
            party = self.authority.trust.party(audience)
        except Untrusted:
            raise BadLink("there is no such hub") from None
        known = {"hub", "authority:enterprise"}.intersection(party.roles)
        if not known or not back.isprintable() or "\\" in back:
            raise BadLink("people are led back to a hub, and nowhere else")
        origin = _origin(back)
        own = self.config.hubs.get(audience) or self.config.bodies.get(audience, "")
        local = self.authority.trust.demo and origin.startswith("http://localhost:")
        if not origin or not (origin == own or (local and origin in self.authority.trust.origins)):
            raise BadLink("people are led back to the hub itself, and nowhere else")

    def begin(self, flow: Flow) -> str:
        """Keep a flow and return its token."""
        token = rows.new_token()
        self.keep(token, flow)
        return token

    def keep(self, token: str, flow: Flow) -> None:
        """Keep a flow under its token."""
        self.authority.journal.commit(
            lambda connection: rows.keep_flow(connection, self.authority.secrets, token, flow)
        )

    def flow(self, token: str, browser: str, *, purpose: Purpose | None = None) -> Flow:
        """Return the flow of a token, begun in this browser, of this purpose if one is named; `BadFlow` otherwise."""
        found = rows.find_flow(self.authority.journal.reader(), self.authority.secrets, token, at=self.now())
        if found is None or not browser or found.browser != rows.named(browser):
            raise BadFlow
        if purpose is not None and found.purpose != purpose:
            raise BadFlow
        return found

    def session(self, token: str, *, level: int = 1) -> SiteSession:
        """Return who is signed in in a browser; `NotSignedIn` otherwise, `TooLow` below `level`."""
        reader, secrets = self.authority.journal.reader(), self.authority.secrets
        found = rows.find_session(reader, secrets, token, at=self.now()) if token else None
        if found is None:
            raise NotSignedIn("sign in first")
        if found.level < level:
            raise TooLow(f"this page needs a sign-in of level {level}", hint="sign in by passkey or by face")
        return found

    def spend_proof(self, token: str, session: SiteSession, act: Act) -> None:
        """Take the proof of who this is that was given for an act, good once; `NotProvenAnew` where there is none.

        An open session is what a person left behind on a shared computer; whoever finds it does none of these acts.
        """
        if not self.is_proven_for(session, act):
            raise NotProvenAnew(act)
        spent = msgspec.structs.replace(session, act="", act_until=0)
        secrets = self.authority.secrets

        def spend(connection: sqlite3.Connection) -> bool:
            found = rows.find_session(connection, secrets, token, at=self.now())
            if found is None or not self.is_proven_for(found, act):
                return False
            rows.rewrite_session(connection, secrets, token, spent)
            return True

        if not self.authority.journal.commit(spend):
            raise NotProvenAnew(act)

    def is_proven_for(self, session: SiteSession, act: Act) -> bool:
        """Tell whether the person proved for this act, minutes ago at most, who they are."""
        return bool(act) and session.act == act and self.now() < session.act_until


def open_site(authority: Authority, config: SiteConfig) -> Site:
    """Return the site of an authority; `WrongUse` when a provider's secret is missing."""
    redirect = config.url + CALLBACK
    providers = {one.id: Provider(one, redirect_uri=redirect) for one in config.providers}
    return Site(authority=authority, config=config, providers=providers, offered=HubItems(config.hubs))


def with_query(url: str, **values: str) -> str:
    """Return an address with more values in its query."""
    return url + ("&" if "?" in url else "?") + urllib.parse.urlencode(values)


def _origin(url: str) -> str:
    """Return the origin of an address, "" of what has none, or a user or password in it."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc or parts.fragment:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
