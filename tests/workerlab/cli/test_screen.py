"""The live line is for terminals only; a log gets a line now and then."""

import os
import pty
import subprocess
import sys

import pytest

from workerlab.cli import screen

SHOWS_A_LINE = (
    "from workerlab.cli.screen import Screen\ns = Screen()\nwith s.live(): s.doing('busy')"
)


def seen_on_a_terminal(environment: dict[str, str]) -> str:
    """What a terminal receives while a command says that it is busy."""
    master, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **environment}
    command = [sys.executable, "-c", SHOWS_A_LINE]
    subprocess.run(command, stdout=terminal, stderr=terminal, env=environment, check=True)
    os.write(terminal, b"end\n")  # so that there is something to read in every case
    seen = b""
    while b"end" not in seen:
        seen += os.read(master, 4096)
    os.close(master)
    os.close(terminal)
    return seen.decode()


@pytest.fixture(autouse=True)
def no_notebook(monkeypatch):
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)


def test_who_sits_at_a_terminal_sees_what_is_under_way():
    assert "busy" in seen_on_a_terminal({})


def test_a_notebooks_cell_is_spared_lines_that_it_cannot_take_back():
    jupyters = {"JPY_PARENT_PID": "1", "FORCE_COLOR": "1", "CLICOLOR": "1"}
    assert "busy" not in seen_on_a_terminal(jupyters)


def said_without_a_terminal(monkeypatch, capsys, *moments: float) -> str:
    """What a log receives of a step at each of these moments, in seconds from the beginning."""
    now = [0.0]
    monkeypatch.setattr(screen.time, "monotonic", lambda: now[0])
    shown = screen.Screen()
    for number, now[0] in enumerate(moments):
        shown.doing(f"step {number}")
    out, err = capsys.readouterr()
    assert not out, "a log of progress is no result"
    return err


def test_a_log_is_told_of_long_work_now_and_then(monkeypatch, capsys):
    seldom = screen.SELDOM_S
    assert said_without_a_terminal(monkeypatch, capsys, 1.0, seldom - 1) == ""
    assert said_without_a_terminal(monkeypatch, capsys, 1.0, seldom + 1) == "… step 1\n"


def test_a_notebooks_cell_has_no_log(monkeypatch, capsys):
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert said_without_a_terminal(monkeypatch, capsys, 2 * screen.SELDOM_S) == ""
