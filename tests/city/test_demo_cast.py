"""Who plays where in the demo: on the page of people, at the window, in the narration. Nobody is granted twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from mianzheng.city.truth import TRUTH
from mianzheng.cli import demo_cast, provider_cast, window
from mianzheng.cli.demo_cast import Cast, Played, narrated
from mianzheng.cli.demo_offered import AT_WINDOW, CAST, PROVIDED, at_window, provided
from mianzheng.credentials.keys import write_secret
from mianzheng.model.text import Text
from mianzheng.provider.people import FILE
from mianzheng.window.cast import Persona
from tests.city.conftest import TODAY, City


@pytest.fixture
def data(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small city as `up` leaves it, on the day it was built: a provider and a window, each with its people."""
    for module in ("mianzheng.cli.demo_cast", "mianzheng.city.people"):
        monkeypatch.setattr(f"{module}.shanghai_today", _today)
    monkeypatch.setattr(window, "_persona", _persona)  # what they remember is in registers that nobody serves here
    for part in (TRUTH, "rulebook.json"):
        (tmp_path / part).symlink_to(city.folder / part)
    for folder, file, cast in ((PROVIDED, FILE, provider_cast.cast), (AT_WINDOW, CAST, window.cast)):
        (tmp_path / folder).mkdir()
        write_secret(tmp_path / folder / file, msgspec.json.encode(cast(tmp_path)))
    return tmp_path


def _today() -> date:
    return TODAY


def _persona(data: Path, one: Played, telephone: str) -> Persona:
    return Persona(number=one.number, name=one.name, about=Text("", ""), telephone=telephone, memories={})


def _numbers(cast: Cast) -> list[str]:
    return [cast.first, cast.refused, cast.third, cast.parent.number, cast.child.number]


def test_the_page_the_window_and_the_narration_are_played_by_different_people(data: Path) -> None:
    cast = narrated(data, provided=provided(data), at_window=at_window(data))
    offered = {*provided(data), *at_window(data)[:1]}
    assert not cast.overlaps and cast.served
    assert len(offered) == len(provided(data)) + 1
    assert offered.isdisjoint([*_numbers(cast), *(one.number for one in cast.served)])
    assert len(set(_numbers(cast))) == 5 and not {one.number for one in cast.served} & set(_numbers(cast))


def test_those_whom_the_window_offers_later_play_where_nobody_else_is_left(data: Path) -> None:
    granted = [one.number for one in demo_cast.old_people(data, without=())]
    cast = narrated(data, provided=(), at_window=granted)
    assert cast.overlaps or granted[0] not in (cast.first, cast.third, cast.parent.number)
    assert {cast.first, cast.third, cast.parent.number} <= set(granted)


def test_a_city_of_those_alone_whom_the_pages_offer_is_narrated_all_the_same_and_says_so(data: Path) -> None:
    everybody = [one.number for one in demo_cast.old_people(data, without=())]
    cast = narrated(data, provided=everybody, at_window=())
    assert cast.overlaps and cast.first in everybody
