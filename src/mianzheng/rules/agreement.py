"""One or several in English: whether a noun takes is or are, and an amount with its unit."""

from __future__ import annotations

import re

from mianzheng.model.text import Text

_HEAD = re.compile(  # the noun that decides the verb: "nights in hospital" are, "number of nights" is
    r"(?!if )(?:[\w'-]+ )*?([\w-]+?)(?:$| (?:a|abroad|after|against|already|among|as|asked|at|away|before|below|by"
    r"|during|expected|for|from|had|held|in|it|laid|left|missing|near|not|of|on|outstanding|over|overdue|owed|paid|per"
    r"|present|registered|repaid|since|spent|still|supported|taught|that|the|this|to|under|used|using|which|who|with|within"
    r"|without|(?<=s )\w+ed)\b)"
)
_MANY = re.compile(r".*(?<![aius])s|people|children")
_ONE = frozenset(("means", "news", "series", "species"))


def many(words: str) -> bool:
    """Return whether the words for a value or a role are of several: "hazard factors", not "number of years"."""
    head = _HEAD.match(words)
    return head is not None and head[1] not in _ONE and _MANY.fullmatch(head[1]) is not None


def the(label: str) -> str:
    """Return a role or value with its article, once: "the minor child", also of a label that begins with it."""
    return f"the {label.removeprefix('the ')}"


def pointed(label: Text) -> Text:
    """Return a role's label as it stands in a sentence: 未成年子女, the minor child."""
    return Text(label.zh, the(label.en))


def stated(label: str) -> str:
    """Return what a person states in a form: "the area that was stated", "the years that were stated"."""
    if label.startswith(("how ", "what ", "whether ", "where ", "which ", "who ")):
        return f"the answer to “{label}”"
    return f"{the(label)} that {'were' if many(label) else 'was'} stated"


def counted(count: str, words: str) -> str:
    """Return an amount with its unit: "12 months", "1 month"."""
    said = re.sub(r"(?<=[a-rt-z])s\b", "", words, count=1) if count == "1" else words
    return f"{count} {said}"
