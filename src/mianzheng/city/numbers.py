"""Valid numbers: GB 11643-1999 公民身份号码 and GB 32100-2015 统一社会信用代码 (domain/standards.md A1, A2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mianzheng.model.errors import MianzhengError

RIC_CHECK = "10X98765432"
_RIC_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {sign: value for value, sign in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(3**i % 31 for i in range(17))
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

SEQUENCES_PER_SEX = 498  # 000-995: 996-999 marked people born in the 1800s in 15-digit numbers
OLD_NUMBERS_ENDED = date(1999, 10, 1)  # GB 11643-1999 came into force


class SequencesUsedUp(MianzhengError):
    """All sequence codes of one place, day and sex have been given out."""

    code = "sequences-used-up"

    def __init__(self, place: str, birth: date) -> None:
        super().__init__(
            f"no sequence code is left for people of {place} born on {birth}",
            hint="build a city of fewer residents, or from fewer packs",
        )


def id_number(place: str, birth: date, sequence: int) -> str:
    """Return the 18-character number of `place` (GB/T 2260), birth date and sequence (odd: male, even: female)."""
    body = f"{place}{birth.year:04d}{birth.month:02d}{birth.day:02d}{sequence:03d}"
    return body + RIC_CHECK[sum(int(sign) * weight for sign, weight in zip(body, _RIC_WEIGHTS, strict=True)) % 11]


def old_id_number(number: str) -> str | None:
    """Return the 15-digit form of an 18-character number; None if its holder never had one."""
    if number[6:8] != "19" or number[6:14] >= OLD_NUMBERS_ENDED.strftime("%Y%m%d"):
        return None
    return number[:6] + number[8:17]


def whole_id_number(stored: str) -> str:
    """Return the 18-character form of a number as a register may hold it: padded, with a small x, or of 15 digits."""
    number = stored.strip().upper()
    if len(number) != 15 or not number.isdecimal():
        return number
    body = f"{number[:6]}19{number[6:]}"
    return body + RIC_CHECK[sum(int(sign) * weight for sign, weight in zip(body, _RIC_WEIGHTS, strict=True)) % 11]


class Sequences:
    """Gives out the sequence codes of GB 11643 for each place, day and sex in order, none twice."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, date, bool], int] = {}

    def number(self, place: str, birth: date, *, male: bool, elsewhere: Sequence[str] = ()) -> str:
        """Return the next number of this place, day and sex; `SequencesUsedUp` after the last.

        `elsewhere`: places that stand in for it, in this order, once its own codes of the day are used up.
        """
        for county in (place, *elsewhere):
            key = (county, birth, male)
            count = self._given.get(key, 0)
            if count < SEQUENCES_PER_SEX:
                self._given[key] = count + 1
                return id_number(county, birth, 2 * count + 1 if male else 2 * ((count + 1) % SEQUENCES_PER_SEX))
        raise SequencesUsedUp(place, birth)


def organisation_code(serial: int) -> str:
    """Return the nine-character code of GB 11714 for a serial below 10^7; its first place X marks it as synthetic."""
    body = f"X{serial:07d}"
    total = 33 * _BODY_WEIGHTS[0] + sum(
        int(sign) * weight for sign, weight in zip(body[1:], _BODY_WEIGHTS[1:], strict=True)
    )
    return body + {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def uscc(kind: str, place: str, serial: int) -> str:
    """Return a unified social credit code; `kind` is its first two characters (91 company, 92 sole trader, 12 …)."""
    body = f"{kind}{place}{organisation_code(serial)}"
    total = sum(_USCC_VALUE[sign] * weight for sign, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]
