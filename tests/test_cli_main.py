"""The command line's frame: exit statuses, help, which modules are loaded, and pictures that fit their terminal."""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from mianzheng import __version__
from mianzheng.cli import main as frame
from mianzheng.cli.main import COMMANDS, main
from mianzheng.cli.names import Names
from mianzheng.cli.pictures import draw_case, draw_plan
from mianzheng.cli.processes import RECORD, recorded
from mianzheng.cli.typed_number import typed_number
from mianzheng.cli.wrapping import wrap
from mianzheng.client.hub_client import HubDown, HubRefused, NotGranted, WrongRequest
from mianzheng.client.wallet import Kept, Wallet
from mianzheng.credentials.keys import BadKey
from mianzheng.model.case import AnswerView, CaseView, LedgerView, NoticeView, ReasonView, State
from mianzheng.model.errors import MianzhengError, NotFound, WrongUse
from mianzheng.model.item import Basis
from mianzheng.model.plan import PlanLine
from mianzheng.model.scalar import BadScalar
from mianzheng.model.text import Text

SENTENCE = Text(
    zh="人社部门的记录中，其待遇资格认证日期是否在受理之日前12个月以内？",
    en="In the records of the human resources department, is their last proof of life within the last 12 months?",
)


# -- exit statuses


@pytest.mark.parametrize("words", ["catalogue show old-age-allowance", "--help"])
def test_a_reader_who_has_enough_is_no_finding(words: str) -> None:
    command = [sys.executable, "-m", "mianzheng", *words.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(), said) == (0, b"")


def test_a_day_that_is_none_is_told_with_how_to_write_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["catalogue", "show", "old-age-allowance", "--as-of", "2026-13-01"])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert "--as-of: '2026-13-01' is no day of the calendar; write YYYY-MM-DD" in said
    assert "fromisoformat" not in said


@pytest.mark.parametrize("typed", ["x\udcff", "33108２-1949", "陈阿婆"])
def test_what_can_be_no_number_is_named_before_anything_else(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["case", "run", "old-age-allowance", "--resident", typed])
    assert stop.value.code == 2
    assert "is no number of a person or body" in capsys.readouterr().err


