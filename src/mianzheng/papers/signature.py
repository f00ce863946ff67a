"""The place of a signature in a PDF, its filling, and its verification (PAdES baseline B, ETSI EN 319 142-1).

Who writes the file has no key: it leaves a place, and the digest of all other bytes goes to whoever has one. What comes
back is put into the place. The file with the place is kept first, so that after a crash the same bytes go again.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import datetime
from typing import Literal

import msgspec
from asn1crypto import cms, pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.validation import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from mianzheng.model.errors import MianzhengError

PLACE_BYTES = 8192  # of the signature in hexadecimal: certificate, attributes and an ECDSA signature take under 4,000
FIELD = "Seal"
ALGORITHM = "sha256"


class BadSignature(MianzhengError):
    """What came back is no signature of this department over this file."""

    code = "paper-seal-invalid"
    permanent = False


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A file with an empty place for its signature; `start` and `end` enclose the place, angle brackets included."""

    pdf: bytes
    start: int
    end: int

    @property
    def document(self) -> str:
        """SHA-256 of every byte outside the place, hexadecimal: what is signed."""
        return hashlib.sha256(self.pdf[: self.start] + self.pdf[self.end :]).hexdigest()


def prepare(pdf: bytes, *, organ: str, reason: str, at: datetime) -> Prepared:
    """Return the file with a place for the signature of an organ; `at` is when, aware."""
    return asyncio.run(_prepare(pdf, organ=organ, reason=reason, at=at))


async def _prepare(pdf: bytes, *, organ: str, reason: str, at: datetime) -> Prepared:
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm=ALGORITHM, subfilter=SigSeedSubFilter.PADES, name=organ, reason=reason
    )
    nothing = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    nobody = signers.ExternalSigner(signing_cert=None, cert_registry=nothing, signature_value=bytes(72))
    signer = signers.PdfSigner(meta, signer=nobody, new_field_spec=SigFieldSpec(sig_field_name=FIELD))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    session = signer.init_signing_session(writer)
    session.system_time = at
    tbs = session.prepare_tbs_document(None, PLACE_BYTES)
    digest, output = tbs.digest_tbs_document()
    output.seek(0)
    return Prepared(pdf=output.read(), start=digest.reserved_region_start, end=digest.reserved_region_end)


def fill(prepared: Prepared, signature: bytes) -> bytes:
    """Return the file with a signature (CMS, DER) in its place; `BadSignature` when it does not fit."""
    room = prepared.end - prepared.start - 2
    text = signature.hex().encode("ascii")
    if len(text) > room:
        raise BadSignature(f"the signature has {len(signature)} bytes, there is room for {room // 2}")
    placed = b"<" + text.ljust(room, b"0") + b">"
    return prepared.pdf[: prepared.start] + placed + prepared.pdf[prepared.end :]


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What the signature of a file came to. `organ`: the organisation in the certificate, "" when it does not hold."""

    state: Literal["holds", "broken", "missing"]
    organ: str = ""
    party: str = ""


def verify(pdf: bytes, *, root: bytes, at: datetime) -> Sealed:
    """Return whether the file's seal holds, by the root certificate (PEM) of the departments' seals, at a time.

    It may take long over a file that was made for it: give it only files of our own making, with whatever seal.
    """
    try:
        return asyncio.run(_verify(pdf, root, at))
    except Exception:  # pyHanko fails in any way over what is no PDF: by AttributeError, AssertionError, RecursionError
        return Sealed(state="missing")  # no PDF, or one without a signature that can be read


async def _verify(pdf: bytes, root: bytes, at: datetime) -> Sealed:
    embedded = list(PdfFileReader(io.BytesIO(pdf), strict=False).embedded_regular_signatures)
    if not embedded:
        return Sealed(state="missing")
    found: EmbeddedPdfSignature = embedded[0]
    context = ValidationContext(trust_roots=[_certificate(root)], moment=at, allow_fetching=False)
    status = await async_validate_pdf_signature(found, signer_validation_context=context)
    whole = status.coverage is not None and status.coverage.value >= 3 and len(embedded) == 1
    if not (status.intact and status.valid and status.trusted and whole):
        return Sealed(state="broken")
    subject = status.signing_cert.subject.native
    return Sealed(
        state="holds",
        organ=str(subject.get("organization_name", "")),
        party=str(subject.get("organizational_unit_name", "")),
    )


def read_signature(data: bytes) -> cms.ContentInfo:
    """Return a CMS signature's content; `BadSignature` when the bytes are none."""
    try:
        found = cms.ContentInfo.load(data, strict=True)
        if found["content_type"].native != "signed_data":
            raise ValueError("no signed data")
    except (ValueError, TypeError, KeyError) as error:
        raise BadSignature(f"not a signature: {error}") from None
    return found


def _certificate(root: bytes) -> x509.Certificate:
    _, _, der = pem.unarmor(root)
    return x509.Certificate.load(der)
