"""One department's process: its gateway and, where it is one, the authority, joined into one ASGI app."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from litestar import Litestar

from mianzheng.authority.authority import Authority
from mianzheng.authority.bundles import forget_old
from mianzheng.authority.enrolment import Enrolment
from mianzheng.authority.routes import handlers
from mianzheng.gateway.app import build
from mianzheng.gateway.config import BadConfig, GatewayConfig
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.own_records import OwnRecords
from mianzheng.gateway.serving import Serving


def create_department(config: GatewayConfig, *, clock: Callable[[], float] = time.time) -> Litestar:
    """Return the app of one department; an error names what in settings, keys or packs is wrong."""
    return serve_department(open_gateway(config, clock=clock))


def serve_department(gateway: Gateway) -> Litestar:
    """Return the app of a gateway that is open already."""
    serving = Serving(gateway)
    authority = authority_of(gateway)
    if authority is None:
        return build(serving, ())
    return build(serving, handlers(authority, serving.body), forget=(forget_old,))


def authority_of(gateway: Gateway) -> Authority | None:
    """Return the authority this department is, None for the others."""
    kind = _kind(gateway)
    if kind is None:
        return None
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
        clock=gateway.clock,
    )


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
