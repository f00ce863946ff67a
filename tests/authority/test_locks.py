"""The lock: while it is on nobody acts for its person; who may turn it off, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mianzheng.authority import locks, telephones
from mianzheng.authority.site.locking import switch
from mianzheng.authority.site.rows import SiteSession
from mianzheng.authority.telephones import FROZEN_SECONDS
from mianzheng.mandates.refusals import MandateRefused
from tests.authority.grants import Grant, code
from tests.authority.site_world import Browser, SiteWorld, refused, site_world
from tests.authority.test_mandates import AgentCase, Bare, bundle_code
from tests.authority.test_site_bodies import Both, Visitor
from tests.gateway.world import HEAD, OLD, ORIGIN, World


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteWorld]:
    with site_world(world, tmp_path_factory.mktemp("site")) as made:
        made.site = msgspec.structs.replace(made.site, config=msgspec.structs.replace(made.config, url=ORIGIN))
        yield made


@pytest.fixture(autouse=True)
def nothing_locked(site: SiteWorld) -> Iterator[None]:
    yield
    for table in ("locks", "freezes"):
        site.authority.journal.commit(lambda connection, table=table: connection.execute(f"DELETE FROM {table}"))  # type: ignore[misc]
    site.world.ahead = 0


def freeze(site: SiteWorld, number: str) -> None:
    secrets, at = site.authority.secrets, int(site.world.now())
    site.authority.journal.commit(lambda connection: telephones.freeze(connection, secrets, number, at=at))


def locked(site: SiteWorld, number: str = OLD) -> bool:
    return bool(locks.locked_since(site.authority.journal.reader(), site.authority.secrets, number))


def at_mandates(site: SiteWorld, who: str = "old") -> tuple[Browser, Any]:
    browser = site.browser()
    browser.prove(browser.get("/sign-in?next=/mandates/mine"), who)
    return browser, browser.get("/mandates/mine")


def test_one_tap_locks_and_one_unlocks_and_both_stand_in_the_persons_list(site: SiteWorld) -> None:
    browser, page = at_mandates(site)
    assert browser.post("/mandates/lock", page, lock="on").headers["location"] == "/mandates/mine?done=lock-on"
    page = browser.get("/mandates/mine")
    assert locked(site) and 'data-testid="unlock"' not in page.text
    refused_off = browser.post("/mandates/lock", page, lock="off")  # an open session alone unlocks nothing
    assert refused_off.headers["location"].startswith("/sign-in?") and locked(site)
    page = browser.prove_for("unlock", back="/mandates/mine")
    assert 'data-testid="unlock"' in page.text
    browser.post("/mandates/lock", page, lock="off")
    assert not locked(site)
    assert {"lock-on", "lock-off"} <= {kind for kind, _ in site.lines(OLD)}


def test_while_it_is_on_nobody_is_mandated_and_no_agent_takes_a_step(site: SiteWorld, world: World) -> None:
    token = Grant(world, uses=3).mandate()
    case = AgentCase(world, token)
    assert case.standing()
    switch(site.site, SiteSession(number=OLD, method="demo", level=1, until=0), to="on")
    assert code(case.standing_reply()) == "mandate-locked"
    assert bundle_code(world, Bare(world, token)) == "mandate-locked"
    assert code(Grant(world).post()) == "mandate-locked"
    switch(site.site, SiteSession(number=OLD, method="demo", level=3, until=0), to="off")
    assert case.standing()


def test_who_was_not_seen_surely_locks_and_does_not_unlock(site: SiteWorld) -> None:
    browser, page = at_mandates(site, "head")
    browser.post("/mandates/lock", page, lock="on")
    page = browser.get("/mandates/mine")
    assert locked(site, HEAD) and 'data-testid="lock-low"' in page.text and 'data-testid="unlock"' not in page.text
    assert refused(browser.post("/mandates/lock", page, lock="off")) == "presence-too-low"
    assert locked(site, HEAD)


def test_for_three_days_after_a_change_of_telephone_it_can_be_turned_on_and_not_off(site: SiteWorld) -> None:
    freeze(site, OLD)
    sure = SiteSession(number=OLD, method="demo", level=3, until=0)
    switch(site.site, sure, to="on")
    with pytest.raises(MandateRefused):
        switch(site.site, sure, to="off")
    assert locked(site)
    site.world.ahead += FROZEN_SECONDS + 1
    switch(site.site, sure, to="off")
    assert not locked(site)


def test_what_is_no_switch_changes_nothing(site: SiteWorld) -> None:
    browser, page = at_mandates(site)
    assert browser.post("/mandates/lock", page, lock="maybe").status_code == 400
    assert not locked(site)


def test_who_changed_their_telephone_mandates_nobody_in_a_bodys_name_for_three_days(site: SiteWorld) -> None:
    both = Both(site)
    visitor = Visitor(both)
    visitor.speaks()
    freeze(site, HEAD)
    assert refused(visitor.granted()) == "mandate-refused"
    site.world.ahead += FROZEN_SECONDS + 1
    visitor = Visitor(both)
    visitor.speaks()
    assert visitor.granted().headers["location"] == "/mandates/mine?done=granted"
