"""`workerlab grade` as an instructor meets it: a terminal, a pipe, Ctrl-C, a wrong word."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LAB = "lab50_small"
CHECKS = """
import time

from workerlab.grading import check

THREE = ("one?", "two", "three")


@check("starts", title="It starts", points=1, quick=True, hints=THREE)
def test_starts(submission):
    pass


@check("no_lost_update", title="All count", points=2, hints=THREE)
def test_no_lost_update(submission):
    if "hangs" in (submission / "app.py").read_text():
        time.sleep(1000)
"""


@pytest.fixture
def group(repository: Path, tmp_path: Path) -> Path:
    (repository / "tests" / "labs" / f"test_{LAB}.py").write_text(CHECKS)
    for student, word in (("ada", "right"), ("bob", "right")):
        (tmp_path / "handed-in" / student / LAB).mkdir(parents=True)
        (tmp_path / "handed-in" / student / LAB / "app.py").write_text(word)
    (tmp_path / "handed-in" / "eve.zip").write_bytes(b"no zip")
    return tmp_path


def command(group: Path, *words: str) -> list[str]:
    places = [str(group / "handed-in"), "--out", str(group / "out")]
    return [sys.executable, "-m", "workerlab", "grade", *places, *words]


def run(group: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(group, *words), capture_output=True, text=True, timeout=120)


def test_into_a_pipe(group: Path) -> None:
    done = run(group)
    assert done.returncode == 0 and done.stderr == ""
    first, *lines = done.stdout.splitlines()
    assert first.startswith(f"{LAB}: 3 submissions, ")
    assert sorted(line.split()[0] for line in lines[:3]) == ["ada", "bob", "eve"]
    assert "3 of 3" in done.stdout and "eve: refused; it is no .zip" in done.stdout
    assert "\x1b" not in done.stdout
    again = run(group)
    assert "2 graded before" in again.stdout and again.returncode == 0


@pytest.mark.further
def test_on_a_terminal(group: Path) -> None:
    (group / "handed-in" / "ada" / LAB / "app.py").write_text("hangs")
    master, terminal = pty.openpty()
    env = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    env.pop("JPY_PARENT_PID", None)
    with subprocess.Popen(
        command(group, "--budget", "8"), stdout=terminal, stderr=terminal, env=env
    ) as grader:
        os.close(terminal)
        shown = b""
        try:
            while data := os.read(master, 4096):
                shown += data
        except OSError:  # how Linux reports that no process holds the terminal any more
            pass
        os.close(master)
    text = shown.decode()
    assert grader.returncode == 0
    assert "1 of 2 graded, about 1 min left" in text  # bob is done, and ada hangs
    assert "no_lost_update" in text and "ada: inconclusive" in text


def test_ctrl_c_keeps_what_is_graded_and_says_how_to_go_on(group: Path) -> None:
    app = group / "handed-in" / "bob" / LAB / "app.py"
    app.write_text("hangs")
    grader = subprocess.Popen(
        command(group), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    journal = group / "out" / "journal.jsonl"
    until = time.monotonic() + 60
    while not (journal.exists() and '"kind": "done", "student": "ada"' in journal.read_text()):
        assert time.monotonic() < until and grader.poll() is None
        time.sleep(0.02)
    grader.send_signal(signal.SIGINT)
    out, err = grader.communicate(timeout=30)
    assert grader.returncode == 130
    assert "the same command goes on from here" in out
    assert err == "interrupted; nothing is left running\n"
    assert "ada,3,3,3,passed," in (group / "out" / "grades.csv").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--lab", "lab77"], "there is no lab 'lab77'"),
        (["--jobs", "0"], "--jobs"),
        (["--budget", "0"], "--budget"),
    ],
)
def test_a_wrong_word_is_one_line_and_its_fix(group: Path, words: list[str], told: str) -> None:
    done = run(group, *words)
    assert done.returncode == 2 and done.stdout == ""
    error, advice = done.stderr.splitlines()
    assert told in error and advice.startswith("  help: ")
    assert not (group / "out").exists()


def test_a_folder_that_cannot_be_written(group: Path) -> None:
    (group / "out").write_text("a file")
    done = run(group)
    assert done.returncode == 2 and "cannot" in done.stderr and "help: " in done.stderr
