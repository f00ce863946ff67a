"""What is signed about papers: the hub's request to seal one, and what staff sign when they deliver it."""

from __future__ import annotations

from datetime import date

import msgspec

from mianzheng.model.authorisation import Permission
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.ids import Digest, Id
from mianzheng.model.officers import Act
from mianzheng.model.papers import PaperKind, Way
from mianzheng.model.publishing import Certified


class PaperRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /papers` to the handling gateway (JWS `mz-paper-request`): seal this file's digest.

    What shows that the case and the paper are its own depends on the kind: the person's permission (acceptance), its
    officer's signed act (correction, non-acceptance, special procedure), its own decision (grant, refusal), or a paper
    it sealed before (receipt).
    """

    aud: str
    iat: int
    request: Id
    entry: Digest
    case: Id
    item: str
    kind: PaperKind
    number: str
    document: str  # SHA-256 of the file but for the signature's place, hexadecimal
    permission: Permission | None = None
    signed: Certified | None = None
    act: Act | None = None
    decision: str = ""  # digest of the gateway's own decision
    about: str = ""  # number of the paper whose delivery a receipt proves


class PaperSealed(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `POST /papers`: the signature (CMS, DER, base64) over the document's digest."""

    signature: str


class HandedOver(msgspec.Struct, frozen=True, kw_only=True, tag="hand-over"):
    """Staff gave the paper to the person at the window 出件."""

    paper: str
    on: date


class Posted(msgspec.Struct, frozen=True, kw_only=True, tag="post"):
    """Staff sent it by tracked post to the address that the department holds."""

    paper: str
    tracking: str
    on: date


class Arrived(msgspec.Struct, frozen=True, kw_only=True, tag="arrived"):
    """The post delivered it on this day, by its own record."""

    paper: str
    on: date


DeliveryAct = HandedOver | Posted | Arrived


class PaperDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /desk/cases/{case}/papers`: a step `<tag>` by staff over the act."""

    signed: Certified
    act: DeliveryAct


class WayChosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /cases/{case}/papers/{paper}/way`: how the person wants to have it."""

    way: Way


def delivery_tag(act: DeliveryAct) -> str:
    """Return the name of the step under which a delivery is signed."""
    return str(type(act).__struct_config__.tag)


def delivery_digest(act: DeliveryAct) -> str:
    """Return what the step of a delivery digests."""
    return digest(canonical(act))
