"""The demo's identity provider as a process, and the authority's site made ready for it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec
import uvicorn

from mianzheng.city.truth import TRUTH
from mianzheng.cli.demo_offered import PROVIDED
from mianzheng.cli.keys import HUB, PROVIDER
from mianzheng.cli.ports import ports_of
from mianzheng.cli.provider_cast import cast
from mianzheng.credentials.keys import PrivateKey, write_secret
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.errors import WrongUse
from mianzheng.model.sites import ProviderConfig, SiteConfig
from mianzheng.model.text import Text
from mianzheng.provider.issuer import NUMBER_CLAIM, Issuer
from mianzheng.provider.people import CLIENT, FILE, LEVELS, SECRET, read_people
from mianzheng.provider.site import create_provider

FOLDER = PROVIDED
KEY = "sign.jwk.json"
REDIRECT = "redirect-uri"
_NAME = Text(zh="演示认证服务", en="Demo identity provider")


def site_url(port: int) -> str:
    """Return the origin of a site of the demo; by name, since passkeys are bound to one."""
    return f"http://localhost:{port}"


def install_site(
    data: Path, folder: Path, port: int, ports: Mapping[str, int], *, bodies: dict[str, str]
) -> SiteConfig:
    """Return the settings of the authority's site in a demo city, and write what the provider needs.

    `folder` is that of the authority's gateway, `port` where it listens; `bodies`: origins of the sites for bodies.
    """
    own = data / FOLDER
    if not (own / FILE).exists():
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        people = cast(data) if (data / TRUTH).is_file() else ()
        write_secret(own / FILE, msgspec.json.encode(people))
        PrivateKey.generate().to_file(own / KEY)
        write_secret(own / SECRET, secrets.token_urlsafe(32).encode())
        write_secret(own / REDIRECT, f"{site_url(port)}/sign-in/callback".encode())
    provider = ProviderConfig(
        id="demo",
        name=_NAME,
        issuer=site_url(ports[PROVIDER]),
        client_id=CLIENT,
        secret_file=f"../../{FOLDER}/{SECRET}",
        levels=LEVELS,
        claim=NUMBER_CLAIM,
        demo=True,
    )
    return SiteConfig(
        url=site_url(port),
        hubs={HUB: site_url(ports[HUB])},
        providers=(provider,),
        bodies=bodies,
        sign_ins_per_minute=100_000,
    )


def bodies_site(party: str, persons: str, ports: Mapping[str, int]) -> SiteConfig:
    """Return the settings of the site of an authority for bodies; `persons`: the party of the authority for persons."""
    return SiteConfig(
        url=site_url(ports[party]),
        hubs={HUB: site_url(ports[HUB])},
        persons=site_url(ports[persons]),
        sign_ins_per_minute=100_000,
    )


def serve_provider(data: Path, port: int) -> None:
    """Serve the provider until the process is told to end; `WrongUse` in a city that is not marked demo."""
    public = data / "keys" / "public"
    if not TrustStore.load(public / "trust.json", public / "roots.json").demo:
        raise WrongUse("the provider is for a demo: it believes every click", hint="gateway.json names a real one")
    own = data / FOLDER
    issuer = Issuer(
        site_url(port),
        PrivateKey.from_file(own / KEY),
        client=CLIENT,
        secret=(own / SECRET).read_text(encoding="ascii"),
        redirect_uri=(own / REDIRECT).read_text(encoding="ascii"),
    )
    application = create_provider(issuer, read_people(own), hub=site_url(ports_of(data)[HUB]))
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", access_log=False)
