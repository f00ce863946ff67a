"""Names that one party makes up and another keeps: one form each, checked where they are read.

A decoder refuses everything else (`msgspec.ValidationError`), so no blank, slash, NUL or page of text ever stands in a
key, a log or a path of whoever was given it. `\\Z` and not `$`: that would let a line's end through.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
"""Of a case, request, presence, paper or nonce: letters, digits, - and _, at most 64."""

MaybeId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{0,64}\Z")]
"""The same, or "" for none."""

Digest = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
"""A SHA-256 in base64url without padding: of an authorisation, a leaf."""

AskedRole = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}(#[1-9][0-9]{0,3})?\Z")]
"""A role of an item as it is asked about: `applicant`, of several people `members#2`."""

Label = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
"""A few words of a person's own on one line, as the name of a window."""
