"""What a person says at a window, typed by a clerk, in the one form in which it is compared.

年, 月, blanks, full-width letters, 街道 or 镇 left out: all the same. What cannot be read is "".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Form = Literal["year", "month", "tail", "name", "word", "place", "digits"]

_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_YEAR = re.compile(r"((?:19|20)[0-9]{2})")
_MONTH = re.compile(r"((?:19|20)[0-9]{2})[^0-9]*([0-9]{1,2})")
_TAIL = 3  # places of a plate
_PLACE_ENDINGS = ("街道办事处", "街道", "镇", "乡")


def normalised(form: Form, text: str) -> str:
    """Return the comparable form of a typed or stored text, "" when there is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return _FORMS[form](plain)


def _year(text: str) -> str:
    found = _YEAR.search(text.translate(_NUMERALS))
    return found.group(1) if found else ""


def _month(text: str) -> str:
    """2019年3月, 2019-03-14, 201903, 二〇一九年十二月: 2019-03."""
    digits = re.sub("十(?=[一二三四五六七八九])", "1", text).replace("十", "10").translate(_NUMERALS)
    found = _MONTH.search(digits)
    month = int(found.group(2)) if found else 0
    return f"{found.group(1)}-{month:02d}" if found and 1 <= month <= 12 else ""


def _tail(text: str) -> str:
    kept = "".join(character for character in text.upper() if character.isalnum())
    return kept[-_TAIL:] if len(kept) >= _TAIL else ""


def _name(text: str) -> str:
    return "".join(character for character in text if character.isalpha()).casefold()


def _word(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).casefold()


def _place(text: str) -> str:
    word = _word(text)
    for ending in _PLACE_ENDINGS:
        word = word.removesuffix(ending)
    return word


def _digits(text: str) -> str:
    return "".join(character for character in text.translate(_NUMERALS) if character in "0123456789")


_FORMS = {
    "year": _year,
    "month": _month,
    "tail": _tail,
    "name": _name,
    "word": _word,
    "place": _place,
    "digits": _digits,
}
