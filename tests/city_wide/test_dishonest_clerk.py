"""The dishonest clerk opens no case for someone absent, raises no presence, and learns nobody's existence.

Each attempt fails, and leaves a line in the authority's own log; what was tried in a person's name, that person reads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import msgspec
import pytest

from mianzheng.city.truth import TRUTH
from mianzheng.cli.keys import COMPARER
from mianzheng.client.window import Staff
from mianzheng.model.case import CaseView
from mianzheng.model.presence import PresenceFile
from tests.city_wide.dishonest_clerk import DishonestClerk, code_of
from tests.city_wide.few_departments import ITEM
from tests.city_wide.window_city import WindowCity

pytestmark = pytest.mark.process
NOBODY = "332621193001010072"  # in no register


@pytest.fixture(scope="module")
def clerk(window: WindowCity) -> Iterator[DishonestClerk]:
    made = DishonestClerk(window, window.key("clerk"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def witness(window: WindowCity) -> Staff:
    """A village witness who signs whatever the clerk says: the worst that one colleague can do."""
    return Staff.read(Path(window.key("witness")))


def passed(clerk: DishonestClerk, window: WindowCity, witness: Staff, number: str) -> PresenceFile:
    """An honest presence: the person is there and answers."""
    asked = clerk.begin(number, witness)
    questions = [{"zh": question.zh} for question in asked.questions]
    return clerk.answer(number, asked, tuple(window.knows(number, questions)))


def leaves(clerk: DishonestClerk, before: int, *codes: str) -> None:
    """Say that the authority's log has refusals with these codes since."""
    # of no case: one that waits, of another test of this city, is tried again at any moment
    refused = [line.code for line in clerk.lines(after=before) if line.kind == "refused" and not line.case]
    assert refused == list(codes)


def test_a_clerk_signs_in_as_nobody_else_with_their_own_key(window: WindowCity, clerk: DishonestClerk) -> None:
    before = clerk.count()
    for number in (window.someone(), window.keyless(), NOBODY):
        assert clerk.sign_in_as(number) == "sign-in-refused"
    leaves(clerk, before, *["sign-in-refused"] * 3)


def test_a_clerk_alone_begins_no_presence(window: WindowCity, clerk: DishonestClerk) -> None:
    number, before = window.keyless(), clerk.count()
    assert clerk.start_alone(number) == "presence-refused"
    own = clerk.staff
    assert clerk.start_alone(number, second=lambda shown: own.step("presence-witness", shown)) == "clerk-unknown"
    for role in ("witness", "clerk"):
        friend = clerk.invented(role)
        assert code_of(lambda friend=friend: clerk.begin(number, friend)) == "clerk-unknown"
    leaves(clerk, before, "malformed-request", "clerk-unknown", "clerk-unknown", "clerk-unknown")


def test_guessing_locks_and_the_right_answers_then_help_no_more(
    window: WindowCity, clerk: DishonestClerk, witness: Staff
) -> None:
    number, before = window.someone(), clerk.count()
    for _ in range(3):
        assert clerk.guess(number, clerk.begin(number, witness)) == "presence-refused"
    assert code_of(lambda: passed(clerk, window, witness, number)) == "presence-refused"
    kinds = [line.kind for line in clerk.lines(after=before)]
    assert (kinds.count("presence-failed"), kinds.count("presence-locked")) == (4, 1)
    lines = window.city.json("ledger", "mine", "--resident", number)["lines"]
    assert {"presence-failed", "presence-locked"} <= {line["line"]["kind"] for line in lines}


def test_who_exists_shows_neither_in_questions_nor_in_refusals_nor_in_ticks(
    window: WindowCity, clerk: DishonestClerk, witness: Staff
) -> None:
    seen, before = set(), clerk.count()
    for number in (window.keyless(), NOBODY):
        begun = time.monotonic()
        asked = clerk.begin(number, witness)
        assert time.monotonic() - begun >= 0.25
        assert len(asked.questions) == 2
        assert clerk.begin(number, witness).questions == asked.questions
        window.presence(number)
        done = window.city.command(
            "presence", "--resident", number, "--clerk", window.key("clerk"), "--witness", window.key("witness"),
            "--answer", "1999", "--answer", "1999",
        )  # fmt: skip
        seen.add((done.status, done.out, done.err))
    assert len(seen) == 1
    kinds = [line.kind for line in clerk.lines(after=before)]
    assert (kinds.count("presence-open"), kinds.count("presence-failed")) == (6, 2)


def test_a_presence_opens_no_second_case(window: WindowCity, clerk: DishonestClerk, witness: Staff) -> None:
    file = passed(clerk, window, witness, window.keyless())
    assert clerk.opens(file).decision == "granted"
    before = clerk.count()
    assert code_of(lambda: clerk.opens(file)) == "presence-used"
    assert "bundle-refused" in {line.code for line in clerk.lines(after=before)}


