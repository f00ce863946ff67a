"""What a case awaits of its person is done at the window too: a promise, something missing, a correction."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mianzheng.model.case import CaseView, State
from tests.cases.hub_world import hub_world, run
from tests.cases.procedure_world import published
from tests.cases.test_incomplete import never_seen
from tests.gateway.world import OLD
from tests.window.window_world import ITEM, Bench, bench, text_of

ITEMS = ("declared-allowance", "lacking-allowance", "visited-allowance", "stated-allowance")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    async def publish() -> None:
        async with hub_world() as here:
            for item in ITEMS:
                await published(here, item)

    run(publish())
    with bench(tmp_path_factory.mktemp("still-to-do")) as made:
        yield made


@pytest.fixture(autouse=True)
def _nobody(window: Bench) -> Iterator[None]:
    yield
    window.post("leave")


def served(window: Bench, item: str) -> str:
    """Serve the widow to the end of what the machine does."""
    window.sit_down()
    window.seen_with_nothing(OLD)
    window.post("item", item=item)
    return text_of(window.post("sign"))


def shown(window: Bench) -> CaseView:
    """The case that is shown, as its person reads it."""
    sitting = window.clerk.sitting
    assert sitting is not None and sitting.shown is not None
    return sitting.shown.own


def test_a_promise_is_read_out_and_signed_instead_of_a_record(window: Bench) -> None:
    words = served(window, "declared-allowance")
    assert "本人承诺独自居住" in words and "本人承诺，签署" in words
    window.post("declare", condition="alone")
    assert shown(window).state is State.DECLARED and "已作出的承诺" in text_of(window.get())


def test_what_nobody_offered_is_not_declared(window: Bench) -> None:
    served(window, "declared-allowance")
    window.post("declare", condition="aged")
    assert shown(window).state is State.WAITING_PERSON


def test_what_was_missing_is_asked_again_once_the_person_says_it_is_there(window: Bench) -> None:
    with never_seen(window.hub_world()):
        assert "缺的补齐了吗" in served(window, "lacking-allowance")
        assert shown(window).state is State.ACCEPTED_INCOMPLETE
    window.post("step", step="supply")
    assert shown(window).decision == "granted"


def test_a_correction_waits_for_the_next_sitting_and_is_read_and_signed_anew(window: Bench) -> None:
    served(window, "visited-allowance")
    case = shown(window).case
    window.post("leave")
    window.post(f"desk/{case}/take")
    window.post(f"desk/{case}/correct", what="乡镇填错了", within="5")
    window.sit_down()
    assert "以前在窗口办、还等本人的" in text_of(window.seen_with_nothing(OLD))
    assert "乡镇填错了" in text_of(window.post("earlier", case=case))
    assert "要问这些，念给本人听" in text_of(window.post("correct"))
    window.post("sign")
    assert shown(window).case == case and shown(window).state is State.WAITING_PERSON
    assert "corrected" not in shown(window).acts


def test_the_window_names_the_law_as_the_phone_does_and_asks_no_consent_that_no_law_wants(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    words = text_of(window.post("item", item=ITEM))
    sitting = window.clerk.sitting
    assert sitting is not None and sitting.chosen is not None
    assert f"法律依据 {sitting.chosen.item.basis.duty}" in words
    assert "这些法律允许办理部门问" in words and "同意吗" not in words


def test_nothing_of_a_form_is_chosen_beforehand(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    page = window.post("item", item="stated-allowance").text
    for name in ("alone", "reason"):
        chosen = re.search(rf'<select id="form-{name}"[^>]* required[^>]*><option value="">请选择</option>', page)
        assert chosen is not None and " selected" not in page


def test_what_the_person_has_not_said_is_marked_the_rest_is_kept_and_nothing_is_asked(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    window.post("item", item="stated-allowance")
    page = window.post("case", **{"form.alone": "", "form.reason": "患病"})
    assert "有必填的还没有说" in text_of(page) and page.text.count('data-testid="unstated"') == 1
    assert '<option value="患病" selected>患病</option>' in page.text and 'id="form-alone"' in page.text
    assert window.clerk.sitting is not None and window.clerk.sitting.opened is None
    assert "要问这些，念给本人听" in text_of(window.post("case", **{"form.alone": "true", "form.reason": "患病"}))
