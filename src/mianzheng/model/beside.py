"""What else a person could do in the same sitting: names only, from what one case of theirs has shown already."""

from __future__ import annotations

import msgspec

from mianzheng.model.text import Text


class BesideItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item that nothing known speaks against. Nobody was asked for it; `met` of `conditions` hold already."""

    item: str
    name: Text
    department: str
    who: tuple[str, ...]
    promise_days: int  # working days; 0 = at once
    met: int
    conditions: int
