"""Every template: what a person acts on is named by a noun, whom to talk to stands on every page, one thing is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "mianzheng"
TEMPLATES = {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.html")}
_ACTED_ON = re.compile(r"<(?:button|input|select|textarea)\b(?:[^>\"]|\"[^\"]*\")*>")
_MACRO = "window/templates/window/parts.html"  # `act`: its button is named by whoever calls it
_EXPORTED = "site/templates/layout.html"  # a catalogue as files: it belongs to no city whose help it could name
_THINGS = (
    "cases|conditions|days|departments|documents|entries|facts|hours|minutes|papers|places|questions|registers|rows"
    "|services|steps|times|working days|years"
)
_COUNTED = re.compile(rf"\"[^\"]*\{{\w+\}} (?:{_THINGS})\b[^\"]*\"")
ROOTS = [name for name, text in TEMPLATES.items() if "<!doctype" in text or "block foot" in text]


def _acted_on() -> Iterator[tuple[str, str]]:
    for name, text in TEMPLATES.items():
        for found in _ACTED_ON.finditer(re.sub(r"(?s)\{#.*?#\}", "", text)):
            if 'type="hidden"' not in found[0]:
                yield name, found[0]
        for found in re.finditer(r"parts\.act\((?:[^()]|\([^()]*\))*\)", text):
            yield name, found[0]


def test_whatever_a_person_acts_on_has_a_name_that_tests_know_it_by() -> None:
    unnamed = [f"{name}: {one[:120]}" for name, one in _acted_on() if "testid" not in one and name != _MACRO]
    assert unnamed == []


def test_there_is_something_to_act_on() -> None:
    assert len(list(_acted_on())) > 150


@pytest.mark.parametrize("name", ROOTS)
def test_every_page_names_telephone_window_and_whom_to_tell_that_it_cannot_be_done(name: str) -> None:
    assert name == _EXPORTED or "talk(t, " in TEMPLATES[name]


def test_what_is_counted_may_be_one() -> None:
    assert [f"{name}: {found}" for name, text in TEMPLATES.items() for found in _COUNTED.findall(text)] == []
