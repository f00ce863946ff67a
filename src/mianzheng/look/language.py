"""Chinese first, English complete: the two stand side by side in each template, so neither can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from mianzheng.model.text import Text

CITY_ZONE = ZoneInfo("Asia/Shanghai")
LANGUAGE_COOKIE = "mz-language"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CHINESE = re.compile(r"[《〇一-鿿](?:[〇一-鿿、，；：（）《》“”0-9]*[〇一-鿿）》])?")
_COUNTED = re.compile(r"\{(\w+)\}|\[([^\[|\]]*)\|([^\[|\]]*)\]")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class Language(StrEnum):
    """A language of the pages; the value is the one of HTML's `lang`."""

    ZH = "zh-CN"
    EN = "en"


def language_of(cookies: Mapping[str, str], accepted: str) -> Language:
    """Return the language a reader chose, else what their browser asks for first; Chinese when it says nothing."""
    chosen = cookies.get(LANGUAGE_COOKIE, "")
    if chosen in set(Language):
        return Language(chosen)
    first = accepted.partition(",")[0].strip().lower()
    return Language.EN if first.startswith("en") else Language.ZH


class Words:
    """Says things in one language; `today` and times are the city's."""

    def __init__(self, language: Language, *, now: datetime) -> None:
        self.language = language
        self.zh = language is Language.ZH
        self._now = now.astimezone(CITY_ZONE)

    def __call__(self, zh: str | Text | None, en: str = "", /, **values: object) -> str:
        """Return a `Text`, or one of two texts with its `{values}` filled in; as HTML where a value is.

        English says one thing or many: `{n} [case waits|cases wait]` takes the first where the value before it is 1
        (`n`, where none stands before).
        """
        if zh is None:
            return ""
        if isinstance(zh, Text):
            return zh.zh if self.zh else (zh.en or zh.zh)
        text = zh if self.zh else _counted(en or zh, values)
        if any(isinstance(value, Markup) for value in values.values()):
            return escape(text).format(**values)
        return text.format(**values) if values else text

    def marked(self, zh: str | Text | None, en: str = "", /) -> Markup:
        """Return a text as HTML; what stays Chinese in English (a law, a register's own word) is marked as Chinese."""
        said = escape(self(zh, en))
        if self.zh:
            return said
        return Markup(_CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', str(said)))

    def day(self, day: date | None) -> str:
        """Return 2026 年 12 月 3 日, or 3 December 2026."""
        if day is None:
            return ""
        if self.zh:
            return f"{day.year} 年 {day.month} 月 {day.day} 日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def moment(self, at: float | datetime | None) -> str:
        """Return day and time of a moment (seconds or aware datetime) in the city's zone."""
        if at is None:
            return ""
        here = _here(at)
        return f"{self.day(here.date())} {here:%H:%M}"

    def clock(self, at: float | datetime) -> str:
        """Return the time of day of a moment, HH:MM."""
        return f"{_here(at):%H:%M}"

    def when(self, at: date | float | None, shown: Literal["whole", "clock", "iso"] = "whole") -> Markup:
        """Return a day, or a moment (seconds or aware datetime), as HTML with the relative form beside it.

        2026 年 12 月 3 日（3 天后）; nothing for None. `clock`: the time of day alone, its day stands above; `iso`:
        2026-12-03, for sorted tables. Paper, where time stands still, leaves the relative form out.
        """
        if at is None:
            return Markup("")
        if isinstance(at, date) and not isinstance(at, datetime):
            stands, beside = at.isoformat(), self.days_off(at)
            said = stands if shown == "iso" else self.day(at)
        else:
            stands, beside = _here(at).isoformat(timespec="minutes"), self.ago(at)
            said = self.clock(at) if shown == "clock" else self.moment(at)
        around = self("（{beside}）", " ({beside})", beside=beside)
        return Markup('<time datetime="{}">{}<span class="ago">{}</span></time>').format(stands, said, around)

    def days_off(self, day: date) -> str:
        """Return how far a day is from today: 今天, 3 天后, yesterday."""
        days = (day - self._now.date()).days
        near = {0: ("今天", "today"), 1: ("明天", "tomorrow"), -1: ("昨天", "yesterday")}
        if days in near:
            return self(*near[days])
        return self(f"{days} 天后", f"in {days} days") if days > 0 else self(f"{-days} 天前", f"{-days} days ago")

    def ago(self, at: float | datetime) -> str:
        """Return how long ago, or in how long, a moment is: 3 分钟前, in 2 days."""
        seconds = (self._now - _here(at)).total_seconds()
        size = abs(seconds)
        if size < _MINUTE:
            return self("刚刚", "just now")
        for unit, zh, en in ((_DAY, "天", "day"), (_HOUR, "小时", "hour"), (_MINUTE, "分钟", "minute")):
            if size >= unit:
                count = int(size // unit)
                many = f"{count} {en}" + ("s" if count > 1 else "")
                if seconds > 0:
                    return self(f"{count} {zh}前", f"{many} ago")
                return self(f"{count} {zh}后", f"in {many}")
        raise AssertionError("a minute or more has a unit")


def _counted(text: str, values: Mapping[str, object]) -> str:
    """Return an English text with `[one|many]` settled, each by the value that stands last before it."""
    name = "n"

    def settled(found: re.Match[str]) -> str:
        nonlocal name
        if found[1]:
            name = found[1]
            return found[0]
        return found[2] if str(values.get(name)) == "1" else found[3]

    return _COUNTED.sub(settled, text) if values else text


def _here(at: float | datetime) -> datetime:
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return moment.astimezone(CITY_ZONE)
