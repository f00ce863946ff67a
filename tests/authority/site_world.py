"""The authority's site over the shared world, a real provider on a port, and a browser without scripts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from litestar.testing import TestClient

from mianzheng.app import authority_of
from mianzheng.authority.authority import Authority
from mianzheng.authority.own_keys import OwnKey, keys_of
from mianzheng.authority.site import rows
from mianzheng.authority.site.routes import not_served, site_routes
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.site.showing import TEMPLATES
from mianzheng.authority.site.site import SESSION_COOKIE, Site, open_site
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey, write_secret
from mianzheng.gateway.app import build
from mianzheng.gateway.serving import http_problem
from mianzheng.look.hardening import harden
from mianzheng.look.pages import template_config
from mianzheng.model.identity import SignIn
from mianzheng.model.sites import ProviderConfig, SiteConfig
from mianzheng.model.text import Text
from mianzheng.provider.issuer import NUMBER_CLAIM, IdToken, Issuer
from mianzheng.provider.people import FACE, LEVELS, MESSAGE, DemoPerson
from mianzheng.provider.site import create_provider
from tests.browser.hub_site import served
from tests.gateway.world import HEAD, HUSBAND, OLD, SON, World

SITE, HUB = "https://id.test", "https://hub.test"
BACK = f"{HUB}/my/signed-in"
SECRET = "s3cret-of-the-client"
STRANGER = "331082195001010019"
PEOPLE = tuple(
    DemoPerson(id=name, number=number, name=name, story=Text(zh=name, en=name), acr=acr)
    for name, number, acr in (
        ("old", OLD, FACE),
        ("son", SON, FACE),
        ("agent", HUSBAND, FACE),
        ("head", HEAD, MESSAGE),
        ("stranger", STRANGER, FACE),
        ("unknown-acr", SON, "urn:somebody:else"),
    )
)


class Lying(Issuer):
    """A provider whose ID token says something else than it should, as a test orders."""

    changes: Mapping[str, Any] = MappingProxyType({})
    key: PrivateKey | None = None

    def claims(self, honest: IdToken) -> Any:
        return {**msgspec.to_builtins(honest), **self.changes}

    def signer(self) -> PrivateKey:
        return self.key or self._key


class SiteWorld:
    """The site, its provider, and the words it gives."""

    def __init__(self, world: World, folder: Path, provider: str, issuer: Lying) -> None:
        self.world = world
        self.issuer = issuer
        self.provider = provider
        found = authority_of(world.gateways["public-security"])
        assert found is not None
        self.authority: Authority = found
        write_secret(folder / "secret", SECRET.encode())
        self.config = SiteConfig(
            url=SITE,
            hubs={"hub": HUB},
            providers=(
                ProviderConfig(
                    id="demo",
                    name=Text(zh="演示", en="Demo"),
                    issuer=provider,
                    client_id="authority",
                    secret_file=str(folder / "secret"),
                    levels=LEVELS,
                    claim=NUMBER_CLAIM,
                ),
            ),
            sign_ins_per_minute=100_000,
        )
        self.site: Site = open_site(found, self.config)

    def browser(self) -> Browser:
        """A fresh browser."""
        return Browser(self)

    def app(self, config: SiteConfig | None = None) -> Any:
        site = self.site if config is None else open_site(self.authority, config)
        serving = self.world.servings["public-security"]
        return build(
            serving,
            list(site_routes(site)),
            templates=template_config(TEMPLATES),
            before_send=[harden],
            not_served=not_served(site, http_problem),
        )

    def keys(self, number: str) -> tuple[OwnKey, ...]:
        return keys_of(self.authority.journal.reader(), self.authority.secrets, number)

    def read(self, word: str) -> SignIn:
        """The authority's word; fails the test when it did not sign it."""
        return jws.verify_as(word, typ="mz-sign-in", key=self.world.key("public-security").public, type=SignIn)

    def lines(self, number: str) -> list[tuple[str, str]]:
        """Kind and method of every line that a person reads of themself."""
        log = self.world.gateways["public-security"].log
        return [(line.kind, line.role) for line in log.mine(number)]


