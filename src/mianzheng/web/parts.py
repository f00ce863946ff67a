"""The parts of a hub process, put together from its settings; the web and the worker share this."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Library
from mianzheng.cases.vault import Vault
from mianzheng.catalogue.kept import kept
from mianzheng.credentials.at_rest import KeyStore
from mianzheng.credentials.client_tls import tls_of
from mianzheng.credentials.keys import KeyFolder
from mianzheng.credentials.stamps import root_of
from mianzheng.credentials.trust import TrustStore
from mianzheng.credentials.turned_clock import turned
from mianzheng.exchange.peers import Peers
from mianzheng.model.errors import WrongUse
from mianzheng.store.engine import Store
from mianzheng.store.jobs import jobs_app
from mianzheng.web.config import HubConfig


def make_hub(config: HubConfig, *, days_ahead: int = 0) -> Hub:
    """Return the parts of one process; nothing is connected yet. A demo's may run on a later day."""
    tls, keys = tls_of(config.tls), Path(config.keys)
    trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
    clock = turned(time.time, days=days_ahead, trust=trust)
    catalogue = kept(Path(config.packs))
    store = Store(config.database_url, pool=config.pool)
    return Hub(
        party=config.party,
        store=store,
        vault=Vault(KeyStore(Path(config.keystore))),
        trust=trust,
        key=KeyFolder(keys).load("sign"),
        peers=Peers(_addresses(config, trust), timeout=config.timings.gateway_seconds, tls=tls),
        library=Library(store, catalogue.facts, catalogue.params, catalogue.guide),
        jobs=jobs_app(config.database_url),
        timings=config.timings,
        clock=lambda: datetime.fromtimestamp(clock(), UTC),
        offices=config.offices,
        url=config.url or f"http://localhost:{config.port}",
        stamp_root=root_of(keys),
    )


async def close_hub(hub: Hub) -> None:
    """Close connections to peers and database."""
    await hub.peers.close()
    await hub.store.close()


def _addresses(config: HubConfig, trust: TrustStore) -> dict[str, str]:
    """Return the address of each party: gateways by their department, auditors by name."""
    parties = {party.department: party.party for party in trust.with_role("gateway") if party.department}
    unknown = sorted(set(config.gateways) - set(parties))
    if unknown:
        raise WrongUse(f"no gateway of {', '.join(unknown)} in the trust list", hint="see hub.json and `keys ceremony`")
    return {parties[name]: url for name, url in config.gateways.items()} | config.auditors
