"""Which cases of a list are looked for: of these items, or with a number that begins so."""

from __future__ import annotations

import msgspec

NO_NUMBER = "-"  # begins no id
ID_LENGTH = 27
NUMBERED = "c.id >= :start and c.id <= :last and starts_with(c.id, :start)"  # a range of the key, in any collation


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that are looked for: of these items, or whose id begins with `start`."""

    items: tuple[str, ...]
    start: str = NO_NUMBER

    @property
    def last(self) -> str:
        """The last id that can begin so: ids are small letters and digits, and z is the last of both."""
        return self.start if self.start == NO_NUMBER else self.start.ljust(ID_LENGTH, "z")
