"""Whom a person means: typed by name or number, and sealed to the one gateway that can tell."""

from __future__ import annotations

import time
from collections.abc import Mapping

from mianzheng.client.hub_client import HubClient
from mianzheng.credentials.choice import seal_choice
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.authorisation import ChoiceAsked, SealedChoice
from mianzheng.model.errors import WrongUse


async def seal_choices(
    hub: HubClient, trust: TrustStore, item: str, choices: Mapping[str, str]
) -> tuple[tuple[SealedChoice, ...], dict[str, str]]:
    """Return the sealed choices, and for each role the gateway it was sealed to."""
    if not choices:  # one that is missing the hub names
        return (), {}
    asked = await hub.get(f"/items/{item}/choices", list[ChoiceAsked])
    wanted = {one.role: one for one in asked}
    if wanted.keys() != choices.keys():
        hint = ", ".join(f"--choose {one.role}=… ({one.label.zh})" for one in asked)
        raise WrongUse(f"{item}: choose {', '.join(wanted) or 'nobody'}", hint=hint or "nobody is chosen here")
    at = int(time.time())
    sealed = tuple(
        seal_choice(role, typed, to=trust.current(wanted[role].gateway, "seal", at))
        for role, typed in sorted(choices.items())
    )
    return sealed, {role: one.gateway for role, one in wanted.items()}
