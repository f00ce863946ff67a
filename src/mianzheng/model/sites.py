"""Settings of an authority's site for people: where it stands, to whom it leads back, who may vouch for a sign-in."""

from __future__ import annotations

import msgspec

from mianzheng.model.text import Text


class ProviderConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OpenID Connect provider that the authority trusts to say who somebody is."""

    id: str  # in addresses: letters, digits and -
    name: Text
    issuer: str  # its discovery document lies under it
    client_id: str
    secret_file: str  # the client's secret, mode 600; relative to the gateway's folder
    levels: dict[str, int]  # acr → level of presence, 1 to 3; who comes with another acr is refused
    claim: str = "sub"  # the claim of the ID token that is the citizen's number
    scope: str = "openid"
    demo: bool = False  # pages say so


class SiteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority's site: its origin, the origins of the hubs it leads people back to, and its providers."""

    url: str  # the browser's address of this site, an origin: scheme, host and port
    hubs: dict[str, str]  # hub → its origin
    providers: tuple[ProviderConfig, ...] = ()
    bodies: dict[str, str] = {}  # of the authority for persons: authorities for bodies → origins of their sites
    persons: str = ""  # of one for bodies: the origin of the site where people prove who they are
    sign_ins_per_minute: int = 60  # from one address
