"""`mianzheng demo` as a real process at a terminal: five cases told, and nothing left running, also after Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from rich.cells import cell_len

from mianzheng.cli.processes import alive, recorded
from mianzheng.cli.up import stop_city
from mianzheng.store import embedded
from tests.city_wide.few_departments import copy_packs

PATIENCE = 240.0
KNOWN_BY = ("kinship", "household", "id_card")  # a child to act for them, two questions to ask at a window


class Terminal:
    """A home of its own, and the demo started in it as a shell does: as a process group of its own."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)  # the embedded server runs as another user when we are root
        self.folder = folder
        self.data = folder / "home" / "demo"
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")} | {
            "MIANZHENG_HOME": str(folder / "home"),
            "MIANZHENG_PACKS": str(copy_packs(folder / "packs", more=KNOWN_BY)),
            "MIANZHENG_RESIDENTS": "1000",
            "MIANZHENG_WITNESS_SECONDS": "1",
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "80",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mianzheng", "demo", *words],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_ctrl_c,
        )

    def left_running(self) -> list[str]:
        """What still runs of the city: recorded processes, servers, and anything that names its folder."""
        names = [process.name for process in recorded(self.data) if alive(process)]
        names += [
            str(folder)
            for folder in (self.data / "postgres", self.data / "hub" / "postgres")
            if embedded.running(folder)
        ]
        for process in psutil.process_iter(["cmdline", "status"]):
            if (
                str(self.data) in " ".join(process.info["cmdline"] or ())
                and process.info["status"] != psutil.STATUS_ZOMBIE
            ):
                names.append(" ".join(process.info["cmdline"]))
        return names


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    made = Terminal(Path(tempfile.mkdtemp(prefix="mianzheng-demo-")))
    yield made
    if made.data.exists():
        stop_city(made.data)
    shutil.rmtree(made.folder, ignore_errors=True)


def _heed_ctrl_c() -> None:
    """A shell starts what runs in its background with Ctrl-C ignored, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def read_until(demo: subprocess.Popen[str], words: str) -> str:
    """Read what the demo prints until a line holds these words."""
    assert demo.stdout is not None
    said, deadline = "", time.monotonic() + PATIENCE
    while words not in said:
        line = demo.stdout.readline()
        assert line and time.monotonic() < deadline, said
        said += line
    return said


def interrupt(demo: subprocess.Popen[str]) -> int:
    """Press Ctrl-C, twice as people do, and return the exit status."""
    os.killpg(demo.pid, signal.SIGINT)
    time.sleep(0.3)
    if demo.poll() is None:
        os.killpg(demo.pid, signal.SIGINT)
    demo.communicate(timeout=PATIENCE)
    return demo.returncode


def test_ctrl_c_while_the_city_is_built_ends_everything(terminal: Terminal) -> None:
    with terminal.start() as demo:
        read_until(demo, "building a city")
        time.sleep(1.0)
        assert interrupt(demo) == 130
    assert terminal.left_running() == []


def test_ctrl_c_while_processes_start_ends_those_that_did(terminal: Terminal) -> None:
    with terminal.start() as demo:
        read_until(demo, "starting hub")
        time.sleep(0.5)
        assert interrupt(demo) == 130
    assert terminal.left_running() == []


@pytest.fixture(scope="module")
def told(terminal: Terminal) -> list[str]:
    """What the demo tells, cut at its five cases: the plan first, the ledger with the last."""
    with terminal.start() as demo:
        said, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, said
    assert terminal.left_running() == []
    cuts = [
        said.index(word) for word in ("1 · 准予", "2 · 不予", "3 · 人社部门网关中断", "4 · 委托办", "5 · 什么都没带")
    ]
    return [said[begin:end] for begin, end in pairwise([0, *cuts, len(said)])]


def test_the_demo_takes_up_what_was_broken_off_and_tells_what_is_signed(told: list[str]) -> None:
    assert told[0].count("公安部门的记录中，其年龄是否满80周岁？") == 1
    assert "".join(told).count("签名前所见") == 1  # the plan is the same for all


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (1, ("准予 granted", " 元", "3 轮")),
        (2, ("不予 refused", "不符 reason", "有异议 to contest", "refused, decided by machine")),
        (3, ("暂无应答", "waiting_register", "网关恢复", "准予 granted", "已送达 delivered")),
        (4, ("至多2次", "准予 granted", "已送达 delivered", "在外地代")),
        (5, ("问 ", "答 ", "核验通过 passed", "P2", "准予 granted", "验得真")),
    ],
)
def test_each_case_comes_out_as_it_must(told: list[str], place: int, words: tuple[str, ...]) -> None:
    part = told[place]
    assert all(word in part for word in words), part
    assert "交 0 份，原需 4 份" in part and "公安部门、人社部门、民政部门" in part
    assert "毫秒 ms" in part and "facts held" in part and "第 " in part


def test_the_principal_sees_each_step_and_the_attempt_after_the_end_of_the_mandate(told: list[str]) -> None:
    seen, ended = told[4].split("撤销委托；")
    lines = [line for line in seen.splitlines() if line.rstrip().endswith("✓")]
    assert sum("答复" in line for line in lines) == 7
    assert sum("决定" in line or "送达" in line for line in lines) == 2
    assert "委托被拒" in ended and "0 questions" in ended and "答复" not in ended


def test_the_ledger_is_shown_and_nothing_is_wider_than_the_terminal(told: list[str], terminal: Terminal) -> None:
    assert "树 tree:" in told[5]
    lines = "".join(told).splitlines()
    assert max(_cells(line) for line in lines if str(terminal.folder) not in line) <= 80
    assert len(lines) < 240


def test_ctrl_c_during_a_case_ends_everything(terminal: Terminal) -> None:
    with terminal.start("--keep") as demo:
        read_until(demo, "签名前所见")
        assert interrupt(demo) == 130
    assert terminal.left_running() == []


def _cells(line: str) -> int:
    return cell_len(line.rstrip())
