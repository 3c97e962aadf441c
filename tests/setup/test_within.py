"""A run that must end in time leaves tests out, never the same ones, and says how many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("test_a.py", "test_b.py", "test_c.py")


@pytest.fixture
def run(tmp_path: Path):
    for name in FILES:
        (tmp_path / name).write_text("def test_one(): pass\n\n\ndef test_two(): pass\n")

    def pytest_says(*options: str) -> str:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.plugins.within",
            "-v",
            "-rs",
            *options,
        ]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        env |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        env.pop("WORKERLAB_TESTS_UNTIL", None)
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return pytest_says


@pytest.mark.parametrize(
    "beside", [(), ("-p", "xdist", "--numprocesses", "2", "--dist", "loadfile")]
)
def test_what_does_not_fit_is_left_out_and_said(run, beside: tuple[str, ...]):
    assert "6 passed" in run("--within", "600", *beside)
    said = run("--within", "0", *beside)
    assert "6 skipped" in said and "SKIPPED [6]" in said
    assert "left out, since the time of this run is over" in said


def test_each_file_comes_first_in_some_run(run):
    def order(first: int) -> list[str]:
        lines = run("--within", "600", "--first-file", str(first)).splitlines()
        names = [line.partition("::")[0] for line in lines if "PASSED" in line]
        return names[::2]

    assert order(0) == [*FILES]
    assert order(2) == ["test_c.py", "test_a.py", "test_b.py"] == order(5)