def test_full_width_digits_are_digits() -> None:
    assert typed_number(" ３３２６２１１９４５０５０５００２ｘ ") == "33262119450505002X"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (WrongUse("so not"), 2),
        (NotFound("no such"), 2),
        (BadScalar("no number"), 2),
        (BadKey("no key"), 2),
        (WrongRequest("no such item", code="not-found"), 2),
        (PermissionError(13, "Permission denied", "/x"), 2),
        (FileNotFoundError(2, "No such file or directory", "/x"), 2),
        (NotADirectoryError(20, "Not a directory", "/x"), 2),
        (HubRefused("later", code="unavailable"), 1),
        (NotGranted("the presence did not pass", code="presence-refused"), 1),
        (HubDown("the hub does not answer"), 1),
        (MianzhengError("something is wrong"), 1),
        (OSError(28, "No space left on device"), 1),
        (KeyboardInterrupt(), 130),
    ],
    ids=repr,
)
def test_each_kind_of_error_has_its_exit_status_and_one_line(
    error: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def parse(words: object) -> argparse.Namespace:
        def fail(args: argparse.Namespace) -> int:
            raise error

        return argparse.Namespace(func=fail)

    monkeypatch.setattr(frame, "_parse", parse)
    assert main(["anything"]) == status
    printed = capsys.readouterr()
    assert printed.out == "" and len(printed.err.splitlines()) == (0 if status == 130 else 1)


def test_an_error_is_told_with_its_code_and_with_json_as_a_document_too(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def fail(args: argparse.Namespace) -> int:
        raise NotFound("there is no case c1", hint="`case run` opens one")

    monkeypatch.setattr(frame, "_parse", lambda words: argparse.Namespace(func=fail))
    assert main(["anything"]) == main(["anything", "--json"]) == 2
    printed = capfdbinary.readouterr()
    assert printed.err == b"mianzheng: there is no case c1 (`case run` opens one) [not-found]\n" * 2
    document = {"code": "not-found", "detail": "there is no case c1", "hint": "`case run` opens one"}
    assert msgspec.json.decode(printed.out) == document


def test_what_cannot_be_parsed_is_a_document_too(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(SystemExit):
        main(["case", "show", "--json"])
    printed = capfdbinary.readouterr()
    assert msgspec.json.decode(printed.out)["code"] == "wrong-use" and printed.err.endswith(b"[wrong-use]\n")


def test_without_a_command_the_help_names_every_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and all(re.search(rf"^ +{name}\b", printed.err, re.M) for name in COMMANDS)


def test_version_and_help_are_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--version"], ["--help"], ["case", "--help"], ["ledger", "verify", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
    assert f"mianzheng {__version__}" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["dance"], ["case"], ["case", "dance"], ["case", "show"], ["up", "--loud"]])
def test_what_cannot_be_parsed_is_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: mianzheng" in capsys.readouterr().err


def test_a_file_of_no_department_is_no_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stray = tmp_path / "stray.yaml"
    stray.write_text("item: stray\n")
    assert main(["catalogue", "check", str(stray)]) == 2
    assert f"{stray} is in no department's folder" in capsys.readouterr().err


def test_only_the_module_of_the_typed_command_is_loaded() -> None:
    program = (
        "import sys; from mianzheng.cli.main import main\ntry: main(['keys', '--help'])\nexcept SystemExit: pass\n"
    )
    program += "print([m for m in ('mianzheng.cli.demo', 'litestar', 'duckdb', 'aiohttp') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_has_enough_is_no_error() -> None:
    program = f"{sys.executable} -m mianzheng catalogue show old-age-allowance --json | true"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert done.stderr == ""


# -- small things kept in files


def test_a_damaged_record_of_processes_is_named(tmp_path: Path) -> None:
    assert recorded(tmp_path) == ()
    (tmp_path / RECORD).parent.mkdir()
    (tmp_path / RECORD).write_text("{", encoding="utf-8")
    with pytest.raises(WrongUse, match=r"processes\.json is damaged"):
        recorded(tmp_path)


def test_a_wallet_is_for_its_owner_only_and_knows_only_its_cases(tmp_path: Path) -> None:
    wallet = Wallet(tmp_path / "wallet")
    wallet.keep(Kept(case="c1", resident="n", item="i"))
    wallet.new_holder_key("c1")
    assert wallet.find("c1").item == "i"
    assert {path.stat().st_mode & 0o777 for path in wallet.folder.iterdir()} == {0o600}
    for other in ("c2", "../wallet/c1", "", "c1.json"):
        with pytest.raises(NotFound):
            wallet.find(other)


def test_a_case_that_is_restated_keeps_the_key_its_result_is_sealed_to(tmp_path: Path) -> None:
    wallet = Wallet(tmp_path / "wallet")
    first = wallet.new_holder_key("c1").public
    assert wallet.new_holder_key("c1").public.jwk == first.jwk != wallet.new_holder_key("c2").public.jwk


# -- lines and pictures


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("其年龄是否满100周岁？", 12, ["其年龄是否满", "100周岁？"]),
        ("其是否属于本市户籍？", 18, ["其是否属于本市户", "籍？"]),
        ("（密封交给办理部门，只用于送达）", 10, ["（密封交给", "办理部门，", "只用于送", "达）"]),
        ("is their age at least 80 years?", 12, ["is their age", "at least 80", "years?"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("", 10, [""]),
        ("短", 10, ["短"]),
    ],
)
def test_lines_end_where_a_reader_expects_it(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@given(st.text(st.sampled_from("公安部门，。（）80 age-x％…"), max_size=60), st.integers(4, 40))
def test_no_line_is_too_wide_and_no_sign_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


NAMES = Names(
    departments={"human-resources": Text(zh="人社部门", en="the human resources department")},
    items={"old-age-allowance": Text(zh="高龄津贴", en="Allowance for the very old")},
)


def case(**changes: object) -> CaseView:
    answer = AnswerView(
        department="human-resources",
        register="social_insurance",
        role="applicant",
        question="q" * 27,
        sentence=SENTENCE,
        status="value",
        value=False,
        wave=1,
    )
    reason = ReasonView(
        condition="alive",
        zh="一年内没有生存认证",
        en="no proof of life within a year",
        department="human-resources",
        contest=Text(zh="临海市人力资源和社会保障局，市民中心窗口或拨打 12345 转接", en="at its counter"),
    )
    fields: dict[str, object] = {
        "case": "c" * 27,
        "item": "old-age-allowance",
        "version": 1,
        "state": State.PROPOSED,
        "decision": "refused",
        "decided_by": "proposed",
        "as_of": date(2026, 11, 25),
        "reasons": (reason,),
        "not_examined": ("aged",),
        "answers": (answer,),
        "documents_replaced": 4,
        "documents_carried": 0,
        "visits": 0,
        "questions_asked": 1,
        "facts_held": 42,
        "waves": 1,
        "milliseconds": 12.5,
        "credential": None,
        "amount": None,
        "ledger": LedgerView(entries=13, root=""),
    }
    return CaseView(**(fields | changes))  # type: ignore[arg-type]


def drawn(view: CaseView, width: int, *, ids: bool = True) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    draw_case(view, console, names=NAMES, ids=ids)
    return console.export_text()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize(
    "view",
    [
        case(),
        case(state=State.DELIVERED, decision="granted", decided_by="machine", credential="e" * 2400, reasons=()),
        case(
            state=State.WAITING_REGISTER,
            decision="undecided",
            decided_by="",
            waits_until=datetime(2026, 11, 27, tzinfo=UTC),
        ),
        case(answers=(), state=State.WAITING_PERSON, decision="undecided", decided_by="", questions_asked=0, waves=0),
    ],
    ids=["refused", "granted", "waiting", "nothing asked"],
)
def test_a_case_fits_its_terminal(view: CaseView, width: int) -> None:
    text = drawn(view, width)
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= min(width, 120)
    assert "材料 documents" in text and "原需 4 份" in text


def test_english_stands_under_the_chinese_only_where_there_is_room() -> None:
    assert "last proof of life" not in drawn(case(), 80)
    assert "last proof of life" in " ".join(drawn(case(), 100).split())


def test_each_question_stands_beside_the_id_that_a_contest_names() -> None:
    view = case()
    assert all(answer.question in drawn(view, 80) for answer in view.answers)
    about = case(answers=(msgspec.structs.replace(view.answers[0], role="spouse#1"),))
    assert "--role spouse#1" in drawn(about, 80)
    assert "--role spouse#1" not in drawn(about, 80, ids=False)


def test_departments_are_called_by_name_and_unknown_ones_by_id() -> None:
    assert "人社部门" in drawn(case(), 80)
    console = Console(width=80, record=True, file=io.StringIO())
    draw_case(case(), console)
    assert "human-resources" in console.export_text()


def test_what_was_told_in_writing_stands_in_the_terminal() -> None:
    told = NoticeView(kind="mandate-over", text=Text(zh="委托已终止", en="it is over"), told_on=date(2026, 11, 25))
    assert "委托已终止" in drawn(case(notices=(told,)), 80) and "告知 notice" in drawn(case(notices=(told,)), 80)


def test_every_state_and_decision_has_words() -> None:
    for state in State:
        assert drawn(case(state=state), 80)
    for status in ("not_held", "unavailable", "contested"):
        answer = case().answers[0]
        shown = drawn(
            case(
                answers=(AnswerView(**{f: getattr(answer, f) for f in answer.__struct_fields__} | {"status": status}),)
            ),
            80,
        )
        assert {"not_held": "未掌握", "unavailable": "暂无应答", "contested": "存疑"}[status] in shown


def test_a_plan_is_a_numbered_list_of_sentences() -> None:
    line = PlanLine(
        question="q",
        role="applicant",
        register="social_insurance",
        department="human-resources",
        sentence=SENTENCE,
        basis=Basis(duty="法"),
        sensitive=False,
        purpose="condition",
        of=("alive",),
    )
    console = Console(width=80, record=True, file=io.StringIO())
    draw_plan((line, line), console)
    assert [text[:2] for text in console.export_text().splitlines() if text[:1].isdigit()] == ["1 ", "2 "]
