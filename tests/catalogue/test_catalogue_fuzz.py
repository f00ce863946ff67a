"""Bent packs give faults or a catalogue, never anything else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mianzheng.catalogue.load import check
from mianzheng.cli.packs import REASONING
from tests.catalogue.small_packs import DEPARTMENT, ELDER_CARE, HUKOU, ITEM, PARAM, SMALL, VEHICLE, copy_of

FILES = (DEPARTMENT, HUKOU, VEHICLE, ELDER_CARE, PARAM, ITEM, ITEM, ITEM)
PIECES = (
    "null", "~", "true", "-1", "0", "99999999999999999999", "1e9", "NaN", "''", "' '", "[]", "{}",
    "[[]]", "{a: {b: c}}", "2024-02-30", "9999-12-31", "0001-01-01", "&a x", "*a", "!!int 3", "<<: {}",
    "- x", "? [a]", "|", ">", "'", '"', "\t", "\x00", "\ufeff", "，", "“", "applicant", "applicant.hukou",
    "applicant.hukou.age", "today", "today - 12 months", "params.allowance_old", "form.x", "finding.x",
    "and", "or", "not", "(", ")", "count(applicant.vehicle)", "has(applicant.vehicle, status = '正常')",
    "case when", "end", "is null", "in ()", "/ 0", "* 1.5", "select 1", "; drop", "consent", "duty",
    "declare", "行政裁决", "永久", "closed_nationwide", "open", "many", "one", "decimal", "reference",
    "x" * 300, "(" * 60, "not " * 60, "-- ", "/*", "#", "高龄津贴", "\u2028", "\r", "\n", "\n  ", ": ", ", ",
)  # fmt: skip


@st.composite
def bent_text(draw: st.DrawFn, text: str) -> str:
    """Bend a file: drop, double, swap or overwrite lines and words of it."""
    for _ in range(draw(st.integers(1, 3))):
        lines = text.split("\n")
        number = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["drop", "double", "swap", "word", "insert", "indent"]))
        line = lines[number]
        if how == "drop":
            del lines[number]
        elif how == "double":
            lines.insert(number, line)
        elif how == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[number], lines[other] = lines[other], line
        elif how == "word":
            words = line.split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(PIECES))
            lines[number] = " ".join(words)
        elif how == "insert":
            place = draw(st.integers(0, len(line)))
            lines[number] = line[:place] + draw(st.sampled_from(PIECES)) + line[place:]
        else:
            lines[number] = line[2:] if line.startswith("  ") else f"  {line}"
        text = "\n".join(lines)
    return text


@st.composite
def bent_file(draw: st.DrawFn) -> tuple[str, str]:
    file = draw(st.sampled_from(FILES))
    return file, draw(bent_text((SMALL / file).read_text(encoding="utf-8")))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bent_file())
def test_a_bent_pack_gives_faults_or_a_catalogue(bent: tuple[str, str]) -> None:
    file, text = bent
    with tempfile.TemporaryDirectory() as folder:
        root = copy_of(Path(folder))
        (root / file).write_text(text, encoding="utf-8", newline="")
        checked = check(root, reasoning=REASONING)
        for fault in checked.faults:
            assert fault.message and fault.hint
            assert 1 <= fault.line <= text.count("\n") + 200
            assert fault.column >= 1


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(FILES))
def test_a_file_of_any_bytes_gives_faults(content: bytes, file: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = copy_of(Path(folder))
        (root / file).write_bytes(content)
        assert check(root).faults
