"""Which two questions are asked of whom: by the number and a secret, of two registers, alike for numbers nobody has."""

from __future__ import annotations

import hashlib

import pytest

from mianzheng.authority.known_questions import BadPresenceFile, choose, kept, read_rules, right
from tests.authority.presence_world import PACKS

RULES = read_rules((PACKS / "public-security" / "presence.yaml").read_bytes())
HELD = {
    "town": ("331082103",),
    "card-issued": ("2019-03-14",),
    "lives-with": ("陈大宝", "陈二宝"),
    "household-since": ("1998-05-01",),
    "plate": ("浙JA1B3C", "浙J12345"),
}


def draw(*parts: str) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(hashlib.sha256("|".join(parts).encode()).digest()).decode().rstrip("=")


def numbers(count: int) -> list[str]:
    return [f"33108219360302{n:04d}" for n in range(count)]


def test_every_answer_asked_is_one_that_the_person_has() -> None:
    for number in numbers(50):
        chosen = choose(RULES.questions, HELD, number, draw, exists=True)
        assert len(chosen.kinds) == 2
        assert all(chosen.accepted)
        assert chosen.kinds[0].register != chosen.kinds[1].register


def test_any_of_several_right_answers_is_right_and_nothing_else_is() -> None:
    plate = next(kind for kind in RULES.questions if kind.id == "plate")
    town = next(kind for kind in RULES.questions if kind.id == "town")
    chosen = choose([plate, town], HELD, "1", draw, exists=True)
    accepted, forms = kept(chosen, draw), tuple(kind.form for kind in chosen.kinds)
    said = {"plate": ("b3c", "345"), "town": ("汇溪", "汇溪镇")}
    for first in said[chosen.kinds[0].id]:
        for second in said[chosen.kinds[1].id]:
            assert right(accepted, forms, (first, second), draw)
    assert not right(accepted, forms, ("b3d", "汇溪"), draw)
    assert not right(accepted, forms, ("", ""), draw)


def test_a_number_that_nobody_has_has_no_right_answer() -> None:
    for number in numbers(50):
        chosen = choose(RULES.questions, {}, number, draw, exists=False)
        assert len(chosen.kinds) == 2
        assert chosen.accepted == ((), ())
        assert not right(kept(chosen, draw), tuple(k.form for k in chosen.kinds), ("", ""), draw)


def test_what_is_held_of_one_who_may_not_be_stood_for_counts_for_nothing() -> None:
    assert choose(RULES.questions, HELD, "1", draw, exists=False).accepted == ((), ())


def test_kinds_of_questions_come_as_often_to_numbers_that_nobody_has() -> None:
    """A rare kind stays rare: a plate is asked of few strangers, as few people have one."""
    shown = [kind.id for n in numbers(600) for kind in choose(RULES.questions, {}, n, draw, exists=False).kinds]
    assert 0.02 < shown.count("plate") / len(shown) < 0.25
    assert shown.count("plate") < shown.count("card-issued")
    assert set(shown) == {kind.id for kind in RULES.questions}


def test_the_answers_of_a_row_are_keyed_digests() -> None:
    chosen = choose(RULES.questions, HELD, "1", draw, exists=True)
    assert all(len(text) == 43 for accepted in kept(chosen, draw) for text in accepted)


@pytest.mark.parametrize("text", ["questions: 3", "question: []", "cards: {register: x}", "[]", "\tx"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(BadPresenceFile):
        read_rules(text.encode())
