"""Approvals and signed items: what stewards sign, and what voids it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from mianzheng.catalogue.publication import approve as approve_version
from mianzheng.catalogue.publication import draft, publish
from mianzheng.credentials import jws
from mianzheng.credentials.staff_key import read_steward
from mianzheng.credentials.trust import Untrusted
from mianzheng.gateway.approvals import read_approval
from mianzheng.gateway.approving import approve, load_items, load_params, retire, sign_item, sign_params
from mianzheng.gateway.gateway import open_gateway
from mianzheng.gateway.items import BadItem
from mianzheng.model.errors import MianzhengError, NotFound
from mianzheng.model.publishing import Certified
from tests.gateway.world import PACKS, Case, World

HERE = "civil-affairs"


def test_the_approvals_of_all_departments_publish_an_item_version(world: World) -> None:
    loaded = world.loaded["old-age-allowance"]
    version = draft(loaded.compiled, world.catalogue.facts)
    for name, gateway in world.gateways.items():
        for certified in approve(gateway, loaded, gateway.compiler.questions(loaded), world.steward(name)):
            given = read_approval(certified, department=name, trust=world.trust)
            version = approve_version(version, given, department=name)
    assert publish(version).digest == loaded.digest


def test_an_approval_names_mapping_sql_item_role_basis_and_steward(world: World) -> None:
    gateway, loaded = world.gateways[HERE], world.loaded["old-age-allowance"]
    (own,) = gateway.compiler.questions(loaded)
    (certified,) = approve(gateway, loaded, [own], world.steward(HERE))
    approval = read_approval(certified, department=HERE, trust=world.trust)
    assert (approval.mapping_digest, approval.sql_digest) == (own.mapping_digest, own.sql_digest)
    assert (approval.item_digest, approval.role, approval.basis) == (loaded.digest, "applicant", loaded.item.basis)
    assert approval.steward == world.steward(HERE).staff
    assert own.query.sql.lstrip().upper().startswith("SELECT")
    assert "津贴" in own.sentence.zh


def test_another_departments_steward_cannot_approve(world: World) -> None:
    gateway, loaded = world.gateways[HERE], world.loaded["old-age-allowance"]
    questions = gateway.compiler.questions(loaded)
    with pytest.raises(Untrusted):
        approve(gateway, loaded, questions, world.steward("human-resources"))


def test_an_officer_is_no_steward(world: World) -> None:
    gateway, loaded = world.gateways[HERE], world.loaded["old-age-allowance"]
    officer = read_steward(world.keys / "staff" / HERE / "officer.jwk.json")
    with pytest.raises(Untrusted, match="no steward"):
        approve(gateway, loaded, gateway.compiler.questions(loaded), officer)


def test_an_item_version_is_signed_by_its_own_departments_steward_or_not_loaded(world: World) -> None:
    item = world.loaded["old-age-allowance"].item
    gateway = world.gateways["human-resources"]
    foreign = sign_item(item, world.steward("human-resources"))
    with pytest.raises(Untrusted):
        load_items(gateway, [foreign])
    by_hub = Certified(token=jws.sign(item, key=world.key("hub"), typ="mz-item"), certificate="")
    with pytest.raises(Untrusted):
        load_items(gateway, [by_hub])
    by_other_gateway = Certified(token=jws.sign(item, key=world.key("human-resources"), typ="mz-item"), certificate="")
    with pytest.raises(BadItem, match="signed by human-resources"):
        load_items(gateway, [by_other_gateway])
    by_own_gateway = Certified(token=jws.sign(item, key=world.key(HERE), typ="mz-item"), certificate="")
    assert load_items(gateway, [by_own_gateway])


def test_an_item_version_whose_text_was_changed_is_not_loaded(world: World) -> None:
    item = world.loaded["old-age-allowance"].item
    dropped = msgspec.structs.replace(item, conditions=item.conditions[1:])
    head, _, signature = world.signed_items["old-age-allowance"].token.split(".")
    body = sign_item(dropped, world.steward(HERE)).token.split(".")[1]
    changed = msgspec.structs.replace(world.signed_items["old-age-allowance"], token=f"{head}.{body}.{signature}")
    with pytest.raises(MianzhengError, match="signature"):
        load_items(world.gateways["human-resources"], [changed])


def test_a_figure_is_signed_by_its_owner_or_not_loaded(world: World) -> None:
    table = world.catalogue.params["allowance"]
    with pytest.raises(Untrusted):
        load_params(world.gateways[HERE], [sign_params(table, world.steward("public-security"))])


def test_an_item_that_does_not_concern_a_department_is_not_kept_there(world: World) -> None:
    assert not load_items(world.gateways["human-resources"], [world.signed_items["good-standing"]])


def test_a_changed_mapping_voids_the_approvals(world: World, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(PACKS, packs)
    file = packs / HERE / "registers" / "elder_care.yaml"
    changed = file.read_text(encoding="utf-8").replace("{column: allowance_status}", "{column: other_status}")
    file.write_text(changed, encoding="utf-8")
    old = world.gateways[HERE]
    loaded = world.loaded["old-age-allowance"]
    (own,) = old.compiler.questions(loaded)
    known = old.approvals.find(loaded, own.at)
    assert known is not None
    assert known[1] == {loaded.item.basis}
    reopened = open_gateway(msgspec.structs.replace(old.config, packs=str(packs)), clock=world.now)
    try:
        again = reopened.items.get(loaded.digest)
        assert again is not None
        found = reopened.approvals.find(again, own.at)
        assert found is not None
        assert found[0].mapping_digest != own.mapping_digest
        assert found[1] == frozenset()
    finally:
        reopened.close()


def test_only_a_steward_of_the_department_retires_a_version(world: World) -> None:
    gateway, item = world.gateways[HERE], world.loaded["old-age-allowance"].item
    last = Case(world).authorisation.as_of
    with pytest.raises(Untrusted):
        retire(gateway, item.item, item.version, world.steward("human-resources"), last=last)
    with pytest.raises(NotFound):
        retire(gateway, item.item, 99, world.steward(HERE), last=last)


def test_an_approval_given_while_the_gateway_runs_counts_at_once(world: World) -> None:
    item = world.loaded["old-age-allowance"].item
    newer = world.add_item(msgspec.structs.replace(item, version=5))
    assert Case(world, "old-age-allowance.5").ask(HERE)
    assert newer.digest != world.loaded["old-age-allowance"].digest
