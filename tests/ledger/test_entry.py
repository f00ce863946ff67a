"""Entries: salted leaves that say nothing, an opening that fixes the suite, views that hide what they must."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from mianzheng.ledger.entry import (
    BadEntry,
    Entry,
    Line,
    View,
    check_delays,
    hidden,
    leaf_hash,
    new_salt,
    opening_leaf,
    read_opening,
    seen_by,
)
from mianzheng.model.canonical import canonical
from mianzheng.model.item import Basis
from mianzheng.model.text import Text

DAY = 24 * 3600
NOW = 1_800_000_000
ENTRY = Entry(
    kind="asked",
    at=NOW,
    actor="hub",
    department="civil-affairs",
    case="c1",
    item="old-age-allowance",
    role="applicant",
    request="r1",
    lines=(
        Line(
            question="q1",
            sentence=Text(zh="其低保状态是否为在保？", en="Is the person on subsistence allowance?"),
            basis=Basis(duty="浙江省社会救助条例"),
            purpose="condition",
        ),
    ),
    subjects=(
        View(subject="full"),
        View(subject="masked", view="masked"),
        View(subject="later", view="after", after=NOW + DAY),
    ),
)


def test_a_leaf_is_the_hash_of_zero_salt_and_entry() -> None:
    content = canonical(ENTRY)
    assert leaf_hash(b"s" * 16, content) == hashlib.sha256(b"\x00" + b"s" * 16 + content).digest()


def test_the_same_entry_never_makes_the_same_leaf() -> None:
    assert leaf_hash(new_salt(), canonical(ENTRY)) != leaf_hash(new_salt(), canonical(ENTRY))


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    # a shifting border between salt and entry would let one leaf stand for two entries
    with pytest.raises(BadEntry):
        leaf_hash(b"s" * length, b"{}")


def test_an_entry_reads_back_from_its_canonical_bytes() -> None:
    assert msgspec.json.decode(canonical(ENTRY), type=Entry) == ENTRY


def test_the_first_leaf_fixes_name_and_suite() -> None:
    salt, content, leaf = opening_leaf("hub", at=NOW)
    opening = read_opening(leaf, salt, content)
    assert (opening.ledger, opening.suite, opening.at) == ("hub", "intl", NOW)


def test_an_opening_that_is_not_the_first_leaf_s_content_is_refused() -> None:
    salt, _, leaf = opening_leaf("hub", at=NOW)
    with pytest.raises(BadEntry):
        read_opening(leaf, salt, opening_leaf("other", at=NOW)[1])


def test_a_first_leaf_that_opens_nothing_is_refused() -> None:
    content = canonical(ENTRY)
    with pytest.raises(BadEntry):
        read_opening(leaf_hash(b"s" * 16, content), b"s" * 16, content)


def test_a_ledger_of_a_suite_that_is_not_built_in_is_refused() -> None:
    content = b'{"kind":"opening","ledger":"hub","suite":"guomi","at":1}'
    with pytest.raises(BadEntry, match="guomi"):
        read_opening(leaf_hash(b"s" * 16, content), b"s" * 16, content)


def test_a_subject_sees_the_entry_in_full_without_the_others() -> None:
    seen = seen_by(ENTRY, "full", now=NOW)
    assert seen is not None
    assert (seen.lines, seen.subjects) == (ENTRY.lines, (View(subject="full"),))


def test_a_masked_view_shows_department_and_kind_only() -> None:
    assert seen_by(ENTRY, "masked", now=NOW) == Entry(kind="asked", at=NOW, department="civil-affairs")


def test_a_delayed_view_is_hidden_and_then_full() -> None:
    assert seen_by(ENTRY, "later", now=NOW + DAY - 1) is None
    seen = seen_by(ENTRY, "later", now=NOW + DAY)
    assert seen is not None
    assert seen.lines == ENTRY.lines


def test_nobody_else_sees_it() -> None:
    assert seen_by(ENTRY, "somebody", now=NOW) is None


def test_the_number_of_hidden_entries_is_known() -> None:
    assert (hidden((ENTRY, ENTRY), now=NOW), hidden((ENTRY,), now=NOW + DAY)) == (2, 0)


def delayed(**changes: object) -> Entry:
    view = View(subject="s", view="after", after=NOW + 30 * DAY, statute="反有组织犯罪法", orders=("a", "b"))
    return Entry(kind="asked", at=NOW, subjects=(msgspec.structs.replace(view, **changes),))


def test_a_founded_delay_is_accepted() -> None:
    check_delays(delayed())
    check_delays(Entry(kind="asked", at=NOW, subjects=(View(subject="s"),)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"statute": ""}, "delay-unfounded"),
        ({"orders": ("a",)}, "delay-unfounded"),
        ({"orders": ("a", "a")}, "delay-unfounded"),
        ({"after": NOW + 185 * DAY}, "delay-too-long"),
    ],
)
def test_an_unfounded_or_long_delay_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadEntry) as error:
        check_delays(delayed(**changes))
    assert error.value.code == code
