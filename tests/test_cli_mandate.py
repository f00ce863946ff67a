"""`mandate grant`: what cannot be of use is refused before the authority is asked, for what it granted stands."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from mianzheng.cli import mandate
from mianzheng.cli.mandate import MandateFile, Shown
from mianzheng.cli.mandate_checks import check_target, write_owned
from mianzheng.client.hub_client import WrongRequest
from mianzheng.model.errors import NotFound, WrongUse

ITEMS = {
    "allowance": SimpleNamespace(in_person=False, agent_not_beneficiary=False),
    "marriage": SimpleNamespace(in_person=True, agent_not_beneficiary=False),
    "will": SimpleNamespace(in_person=False, agent_not_beneficiary=True),
}


class Hub:
    """A hub that publishes `ITEMS`, and has a route that is none of them."""

    async def get(self, path: str, type_: type[Any]) -> Any:
        name = path.removeprefix("/items/")
        if name == "search":
            raise msgspec.ValidationError("Object missing required field `item`")
        if name not in ITEMS:
            raise WrongRequest("no such item", code="not-found")
        return ITEMS[name]


class City:
    """A city whose authority must not be asked for anything."""

    def hub(self) -> Hub:
        return Hub()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the authority was reached: {name}")


def grant(out: Path, *items: str, uses: str = "1") -> Shown:
    parser = argparse.ArgumentParser()
    mandate._grant(parser)
    words = ["--resident", "33262119450505002X", "--agent", "33262119450505002X", "--out", str(out), "--uses", uses]
    city: Any = City()
    return asyncio.run(mandate.grant(city, parser.parse_args([*words, *(f"--item={item}" for item in items)])))


@pytest.mark.parametrize("out", ["nowhere/x.json", "."])
def test_a_file_that_cannot_be_written_stops_the_grant_before_the_authority_is_asked(tmp_path: Path, out: str) -> None:
    with pytest.raises(WrongUse, match="cannot be written"):
        grant(tmp_path / out, "allowance")
    assert list(tmp_path.iterdir()) == []


def test_a_paper_is_not_handed_in_when_its_mandate_could_not_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MandateFile, "load", lambda path: MandateFile(authority="a", paper="p"))
    city: Any = City()
    args = argparse.Namespace(file=str(tmp_path / "gone" / "x.json"), code="12345678", clerk="k")
    with pytest.raises(WrongUse, match="cannot be written"):
        asyncio.run(mandate.give_back(city, args))


def test_looking_whether_a_file_can_be_written_leaves_what_is_there(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("kept")
    check_target(old)
    check_target(tmp_path / "new.json")
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"] and old.read_text() == "kept"


def test_a_mandate_is_its_owners_only_even_over_a_file_that_was_open(tmp_path: Path) -> None:
    for name in ("old.json", "new.json"):
        path = tmp_path / name
        if name == "old.json":
            path.write_text("longer than before")
            path.chmod(0o644)
        write_owned(path, b"{}")
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"{}", 0o600)


@pytest.mark.parametrize("name", ["nope", "search", ""])
def test_an_item_that_nobody_publishes_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match=f"there is no item {name}"):
        grant(tmp_path / "x.json", "allowance", name)


@pytest.mark.parametrize("name", ["marriage", "will"])
def test_an_item_that_no_agent_may_do_is_not_mandated(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse, match=name):
        grant(tmp_path / "x.json", "allowance", name)


@pytest.mark.parametrize("uses", ["0", "-1", "1001", "999999999"])
def test_the_limit_of_uses_is_said(tmp_path: Path, uses: str) -> None:
    with pytest.raises(WrongUse, match="1 to 1000"):
        grant(tmp_path / "x.json", "allowance", uses=uses)


def test_what_may_be_granted_reaches_the_authority(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the authority was reached"):
        grant(tmp_path / "x.json", "allowance", uses="1000")


@pytest.mark.parametrize(("status", "words"), [("revoked", "已撤销 revoked"), ("unknown", "could not be fetched")])
def test_a_mandate_that_may_not_stand_does_not_look_valid(
    status: Any, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    mandate._draw(Shown(file="f", mandate="m", paper="", status=status))
    assert words in capsys.readouterr().out
