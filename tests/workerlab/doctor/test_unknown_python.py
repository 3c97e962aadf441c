"""A Python whose instructions are not known: every command that needs them names it, and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import LAB, Home, one_line_and_the_fix

from workerlab.stepping.gates import KNOWN

# As if a new Python stored `x[…] = y` with another instruction.
OF_TOMORROW = """
import platform
from workerlab.stepping import gates
del gates.KIND_OF_OPCODE["STORE_SUBSCR"]
platform.python_version = lambda: "3.99.1"
"""
REFUSED = "CPython 3.99.1 is not known to the search: it compiles `store["


@pytest.fixture
def tomorrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that makes this Python one of tomorrow where it is on the path."""
    folder = tmp_path_factory.mktemp("tomorrow")
    (folder / "sitecustomize.py").write_text(OF_TOMORROW)
    return folder


def test_explore_refuses_it_in_one_line_with_the_fix(home: Home, tomorrow: Path) -> None:
    done = home.run("explore", f"labs/{LAB}", PYTHONPATH=str(tomorrow))
    assert done.returncode == 2, done.stdout + done.stderr
    one_line_and_the_fix(done.stderr)
    assert done.stderr.startswith(f"error: {REFUSED}")
    assert done.stderr.endswith(f"  help: use {KNOWN}\n")
    assert home.left() == []


@pytest.mark.nightly
def test_doctor_names_it_in_each_row_that_needs_it(home: Home, tomorrow: Path) -> None:
    done = home.run("doctor", PYTHONPATH=str(tomorrow), COLUMNS="250")
    assert done.returncode == 2, done.stdout + done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    for name in ("Python", "tracing", "stepping"):
        (row,) = [at for at, line in enumerate(lines) if line.startswith(f"✘ {name} ")]
        assert REFUSED in lines[row]
        assert lines[row + 1] == f"help: use {KNOWN}"
    assert lines[-1].startswith("not ready: Python, tracing, stepping")


def test_a_check_that_searches_cannot_be_graded_and_says_why(home: Home, tomorrow: Path) -> None:
    done = home.run("check", LAB, PYTHONPATH=str(tomorrow), COLUMNS="250")
    assert done.returncode == 2, done.stdout + done.stderr
    assert REFUSED in done.stdout + done.stderr
