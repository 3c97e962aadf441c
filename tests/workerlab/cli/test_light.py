"""The command is quick to answer, because nothing is loaded before it is needed."""

from __future__ import annotations

import platform
import re
import subprocess
import sys

import pytest

HEAVY = ("pytest", "fastapi", "httpx", "redis", "uvicorn", "watchfiles", "asyncio", "rich.table")
VERBS = [
    "check",
    "hint",
    "replay",
    "progress",
    "serve",
    "burst",
    "explore",
    "doctor",
    "verify-labs",
    "labs",
]


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from workerlab.cli.verbs import command\n"
        "command()\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_the_first_page_names_every_verb() -> None:
    command = [sys.executable, "-m", "workerlab", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [verb for verb in VERBS if f" {verb} " not in done.stdout] == []
    assert "workerlab check lab08" in done.stdout


def test_the_version_is_one_line_with_the_python_and_the_place() -> None:
    command = [sys.executable, "-m", "workerlab", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.fullmatch(
        rf"workerlab \d+\.\d+\S* on Python {platform.python_version()} \(/.*workerlab\)\n",
        done.stdout,
    )


@pytest.mark.parametrize("module", ["workerlab", "workerlab.cli"])
def test_importing_the_package_runs_nothing(module: str) -> None:
    script = f"import sys, {module}; print('typer' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
