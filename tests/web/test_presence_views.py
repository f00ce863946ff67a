"""What a session of a presence reads, where a clerk looks on: its own sitting, and those of before."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.cases.opening import Applicant, open_case
from mianzheng.model.errors import NotFound
from mianzheng.web.access import own_view, seen_case
from tests.cases.hub_world import applicant_of, hub_world, run
from tests.gateway.world import OLD

ITEM, SITTING, LATER = "old-age-allowance", "p" * 26, "q" * 26


def seated(applicant: Applicant, presence: str) -> Applicant:
    return msgspec.structs.replace(applicant, presence=presence)


@pytest.mark.parametrize(("sitting", "kind"), [(SITTING, "resident"), (LATER, "clerk")])
def test_in_a_later_sitting_a_case_is_read_as_a_clerk_may_see_it(sitting: str, kind: str) -> None:
    async def work() -> None:
        async with hub_world() as here:
            person = applicant_of(here.world, OLD)
            live = await open_case(here.hub, seated(person, SITTING), ITEM, ())
            _, viewer = await seen_case(here.hub, live.id, seated(person, sitting), "resident")
            assert viewer.kind == kind
            assert (await own_view(live, seated(person, sitting))).seen_as == kind

    run(work())


def test_the_person_of_a_later_sitting_may_still_act_on_it() -> None:
    async def work() -> None:
        async with hub_world() as here:
            person = applicant_of(here.world, OLD)
            live = await open_case(here.hub, seated(person, SITTING), ITEM, ())
            then, later = [await own_view(live, seated(person, one)) for one in (SITTING, LATER)]
            assert then.acts == later.acts != ()

    run(work())


def test_no_sitting_shows_what_the_person_opened_alone() -> None:
    async def work() -> None:
        async with hub_world() as here:
            person = applicant_of(here.world, OLD)
            live = await open_case(here.hub, person, ITEM, ())
            with pytest.raises(NotFound):
                await seen_case(here.hub, live.id, seated(person, SITTING))

    run(work())
