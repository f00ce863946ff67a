"""Signed JSON is read strictly: a member named twice, in any spelling, is refused."""

from __future__ import annotations

import contextlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mianzheng.credentials import strict_json
from mianzheng.model.canonical import canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_canonical_json_is_read_back(value: object) -> None:
    assert strict_json.parse(canonical(value), type=object) == value


@given(VALUES)
def test_json_with_blanks_and_escapes_is_read_back(value: object) -> None:
    assert strict_json.parse(json.dumps(value, indent=1).encode(), type=object) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":{"c":1,"c":2}}',
        b'{"a":1,"\\u0061":2}',
        b'[{"a":1,"a":2}]',
        b'{"a":NaN}',
        b'{"a":1}x',
        b"",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a":"\\ud800"}',
    ],
)
def test_ambiguous_or_broken_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        strict_json.parse(text, type=object)


def test_integers_past_64_bits_are_read_without_a_crash() -> None:
    assert strict_json.parse(b'{"a":123456789012345678901234567890}', type=object)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        strict_json.parse_object(data)


def test_an_object_is_asked_for_and_a_list_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        strict_json.parse_object(b"[]")
