"""One department's gateway: its settings, keys, registers and state, put together."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import msgspec

from mianzheng.catalogue.kept import kept
from mianzheng.credentials.keys import KeyFolder, PrivateKey
from mianzheng.credentials.stamps import stamp_of
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.credentials.turned_clock import turned
from mianzheng.gateway.approvals import Approvals, Compiler
from mianzheng.gateway.config import BadConfig, GatewayConfig
from mianzheng.gateway.items import SignedItems
from mianzheng.gateway.log import OwnLog
from mianzheng.gateway.marks import Marks
from mianzheng.gateway.registers import RegisterDatabase, open_registers
from mianzheng.gateway.state import State
from mianzheng.gateway.vault import Vault
from mianzheng.model.facts import FactCatalogue
from mianzheng.papers.stamp import KeyStamp, SealPort

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")  # one zone, no summer time since 1991
_TRUST_NUMBER = "trust-list"


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """All that the services of a gateway work with."""

    config: GatewayConfig
    trust: TrustStore
    sign: PrivateKey
    seal: PrivateKey
    log_key: PrivateKey
    state: State
    vault: Vault
    log: OwnLog
    facts: FactCatalogue
    registers: dict[str, RegisterDatabase]
    items: SignedItems
    compiler: Compiler
    approvals: Approvals
    marks: Marks
    clock: Callable[[], float]
    stamp: SealPort | None = None  # the department's electronic seal

    @property
    def party(self) -> str:
        """This gateway's name in the trust list."""
        return self.config.party

    def now(self) -> int:
        """Return this gateway's own time, whole seconds since the epoch."""
        return int(self.clock())

    def today(self) -> date:
        """Return this gateway's own date."""
        return datetime.fromtimestamp(self.clock(), CHINA).date()

    def party_of(self, department: str) -> str:
        """Return the gateway of a department; `Untrusted` when the trust list has none."""
        for party in self.trust.with_role("gateway"):
            if party.department == department:
                return party.party
        raise Untrusted(f"no gateway of {department} in the trust list")

    def close(self) -> None:
        """Close registers and state."""
        for register in self.registers.values():
            register.close()
        self.state.close()


def open_gateway(config: GatewayConfig, *, clock: Callable[[], float] = time.time, days_ahead: int = 0) -> Gateway:
    """Return the gateway of these settings; an error names what is missing or wrong.

    `days_ahead`: a demo's gateway may run on a later day (credentials/turned_clock).
    """
    keys = KeyFolder(Path(config.keys))
    state = State(Path(config.state))
    trust = _trust(config, state)
    clock = turned(clock, days=days_ahead, trust=trust)
    _check_party(config, trust)
    facts = kept(Path(config.packs)).facts
    _check_registers(config, facts)
    log_key = keys.load("log")
    vault = Vault(log_key)
    registers = open_registers(config.registers, pool=config.pool, seconds=config.register_seconds)
    dialects = {name: register.dialect for name, register in registers.items()}
    compiler = Compiler(facts, party=config.party, department=config.department, dialects=dialects)
    return Gateway(
        config=config,
        trust=trust,
        sign=keys.load("sign"),
        seal=keys.load("seal"),
        log_key=log_key,
        state=state,
        vault=vault,
        log=OwnLog(config.party, state, vault, log_key, at=int(clock())),
        facts=facts,
        registers=registers,
        items=SignedItems(state, facts, trust),
        compiler=compiler,
        approvals=Approvals(state, compiler, trust),
        marks=Marks(trust, vault, config.party),
        clock=clock,
        stamp=_stamp(Path(config.keys)),
    )


def _stamp(folder: Path) -> KeyStamp | None:
    held = stamp_of(folder)
    return None if held is None else KeyStamp(*held)


def _trust(config: GatewayConfig, state: State) -> TrustStore:
    """Load the trust list, never a lower number than one this gateway has used before."""
    row = state.reader().execute("SELECT value FROM counters WHERE name = ?", (_TRUST_NUMBER,)).fetchone()
    seen = 0 if row is None else int(row[0])
    folder = Path(config.keys)
    trust = TrustStore.load(folder / "trust.json", folder / "roots.json", at_least=seen)
    if trust.list.number > seen:
        newest = (_TRUST_NUMBER, trust.list.number)
        state.commit(lambda connection: connection.execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", newest))
    return trust


def _check_party(config: GatewayConfig, trust: TrustStore) -> None:
    party = trust.party(config.party)
    if "gateway" not in party.roles or party.department != config.department:
        raise BadConfig(
            f"the trust list knows {config.party} as {', '.join(party.roles)} of {party.department}",
            hint=f"this is the configuration of a gateway of {config.department}",
        )
    if "hub" not in trust.party(config.hub).roles:
        raise BadConfig(f"{config.hub} is no hub in the trust list")


def _check_registers(config: GatewayConfig, facts: FactCatalogue) -> None:
    for name in config.registers:
        register = facts.registers.get(name)
        if register is None or register.department != config.department:
            raise BadConfig(
                f"{config.department} has no register {name} in {config.packs}",
                hint="the gateway's own packs hold the mapping of each register it serves",
            )
