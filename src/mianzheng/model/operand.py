"""A value that one gateway seals to another, which compares its own with it: the hub learns yes or no alone.

Times are whole seconds since the epoch; each struct is the payload of a JWS, JWE, SD-JWT or HTTP body
(docs/protocol.md).
"""

from __future__ import annotations

import msgspec

from mianzheng.model.scalar import Wire


class SealedOperand(msgspec.Struct, frozen=True, kw_only=True):
    """A JWS `mz-operand` of the gateway whose register holds the value, inside a JWE `mz-operand` to `aud`.

    It names whose value it is (`role` as asked about, `bundle`: digest) and in which authorisation of which case,
    so that no other can be put in its place.
    """

    iss: str
    aud: str
    case: str
    authorisation: str  # digest
    role: str
    question: str
    bundle: str  # digest of the bundle JWS
    value: Wire
    iat: int
