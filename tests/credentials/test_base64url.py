"""Base64url has one spelling for each value; everything else is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.model.canonical import b64, unb64

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(max_size=100))
def test_any_bytes_read_back_and_are_written_as_the_standard_library_does(data: bytes) -> None:
    assert b64(data) == base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert unb64(b64(data)) == data


@given(st.text(LETTERS, max_size=12) | st.text(LETTERS + '+/= \n"\\u0,中', max_size=12) | st.text(max_size=12))
def test_a_text_is_refused_or_is_the_only_spelling_of_its_value(text: str) -> None:
    try:
        data = unb64(text)
    except ValueError:
        return
    assert b64(data) == text
    assert set(text) <= set(LETTERS)


@pytest.mark.parametrize(
    "text",
    ["A", "AAAAA", "AB", "AAB", "AA=", "AA==", "AA ", "A A", "AA\n", "+A", "/A", '"', "\\u0041A", "ＡＡ", "AA\x00"],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        unb64(text)
