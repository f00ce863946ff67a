"""Mandates for tests."""

from __future__ import annotations

from typing import Any

from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.mandate import MandateTerms

NOW = 1_760_000_000
DAY = 86_400
HOLDER = PrivateKey.generate().public.jwk


def terms(**changes: Any) -> MandateTerms:
    """Terms of a mandate that holds from now for a month."""
    fields: dict[str, Any] = {
        "hub": "hub",
        "items": ("old-age-allowance",),
        "purpose": "老母亲的津贴",
        "uses": 1,
        "valid_from": NOW,
        "until": NOW + 30 * DAY,
        "holder": HOLDER,
        "salt": "s" * 22,
    }
    return MandateTerms(**(fields | changes))
