"""Status lists: the draft's vector, strict reading, and no bomb hidden in the compression."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.status import (
    SIZE,
    TYP,
    ListFull,
    StatusList,
    draw_index,
    issue_status_list,
    verify_status_list,
)
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.errors import WrongUse

KEY = PrivateKey.generate()
NOW, URI = 1_800_000_000, "http://localhost/status"
DRAFT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]  # draft-ietf-oauth-status-list §4.1


def test_the_list_of_the_draft_is_written_as_there() -> None:
    status_list = StatusList(URI, bytes(2))
    for idx, status in enumerate(DRAFT):
        if status:
            status_list.revoke(idx)
    assert status_list.compress() == "eNrbuRgAAhcBXQ"


def test_the_list_of_the_draft_is_read_as_there() -> None:
    status_list = StatusList.decompress(URI, "eNrbuRgAAhcBXQ")
    assert [status_list.is_revoked(idx) for idx in range(16)] == [bool(status) for status in DRAFT]


def token(**changes: object) -> str:
    claims: dict[str, object] = {
        "sub": URI,
        "iat": NOW,
        "exp": NOW + 100,
        "status_list": {"bits": 1, "lst": StatusList(URI).compress()},
    }
    return jws.sign(canonical(claims | changes), key=KEY, typ=TYP)


def check(text: str, *, now: int = NOW) -> StatusList:
    return verify_status_list(text, key=KEY.public, uri=URI, now=now)


@given(st.sets(st.integers(0, SIZE - 1), max_size=20))
def test_what_was_revoked_and_only_that_is_revoked(indices: set[int]) -> None:
    status_list = StatusList(URI)
    for idx in indices:
        status_list.revoke(idx)
    read = StatusList.decompress(URI, status_list.compress())
    assert all(read.is_revoked(idx) for idx in indices)
    assert not any(read.is_revoked(idx) for idx in range(0, SIZE, 997) if idx not in indices)


def test_a_signed_list_reads_back() -> None:
    status_list = StatusList(URI)
    status_list.revoke(77)
    read = check(issue_status_list(status_list, key=KEY, iat=NOW, exp=NOW + 100, ttl=50))
    assert len(read) == SIZE
    assert read.is_revoked(77)


@pytest.mark.parametrize(
    "text",
    [
        token(sub="http://localhost/other"),
        token(exp=NOW),
        token(iat=NOW + 100),
        token(status_list={"bits": 2, "lst": StatusList(URI).compress()}),
        token(status_list={"bits": 1, "lst": "AAAA"}),
        token(status_list={"bits": 1, "lst": StatusList(URI).compress() + "="}),
        token(status_list={"bits": 1, "lst": b64(zlib.compress(b"x")[:-1])}),
        token(status_list={"bits": 1, "lst": b64(zlib.compress(b"x") + b"more")}),
        token(status_list={"bits": 1, "lst": b64(zlib.compress(bytes(2**21 + 1)))}),
        token(status_list={"bits": 1, "lst": 1}),
        token(status_list=None),
        token(exp="never"),
    ],
)
def test_a_list_that_is_not_exactly_right_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        check(text)


def test_the_list_of_another_department_is_refused() -> None:
    other = issue_status_list(StatusList(URI), key=PrivateKey.generate(), iat=NOW, exp=NOW + 100)
    with pytest.raises(BadToken):
        check(other)


@pytest.mark.parametrize("idx", [-1, SIZE, 2**70])
def test_an_index_outside_the_list_is_refused(idx: int) -> None:
    with pytest.raises(BadToken):
        StatusList(URI).is_revoked(idx)
    with pytest.raises(WrongUse):
        StatusList(URI).revoke(idx)


def test_an_index_is_drawn_among_the_free_ones() -> None:
    assert draw_index(4, lambda idx: idx != 2) == 2


def test_a_full_list_says_so() -> None:
    with pytest.raises(ListFull):
        draw_index(SIZE, lambda idx: True)


def test_indices_are_not_drawn_in_order() -> None:
    drawn = [draw_index(SIZE, lambda idx: False) for _ in range(50)]
    assert drawn != sorted(drawn)


def test_a_list_says_what_it_is() -> None:
    payload = jws.unverified_payload(issue_status_list(StatusList(URI), key=KEY, iat=NOW, exp=NOW + 1))
    assert msgspec.json.decode(payload)["status_list"]["bits"] == 1
