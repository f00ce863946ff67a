"""A paper as a file: PDF/A-2b, its fonts embedded, its Chinese extractable, its seal verified by pyHanko."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from mianzheng.credentials.stamps import StampRoot, root_of
from mianzheng.model.papers import PaperKind
from mianzheng.papers import fonts, typesetting
from mianzheng.papers.signature import BadSignature, Prepared, fill, prepare, verify
from mianzheng.papers.typesetting import FontsMissing, picture, typeset
from tests.papers.examples import fonts_of, paper, seal_folder, seal_root, stamp, text_of, with_

NOW = datetime.now(UTC)
EVERY = tuple(PaperKind)


@cache
def prepared(kind: PaperKind = PaperKind.REFUSAL) -> Prepared:
    said = paper(kind)
    return prepare(typeset(said), organ=said.department.zh, reason=said.title.zh, at=NOW)


@cache
def sealed(kind: PaperKind = PaperKind.REFUSAL) -> bytes:
    return fill(prepared(kind), stamp().seal(bytes.fromhex(prepared(kind).document)))


def metadata(pdf: bytes) -> str:
    return str(PdfFileReader(io.BytesIO(pdf)).root["/Metadata"].get_object().data.decode("utf-8"))


@pytest.mark.parametrize("kind", EVERY)
def test_each_kind_says_that_it_is_pdf_a_2b(kind: PaperKind) -> None:
    said = metadata(sealed(kind) if kind is PaperKind.REFUSAL else typeset(paper(kind)))
    assert re.search(r"pdfaid:part[^0-9]{1,3}2", said) and re.search(r"pdfaid:conformance[^A-Z]{1,3}B", said)


def test_the_sealed_file_still_says_so_and_is_not_encrypted() -> None:
    reader = PdfFileReader(io.BytesIO(sealed()))
    assert not reader.encrypted and "pdfaid" in metadata(sealed())


def test_it_names_the_colours_its_figures_are_meant_in() -> None:
    root = PdfFileReader(io.BytesIO(sealed())).root
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1" and intent.get_object()["/DestOutputProfile"].get_object().data


def test_every_font_is_embedded() -> None:
    found = fonts_of(sealed())
    assert len(found) >= 4
    for font in found:
        (descendant,) = font["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]


def test_nothing_in_it_runs_or_leads_out() -> None:
    root = PdfFileReader(io.BytesIO(sealed())).root
    assert not {"/OpenAction", "/AA", "/JavaScript"} & (set(root) | set(root.get("/Names", {})))


def test_what_it_says_is_read_out_in_chinese() -> None:
    said = text_of(sealed())
    for line in (
        "临海市民政局不予行政给付决定书",
        "临民〔2026〕12号",
        "未满八十周岁",
        "申请行政复议",
        "2026年11月30日",
    ):
        assert line in said


def test_the_translation_follows_and_says_that_it_is_one() -> None:
    said = text_of(sealed())
    assert said.index("申请行政复议") < said.index("Reference translation") < said.index("administrative review")


def test_equal_papers_give_equal_bytes() -> None:
    assert typeset(paper(PaperKind.GRANT)) == typeset(paper(PaperKind.GRANT))


def test_another_number_gives_another_file() -> None:
    said = paper(PaperKind.GRANT)
    assert typeset(said) != typeset(with_(said, display="临民〔2026〕13号"))


def test_the_seal_holds_and_names_the_department() -> None:
    found = verify(sealed(), root=seal_root(), at=NOW)
    assert (found.state, found.organ, found.party) == ("holds", "civil-affairs", "civil-affairs")


def test_it_is_a_pades_signature_over_the_whole_file() -> None:
    (embedded,) = PdfFileReader(io.BytesIO(sealed())).embedded_signatures
    assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    start, first, second, rest = embedded.byte_range
    assert (start, second + rest) == (0, len(sealed()))
    assert sealed()[first : first + 1] == b"<" and sealed()[second - 1 : second] == b">"


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_changed_byte_breaks_it(place: float) -> None:
    changed = bytearray(sealed())
    at = int(prepared().start * place)
    changed[at] ^= 1
    assert verify(bytes(changed), root=seal_root(), at=NOW).state in ("broken", "missing")


def test_what_is_added_behind_breaks_it() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed()))
    writer.root["/Added"] = generic.pdf_string("behind")
    writer.update_root()
    added = io.BytesIO()
    writer.write(added)
    assert verify(added.getvalue(), root=seal_root(), at=NOW).state == "broken"


def test_another_root_does_not_vouch_for_it() -> None:
    now = int(NOW.timestamp())
    folder = seal_folder() / "other"
    folder.mkdir(exist_ok=True)
    if root_of(folder) is None:
        StampRoot(start=now - 60, end=now + 3600).hand_out(folder)
    other = root_of(folder)
    assert other is not None and verify(sealed(), root=other, at=NOW).state == "broken"


def test_it_does_not_hold_after_its_certificate() -> None:
    assert verify(sealed(), root=seal_root(), at=NOW + timedelta(days=30)).state == "broken"


def test_a_file_without_a_seal_is_missing_one() -> None:
    assert verify(typeset(paper(PaperKind.GRANT)), root=seal_root(), at=NOW).state == "missing"
    assert verify(b"no file at all", root=seal_root(), at=NOW).state == "missing"
    made_for_it = b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root /a /Size 1 >>\nstartxref\n9\n%%EOF\n"
    assert verify(made_for_it, root=seal_root(), at=NOW).state == "missing"


def test_a_signature_too_long_for_its_place_is_refused() -> None:
    with pytest.raises(BadSignature):
        fill(prepared(), bytes(8192))


def test_without_the_fonts_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FAMILIES", ("No Such Serif",))
    typesetting._compiler.cache_clear()
    try:
        with pytest.raises(FontsMissing, match="No Such Serif") as refused:
            typeset(paper(PaperKind.GRANT))
        assert "fonts-noto-cjk" in refused.value.hint
    finally:
        typesetting._compiler.cache_clear()


def test_a_picture_of_it_is_a_png() -> None:
    assert picture(paper(PaperKind.ACCEPTANCE), ppi=40).startswith(b"\x89PNG")
