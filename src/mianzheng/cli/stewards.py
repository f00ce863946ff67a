"""What the demo's stewards do, in one sitting: sign items and figures, approve questions, mark registers, publish.

In a city each does their own part with `mianzheng gateway sign|approve|mark`; these are the same
calls with the same keys, without the question "approve?".
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import msgspec

from mianzheng.catalogue.load import Catalogue
from mianzheng.client.hub_client import HubClient
from mianzheng.credentials import jws
from mianzheng.credentials.staff_key import Steward, read_steward
from mianzheng.gateway.approving import approve, check_servable, load_items, load_params, sign_item, sign_params
from mianzheng.gateway.config import read_config
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.marking import mark_register
from mianzheng.model.errors import MianzhengError
from mianzheng.model.item import Item
from mianzheng.model.publishing import Certified, ItemStep, ItemSummary, ItemText

SIGNED = "signed"
AT_ONCE = 4  # items on their way to the hub
_JSON = msgspec.json.Decoder(Certified)
_APPROVALS = msgspec.json.Decoder(tuple[Certified, ...])


class _Named(msgspec.Struct, frozen=True):
    """What an approval says it approves."""

    item_digest: str


class NotPublished(MianzhengError):
    """The hub holds an item version that still lacks approvals."""

    code = "not-published"


def sign_all(data: Path, catalogue: Catalogue) -> None:
    """Each steward signs their items and figures; each gateway loads what concerns it and approves."""
    stewards = {name: read_steward(_steward_key(data, name)) for name in catalogue.facts.departments}
    items = [sign_item(one.item, stewards[one.item.department]) for one in catalogue.items]
    figures = [sign_params(table, stewards[table.owner]) for table in catalogue.params.values()]
    for kind, compiled, certified in (
        *(("items", f"{one.item.item}.v{one.item.version}", c) for one, c in zip(catalogue.items, items, strict=True)),
        *(("params", table.param, c) for table, c in zip(catalogue.params.values(), figures, strict=True)),
    ):
        _keep(data / SIGNED / kind / f"{compiled}.json", certified)
    for name, steward in stewards.items():
        with _gateway(data, name) as gateway:
            approvals = _approve(gateway, items, figures, steward)
        _keep(data / SIGNED / "approvals" / f"{name}.json", approvals)


def mark_all(data: Path, departments: Iterable[str], *, days_ahead: int = 0) -> None:
    """Each department's load program signs a fresh completeness mark for each register."""
    for name in departments:
        with _gateway(data, name, days_ahead) as gateway:
            for register in gateway.config.registers:
                last = gateway.marks.last_sound(gateway.state.reader(), register)
                # a very small city may have nobody for a register; one that had rows and lost them is unsound
                mark_register(gateway, register, may_be_empty=last is None or last.rows == 0)


async def publish_all(data: Path, url: str, catalogue: Catalogue) -> None:
    """Hand signed versions and approvals to the hub, and publish each by its handling department's step."""
    approvals = _approvals_by_item(data, catalogue)
    stewards = {name: read_steward(_steward_key(data, name)) for name in catalogue.facts.departments}
    gate = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as http:
        hub = HubClient(url, http)

        async def one(item: Item) -> None:
            signed = _JSON.decode((data / SIGNED / "items" / f"{item.item}.v{item.version}.json").read_bytes())
            async with gate:
                draft = await hub.post("/items", signed, ItemSummary)
                await _publish(hub, draft, approvals.get(draft.digest, []), stewards[item.department])

        await asyncio.gather(*(one(compiled.item) for compiled in catalogue.items))


def _approvals_by_item(data: Path, catalogue: Catalogue) -> Mapping[str, list[Certified]]:
    """Return what the stewards signed by the digest of the item that it approves; each text is read once."""
    found: dict[str, list[Certified]] = {}
    for name in catalogue.facts.departments:
        for certified in _APPROVALS.decode((data / SIGNED / "approvals" / f"{name}.json").read_bytes()):
            digest = msgspec.json.decode(jws.unverified_payload(certified.token), type=_Named).item_digest
            found.setdefault(digest, []).append(certified)
    return found


async def _publish(hub: HubClient, draft: ItemSummary, ours: list[Certified], steward: Steward) -> None:
    path = f"/items/{draft.item}/{draft.version}"
    if draft.status == "published":
        return
    known = await hub.post(f"{path}/approvals", ours, ItemText)
    if known.missing:
        raise NotPublished(
            f"{draft.item} version {draft.version} lacks approvals of {', '.join(known.missing)}",
            hint="their stewards run `mianzheng gateway approve`",
        )
    step = ItemStep(
        item=draft.item,
        item_version=draft.version,
        item_digest=draft.digest,
        step="publication",
        iat=int(time.time()),
    )
    token = jws.sign(step, key=steward.key, typ="mz-item-step")
    await hub.post(f"{path}/publication", Certified(token=token, certificate=steward.certificate), ItemText)


def _approve(
    gateway: Gateway, items: list[Certified], figures: list[Certified], steward: Steward
) -> tuple[Certified, ...]:
    load_params(gateway, figures)
    made: list[Certified] = []
    for loaded in load_items(gateway, items):
        check_servable(gateway, loaded)
        made += approve(gateway, loaded, gateway.compiler.questions(loaded), steward)
    return tuple(made)


@contextmanager
def _gateway(data: Path, department: str, days_ahead: int = 0) -> Iterator[Gateway]:
    gateway = open_gateway(read_config(data / "gateways" / department), days_ahead=days_ahead)
    try:
        yield gateway
    finally:
        gateway.close()


def _steward_key(data: Path, department: str) -> Path:
    return data / "keys" / "staff" / department / "steward.jwk.json"


def _keep(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(value))
    fresh.replace(path)
