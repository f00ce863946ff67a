"""One department's process: its gateway and, where it is one, the authority, joined into one ASGI app."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from litestar import Litestar, Router
from litestar.handlers import HTTPRouteHandler

from mianzheng.authority import locks, mandate_parties, mandate_rows, own_keys, phone_changes, presences, telephones
from mianzheng.authority.authority import Authority
from mianzheng.authority.bundles import forget_old
from mianzheng.authority.devices import HttpDevices
from mianzheng.authority.enrolment import Enrolment
from mianzheng.authority.known_questions import PresenceRules, read_rules
from mianzheng.authority.routes import handlers
from mianzheng.authority.site import rows
from mianzheng.authority.site.routes import not_served, site_routes
from mianzheng.authority.site.showing import TEMPLATES
from mianzheng.authority.site.site import open_site
from mianzheng.credentials.client_tls import tls_of
from mianzheng.gateway.app import build
from mianzheng.gateway.config import BadConfig, GatewayConfig
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.own_records import OwnRecords
from mianzheng.gateway.person_rows import PersonRows
from mianzheng.gateway.serving import Serving, http_problem
from mianzheng.look.hardening import harden
from mianzheng.look.pages import template_config

PRESENCE_FILE = "presence.yaml"  # beside department.yaml, of the authority for persons


def create_department(
    config: GatewayConfig, *, clock: Callable[[], float] = time.time, days_ahead: int = 0
) -> Litestar:
    """Return the app of one department; an error names what in settings, keys or packs is wrong."""
    return serve_department(open_gateway(config, clock=clock, days_ahead=days_ahead))


def serve_department(gateway: Gateway) -> Litestar:
    """Return the app of a gateway that is open already."""
    serving = Serving(gateway)
    authority = authority_of(gateway)
    if authority is None:
        return build(serving, (), before_send=[harden])
    forget = (forget_old, presences.forget_old, mandate_rows.forget_old, rows.forget_old, telephones.forget_old)
    hourly = (partial(phone_changes.take_up, authority),)
    routes = handlers(authority, serving.body)
    if gateway.config.site is None:
        return build(serving, routes, forget=forget, hourly=hourly, before_send=[harden])
    site = open_site(authority, gateway.config.site)
    every: list[HTTPRouteHandler | Router] = [*routes, *site_routes(site)]
    return build(
        serving,
        every,
        forget=forget,
        hourly=hourly,
        templates=template_config(TEMPLATES),
        before_send=[harden],
        not_served=not_served(site, http_problem),
    )


def authority_of(gateway: Gateway) -> Authority | None:
    """Return the authority this department is, None for the others."""
    kind = _kind(gateway)
    if kind is None:
        return None
    gateway.state.commit(presences.create_tables)
    gateway.state.commit(own_keys.create_tables)
    gateway.state.commit(telephones.create_tables)
    gateway.state.commit(locks.create_tables)
    gateway.state.commit(rows.create_tables)
    gateway.state.commit(lambda connection: mandate_parties.create_tables(connection, gateway.vault))
    return Authority(
        party=gateway.party,
        kind=kind,
        trust=gateway.trust,
        sign=gateway.sign,
        seal=gateway.seal,
        enrolment=Enrolment(Path(gateway.config.enrolment)),
        journal=gateway.state,
        secrets=gateway.vault,
        book=gateway.log,
        records=OwnRecords(gateway),
        url=gateway.config.public_url,
        clock=gateway.clock,
        registers=PersonRows(gateway.facts, gateway.registers),
        rules=_presence_rules(gateway),
        devices=HttpDevices(gateway.config.devices, gateway.trust, tls_of(gateway.config.tls)),
    )


def _presence_rules(gateway: Gateway) -> PresenceRules:
    """Return what the department's packs say of presence; nothing where they say nothing."""
    path = Path(gateway.config.packs) / gateway.config.department / PRESENCE_FILE
    return read_rules(path.read_bytes()) if path.exists() else PresenceRules()


def _kind(gateway: Gateway) -> Literal["person", "enterprise"] | None:
    roles = gateway.trust.party(gateway.party).roles
    kind: Literal["person", "enterprise"] | None = None
    if "authority:person" in roles:
        kind = "person"
    elif "authority:enterprise" in roles:
        kind = "enterprise"
    if (kind is None) != (not gateway.config.enrolment):
        raise BadConfig(
            "an authority, and only an authority, has an enrolment file",
            hint=f"the trust list gives {gateway.party} the roles {', '.join(roles)}",
        )
    return kind