class Browser:
    """A browser with cookies of its own and no scripts; the site's own TestClient, the provider over HTTP."""

    def __init__(self, world: SiteWorld) -> None:
        self.world = world
        self.client: TestClient[Any] = TestClient(world.app(), base_url=SITE, raise_server_exceptions=False)

    def get(self, url: str) -> Any:
        return self.client.get(url.removeprefix(SITE), follow_redirects=False)

    def post(self, path: str, page: Any, /, **fields: str) -> Any:
        """Send a form of `page`."""
        token = re.search(r'name="_csrf_token" value="([^"]*)"', page.text)
        assert token is not None, page.text
        return self.client.post(path, data=fields | {"_csrf_token": unescape(token[1])}, follow_redirects=False)

    def seen_as(self, number: str) -> Browser:
        """Open a session of this site for somebody, as a sign-in does; return this browser."""
        token, authority = rows.new_token(), self.world.authority
        kept = SiteSession(number=number, method="demo", level=3, until=self.world.site.now() + rows.SESSION_SECONDS)
        authority.journal.commit(lambda one: rows.keep_session(one, authority.secrets, token, kept))
        self.client.cookies.set(SESSION_COOKIE, token)
        return self

    def sign_in_page(self, **changes: str) -> Any:
        asked = {
            "audience": "hub",
            "nonce": secrets.token_urlsafe(16),
            "return": BACK,
            "state": "the-hubs-own",
        } | changes
        return self.client.get("/sign-in", params={k: v for k, v in asked.items() if v}, follow_redirects=False)

    def confirm_page(self, digest: str, **changes: str) -> Any:
        asked = {"audience": "hub", "digest": digest, "return": f"{HUB}/my/signed", "state": "s"} | changes
        return self.client.get("/confirm", params=asked, follow_redirects=False)

    def to_provider(self, page: Any) -> str:
        """Choose the provider; return the address there."""
        assert page.status_code == 200, page.text
        link = re.search(r'href="(/sign-in/with/demo\?flow=[^"]+)"', page.text)
        assert link is not None, page.text
        answer = self.get(unescape(link[1]))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def at_provider(self, url: str, who: str) -> str:
        """Be somebody at the provider; return where it leads."""
        import urllib.request

        with urllib.request.urlopen(url) as answer:
            shown = answer.read().decode()
        link = re.search(rf'href="(/authorize/{who}\?request_token=[^"]+)"', shown)
        assert link is not None, shown
        return redirected(self.world.provider + unescape(link[1]))

    def prove(self, page: Any, who: str = "old") -> Any:
        """Choose the provider, be somebody there, and come back."""
        return self.get(self.at_provider(self.to_provider(page), who))

    def prove_for(self, act: str, who: str = "old", *, back: str = "/devices") -> Any:
        """Prove anew who one is, for an act on this site; return the page there."""
        self.prove(self.get(f"/sign-in?next={back}&act={act}"), who)
        return self.get(back)

    def sign_in(self, who: str = "old", **changes: str) -> SignIn:
        """Sign in for the hub; fails the test when refused."""
        return self.world.read(given(self.prove(self.sign_in_page(**changes), who))["word"])


def given(answer: Any) -> dict[str, str]:
    """What the page that leads back hands over; fails the test when it is none."""
    assert answer.status_code == 200, answer.text
    link = re.search(r'<a class="button" href="([^"]+)" data-testid="continue"', answer.text)
    assert link is not None, answer.text
    parts = urlsplit(unescape(link[1]))
    assert f"{parts.scheme}://{parts.netloc}" == HUB
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def refused(answer: Any) -> str:
    """The code on the page of a problem; fails the test when it is none."""
    found = re.search(r'data-testid="problem">\s*<p class="soft">\d+ · ([a-z-]+)</p>', answer.text)
    assert found is not None and answer.status_code >= 400, answer.text
    return found[1]


@contextmanager
def site_world(world: World, folder: Path) -> Iterator[SiteWorld]:
    """Serve a provider and make the site that trusts it."""
    issuer = Lying(
        "",
        PrivateKey.generate(),
        client="authority",
        secret=SECRET,
        redirect_uri=f"{SITE}/sign-in/callback",
        clock=world.now,
    )
    with served(create_provider(issuer, PEOPLE, hub=HUB)) as url:
        issuer.url = url
        yield SiteWorld(world, folder, url, issuer)


def redirected(url: str) -> str:
    import http.client

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    found = answer.headers["location"]
    connection.close()
    assert found is not None
    return found
