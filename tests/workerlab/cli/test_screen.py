"""The live line is for terminals only."""

import os
import pty
import subprocess
import sys

import pytest

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