def test_another_clerks_presence_is_of_no_use(window: WindowCity, clerk: DishonestClerk, witness: Staff) -> None:
    other = Staff.read(Path(window.key("clerk", "human-resources")))
    number, before = window.keyless(), clerk.count()
    asked = clerk.begin(number, witness)
    said = tuple(window.knows(number, [{"zh": question.zh} for question in asked.questions]))
    assert code_of(lambda: clerk.answer(number, asked, said, staff=other)) == "presence-refused"
    file = clerk.answer(number, asked, said)
    assert code_of(lambda: clerk.opens(file, other)) == "another-clerk"
    unnamed = msgspec.structs.replace(file, clerk="")  # the client's own look is no hindrance
    assert code_of(lambda: clerk.opens(unnamed, other)) == "another-clerk"
    codes = {line.code for line in clerk.lines(after=before)}
    assert {"presence-refused", "bundle-refused"} <= codes


def test_two_staff_raise_no_presence_by_saying_so(window: WindowCity, clerk: DishonestClerk, witness: Staff) -> None:
    """A file that claims more is only a file; a face that is not the person's is below."""
    number, before = window.someone("--no-key", "--face", __file__), clerk.count()
    file = passed(clerk, window, witness, number)
    assert file.level == 2
    raised = msgspec.structs.replace(file, level=3, method="face", presence="x" + file.presence)
    assert clerk.opens(raised).decision == "granted"  # the session says which presence it is, not the file
    with window.city.device("comparer", COMPARER):
        asked = clerk.begin(number, None, method="face", image=b"another face" * 9)  # type: ignore[arg-type]
        assert code_of(lambda: clerk.answer(number, asked, ())) == "presence-refused"
    assert "presence-failed" in {line.kind for line in clerk.lines(after=before)}


def test_a_window_shows_a_clerk_no_other_case_of_the_person(
    window: WindowCity, clerk: DishonestClerk, witness: Staff
) -> None:
    number = window.someone()
    own = window.city.json("case", "run", ITEM, "--resident", number)
    person = clerk.served(passed(clerk, window, witness, number))
    assert clerk.run(person.hub.get("/cases", list[CaseView])) == []
    with clerk.traces.at_hub("not-found", "show_case"):
        assert code_of(lambda: clerk.run(person.show(own["case"]))) == "not-found"
    assert clerk.run(person.hub.get("/my/ledger", list[object])) == []


def test_a_clerks_session_reads_no_list_of_a_person_at_a_gateway(
    window: WindowCity, clerk: DishonestClerk, witness: Staff
) -> None:
    """The authority's word on a presence is for the hub alone."""
    number = window.keyless()
    before = clerk.count()
    assert clerk.start_alone(number, audience=lambda _: "gateway-civil-affairs") == "presence-refused"
    leaves(clerk, before, "malformed-request")


# -- 回避: cases of one's own and of relatives


def child_of(window: WindowCity, number: str) -> str:
    """A child of somebody as the kinship register names them, "" for none."""
    query = (
        "SELECT children FROM kinship WHERE subject = $1 AND relation = '子女' AND status = '有效' ORDER BY ALL LIMIT 1"
    )
    with closing(duckdb.connect(str(window.data / TRUTH), read_only=True)) as truth:
        return next((str(child) for (child,) in truth.execute(query, [number]).fetchall() if child), "")


def refused_parent(window: WindowCity) -> tuple[str, str]:
    """Somebody whose case is refused, so that an officer has to sign it, and a child of theirs."""
    people = ((one, child_of(window, one)) for one in window.city.people(ITEM, "refused", 40))
    return next((one, child) for one, child in people if child)


def test_nobody_takes_their_own_case_or_a_relatives(window: WindowCity, clerk: DishonestClerk) -> None:
    applicant, child = refused_parent(window)
    case, before = window.city.json("case", "run", ITEM, "--resident", applicant)["case"], clerk.count()
    for number in (applicant, child):
        with (
            clerk.is_really(number, window.key("clerk")),
            clerk.traces.at_hub("another-handler", "take_act", known=False),
        ):
            assert clerk.takes(case, window.key("clerk")) == "another-handler"
    leaves(clerk, before, "another-handler", "another-handler")
    assert clerk.takes(case, window.key("clerk")) == ""  # as the stranger that they are


def test_who_took_a_case_and_turns_out_related_does_not_sign_it(window: WindowCity, clerk: DishonestClerk) -> None:
    applicant, child = refused_parent(window)
    view = window.city.json("case", "run", ITEM, "--resident", applicant)
    assert view["state"] == "proposed"
    officer = window.key("officer")
    assert clerk.takes(view["case"], officer) == ""
    before = clerk.count()
    with clerk.is_really(child, officer), clerk.traces.at_hub("another-handler", "take_act", known=False):
        assert clerk.signs(view["case"], officer) == "another-handler"
    leaves(clerk, before, "another-handler")
    assert window.city.json("case", "show", view["case"], "--resident", applicant)["state"] == "proposed"
