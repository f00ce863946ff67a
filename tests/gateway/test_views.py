"""Views of a line: what whoever was reached by a link reads of it, at once or after half a year."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from mianzheng.gateway.approving import approve, load_items, sign_item
from mianzheng.gateway.hiding import NotCountersigned, countersign
from mianzheng.gateway.items import raise_generation
from mianzheng.gateway.readers import HIDDEN_SECONDS, in_view
from mianzheng.model.item import Basis
from mianzheng.model.publishing import Certified
from mianzheng.model.text import Text
from mianzheng.model.witnessing import MineEntry
from tests.gateway.family import FamilyCase
from tests.gateway.family_rows import DAD, MUM
from tests.gateway.test_own_log import own_list, page
from tests.gateway.world import World

AT = 1_800_000_000
LINE = MineEntry(
    seq=1,
    kind="answered",
    at=AT,
    hub="hub",
    case="c",
    role="spouse#1",
    item="family-aid",
    purpose="condition",
    basis=Basis(duty="法"),
    question="q",
    sentence=Text("问", "asked"),
    entry="e",
    leaf="l",
    department="civil-affairs",
    item_kind="行政给付",
)
TWO = (LINE, LINE)


def test_a_line_of_nobody_else_stands_as_it_is() -> None:
    assert in_view(TWO, None, at=AT) == TWO


def test_a_full_view_says_that_the_reader_was_reached() -> None:
    found = in_view(TWO, "full", at=AT)
    assert [(one.linked, one.question, one.item) for one in found] == [(True, "q", "family-aid")] * 2


def test_a_masked_line_does_not_even_say_how_many_questions_there_were() -> None:
    (one,) = in_view(TWO, "masked", at=AT)
    assert (one.item, one.question, one.sentence, one.basis, one.purpose) == ("", "", None, None, "")
    assert (one.department, one.item_kind) == ("civil-affairs", "行政给付")


def test_a_line_that_waits_for_a_date_is_hidden_until_then_and_whole_afterwards() -> None:
    assert in_view(TWO, "after_date", at=AT + HIDDEN_SECONDS - 1) == ()
    assert [one.question for one in in_view(TWO, "after_date", at=AT + HIDDEN_SECONDS)] == ["q", "q"]


def test_in_the_case_of_a_protected_person_a_line_says_neither_item_nor_place_nor_time() -> None:
    for view in ("full protected", "masked protected"):
        (one,) = in_view(TWO, view, at=AT)
        assert (one.kind, one.role, one.case, one.linked, one.view) == ("answered", "spouse#1", "c", True, "protected")
        assert (one.item, one.item_kind, one.question, one.sentence, one.basis, one.purpose) == (
            "", "", "", None, None, "",
        )  # fmt: skip
        assert (one.hub, one.at, one.seq, one.entry, one.leaf) == ("", 0, 0, "", "")


def test_a_line_that_waits_for_a_date_says_no_more_then_in_the_case_of_a_protected_person() -> None:
    assert in_view(TWO, "after_date protected", at=AT + HIDDEN_SECONDS - 1) == ()
    assert [one.view for one in in_view(TWO, "after_date protected", at=AT + HIDDEN_SECONDS)] == ["protected"]


def hiding_item(world: World, version: int = 60) -> Certified:
    base = world.loaded["family-aid"].item
    name = "spouse"
    role = msgspec.structs.replace(base.roles[name], view="after_date", hidden_by="反洗钱法第五条")
    item = msgspec.structs.replace(base, version=version, roles=base.roles | {name: role})
    return sign_item(item, world.steward(item.department))


def test_a_version_that_hides_entries_loads_only_with_the_auditors_key_beside_the_stewards(world: World) -> None:
    signed, gateway, at = hiding_item(world), world.gateways["civil-affairs"], int(world.now())
    both = countersign(signed, key=world.key("auditor"), at=at)
    other = countersign(hiding_item(world), key=world.key("auditor"), at=at)
    forged = countersign(signed, key=world.key("hub"), at=at)
    moved = msgspec.structs.replace(signed, auditor=other.auditor)
    for half in (signed, forged, moved):
        with pytest.raises(NotCountersigned):
            load_items(gateway, [half])
    (loaded,) = load_items(gateway, [both])
    assert gateway.items.get(loaded.digest) is not None


def test_who_was_reached_reads_of_it_after_half_a_year_and_until_then_the_log_says_how_many_entries_wait(
    world: World,
) -> None:
    signed = countersign(hiding_item(world, version=61), key=world.key("auditor"), at=int(world.now()))
    for name, gateway in world.gateways.items():
        for loaded in load_items(gateway, [signed]):
            world.loaded["family-aid.61"] = loaded
            approve(gateway, loaded, gateway.compiler.questions(loaded), world.steward(name))
    gateways = ("civil-affairs", "public-security")
    waiting = {name: page(world, department=name).hidden for name in gateways}
    case = FamilyCase(world, "family-aid.61", MUM)
    _, _, (spouse,) = case.reach("spouse")
    case.answers("public-security", about=("spouse#1", spouse))
    for name in gateways:
        assert not [line for line in own_list(world, DAD, name) if line.case == case.case]
        assert page(world, department=name).hidden == waiting[name] + 1
    assert [line for line in own_list(world, MUM) if line.case == case.case]  # her own line is hidden from nobody
    world.ahead = HIDDEN_SECONDS + 60.0
    try:
        for name in gateways:
            read = [line for line in own_list(world, DAD, name) if line.case == case.case]
            assert read and {(line.view, line.linked) for line in read} == {("after_date", True)}
            assert page(world, department=name).hidden == 0
    finally:
        world.ahead = 0.0


def test_a_stored_version_that_lost_the_auditors_signature_is_served_no_more(world: World) -> None:
    gateway = world.gateways["civil-affairs"]
    (loaded,) = load_items(gateway, [countersign(hiding_item(world), key=world.key("auditor"), at=int(world.now()))])

    def lose(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM hidings")
        raise_generation(connection)

    gateway.state.commit(lose)
    assert gateway.items.get(loaded.digest) is None
    gateway.state.commit(lambda connection: connection.execute("DELETE FROM items WHERE version = 60") and None)
