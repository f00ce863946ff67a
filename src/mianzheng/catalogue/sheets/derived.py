"""What a draft takes from the words of a row: identifiers from names, points and lists from running text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pypinyin import lazy_pinyin

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_POINTS = re.compile(r"(?:^|\n)\s*(?:[（(]?[0-9一二三四五六七八九十]{1,3}[)）.、．]\s*)?")
_LONGEST_ID = 48


def conditions_said(text: str) -> list[dict[str, Any]]:
    """Return the points of a text of conditions, each with its words and without a rule."""
    points = [point.strip(" ；;。\t") for point in _POINTS.split(text) if point.strip(" ；;。\t")]
    return [
        {"id": f"c{number}", "otherwise": {"zh": f"不符合：{point}"}} for number, point in enumerate(points, start=1)
    ]


def listed(text: str) -> list[str]:
    """Return the parts of a text that lists things."""
    return list(dict.fromkeys(part.strip(" 。") for part in re.split(r"[、;；\n]", text) if part.strip(" 。")))


def slug(name: str, taken: Mapping[str, object]) -> str:
    """Return an identifier of a Chinese name in pinyin, with a number where another has it."""
    plain = re.sub(r"[（(][^（）()]*[）)]", "", name) or name
    sounds = [re.sub("[^a-z0-9]", "", sound.lower()) for sound in lazy_pinyin(plain)]
    slug = ""
    for sound in sounds:
        slug = f"{slug}-{sound}".strip("-") if sound and len(slug) + len(sound) < _LONGEST_ID else slug
    slug = slug if ID.match(slug) else f"x-{slug}".strip("-")
    number, found = 1, slug
    while found in taken:
        number += 1
        found = f"{slug}-{number}"
    return found
