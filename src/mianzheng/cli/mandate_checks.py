"""What is looked at before a mandate is asked for: once the authority has granted it, it stands.

A mandate whose file cannot be written is in nobody's hand; one for an item that nobody may do for another, or that
does not exist, is of no use, and its principal was told of it.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import msgspec

from mianzheng.client.hub_client import HubClient, HubRefused
from mianzheng.mandates.scope import MOST_USES
from mianzheng.model.errors import NotFound, WrongUse
from mianzheng.model.item import Item

OWNER_ONLY = 0o600  # a mandate is a right to act: nobody else of this machine reads it


def check_target(path: Path) -> None:
    """Raise `WrongUse` unless a file can be written at `path`; what is there stays as it is, and nothing is left."""
    there = path.exists()
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY))
    except OSError as error:
        raise WrongUse(
            f"{path} cannot be written: {error.strerror}",
            hint="name a file in a folder that is there and yours; nothing was sent to the authority",
        ) from None
    if not there:
        path.unlink()


def check_uses(uses: int) -> None:
    """Raise `WrongUse` unless a mandate may be used so often."""
    if not 0 < uses <= MOST_USES:
        raise WrongUse(f"--uses {uses}: a mandate is good for 1 to {MOST_USES} cases", hint="say how many are needed")


async def check_items(hub: HubClient, items: tuple[str, ...]) -> None:
    """Ask the hub for each item; `NotFound` names one that is not published, `WrongUse` one that no agent may do."""
    for name in items:
        item = await _item(hub, name)
        if item.in_person:
            raise WrongUse(
                f"须本人办理 {name} is done in person: no mandate serves", hint="the person themself applies for it"
            )
        if item.agent_not_beneficiary:
            raise WrongUse(
                f"代办人不得受益 {name} is never done by an agent, who could gain by it",
                hint="the person themself applies for it",
            )


async def _item(hub: HubClient, name: str) -> Item:
    try:
        return await hub.get(f"/items/{quote(name, safe='')}", Item)
    except HubRefused as error:
        if error.code != "not-found":
            raise
    except msgspec.ValidationError:  # a name such as `search` leads to another route
        pass
    raise NotFound(f"there is no item {name}", hint="`mianzheng catalogue list` names them")


def write_owned(path: Path, data: bytes) -> None:
    """Write a file that its owner alone reads, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as file:
        os.fchmod(file.fileno(), OWNER_ONLY)  # it may have been there before, open to others
        file.write(data)
