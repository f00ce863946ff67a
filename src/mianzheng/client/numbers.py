"""Numbers as they are typed: whose kind a number is by its form, and which authority can name it."""

from __future__ import annotations

import unicodedata
from datetime import date

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from mianzheng.credentials.trust import Role, TrustStore
from mianzheng.model.errors import WrongUse


def narrow(typed: str) -> str:
    """Return a typed number as registers write it: full-width signs narrow, no blanks at its ends, X a capital."""
    return unicodedata.normalize("NFKC", typed).strip().upper()


def is_person_number(number: str) -> bool:
    """Tell whether a number is formed by GB 11643: a citizen's, or that of a 港澳台居民居住证 (81, 82, 83 0000)."""
    if len(number) != 18 or not (number.isascii() and number[:17].isdecimal()) or not mod_11_2.is_valid(number):
        return False
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    return True


def authority_of(number: str, trust: TrustStore) -> str:
    """Return the party that can name this number: a person's or a body's authority."""
    role: Role = "authority:person" if is_person_number(number) else "authority:enterprise"
    if role == "authority:enterprise" and not uscc.is_valid(number):
        raise WrongUse(
            "that is neither a citizen number (GB 11643) nor a unified social credit code (GB 32100)",
            hint="`mianzheng city people` lists residents of the demo city",
        )
    return trust.with_role(role)[0].party
